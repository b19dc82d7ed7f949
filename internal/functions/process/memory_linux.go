package process

import (
	"bytes"
	"errors"
	"os"
	"strconv"
	"sync"

	"golang.org/x/sys/unix"
)

// statusFile is /proc/{pid}/status, opened while the process is certainly the one we mean.
type statusFile struct {
	mu   sync.Mutex
	file *os.File
	buf  [4096]byte
}

// peak reads the highest resident size in bytes; 0 if it cannot be known.
func (s *statusFile) peak() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.file == nil {
		return 0
	}
	n, _ := s.file.ReadAt(s.buf[:], 0) // an end is no error, and one that has ended gives nothing
	return parsePeak(s.buf[:n])
}

// ending reports whether the process has given its memory back, which it does before its connections end. That its end is told may take
// the guard longer, when it has much else to kill.
func (s *statusFile) ending() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.file == nil {
		return false
	}
	n, err := s.file.ReadAt(s.buf[:], 0)
	return (err == nil || n > 0 || errors.Is(err, unix.ESRCH)) && !bytes.Contains(s.buf[:n], []byte("\nVmHWM:"))
}

func (s *statusFile) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.file != nil {
		s.file.Close()
		s.file = nil
	}
}

// parsePeak finds the line "VmHWM:   1234 kB".
func parsePeak(status []byte) int64 {
	_, rest, ok := bytes.Cut(status, []byte("\nVmHWM:"))
	if !ok {
		return 0
	}
	number, _, ok := bytes.Cut(bytes.TrimLeft(rest, " \t"), []byte(" kB"))
	if !ok {
		return 0
	}
	n, err := strconv.ParseInt(string(number), 10, 64)
	if err != nil {
		return 0
	}
	return n << 10
}
