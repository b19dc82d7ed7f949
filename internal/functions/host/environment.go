package host

import (
	"crypto/rand"
	"encoding/hex"
	"sync"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/functions"
	"github.com/gatehouse-gateway/gatehouse/internal/functions/process"
	"github.com/gatehouse-gateway/gatehouse/internal/functions/runlog"
	"github.com/gatehouse-gateway/gatehouse/internal/functions/runtimeapi"
	"github.com/gatehouse-gateway/gatehouse/internal/functions/runtimes"
)

// phase is where an environment is in its life. Spec: functions A1, A4.
type phase uint8

const (
	cold     phase = iota // there is no process: none yet, or it crashed or took too long
	starting              // there is one that is not ready yet
	idle                  // it waits for an event
	busy                  // it has one
	answered              // it has answered and is not ready again
	ending                // it is being killed
	closed                // the environment ended
)

// environment is one runtime process at a time and its extensions, with a Runtime API, a temporary directory and a log of its own. It serves one
// invocation at a time: whoever takes it from its pool has it alone until it is put back.
//
// Locks are taken in this order: that of an environment, that of its pool.
type environment struct {
	pool      *Pool
	dir, temp string
	stream    string // the name of its log
	crewID    uint64 // of its processes
	log       *runlog.Log
	idleSince time.Time // guarded by the pool's lock

	launch  *launch            // nil before the first start
	server  *runtimeapi.Server // nil before the first start, and of a web function without extensions
	group   *process.Group     // bounds its processes; nil before the first start, and where there are no groups
	network *process.Network   // nil: that of the machine
	memory  peak
	timer   *time.Timer // ends what takes too long
	starts  int         // how often a process was started

	mu         sync.Mutex
	phase      phase
	generation uint64 // of the processes
	crew       crew
	adapter    *adapterLink     // of a web function's process
	started    chan startResult // how the start ended, while starting
	last       *FunctionError   // why there is no process any more that was there while idle
	full       bool             // the temporary folder holds more than it may
	initTime   time.Duration    // of the first start, until an invocation reports it
	call       call
}

// call is an invocation on its way.
type call struct {
	waiter   *waiter // nil once the caller has its answer
	id       string
	tail     bool // the caller wants the end of the log
	begun    time.Time
	deadline time.Time
	initTime time.Duration // of a cold start, 0 otherwise
	held     outcome       // the answer, while a caller who wants the log waits for its end
	counted  bool          // the pool counts the environment as finishing
	failure  string        // the type of the error, for the report; "": none
	taken    int64         // of the memory that payloads share
}

// newEnvironment makes an environment that nobody else uses. It starts nothing yet.
func newEnvironment(p *Pool) (*environment, error) {
	e := &environment{pool: p, crewID: p.host.nursery.NewCrew()}
	name, err := p.host.admit(e)
	if err != nil {
		return nil, err
	}
	e.stream = streamName(p.host.options.Now(), p.function.Version)
	if e.dir, e.temp, err = p.host.makeDir(name); err == nil {
		e.log, err = e.openLog()
	}
	if err != nil {
		removeDir(e.dir)
		p.host.forget(e)
		return nil, err
	}
	e.timer = time.AfterFunc(time.Hour, e.expire)
	e.timer.Stop()
	return e, nil
}

// openLog opens the log of the environment.
func (e *environment) openLog() (*runlog.Log, error) {
	f, o := e.pool.function, &e.pool.host.options
	options := runlog.Options{
		MaxLine: int(o.Limits.FunctionLogLine), MaxTail: int(o.Limits.FunctionLogTail),
		Runtime: f.Runtime, Region: f.Ref.Region, Name: f.Ref.Name, Version: f.Version, JSON: f.JSONLogs, Framed: runtimes.FramesLog(f.Runtime),
	}
	if o.Logs != nil {
		options.Line = func(line []byte) { o.Logs.FunctionLog(f, e.stream, line) }
	}
	return runlog.Open(options)
}

// logged reports whether anybody reads what the platform says about an invocation.
func (e *environment) logged(tail bool) bool { return tail || e.log.Line != nil }

// streamName is YYYY/MM/DD/[version]{32 hex}. Spec: functions A5.
func streamName(now time.Time, version string) string {
	var id [16]byte
	rand.Read(id[:]) //nolint:errcheck // it cannot fail
	return now.UTC().Format("2006/01/02") + "/[" + version + "]" + hex.EncodeToString(id[:])
}

// now is the time that others can see.
func (e *environment) now() time.Time { return e.pool.host.options.Now() }

// giveBack puts an environment back that was taken and not used.
func (e *environment) giveBack() {
	e.mu.Lock()
	warm := e.phase == idle
	e.mu.Unlock()
	e.pool.put(e, warm, false)
}

// close ends the environment for good: its process, its directory, its log. An invocation that runs is refused.
func (e *environment) close() {
	e.mu.Lock()
	if e.phase == closed {
		e.mu.Unlock()
		return
	}
	was := e.phase
	e.phase = closed
	c := e.call
	if was == starting {
		c = call{} // whoever starts it has the call
		e.report(startResult{err: functions.ErrClosed})
	}
	e.call = call{}
	all, server, group, network := e.takeCrew(), e.server, e.group, e.network
	e.timer.Stop()
	e.mu.Unlock()
	e.endCrew(all, runtimeapi.Spindown)
	if server != nil {
		server.Close()
	}
	group.Close()
	network.Close()
	log := e.over(&c)
	e.log.Close()
	removeDir(e.dir)
	e.pool.host.forget(e)
	e.pool.missed()
	if c.waiter != nil {
		o := c.held
		if o.payload == nil && o.text == nil {
			o.err = functions.ErrClosed
		}
		e.deliver(c, o, log)
	}
}

// deliver gives a call its outcome. An environment that is put back must be so before, for the caller may come again at once;
// then the log is to be taken before that.
func (e *environment) deliver(c call, o outcome, log []byte) {
	if c.waiter == nil {
		o.drop()
		return
	}
	c.waiter.deliver(o, c.id, e.pool.function.Version, log)
}

// over ends a call: it gives back what the call took, and returns its log if the caller wants it.
func (e *environment) over(c *call) (log []byte) {
	e.pool.host.options.Memory.Give(c.taken)
	c.taken = 0
	if !c.tail {
		return nil
	}
	return e.log.Tail()
}
