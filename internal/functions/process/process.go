package process

import (
	"sync"
)

// Process is one that was started.
type Process struct {
	kill   func()
	ask    func()
	memory func() int64
	ending func() bool

	exited chan struct{}
	gone   chan struct{}

	mu   sync.Mutex
	exit Exit
}

func newProcess() *Process {
	return &Process{exited: make(chan struct{}), gone: make(chan struct{})}
}

// Exited is closed when the process itself has ended. What it has started may still be ending.
func (p *Process) Exited() <-chan struct{} { return p.exited }

// Gone is closed when neither the process nor anything it has started is there any more.
func (p *Process) Gone() <-chan struct{} { return p.gone }

// Exit says how the process ended; before it has, the zero value.
func (p *Process) Exit() Exit {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.exit
}

// Kill ends the process and all that it has started, at once. It does not wait for that.
func (p *Process) Kill() { p.kill() }

// Terminate asks the process itself to end, by SIGTERM. It does not wait for that.
func (p *Process) Terminate() { p.ask() }

// PeakMemory is the highest resident size of the process so far, in bytes; 0 when it is not known.
func (p *Process) PeakMemory() int64 {
	select {
	case <-p.exited:
		return p.Exit().PeakMemory
	default:
		return p.memory()
	}
}

// Ending reports whether the process is at its end, or has ended. On Linux only; elsewhere it is known when it has ended.
func (p *Process) Ending() bool {
	select {
	case <-p.exited:
		return true
	default:
		return p.ending()
	}
}

func (p *Process) setExit(e Exit) {
	p.mu.Lock()
	p.exit = e
	p.mu.Unlock()
	close(p.exited)
}
