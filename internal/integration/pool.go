package integration

import (
	"context"
	"crypto/tls"
	"sync"
	"time"
)

// maxPeers bounds the back ends that are remembered; hosts can come from requests.
// Above it those without connections are forgotten at once and not by Run.
const maxPeers = 4096

// evictPeers is how many back ends are looked at to find an old connection to close
// for a new one.
const evictPeers = 16

// peer is one back end with its kept connections.
type peer struct {
	client     *Client
	key        poolKey
	hostHeader string // what Host says when the call does not

	mu    sync.Mutex
	idle  []*conn // a stack: the youngest last
	users int     // calls that use or make a connection
	gone  bool    // forgotten; nothing may be added
	tls   *tls.Config
}

// take returns the back end of ep, joined, and a kept connection to it that seems to
// be alive, or nil.
func (c *Client) take(ep *Endpoint) (*peer, *conn) {
	p := ep.peer.Load()
	if p == nil || p.client != c || !p.join() {
		p = c.peer(ep.key)
		ep.peer.Store(p)
	}
	for {
		cn := p.pop()
		if cn == nil {
			return p, nil
		}
		c.idle.Add(-1)
		if cn.quiet() {
			return p, cn
		}
		cn.shut()
	}
}

// peer returns the back end with this key, joined.
func (c *Client) peer(key poolKey) *peer {
	c.mu.Lock()
	defer c.mu.Unlock()
	if p := c.peers[key]; p != nil && p.join() {
		return p
	}
	if len(c.peers) >= maxPeers {
		c.forget()
	}
	p := &peer{client: c, key: key, hostHeader: key.hostHeader(), users: 1}
	c.peers[key] = p
	return p
}

// forget removes the back ends that have no connections and no calls. c.mu is held.
func (c *Client) forget() {
	for key, p := range c.peers {
		p.mu.Lock()
		if p.users == 0 && len(p.idle) == 0 {
			p.gone = true
			delete(c.peers, key)
		}
		p.mu.Unlock()
	}
}

// join counts one more user; it reports false if p was forgotten.
func (p *peer) join() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.gone {
		return false
	}
	p.users++
	return true
}

// leave counts one user less.
func (p *peer) leave() {
	p.mu.Lock()
	p.users--
	p.mu.Unlock()
}

func (p *peer) pop() *conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(p.idle) - 1
	if n < 0 {
		return nil
	}
	cn := p.idle[n]
	p.idle[n] = nil
	p.idle = p.idle[:n]
	return cn
}

// keep puts a connection back whose call is over, or closes it if there are enough.
func (c *Client) keep(cn *conn) {
	cn.idleSince = c.opts.Now()
	p := cn.peer
	reserved := c.idle.Add(1) <= int64(c.opts.MaxIdle) || c.evict()
	p.mu.Lock()
	p.users--
	room := reserved && !p.gone && len(p.idle) < c.opts.MaxIdlePerHost
	if room {
		p.idle = append(p.idle, cn)
	}
	p.mu.Unlock()
	if !room {
		c.idle.Add(-1)
		cn.shut()
	}
}

// evict closes the oldest kept connection among those of a few back ends, and
// reports whether there was one.
func (c *Client) evict() bool {
	var oldest *peer
	var since time.Time
	looked := 0
	c.mu.Lock()
	for _, p := range c.peers {
		p.mu.Lock()
		if len(p.idle) > 0 && (oldest == nil || p.idle[0].idleSince.Before(since)) {
			oldest, since = p, p.idle[0].idleSince
		}
		p.mu.Unlock()
		if looked++; oldest != nil && looked >= evictPeers {
			break
		}
	}
	c.mu.Unlock()
	return oldest != nil && c.closeOldest(oldest, 1) > 0
}

// closeOldest closes the n connections of p that were kept the longest, and returns
// how many there were.
func (c *Client) closeOldest(p *peer, n int) int {
	p.mu.Lock()
	n = min(n, len(p.idle))
	old := make([]*conn, n)
	copy(old, p.idle)
	kept := copy(p.idle, p.idle[n:])
	clear(p.idle[kept:])
	p.idle = p.idle[:kept]
	p.mu.Unlock()
	c.idle.Add(-int64(n))
	for _, cn := range old {
		cn.shut()
	}
	return n
}

// Sweep closes the connections unused since before the given time and forgets back
// ends without any.
func (c *Client) Sweep(before time.Time) {
	c.mu.Lock()
	peers := make([]*peer, 0, len(c.peers))
	for _, p := range c.peers {
		peers = append(peers, p)
	}
	c.mu.Unlock()
	for _, p := range peers {
		p.mu.Lock()
		n := 0
		for n < len(p.idle) && p.idle[n].idleSince.Before(before) {
			n++
		}
		p.mu.Unlock()
		c.closeOldest(p, n)
	}
	c.mu.Lock()
	c.forget()
	c.mu.Unlock()
}

// Run sweeps until ctx ends, then closes all kept connections and returns why. Calls
// under way are not disturbed.
func (c *Client) Run(ctx context.Context) error {
	tick := time.NewTicker(c.opts.IdleTimeout / 4)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			c.Sweep(c.opts.Now().Add(c.opts.IdleTimeout))
			return context.Cause(ctx)
		case <-tick.C:
			c.Sweep(c.opts.Now().Add(-c.opts.IdleTimeout))
		}
	}
}
