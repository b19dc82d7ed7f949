package functions

import (
	"context"
	"errors"
	"io"

	"github.com/gatehouse-gateway/gatehouse/internal/functions/runtimeapi"
)

// Stream takes an answer while the function makes it.
type Stream = runtimeapi.Stream

// Invoker invokes functions; *Directory does.
type Invoker interface {
	Invoke(context.Context, *Call, *Result) error
}

// Streaming is an answer that is read while the function makes it: a slow reader slows the function down. An answer that was not
// streamed can be read, too. One goroutine at a time may use it.
type Streaming struct {
	// RequestID, ExecutedVersion and ContentType are there from the beginning; ContentType is "" when the function did not stream.
	RequestID, ExecutedVersion, ContentType string

	cancel context.CancelFunc
	result *Result
	begun  chan struct{} // closed when the function begins to stream
	pieces chan []byte
	took   chan int      // how much of a piece was read
	left   chan struct{} // closed when the reader goes away
	over   chan struct{} // closed when the call is over; then the following does not change
	err    error         // of the call
	rest   []byte        // of an answer that was not streamed
}

var errLeft = errors.New("nobody reads the answer any more")

// OpenStream calls a function and waits until its answer begins, or the call is over. Its errors are those of Invoke. ctx bounds
// the whole call, reading included. The caller closes the stream.
func OpenStream(ctx context.Context, by Invoker, c *Call) (*Streaming, error) {
	ctx, cancel := context.WithCancel(ctx)
	s := &Streaming{
		cancel: cancel, result: new(Result), begun: make(chan struct{}), pieces: make(chan []byte), took: make(chan int),
		left: make(chan struct{}), over: make(chan struct{}),
	}
	if c.RequestID == "" {
		c.RequestID = NewRequestID()
	}
	s.RequestID, c.Stream = c.RequestID, (*sink)(s)
	go func() {
		s.err = by.Invoke(ctx, c, s.result)
		cancel()
		close(s.over)
	}()
	select {
	case <-s.begun:
		return s, nil
	case <-s.over:
	}
	if s.err != nil {
		return nil, s.err
	}
	s.ExecutedVersion = s.result.ExecutedVersion
	if s.result.FunctionError == "" {
		s.rest = s.result.Payload
	}
	return s, nil
}

// sink is the function's end of a Streaming.
type sink Streaming

// Begin implements Stream.
func (s *sink) Begin(contentType string) error {
	s.ContentType, s.ExecutedVersion = contentType, s.result.ExecutedVersion
	close(s.begun)
	return nil
}

// Write implements Stream: it returns when all of p was read.
func (s *sink) Write(until <-chan struct{}, p []byte) error {
	for len(p) > 0 {
		select {
		case s.pieces <- p:
			p = p[<-s.took:]
		case <-s.left:
			return errLeft
		case <-s.over: // the caller's time is
			return errLeft
		case <-until:
			return errLeft
		}
	}
	return nil
}

// Read returns what the function has written, or waits for it. It returns io.EOF at the end of the answer, whether the function
// failed or not, and the error of the call if that did not come to an end.
func (s *Streaming) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	select {
	case piece := <-s.pieces:
		n := copy(p, piece)
		s.took <- n
		return n, nil
	case <-s.over:
	}
	switch {
	case s.err != nil:
		return 0, s.err
	case len(s.rest) > 0:
		n := copy(p, s.rest)
		s.rest = s.rest[n:]
		return n, nil
	}
	return 0, io.EOF
}

// Result is how the call ended. It is asked after Read has returned io.EOF, or when nothing was streamed, and valid until Close.
func (s *Streaming) Result() *Result { return s.result }

// Over reports whether the call was over when the answer began, or before: then there is a Result.
func (s *Streaming) Over() bool {
	select {
	case <-s.over:
		return true
	default:
		return false
	}
}

// Close leaves the answer. The function goes on to its end, and what it still writes is dropped.
func (s *Streaming) Close() error {
	s.cancel()
	close(s.left)
	<-s.over
	s.result.Release()
	return nil
}
