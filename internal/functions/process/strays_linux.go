package process

import (
	"bytes"
	"os"
	"strconv"
	"syscall"
)

// kin is what tells where a process belongs.
type kin struct {
	pid, parent, group, session int
	dead                        bool // not collected by its parent yet
}

// killStrays kills every process below the guard that belongs to no child that may live, and returns how many there were.
// The caller holds the lock: a child that is being started would look like a stray.
func (g *guard) killStrays() int {
	n := 0
	for _, k := range strays(readProcesses(), os.Getpid(), g.owner) {
		if !k.dead {
			n++
			syscall.Kill(k.pid, syscall.SIGKILL) //nolint:errcheck // it may be gone
		}
	}
	return n
}

// owner reports whether a process, by its number or that of its group or session, is a child that may live; or, by its
// variables, comes from one.
func (g *guard) owner(k kin, variables bool) bool {
	if !variables {
		for _, pid := range [...]int{k.pid, k.group, k.session} {
			if c := g.children[pid]; c != nil && !c.doomed {
				return true
			}
		}
		return false
	}
	id, ok := processOf(k.pid)
	c := g.ids[id]
	return ok && c != nil && !c.doomed
}

// strays returns the descendants of top without an owner: those which neither have one themselves nor descend from one who
// has. Variables are asked for last, because that costs most.
func strays(all map[int]kin, top int, owner func(k kin, variables bool) bool) (found []kin) {
	owned := map[int]bool{top: false}
	var belongs func(pid, depth int) bool
	for _, variables := range []bool{false, true} {
		if variables {
			for pid, has := range owned { // what had none is asked again
				if !has && pid != top {
					delete(owned, pid)
				}
			}
		}
		belongs = func(pid, depth int) bool {
			has, known := owned[pid]
			k, exists := all[pid]
			if known || !exists || depth > len(all) {
				return has
			}
			has = owner(k, false) || variables && !k.dead && owner(k, true) || belongs(k.parent, depth+1)
			owned[pid] = has
			return has
		}
		for pid := range all {
			if below(all, pid, top) {
				belongs(pid, 0)
			}
		}
	}
	for pid, k := range all {
		if has, known := owned[pid]; known && !has && pid != top {
			found = append(found, k)
		}
	}
	return found
}

// below reports whether pid descends from top.
func below(all map[int]kin, pid, top int) bool {
	for range all {
		k, ok := all[pid]
		if !ok {
			return false
		}
		if k.parent == top {
			return true
		}
		pid = k.parent
	}
	return false
}

// readProcesses reads /proc. A process that begins or ends meanwhile may be missing, but not the parent of one that is there.
func readProcesses() map[int]kin {
	all := map[int]kin{}
	dir, err := os.Open("/proc")
	if err != nil {
		return all
	}
	defer dir.Close()
	names, err := dir.Readdirnames(-1)
	if err != nil {
		return all
	}
	for _, name := range names {
		if pid, err := strconv.Atoi(name); err == nil {
			readProcess(all, pid)
		}
	}
	// A parent that ended after its child was read leaves the child to somebody else, whom the child knows now.
	for again := true; again; {
		again = false
		for pid, k := range all {
			if _, ok := all[k.parent]; !ok && k.parent != 0 {
				readProcess(all, pid)
				readProcess(all, all[pid].parent)
				again = true
			}
		}
	}
	return all
}

// readProcess reads one process, or removes it from all if it has ended.
func readProcess(all map[int]kin, pid int) {
	delete(all, pid)
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return
	}
	if k, ok := parseStat(stat); ok {
		k.pid = pid
		all[pid] = k
	}
}

// parseStat reads the line of /proc/{pid}/stat: pid (name) state parent group session … The name may hold anything.
func parseStat(stat []byte) (k kin, ok bool) {
	end := bytes.LastIndexByte(stat, ')')
	if end < 0 {
		return k, false
	}
	fields := bytes.Fields(stat[end+1:])
	if len(fields) < 4 {
		return k, false
	}
	k.dead = fields[0][0] == 'Z' || fields[0][0] == 'X'
	for i, field := range []*int{&k.parent, &k.group, &k.session} {
		n, err := strconv.Atoi(string(fields[i+1]))
		if err != nil {
			return k, false
		}
		*field = n
	}
	return k, true
}
