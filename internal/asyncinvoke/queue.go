package asyncinvoke

import (
	"container/heap"
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/engine"
	"github.com/gatehouse-gateway/gatehouse/internal/functions"
	"github.com/gatehouse-gateway/gatehouse/internal/limits"
	"github.com/gatehouse-gateway/gatehouse/internal/notify"
)

// Options are what a queue is made of. Docs, Invoke and Settings are required, and every limit of Limits that begins with Async.
type Options struct {
	Docs engine.Docs
	// Invoke runs an event, and with the type Event hands one to a destination.
	Invoke func(context.Context, *functions.Call, *functions.Result) error
	// Settings says how the events of a function are treated; functions.ErrNotFound: there is no such function any more, and its
	// events are dropped. After other errors they are tried again.
	Settings func(context.Context, functions.Ref) (functions.Asynchronous, error)
	// Tell hands a message to a target that is no function, and tries as often as it is worth; nil: there is no way to any.
	Tell   func(ctx context.Context, target string, m notify.Message) error
	Limits limits.Limits
	// RetryDelays are the pauses before the second attempt and the ones after it, the last being used again; nil is
	// DefaultRetryDelays.
	RetryDelays []time.Duration
	// Grace is how long attempts may go on after the end of Run's context.
	Grace time.Duration
	Log   *slog.Logger // nil: nowhere
}

// DefaultRetryDelays are those of the service. Spec: functions C.
func DefaultRetryDelays() []time.Duration { return []time.Duration{time.Minute, 2 * time.Minute} }

// What is so if nobody says anything else. Spec: functions C.
const (
	DefaultRetries = 2
	DefaultMaxAge  = 6 * time.Hour
)

// Queue keeps events and runs them. It is safe for concurrent use.
type Queue struct {
	opts   Options
	log    *slog.Logger
	memory *limits.Budget // of payloads that wait
	stored *segments
	in     chan *arrival // to the writers
	ended  chan struct{} // closed when no writer takes anything any more

	wake     chan struct{} // something may begin
	settling chan struct{} // something is to be written down
	attempts sync.WaitGroup

	undelivered atomic.Int64

	mu      sync.Mutex
	lanes   map[functions.Ref]*lane
	order   lanes
	queued  map[functions.Ref]int // unfinished events by account and region
	running int
	// delivering are the events whose destinations are told.
	delivering int
	dirty      []*segment
}

// New returns an empty queue.
func New(opts Options) *Queue {
	if opts.RetryDelays == nil {
		opts.RetryDelays = DefaultRetryDelays()
	}
	q := &Queue{
		opts: opts, log: opts.Log, memory: limits.NewBudget(opts.Limits.AsyncMemory), stored: newSegments(opts.Docs), in: make(chan *arrival),
		ended: make(chan struct{}), wake: make(chan struct{}, 1), settling: make(chan struct{}, 1),
		lanes: make(map[functions.Ref]*lane), queued: make(map[functions.Ref]int),
	}
	if q.log == nil {
		q.log = slog.New(slog.DiscardHandler)
	}
	return q
}

// Undelivered is how often a destination or a dead letter queue could not be told, since the queue was made.
func (q *Queue) Undelivered() int64 { return q.undelivered.Load() }

// Run accepts and runs events until ctx ends; then attempts have the grace time to end.
func (q *Queue) Run(ctx context.Context) error {
	var writing, settling sync.WaitGroup
	for range writers {
		writing.Go(q.write)
	}
	stop := make(chan struct{})
	settling.Go(func() { q.settle(stop) })
	attempts, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	q.dispatch(ctx, attempts)
	late := time.AfterFunc(q.opts.Grace, cancel)
	q.attempts.Wait()
	late.Stop()
	close(q.ended)
	writing.Wait()
	close(stop)
	settling.Wait()
	return context.Cause(ctx)
}

// dispatch begins attempts when they are due, until ctx ends.
func (q *Queue) dispatch(ctx, attempts context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for ctx.Err() == nil {
		timer.Reset(q.begin(ctx, attempts))
		select {
		case <-ctx.Done():
		case <-timer.C:
		case <-q.wake:
		}
	}
}

// deliveryShare is the part of all attempts at a time that may wait for the destinations of one function.
const deliveryShare = 4

// longPause is how long dispatch waits when nothing is due.
const longPause = time.Hour

// begin begins what is due, and says how long nothing else is.
func (q *Queue) begin(ctx, attempts context.Context) time.Duration {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := time.Now()
	for len(q.order) > 0 && q.running < int(q.opts.Limits.AsyncRunning) {
		l := q.order[0]
		if pause := l.next.Sub(now); pause > 0 {
			return min(pause, longPause)
		}
		e := heap.Pop(&l.events).(*event)
		l.running++
		q.running++
		l.served = now
		q.arrange(l)
		q.attempts.Go(func() {
			timed, cancel := context.WithTimeout(attempts, attemptTime)
			defer cancel()
			q.attempt(timed, e, func() bool { return ctx.Err() != nil })
		})
	}
	return longPause
}

// add queues an event in the lane of its function. Lock held.
func (q *Queue) add(e *event) {
	function := e.ref
	function.Qualifier = ""
	l := q.lanes[function]
	if l == nil {
		l = &lane{function: function, next: never, deliveries: max(1, int(q.opts.Limits.AsyncRunning)/deliveryShare)}
		q.lanes[function] = l
		heap.Push(&q.order, l)
	}
	heap.Push(&l.events, e)
	q.arrange(l)
}

// arrange finds the place of a lane again, or forgets it when it has nothing to do. Lock held.
func (q *Queue) arrange(l *lane) {
	if len(l.events) == 0 && l.running+l.delivering == 0 {
		heap.Remove(&q.order, l.index)
		delete(q.lanes, l.function)
		return
	}
	l.next = l.begin()
	heap.Fix(&q.order, l.index)
}

// signal wakes whoever waits for a channel of one.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
