package runlog

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Options say whose log it is.
type Options struct {
	// Line gets each line, without its end, in order; it is valid during the call. nil: nobody wants them.
	Line    func(line []byte)
	MaxLine int // bytes; longer lines are cut into several
	MaxTail int // bytes of the end of a log that a caller can have

	Runtime, Region, Name, Version string
	JSON                           bool // the form of the platform's lines
	Framed                         bool // the runtime marks where messages begin and end
}

// Log is the log of one environment.
type Log struct {
	Options

	read  *os.File
	write *os.File // what processes get as their output
	ended chan struct{}

	mu      sync.Mutex
	fd      int // of read; -1 once closed
	line    []byte
	frames  frames
	text    []byte // of the platform, while it is made
	tail    []byte
	tailing bool
}

const (
	// readAtOnce is how many bytes are read at once.
	readAtOnce = 16 << 10
	// drainAtOnce bounds what is read for one reason: as much as a pipe holds. What a function wrote before is within it,
	// and one that writes without end cannot hold up anybody.
	drainAtOnce = 64 << 10
)

var readBuffers = sync.Pool{New: func() any { return new([readAtOnce]byte) }}

// Open opens the log of an environment. Its lines are taken from the process until Close.
func Open(o Options) (*Log, error) {
	read, write, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("log of a function: %w", err)
	}
	write.Fd() // puts it into blocking mode, which processes expect
	l := &Log{Options: o, read: read, write: write, ended: make(chan struct{})}
	raw, err := read.SyscallConn()
	if err == nil {
		err = raw.Control(func(fd uintptr) { l.fd = int(fd) })
	}
	if err != nil {
		read.Close()
		write.Close()
		return nil, fmt.Errorf("log of a function: %w", err)
	}
	go l.follow(raw)
	return l, nil
}

// Output is what processes get as their standard output and standard error.
func (l *Log) Output() *os.File { return l.write }

// follow reads whenever there is something, until the log is closed.
func (l *Log) follow(raw syscall.RawConn) {
	defer close(l.ended)
	for {
		err := raw.Read(func(uintptr) bool {
			l.mu.Lock()
			defer l.mu.Unlock()
			return l.drain() // false: wait until there is more
		})
		if err != nil {
			return
		}
	}
}

// drain takes what the process has written, and reports whether there may be more. The caller holds the lock.
func (l *Log) drain() (more bool) {
	if l.fd < 0 {
		return true
	}
	buffer := readBuffers.Get().(*[readAtOnce]byte)
	defer readBuffers.Put(buffer)
	for taken := 0; taken < drainAtOnce; {
		n, err := syscall.Read(l.fd, buffer[:])
		if errors.Is(err, syscall.EINTR) {
			continue
		}
		if err != nil || n <= 0 {
			return false
		}
		taken += n
		l.take(buffer[:n])
	}
	return true
}

// take takes what the process has written.
func (l *Log) take(b []byte) {
	if l.Line == nil && !l.tailing {
		return
	}
	if !l.Framed {
		l.cut(b)
		return
	}
	for len(b) > 0 {
		text, rest, cut := l.frames.next(b)
		l.cut(text)
		if cut && len(l.line) > 0 {
			l.flush()
		}
		b = rest
	}
}

// cut cuts b into lines.
func (l *Log) cut(b []byte) {
	for len(b) > 0 {
		end := bytes.IndexByte(b, '\n')
		part := b
		if end >= 0 {
			part = b[:end]
		}
		if room := l.MaxLine - len(l.line); len(part) > room {
			l.line = append(l.line, part[:room]...)
			b = b[room:]
			l.flush()
			continue
		}
		switch {
		case end < 0:
			l.line = append(l.line, part...)
			return
		case len(l.line) == 0:
			l.emit(part)
		default:
			l.line = append(l.line, part...)
			l.flush()
		}
		b = b[end+1:]
	}
}

// flush ends the line that was begun.
func (l *Log) flush() {
	l.emit(l.line)
	l.line = l.line[:0]
	if cap(l.line) > readAtOnce {
		l.line = nil
	}
}

// emit hands a line on.
func (l *Log) emit(line []byte) {
	if l.Line != nil {
		l.Line(line)
	}
	if !l.tailing {
		return
	}
	if over := len(line) - l.MaxTail; over > 0 {
		line = line[over:]
	}
	l.tail = append(append(l.tail, line...), '\n')
	if over := len(l.tail) - l.MaxTail; over > 0 {
		l.tail = append(l.tail[:0], l.tail[over:]...)
	}
}

// catchUp takes what the process has written, to the last line even if that has no end. The caller holds the lock.
func (l *Log) catchUp() {
	l.drain()
	l.endLine()
}

// endLine ends the line that was begun, if one was.
func (l *Log) endLine() {
	l.cut(l.frames.rest())
	if len(l.line) > 0 {
		l.flush()
	}
}

// wanted reports whether anybody reads the log. The caller holds the lock.
func (l *Log) wanted() bool { return l.Line != nil || l.tailing }

// Start writes that an invocation begins, and begins a tail if the caller wants one.
func (l *Log) Start(id string, tail bool, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.catchUp()
	l.tailing, l.tail = tail, l.tail[:0]
	b := l.text[:0]
	if l.JSON {
		b = appendJSONEvent(b, now, "platform.start")
		b = appendJSONString(append(b, `"requestId":`...), id)
		b = appendJSONString(append(b, `,"version":`...), l.Version)
		b = append(b, "}}"...)
	} else {
		b = append(b, "START RequestId: "...)
		b = append(b, id...)
		b = append(b, " Version: "...)
		b = append(b, l.Version...)
	}
	l.text = b
	l.emit(b)
}

// Failure is an error of the platform's, for people to read.
type Failure struct{ Type, Message string }

// End writes that an invocation is over, and why if it failed: the zero Failure says nothing.
func (l *Log) End(r Report, failure Failure, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.wanted() {
		return
	}
	l.catchUp()
	if l.JSON {
		l.text = r.appendJSON(l.text[:0], now)
		l.emit(l.text)
		return
	}
	switch {
	case failure.Type == "":
	case r.Status == Timeout:
		l.emit(fmt.Appendf(nil, "%s %s %s", now.UTC().Format("2006-01-02T15:04:05.000Z"), r.RequestID, failure.Message))
		l.emit(nil)
	default:
		l.emit(fmt.Appendf(nil, "RequestId: %s Error: %s", r.RequestID, failure.Message))
		l.emit([]byte(failure.Type))
	}
	l.text = append(append(l.text[:0], "END RequestId: "...), r.RequestID...)
	l.emit(l.text)
	l.text = r.appendText(l.text[:0])
	l.emit(l.text)
}

// InitStart writes that an environment begins.
func (l *Log) InitStart(now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.wanted() {
		return
	}
	version := sha256.Sum256([]byte(l.Runtime)) // ours have no versions: the identifier is one
	arn := "arn:aws:lambda:" + l.Region + "::runtime:" + hex.EncodeToString(version[:])
	if !l.JSON {
		l.emit([]byte("INIT_START Runtime Version: " + l.Runtime + "\tRuntime Version ARN: " + arn))
		return
	}
	b := appendJSONEvent(nil, now, "platform.initStart")
	b = append(b, `"initializationType":"on-demand","phase":"init","runtimeVersion":`...)
	b = appendJSONString(b, l.Runtime)
	b = appendJSONString(append(b, `,"runtimeVersionArn":`...), arn)
	b = appendJSONString(append(b, `,"functionName":`...), l.Name)
	b = appendJSONString(append(b, `,"functionVersion":`...), l.Version)
	l.emit(append(b, "}}"...))
}

// InitReport writes that a start failed: in the phase init, or invoke when it was part of an invocation.
func (l *Log) InitReport(took time.Duration, phase string, status Status, errorType string, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.wanted() {
		return
	}
	l.catchUp()
	if l.JSON {
		b := appendJSONEvent(nil, now, "platform.initReport")
		b = append(b, `"initializationType":"on-demand","metrics":{"durationMs":`...)
		b = appendMilliseconds(b, took)
		b = appendJSONString(append(b, `},"phase":`...), phase)
		b = appendJSONString(append(b, `,"status":`...), string(status))
		if status == Error {
			b = appendJSONString(append(b, `,"errorType":`...), errorType)
		}
		l.emit(append(b, "}}"...))
		return
	}
	b := appendMilliseconds([]byte("INIT_REPORT Init Duration: "), took)
	b = append(b, " ms\tPhase: "+phase+"\tStatus: "+string(status)...)
	if status == Error {
		b = append(b, "\tError Type: "+errorType...)
	}
	l.emit(b)
}

// Extension writes which events an extension has registered for, when the environment is ready. Spec: functions A3.
func (l *Log) Extension(name string, events []string, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.JSON {
		l.emit([]byte("EXTENSION\tName: " + name + "\tState: Ready\tEvents: [" + strings.Join(events, ", ") + "]"))
		return
	}
	b := appendJSONString(append(appendJSONEvent(nil, now, "platform.extension"), `"name":`...), name)
	b = append(b, `,"state":"Ready","events":[`...)
	for i, event := range events {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendJSONString(b, event)
	}
	l.emit(append(b, "]}}"...))
}

// Note writes a sentence.
func (l *Log) Note(text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.emit([]byte(text))
}

// Tail returns the end of the log since Start, and ends it.
func (l *Log) Tail() []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	tail := bytes.Clone(l.tail)
	l.tailing, l.tail = false, nil
	return tail
}

// Close takes what is still there and ends the log.
func (l *Log) Close() {
	l.mu.Lock()
	l.catchUp()
	l.fd = -1
	l.mu.Unlock()
	l.write.Close()
	l.read.Close()
	<-l.ended
}
