package runtimeapi

import (
	"cmp"
	"errors"
	"io"
	"net"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/http1"
)

// conn is one connection of a runtime.
type conn struct {
	server *Server
	net    net.Conn
	reader *http1.Reader
	head   http1.RequestHead
	body   http1.Body

	trailer    http1.Header
	generation uint64        // of its runtime
	last       bool          // the connection ends after this request
	owed       bool          // that an answer was accepted has not been said yet
	wake       chan struct{} // a token: the connection's own goroutine reads again
	asks       *extension    // which asked for an event through it, while it is parked for that; nil: none

	cut chan struct{} // closed when its runtime is gone

	// Guarded by the server's lock.
	over        bool // its runtime is gone: what it says does not count
	external    bool // an external extension uses it, and not the runtime's process
	parked      bool // it waits for an event, and its goroutine for a token
	attended    bool // whoever sent the event reads, instead of the connection's goroutine
	listening   bool // and waits for a request
	interrupted bool // and is to stop waiting
	posted      bool // the answer to the event came through this connection
}

// The paths of the Runtime API.
const (
	pathInvocation = "/2018-06-01/runtime/invocation/"
	pathNext       = pathInvocation + "next"
	pathInitError  = "/2018-06-01/runtime/init/error"
	pathPing       = "/ping"
)

// verdict is what becomes of a connection after a request.
type verdict uint8

const (
	again  verdict = iota // the next request is read
	parked                // an event is waited for: whoever read so far must not touch the connection any more
	ended                 // it is closed
)

// serve answers requests until the connection or the conversation ends. While the runtime waits for an event, nobody reads.
func (c *conn) serve() {
	defer c.server.forget(c)
	defer c.net.Close()
	for c.reader.Wait() == nil {
		switch c.handle() {
		case parked:
			<-c.wake
			c.unparked()
		case ended:
			return
		case again:
			if c.last {
				return
			}
		}
	}
}

// handle reads one request and answers it.
func (c *conn) handle() verdict {
	if c.last {
		return ended
	}
	if err := c.reader.ReadRequest(&c.head); err != nil {
		var refused *http1.Error
		if errors.As(err, &refused) {
			c.last = true
			c.refuse(rejection{refused.Status, "InvalidRequest", refused.Reason})
		}
		return ended
	}
	c.last = !c.head.KeepAlive
	c.reader.Body(&c.body, c.head.ContentLength)
	return c.route()
}

// unpark has the connection's goroutine read again, if it is parked. The caller holds the lock.
func (c *conn) unpark() {
	if c.parked {
		c.parked = false
		c.wake <- struct{}{}
	}
}

// stranger reports whether a request comes from a web page in a browser of this machine: by a name that somebody pointed here,
// or with what browsers say and runtimes don't. It could take an event away.
func (c *conn) stranger() bool {
	return c.head.Host != c.server.addr || c.head.Header.Has("Origin") || c.head.Header.Has("Sec-Fetch-Site")
}

// route finds out what is asked.
func (c *conn) route() verdict {
	if c.stranger() {
		c.reject(notARuntime)
		return again
	}
	target, _, _ := strings.Cut(c.head.Target, "?")
	id, what := "", ""
	if rest, ok := strings.CutPrefix(target, pathInvocation); ok {
		id, what, _ = strings.Cut(rest, "/")
	}
	switch {
	case target == pathNext:
		if c.allows("GET") {
			return c.next()
		}
	case what == "response":
		if c.allows("POST") {
			c.post(id, InvocationResponse)
		}
	case what == "error":
		if c.allows("POST") {
			c.post(id, InvocationErrorResponse)
		}
	case target == pathInitError:
		if c.allows("POST") {
			c.initError()
		}
	case target == pathPing:
		if c.allows("GET") && c.skipBody() {
			c.answer(200, "text/plain", "pong")
		}
	case target == "/2020-08-15/logs" || target == "/2022-07-01/telemetry":
		if c.allows("PUT") {
			c.reject(noTelemetry)
		}
	case strings.HasPrefix(target, pathExtension):
		return c.routeExtension(target)
	default:
		c.reject(notFound)
	}
	return again
}

// allows reports whether the method is right, and refuses the request otherwise.
func (c *conn) allows(method string) bool {
	if c.head.Method != method {
		c.reject(badMethod)
		return false
	}
	return true
}

// next waits for an event. The runtime that asks is ready: its last invocation is over.
func (c *conn) next() verdict {
	if !c.skipBody() {
		return ended
	}
	s := c.server
	s.mu.Lock()
	if c.over {
		s.mu.Unlock()
		return ended
	}
	from := s.state
	if !from.allowed(Ready) {
		s.mu.Unlock()
		c.refuse(notAllowed(from, Ready))
		return again
	}
	if from == Running { // the runtime lost the event, or the connection with it
		s.pending = true
	} else {
		s.state = Ready
	}
	if s.waiting != nil {
		s.waiting.unpark() // whoever asked before gets no answer any more
	}
	s.waiting = c
	if s.pending {
		s.mu.Unlock()
		return s.redeliver(c)
	}
	c.parked = true
	c.ignore()
	ready, generation := s.settle(), c.generation
	s.mu.Unlock()
	if ready {
		s.announce(generation)
	}
	return parked
}

// post takes the answer to an invocation.
func (c *conn) post(id string, to State) {
	s := c.server
	s.mu.Lock()
	from, known := s.state, id == s.id && id != "" && !s.pending
	if !known || !from.allowed(to) {
		s.mu.Unlock()
		if !known {
			c.reject(invalidID)
		} else {
			c.reject(notAllowed(from, to))
		}
		return
	}
	s.state = to
	stream := s.stream
	s.mu.Unlock()
	answer, refusal := c.readAnswer(to, stream)
	s.mu.Lock()
	if c.over {
		s.mu.Unlock()
		answer.drop()
		return
	}
	s.state, s.stream, c.posted = ResponseSent, nil, true
	other := s.attending
	s.mu.Unlock()
	s.observer.Answered(c.generation, answer)
	if other != nil && other != c {
		other.interrupt()
	}
	if refusal.status != 0 {
		c.refuse(refusal)
		return
	}
	c.accepted()
}

func (a *Answer) drop() {
	if a.Payload != nil {
		a.Payload.Release()
	}
}

// readAnswer reads the body of an answer, into stream if that is not nil and the runtime streams. A refusal with a status is what the runtime is told instead of that all is well.
func (c *conn) readAnswer(to State, stream Stream) (a Answer, refusal rejection) {
	a.Failed = to == InvocationErrorResponse
	if a.Failed {
		a.ErrorType = errorType(c.head.Header.Get(fieldErrorType))
	} else {
		streams, ok := c.streams()
		if !ok {
			c.skipBody()
			return Answer{Fault: BadMode}, badMode
		}
		if streams {
			a.ContentType = cmp.Or(c.head.Header.Get("Content-Type"), "application/octet-stream")
			if stream != nil {
				return c.streamAnswer(stream, a.ContentType)
			}
		}
	}
	a.Fault, refusal, a.Payload = c.readBody()
	switch {
	case a.Fault != None:
		return Answer{Fault: a.Fault}, refusal
	case !a.Failed && len(c.trailer) > 0:
		a.trailerFailure(c.trailer)
	case a.Failed && http1.EqualFold(c.head.Header.Get("Content-Type"), errorWithCause):
		a.dropCause()
	}
	return a, rejection{}
}

// streams reports whether the runtime streams its answer: it says so, or as Amazon's library for Go does, it says nothing and sends HTTP
// metadata before the body (unconfirmed). It is not ok when what it says is no mode. Spec: functions A2.5.
func (c *conn) streams() (yes, ok bool) {
	switch mode := c.head.Header.Get(fieldMode); {
	case http1.EqualFold(mode, "streaming"):
		return true, true
	case http1.EqualFold(mode, "buffered"):
		return false, true
	case mode != "":
		return false, false
	}
	return http1.EqualFold(c.head.Header.Get("Content-Type"), HTTPAnswer), true
}

// readBody reads a body, and all of it even if it is too large: clients read answers when they have sent everything.
func (c *conn) readBody() (Fault, rejection, *Payload) {
	limit := c.server.options.Response
	if c.head.Expect == http1.ExpectContinue && c.head.ContentLength <= limit && !c.proceed() {
		return Truncated, truncated, nil
	}
	c.trailer = c.trailer[:0]
	c.body.KeepTrailer(&c.trailer)
	p, err := readPayload(&c.body, c.head.ContentLength, limit, c.server.options.Memory)
	switch {
	case err == nil:
		return None, rejection{}, p
	case errors.Is(err, errTooLarge):
		c.skipBody()
		return TooLarge, tooLarge(limit), nil
	case errors.Is(err, errNoMemory):
		c.skipBody()
		return NoMemory, internalError, nil
	}
	c.last = true
	return Truncated, truncated, nil
}

// initError takes the reason why a runtime cannot be initialised.
func (c *conn) initError() {
	s := c.server
	s.mu.Lock()
	if from := s.state; !from.allowed(InitError) {
		s.mu.Unlock()
		c.reject(notAllowed(from, InitError))
		return
	}
	s.state = InitError
	s.mu.Unlock()
	a, refusal := c.readAnswer(InvocationErrorResponse, nil)
	s.mu.Lock()
	over := c.over
	s.mu.Unlock()
	if over {
		a.drop()
		return
	}
	s.observer.InitFailed(c.generation, a)
	if refusal.status != 0 {
		c.refuse(refusal)
		return
	}
	c.accepted()
}

// skipBody reads the rest of a body that nobody wants, so that the connection can go on, but not for ever: false means that
// it cannot.
func (c *conn) skipBody() bool {
	if c.body.Done() {
		return true
	}
	if c.head.Expect == http1.ExpectContinue {
		c.last = true // it waits for our word and need not send
		return true
	}
	limit := drainFactor * c.server.options.Response
	n, err := io.Copy(io.Discard, io.LimitReader(&c.body, limit))
	if err != nil || n == limit {
		c.last = true
	}
	return err == nil
}
