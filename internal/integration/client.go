package integration

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/gatehouse-gateway/gatehouse/http1"
	"github.com/gatehouse-gateway/gatehouse/internal/limits"
)

// Options bound a Client and connect it to the world. A zero field takes the default
// named with it.
type Options struct {
	// Dial makes connections. Default: a net.Dialer with Control.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Control, if set, is asked by the default dialer before each connection is made,
	// with the address after resolution; an error that wraps ErrDenied refuses it.
	Control func(network, address string, c syscall.RawConn) error
	// MaxIdlePerHost and MaxIdle bound the kept connections, per back end and in all.
	// Default 1,024 and 4,096.
	MaxIdlePerHost, MaxIdle int
	// MaxOpen bounds all connections, in use and kept. Default 16,384.
	MaxOpen int
	// IdleTimeout is how long a connection is kept unused. Default 60 s.
	IdleTimeout time.Duration
	// Memory is what all large response bodies share; a body it has no room for is
	// ErrBusy. Default: no bound besides Call.MaxBody.
	Memory *limits.Budget
	// Limits bound response heads. Default: 64 KiB, no bound on values besides it.
	Limits http1.Limits
	// Now is the clock. Default time.Now.
	Now func() time.Time
}

// headLimits are for back ends, which nobody should be surprised by: what a head may
// have in all is what its values may have.
var headLimits = http1.Limits{Head: 64 << 10, Values: 64 << 10, Fields: 500}

func (o Options) withDefaults() Options {
	if o.Dial == nil {
		dialer := &net.Dialer{Control: o.Control}
		o.Dial = dialer.DialContext
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.IdleTimeout <= 0 {
		o.IdleTimeout = time.Minute
	}
	for _, d := range []struct {
		v   *int
		def int
	}{
		{&o.MaxIdlePerHost, 1 << 10}, {&o.MaxIdle, 1 << 12}, {&o.MaxOpen, 1 << 14},
		{&o.Limits.Head, headLimits.Head}, {&o.Limits.Values, headLimits.Values}, {&o.Limits.Fields, headLimits.Fields},
	} {
		if *d.v <= 0 {
			*d.v = d.def
		}
	}
	return o
}

// Client calls back ends. It is safe for concurrent use. Run must be running for
// unused connections to be closed.
type Client struct {
	opts Options
	idle atomic.Int64 // connections kept
	open atomic.Int64 // connections in all

	mu    sync.Mutex
	peers map[poolKey]*peer
}

// NewClient returns a Client that has no connections yet.
func NewClient(opts Options) *Client {
	return &Client{opts: opts.withDefaults(), peers: make(map[poolKey]*peer)}
}

// Do sends call to ep and fills res with the answer. On an error, which wraps one of
// those of this package, res has nothing to release. When ctx ends, so does the call.
func (c *Client) Do(ctx context.Context, ep *Endpoint, call *Call, res *Result) error {
	res.Release()
	if ctx.Err() != nil {
		return failure(ctx, context.Cause(ctx))
	}
	p, kept := c.take(ep)
	if kept != nil {
		res.Reused = true
		err := kept.do(ctx, call, res)
		if err == nil || !errors.Is(err, errStale) {
			return err
		}
		if !call.repeatable() {
			return failure(ctx, err)
		}
		res.Release()
		p.join()
	}
	cn, err := c.dial(ctx, p, call.Deadline)
	if err != nil {
		p.leave()
		return err
	}
	return cn.do(ctx, call, res)
}

// dial makes a new connection to p.
func (c *Client) dial(ctx context.Context, p *peer, deadline time.Time) (*conn, error) {
	if c.open.Add(1) > int64(c.opts.MaxOpen) && !c.evict() {
		c.open.Add(-1)
		return nil, fmt.Errorf("%w: %d", ErrBusy, c.opts.MaxOpen)
	}
	if !deadline.IsZero() {
		limited, cancel := context.WithDeadline(ctx, deadline)
		defer cancel()
		ctx = limited
	}
	nc, err := c.opts.Dial(ctx, "tcp", p.key.address)
	if err == nil && p.key.secure {
		nc, err = p.handshake(ctx, nc)
	}
	if err != nil {
		c.open.Add(-1)
		return nil, failure(ctx, err)
	}
	return newConn(c, p, nc), nil
}
