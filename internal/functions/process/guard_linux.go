package process

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"strconv"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// The guard finds its socket here.
const guardSocket = 3

// How the guard was started, its only argument.
const (
	modeNamespace = "namespace"
	modeSubreaper = "subreaper"
	modeOpen      = "open" // a subreaper, and processes are not confined
)

// guardName is the name under which our own program is the guard, and what ps shows.
const guardName = "gatehouse-functions"

// A program that starts functions must be able to be their guard, whatever its main function does, and before it has begun
// anything of its own: hence here and not in a call that each main function and each test would have to remember.
func init() {
	if len(os.Args) == 2 && os.Args[0] == guardName {
		runGuard(os.Args[1])
	}
}

// guard is the parent of the processes.
type guard struct {
	namespace bool
	open      bool // nothing is confined
	holds     Holds

	mu       sync.Mutex // held while processes are started, collected and looked for: see child
	children map[int]*child
	ids      map[uint64]*child
	dying    []*child // killed or ended: to be reported when nothing of them is left
	poke     chan struct{}
	watched  chan struct{} // wakes the watch when there is a child

	walks sync.Mutex // held while a socket is looked for everywhere; taken before mu
}

// child is a process that was asked for.
type child struct {
	id     uint64
	pid    int
	crew   uint64
	ended  bool   // collected
	doomed bool   // nothing of it may live
	free   func() // called when it is collected

	limit    int64 // bytes of memory; 0: none, or the kernel knows it
	counted  bool  // the kernel counts what it starts
	statm    *statmFile
	beside   usage // of what it has started, when that was last looked at
	exceeded bool  // it had more memory than it may
}

// runGuard never returns. It runs on the main thread, which lives as long as the guard: what it starts dies with it.
func runGuard(mode string) {
	runtime.LockOSThread()
	keepFiles()
	g := &guard{namespace: mode == modeNamespace, open: mode == modeOpen, children: map[int]*child{}, ids: map[uint64]*child{}, poke: make(chan struct{}, 1), watched: make(chan struct{}, 1)}
	if err := g.prepare(); err != nil {
		g.send(message{Op: opReady, Err: err.Error()})
		syscall.Exit(1)
	}
	quiet := make(chan os.Signal, 1) // a signal for all of us is for the host to understand; ignoring it would be inherited
	signal.Notify(quiet, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGUSR1, syscall.SIGUSR2)
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGCHLD)
	go g.collect(ended)
	go g.sweep()
	go g.watch()
	g.send(message{Op: opReady, Holds: &g.holds})
	g.serve()
	g.endAll()
	syscall.Exit(0)
}

// keepFiles keeps what is open here from the processes: our socket, of whose end the host would not hear, and what whoever
// started the host left open.
func keepFiles() {
	syscall.CloseOnExec(guardSocket)
	open, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return
	}
	for _, file := range open {
		if fd, err := strconv.Atoi(file.Name()); err == nil && fd > 2 {
			syscall.CloseOnExec(fd)
		}
	}
}

// serve does what the host asks until the host is gone.
func (g *guard) serve() {
	buffer, rights := make([]byte, maxMessage), make([]byte, 256)
	for {
		n, oobn, _, _, err := syscall.Recvmsg(guardSocket, buffer, rights, syscall.MSG_CMSG_CLOEXEC)
		if errors.Is(err, syscall.EINTR) {
			continue
		}
		if err != nil || n == 0 {
			return
		}
		var m message
		if m.decode(buffer[:n]) != nil {
			return // not our host
		}
		files := filesOf(rights[:oobn])
		switch m.Op {
		case opStart:
			g.start(m, files)
		case opKill:
			g.kill(m.ID)
		case opTerminate:
			g.terminate(m.ID)
		case opOwns:
			g.owns(m)
		case opNetwork:
			go g.network(m, files) // the kernel may take its time
			continue
		}
		for _, fd := range files {
			syscall.Close(fd) //nolint:errcheck // nothing was written to it here
		}
	}
}

// start starts a process and tells the host.
func (g *guard) start(m message, files []int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	size, err := handDown(m.FileSize)
	if err != nil {
		g.send(message{Op: opStarted, ID: m.ID, Err: err.Error()})
		return
	}
	pid, free, err := g.exec(m, files)
	if err != nil {
		g.send(message{Op: opStarted, ID: m.ID, Err: err.Error()})
		return
	}
	// Now it cannot raise the limit any more. An error means that it ended already.
	unix.Prlimit(pid, unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: size, Max: size}, nil) //nolint:errcheck // see above
	c := &child{id: m.ID, pid: pid, crew: m.Crew, free: free, limit: m.Memory, counted: m.Counted, statm: openStatm(pid)}
	g.children[pid], g.ids[m.ID] = c, c
	select {
	case g.watched <- struct{}{}:
	default:
	}
	status, err := syscall.Open("/proc/"+strconv.Itoa(pid)+"/status", syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
	if err != nil {
		g.send(message{Op: opStarted, ID: m.ID})
		return
	}
	g.send(message{Op: opStarted, ID: m.ID}, status)
	syscall.Close(status) //nolint:errcheck // read only
}

// handDown limits the files of the guard, which writes none, to so many bytes, and with them those of what it starts next: a process
// may fork before anything can be set for it alone. 0 is the most. The hard limit stays, for the guard could not raise it again.
func handDown(bytes int64) (size uint64, err error) {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		return 0, fmt.Errorf("limiting files: %w", err)
	}
	limit.Cur = limit.Max
	if bytes > 0 {
		limit.Cur = min(uint64(bytes), limit.Max)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		return 0, fmt.Errorf("limiting files: %w", err)
	}
	return limit.Cur, nil
}

// mark is the variable that tells which process of this guard another one comes from.
func mark(id uint64) string { return "_GATEHOUSE_PROCESS=" + strconv.FormatUint(id, 10) }

// exec starts what m says. Call free when it is collected.
func (g *guard) exec(m message, files []int) (pid int, free func(), err error) {
	want := 1
	if m.Group {
		want++
	}
	if m.Network {
		want++
	}
	if len(files) != want {
		return 0, nil, fmt.Errorf("a process needs %d files, not %d", want, len(files))
	}
	null, err := syscall.Open(os.DevNull, syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
	if err != nil {
		return 0, nil, err
	}
	defer syscall.Close(null) //nolint:errcheck // read only
	attr := &syscall.ProcAttr{
		Dir:   m.Dir,
		Env:   append(m.Environment, mark(m.ID)),
		Files: []uintptr{uintptr(null), uintptr(files[0]), uintptr(files[0])},
		Sys:   &syscall.SysProcAttr{Setsid: true},
	}
	if m.Group {
		attr.Sys.UseCgroupFD, attr.Sys.CgroupFD = true, files[1]
	}
	start := func() (int, error) {
		pid, err := syscall.ForkExec(m.Path, m.Args, attr)
		if err != nil {
			return 0, fmt.Errorf("fork/exec %s: %w", m.Path, err)
		}
		return pid, nil
	}
	c := confinement{network: noNetwork}
	if !g.open {
		c.files = m.Files
	}
	if m.Network {
		c.network = files[len(files)-1]
	}
	if c.any() {
		if !g.namespace { // in one, the kernel does it
			attr.Sys.Pdeathsig = syscall.SIGKILL
		}
		return g.startConfined(c, start)
	}
	attr.Sys.Pdeathsig = syscall.SIGKILL
	pid, err = start()
	return pid, func() {}, err
}

// kill kills what belongs to a process.
func (g *guard) kill(id uint64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if c := g.ids[id]; c != nil {
		g.doom(c)
	}
}

// terminate asks a process to end.
func (g *guard) terminate(id uint64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if c := g.ids[id]; c != nil && !c.ended {
		syscall.Kill(c.pid, syscall.SIGTERM) //nolint:errcheck // it may be ending
	}
}

// doom kills the session of c and has the rest looked for. The caller holds the lock.
func (g *guard) doom(c *child) {
	if !c.doomed {
		c.doomed = true
		g.dying = append(g.dying, c)
	}
	syscall.Kill(-c.pid, syscall.SIGKILL) //nolint:errcheck // it may be gone
	if !c.ended {
		syscall.Kill(c.pid, syscall.SIGKILL) //nolint:errcheck // it may be gone
	}
	g.wake()
}

func (g *guard) wake() {
	select {
	case g.poke <- struct{}{}:
	default:
	}
}

// collect waits for children, those that came to us because their parents ended included.
func (g *guard) collect(ended <-chan os.Signal) {
	for range ended {
		g.mu.Lock()
		g.collectAll()
		g.mu.Unlock()
	}
}

func (g *guard) collectAll() {
	for {
		var status syscall.WaitStatus
		var usage syscall.Rusage
		pid, err := syscall.Wait4(-1, &status, syscall.WNOHANG, &usage)
		if errors.Is(err, syscall.EINTR) {
			continue
		}
		if err != nil || pid <= 0 {
			return
		}
		c := g.children[pid]
		if c == nil {
			g.wake()
			continue
		}
		delete(g.children, pid)
		c.ended = true
		c.statm.close()
		c.free()
		peak := usage.Maxrss << 10
		if c.exceeded {
			peak = max(peak, c.limit) // what it has started counts, too
		}
		g.send(message{Op: opExited, ID: c.id, Status: status, PeakMemory: peak})
		g.doom(c)
	}
}

// sweep kills what has no living owner, and reports processes of which nothing is left.
func (g *guard) sweep() {
	again := time.NewTimer(time.Hour)
	for {
		select {
		case <-g.poke:
		case <-again.C:
		}
		g.mu.Lock()
		left := g.killStrays()
		if left == 0 {
			g.reportGone()
		}
		waiting := left > 0 || len(g.dying) > 0
		g.mu.Unlock()
		if waiting {
			again.Reset(5 * time.Millisecond) // a killed process needs a moment; its end also wakes us
		}
	}
}

// reportGone reports those that are collected; nothing else of them was found. The caller holds the lock.
func (g *guard) reportGone() {
	kept := g.dying[:0]
	for _, c := range g.dying {
		if !c.ended {
			kept = append(kept, c)
			continue
		}
		delete(g.ids, c.id)
		g.send(message{Op: opGone, ID: c.id})
	}
	clear(g.dying[len(kept):])
	g.dying = kept
}

// endAll kills everything. In a namespace the kernel does it when we end.
func (g *guard) endAll() {
	if g.namespace {
		return
	}
	for range 1000 { // ten seconds: what survives that cannot be killed
		g.mu.Lock()
		for _, c := range g.children {
			c.doomed = true
			syscall.Kill(-c.pid, syscall.SIGKILL) //nolint:errcheck // it may be gone
		}
		g.collectAll()
		left := g.killStrays()
		g.mu.Unlock()
		if left == 0 {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// send tells the host something. That the host is gone is found when reading.
func (g *guard) send(m message, files ...int) {
	b, err := m.encode()
	if err != nil {
		panic(err) // it consists of strings and numbers
	}
	var rights []byte
	if len(files) > 0 {
		rights = syscall.UnixRights(files...)
	}
	for {
		if err := syscall.Sendmsg(guardSocket, b, rights, nil, syscall.MSG_NOSIGNAL); !errors.Is(err, syscall.EINTR) {
			return
		}
	}
}

// filesOf takes the files out of a message's rights.
func filesOf(rights []byte) (files []int) {
	controls, err := syscall.ParseSocketControlMessage(rights)
	if err != nil {
		return nil
	}
	for i := range controls {
		if fds, err := syscall.ParseUnixRights(&controls[i]); err == nil {
			files = append(files, fds...)
		}
	}
	return files
}
