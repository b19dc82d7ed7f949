package process

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// Command says what to start.
type Command struct {
	Args        []string // the program, an absolute path or a name to be found by the PATH of Environment, and its arguments
	Environment []string // NAME=value, all of it
	Dir         string   // the working directory
	// Crew is a number of NewCrew: that of processes which belong together, for Owns and Listens.
	Crew uint64
	// Memory is how many bytes the process and what it has started may use; 0 is without limit. On Linux only.
	Memory int64
	// FileSize is how many bytes a file may have that the process writes; 0 is MaxFileSize, which is also the most. On Linux only.
	FileSize int64
	// Group bounds the process together with others; nil: it is bounded alone, by Memory and by how many processes there may be.
	Group *Group
	// Network is where the process is started; nil: in the network of the machine. It then has no capabilities.
	Network *Network
	// Files confines the process to a part of the file system, and takes its capabilities; nil: not. On Linux only.
	Files  *Files
	Output *os.File // standard output and standard error; it must be in blocking mode
}

// ErrClosed means that the nursery was closed.
var ErrClosed = errors.New("no more processes are started")

// StartError means that the program could not be executed: it is missing, or no program for this machine.
type StartError struct{ Reason string }

func (e *StartError) Error() string { return e.Reason }

// maxFiles is the number of files a process may have open. Spec: functions A5.
const maxFiles = 1024

// MaxFileSize in bytes is how large a file can become that a process writes: what /tmp holds on the service at most.
const MaxFileSize = 10240 << 20

// Exit says how a process ended.
type Exit struct {
	Code       int            // the exit status, when Signal is 0
	Signal     syscall.Signal // what killed it
	PeakMemory int64          // bytes, the highest resident size of the process itself
}

// Success reports whether the process ended of its own will and said that all was well.
func (e Exit) Success() bool { return e.Code == 0 && e.Signal == 0 }

// String is exit status N or signal: name, as the service words it.
func (e Exit) String() string {
	switch e.Signal {
	case 0:
		return fmt.Sprintf("exit status %d", e.Code)
	case syscall.SIGQUIT, syscall.SIGILL, syscall.SIGTRAP, syscall.SIGABRT, syscall.SIGBUS, syscall.SIGFPE, syscall.SIGSEGV, syscall.SIGSYS:
		return fmt.Sprintf("signal: %s (core dumped)", e.Signal) // the words, although no core file is written
	}
	return fmt.Sprintf("signal: %s", e.Signal)
}

func exitOf(status syscall.WaitStatus, peak int64) Exit {
	if status.Signaled() {
		return Exit{Signal: status.Signal(), PeakMemory: peak}
	}
	return Exit{Code: status.ExitStatus(), PeakMemory: peak}
}

// program resolves the first argument of c.
func (c Command) program() (string, error) {
	if len(c.Args) == 0 || c.Args[0] == "" {
		return "", &StartError{"there is no program to start"}
	}
	name := c.Args[0]
	if strings.ContainsRune(name, filepath.Separator) {
		return name, nil
	}
	path := ""
	for _, variable := range c.Environment {
		if value, ok := strings.CutPrefix(variable, "PATH="); ok {
			path = value
		}
	}
	for _, dir := range filepath.SplitList(path) {
		file := filepath.Join(dir, name)
		if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 && filepath.IsAbs(file) {
			return file, nil
		}
	}
	return "", &StartError{name + ": executable file not found in PATH"}
}
