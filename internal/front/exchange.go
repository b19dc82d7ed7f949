package front

import (
	"context"
	"crypto/tls"
	"io"
	"net/netip"
	"time"

	"github.com/gatehouse-gateway/gatehouse/http1"
)

// Handler answers exchanges. The front calls it on the goroutine of the client's
// connection, one exchange at a time per connection; it fills x.Response and may
// read x.Request.Body. ctx ends when the front gives up waiting for requests in
// flight (see Options.Grace), not when the client goes away.
//
// The exchange belongs to the front again when ServeExchange returns, except what
// the Response hands over: Body and Stream stay in use until Done is called.
type Handler interface {
	ServeExchange(ctx context.Context, x *Exchange)
}

// HandlerFunc is a function as a Handler.
type HandlerFunc func(ctx context.Context, x *Exchange)

// ServeExchange calls f.
func (f HandlerFunc) ServeExchange(ctx context.Context, x *Exchange) { f(ctx, x) }

// Exchange is one request with its answer. It is reused for the next request on
// the same connection.
//
// Lifetime: strings are immutable and may be kept (all strings of one request head
// share one allocation, so keeping one keeps the head). Slices, among them
// Request.Header and Response.Header, and Request.Body are valid until the handler
// returns and must not be kept.
type Exchange struct {
	Request  Request
	Response Response

	// Scratch is the handler's own: the front never touches it, so what is put there
	// is found again at the next request on the same connection. It may not be
	// preserved on connections with several requests at once (HTTP/2).
	Scratch any
}

// Request is what the client sent.
type Request struct {
	Method string
	// Target is the request target as sent, in origin form ("/stage//x?a=1"); an
	// absolute form is reduced to it. It starts with "/".
	Target string
	// Host is the authority asked for: the Host field, or that of an absolute form.
	Host  string
	Proto string // "HTTP/1.1", "HTTP/1.0" or "HTTP/2.0"
	// Header holds all fields as sent, in order, including Host.
	Header http1.Header
	// Body is never nil. Its errors are ErrBodyTooLarge, ErrBodyTimeout, an
	// *http1.Error (malformed chunks) or the connection's; see Response.Fail.
	Body io.Reader
	// ContentLength is the length of the body in bytes, -1 when it is sent in chunks.
	ContentLength int64

	Peer     netip.AddrPort
	Local    netip.AddrPort
	TLS      *tls.ConnectionState // nil on plain connections
	Received time.Time            // when the head was complete
}

// Response is what the handler answers and the front writes.
type Response struct {
	Status int // 200 to 999
	// Header holds the handler's fields, written in order and in the case given. The
	// front adds Date, Content-Length or Transfer-Encoding, and Connection, and leaves
	// out fields of those names; it adds nothing else. A name that is no token or a
	// value with control characters turns the answer into a plain 500.
	Header http1.Header
	// Body is the whole body when Stream is nil. It is not sent to HEAD requests and
	// with 204 and 304, but gives the Content-Length of an answer to HEAD.
	Body []byte
	// Stream is a body written as it arrives, one write per Read. The front closes it.
	// An error in the middle of it cuts the connection, so that the client can tell.
	Stream io.ReadCloser
	// StreamLength is the length of Stream in bytes, -1 if unknown. In an answer to
	// HEAD without Body and Stream, it is the Content-Length to announce (-1: none).
	StreamLength int64
	// Done, if set, is called once after the last byte was written, or could not be,
	// with the number of body bytes that reached the connection.
	Done func(written int64, err error)
	// Close closes the connection after this answer.
	Close bool
}

// reset makes r empty, keeping the memory of its header.
func (r *Response) reset() {
	clear(r.Header)
	*r = Response{Header: r.Header[:0]}
}
