package host

import (
	"context"
	"slices"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/functions"
	"github.com/gatehouse-gateway/gatehouse/internal/functions/runtimeapi"
)

// directPayload is the size in bytes up to which an event is written by the goroutine of the caller. A socket takes so much
// although its reader is slow; what is greater is copied and written by another goroutine, so that the caller can leave.
const directPayload = 64 << 10

// invoke runs one invocation.
func (e *environment) invoke(ctx context.Context, in *functions.Invocation, out *functions.Result) error {
	id := in.RequestID
	if id == "" {
		id = functions.NewRequestID()
	}
	apart := len(in.Payload) > directPayload
	c := call{id: id, tail: in.Tail}
	if apart { // two copies: ours, and what is written
		if c.taken = 2 * int64(len(in.Payload)); !e.pool.host.options.Memory.Take(c.taken) {
			e.giveBack()
			in.End()
			return functions.ErrNoMemory
		}
	}
	w := newWaiter(in, out)
	c.waiter = w
	e.mu.Lock()
	warm := e.phase == idle
	if warm {
		e.occupy(&c, e.pool.function.Timeout)
	} else {
		e.call = c
	}
	turn := turn{id, e.generation, c.deadline}
	e.mu.Unlock()
	if warm && !apart && e.launch.adapter == nil && in.Stream == nil { // the caller of a stream reads what this goroutine would have to write
		e.dispatch(ctx, in, turn)
	} else {
		e.invokeApart(*in, warm, turn)
	}
	return w.wait(ctx)
}

// turn is what it takes to hand out an event: to the process that was there when it was decided, and to no other.
type turn struct {
	id         string
	generation uint64
	deadline   time.Time
}

// occupy gives the process a call and starts the clock that ends it; a call that has begun already has so much time left. The
// caller holds the lock, and the environment is idle.
func (e *environment) occupy(c *call, left time.Duration) {
	if c.begun.IsZero() {
		c.begin(left)
	}
	c.initTime, e.initTime = e.initTime, 0
	e.phase, e.call = busy, *c
	e.timer.Reset(left)
}

// begin starts the clock of a call.
func (c *call) begin(limit time.Duration) {
	c.begun = time.Now()
	c.deadline = c.begun.Add(limit)
}

// invokeApart runs an invocation on a goroutine of its own, with a copy of the event: the caller may leave meanwhile.
func (e *environment) invokeApart(in functions.Invocation, warm bool, t turn) {
	in.Payload, in.ClientContext = slices.Clone(in.Payload), slices.Clone(in.ClientContext)
	if warm {
		go e.dispatch(context.Background(), &in, t)
	} else {
		go e.runCold(in)
	}
}

// dispatch hands the event to the process. What comes of it is told to ready, answered, exited and expire.
func (e *environment) dispatch(ctx context.Context, in *functions.Invocation, t turn) {
	if e.logged(in.Tail) {
		e.log.Start(t.id, in.Tail, e.now())
	}
	e.hand(ctx, in, t)
}

func (e *environment) hand(ctx context.Context, in *functions.Invocation, t turn) {
	arn := in.InvokedARN
	if arn == "" {
		arn = e.pool.arn
	}
	event := runtimeapi.Event{
		RequestID: t.id, InvokedARN: arn, TraceID: in.TraceID, ClientContext: in.ClientContext,
		Deadline: e.now().Add(time.Until(t.deadline)), Payload: in.Payload, Stream: in.Stream,
	}
	// An error means that the process ended meanwhile: then somebody else has the call and says so.
	if e.launch.adapter == nil {
		e.server.Send(ctx, t.generation, &event) //nolint:errcheck // see above
		return
	}
	if e.server != nil {
		e.server.Begin(t.generation, &event) //nolint:errcheck // see above
	}
	e.mu.Lock()
	adapter := e.adapter
	e.mu.Unlock()
	if adapter != nil && adapter.generation == t.generation {
		adapter.invoke(in, t)
	}
}
