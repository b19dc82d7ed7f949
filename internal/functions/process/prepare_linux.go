package process

import (
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// maxThreads is how many threads the processes of all functions may have together.
const maxThreads = 32768

// Numbers of prctl that the syscall package does not name.
const (
	prSetChildSubreaper = 36
	prSetNoNewPrivs     = 38
	prCapAmbient        = 47
	prCapAmbientClear   = 4
)

func prctl(option, arg uintptr) error {
	if _, _, errno := syscall.RawSyscall6(syscall.SYS_PRCTL, option, arg, 0, 0, 0, 0); errno != 0 {
		return errno
	}
	return nil
}

// prepare makes the guard what doc.go says, and sets what processes inherit from it.
func (g *guard) prepare() error {
	if g.namespace {
		if err := mountProc(); err != nil {
			return err
		}
		// The right to mount came with the namespace. Processes must not have it.
		if err := prctl(prCapAmbient, prCapAmbientClear); err != nil {
			return fmt.Errorf("giving up capabilities: %w", err)
		}
	} else if err := prctl(prSetChildSubreaper, 1); err != nil {
		return fmt.Errorf("becoming a subreaper: %w", err)
	}
	// Without it a function could start something that we may not kill.
	if err := prctl(prSetNoNewPrivs, 1); err != nil {
		return fmt.Errorf("giving up new privileges: %w", err)
	}
	if err := lower(syscall.RLIMIT_NOFILE, maxFiles); err != nil {
		return fmt.Errorf("limiting open files: %w", err)
	}
	if err := lower(syscall.RLIMIT_FSIZE, MaxFileSize); err != nil {
		return fmt.Errorf("limiting files: %w", err)
	}
	if err := lower(syscall.RLIMIT_CORE, 0); err != nil { // a core file would be written into the function's code
		return fmt.Errorf("limiting core files: %w", err)
	}
	return g.findHolds()
}

// findHolds finds out what holds here.
func (g *guard) findHolds() error {
	g.holds = Holds{Processes: g.namespace, NoPrivileges: true, Limits: true, Peers: canFindPeers()}
	if g.open {
		g.holds.NetworkMissing = "no namespaces are made at this level"
		return nil
	}
	if err := onThread(ownNetwork); err != nil {
		g.holds.NetworkMissing = err.Error()
	} else {
		g.holds.Network = true
	}
	g.holds.Landlock = landlockVersion()
	if !g.namespace {
		return nil
	}
	g.holds.Mounts = canMount()
	g.holds.User = os.Getuid() != 0 // see allWays
	if g.holds.User {
		// Only in a user namespace this counts our processes alone.
		if err := lower(unix.RLIMIT_NPROC, maxThreads); err != nil {
			return fmt.Errorf("limiting processes: %w", err)
		}
	}
	return nil
}

func lower(resource int, limit uint64) error {
	var have syscall.Rlimit
	if err := syscall.Getrlimit(resource, &have); err != nil {
		return err
	}
	limit = min(limit, have.Max)
	return syscall.Setrlimit(resource, &syscall.Rlimit{Cur: limit, Max: limit})
}

// mountProc gives the namespace its own /proc, without the machine seeing it.
func mountProc() error {
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_SLAVE, ""); err != nil {
		return fmt.Errorf("detaching mounts: %w", err)
	}
	if err := syscall.Mount("proc", "/proc", "proc", syscall.MS_NOSUID|syscall.MS_NODEV|syscall.MS_NOEXEC, ""); err != nil {
		return fmt.Errorf("mounting /proc: %w", err)
	}
	return nil
}
