package restapi

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/functions"
	"github.com/gatehouse-gateway/gatehouse/internal/integration"
)

const (
	// metadataRoom is how far the delimiter may be from the beginning of a streamed answer, its own bytes included
	// (unconfirmed). Spec: rest-api 20.
	metadataRoom = 16 << 10
	// streamRead is how much of a streamed answer is read at a time until the delimiter was found, in bytes.
	streamRead = 4 << 10
)

// delimiter stands between metadata and body.
var delimiter = make([]byte, 8)

// errStreamIdle means that a function has begun to answer and wrote nothing for too long.
var errStreamIdle = fmt.Errorf("the function wrote nothing for too long: %w", context.DeadlineExceeded)

// lambdaStream is the body of a streamed answer.
type lambdaStream struct {
	answer  *functions.Streaming
	cancel  func()
	idle    *time.Timer
	limit   time.Duration
	waiting []byte // of the body, read with the metadata
}

// Read implements io.Reader. A function that fails in the middle makes it fail, which cuts the connection. Spec: rest-api 20.
func (s *lambdaStream) Read(p []byte) (int, error) {
	if len(s.waiting) > 0 {
		n := copy(p, s.waiting)
		s.waiting = s.waiting[n:]
		return n, nil
	}
	s.idle.Reset(s.limit)
	n, err := s.answer.Read(p)
	s.idle.Stop()
	if errors.Is(err, io.EOF) {
		if res := s.answer.Result(); res.FunctionError != "" {
			return n, fmt.Errorf("the function failed in the middle of its answer: %s", res.FunctionError)
		}
	}
	return n, err
}

// Close implements io.Closer. The function goes on to its end.
func (s *lambdaStream) Close() error {
	s.idle.Stop()
	s.cancel()
	return s.answer.Close()
}

// open calls the function and waits for the metadata of its answer. Spec: rest-api 20.
func (l *lambdaIntegration) open(ctx context.Context, x *exchange) *refusal {
	x.invocation.TraceID = x.traceID()
	l.logInvocation(x)
	start := x.stage.env.Now()
	bounded, stop := context.WithCancelCause(ctx)
	timed, cancel := context.WithTimeout(bounded, l.timeout)
	answer, err := functions.OpenStream(timed, x.stage.env.Functions, &x.invocation)
	if err != nil {
		cancel()
		stop(nil)
		x.integrationTime = x.stage.env.Now().Sub(start)
		return refuseInvocation(err)
	}
	limit := time.Duration(x.stage.env.Limits.StreamIdle) * time.Millisecond
	idle := time.AfterFunc(limit, func() { stop(errStreamIdle) })
	idle.Stop()
	x.stream = &lambdaStream{answer: answer, cancel: func() { cancel(); stop(nil) }, idle: idle, limit: limit}
	x.function.RequestID, x.function.ExecutedVersion, x.function.ContentType = answer.RequestID, answer.ExecutedVersion, answer.ContentType
	x.result.Status, x.status = 200, 200
	r := x.readMetadata()
	x.integrationTime = x.stage.env.Now().Sub(start)
	l.logResult(x)
	return r
}

// readMetadata reads the answer up to the delimiter: payload is what stands before it.
func (x *exchange) readMetadata() *refusal {
	s := x.stream
	var text []byte
	for {
		text = slices.Grow(text, streamRead)
		n, err := s.Read(text[len(text):cap(text)])
		from := max(0, len(text)-len(delimiter)+1)
		text = text[:len(text)+n]
		if i := bytes.Index(text[from:], delimiter); i >= 0 && from+i+len(delimiter) <= metadataRoom {
			x.payload, s.waiting = text[:from+i], text[from+i+len(delimiter):]
			return nil
		}
		switch {
		case s.answer.Over() && s.answer.Result().FunctionError != "":
			x.payload = slices.Clone(s.answer.Result().Payload)
			x.function.FunctionError = functions.Unhandled
			return lambdaFailed(502, x.functionError())
		case errors.Is(err, io.EOF), len(text) >= metadataRoom:
			x.payload = text
			return malformedAnswer()
		case err != nil:
			return refuseInvocation(err)
		}
	}
}

// answerStream makes the method response of the metadata, and hands the body to the client as it arrives.
func (l *lambdaIntegration) answerStream(_ context.Context, x *exchange) *refusal {
	a, cookies, err := parseMetadata(x.payload)
	if err != nil {
		return malformedAnswer()
	}
	if r := x.answerHead(&a, cookies); r != nil {
		return r
	}
	if x.stage.testing {
		return x.collectStream()
	}
	x.wire.Response.Stream, x.wire.Response.StreamLength = x.stream, -1
	x.stream = nil
	return nil
}

// collectStream reads the whole body: a test invoke answers in one piece.
func (x *exchange) collectStream() *refusal {
	limit := x.stage.env.Limits.ResponsePayload
	body, err := io.ReadAll(io.LimitReader(x.stream, limit+1))
	switch {
	case err != nil:
		return internal("Execution failed: " + err.Error())
	case int64(len(body)) > limit:
		return internal("Execution failed: " + integration.ErrResponseTooLarge.Error())
	}
	x.wire.Response.Body = body
	return nil
}
