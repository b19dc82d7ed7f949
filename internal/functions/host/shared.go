package host

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/functions"
	"github.com/gatehouse-gateway/gatehouse/internal/functions/process"
	"github.com/gatehouse-gateway/gatehouse/internal/functions/runlog"
	"github.com/gatehouse-gateway/gatehouse/internal/functions/runtimeapi"
	"github.com/gatehouse-gateway/gatehouse/internal/functions/web"
)

// Shared runs one version of a web function in processes that serve several invocations at a time, which HTTP servers are made for.
// Nothing like it exists on the service. What differs from an environment of one's own: the caller who leaves ends the request, the
// end of the log is not to be had, and a call that takes too long does not end the process, unless that answers nobody else either.
type Shared struct {
	maker *Pool // makes environments, and has none
	seats int   // in each

	mu      sync.Mutex
	all     []*seating // the one used last at the end
	retired bool
	closed  bool
}

// seating is an environment that invocations share.
type seating struct {
	started chan struct{} // closed when the start is over
	result  startResult   // of it, and not to be asked before

	// The following is guarded by the lock of the Shared. The environment does not change once the start is over.
	environment *environment // nil: it is not made yet, or could not be
	removed     bool
	taken       int
	answers     uint64 // how many invocations were answered
	leaving     bool   // takes nobody any more, and ends with the last who is there
	idleSince   time.Time
}

// Share makes the processes of a web function that serve so many invocations at a time. It starts nothing.
func (h *Host) Share(f *functions.Function, seats int) *Shared {
	s := &Shared{maker: &Pool{host: h, function: f, arn: f.Ref.ARN()}, seats: seats}
	s.retired = h.register(s)
	s.closed = s.retired
	return s
}

// Invoke runs the function in a process with a free seat, the one used last, or in a new one. Its errors are those of Pool.Invoke.
func (s *Shared) Invoke(ctx context.Context, in *functions.Invocation, out *functions.Result) error {
	defer in.End()
	if int64(len(in.Payload)) > s.maker.host.options.Limits.FunctionEvent {
		return functions.ErrPayloadTooLarge
	}
	if in.RequestID == "" {
		in.RequestID = functions.NewRequestID()
	}
	out.RequestID, out.ExecutedVersion = in.RequestID, s.maker.function.Version
	place, err := s.sit()
	if err != nil {
		return err
	}
	defer s.leave(place)
	select {
	case <-place.started:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	if !place.result.ready {
		return refuse(place.result, in.RequestID, out)
	}
	return s.run(ctx, place, in, out)
}

// refuse tells a caller that the process did not start.
func refuse(r startResult, requestID string, out *functions.Result) error {
	if r.err != nil {
		return r.err
	}
	out.FunctionError, out.Payload = functions.Unhandled, r.failure.payload(requestID)
	return nil
}

// run has the process serve an invocation.
func (s *Shared) run(ctx context.Context, place *seating, in *functions.Invocation, out *functions.Result) error {
	e := place.environment
	e.mu.Lock()
	link := e.adapter
	c := call{id: in.RequestID, initTime: e.initTime}
	e.initTime = 0
	e.mu.Unlock()
	if link == nil {
		return s.ended(e, in, out)
	}
	before := s.answersOf(place)
	c.begin(s.maker.function.Timeout)
	if e.logged(false) {
		e.log.Start(c.id, false, e.now())
	}
	limited, cancel := context.WithDeadline(ctx, c.deadline)
	defer cancel()
	defer context.AfterFunc(link.ctx, cancel)()
	err := link.adapter.Invoke(limited, in, out)
	out.RequestID, out.ExecutedVersion = in.RequestID, s.maker.function.Version
	var failure *FunctionError
	switch {
	case err == nil:
		s.answered(place)
	case ctx.Err() != nil:
		err = context.Cause(ctx)
	case !time.Now().Before(c.deadline):
		failure, err = timedOut(s.maker.function.Timeout), nil
		s.overdue(place, before)
	default:
		var ended bool
		if failure, ended = e.whyEnded(err); ended || errors.Is(err, web.ErrGone) {
			s.abandon(place)
		}
		err = nil
	}
	if failure != nil {
		c.failure = failure.Type
		out.FunctionError, out.Payload = functions.Unhandled, failure.payload(in.RequestID)
	}
	if e.logged(false) {
		e.log.End(e.sharedReport(&c), failure.logged(), e.now())
	}
	return err
}

// sharedReport reports a call that is over, of which there may be several at a time.
func (e *environment) sharedReport(c *call) runlog.Report {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.reportOf(c)
}

// ended answers a call that found its process gone.
func (s *Shared) ended(e *environment, in *functions.Invocation, out *functions.Result) error {
	e.mu.Lock()
	gone, last := e.phase == closed, e.last
	e.mu.Unlock()
	if gone || last == nil {
		return functions.ErrClosed
	}
	out.FunctionError, out.Payload = functions.Unhandled, last.payload(in.RequestID)
	return nil
}

// whyEnded is the failure of a call that got no answer: that of the process if it has ended.
func (e *environment) whyEnded(err error) (failure *FunctionError, ended bool) {
	p, ended := e.endOfProcess(nil)
	if p == nil || !ended {
		return functionError(err), ended
	}
	return exited(p.Exit()), true
}

// endOfProcess reports whether the process has ended, which may be noticed a moment later; it is not waited for any more when left is
// closed. p is nil when there is none.
func (e *environment) endOfProcess(left <-chan struct{}) (p *process.Process, ended bool) {
	e.mu.Lock()
	p = e.crew.runtime
	e.mu.Unlock()
	if p == nil {
		return nil, true
	}
	timer := time.NewTimer(drainTime)
	defer timer.Stop()
	select {
	case <-p.Exited():
	case <-left:
		return p, false
	case <-timer.C:
		if !p.Ending() {
			return p, false
		}
		awaitExits(time.Now().Add(endingTime), p)
	}
	return p, true
}

// sit finds a seat.
func (s *Shared) sit() (*seating, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, functions.ErrClosed
	}
	for i := len(s.all) - 1; i >= 0; i-- {
		place := s.all[i]
		if place.taken >= s.seats || place.leaving {
			continue
		}
		if place.over() && !place.environment.runs() { // it ended by itself
			s.dismiss(place)
			continue
		}
		place.taken++
		s.all = append(slices.Delete(s.all, i, i+1), place)
		return place, nil
	}
	place := &seating{started: make(chan struct{}), taken: 1, leaving: s.retired}
	s.all = append(s.all, place)
	go s.start(place)
	return place, nil
}

// over reports whether the start is.
func (p *seating) over() bool {
	select {
	case <-p.started:
		return true
	default:
		return false
	}
}

// start makes the environment and starts its process.
func (s *Shared) start(place *seating) {
	e, err := newEnvironment(s.maker)
	r := startResult{err: err}
	if err == nil && s.settle(place, e) {
		r = s.initialize(e)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	place.result = r
	close(place.started)
	if !r.ready {
		s.dismiss(place)
	}
}

// settle gives a place its environment, unless nobody waits for it any more.
func (s *Shared) settle(place *seating, e *environment) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if place.removed {
		go e.close()
		return false
	}
	place.environment = e
	return true
}

// initialize starts the process of an environment. It has the time that initialisation may take, or that of an invocation if that is
// longer.
func (s *Shared) initialize(e *environment) startResult {
	r := e.initialize(max(s.maker.host.options.Limits.FunctionInit, s.maker.function.Timeout.Milliseconds()))
	if r.ready && (e.launch.adapter == nil || len(e.launch.extensions) > 0) {
		r = failed(&FunctionError{typeEntrypoint, functions.ConcurrencyVariable + " is for web functions without extensions"}, true)
	}
	if r.payload != nil { // of a runtime that is none of a web function
		r.payload.Release()
		r.payload, r.failure = nil, &FunctionError{r.kind, "Initialisation failed"}
	}
	if !r.ready {
		e.endStart(runtimeapi.ShutdownFailure)
	}
	return r
}

// dismiss lets a process serve those who are there, and nobody else. The caller holds the lock.
func (s *Shared) dismiss(place *seating) {
	place.leaving = true
	if place.taken == 0 {
		s.end(place)
	}
}

// end ends a process that nobody uses. The caller holds the lock.
func (s *Shared) end(place *seating) {
	if s.remove(place) && place.environment != nil {
		go place.environment.close()
	}
}

// remove forgets a process, and reports whether it was known. The caller holds the lock.
func (s *Shared) remove(place *seating) bool {
	i := slices.Index(s.all, place)
	if i < 0 {
		return false
	}
	s.all = slices.Delete(s.all, i, i+1)
	place.removed = true
	return true
}

// leave gives a seat back.
func (s *Shared) leave(place *seating) {
	s.mu.Lock()
	defer s.mu.Unlock()
	place.taken--
	place.idleSince = time.Now()
	if place.leaving && place.taken == 0 {
		s.end(place)
	}
}

// answered counts an answer.
func (s *Shared) answered(place *seating) {
	s.mu.Lock()
	defer s.mu.Unlock()
	place.answers++
}

func (s *Shared) answersOf(place *seating) uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return place.answers
}

// abandon is told that the process has ended, which the environment may learn later: it takes nobody any more.
func (s *Shared) abandon(place *seating) {
	s.mu.Lock()
	defer s.mu.Unlock()
	place.leaving = true
}

// overdue is told that a call took too long, with so many answers before it. A process that has answered nobody since is stuck: it
// takes nobody any more.
func (s *Shared) overdue(place *seating, before uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if place.answers == before {
		place.leaving = true
	}
}

// Retire lets processes end with those whom they serve.
func (s *Shared) Retire() {
	s.maker.host.unregister(s)
	s.dismissAll(false)
}

// close implements workplace.
func (s *Shared) close() { s.dismissAll(true) }

func (s *Shared) dismissAll(closed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.retired = true
	s.closed = s.closed || closed
	for _, place := range slices.Clone(s.all) {
		s.dismiss(place)
	}
}

// reap implements workplace.
func (s *Shared) reap(before time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, place := range slices.Clone(s.all) {
		if place.taken == 0 && place.idleSince.Before(before) {
			s.end(place)
		}
	}
}

// oldest implements workplace.
func (s *Shared) oldest() (since time.Time, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if place := s.idlest(); place != nil {
		return place.idleSince, true
	}
	return since, false
}

// idlest is the process that nobody uses for longest; nil: all are in use. The caller holds the lock.
func (s *Shared) idlest() (found *seating) {
	for _, place := range s.all {
		if place.taken == 0 && (found == nil || place.idleSince.Before(found.idleSince)) {
			found = place
		}
	}
	return found
}

// evict implements workplace.
func (s *Shared) evict() bool {
	s.mu.Lock()
	place := s.idlest()
	if place != nil {
		s.remove(place)
	}
	s.mu.Unlock()
	if place == nil || place.environment == nil {
		return false
	}
	place.environment.close()
	return true
}

// soon implements workplace.
func (s *Shared) soon() bool { return false }
