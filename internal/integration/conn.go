package integration

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/gatehouse-gateway/gatehouse/http1"
)

// errStale means that a kept connection broke before a byte of the response came.
var errStale = errors.New("kept connection was closed")

// conn is one connection to a back end. One call at a time uses it.
type conn struct {
	client *Client
	peer   *peer
	nc     net.Conn
	peeker peeker
	abort  func() // ends what waits on nc

	r        *http1.Reader
	head     http1.ResponseHead
	body     http1.Body
	kept     bool      // it served a call before
	received bool      // something of this response came
	limited  bool      // a deadline is set
	until    time.Time // the call's deadline, later by what its BodyStream took

	bufs      net.Buffers
	pieces    [2][]byte
	idleSince time.Time
}

func newConn(c *Client, p *peer, nc net.Conn) *conn {
	cn := &conn{client: c, peer: p, nc: nc}
	cn.peeker.watch(nc)
	cn.abort = func() { nc.SetDeadline(time.Unix(1, 0)) }
	cn.r = http1.NewReader(source{cn}, c.opts.Limits)
	return cn
}

// source is what the Reader reads from.
type source struct{ cn *conn }

func (s source) Read(p []byte) (int, error) {
	n, err := s.cn.nc.Read(p)
	s.cn.received = s.cn.received || n > 0
	return n, err
}

// quiet reports whether the connection can be used again, as far as one can see.
func (cn *conn) quiet() bool { return cn.peeker.isQuiet() }

// shut closes a connection that no call uses.
func (cn *conn) shut() {
	cn.nc.Close()
	cn.client.open.Add(-1)
}

// drop closes the connection of a call.
func (cn *conn) drop() {
	cn.peer.leave()
	cn.shut()
}

// do makes one call. Its error is final, or wraps errStale and nothing else.
func (cn *conn) do(ctx context.Context, call *Call, res *Result) error {
	cn.received, cn.until = false, call.Deadline
	if cn.limited = cn.limited || !call.Deadline.IsZero(); cn.limited {
		cn.nc.SetDeadline(call.Deadline)
	}
	stop := nothing
	if ctx.Done() != nil {
		stop = context.AfterFunc(ctx, cn.abort)
	}
	complete, err := cn.exchange(ctx, call, res)
	if err == nil && call.Stream {
		return cn.stream(ctx, call, res, stop, complete)
	}
	if err == nil {
		err = cn.readAll(call, res)
	}
	if err != nil {
		stop()
		cn.drop()
		res.Release()
		return cn.explain(ctx, err)
	}
	cn.settle(stop() && complete)
	return nil
}

func nothing() bool { return true }

// explain gives err, which ended a call, its meaning.
func (cn *conn) explain(ctx context.Context, err error) error {
	switch {
	case errors.Is(err, ErrResponseTooLarge), errors.Is(err, ErrBody), errors.Is(err, ErrBusy):
		return err
	}
	err = failure(ctx, err)
	if cn.kept && !cn.received && errors.Is(err, ErrNetwork) {
		return errStale
	}
	return err
}

// exchange sends the call and reads the head of the response. It reports whether the
// request was sent completely.
func (cn *conn) exchange(ctx context.Context, call *Call, res *Result) (complete bool, err error) {
	sent := cn.send(ctx, call)
	if sent != nil && !mayHaveAnswered(sent) {
		return false, sent
	}
	cn.head.Header = res.Header
	err = cn.r.ReadResponse(&cn.head, call.Method)
	res.Header, cn.head.Header = cn.head.Header, nil
	if err != nil {
		if sent != nil && !os.IsTimeout(err) {
			err = sent
		}
		return false, err
	}
	cn.r.Body(&cn.body, cn.head.ContentLength)
	res.Status, res.ContentLength = cn.head.Status, cn.head.Declared
	return sent == nil, nil
}

// mayHaveAnswered reports whether a back end may have answered before it stopped
// reading, which sending then fails at.
func mayHaveAnswered(err error) bool {
	return !os.IsTimeout(err) && !errors.Is(err, ErrBody) &&
		!errors.Is(err, http1.ErrInvalidField) && !errors.Is(err, http1.ErrInvalidLine)
}

// readAll reads the body of the response.
func (cn *conn) readAll(call *Call, res *Result) error {
	res.body = body{memory: cn.client.opts.Memory}
	if err := res.body.readBody(&cn.body, cn.head.ContentLength, call.maxBody()); err != nil {
		return err
	}
	res.Body = *res.body.buf
	return nil
}

// settle ends a call whose response was read: the connection is kept if it is in a
// state to serve another one.
func (cn *conn) settle(usable bool) {
	if !usable || !cn.head.KeepAlive || !cn.body.Done() || cn.r.Buffered() > 0 {
		cn.drop()
		return
	}
	cn.kept = true
	cn.client.keep(cn)
}

// postpone moves the deadline by the time that the call waited for its own BodyStream.
// The context is looked at afterwards: if it ended before, its deadline was overwritten.
func (cn *conn) postpone(ctx context.Context, waited time.Duration) {
	if cn.until.IsZero() {
		return
	}
	cn.until = cn.until.Add(waited)
	cn.nc.SetDeadline(cn.until)
	if ctx.Err() != nil {
		cn.abort()
	}
}

// deadlineOf returns the earlier of a call's deadline and the end of an idle time.
func deadlineOf(call *Call, now time.Time) time.Time {
	until := call.Deadline
	if call.IdleTimeout > 0 {
		if idle := now.Add(call.IdleTimeout); until.IsZero() || idle.Before(until) {
			until = idle
		}
	}
	return until
}

// tooLong says which body was too long.
func tooLong(limit int64) error {
	return fmt.Errorf("%w: more than %d bytes", ErrResponseTooLarge, limit)
}
