package process

import (
	"errors"
	"fmt"
	"runtime"

	"golang.org/x/sys/unix"
)

// confinement is what a process is confined to.
type confinement struct {
	files   *Files // nil: all
	network int    // a namespace, or noNetwork
}

const noNetwork = -1 // but that of the machine

func (c confinement) any() bool { return c.files != nil || c.network != noNetwork }

// startConfined calls start on a thread that is confined: what it starts inherits that. In Go nothing can be done between
// fork and exec, and a program in between would cost the time of one more exec.
//
// The thread ends afterwards. Without a namespace it lives until free is called, because what it started dies with it.
func (g *guard) startConfined(c confinement, start func() (int, error)) (pid int, free func(), err error) {
	done, freed := make(chan struct{}), make(chan struct{})
	go func() {
		runtime.LockOSThread() // and never unlock: the thread ends with the goroutine
		if err = g.confine(c); err == nil {
			pid, err = start()
		}
		failed := err != nil
		close(done)
		if !g.namespace && !failed {
			<-freed
		}
	}()
	<-done
	return pid, func() { close(freed) }, err
}

// confine confines this thread. It fails rather than leave something out that holds here.
func (g *guard) confine(c confinement) error {
	if c.network != noNetwork {
		if err := enterNetwork(c.network); err != nil {
			return err
		}
	}
	f := c.files
	switch {
	case f == nil:
	case len(f.Place) > 0 && !g.holds.Mounts:
		return errors.New("folders cannot be seen elsewhere: there are no mounts of its own for a process")
	case f.Elsewhere:
		if err := f.placeOnly(); err != nil || c.network == noNetwork {
			return err
		}
	case g.holds.Mounts:
		if err := f.ownView(); err != nil {
			return err
		}
	}
	if err := giveUpCapabilities(); err != nil {
		return err
	}
	if err := prctl(prSetNoNewPrivs, 1); err != nil {
		return fmt.Errorf("giving up new privileges: %w", err)
	}
	if g.holds.Landlock > 0 && f != nil && !f.Elsewhere {
		return f.restrict(g.holds.Landlock)
	}
	return nil
}

// giveUpCapabilities makes that what this thread starts has none, also as root.
func giveUpCapabilities() error {
	if err := prctl(prCapAmbient, prCapAmbientClear); err != nil {
		return fmt.Errorf("giving up capabilities: %w", err)
	}
	for capability := uintptr(0); capability < 64; capability++ {
		err := prctl(unix.PR_CAPBSET_DROP, capability)
		if err == unix.EINVAL || err == unix.EPERM { //nolint:errorlint // an errno; there are no more, or who is not root has none to get
			return nil
		}
		if err != nil {
			return fmt.Errorf("giving up capabilities: %w", err)
		}
	}
	return nil
}

// canMount reports whether threads of the guard can have mounts of their own, by trying.
func canMount() bool {
	return onThread((&Files{Temp: "/tmp"}).ownView) == nil
}

// onThread calls do on a thread of its own, which ends with it.
func onThread(do func() error) error {
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // and never unlock
		done <- do()
	}()
	return <-done
}
