package prelude

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/functions"
)

// errIdle means that a function has begun to answer and wrote nothing for too long.
var errIdle = fmt.Errorf("the function wrote nothing for too long: %w", context.DeadlineExceeded)

// Body is a streamed answer, and after Read its body. One goroutine at a time may use it.
type Body struct {
	answer  *functions.Streaming
	stop    context.CancelCauseFunc
	idle    *time.Timer // nil: the function may take its time
	limit   time.Duration
	waiting []byte // of the body, read with the metadata
	ended   bool   // the function has no more to say
}

// NewBody returns the body of an answer, which it closes. stop ends the call's context: Close calls it, and so does a function
// that writes nothing for longer than idle while somebody reads; 0 is no limit.
func NewBody(answer *functions.Streaming, idle time.Duration, stop context.CancelCauseFunc) *Body {
	b := &Body{answer: answer, stop: stop, limit: idle}
	if idle > 0 {
		b.idle = time.AfterFunc(idle, func() { stop(errIdle) })
		b.idle.Stop()
	}
	return b
}

// Answer is the answer that is read.
func (b *Body) Answer() *functions.Streaming { return b.answer }

// Failed is how a call ended that the function failed by now; nil: it did not, or goes on.
func (b *Body) Failed() *functions.Result {
	if b.answer.Over() && b.answer.Result().FunctionError != "" {
		return b.answer.Result()
	}
	return nil
}

// Read implements io.Reader. A function that fails in the middle makes it fail, so that who reads can tell. Spec: rest-api 20.
func (b *Body) Read(p []byte) (int, error) {
	if len(b.waiting) > 0 {
		n := copy(p, b.waiting)
		b.waiting = b.waiting[n:]
		return n, nil
	}
	if b.idle != nil {
		b.idle.Reset(b.limit)
		defer b.idle.Stop()
	}
	n, err := b.answer.Read(p)
	if b.ended = errors.Is(err, io.EOF); b.ended {
		if res := b.answer.Result(); res.FunctionError != "" {
			return n, fmt.Errorf("the function failed in the middle of its answer: %s", res.FunctionError)
		}
	}
	return n, err
}

// Close implements io.Closer. The function goes on to its end.
func (b *Body) Close() error {
	if b.idle != nil {
		b.idle.Stop()
	}
	b.stop(nil)
	return b.answer.Close()
}
