package host

import (
	"context"
	"errors"

	"github.com/gatehouse-gateway/gatehouse/internal/functions"
	"github.com/gatehouse-gateway/gatehouse/internal/functions/web"
)

// adapterLink lets an adapter take part in the life of an environment.
type adapterLink struct {
	e          *environment
	adapter    Adapter
	generation uint64
	ctx        context.Context // ends with the process
	cancel     context.CancelFunc
	done       chan struct{} // holds a token while no method of the adapter runs
}

// newAdapterLink waits for the process to be ready, on a goroutine of its own.
func newAdapterLink(e *environment, adapter Adapter, generation uint64) *adapterLink {
	ctx, cancel := context.WithCancel(context.Background())
	l := &adapterLink{e: e, adapter: adapter, generation: generation, ctx: ctx, cancel: cancel, done: make(chan struct{}, 1)}
	go func() {
		err := adapter.Ready(ctx)
		l.done <- struct{}{}
		if err == nil {
			e.adapterReady(generation)
			return
		}
		e.mu.Lock()
		defer e.mu.Unlock()
		if generation == e.generation && e.phase == starting {
			e.report(failed(functionError(err), false))
		}
	}()
	return l
}

// invoke has the adapter serve an invocation. in is not used by anybody else.
func (l *adapterLink) invoke(in *functions.Invocation, t turn) {
	<-l.done // the method before has returned, or is about to
	var out functions.Result
	in.RequestID = t.id
	ctx, cancel := context.WithDeadline(l.ctx, t.deadline)
	err := l.adapter.Invoke(ctx, in, &out)
	over := err != nil && l.over(ctx)
	cancel()
	l.done <- struct{}{}
	if over { // the time, or the process: what is said about that is said elsewhere
		return
	}
	gone := errors.Is(err, web.ErrGone)
	o, kind := outcome{text: out.Payload, release: out.Free, contentType: out.ContentType, failed: out.FunctionError != ""}, ""
	if err != nil {
		failure := functionError(err)
		o.drop()
		o, kind = outcome{text: failure.payload(t.id), failed: true}, failure.Type
	}
	e := l.e
	e.mu.Lock()
	if l.generation != e.generation || e.phase != busy {
		e.mu.Unlock()
		o.drop()
		return
	}
	e.accept(o, kind, gone)
	if !gone {
		e.adapterReady(l.generation)
	}
}

// over reports whether the time of an invocation that got no answer is over, or its process, whose connections end a moment before that is
// known: the next invocation must not meet it.
func (l *adapterLink) over(ctx context.Context) bool {
	_, ended := l.e.endOfProcess(ctx.Done())
	return ended || ctx.Err() != nil
}

// adapterReady is called when the process of a web function can serve. Extensions are waited for.
func (e *environment) adapterReady(generation uint64) {
	if e.server != nil {
		e.server.Done(generation)
		return
	}
	e.Ready(generation)
}

// end ends what the adapter does, and waits for it.
func (l *adapterLink) end() {
	l.cancel()
	<-l.done
	l.adapter.Close()
}

func functionError(err error) *FunctionError {
	var failure *FunctionError
	if errors.As(err, &failure) {
		return failure
	}
	return &FunctionError{typeUnknown, err.Error()}
}
