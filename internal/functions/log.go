package functions

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/limits"
)

// logger is the log of one environment: what its processes write, in lines, and those of the platform around them. Both come
// through one pipe's lock, so that what a function wrote before it answered stands before the END of its invocation.
type logger struct {
	sink     LogSink // nil: nobody wants the lines
	function *Function
	stream   string
	maxLine  int
	maxTail  int

	read  *os.File
	write *os.File // what processes get as their output
	ended chan struct{}

	mu      sync.Mutex
	fd      int // of read; -1 once closed
	line    []byte
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

// newLogger opens the log of an environment. Its lines are taken from the process until close.
func newLogger(sink LogSink, f *Function, stream string, l limits.Limits) (*logger, error) {
	read, write, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("log of a function: %w", err)
	}
	write.Fd() // puts it into blocking mode, which processes expect
	lg := &logger{sink: sink, function: f, stream: stream, maxLine: int(l.FunctionLogLine), maxTail: int(l.FunctionLogTail), read: read, write: write, ended: make(chan struct{})}
	raw, err := read.SyscallConn()
	if err == nil {
		err = raw.Control(func(fd uintptr) { lg.fd = int(fd) })
	}
	if err != nil {
		read.Close()
		write.Close()
		return nil, fmt.Errorf("log of a function: %w", err)
	}
	go lg.follow(raw)
	return lg, nil
}

// follow reads whenever there is something, until the log is closed.
func (l *logger) follow(raw syscall.RawConn) {
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
func (l *logger) drain() (more bool) {
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

// take cuts b into lines.
func (l *logger) take(b []byte) {
	if l.sink == nil && !l.tailing {
		return
	}
	for len(b) > 0 {
		end := bytes.IndexByte(b, '\n')
		part := b
		if end >= 0 {
			part = b[:end]
		}
		if room := l.maxLine - len(l.line); len(part) > room {
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
func (l *logger) flush() {
	l.emit(l.line)
	l.line = l.line[:0]
	if cap(l.line) > readAtOnce {
		l.line = nil
	}
}

// emit hands a line on.
func (l *logger) emit(line []byte) {
	if l.sink != nil {
		l.sink.FunctionLog(l.function, l.stream, line)
	}
	if !l.tailing {
		return
	}
	if over := len(line) - l.maxTail; over > 0 {
		line = line[over:]
	}
	l.tail = append(append(l.tail, line...), '\n')
	if over := len(l.tail) - l.maxTail; over > 0 {
		l.tail = append(l.tail[:0], l.tail[over:]...)
	}
}

// catchUp takes what the process has written, to the last line even if that has no end. The caller holds the lock.
func (l *logger) catchUp() {
	l.drain()
	if len(l.line) > 0 {
		l.flush()
	}
}

// wanted reports whether anybody reads the log. The caller holds the lock.
func (l *logger) wanted() bool { return l.sink != nil || l.tailing }

// start writes that an invocation begins, and begins a tail if the caller wants one.
func (l *logger) start(id string, tail bool, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.catchUp()
	l.tailing, l.tail = tail, l.tail[:0]
	f := l.function
	b := l.text[:0]
	if f.JSONLogs {
		b = appendJSONEvent(b, now, "platform.start")
		b = appendJSONString(append(b, `"requestId":`...), id)
		b = appendJSONString(append(b, `,"version":`...), f.Version)
		b = append(b, "}}"...)
	} else {
		b = append(b, "START RequestId: "...)
		b = append(b, id...)
		b = append(b, " Version: "...)
		b = append(b, f.Version...)
	}
	l.text = b
	l.emit(b)
}

// end writes that an invocation is over, and why if it failed.
func (l *logger) end(r report, failure *FunctionError, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.wanted() {
		return
	}
	l.catchUp()
	if l.function.JSONLogs {
		l.text = r.appendJSON(l.text[:0], now)
		l.emit(l.text)
		return
	}
	switch {
	case failure == nil:
	case failure.Type == typeTimeout:
		l.emit(fmt.Appendf(nil, "%s %s %s", now.UTC().Format("2006-01-02T15:04:05.000Z"), r.id, failure.Message))
		l.emit(nil)
	default:
		l.emit(fmt.Appendf(nil, "RequestId: %s Error: %s", r.id, failure.Message))
		l.emit([]byte(failure.Type))
	}
	l.text = append(append(l.text[:0], "END RequestId: "...), r.id...)
	l.emit(l.text)
	l.text = r.appendText(l.text[:0])
	l.emit(l.text)
}

// initStart writes that an environment begins.
func (l *logger) initStart(now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.wanted() {
		return
	}
	f := l.function
	version := sha256.Sum256([]byte(f.Runtime)) // ours have no versions: the identifier is one
	arn := "arn:aws:lambda:" + f.Ref.Region + "::runtime:" + hex.EncodeToString(version[:])
	if !f.JSONLogs {
		l.emit([]byte("INIT_START Runtime Version: " + f.Runtime + "\tRuntime Version ARN: " + arn))
		return
	}
	b := appendJSONEvent(nil, now, "platform.initStart")
	b = append(b, `"initializationType":"on-demand","phase":"init","runtimeVersion":`...)
	b = appendJSONString(b, f.Runtime)
	b = appendJSONString(append(b, `,"runtimeVersionArn":`...), arn)
	b = appendJSONString(append(b, `,"functionName":`...), f.Ref.Name)
	b = appendJSONString(append(b, `,"functionVersion":`...), f.Version)
	l.emit(append(b, "}}"...))
}

// initReport writes that a start failed.
func (l *logger) initReport(took time.Duration, phase string, r startResult, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.wanted() {
		return
	}
	l.catchUp()
	status := "error"
	if r.timedOut {
		status = "timeout"
	}
	if l.function.JSONLogs {
		b := appendJSONEvent(nil, now, "platform.initReport")
		b = append(b, `"initializationType":"on-demand","metrics":{"durationMs":`...)
		b = appendMilliseconds(b, took)
		b = appendJSONString(append(b, `},"phase":`...), phase)
		b = appendJSONString(append(b, `,"status":`...), status)
		if !r.timedOut {
			b = appendJSONString(append(b, `,"errorType":`...), r.kind)
		}
		l.emit(append(b, "}}"...))
		return
	}
	b := appendMilliseconds([]byte("INIT_REPORT Init Duration: "), took)
	b = append(b, " ms\tPhase: "+phase+"\tStatus: "+status...)
	if !r.timedOut {
		b = append(b, "\tError Type: "+r.kind...)
	}
	l.emit(b)
}

// note writes a sentence.
func (l *logger) note(text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.emit([]byte(text))
}

// takeTail returns the end of the log since start, and ends it.
func (l *logger) takeTail() []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	tail := bytes.Clone(l.tail)
	l.tailing, l.tail = false, nil
	return tail
}

// close takes what is still there and ends the log.
func (l *logger) close() {
	l.mu.Lock()
	l.catchUp()
	l.fd = -1
	l.mu.Unlock()
	l.write.Close()
	l.read.Close()
	<-l.ended
}
