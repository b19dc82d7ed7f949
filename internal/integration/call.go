package integration

import (
	"io"
	"time"

	"github.com/gatehouse-gateway/gatehouse/http1"
)

// DefaultMaxBody is the response limit of the real service in bytes.
// Spec: rest-api 17.
const DefaultMaxBody = 10 << 20

// Call is one request to a back end. Do does not change it and keeps nothing of it.
type Call struct {
	Method string
	Target string // origin form, already escaped: "/orders/42?a=1"
	// HostHeader is the value of Host; "" is the endpoint's host.
	HostHeader string
	// Header holds the fields to send, in order. The client adds Host before them and
	// Content-Length after them, and nothing else; fields with those names, and
	// Transfer-Encoding and Connection, are left out.
	Header http1.Header
	// Body is the request body, when BodyStream is nil.
	Body []byte
	// BodyStream is a body of BodyLength bytes that is sent while it is read. A length
	// of -1 sends it in chunks. A call with a stream is never repeated.
	BodyStream io.Reader
	BodyLength int64

	// Deadline ends the call: connecting, sending and reading the whole response. The
	// zero time is none. The time that reading BodyStream takes is added to it.
	// Spec: rest-api 9.6: the service has the whole request before its time runs.
	Deadline time.Time
	// MaxBody is the greatest response body in bytes; 0 is DefaultMaxBody. With Stream,
	// 0 is no limit.
	MaxBody int64
	// Stream makes Do return after the head, with the body in Result.Stream.
	Stream bool
	// IdleTimeout bounds the wait for each part of a stream; 0 is no bound besides the
	// Deadline.
	IdleTimeout time.Duration
}

// length returns the length of the request body.
func (c *Call) length() int64 {
	if c.BodyStream == nil {
		return int64(len(c.Body))
	}
	return max(c.BodyLength, http1.Chunked)
}

// maxBody returns the bound of the response body.
func (c *Call) maxBody() int64 {
	switch {
	case c.MaxBody > 0:
		return c.MaxBody
	case c.Stream:
		return 1<<63 - 1
	}
	return DefaultMaxBody
}

// repeatable reports whether the call may be sent again when a kept connection turned out to be closed: it asks for
// nothing to be done, and its body (if any) is in memory. A write is never repeated: the back end may have begun it.
func (c *Call) repeatable() bool {
	if c.BodyStream != nil {
		return false
	}
	switch c.Method {
	case "GET", "HEAD", "OPTIONS", "TRACE":
		return true
	}
	return false
}

// Result is what a back end answered. It may be used for one call after another:
// its Header keeps its memory. Strings may be kept, slices not beyond Release.
type Result struct {
	Status int
	Header http1.Header
	// Body is the whole body, nil with Stream.
	Body []byte
	// Stream is the body of a Call with Stream, never nil there. Its errors wrap those
	// of this package. It must be closed; closing it before its end closes the
	// connection.
	Stream io.ReadCloser
	// ContentLength is what the Content-Length field says, -1 without one. After HEAD it
	// is not the length of Body.
	ContentLength int64
	// Reused says that a kept connection served the call.
	Reused bool

	body body // where Body is
}

// Release gives the memory of Body back. Body must not be used any more. Header keeps
// its capacity; Stream is not closed.
func (r *Result) Release() {
	r.body.release()
	clear(r.Header)
	*r = Result{Header: r.Header[:0]}
}
