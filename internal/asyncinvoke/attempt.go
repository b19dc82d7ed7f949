package asyncinvoke

import (
	"context"
	"errors"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/engine"
	"github.com/gatehouse-gateway/gatehouse/internal/functions"
)

// attemptTime bounds one attempt from outside: above the longest timeout of a function.
const attemptTime = 20 * time.Minute

// verdict is what an attempt means for the event.
type verdict int

const (
	ended   verdict = iota // nothing is left to do
	failed                 // by the function: it is tried again after a delay
	refused                // by a concurrency limit
	delayed                // by something else that passes
	left                   // as it was: the next process tries it
)

// attempt tries an event once, and puts it back or ends it. stopping reports whether the process is about to end: what functions
// say then is not theirs.
func (q *Queue) attempt(ctx context.Context, e *event, stopping func() bool) {
	v := q.try(ctx, e, stopping)
	now := time.Now()
	q.mu.Lock()
	l := q.laneOf(e)
	if e.delivering {
		e.delivering = false
		l.delivering--
		q.delivering--
	} else {
		q.leave(l, v, now)
	}
	q.put(e, v, now)
	q.arrange(l)
	q.mu.Unlock()
	signal(q.wake)
}

// laneOf is the lane of an event that is being tried: there is one. Lock held.
func (q *Queue) laneOf(e *event) *lane {
	return q.lanes[functions.Ref{AccountID: e.ref.AccountID, Region: e.ref.Region, Name: e.ref.Name}]
}

// leave ends an attempt as far as its function is concerned. Lock held.
func (q *Queue) leave(l *lane, v verdict, now time.Time) {
	l.running--
	q.running--
	switch v {
	case refused:
		l.refuse(now)
	case left:
	default:
		l.pass()
	}
}

// deliver makes room for other attempts while the destinations of an event are told: those that do not answer hold up their own function
// only. Without room for one more delivery the event keeps the place of its attempt.
func (q *Queue) deliver(e *event) {
	q.mu.Lock()
	defer q.mu.Unlock()
	l := q.laneOf(e)
	if e.delivering || l.delivering >= l.deliveries || q.delivering >= int(q.opts.Limits.AsyncRunning) {
		return
	}
	q.leave(l, ended, time.Time{})
	e.delivering = true
	l.delivering++
	q.delivering++
	q.arrange(l)
	signal(q.wake)
}

// put is where an event goes after an attempt. Lock held.
func (q *Queue) put(e *event, v verdict, now time.Time) {
	switch v {
	case ended:
		q.release(e)
		q.uncount(e)
		e.segment.left--
		q.learn(e, progress{Done: true})
	case failed:
		q.release(e)
		e.due = now.Add(q.retryDelay(e.attempts))
		e.passes = 0
		e.attempts++
		q.learn(e, progress{Attempts: e.attempts, Due: e.due})
		q.add(e)
	case delayed:
		q.release(e)
		e.due = now.Add(backOff(e.passes))
		e.passes++
		q.add(e)
	case refused:
		q.add(e)
	case left:
		q.release(e)
	}
}

// retryDelay is the pause after an attempt that failed, with so many before it.
func (q *Queue) retryDelay(before int) time.Duration {
	delays := q.opts.RetryDelays
	return delays[min(before, len(delays)-1)]
}

// try makes one attempt.
func (q *Queue) try(ctx context.Context, e *event, stopping func() bool) verdict {
	settings, err := q.opts.Settings(ctx, e.ref)
	if errors.Is(err, functions.ErrNotFound) || err != nil && time.Since(e.accepted) >= DefaultMaxAge {
		q.log.Warn("an event is dropped: its function is gone, or could not be read for long", "function", e.ref.ARN(), "request", e.requestID, "error", err)
		return ended
	}
	if err != nil {
		return q.failure(e, err)
	}
	payload := e.payload
	if payload == nil {
		if payload, err = q.stored.payload(ctx, e); err != nil {
			return q.unreadable(e, err)
		}
	}
	o := outcome{event: e, payload: payload, settings: settings}
	switch {
	case settings.Stopped:
		o.condition = conditionStopped
	case time.Since(e.accepted) >= maxAge(settings):
		o.condition = conditionAge
	default:
		return q.invoke(ctx, &o, stopping)
	}
	return q.end(ctx, &o)
}

// end finishes an event.
func (q *Queue) end(ctx context.Context, o *outcome) verdict {
	if !q.finish(ctx, o) {
		return left
	}
	return ended
}

func maxAge(s functions.Asynchronous) time.Duration {
	if s.MaxAge > 0 {
		return s.MaxAge
	}
	return DefaultMaxAge
}

// invoke runs the function.
func (q *Queue) invoke(ctx context.Context, o *outcome, stopping func() bool) verdict {
	e := o.event
	var res functions.Result
	defer res.Release()
	call := functions.Call{Ref: e.ref, Invocation: functions.Invocation{RequestID: e.requestID, Payload: o.payload, TraceID: e.traceID}}
	if err := q.opts.Invoke(ctx, &call, &res); err != nil {
		return q.failure(e, err)
	}
	o.result, o.attempts = &res, 1
	if res.FunctionError == "" {
		o.condition = conditionSuccess
		return q.end(ctx, o)
	}
	if stopping() {
		return left // the function may have been ended because the process ends
	}
	retries := DefaultRetries
	if o.settings.Retries != nil {
		retries = *o.settings.Retries
	}
	switch {
	case e.attempts >= retries:
		o.condition = conditionExhausted
	case time.Since(e.accepted)+q.retryDelay(e.attempts) >= maxAge(o.settings): // it would be too old by then (unconfirmed)
		o.condition = conditionAge
	default:
		return failed
	}
	return q.end(ctx, o)
}

// failure judges an attempt that did not reach the function.
func (q *Queue) failure(e *event, err error) verdict {
	var throttled *functions.ThrottledError
	switch {
	case errors.As(err, &throttled):
		return refused
	case errors.Is(err, functions.ErrClosed), errors.Is(err, context.Canceled):
		return left
	}
	q.log.Warn("an event could not be handed to its function", "function", e.ref.ARN(), "request", e.requestID, "error", err)
	return delayed
}

// unreadable judges an event whose payload could not be read.
func (q *Queue) unreadable(e *event, err error) verdict {
	if errors.Is(err, context.Canceled) || errors.Is(err, engine.ErrClosed) {
		return left
	}
	if errors.Is(err, engine.ErrCorrupt) || errors.Is(err, engine.ErrNotFound) {
		q.log.Error("an event is lost: it cannot be read", "function", e.ref.ARN(), "request", e.requestID, "error", err)
		return ended
	}
	q.log.Warn("an event could not be read", "function", e.ref.ARN(), "request", e.requestID, "error", err)
	return delayed
}
