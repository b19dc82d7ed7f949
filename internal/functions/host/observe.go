package host

import (
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/functions/process"
	"github.com/gatehouse-gateway/gatehouse/internal/functions/runlog"
	"github.com/gatehouse-gateway/gatehouse/internal/functions/runtimeapi"
)

// drainTime bounds how long what an ended process had sent before is waited for. Its connections end with it, unless it has
// left them to others.
const drainTime = 200 * time.Millisecond

// Ready implements runtimeapi.Observer: the process waits for its next event.
func (e *environment) Ready(generation uint64) {
	e.mu.Lock()
	if generation != e.generation {
		e.mu.Unlock()
		return
	}
	switch e.phase {
	case starting:
		e.phase = idle
		if e.server != nil {
			e.noteExtensions()
		}
		e.report(startResult{ready: true})
		e.mu.Unlock()
	case answered:
		c := e.call
		e.call, e.phase = call{}, idle
		e.timer.Stop()
		e.mu.Unlock()
		if e.logged(c.tail) {
			e.log.End(e.reportOf(&c), runlog.Failure{}, e.now())
		}
		log := e.over(&c)
		e.pool.put(e, true, c.counted)
		if c.waiter != nil {
			e.deliver(c, c.held, log)
		}
	default:
		e.mu.Unlock()
	}
}

// Answered implements runtimeapi.Observer: the invocation has its answer. A caller who wants the log gets it when that is
// complete, others at once.
func (e *environment) Answered(generation uint64, a runtimeapi.Answer) {
	o := outcome{payload: a.Payload, contentType: a.ContentType, failed: a.Failed}
	if a.Streamed && a.Payload == nil {
		o.text = []byte{} // all of it is where the stream went
	}
	kind := a.ErrorType
	fatal := false
	e.mu.Lock()
	if generation != e.generation || e.phase != busy {
		e.mu.Unlock()
		o.drop()
		return
	}
	if a.Fault != runtimeapi.None {
		o, kind, fatal = faultOutcome(a.Fault, e.call.id, e.responseLimit(a.Streamed))
	}
	e.accept(o, kind, fatal)
}

// responseLimit is how large an answer may be, in bytes.
func (e *environment) responseLimit(streamed bool) int64 {
	if streamed {
		return e.pool.host.options.Limits.FunctionStream
	}
	return e.pool.host.options.Limits.FunctionResponse
}

// accept takes the outcome of the current call. It is called with the lock, which it releases.
func (e *environment) accept(o outcome, kind string, fatal bool) {
	e.call.failure = kind
	if fatal {
		c := e.takeForEnd()
		e.mu.Unlock()
		go e.reset(c, o, nil, runtimeapi.ShutdownFailure)
		return
	}
	e.phase = answered
	if e.call.tail {
		e.call.held = o
		e.mu.Unlock()
		return
	}
	c := e.call
	e.call.waiter, e.call.counted = nil, true
	e.pool.finishes()
	e.mu.Unlock()
	e.deliver(c, o, nil)
}

// InitFailed implements runtimeapi.Observer: the runtime says why it cannot be initialised.
func (e *environment) InitFailed(generation uint64, a runtimeapi.Answer) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if generation != e.generation || e.phase != starting {
		outcome{payload: a.Payload}.drop()
		return
	}
	if a.Payload == nil {
		e.report(failed(&FunctionError{typeUnknown, "Initialisation failed, and the reason could not be read"}, false))
		return
	}
	e.report(startResult{payload: a.Payload, kind: a.ErrorType})
}

// exited is called when a process has ended.
func (e *environment) exited(generation uint64, p *process.Process) {
	if e.server != nil {
		e.server.Drain(drainTime)
	}
	e.broke(generation, exited(p.Exit()))
}

// broke is called when something of the environment ended that it cannot go on without.
func (e *environment) broke(generation uint64, failure *FunctionError) {
	e.mu.Lock()
	if generation != e.generation {
		e.mu.Unlock()
		return
	}
	switch e.phase {
	case starting:
		e.report(failed(failure, false))
		e.mu.Unlock()
	case idle:
		e.phase, e.last = cold, failure
		others := len(e.crew.extensions) > 0
		e.mu.Unlock()
		e.cool(others)
	case busy:
		e.call.failure = failure.Type
		c := e.takeForEnd()
		e.mu.Unlock()
		e.reset(c, outcome{text: failure.payload(c.id), failed: true}, failure, runtimeapi.ShutdownFailure)
	case answered:
		c := e.takeForEnd()
		e.mu.Unlock()
		e.reset(c, c.held, nil, runtimeapi.ShutdownFailure)
	default:
		e.mu.Unlock()
	}
}

// cool takes an environment out of those that are ready, unless somebody has it already, who then finds it cold. Processes that are
// left are ended before it is used again.
func (e *environment) cool(others bool) {
	if !e.pool.withdraw(e) {
		return
	}
	if others {
		e.endStart(runtimeapi.ShutdownFailure)
	}
	e.pool.put(e, false, false)
}

// expire is called when an invocation has had its time.
func (e *environment) expire() {
	e.mu.Lock()
	if (e.phase != busy && e.phase != answered) || time.Now().Before(e.call.deadline) {
		e.mu.Unlock()
		return
	}
	failure := timedOut(e.pool.function.Timeout)
	wasAnswered := e.phase == answered
	e.call.failure = typeTimeout
	c := e.takeForEnd()
	e.mu.Unlock()
	o := c.held
	if !wasAnswered {
		o = outcome{text: failure.payload(c.id), failed: true}
	}
	e.reset(c, o, failure, runtimeapi.ShutdownTimeout)
}

// takeForEnd takes the call out of an environment whose process is going to be ended. The caller holds the lock.
func (e *environment) takeForEnd() call {
	c := e.call
	e.call, e.phase = call{}, ending
	e.timer.Stop()
	return c
}

// reset ends the processes, keeps the temporary directory, and gives the call its outcome. The next invocation starts processes in
// the same environment. Where extensions have a moment before they end, the caller does not wait for that. Spec: functions A4.
func (e *environment) reset(c call, o outcome, failure *FunctionError, reason string) {
	e.mu.Lock()
	all := e.takeCrew()
	e.mu.Unlock()
	early := e.lingers()
	if early {
		e.logEnd(&c, failure)
		log := e.over(&c)
		if c.counted {
			e.pool.finished()
		}
		e.deliver(c, o, log)
	}
	e.endCrew(all, reason)
	if e.server != nil {
		e.server.Reset()
	}
	if !early {
		e.logEnd(&c, failure)
	}
	e.mu.Lock()
	gone := e.phase == closed
	if !gone {
		e.phase = cold
	}
	e.mu.Unlock()
	if early {
		if !gone {
			e.pool.put(e, false, false)
		}
		return
	}
	log := e.over(&c)
	if !gone {
		e.pool.put(e, false, c.counted)
	}
	e.deliver(c, o, log)
}

// logEnd writes into the log how a call ended.
func (e *environment) logEnd(c *call, failure *FunctionError) {
	if e.logged(c.tail) {
		e.log.End(e.reportOf(c), failure.logged(), e.now())
	}
}
