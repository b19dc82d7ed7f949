package functions

import (
	"context"
	"time"
)

// Queue keeps events and runs them later.
type Queue interface {
	// Enqueue returns once the event is kept for good. The call belongs to the caller afterwards.
	Enqueue(ctx context.Context, c *Call) error
}

// Asynchronous is how the events of a function, a version or an alias are treated that are run later. Spec: functions C.
type Asynchronous struct {
	Retries   *int          // attempts after the first that failed; nil: the usual number
	MaxAge    time.Duration // after which an event is given up; 0: the usual one
	OnSuccess *Ref          // the function that is told of successes; nil: none
	OnFailure *Ref          // the function that is told of events that were given up; nil: none
	// Stopped says that the function has a reserved concurrency of 0: its events are given up at once.
	Stopped bool
}

// enqueue hands a call to the queue.
func (d *Directory) enqueue(ctx context.Context, c *Call, res *Result) error {
	switch {
	case d.opts.Queue == nil:
		return ErrNoQueue
	case len(c.Payload) > d.opts.MaxEvent:
		return ErrPayloadTooLarge
	}
	if c.RequestID == "" {
		c.RequestID = NewRequestID()
	}
	res.RequestID = c.RequestID
	return d.opts.Queue.Enqueue(ctx, c)
}

// Asynchronous says how the events of a function are treated now, or returns ErrNotFound.
func (d *Directory) Asynchronous(ref Ref) (Asynchronous, error) {
	s := (*d.all.Load())[Ref{AccountID: ref.AccountID, Region: ref.Region, Name: ref.Name}]
	if s == nil || s.find(ref.Qualifier) == nil {
		return Asynchronous{}, ErrNotFound
	}
	qualifier := ref.Qualifier
	if qualifier == "" {
		qualifier = Latest
	}
	a := s.entry.Asynchronous[qualifier]
	a.Stopped = s.entry.Reserved != nil && *s.entry.Reserved == 0
	return a, nil
}
