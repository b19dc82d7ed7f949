package asyncinvoke

import (
	"container/heap"
	"context"
	"slices"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/functions"
)

// event is an event on its way through the queue. Of those below the line, the queue's lock guards all but payload, which
// belongs to the attempt that runs.
type event struct {
	ref       functions.Ref
	requestID string
	traceID   string
	accepted  time.Time
	hops      int // destinations before this one

	segment  *segment
	position int // in the segment
	attempts int // that the function failed
	passes   int // failures in a row that were not the function's
	// delivering says that the function has ended, and destinations are told.
	delivering bool
	due        time.Time
	payload    []byte // nil: it is in the segment
	kept       int64  // bytes of payload that the memory of the queue gave
}

// newEvent makes an event of a call, with a copy of the payload.
func newEvent(ctx context.Context, c *functions.Call, now time.Time) *event {
	return &event{
		ref: c.Ref, requestID: c.RequestID, traceID: c.TraceID, accepted: now, hops: hopsOf(ctx), due: now, payload: slices.Clone(c.Payload),
	}
}

// hopsKey is the key of the number of destinations that led to an event.
type hopsKey struct{}

func withHops(ctx context.Context, n int) context.Context {
	return context.WithValue(ctx, hopsKey{}, n)
}

func hopsOf(ctx context.Context) int {
	n, _ := ctx.Value(hopsKey{}).(int)
	return n
}

// account is whose events are counted together.
func account(ref functions.Ref) functions.Ref {
	return functions.Ref{AccountID: ref.AccountID, Region: ref.Region}
}

// lane holds the events of one function that wait. The queue's lock guards it.
type lane struct {
	function functions.Ref
	events   waiting
	running  int
	// delivering are the events whose destinations are told; with as many as deliveries, nothing begins.
	delivering, deliveries int

	limit   int       // invocations at a time that were found to fit; 0: as many as there are
	blocked time.Time // nothing begins before
	passes  int       // refusals in a row while nothing ran
	served  time.Time // when an event began last
	next    time.Time // when the next event can begin; never: when something else happens first
	index   int       // in the order of lanes
}

// never is later than everything.
var never = time.Unix(1<<40, 0)

// begin says when the next event can begin.
func (l *lane) begin() time.Time {
	if len(l.events) == 0 || l.limit > 0 && l.running >= l.limit || l.delivering >= l.deliveries {
		return never
	}
	at := l.events[0].due
	for _, other := range []time.Time{l.blocked, l.served} {
		if other.After(at) {
			at = other
		}
	}
	return at
}

// refuse takes note that an invocation did not fit.
func (l *lane) refuse(now time.Time) {
	if l.limit = l.running; l.running > 0 {
		return // the next one that ends makes room
	}
	l.limit = 1
	l.blocked = now.Add(backOff(l.passes))
	l.passes++
}

// pass takes note that an invocation fitted: perhaps more do.
func (l *lane) pass() {
	l.passes, l.blocked = 0, time.Time{}
	if l.limit > 0 {
		l.limit++
	}
}

// The pauses after failures that are not the function's. Spec: functions C.
const (
	firstPause = time.Second
	maxPause   = 5 * time.Minute
)

func backOff(passes int) time.Duration {
	return min(firstPause<<min(passes, 10), maxPause)
}

// waiting is a heap of events by the time they are due.
type waiting []*event

func (w waiting) Len() int           { return len(w) }
func (w waiting) Less(i, j int) bool { return w[i].due.Before(w[j].due) }
func (w waiting) Swap(i, j int)      { w[i], w[j] = w[j], w[i] }

// Push is for package heap.
func (w *waiting) Push(e any) { *w = append(*w, e.(*event)) }

// Pop is for package heap.
func (w *waiting) Pop() any {
	last := len(*w) - 1
	e := (*w)[last]
	(*w)[last] = nil
	*w = (*w)[:last]
	return e
}

// lanes is a heap of lanes by the time their next event can begin.
type lanes []*lane

func (o lanes) Len() int           { return len(o) }
func (o lanes) Less(i, j int) bool { return o[i].next.Before(o[j].next) }
func (o lanes) Swap(i, j int) {
	o[i], o[j] = o[j], o[i]
	o[i].index, o[j].index = i, j
}

// Push is for package heap.
func (o *lanes) Push(l any) {
	added := l.(*lane)
	added.index = len(*o)
	*o = append(*o, added)
}

// Pop is for package heap.
func (o *lanes) Pop() any {
	last := len(*o) - 1
	l := (*o)[last]
	(*o)[last] = nil
	*o = (*o)[:last]
	return l
}

var (
	_ heap.Interface = (*waiting)(nil)
	_ heap.Interface = (*lanes)(nil)
)
