package process

import (
	"bytes"
	"os"
	"strconv"
	"sync"
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
