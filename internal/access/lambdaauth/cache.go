package lambdaauth

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"sync"
	"sync/atomic"
	"time"
)

// Identity stands for the identity values of a request, which a cache does not keep.
type Identity [sha256.Size]byte

// IdentityOf is the identity of values that AppendValue has put into buf.
func IdentityOf(buf []byte) Identity { return sha256.Sum256(buf) }

// AppendValue appends an identity value so that no other list of values reads the same.
func AppendValue(buf []byte, value string) []byte {
	return append(binary.LittleEndian.AppendUint32(buf, uint32(len(value))), value...) //nolint:gosec // a request head is far below 4 GiB
}

// Cache keeps what one authorizer on one stage said. It is safe for concurrent use.
type Cache struct {
	caches *Caches
	held   *atomic.Int64 // how many of the entries of caches are here

	mu      sync.RWMutex
	entries map[Identity]*entry
	queue   []*entry // in the order in which they expire: every entry lives equally long
	flights map[Identity]*flight
	flushes int
}

type entry struct {
	id      Identity
	result  *Result
	expires time.Time
}

// flight is a call on its way, for those who wait for its outcome.
type flight struct {
	done   chan struct{}
	result *Result // nil when it failed
}

// Get returns what was said about id, nil if nothing was or it has expired.
func (c *Cache) Get(id Identity, now time.Time) *Result {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if e := c.entries[id]; e != nil && now.Before(e.expires) {
		return e.result
	}
	return nil
}

// Fill calls ask and keeps its result for ttl after it returned. Who comes while somebody asks about the same id waits for that
// result; when it is none, or ctx ends, nothing was learned: an error is never kept or shared, and ask is called again.
func (c *Cache) Fill(ctx context.Context, id Identity, ttl time.Duration, now func() time.Time, ask func() (*Result, error)) (*Result, error) {
	kept, f, leads, flushes := c.board(id, now())
	switch {
	case kept != nil:
		return kept, nil
	case !leads:
		select {
		case <-f.done:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
		if f.result != nil {
			return f.result, nil
		}
	default:
		defer c.land(id, f)
	}
	r, err := ask()
	if err != nil {
		return nil, err
	}
	f.share(r, leads)
	c.keep(&entry{id, r, now().Add(ttl)}, now(), flushes)
	return r, nil
}

// share gives a result to those who wait. Only who leads writes it, before it lands.
func (f *flight) share(r *Result, leads bool) {
	if leads {
		f.result = r
	}
}

// board finds what was learned since Get, joins the flight for id, or begins one.
func (c *Cache) board(id Identity, now time.Time) (kept *Result, f *flight, leads bool, flushes int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e := c.entries[id]; e != nil && now.Before(e.expires) {
		return e.result, nil, false, c.flushes
	}
	if f = c.flights[id]; f != nil {
		return nil, f, false, c.flushes
	}
	f = &flight{done: make(chan struct{})}
	c.flights[id] = f
	return nil, f, true, c.flushes
}

func (c *Cache) land(id Identity, f *flight) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.flights[id] == f { // a flush takes flights away
		delete(c.flights, id)
	}
	close(f.done)
}

// keep stores an entry, unless the cache was flushed since its call began. Without room the oldest entries of this cache go
// first; then, what has expired elsewhere; then the entry is not kept.
func (c *Cache) keep(e *entry, now time.Time, flushes int) {
	if c.store(e, now, flushes) {
		return
	}
	c.caches.expire(now)
	c.store(e, now, flushes)
}

// store reports false when there is no room.
func (c *Cache) store(e *entry, now time.Time, flushes int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.flushes != flushes {
		return true
	}
	c.expire(now)
	for !c.caches.reserve(c.held) {
		if len(c.queue) == 0 {
			return false
		}
		c.dropOldest()
	}
	if c.entries[e.id] != nil { // two asked at once
		c.caches.release(c.held, 1)
	}
	c.entries[e.id] = e
	c.queue = append(c.queue, e)
	return true
}

// expire drops what has expired. The cache is locked.
func (c *Cache) expire(now time.Time) {
	for len(c.queue) > 0 && !now.Before(c.queue[0].expires) {
		c.dropOldest()
	}
}

func (c *Cache) dropOldest() {
	e := c.queue[0]
	c.queue[0], c.queue = nil, c.queue[1:]
	if c.entries[e.id] == e {
		delete(c.entries, e.id)
		c.caches.release(c.held, 1)
	}
}

// flush forgets everything, also what is being asked for now.
func (c *Cache) flush() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.caches.release(c.held, int64(len(c.entries)))
	clear(c.entries)
	c.queue, c.flights = nil, make(map[Identity]*flight)
	c.flushes++
}
