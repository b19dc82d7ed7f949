package integration

import (
	"io"
	"math/bits"
	"sync"
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

// readBody reads r to its end into a pooled buffer, at most limit bytes. length is
// what was announced, negative if nothing was.
func readBody(r io.Reader, length, limit int64) (*[]byte, error) {
	if length > limit {
		return nil, tooLong(limit)
	}
	size := min(max(length, 0), trusted)
	if length < 0 {
		size = 4 * smallestBody
	}
	p := getBody(int(size))
	for {
		b := *p
		if len(b) == cap(b) && int64(len(b)) != length {
			p = grow(p)
			b = *p
		}
		n, err := r.Read(b[len(b):cap(b)])
		*p = b[:len(b)+n]
		if int64(len(*p)) > limit {
			err = tooLong(limit)
		}
		if err == io.EOF {
			return p, nil
		}
		if err != nil {
			putBody(p)
			return nil, err
		}
	}
}

// grow returns a buffer of twice the size with the same content.
func grow(p *[]byte) *[]byte {
	bigger := getBody(2 * cap(*p))
	*bigger = append(*bigger, *p...)
	putBody(p)
	return bigger
}
