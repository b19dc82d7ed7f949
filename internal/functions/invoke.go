package functions

import (
	"context"
	"slices"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/functions/runtimeapi"
)

// directPayload is the size in bytes up to which an event is written by the goroutine of the caller. A socket takes so much
// although its reader is slow; what is greater is copied and written by another goroutine, so that the caller can leave.
const directPayload = 64 << 10

// invoke runs one invocation.
func (e *environment) invoke(ctx context.Context, in *Invocation, out *Result) error {
	id := in.RequestID
	if id == "" {
		id = newRequestID()
	}
	w := newWaiter(in, out)
	c := call{waiter: w, id: id, tail: in.Tail}
	e.mu.Lock()
	warm := e.phase == idle
	if warm {
		e.begin(&c)
		e.phase = busy
	}
	e.call = c
	e.mu.Unlock()
	if warm && e.server != nil && len(in.Payload) <= directPayload {
		e.dispatch(ctx, in, id, c.deadline)
	} else {
		e.invokeApart(*in, warm, id, c.deadline)
	}
	return w.wait(ctx)
}

// invokeApart runs an invocation on a goroutine of its own, with a copy of the event: the caller may leave meanwhile.
func (e *environment) invokeApart(in Invocation, warm bool, id string, deadline time.Time) {
	in.Payload, in.ClientContext = slices.Clone(in.Payload), slices.Clone(in.ClientContext)
	if warm {
		go e.dispatch(context.Background(), &in, id, deadline)
	} else {
		go e.runCold(in)
	}
}

// begin starts the clock of a call.
func (e *environment) begin(c *call) {
	c.begun = time.Now()
	c.deadline = c.begun.Add(e.pool.function.Timeout)
	if c.tail || e.log.sink != nil {
		e.log.start(c.id, c.tail, e.now())
	}
}

// dispatch hands the event to the process. What comes of it is told to ready, answered, exited and expire.
func (e *environment) dispatch(ctx context.Context, in *Invocation, id string, deadline time.Time) {
	left := time.Until(deadline)
	e.timer.Reset(left)
	if e.server == nil {
		e.mu.Lock()
		adapter := e.adapter
		e.mu.Unlock()
		if adapter != nil { // else the process ended meanwhile, see below
			adapter.invoke(in, id, deadline)
		}
		return
	}
	arn := in.InvokedARN
	if arn == "" {
		arn = e.pool.arn
	}
	event := runtimeapi.Event{
		RequestID: id, InvokedARN: arn, TraceID: in.TraceID, ClientContext: in.ClientContext,
		Deadline: e.now().Add(left), Payload: in.Payload,
	}
	// An error means that the process ended meanwhile: then somebody else has the call and says so.
	e.server.Send(ctx, &event) //nolint:errcheck // see above
}
