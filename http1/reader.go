package http1

import (
	"bytes"
	"errors"
	"io"
	"sync"
)

// Reader reads the messages of one connection. It buffers: what is behind a message
// belongs to the next one. It is not safe for concurrent use.
type Reader struct {
	src    io.Reader
	limits Limits

	buf  []byte // buf[r:w] is read and not yet consumed
	r, w int
	line int // while scanning a head: where its current line begins
	scan int // and how far it was searched for a line end
}

// NewReader returns a Reader of src. It holds a buffer of 4 KiB, and more (up to
// limits.Head and a target) only while a greater head is in it.
func NewReader(src io.Reader, limits Limits) *Reader {
	return &Reader{src: src, limits: limits.WithDefaults(), buf: make([]byte, initialBuffer)}
}

// Buffered returns the number of bytes that were read from the connection and not
// yet consumed.
func (r *Reader) Buffered() int { return r.w - r.r }

// Wait blocks until at least one byte of the next message is there. At the end of
// the connection its error is io.EOF.
func (r *Reader) Wait() error {
	if r.r < r.w {
		return nil
	}
	r.shrink()
	return r.fill()
}

// fill reads once from the connection into the free part of the buffer, making room
// for at least one byte. It returns nil only if bytes were read.
func (r *Reader) fill() error {
	if r.r == r.w {
		r.r, r.w, r.line, r.scan = 0, 0, 0, 0
	}
	if r.w == len(r.buf) {
		r.makeRoom()
	}
	for range 100 { // a source that returns nothing a hundred times is broken
		n, err := r.src.Read(r.buf[r.w:])
		if n > 0 {
			r.w += n
			return nil // an error comes again with the next read
		}
		if err != nil {
			return err
		}
	}
	return io.ErrNoProgress
}

// makeRoom moves the pending bytes to the front of the buffer, or takes a larger one.
func (r *Reader) makeRoom() {
	old := r.buf
	if r.r == 0 {
		r.buf = takeBuffer(2 * len(r.buf))
	}
	copy(r.buf, old[r.r:r.w])
	r.line, r.scan = max(r.line-r.r, 0), max(r.scan-r.r, 0)
	r.w -= r.r
	r.r = 0
	if len(old) != len(r.buf) {
		giveBuffer(old)
	}
}

// shrink gives a grown buffer back when nothing is in it.
func (r *Reader) shrink() {
	if len(r.buf) > initialBuffer && r.r == r.w {
		giveBuffer(r.buf)
		r.buf = make([]byte, initialBuffer)
		r.r, r.w, r.line, r.scan = 0, 0, 0, 0
	}
}

// grown holds buffers of the second size, the only ones that are common.
var grown = sync.Pool{New: func() any { return new([2 * initialBuffer]byte) }}

func takeBuffer(size int) []byte {
	if size == 2*initialBuffer {
		return grown.Get().(*[2 * initialBuffer]byte)[:]
	}
	return make([]byte, size)
}

func giveBuffer(b []byte) {
	if len(b) == 2*initialBuffer {
		grown.Put((*[2 * initialBuffer]byte)(b))
	}
}

// readHead reads until a whole head is buffered, consumes it and returns it as one
// string, from the first line to the empty one. tooLong is the error for a first
// line above maxLine bytes.
func (r *Reader) readHead(maxLine int, tooLong *Error) (string, error) {
	if err := r.skipEmptyLine(); err != nil {
		return "", err
	}
	r.line, r.scan = r.r, r.r
	for {
		n, err := r.scanHead(maxLine, tooLong)
		if err != nil {
			return "", err
		}
		if n > 0 {
			head := string(r.buf[r.r : r.r+n])
			r.r += n
			return head, nil
		}
		if err := r.fill(); err != nil {
			return "", unexpected(err)
		}
	}
}

// skipEmptyLine consumes one CRLF before a message, which a robust server ignores
// (RFC 9112 2.2), and looks at the first byte after it.
func (r *Reader) skipEmptyLine() error {
	if err := r.Wait(); err != nil {
		return err
	}
	if r.buf[r.r] == '\r' {
		for r.w-r.r < 2 {
			if err := r.fill(); err != nil {
				return unexpected(err)
			}
		}
		if r.buf[r.r+1] != '\n' {
			return errFirstByte
		}
		r.r += 2
		if err := r.Wait(); err != nil {
			return err
		}
	}
	if class[r.buf[r.r]]&classToken == 0 {
		return errFirstByte
	}
	return nil
}

// scanHead looks for the end of the head in the buffer and returns its size, or 0 if
// more must be read. Line ends are checked here, so that a head that can't be valid
// is refused without waiting for its end.
func (r *Reader) scanHead(maxLine int, tooLong *Error) (int, error) {
	for {
		i := bytes.IndexByte(r.buf[r.scan:r.w], '\n')
		if i < 0 {
			r.scan = r.w
			if r.line == r.r && r.w-r.r > maxLine {
				return 0, tooLong
			}
			if r.w-r.r > r.limits.Head {
				return 0, ErrHeadTooLarge
			}
			return 0, nil
		}
		end := r.scan + i
		if end == r.line || r.buf[end-1] != '\r' {
			return 0, errBareLF
		}
		if r.line == r.r && end-r.r > maxLine {
			return 0, tooLong
		}
		if end+1-r.r > r.limits.Head {
			return 0, ErrHeadTooLarge
		}
		empty := end-1 == r.line
		r.line, r.scan = end+1, end+1
		if empty {
			return end + 1 - r.r, nil
		}
	}
}

// readLine reads one line of at most limit bytes and returns it without its CRLF.
// The bytes are valid until the next read. full is the error for a longer line.
func (r *Reader) readLine(limit int, full *Error) ([]byte, error) {
	searched := 0
	for {
		if i := bytes.IndexByte(r.buf[r.r+searched:r.w], '\n'); i >= 0 {
			n := searched + i
			if n == 0 || r.buf[r.r+n-1] != '\r' {
				return nil, errBareLF
			}
			if n-1 > limit {
				return nil, full
			}
			line := r.buf[r.r : r.r+n-1]
			r.r += n + 1
			return line, nil
		}
		if searched = r.w - r.r; searched > limit+1 {
			return nil, full
		}
		if err := r.fill(); err != nil {
			return nil, unexpected(err)
		}
	}
}

// unexpected turns an end of the connection inside a message into the error for it.
func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
