package front

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"sync/atomic"
	"time"

	"github.com/gatehouse-gateway/gatehouse/http1"
)

// The states of a connection. Idle may become closed from outside; busy may not.
const (
	stateIdle int32 = iota
	stateBusy
	stateClosed
)

// conn serves one client connection, one request after the other.
type conn struct {
	v     *serving
	opts  *Options
	nc    net.Conn
	ctx   context.Context // the handlers'; ends when Serve cuts
	state atomic.Int32

	r    *http1.Reader
	head http1.RequestHead
	body requestBody
	x    Exchange

	reading    phase
	headUntil  time.Time // of the head that is being read; zero before its second read
	readUntil  time.Time // the read deadline that is set
	writeUntil time.Time // the write deadline that is set
	bufs       net.Buffers
	pieces     [2][]byte
	linger     bool // the client may still be sending: don't reset the connection
}

// phase says what the connection waits for when it reads.
type phase uint8

const (
	phaseIdle phase = iota
	phaseHead
	phaseBody
)

// serve runs the connection until it closes.
func (c *conn) serve() {
	ctx, cancel := context.WithCancel(c.v.hard)
	defer cancel()
	c.ctx = ctx
	defer c.close()
	defer c.recovered() // from a Stream or Done; handlers are seen to in handle
	if !c.handshake() {
		return
	}
	now := c.opts.Now()
	for c.await(now) {
		var again bool
		if now, again = c.serveOne(); !again {
			return
		}
	}
}

// handshake completes TLS, if the connection has it.
func (c *conn) handshake() bool {
	secure, ok := c.nc.(*tls.Conn)
	if !ok {
		return true
	}
	c.nc.SetDeadline(c.opts.Now().Add(c.opts.HeadTimeout))
	if err := secure.HandshakeContext(c.ctx); err != nil {
		return false
	}
	c.nc.SetDeadline(time.Time{})
	state := secure.ConnectionState()
	c.x.Request.TLS = &state
	return true
}

// await waits for the first byte of the next request. It reports false when the
// connection is to end: the client closed it, it was idle too long, or the front
// drains.
func (c *conn) await(now time.Time) bool {
	if c.r.Buffered() > 0 { // a pipelined request
		c.reading, c.headUntil = phaseHead, time.Time{}
		return !c.v.draining.Load()
	}
	c.state.Store(stateIdle)
	if c.v.draining.Load() {
		return false
	}
	c.reading = phaseIdle
	c.armRead(now.Add(c.opts.IdleTimeout), c.opts.IdleTimeout/2)
	if c.r.Wait() != nil {
		return false
	}
	c.reading, c.headUntil = phaseHead, time.Time{}
	return c.state.CompareAndSwap(stateIdle, stateBusy)
}

// serveOne reads a request whose first byte is there, has it handled and answers it.
// It returns the time of the answer and whether the connection goes on.
func (c *conn) serveOne() (now time.Time, again bool) {
	err := c.r.ReadRequest(&c.head)
	if err == nil && c.head.Target == "*" {
		// Unconfirmed: OPTIONS * asks about a server, and behind a gateway is none.
		err = errAsterisk
	}
	if err != nil {
		return now, c.refuse(err)
	}
	c.begin()
	c.handle()
	return c.answer()
}

var errAsterisk = &http1.Error{Status: 400, Reason: "asterisk form"}

// refuse answers a head that can't be accepted. Nothing can come after it.
func (c *conn) refuse(err error) bool {
	var refusal *http1.Error
	if !errors.As(err, &refusal) && !os.IsTimeout(err) {
		return false // the connection ended or is broken
	}
	c.head.Method, c.head.KeepAlive = "", false
	c.body.reset(0, http1.ExpectNothing)
	c.x.Response.Plain(statusOf(err))
	c.answer()
	c.linger = refusal != nil
	return false
}

// begin fills the exchange from the head.
func (c *conn) begin() {
	q, h := &c.x.Request, &c.head
	q.Method, q.Target, q.Host, q.Proto = h.Method, h.Target, h.Host, h.Proto
	q.Header, q.ContentLength = h.Header, h.ContentLength
	q.Received = c.opts.Now()
	q.Body = &c.body
	c.reading = phaseBody
	c.body.reset(h.ContentLength, h.Expect)
	c.x.Response.reset()
}

// handle calls the handler. A panic is answered like an error that nobody foresaw.
func (c *conn) handle() {
	finished := false
	defer func() {
		if !finished {
			c.opts.recovered(recover())
			c.x.Response.Plain(500)
		}
	}()
	c.v.handler.ServeExchange(c.ctx, &c.x)
	finished = true
}

// recovered ends a panic: it must not reach other connections.
func (c *conn) recovered() {
	if p := recover(); p != nil {
		c.opts.recovered(p)
	}
}

// source is what the Reader reads from: the connection, with a deadline for what is
// being waited for.
type source struct{ c *conn }

func (s source) Read(p []byte) (int, error) {
	c := s.c
	switch c.reading {
	case phaseHead:
		if c.headUntil.IsZero() {
			c.headUntil = c.opts.Now().Add(c.opts.HeadTimeout)
			c.armRead(c.headUntil, 0)
		}
	case phaseBody:
		c.armRead(c.body.until(), c.opts.BodyTimeout/2)
	}
	return c.nc.Read(p)
}

// armRead makes reads end at until, or up to slack earlier: a deadline that is set
// already is not moved for less, because moving one costs a timer.
func (c *conn) armRead(until time.Time, slack time.Duration) {
	if c.readUntil.After(until) || c.readUntil.Before(until.Add(-slack)) {
		c.nc.SetReadDeadline(until)
		c.readUntil = until
	}
}

// armWrite does the same for a write that begins now.
func (c *conn) armWrite(now time.Time) {
	timeout := c.opts.WriteTimeout
	until := now.Add(timeout)
	if c.writeUntil.After(until) || c.writeUntil.Before(until.Add(-timeout/2)) {
		c.nc.SetWriteDeadline(until)
		c.writeUntil = until
	}
}

const (
	// lingerBytes and lingerTime bound what is read from a client that is still
	// sending when we close: a reset would destroy the answer on its way.
	lingerBytes = 8 << 20
	lingerTime  = time.Second
)

// close ends the connection.
func (c *conn) close() {
	c.state.Store(stateClosed)
	half, ok := c.nc.(interface{ CloseWrite() error })
	if c.linger && ok && half.CloseWrite() == nil {
		c.nc.SetReadDeadline(c.opts.Now().Add(lingerTime))
		io.CopyN(io.Discard, c.nc, lingerBytes)
	}
	c.nc.Close()
}
