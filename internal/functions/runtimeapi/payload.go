package runtimeapi

import (
	"errors"
	"io"
	"math/bits"
	"sync"

	"github.com/gatehouse-gateway/gatehouse/internal/limits"
)

const (
	// smallest and largest pooled payloads in bytes; greater ones are left to the garbage collector.
	smallest, largest = 1 << 10, 1 << 20
	// trusted is how much of an announced length is allocated at once. What is beyond must arrive before more is.
	trusted = 256 << 10
)

// payloads holds payloads by the power of two of their size.
var payloads [11]sync.Pool

// Payload is what a runtime posted, in memory that is reused.
type Payload struct {
	data   []byte
	taken  int64 // of memory
	memory *limits.Budget

	// Release gives the memory back. Neither the payload nor its bytes may be used afterwards.
	Release func()
}

// Bytes is the payload, until it is released.
func (p *Payload) Bytes() []byte { return p.data }

var (
	errTooLarge = errors.New("payload too large")
	errNoMemory = errors.New("the memory for payloads is in use")
)

func class(size int) int { return bits.Len(uint((max(size, smallest) - 1) / smallest)) }

// newPayload returns an empty payload with room for size bytes.
func newPayload(size int, memory *limits.Budget) *Payload {
	if size <= largest {
		if p, ok := payloads[class(size)].Get().(*Payload); ok {
			p.memory = memory
			return p
		}
		size = smallest << class(size)
	}
	p := &Payload{data: make([]byte, 0, size), memory: memory}
	p.Release = p.release
	return p
}

func (p *Payload) release() {
	p.memory.Give(p.taken)
	p.taken, p.memory, p.data = 0, nil, p.data[:0]
	if c := cap(p.data); c >= smallest && c <= largest && c&(c-1) == 0 {
		payloads[class(c)].Put(p)
	}
}

// reserve takes what size bytes cost beyond what is free, and reports whether there was enough.
func (p *Payload) reserve(size int) bool {
	more := int64(size) - limits.Free - p.taken
	if more <= 0 {
		return true
	}
	if !p.memory.Take(more) {
		return false
	}
	p.taken += more
	return true
}

// readPayload reads r to its end, at most limit bytes. length is what was announced, negative if nothing was. Its errors are
// errTooLarge, errNoMemory or the reader's; the payload is nil then.
func readPayload(r io.Reader, length, limit int64, memory *limits.Budget) (*Payload, error) {
	if length > limit {
		return nil, errTooLarge
	}
	size := int(min(length, trusted))
	if length < 0 {
		size = 4 * smallest
	}
	p := newPayload(size, memory)
	if !p.reserve(size) {
		p.release()
		return nil, errNoMemory
	}
	for {
		if len(p.data) == cap(p.data) && int64(len(p.data)) != length {
			if !p.reserve(2 * cap(p.data)) {
				p.release()
				return nil, errNoMemory
			}
			p.data = append(make([]byte, 0, 2*cap(p.data)), p.data...)
		}
		n, err := r.Read(p.data[len(p.data):cap(p.data)])
		p.data = p.data[:len(p.data)+n]
		switch {
		case int64(len(p.data)) > limit:
			p.release()
			return nil, errTooLarge
		case errors.Is(err, io.EOF):
			return p, nil
		case err != nil:
			p.release()
			return nil, err
		}
	}
}
