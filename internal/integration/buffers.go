package integration

import (
	"errors"
	"fmt"
	"io"
	"math/bits"
	"sync"

	"github.com/gatehouse-gateway/gatehouse/internal/limits"
)

const (
	// smallest and largest pooled body buffers, in bytes; greater ones are left to the
	// garbage collector.
	smallestBody, largestBody = 1 << 10, 1 << 20
	// trusted is how much of an announced length is allocated at once. What is beyond
	// must arrive before more is.
	trusted = 256 << 10
)

// bodies holds buffers by the power of two of their size.
var bodies [11]sync.Pool

func class(size int) int {
	return bits.Len(uint((max(size, smallestBody) - 1) / smallestBody))
}

// getBody returns an empty buffer with room for size bytes.
func getBody(size int) *[]byte {
	if size > largestBody {
		b := make([]byte, 0, size)
		return &b
	}
	c := class(size)
	if p, ok := bodies[c].Get().(*[]byte); ok {
		return p
	}
	b := make([]byte, 0, smallestBody<<c)
	return &b
}

func putBody(p *[]byte) {
	*p = (*p)[:0]
	if c := cap(*p); c >= smallestBody && c <= largestBody && c&(c-1) == 0 {
		bodies[class(c)].Put(p)
	}
}

// body is a response body in memory, with what it took of the budget.
type body struct {
	buf    *[]byte
	taken  int64
	memory *limits.Budget
}

// room takes what a buffer of this size costs beyond what is free.
func (b *body) room(size int) bool {
	more := int64(size) - limits.Free - b.taken
	if more <= 0 {
		return true
	}
	if !b.memory.Take(more) {
		return false
	}
	b.taken += more
	return true
}

// release gives buffer and budget back.
func (b *body) release() {
	if b.buf != nil {
		putBody(b.buf)
	}
	b.memory.Give(b.taken)
	*b = body{}
}

// readBody reads r to its end into a pooled buffer, at most limit bytes. length is
// what was announced, negative if nothing was.
func (b *body) readBody(r io.Reader, length, limit int64) error {
	if length > limit {
		return tooLong(limit)
	}
	size := min(max(length, 0), trusted)
	if length < 0 {
		size = 4 * smallestBody
	}
	if !b.room(int(size)) {
		return errNoMemory
	}
	b.buf = getBody(int(size))
	for {
		have := *b.buf
		if len(have) == cap(have) && int64(len(have)) != length {
			if !b.room(2 * cap(have)) {
				return errNoMemory
			}
			b.buf = grow(b.buf)
			have = *b.buf
		}
		n, err := r.Read(have[len(have):cap(have)])
		*b.buf = have[:len(have)+n]
		switch {
		case int64(len(*b.buf)) > limit:
			return tooLong(limit)
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
	}
}

var errNoMemory = fmt.Errorf("%w: the memory for payloads is in use", ErrBusy)

// grow returns a buffer of twice the size with the same content.
func grow(p *[]byte) *[]byte {
	bigger := getBody(2 * cap(*p))
	*bigger = append(*bigger, *p...)
	putBody(p)
	return bigger
}
