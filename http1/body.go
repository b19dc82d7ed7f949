package http1

import (
	"errors"
	"io"
)

// Body reads the body of one message. It never reads past its end. The zero value
// is an empty body. A Body is not safe for concurrent use.
type Body struct {
	r     *Reader
	mode  bodyMode
	left  int64 // bytes left of the body or, in chunks, of the current chunk
	begun bool  // in chunks: the first chunk was begun
	ext   int   // bytes of chunk extensions so far
	err   error // once set, the answer to each Read

	trailer *Header // where trailer fields go; nil: they are dropped
}

type bodyMode uint8

const (
	modeFixed bodyMode = iota
	modeChunked
	modeUntilClose
)

// Body starts reading the body of the message whose head was read last; length is
// its ContentLength. b may be one that was used before.
func (r *Reader) Body(b *Body, length int64) {
	*b = Body{r: r, left: length}
	switch length {
	case Chunked:
		b.mode, b.left = modeChunked, 0
	case UntilClose:
		b.mode = modeUntilClose
	case 0:
		b.err = io.EOF
	}
}

// KeepTrailer has the fields after the last chunk appended to h, where they are once Read has returned io.EOF. Without it they
// are dropped, as most receivers should: they come too late for what they might say. It is called before the first Read.
func (b *Body) KeepTrailer(h *Header) { b.trailer = h }

// Done reports whether the body was read to its end, so that the next message can
// be read.
func (b *Body) Done() bool { return errors.Is(b.err, io.EOF) || b.r == nil }

// Remaining returns the number of bytes still to come, -1 if that is unknown.
func (b *Body) Remaining() int64 {
	if b.Done() {
		return 0
	}
	if b.mode == modeFixed {
		return b.left
	}
	return -1
}

// Read reads body bytes. At the end of the body its error is io.EOF, possibly with
// the last bytes. A connection that ends early gives io.ErrUnexpectedEOF, malformed
// chunks an *Error. Every error is final, those of the source included: the next
// Read returns it again.
func (b *Body) Read(p []byte) (n int, err error) {
	if b.r == nil {
		return 0, io.EOF
	}
	if b.err != nil || len(p) == 0 {
		return 0, b.err
	}
	if b.mode == modeChunked {
		n, err = b.readChunks(p)
	} else {
		n, err = b.readPlain(p)
	}
	b.err = err
	return n, err
}

// readPlain reads a body of known length, or until the connection ends.
func (b *Body) readPlain(p []byte) (int, error) {
	if b.mode == modeUntilClose {
		return b.r.read(p)
	}
	if int64(len(p)) > b.left {
		p = p[:b.left]
	}
	n, err := b.r.read(p)
	if b.left -= int64(n); b.left == 0 {
		return n, io.EOF
	}
	return n, unexpected(err)
}

// readChunks reads the data of one chunk or of several, but does not wait for
// another one when it has data: a stream should flow.
func (b *Body) readChunks(p []byte) (n int, err error) {
	for n < len(p) {
		if b.left == 0 {
			if n > 0 && !b.r.chunkBuffered() {
				return n, nil
			}
			if err := b.nextChunk(); err != nil {
				return n, err
			}
		}
		if n > 0 && b.r.Buffered() == 0 {
			return n, nil
		}
		m, err := b.r.read(p[n:min(int64(len(p)), int64(n)+b.left)])
		n += m
		b.left -= int64(m)
		if err != nil {
			return n, unexpected(err)
		}
	}
	return n, nil
}

// read reads from the buffer or, when it is empty, from the connection, without a
// copy if p is large.
func (r *Reader) read(p []byte) (int, error) {
	if r.r == r.w {
		if len(p) >= initialBuffer {
			return r.src.Read(p)
		}
		if err := r.fill(); err != nil {
			return 0, err
		}
	}
	n := copy(p, r.buf[r.r:r.w])
	r.r += n
	return n, nil
}
