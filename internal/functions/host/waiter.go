package host

import (
	"context"
	"sync"

	"github.com/gatehouse-gateway/gatehouse/internal/functions"
	"github.com/gatehouse-gateway/gatehouse/internal/functions/runtimeapi"
)

// waiter is the caller of an invocation. The caller may leave; the invocation goes on without it.
type waiter struct {
	done chan struct{} // holds a token once there is an outcome
	gone func()        // called once there is one, waited for or not; nil: nobody wants to know

	mu  sync.Mutex
	out *functions.Result // nil: nobody waits any more
	err error
}

var waiters = sync.Pool{New: func() any { return &waiter{done: make(chan struct{}, 1)} }}

func newWaiter(in *functions.Invocation, out *functions.Result) *waiter {
	w := waiters.Get().(*waiter)
	w.out, w.err, w.gone = out, nil, in.OnEnd
	return w
}

// wait waits for the outcome, or for the end of ctx, after which nothing is written to the result.
func (w *waiter) wait(ctx context.Context) error {
	select {
	case <-w.done:
	case <-ctx.Done():
		w.mu.Lock()
		left := w.out != nil
		w.out = nil
		w.mu.Unlock()
		if left {
			return context.Cause(ctx) // and w is left to whoever still has it
		}
		<-w.done
	}
	err := w.err
	waiters.Put(w)
	return err
}

// outcome is what becomes of an invocation.
type outcome struct {
	payload     *runtimeapi.Payload // of the runtime
	text        []byte              // of the platform, or of an adapter; used when payload is nil
	release     func()              // gives text back; nil: there is nothing to give
	contentType string
	failed      bool
	err         error // the invocation could not be made
}

// deliver hands o to the caller, or drops it.
func (w *waiter) deliver(o outcome, id, version string, log []byte) {
	if w.gone != nil {
		w.gone()
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	out := w.out
	if out == nil {
		o.drop()
		return
	}
	*out = functions.Result{RequestID: id, ExecutedVersion: version, ContentType: o.contentType, Log: log, Payload: o.text, Free: o.release}
	if o.payload != nil {
		out.Payload, out.Free = o.payload.Bytes(), o.payload.Release
	}
	if o.failed {
		out.FunctionError = functions.Unhandled
	}
	w.out, w.err = nil, o.err
	w.done <- struct{}{}
}

func (o outcome) drop() {
	switch {
	case o.payload != nil:
		o.payload.Release()
	case o.release != nil:
		o.release()
	}
}
