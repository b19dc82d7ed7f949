package asyncinvoke

import (
	"context"
	"errors"
	"runtime"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/functions"
)

const (
	writers      = 2         // segments written at a time
	segmentCount = 256       // events of a segment
	segmentBytes = 256 << 10 // of payload, from which on a segment is full: far below what the engine keeps in one record
	writeTime    = 10 * time.Second
)

// arrival is an event that somebody waits for being kept.
type arrival struct {
	event *event
	done  chan error
}

// errRecursion means that destinations led from function to function for too long.
var errRecursion = errors.New("destinations lead in a circle")

// maxHops is how many destinations may follow each other: the service stops functions that call each other in circles after about
// sixteen rounds.
const maxHops = 16

// Enqueue keeps an event for good. A ThrottledError means that as many events of its account wait as may; ErrClosed, that the
// queue has ended. After other errors it may have been kept.
func (q *Queue) Enqueue(ctx context.Context, c *functions.Call) error {
	e := newEvent(ctx, c, time.Now())
	if e.hops > maxHops {
		return errRecursion
	}
	if !q.admit(e) {
		return &functions.ThrottledError{Reason: functions.ReasonQueue}
	}
	a := &arrival{e, make(chan error, 1)}
	select {
	case q.in <- a:
		return <-a.done // a write has a time limit of its own
	case <-q.ended:
		q.forget(e)
		return functions.ErrClosed
	case <-ctx.Done():
		q.forget(e)
		return context.Cause(ctx)
	}
}

// admit counts an event of an account, unless there are as many as may be. What comes from an event that ends takes its place.
func (q *Queue) admit(e *event) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	owner := account(e.ref)
	if e.hops == 0 && q.queued[owner] >= int(q.opts.Limits.AsyncQueued) {
		return false
	}
	q.queued[owner]++
	return true
}

func (q *Queue) forget(e *event) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.uncount(e)
}

// uncount gives the place of an event free. Lock held.
func (q *Queue) uncount(e *event) {
	owner := account(e.ref)
	if q.queued[owner]--; q.queued[owner] == 0 {
		delete(q.queued, owner)
	}
}

// write stores arrivals until the queue has ended.
func (q *Queue) write() {
	for {
		select {
		case a := <-q.in:
			q.keep(q.gather(a))
		case <-q.ended:
			return
		}
	}
}

// gather takes those who wait by now.
func (q *Queue) gather(first *arrival) []*arrival {
	all, bytes := []*arrival{first}, len(first.event.payload)
	runtime.Gosched() // those who were just answered may have the next one
	for len(all) < segmentCount && bytes < segmentBytes {
		select {
		case a := <-q.in:
			all = append(all, a)
			bytes += len(a.event.payload)
		default:
			return all
		}
	}
	return all
}

// keep stores arrivals in one write, and queues them.
func (q *Queue) keep(arrivals []*arrival) {
	events := make([]*event, len(arrivals))
	for i, a := range arrivals {
		events[i] = a.event
	}
	ctx, cancel := context.WithTimeout(context.Background(), writeTime)
	seg, err := q.stored.create(ctx, events)
	cancel()
	q.mu.Lock()
	for i, e := range events {
		if err != nil {
			q.uncount(e)
			continue
		}
		e.segment, e.position = seg, i
		q.retain(e)
		q.add(e)
	}
	q.mu.Unlock()
	for _, a := range arrivals {
		a.done <- err
	}
	signal(q.wake)
}

// retain keeps the payload of an event that waits, if there is room for it.
func (q *Queue) retain(e *event) {
	size := int64(len(e.payload))
	if !q.memory.Take(size) {
		e.payload = nil
		return
	}
	e.kept = size
}

// release gives the memory of a payload back.
func (q *Queue) release(e *event) {
	q.memory.Give(e.kept)
	e.payload, e.kept = nil, 0
}
