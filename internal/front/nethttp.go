package front

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gatehouse-gateway/gatehouse/http1"
)

// NetServer is the front on net/http: HTTP/1.1 and HTTP/2, in clear text or behind
// a TLS listener that offers "h2".
type NetServer struct {
	opts    Options
	handler Handler
}

// NewNetHTTP returns a front that hands exchanges to h.
func NewNetHTTP(opts Options, h Handler) *NetServer {
	return &NetServer{opts: opts.withDefaults(), handler: h}
}

// Serve is like Server.Serve, except that it never returns ErrHandlersLeft:
// net/http does not say whether handlers are left.
func (s *NetServer) Serve(ctx context.Context, ln net.Listener) error {
	hard, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(true)
	protocols.SetUnencryptedHTTP2(true)
	srv := &http.Server{
		Handler:           netHandler{s, hard},
		Protocols:         &protocols,
		ReadHeaderTimeout: s.opts.HeadTimeout,
		IdleTimeout:       s.opts.IdleTimeout,
		MaxHeaderBytes:    s.opts.Limits.Head,
		ErrorLog:          log.New(io.Discard, "", 0),

		DisableGeneralOptionsHandler: true, // OPTIONS * is refused like in our own HTTP/1.1
	}
	drained := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(drained)
		grace, cancel := context.WithTimeout(hard, s.opts.Grace)
		defer cancel()
		if srv.Shutdown(grace) != nil {
			cut()
			srv.Close()
		}
	})
	err := srv.Serve(ln)
	if stop() {
		srv.Close()
		return err
	}
	<-drained
	return context.Cause(ctx)
}

// netHandler carries the context of one call of Serve.
type netHandler struct {
	*NetServer
	hard context.Context
}

// ServeHTTP hands one request of net/http to the handler.
func (h netHandler) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	n := &netExchange{opts: &h.opts, w: w, req: req, ctl: http.NewResponseController(w)}
	if status := n.begin(); status != 0 {
		n.x.Response.Plain(status)
	} else {
		h.handle(&n.x)
	}
	n.answer()
}

func (h netHandler) handle(x *Exchange) {
	finished := false
	defer func() {
		if !finished {
			h.opts.recovered(recover())
			x.Response.Plain(500)
		}
	}()
	h.handler.ServeExchange(h.hard, x)
	finished = true
}

// netExchange is one request on net/http.
type netExchange struct {
	opts *Options
	w    http.ResponseWriter
	req  *http.Request
	ctl  *http.ResponseController
	x    Exchange

	begun time.Time // the body's
	read  int64
	err   error
}

// begin fills the exchange, or returns the status to refuse it with. What net/http
// lets pass and our own HTTP/1.1 would not is refused with the same status.
func (n *netExchange) begin() int {
	q, req := &n.x.Request, n.req
	if len(req.RequestURI) > n.opts.Limits.Target {
		return 414
	}
	target, host, err := http1.ResolveTarget(req.Method, req.RequestURI, req.Host)
	switch {
	case err != nil:
		return statusOf(err)
	case target == "*", host == "" && req.ProtoAtLeast(1, 1):
		return 400
	}
	q.Method, q.Target, q.Host, q.Proto = req.Method, target, host, req.Proto
	q.Header = fieldsOf(req)
	values := 0
	for i := range q.Header {
		values += len(q.Header[i].Value)
	}
	if values > n.opts.Limits.Values || len(q.Header) > n.opts.Limits.Fields {
		return 431
	}
	q.ContentLength = req.ContentLength
	q.Body = netBody{n}
	q.TLS = req.TLS
	q.Received = n.opts.Now()
	q.Peer = parsePeer(req.RemoteAddr)
	if local, ok := req.Context().Value(http.LocalAddrContextKey).(net.Addr); ok {
		q.Local = addrPort(local)
	}
	return 0
}

// fieldsOf lists the header of req, Host first and the rest sorted by name, since
// their order is lost. HTTP/2 names go back to lower case, which they had.
func fieldsOf(req *http.Request) http1.Header {
	names := make([]string, 0, len(req.Header))
	count := 1
	for name, values := range req.Header {
		names = append(names, name)
		count += len(values)
	}
	slices.Sort(names)
	h := make(http1.Header, 0, count)
	if req.Host != "" && req.ProtoMajor < 2 {
		h.Add("Host", req.Host)
	}
	for _, name := range names {
		shown := name
		if req.ProtoMajor >= 2 {
			shown = strings.ToLower(name)
		}
		for _, v := range req.Header[name] {
			h.Add(shown, v)
		}
	}
	return h
}

// answer writes the response.
func (n *netExchange) answer() {
	r := &n.x.Response
	invalid := n.invalid()
	if invalid {
		r.Plain(500)
	}
	length := n.head()
	written, err := n.body(length)
	if r.Stream != nil {
		r.Stream.Close()
	}
	cut := err != nil
	if invalid {
		written, err = 0, ErrInvalidResponse
	}
	if r.Done != nil {
		r.Done(written, err)
	}
	if cut {
		panic(http.ErrAbortHandler) // net/http's way to end a connection in the middle
	}
}

// invalid reports whether the response can't be written as it is.
func (n *netExchange) invalid() bool {
	r := &n.x.Response
	if r.Status < 200 || r.Status > 999 {
		return true
	}
	for i := range r.Header {
		if !http1.ValidName(r.Header[i].Name) || !http1.ValidValue(r.Header[i].Value) {
			return true
		}
	}
	return false
}

// head writes the header and the status, and returns the length of the body.
func (n *netExchange) head() int64 {
	r, out := &n.x.Response, n.w.Header()
	out["Content-Type"] = nil // or net/http would guess one
	for i := range r.Header {
		f := &r.Header[i]
		switch {
		case http1.OwnedByServer(f.Name):
		case http1.EqualFold(f.Name, "Content-Type"):
			delete(out, "Content-Type")
			out[f.Name] = append(out[f.Name], f.Value)
			if f.Name != "Content-Type" {
				out["Content-Type"] = nil
			}
		default:
			out[f.Name] = append(out[f.Name], f.Value)
		}
	}
	announced, length := r.lengths(n.req.Method)
	if announced >= 0 {
		out["Content-Length"] = []string{strconv.FormatInt(announced, 10)}
	}
	if n.req.ProtoMajor < 2 {
		out["Connection"] = []string{"keep-alive"}
		if r.Close || n.req.Close {
			out["Connection"] = []string{"close"}
		}
	}
	n.arm()
	n.w.WriteHeader(r.Status)
	return length
}

// body writes the body and returns how much of it was written.
func (n *netExchange) body(length int64) (written int64, err error) {
	r := &n.x.Response
	if length == 0 {
		return 0, nil
	}
	if r.Stream != nil {
		return n.stream(length)
	}
	for written < length {
		n.arm()
		m, err := n.w.Write(r.Body[written:min(length, written+writePiece)])
		if written += int64(m); err != nil {
			return written, err
		}
	}
	return written, nil
}

// stream copies the stream, flushing after each Read.
func (n *netExchange) stream(length int64) (written int64, err error) {
	if err := n.ctl.Flush(); err != nil {
		return 0, err
	}
	buf := make([]byte, streamPiece)
	for {
		m, err := n.x.Response.Stream.Read(buf)
		if length >= 0 && written+int64(m) > length {
			return written, ErrStreamLength
		}
		if m > 0 {
			n.arm()
			if _, err := n.w.Write(buf[:m]); err != nil {
				return written, err
			}
			if written += int64(m); n.ctl.Flush() != nil {
				return written, io.ErrShortWrite
			}
		}
		if err == io.EOF {
			if length >= 0 && written != length {
				return written, ErrStreamLength
			}
			return written, nil
		}
		if err != nil {
			return written, err
		}
	}
}

// arm sets the deadline of a write.
func (n *netExchange) arm() {
	n.ctl.SetWriteDeadline(n.opts.Now().Add(n.opts.WriteTimeout))
}

// netBody reads the request body within the limits of the front.
type netBody struct{ n *netExchange }

// Read implements io.Reader.
func (b netBody) Read(p []byte) (int, error) {
	n := b.n
	if n.err != nil {
		return 0, n.err
	}
	if n.req.ContentLength > n.opts.MaxBody {
		n.err = ErrBodyTooLarge
		return 0, n.err
	}
	if n.begun.IsZero() {
		n.begun = n.opts.Now()
	}
	n.ctl.SetReadDeadline(n.begun.Add(n.opts.BodyTimeout + time.Duration(n.read/n.opts.BodyRate)*time.Second))
	left := n.opts.MaxBody - n.read
	if int64(len(p)) > left+1 {
		p = p[:left+1]
	}
	m, err := n.req.Body.Read(p)
	n.read += int64(m)
	var timeout net.Error
	switch {
	case int64(m) > left:
		m, err = int(left), ErrBodyTooLarge
	case errors.As(err, &timeout) && timeout.Timeout():
		err = ErrBodyTimeout
	}
	n.err = err
	return m, err
}
