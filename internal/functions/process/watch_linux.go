package process

import (
	"bytes"
	"os"
	"strconv"
	"syscall"
	"time"
)

const (
	// watchInterval is how often the memory of processes is looked at. What a function allocates in this time it may have too much.
	watchInterval = 100 * time.Millisecond
	// scanEvery says at how many of these looks what processes have started is looked at, too: that costs a walk through /proc.
	scanEvery = 3
	// maxProcesses is how many processes a function may have beside each other. Spec: functions A5.
	maxProcesses = 1024
)

// tolerated is the resident size at which a process with a limit is killed: an eighth more than the limit, because a resident
// size counts pages of programs and libraries that several processes share.
func tolerated(limit int64) int64 { return limit + limit/8 }

// watch kills processes that have more memory or more descendants than they may, as long as there are any.
func (g *guard) watch() {
	for range g.watched {
		for round := 1; ; round++ {
			time.Sleep(watchInterval)
			g.mu.Lock()
			left := len(g.children)
			g.look(round%scanEvery == 0)
			g.mu.Unlock()
			if left == 0 {
				break
			}
		}
	}
}

// look looks once. The caller holds the lock.
func (g *guard) look(scan bool) {
	beside := map[*child]usage{}
	scan = scan && g.mustCount()
	if scan {
		beside = g.descendants()
	}
	for _, c := range g.children {
		if c.doomed {
			continue
		}
		if c.limit > 0 {
			c.statm.read()
		}
		if scan {
			c.beside = beside[c]
		}
		if c.limit > 0 && c.statm.resident+c.beside.memory > tolerated(c.limit) {
			c.exceeded = true
			g.doom(c)
		} else if !c.counted && c.beside.processes >= maxProcesses {
			g.doom(c)
		}
	}
}

// mustCount reports whether there is a child whose descendants nobody else bounds.
func (g *guard) mustCount() bool {
	for _, c := range g.children {
		if c.limit > 0 || !c.counted {
			return true
		}
	}
	return false
}

// usage is what the descendants of a child have together.
type usage struct {
	processes int
	memory    int64 // bytes that are theirs alone: without what they map from files
}

// descendants counts what the children have started.
func (g *guard) descendants() map[*child]usage {
	all := readProcesses()
	found := map[*child]usage{}
	for pid, k := range all {
		if k.dead || g.children[pid] != nil || !below(all, pid, os.Getpid()) {
			continue
		}
		if c := g.ownerOf(all, k); c != nil {
			u := found[c]
			u.processes++
			if u.processes <= maxProcesses { // it ends anyway
				u.memory += anonymous(pid)
			}
			found[c] = u
		}
	}
	return found
}

// ownerOf finds the child that a process belongs to; nil: none that can be told without its variables.
func (g *guard) ownerOf(all map[int]kin, k kin) *child {
	for range all {
		for _, pid := range [...]int{k.pid, k.group, k.session} {
			if c := g.children[pid]; c != nil {
				return c
			}
		}
		parent, ok := all[k.parent]
		if !ok {
			return nil
		}
		if parent.pid == os.Getpid() {
			id, ok := processOf(k.pid)
			if !ok {
				return nil
			}
			return g.ids[id]
		}
		k = parent
	}
	return nil
}

// processOf reads from the variables of a process which one of this guard it comes from.
func processOf(pid int) (id uint64, ok bool) {
	environment, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/environ")
	if err != nil {
		return 0, false
	}
	for variable := range bytes.SplitSeq(environment, []byte{0}) {
		if number, found := bytes.CutPrefix(variable, []byte("_GATEHOUSE_PROCESS=")); found {
			id, err := strconv.ParseUint(string(number), 10, 64)
			return id, err == nil
		}
	}
	return 0, false
}

// anonymous is the memory of a process that no file backs, in bytes; 0 if it is gone.
func anonymous(pid int) int64 {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/statm")
	if err != nil {
		return 0
	}
	resident, shared := parseStatm(text)
	return resident - shared
}

// statmFile is /proc/{pid}/statm, opened while the process is certainly the one we mean.
type statmFile struct {
	fd       int // -1: none
	resident int64
	buf      [128]byte
}

func openStatm(pid int) *statmFile {
	fd, err := syscall.Open("/proc/"+strconv.Itoa(pid)+"/statm", syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
	if err != nil {
		fd = -1
	}
	return &statmFile{fd: fd}
}

func (s *statmFile) read() {
	if s.fd < 0 {
		return
	}
	n, err := syscall.Pread(s.fd, s.buf[:], 0)
	if err != nil {
		n = 0 // it ended
	}
	s.resident, _ = parseStatm(s.buf[:n])
}

func (s *statmFile) close() {
	if s.fd >= 0 {
		syscall.Close(s.fd) //nolint:errcheck // read only
		s.fd = -1
	}
}

// parseStatm reads "size resident shared …", numbers of pages, and returns the latter two in bytes; 0 if there are none.
func parseStatm(text []byte) (resident, shared int64) {
	fields := bytes.Fields(text)
	if len(fields) < 3 {
		return 0, 0
	}
	pages, err := strconv.ParseInt(string(fields[1]), 10, 64)
	if err != nil {
		return 0, 0
	}
	files, err := strconv.ParseInt(string(fields[2]), 10, 64)
	if err != nil {
		return 0, 0
	}
	size := int64(os.Getpagesize())
	return pages * size, files * size
}
