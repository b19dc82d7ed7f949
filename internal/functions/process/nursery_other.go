//go:build !linux

package process

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"sync"
	"syscall"
)

// Nursery starts processes. The zero value is not ready for use.
type Nursery struct {
	mu      sync.Mutex
	running map[*Process]int // their groups
	closed  bool
}

// NewNursery returns a nursery. It starts nothing before it has to.
func NewNursery(Options) *Nursery { return &Nursery{running: map[*Process]int{}} }

// Prepare starts what the first Start would have to start first: here nothing.
func (n *Nursery) Prepare() error { return nil }

// Holds says what holds the processes: here nothing but their groups.
func (n *Nursery) Holds() Holds { return Holds{} }

// Start starts a process.
func (n *Nursery) Start(c Command) (*Process, error) {
	path, err := c.program()
	if err != nil {
		return nil, err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closed {
		return nil, ErrClosed
	}
	cmd := &exec.Cmd{Path: path, Args: c.Args, Env: c.Environment, Dir: c.Dir, Stdout: c.Output, Stderr: c.Output,
		SysProcAttr: &syscall.SysProcAttr{Setsid: true}}
	if err := cmd.Start(); err != nil {
		return nil, &StartError{err.Error()}
	}
	p := newProcess()
	group := cmd.Process.Pid
	p.kill = func() { syscall.Kill(-group, syscall.SIGKILL) } //nolint:errcheck // it may be gone
	p.ask = func() { syscall.Kill(group, syscall.SIGTERM) }   //nolint:errcheck // it may be gone
	p.memory, p.ending = func() int64 { return 0 }, func() bool { return false }
	n.running[p] = group
	go n.wait(cmd, p)
	return p, nil
}

func (n *Nursery) wait(cmd *exec.Cmd, p *Process) {
	err := cmd.Wait()
	exit := Exit{Code: -1}
	var failed *exec.ExitError
	if err == nil || errors.As(err, &failed) {
		status, _ := cmd.ProcessState.Sys().(syscall.WaitStatus)
		exit = exitOf(status, 0)
	}
	p.setExit(exit)
	p.kill()
	n.mu.Lock()
	delete(n.running, p)
	n.mu.Unlock()
	close(p.gone)
}

// Close kills all processes and waits until they are gone, or ctx ends. Nothing can be started any more.
func (n *Nursery) Close(ctx context.Context) error {
	n.mu.Lock()
	n.closed = true
	var all []*Process
	for p := range n.running {
		all = append(all, p)
	}
	n.mu.Unlock()
	for _, p := range all {
		p.Kill()
	}
	for _, p := range all {
		select {
		case <-p.Gone():
		case <-ctx.Done():
			return fmt.Errorf("function processes are still ending: %w", context.Cause(ctx))
		}
	}
	return nil
}
