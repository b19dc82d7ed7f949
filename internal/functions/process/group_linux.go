package process

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// Group bounds the processes of one environment together. A nil group bounds nothing.
type Group struct {
	dir   string
	file  *os.File // the folder
	peak  *os.File // nil: the kernel does not say
	holds Groups
}

// NewGroup makes a group for processes that may have so many bytes of memory together; 0 is without limit. It is nil where there are
// no control groups to have, see Holds.
func (n *Nursery) NewGroup(memory int64) (*Group, error) {
	root := n.controlGroups()
	if !root.holds.Any() {
		return nil, nil
	}
	return root.newGroup(memory)
}

func (r *groupRoot) newGroup(memory int64) (*Group, error) {
	name := fmt.Sprintf("%s%d-%d", groupPrefix, os.Getpid(), r.made.Add(1))
	g := &Group{dir: filepath.Join(r.dir, name), holds: r.holds}
	if err := os.Mkdir(g.dir, 0o755); err != nil { //nolint:gosec // as the kernel makes them
		return nil, fmt.Errorf("control group: %w", err)
	}
	err := apply(g.dir, bounds(r.holds, memory))
	if err == nil {
		g.file, err = os.Open(g.dir)
	}
	if err != nil {
		os.Remove(g.dir) //nolint:errcheck // the next start of the program tries again
		return nil, fmt.Errorf("control group: %w", err)
	}
	if r.holds.Memory {
		g.peak, _ = os.Open(filepath.Join(g.dir, "memory.peak")) // Linux 5.19 has it
	}
	return g, nil
}

// bound is a file of a group and what is written to it.
type bound struct {
	file, value string
	may         bool // the file may be missing
}

// fullCPU is the memory in bytes with which a function has one processor on the service, and as much weight here as a group
// that says nothing. Spec: functions D2.
const fullCPU, fullWeight = 1769 << 20, 100

// bounds are what a group of functions gets.
func bounds(holds Groups, memory int64) (all []bound) {
	if holds.Memory && memory > 0 {
		all = append(all,
			bound{"memory.max", strconv.FormatInt(tolerated(memory), 10), false},
			bound{"memory.swap.max", "0", true}, // a kernel without swap has none
			bound{"memory.oom.group", "1", false},
		)
	}
	if holds.Processes {
		all = append(all, bound{"pids.max", strconv.Itoa(maxProcesses), false})
	}
	if holds.CPU && memory > 0 {
		all = append(all, bound{"cpu.weight", strconv.FormatInt(min(max(memory*fullWeight/fullCPU, 1), 10_000), 10), false})
	}
	return all
}

func apply(dir string, all []bound) error {
	for _, b := range all {
		if err := set(filepath.Join(dir, b.file), b.value); err != nil && !(b.may && errors.Is(err, fs.ErrNotExist)) {
			return err
		}
	}
	return nil
}

// Peak is the most memory that the processes had together since the group was made, in bytes; 0 when it is not known.
func (g *Group) Peak() int64 {
	if g == nil || g.peak == nil {
		return 0
	}
	var buf [32]byte
	n, _ := g.peak.ReadAt(buf[:], 0) // an end is no error
	bytes, err := strconv.ParseInt(string(bytes.TrimSpace(buf[:n])), 10, 64)
	if err != nil {
		return 0
	}
	return bytes
}

// Kill kills every process of the group, whatever it has become. It does not wait for that.
func (g *Group) Kill() {
	if g != nil {
		set(filepath.Join(g.dir, "cgroup.kill"), "1") //nolint:errcheck // Linux 5.14 has it; the guard finds them, too
	}
}

// closingTime bounds how long Close waits for killed processes.
const closingTime = 2 * time.Second

// Close kills what is left in the group and removes it. What the kernel does not let go is removed by the next start of the program.
func (g *Group) Close() {
	if g == nil {
		return
	}
	g.Kill()
	for deadline := time.Now().Add(closingTime); ; time.Sleep(5 * time.Millisecond) {
		if err := os.Remove(g.dir); !errors.Is(err, unix.EBUSY) || time.Now().After(deadline) {
			break
		}
	}
	g.file.Close()
	if g.peak != nil {
		g.peak.Close()
	}
}
