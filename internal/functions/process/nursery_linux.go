package process

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

// Nursery starts processes. The zero value is not ready for use.
type Nursery struct {
	mu     sync.Mutex // starting and losing the guard
	guard  *link      // nil: none yet, or it ended
	closed bool
	nextID uint64
	ways   []guardWay // nil: all there are, best first
	groups *groupRoot // nil: those of this process
}

// NewNursery returns a nursery. It starts nothing before it has to.
func NewNursery(o Options) *Nursery {
	n := new(Nursery)
	if o.Open {
		n.ways = []guardWay{{modeOpen, syscall.SysProcAttr{Setsid: true}}}
	}
	return n
}

// Prepare starts what the first Start would have to start first.
func (n *Nursery) Prepare() error {
	_, _, err := n.connected()
	return err
}

// Holds says what holds the processes; nothing before Prepare.
func (n *Nursery) Holds() Holds {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.guard == nil {
		return Holds{}
	}
	holds := n.guard.holds
	holds.Groups = n.controlGroups().holds
	return holds
}

// controlGroups are where groups are made.
func (n *Nursery) controlGroups() *groupRoot {
	if n.groups != nil {
		return n.groups
	}
	return ownGroups()
}

// Start starts a process.
func (n *Nursery) Start(c Command) (*Process, error) {
	path, err := c.program()
	if err != nil {
		return nil, err
	}
	for {
		guard, id, err := n.connected()
		if err != nil {
			return nil, err
		}
		m := message{Op: opStart, ID: id, Path: path, Args: c.Args, Environment: c.Environment, Dir: c.Dir, Memory: c.Memory, FileSize: c.FileSize, Files: c.Files, Crew: c.Crew}
		files := []*os.File{c.Output}
		if c.Group != nil {
			m.Group, m.Counted = true, c.Group.holds.Processes
			if c.Group.holds.Memory {
				m.Memory = 0
			}
			files = append(files, c.Group.file)
		}
		if c.Network != nil {
			if c.Network.guard != guard {
				return nil, fmt.Errorf("network namespace: %w", errGuardLost)
			}
			m.Network = true
			files = append(files, c.Network.file)
		}
		p, err := guard.start(m, files)
		if !errors.Is(err, errGuardLost) {
			return p, err
		}
		<-guard.ended // the next one is another
	}
}

// Close kills all processes and waits until they are gone, or ctx ends. Nothing can be started any more.
func (n *Nursery) Close(ctx context.Context) error {
	n.mu.Lock()
	n.closed = true
	guard := n.guard
	n.mu.Unlock()
	if guard == nil {
		return nil
	}
	guard.hangUp()
	select {
	case <-guard.ended:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("function processes are still ending: %w", context.Cause(ctx))
	}
}

// connected returns the guard, which it starts if there is none, and a new number.
func (n *Nursery) connected() (*link, uint64, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closed {
		return nil, 0, ErrClosed
	}
	n.nextID++
	if n.guard != nil {
		select {
		case <-n.guard.ended: // somebody killed it, and so all that was below it
		default:
			return n.guard, n.nextID, nil
		}
	}
	guard, err := n.startGuard()
	if err != nil {
		return nil, 0, fmt.Errorf("the guard of function processes cannot be started: %w", err)
	}
	n.guard = guard
	return guard, n.nextID, nil
}

// NewCrew is a new number for processes that belong together.
func (n *Nursery) NewCrew() uint64 { return n.number() }

// number is a new number for something that a guard is asked for.
func (n *Nursery) number() uint64 {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.nextID++
	return n.nextID
}

// link is our side of a guard.
type link struct {
	mode  string
	holds Holds
	conn  *net.UnixConn
	ended chan struct{} // closed when the guard is gone

	mu       sync.Mutex
	starting map[uint64]chan started
	running  map[uint64]*Process
	lost     bool
}

type started struct {
	err   error
	files []*os.File
}

// startGuard tries the strongest way first.
func (n *Nursery) startGuard() (*link, error) {
	n.controlGroups() // the guard is to be where this process is then
	ways, err := n.ways, error(nil)
	if ways == nil {
		ways = allWays()
	}
	for _, way := range ways {
		var l *link
		if l, err = tryGuard(way); err == nil {
			return l, nil
		}
	}
	return nil, err
}

// guardWay is a way to start a guard.
type guardWay struct {
	mode string
	attr syscall.SysProcAttr
}

// allWays lists what may work, best first.
func allWays() []guardWay {
	const capNetAdmin, capSysAdmin = 12, 21
	namespaces := guardWay{modeNamespace, syscall.SysProcAttr{Setsid: true, Cloneflags: syscall.CLONE_NEWPID | syscall.CLONE_NEWNS}}
	if uid, gid := os.Getuid(), os.Getgid(); uid != 0 {
		namespaces.attr.Cloneflags |= syscall.CLONE_NEWUSER
		namespaces.attr.UidMappings = []syscall.SysProcIDMap{{ContainerID: uid, HostID: uid, Size: 1}}
		namespaces.attr.GidMappings = []syscall.SysProcIDMap{{ContainerID: gid, HostID: gid, Size: 1}}
		namespaces.attr.AmbientCaps = []uintptr{capNetAdmin, capSysAdmin} // for loopback, and to mount /proc; processes don't get them
	}
	return []guardWay{namespaces, {modeSubreaper, syscall.SysProcAttr{Setsid: true}}}
}

// guardDeadline bounds the start of a guard.
const guardDeadline = 20 * time.Second

func tryGuard(way guardWay) (*link, error) {
	ours, theirs, err := socketPair()
	if err != nil {
		return nil, err
	}
	defer theirs.Close()
	cmd := &exec.Cmd{
		Path:        "/proc/self/exe", // not the name of a file, which may have been replaced
		Args:        []string{guardName, way.mode},
		Env:         []string{"GOMAXPROCS=1", "GOGC=50"},
		Dir:         "/",
		Stderr:      os.Stderr,
		ExtraFiles:  []*os.File{theirs},
		SysProcAttr: &way.attr,
	}
	if err := cmd.Start(); err != nil {
		ours.Close() //nolint:errcheck // nobody has the other end
		return nil, err
	}
	theirs.Close()
	l := &link{mode: way.mode, conn: ours, ended: make(chan struct{}), starting: map[uint64]chan started{}, running: map[uint64]*Process{}}
	var m message
	if err = ours.SetReadDeadline(time.Now().Add(guardDeadline)); err == nil {
		m, _, err = l.receive(make([]byte, maxMessage), make([]byte, 256))
	}
	if err == nil && m.Err != "" {
		err = errors.New(m.Err)
	}
	if err == nil && m.Holds == nil {
		err = errors.New("the guard does not say what holds")
	}
	if err == nil {
		l.holds = *m.Holds
		err = ours.SetReadDeadline(time.Time{})
	}
	if err != nil {
		l.hangUp()
		cmd.Process.Kill() //nolint:errcheck // it is gone or it dies
		cmd.Wait()         //nolint:errcheck // why it could not start is known
		return nil, err
	}
	go l.read(cmd)
	return l, nil
}

// socketPair returns two ends of a socket that keeps messages apart.
func socketPair() (*net.UnixConn, *os.File, error) {
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_SEQPACKET|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("socketpair: %w", err)
	}
	for _, fd := range fds {
		syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_SNDBUF, 2*maxMessage) //nolint:errcheck // then messages must be smaller
	}
	file, theirs := os.NewFile(uintptr(fds[0]), "guard"), os.NewFile(uintptr(fds[1]), "guard")
	defer file.Close()
	conn, err := net.FileConn(file)
	if err != nil {
		theirs.Close()
		return nil, nil, err
	}
	return conn.(*net.UnixConn), theirs, nil
}

// start asks the guard for a process.
func (l *link) start(m message, files []*os.File) (*Process, error) {
	p := newProcess()
	p.kill = func() { l.tell(opKill, m.ID) }
	p.ask = func() { l.tell(opTerminate, m.ID) }
	l.mu.Lock()
	l.running[m.ID] = p // known before it can end
	l.mu.Unlock()
	got, err := l.request(m, files...)
	if err != nil {
		l.mu.Lock()
		delete(l.running, m.ID)
		l.mu.Unlock()
		var refused *refusedError
		if errors.As(err, &refused) {
			err = &StartError{refused.reason}
		}
		return nil, err
	}
	status := new(statusFile)
	if len(got) > 0 {
		status.file = got[0]
	}
	p.memory, p.ending = status.peak, status.ending
	go func() {
		<-p.gone
		status.close()
	}()
	return p, nil
}

// refusedError is why the guard did not do what it was asked for.
type refusedError struct{ reason string }

func (e *refusedError) Error() string { return e.reason }

// request asks the guard for something, and returns the files that it answers with.
func (l *link) request(m message, files ...*os.File) ([]*os.File, error) {
	b, err := m.encode()
	if err != nil {
		return nil, err
	}
	if len(b) > maxMessage {
		return nil, fmt.Errorf("arguments and variables of more than %d bytes", maxMessage)
	}
	reply := make(chan started, 1)
	l.mu.Lock()
	if l.lost {
		l.mu.Unlock()
		return nil, errGuardLost
	}
	l.starting[m.ID] = reply
	l.mu.Unlock()
	err = l.ask(b, files)
	if err == nil {
		select {
		case s := <-reply: // the guard answers or is lost
			return s.files, s.err
		case <-time.After(guardDeadline):
			err = errors.New("the guard of function processes does not answer")
		}
	}
	l.mu.Lock()
	delete(l.starting, m.ID)
	l.mu.Unlock()
	return nil, err
}

// ask sends a message with files.
func (l *link) ask(b []byte, files []*os.File) error {
	var sending error
	send := func(fds []int) { _, _, sending = l.conn.WriteMsgUnix(b, syscall.UnixRights(fds...), nil) }
	if err := withDescriptors(files, nil, send); err != nil {
		return fmt.Errorf("the files of a process: %w", err)
	}
	if sending != nil && !errors.Is(sending, syscall.EMSGSIZE) {
		l.hangUp() // a guard that cannot be told anything is of no use
		return fmt.Errorf("%w: %w", errGuardLost, sending)
	}
	return sending
}

// withDescriptors calls do with the descriptors of files, after those in fds. None of them is closed meanwhile.
func withDescriptors(files []*os.File, fds []int, do func([]int)) error {
	if len(files) == 0 {
		do(fds)
		return nil
	}
	raw, err := files[0].SyscallConn()
	if err != nil {
		return err
	}
	var inner error
	err = raw.Control(func(fd uintptr) { inner = withDescriptors(files[1:], append(fds, int(fd)), do) })
	return errors.Join(err, inner)
}

// hangUp ends the connection, upon which the guard kills everything and ends.
func (l *link) hangUp() {
	l.conn.Close() //nolint:errcheck // it is a socket of ours
}

var errGuardLost = errors.New("the guard of function processes ended")

// tell has the guard do something to a process.
func (l *link) tell(op string, id uint64) {
	b, err := message{Op: op, ID: id}.encode()
	if err == nil {
		l.conn.Write(b) //nolint:errcheck // a guard that is gone has killed it
	}
}

// read takes what the guard reports until it is gone. Then nothing of what it had started lives, or will in a moment.
func (l *link) read(cmd *exec.Cmd) {
	buffer, rights := make([]byte, maxMessage), make([]byte, 256)
	for {
		m, files, err := l.receive(buffer, rights)
		if err != nil {
			break
		}
		l.handle(m, files)
	}
	l.hangUp()
	cmd.Wait() //nolint:errcheck // however it ended, it is gone
	l.mu.Lock()
	l.lost = true // from here on nobody waits for an answer
	for _, reply := range l.starting {
		reply <- started{err: errGuardLost}
	}
	running := l.running
	l.starting, l.running = map[uint64]chan started{}, map[uint64]*Process{}
	l.mu.Unlock()
	for _, p := range running {
		p.finish(Exit{Signal: syscall.SIGKILL})
	}
	close(l.ended)
}

// finish reports p as ended and gone.
func (p *Process) finish(e Exit) {
	select {
	case <-p.exited:
	default:
		p.setExit(e)
	}
	close(p.gone)
}

func (l *link) handle(m message, files []int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch m.Op {
	case opStarted:
		var s started
		if m.Err != "" {
			s.err = &refusedError{m.Err}
		}
		for _, fd := range files {
			s.files = append(s.files, os.NewFile(uintptr(fd), "from the guard"))
		}
		if reply := l.starting[m.ID]; reply != nil {
			delete(l.starting, m.ID)
			reply <- s
		} else if s.err == nil { // nobody waits for it any more
			l.tell(opKill, m.ID)
			closeAll(s.files)
		}
	case opExited:
		if p := l.running[m.ID]; p != nil {
			p.setExit(exitOf(m.Status, m.PeakMemory))
		}
	case opGone:
		if p := l.running[m.ID]; p != nil {
			delete(l.running, m.ID)
			close(p.gone)
		}
	}
}

func (l *link) receive(buffer, rights []byte) (m message, files []int, err error) {
	n, oobn, _, _, err := l.conn.ReadMsgUnix(buffer, rights)
	if err != nil {
		return m, nil, err
	}
	if n == 0 {
		return m, nil, errGuardLost
	}
	return m, filesOf(rights[:oobn]), m.decode(buffer[:n])
}
