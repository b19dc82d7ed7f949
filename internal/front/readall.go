package front

import (
	"errors"
	"io"
)

// ErrNoMemory means that the payloads of other requests fill the memory that is there for them.
var ErrNoMemory = errors.New("the memory for payloads is in use")

// Memory is what large payloads are taken from; Grow reports whether there is room for one of so many bytes.
type Memory interface{ Grow(size int64) bool }

// ReadAll appends what r gives to buf; past limit it stops with ErrBodyTooLarge, without
// memory with ErrNoMemory. The buffer grows with what has arrived, never with what was
// announced.
func ReadAll(buf []byte, r io.Reader, limit int64, memory Memory) ([]byte, error) {
	for {
		if len(buf) == cap(buf) {
			if !memory.Grow(2 * int64(cap(buf))) {
				return buf, ErrNoMemory
			}
			buf = append(buf, 0)[:len(buf)]
		}
		n, err := r.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		switch {
		case int64(len(buf)) > limit:
			return buf, ErrBodyTooLarge
		case errors.Is(err, io.EOF):
			return buf, nil
		case err != nil:
			return buf, err
		}
	}
}
