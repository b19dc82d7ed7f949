package runtimeapi

import (
	"errors"
	"io"
	"sync"

	"github.com/gatehouse-gateway/gatehouse/http1"
)

// Stream takes an answer while the runtime sends it. Its methods are called by the goroutine that reads the runtime's connection,
// which reads on when they return: who takes slowly slows the runtime down. After an error, the rest is read and dropped.
type Stream interface {
	// Begin is called first, with the media type of the answer.
	Begin(contentType string) error
	// Write takes p, which is the caller's again when it returns. It returns when until is closed, at the latest: nobody wants
	// to know the answer any more.
	Write(until <-chan struct{}, p []byte) error
}

// HTTPAnswer is the media type of an answer that begins with HTTP metadata.
const HTTPAnswer = "application/vnd.awslambda.http-integration-response"

// streamPiece is the most of a stream in bytes that is read at a time.
const streamPiece = 32 << 10

var streamBuffers = sync.Pool{New: func() any { return new([streamPiece]byte) }}

// streamAnswer hands an answer on as it arrives. Spec: functions A2.5.
func (c *conn) streamAnswer(to Stream, contentType string) (Answer, rejection) {
	a := Answer{Streamed: true, ContentType: contentType}
	if c.head.Expect == http1.ExpectContinue && !c.proceed() {
		a.Fault = Truncated
		return a, truncated
	}
	c.trailer = c.trailer[:0]
	c.body.KeepTrailer(&c.trailer)
	switch err := c.pass(to, contentType); {
	case errors.Is(err, errTooLarge):
		c.skipBody()
		a.Fault = TooLarge
		return a, tooLarge(c.server.options.Stream)
	case err != nil:
		c.last = true
		a.Fault = Truncated
		return a, truncated
	}
	if len(c.trailer) > 0 {
		a.trailerFailure(c.trailer)
	}
	return a, rejection{}
}

// pass passes the body on to its end. Its errors are errTooLarge, or the connection's: that a stream takes no more is none.
func (c *conn) pass(to Stream, contentType string) error {
	buf := streamBuffers.Get().(*[streamPiece]byte)
	defer streamBuffers.Put(buf)
	wanted := to.Begin(contentType) == nil
	left := c.server.options.Stream
	for {
		n, err := c.body.Read(buf[:])
		if left -= int64(n); left < 0 {
			return errTooLarge
		}
		if wanted && n > 0 {
			wanted = to.Write(c.cut, buf[:n]) == nil
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
	}
}
