package host

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/functions"
	"github.com/gatehouse-gateway/gatehouse/internal/functions/process"
	"github.com/gatehouse-gateway/gatehouse/internal/functions/runlog"
	"github.com/gatehouse-gateway/gatehouse/internal/functions/runtimeapi"
	"github.com/gatehouse-gateway/gatehouse/internal/functions/runtimes"
)

// startResult is how the start of a process ended.
type startResult struct {
	ready    bool
	err      error               // the machine is at fault
	failure  *FunctionError      // the function is
	final    bool                // and would be again
	payload  *runtimeapi.Payload // what the runtime itself said about it
	kind     string              // the type of the error
	timedOut bool
}

// outcome is what a caller gets for a start that failed.
func (r startResult) outcome(requestID string) outcome {
	switch {
	case r.err != nil:
		return outcome{err: r.err}
	case r.payload != nil:
		return outcome{payload: r.payload, failed: true}
	}
	return outcome{text: r.failure.payload(requestID), failed: true}
}

// status is what the log calls the start.
func (r startResult) status() runlog.Status {
	if r.timedOut {
		return runlog.Timeout
	}
	return runlog.Error
}

// reason is why the processes of a failed start are ended, as extensions are told.
func (r startResult) reason() string {
	if r.timedOut {
		return runtimeapi.ShutdownTimeout
	}
	return runtimeapi.ShutdownFailure
}

func failed(e *FunctionError, final bool) startResult {
	return startResult{failure: e, kind: e.Type, final: final}
}

// report says how the start ended; only the first report counts. The caller holds the lock.
func (e *environment) report(r startResult) {
	select {
	case e.started <- r:
	default:
		if r.payload != nil {
			r.payload.Release()
		}
	}
}

// runCold serves an invocation in an environment without a process. The first start of an environment has the time that
// initialisation may take. If it fails, or in an environment that was reset, the process is started within the invocation.
// Spec: functions A4.
func (e *environment) runCold(in functions.Invocation) {
	e.mu.Lock()
	c := e.call
	e.call = call{}
	e.mu.Unlock()
	f := e.pool.function
	var r startResult
	if e.starts == 0 {
		r = e.initialize(e.pool.host.options.Limits.FunctionInit)
	}
	if !r.ready {
		e.endStart(r.reason()) // extensions may take a moment, which is not the function's
	}
	c.begin(f.Timeout)
	if e.logged(in.Tail) {
		e.log.Start(c.id, in.Tail, e.now())
	}
	if !r.ready && r.err == nil && !r.final {
		if r.payload != nil {
			r.payload.Release()
		}
		r = e.start(f.Timeout)
		if !r.ready && r.err == nil {
			e.log.InitReport(time.Since(c.begun), "invoke", r.status(), r.kind, e.now())
		}
	}
	if !r.ready {
		e.failCold(c, r)
		return
	}
	e.mu.Lock()
	switch e.phase {
	case idle: // and ready
		e.occupy(&c, time.Until(c.deadline))
		t := turn{c.id, e.generation, c.deadline}
		e.mu.Unlock()
		e.hand(context.Background(), &in, t)
	case closed:
		e.mu.Unlock()
		e.deliver(c, outcome{err: functions.ErrClosed}, e.over(&c))
	default: // it ended between being ready and getting its event
		last := e.last
		e.mu.Unlock()
		e.failCold(c, failed(last, false))
	}
}

// initialize starts the first process of an environment, which gets that many milliseconds for it.
func (e *environment) initialize(limit int64) startResult {
	e.log.InitStart(e.now())
	begun := time.Now()
	r := e.start(time.Duration(limit) * time.Millisecond)
	took := time.Since(begun)
	switch {
	case r.ready:
		e.mu.Lock()
		e.initTime = took
		e.mu.Unlock()
	case r.err == nil:
		e.log.InitReport(took, "init", r.status(), r.kind, e.now())
	}
	return r
}

// failCold ends an invocation whose process could not be started. An environment that took too long can be tried again;
// others end.
func (e *environment) failCold(c call, r startResult) {
	e.endStart(r.reason())
	c.failure = r.kind
	if r.timedOut {
		r.failure = timedOut(e.pool.function.Timeout)
		c.failure = typeTimeout
	}
	if r.err == nil {
		e.log.End(e.reportOf(&c), r.failure.logged(), e.now())
	}
	log := e.over(&c)
	if r.timedOut {
		e.pool.put(e, false, false)
	} else {
		defer e.close()
	}
	e.deliver(c, r.outcome(c.id), log)
}

// endStart ends processes that did not become ready, or are left over.
func (e *environment) endStart(reason string) {
	e.mu.Lock()
	all := e.takeCrew()
	if e.phase != closed {
		e.phase = cold
	}
	e.mu.Unlock()
	e.endCrew(all, reason)
	if e.server != nil {
		e.server.Reset()
	}
}

// start starts the processes and waits until they are ready, fail, or have taken the time they may.
func (e *environment) start(limit time.Duration) startResult {
	e.endStart(runtimeapi.ShutdownFailure)
	e.emptyStorage()
	if r, ok := e.prepare(); !ok {
		return r
	}
	e.mu.Lock()
	if e.phase == closed {
		e.mu.Unlock()
		return startResult{err: functions.ErrClosed}
	}
	e.starts++
	e.phase = starting
	e.generation++
	if e.server != nil {
		e.generation = e.server.Reset()
	}
	generation := e.generation
	e.started = make(chan startResult, 1)
	ended := e.started
	e.mu.Unlock()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	shared := e.launch.environment
	if e.launch.ownPort != nil {
		port, err := e.launch.ownPort()
		if err != nil {
			return startResult{err: err}
		}
		shared = append(slices.Clone(shared), port...)
	}
	overdue := startResult{timedOut: true, failure: timedOut(limit), kind: typeTimeout}
	if len(e.launch.extensions) > 0 {
		if r, ok := e.startExtensions(generation, shared); !ok {
			return r
		}
		select {
		case <-e.server.Registered():
		case r := <-ended:
			return r
		case <-timer.C:
			return overdue
		}
	}
	if r, ok := e.execute(generation, shared); !ok {
		return r
	}
	select {
	case r := <-ended:
		return r
	case <-timer.C:
		return overdue
	}
}

// prepare finds out how to start the function, once.
func (e *environment) prepare() (startResult, bool) {
	f := e.pool.function
	if e.launch == nil {
		l, err := e.pool.host.launch(f)
		var failure *FunctionError
		switch {
		case errors.As(err, &failure):
			return failed(failure, true), false
		case err != nil:
			return startResult{err: err}, false
		}
		e.launch = &l
		if l.note != "" {
			e.log.Note(l.note)
		}
	}
	if r, ok := e.makeNetwork(); !ok {
		return r, false
	}
	if (e.launch.adapter == nil || len(e.launch.extensions) > 0) && e.server == nil {
		server, err := e.listen()
		if err != nil {
			return startResult{err: err}, false
		}
		e.mu.Lock()
		gone := e.phase == closed
		if !gone {
			e.server = server
		}
		e.mu.Unlock()
		if gone {
			server.Close()
			return startResult{err: functions.ErrClosed}, false
		}
	}
	if err := e.makeGroup(); err != nil {
		return startResult{err: err}, false
	}
	if info, err := os.Stat(f.Code); err != nil || !info.IsDir() {
		return failed(&FunctionError{typeDir, "The function's code is not there"}, true), false
	}
	return startResult{}, true
}

func (p *Pool) apiOptions() runtimeapi.Options {
	l, f := p.host.options.Limits, p.function
	return runtimeapi.Options{
		Response: l.FunctionResponse, Stream: l.FunctionStream, Head: int(l.RuntimeAPIHead), Trailer: int(l.RuntimeAPITrailer), Memory: p.host.options.Memory,
		Function: runtimeapi.Registration{FunctionName: f.Ref.Name, FunctionVersion: f.Version, Handler: f.Handler, AccountID: f.Ref.AccountID},
	}
}

// runtimeDir is where embedded runtimes are unpacked.
func (h *Host) runtimeDir() string { return filepath.Join(h.options.Dir, runtimeDir) }

// execute starts the process of the runtime, with variables of its own.
func (e *environment) execute(generation uint64, variables []string) (startResult, bool) {
	var adapter Adapter
	if e.launch.adapter != nil {
		made, more, err := e.launch.adapter(e.stream, e.log.Note, e.dialer())
		if err != nil {
			return startResult{err: err}, false
		}
		adapter, variables = made, append(slices.Clone(variables), more...)
	}
	p, r, ok := e.run(process.Command{Args: runtimes.WithTemp(e.launch.args, e.temp), Environment: e.variables(variables)}, typeEntrypoint)
	if !ok {
		return r, false
	}
	if !e.enlist(p, func(c *crew) {
		c.runtime = p
		e.memory.of(p)
		if adapter != nil {
			e.adapter = newAdapterLink(e, adapter, generation)
		}
	}) {
		return startResult{err: functions.ErrClosed}, false
	}
	go func() {
		<-p.Exited()
		e.exited(generation, p)
	}()
	return startResult{}, true
}
