package front

import (
	"context"
	"net"

	"github.com/gatehouse-gateway/gatehouse/http1"
)

// Server is the front on our own HTTP/1.1, plain or behind a TLS listener.
type Server struct {
	opts    Options
	handler Handler
	dates   dateCache
}

// NewHTTP1 returns a front that hands exchanges to h.
func NewHTTP1(opts Options, h Handler) *Server {
	return &Server{opts: opts.withDefaults(), handler: h}
}

// Serve accepts connections from ln until ctx ends. Then it closes ln and the idle
// connections, lets requests in flight finish for Options.Grace, and cuts what is
// left. It returns the cause why ctx ended, the error that ended accepting, or
// ErrHandlersLeft. Several listeners may be served at once.
func (s *Server) Serve(ctx context.Context, ln net.Listener) error {
	hard, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	v := &serving{Server: s, hard: hard, conns: make(map[*conn]struct{})}
	stop := context.AfterFunc(ctx, func() { ln.Close() })
	defer stop()

	err := v.accept(ctx, ln)
	ln.Close()
	if left := v.drain(cut); left != nil {
		return left
	}
	return err
}

// newConn prepares a connection that was just accepted.
func (v *serving) newConn(nc net.Conn) *conn {
	c := &conn{v: v, nc: nc, opts: &v.opts}
	c.r = http1.NewReader(source{c}, v.opts.Limits)
	c.body.c = c
	c.x.Request.Peer = addrPort(nc.RemoteAddr())
	c.x.Request.Local = addrPort(nc.LocalAddr())
	return c
}
