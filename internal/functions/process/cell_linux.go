package process

import (
	"errors"
	"fmt"
	"runtime"

	"golang.org/x/sys/unix"
)

// startConfined calls start on a thread that is confined to f: what it starts inherits that. In Go nothing can be done between
// fork and exec, and a program in between would cost the time of one more exec.
//
// The thread ends afterwards. Without a namespace it lives until free is called, because what it started dies with it.
func (g *guard) startConfined(f *Files, start func() (int, error)) (pid int, free func(), err error) {
	done, freed := make(chan struct{}), make(chan struct{})
	go func() {
		runtime.LockOSThread() // and never unlock: the thread ends with the goroutine
		if err = g.confine(f); err == nil {
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
func (g *guard) confine(f *Files) error {
	switch {
	case len(f.Place) > 0 && !g.holds.Mounts:
		return errors.New("folders cannot be seen elsewhere: there are no mounts of its own for a process")
	case f.Elsewhere:
		return f.placeOnly()
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
	if g.holds.Landlock > 0 {
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
	answer := make(chan bool)
	go func() {
		runtime.LockOSThread() // and never unlock
		answer <- (&Files{Temp: "/tmp"}).ownView() == nil
	}()
	return <-answer
}
