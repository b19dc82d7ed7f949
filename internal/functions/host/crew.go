package host

import (
	"errors"
	"sync"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/functions"
	"github.com/gatehouse-gateway/gatehouse/internal/functions/process"
)

// crew is the processes of an environment.
type crew struct {
	runtime    *process.Process // nil: none was started
	extensions []member         // the external ones
}

// member is the process of an external extension.
type member struct {
	name string
	*process.Process
}

// all are the processes that were started.
func (c crew) all() []*process.Process {
	var all []*process.Process
	if c.runtime != nil {
		all = append(all, c.runtime)
	}
	for _, m := range c.extensions {
		all = append(all, m.Process)
	}
	return all
}

// How long an environment may take to shut down. Spec: functions A4.
const (
	internalShutdown = 500 * time.Millisecond // with extensions in the runtime's process only
	externalShutdown = 2 * time.Second
	runtimeShare     = externalShutdown * 3 / 10 // of that, before the extensions are told
)

// takeCrew takes the processes out of an environment, to end them. The caller holds the lock.
func (e *environment) takeCrew() crew {
	c := e.crew
	e.crew = crew{}
	return c
}

// endCrew ends processes with all that they have started, and waits until that is gone. Where there are extensions, they and the
// runtime have a moment before; elsewhere nobody is asked. Spec: functions A4, E25.
func (e *environment) endCrew(c crew, reason string) {
	if e.server != nil {
		e.shutDown(c, reason)
	}
	all := c.all()
	for _, p := range all {
		p.Kill()
	}
	e.group.Kill()
	timer := time.NewTimer(endingTime)
	defer timer.Stop()
	for _, p := range all {
		select {
		case <-p.Gone():
		case <-timer.C: // a process that cannot be killed: the kernel has it
			timer.Reset(0)
		}
	}
	e.mu.Lock()
	adapter := e.adapter
	e.adapter = nil
	e.mu.Unlock()
	if adapter != nil {
		adapter.end()
	}
}

// shutDown asks the runtime to end, then the extensions that want to know, and waits for each as long as it may take.
func (e *environment) shutDown(c crew, reason string) {
	registered := e.server.Extensions()
	if len(registered) == 0 {
		return
	}
	budget, share := internalShutdown, internalShutdown
	if len(c.extensions) > 0 {
		budget, share = externalShutdown, runtimeShare
	}
	deadline := time.Now().Add(budget)
	if c.runtime != nil {
		c.runtime.Terminate()
		awaitExits(time.Now().Add(share), c.runtime)
		c.runtime.Kill()
	}
	if len(c.extensions) == 0 {
		return
	}
	told := make(map[string]bool)
	for _, name := range e.server.Shutdown(reason, e.now().Add(time.Until(deadline))) {
		told[name] = true
	}
	var waited []*process.Process
	for _, m := range c.extensions {
		if told[m.name] {
			waited = append(waited, m.Process)
		} else {
			m.Kill()
		}
	}
	awaitExits(deadline, waited...)
}

// awaitExits waits until processes have ended, or the deadline.
func awaitExits(deadline time.Time, all ...*process.Process) {
	timer := time.NewTimer(time.Until(deadline))
	defer timer.Stop()
	for _, p := range all {
		select {
		case <-p.Exited():
		case <-timer.C:
			return
		}
	}
}

// lingers reports whether ending the environment takes a moment that nobody should wait for.
func (e *environment) lingers() bool { return e.server != nil && len(e.server.Extensions()) > 0 }

// run starts a process in the environment. kind is the type of the error when it cannot be executed.
func (e *environment) run(c process.Command, kind string) (*process.Process, startResult, bool) {
	c.Dir, c.Memory, c.Files, c.Output = e.launch.taskPath(), e.memorySize(), e.files(), e.log.Output()
	c.Crew, c.FileSize, c.Group, c.Network = e.crewID, e.storage(), e.group, e.network
	p, err := e.pool.host.nursery.Start(c)
	var wrong *process.StartError
	switch {
	case errors.As(err, &wrong):
		return nil, failed(&FunctionError{kind, wrong.Reason}, true), false
	case errors.Is(err, process.ErrClosed):
		return nil, startResult{err: functions.ErrClosed}, false
	case err != nil:
		return nil, startResult{err: err}, false
	}
	return p, startResult{}, true
}

// memorySize is what the processes may have, in bytes.
func (e *environment) memorySize() int64 { return int64(e.pool.function.MemorySize) << 20 }

// makeGroup makes what bounds the processes together, where that can be had.
func (e *environment) makeGroup() error {
	if e.group != nil {
		return nil
	}
	group, err := e.pool.host.nursery.NewGroup(e.memorySize())
	if err != nil {
		return err
	}
	e.mu.Lock()
	gone := e.phase == closed
	if !gone {
		e.group, e.memory.group = group, group
	}
	e.mu.Unlock()
	if gone {
		group.Close()
		return functions.ErrClosed
	}
	return nil
}

// enlist makes a process one of the environment's. A closed environment takes none: it is killed.
func (e *environment) enlist(p *process.Process, add func(*crew)) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.phase == closed {
		p.Kill()
		return false
	}
	add(&e.crew)
	return true
}

// closeAll ends environments side by side: each waits until its processes are gone.
func closeAll(all []*environment) {
	var group sync.WaitGroup
	for _, e := range all {
		group.Go(e.close)
	}
	group.Wait()
}
