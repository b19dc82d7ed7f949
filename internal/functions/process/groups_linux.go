package process

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// groupRoot is a control group of version 2 that is ours, with one below it per environment. A group with members cannot bound what
// is below it: our own processes are in a group beside those of functions.
type groupRoot struct {
	dir   string
	holds Groups
	made  atomic.Uint64
}

const (
	// mainGroup is the group of our own processes. DelegateSubgroup of a systemd unit may name it, too.
	mainGroup = "gatehouse-main"
	// groupPrefix begins the names of those of functions.
	groupPrefix = "gatehouse-function-"
	// mainWeight is our own share of the processors: the most there is, for the gateway serves everybody.
	mainWeight = "10000"
)

// ownGroups are the groups of this process, which is moved for them once.
var ownGroups = sync.OnceValue(func() *groupRoot {
	dir, err := ownGroup()
	if err == nil {
		err = canStartInside()
	}
	if err != nil {
		return &groupRoot{holds: Groups{Missing: err.Error()}}
	}
	return takeGroup(dir)
})

// canStartInside asks whether processes can be started inside a group, which sandboxes may forbid. Arguments of no size are never valid.
func canStartInside() error {
	if _, _, errno := unix.RawSyscall(unix.SYS_CLONE3, 0, 0, 0); errno == unix.ENOSYS || errno == unix.EPERM {
		return errors.New("the system call clone3 is not allowed, as under RestrictNamespaces of systemd")
	}
	return nil
}

// ownGroup finds the folder of the group that is ours to divide.
func ownGroup() (string, error) {
	membership, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return "", err
	}
	path, ok := groupPath(membership)
	if !ok {
		return "", errors.New("the kernel has no control groups of version 2")
	}
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return "", err
	}
	dir, ok := groupFolder(mounts, path)
	if !ok {
		return "", errors.New("control groups of version 2 are not mounted")
	}
	if filepath.Base(dir) == mainGroup { // whoever started us has divided it
		dir = filepath.Dir(dir)
	}
	return dir, nil
}

// groupPath finds the line 0::PATH of /proc/self/cgroup, which is that of version 2.
func groupPath(membership []byte) (string, bool) {
	for line := range strings.Lines(string(membership)) {
		if path, ok := strings.CutPrefix(line, "0::"); ok {
			return strings.TrimSuffix(path, "\n"), true
		}
	}
	return "", false
}

// groupFolder finds in /proc/self/mountinfo where a group is mounted. A line is: id parent device root mountpoint options … - type ….
func groupFolder(mounts []byte, path string) (string, bool) {
	for line := range bytes.Lines(mounts) {
		before, after, ok := strings.Cut(string(line), " - ")
		fields := strings.Fields(before)
		if !ok || len(fields) < 5 || !strings.HasPrefix(after, "cgroup2 ") {
			continue
		}
		root, point := fields[3], fields[4]
		if root == "/" {
			return filepath.Join(point, path), true
		}
		if rest, below := strings.CutPrefix(path, root); below && (rest == "" || rest[0] == '/') {
			return filepath.Join(point, rest), true
		}
	}
	return "", false
}

// takeGroup divides a group, as far as it is ours: what of it holds is in the result.
func takeGroup(dir string) *groupRoot {
	r := &groupRoot{dir: dir}
	available, err := os.ReadFile(filepath.Join(dir, "cgroup.controllers"))
	if err == nil {
		err = unix.Access(filepath.Join(dir, "cgroup.procs"), unix.W_OK)
	}
	if err == nil {
		err = unix.Access(dir, unix.W_OK)
	}
	if err != nil {
		r.holds.Missing = fmt.Sprintf("the control group %s is not delegated: %v", dir, err)
		return r
	}
	names := strings.Fields(string(available))
	given := Groups{Memory: slices.Contains(names, "memory"), Processes: slices.Contains(names, "pids"), CPU: slices.Contains(names, "cpu")}
	if !given.Any() {
		r.holds.Missing = fmt.Sprintf("the control group %s has none of the controllers memory, pids and cpu", dir)
		return r
	}
	if err := r.divide(given); err != nil {
		r.holds.Missing = fmt.Sprintf("the control group %s cannot be divided: %v", dir, err)
		return r
	}
	r.holds = given
	if len(given.controllers()) < 3 {
		r.holds.Missing = fmt.Sprintf("the control group %s has only the controllers %s", dir, strings.Join(given.controllers(), ", "))
	}
	r.removeOld()
	return r
}

// divide lets the groups below have controllers. That needs a group without members: we move out. If others stay we move back.
func (r *groupRoot) divide(given Groups) error {
	control, value := filepath.Join(r.dir, "cgroup.subtree_control"), "+"+strings.Join(given.controllers(), " +")
	err := set(control, value)
	if !errors.Is(err, unix.EBUSY) {
		return err
	}
	main, self := filepath.Join(r.dir, mainGroup), strconv.Itoa(os.Getpid())
	if err := os.Mkdir(main, 0o755); err != nil && !errors.Is(err, fs.ErrExist) { //nolint:gosec // as the kernel makes them
		return err
	}
	if err := set(filepath.Join(main, "cgroup.procs"), self); err != nil {
		return err
	}
	if err := set(control, value); err != nil {
		if back := set(filepath.Join(r.dir, "cgroup.procs"), self); back == nil {
			os.Remove(main) //nolint:errcheck // it may be that of others
		}
		if errors.Is(err, unix.EBUSY) {
			return errors.New("it has other processes, too")
		}
		return err
	}
	if given.CPU {
		return set(filepath.Join(main, "cpu.weight"), mainWeight)
	}
	return nil
}

// removeOld removes groups that programs have left which are gone. The kernel keeps those with members.
func (r *groupRoot) removeOld() {
	entries, err := os.ReadDir(r.dir)
	if err != nil {
		return
	}
	for _, entry := range entries {
		rest, ours := strings.CutPrefix(entry.Name(), groupPrefix)
		maker, _, _ := strings.Cut(rest, "-")
		pid, err := strconv.Atoi(maker)
		if ours && err == nil && unix.Kill(pid, 0) == unix.ESRCH { //nolint:errorlint // an errno
			os.Remove(filepath.Join(r.dir, entry.Name())) //nolint:errcheck // see above
		}
	}
}

// set writes to a file of the kernel, which is there.
func set(path, value string) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(value)
	return errors.Join(err, f.Close())
}
