package front

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// afterCut is how long Serve waits for handlers after their context ended.
	afterCut = 5 * time.Second
	// acceptPause is the first pause after a failed accept; it doubles up to a second.
	acceptPause = 5 * time.Millisecond
)

// serving is one call of Serve: its connections, and how they end.
type serving struct {
	*Server
	hard     context.Context // ends when the grace time is over
	draining atomic.Bool

	mu    sync.Mutex
	conns map[*conn]struct{}
	wg    sync.WaitGroup
}

// accept runs until ctx ends or the listener fails for good. Errors that pass, like
// a full table of file descriptors, are waited out.
func (v *serving) accept(ctx context.Context, ln net.Listener) error {
	pause := acceptPause
	for {
		nc, err := ln.Accept()
		if err == nil {
			pause = acceptPause
			v.start(nc)
			continue
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if errors.Is(err, net.ErrClosed) || !passing(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(pause):
			pause = min(2*pause, time.Second)
		}
	}
}

// passing reports whether an accept may succeed later.
func passing(err error) bool {
	var temporary interface{ Temporary() bool }
	return errors.As(err, &temporary) && temporary.Temporary()
}

// start serves nc on a goroutine of its own, or closes it when there are too many.
func (v *serving) start(nc net.Conn) {
	c := v.newConn(nc)
	v.mu.Lock()
	full := len(v.conns) >= v.opts.MaxConns
	if !full {
		v.conns[c] = struct{}{}
		v.wg.Add(1)
	}
	v.mu.Unlock()
	if full {
		nc.Close()
		return
	}
	go func() {
		defer v.wg.Done()
		defer v.remove(c)
		c.serve()
	}()
}

func (v *serving) remove(c *conn) {
	v.mu.Lock()
	delete(v.conns, c)
	v.mu.Unlock()
}

// drain ends the connections: the idle ones now, the busy ones when they are done,
// and at the end of the grace time all of them.
func (v *serving) drain(cut func()) error {
	v.draining.Store(true)
	v.each(func(c *conn) {
		if c.state.CompareAndSwap(stateIdle, stateClosed) {
			c.nc.Close()
		}
	})
	ended := make(chan struct{})
	go func() { v.wg.Wait(); close(ended) }()
	if within(v.opts.Grace, ended) {
		return nil
	}
	cut()
	v.each(func(c *conn) { c.nc.Close() })
	if within(afterCut, ended) {
		return nil
	}
	return ErrHandlersLeft
}

func (v *serving) each(f func(*conn)) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for c := range v.conns {
		f(c)
	}
}

// within waits for ended, at most d.
func within(d time.Duration, ended <-chan struct{}) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ended:
		return true
	case <-timer.C:
		return false
	}
}

func addrPort(a net.Addr) netip.AddrPort {
	if tcp, ok := a.(*net.TCPAddr); ok {
		ap := tcp.AddrPort()
		return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
	}
	return netip.AddrPort{}
}

// parsePeer parses an address that net/http printed.
func parsePeer(s string) netip.AddrPort {
	ap, err := netip.ParseAddrPort(s)
	if err != nil {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
}
