package front

import (
	"io"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/gatehouse-gateway/gatehouse/http1"
)

const (
	// inlineBody is the greatest body in bytes that is copied behind its head to be
	// written with it; greater ones are written from where they are.
	inlineBody = 16 << 10
	// writePiece is what must be written within one write timeout, in bytes: 256 KiB
	// in 30 s is a line of 70 kbit/s.
	writePiece = 256 << 10
	// streamPiece is the greatest chunk of a stream in bytes.
	streamPiece = 32 << 10
	// chunkRoom is the room before a chunk's data for its size line, and chunkTail
	// that behind it.
	chunkRoom, chunkTail = 18, 2
	// keptBuffer is the greatest buffer that goes back to the pool, in bytes.
	keptBuffer = 64 << 10
)

var buffers = sync.Pool{New: func() any { b := make([]byte, 0, 2<<10); return &b }}

func putBuffer(p *[]byte, b []byte) {
	if cap(b) <= keptBuffer {
		*p = b[:0]
		buffers.Put(p)
	}
}

// answer writes the response and settles the rest of the request. It returns the
// time of the answer and whether another request can follow.
func (c *conn) answer() (now time.Time, again bool) {
	r := &c.x.Response
	now = c.opts.Now()
	keep := c.head.KeepAlive && !r.Close && !c.v.draining.Load() && c.body.drainable()
	p := buffers.Get().(*[]byte)
	head, length, err := c.appendHead((*p)[:0], now, &keep)
	invalid := err
	if invalid != nil {
		r.Plain(500)
		keep = false
		head, length, err = c.appendHead((*p)[:0], now, &keep)
	}
	var written int64
	if err == nil {
		written, head, err = c.write(head, length, now)
	}
	putBuffer(p, head)
	if r.Stream != nil {
		r.Stream.Close()
	}
	if invalid != nil {
		written, err = 0, ErrInvalidResponse
	}
	c.finish(written, err)
	if err != nil || !keep {
		c.linger = c.linger || err == nil && !c.body.b.Done()
		return now, false
	}
	c.linger = !c.body.drain()
	return now, !c.linger
}

// finish tells the handler how it went and forgets the exchange.
func (c *conn) finish(written int64, err error) {
	if done := c.x.Response.Done; done != nil {
		done(written, err)
	}
	c.x.Response.reset()
	clear(c.head.Header)
}

// appendHead appends the head of the response and returns the length of the body
// that follows: http1.Chunked, http1.UntilClose, or a number of bytes.
func (c *conn) appendHead(dst []byte, now time.Time, keep *bool) (head []byte, length int64, err error) {
	r := &c.x.Response
	if r.Status < 200 {
		return dst, 0, ErrInvalidResponse
	}
	announced, length := r.lengths(c.head.Method)
	if length == http1.Chunked && c.head.Proto == "HTTP/1.0" {
		announced, length = http1.UntilClose, http1.UntilClose
		*keep = false
	}
	if dst, err = http1.AppendStatus(dst, r.Status); err != nil {
		return dst, 0, err
	}
	if dst, err = http1.AppendFields(dst, r.Header); err != nil {
		return dst, 0, err
	}
	dst = c.v.dates.append(dst, now)
	dst = http1.AppendFraming(dst, announced)
	if *keep {
		return append(dst, "Connection: keep-alive\r\n\r\n"...), length, nil
	}
	return append(dst, "Connection: close\r\n\r\n"...), length, nil
}

// lengths returns the length to announce and that of the body to write. They differ
// where there is no body: after HEAD, with 204 and 304.
func (r *Response) lengths(method string) (announced, length int64) {
	length = int64(len(r.Body))
	switch {
	case r.Stream != nil:
		length = max(r.StreamLength, http1.Chunked)
	case method == "HEAD" && len(r.Body) == 0:
		length = max(r.StreamLength, http1.Chunked)
	}
	announced = length
	if http1.BodyAllowed(method, r.Status) {
		return announced, length
	}
	if method != "HEAD" || r.Status == 204 || r.Status == 304 || announced == http1.Chunked {
		announced = http1.UntilClose // which announces nothing
	}
	return announced, 0
}

// write writes head and body, and returns the number of body bytes written and the
// buffer of head, which may have moved.
func (c *conn) write(head []byte, length int64, now time.Time) (int64, []byte, error) {
	c.armWrite(now)
	r := &c.x.Response
	switch {
	case length == 0:
		_, err := c.nc.Write(head)
		return 0, head, err
	case r.Stream != nil:
		if _, err := c.nc.Write(head); err != nil {
			return 0, head, err
		}
		return c.writeStream(head, length)
	case len(r.Body) <= inlineBody:
		front := len(head)
		head = append(head, r.Body...)
		n, err := c.nc.Write(head)
		return int64(max(n-front, 0)), head, err
	}
	n, err := c.writeLarge(head, r.Body)
	return n, head, err
}

// writeLarge writes head with the first piece of body, then the other pieces, each
// in time.
func (c *conn) writeLarge(head, body []byte) (int64, error) {
	piece := min(len(body), writePiece)
	c.pieces = [2][]byte{head, body[:piece]}
	c.bufs = net.Buffers(c.pieces[:])
	n, err := c.bufs.WriteTo(c.nc)
	c.pieces = [2][]byte{}
	written := max(n-int64(len(head)), 0)
	for err == nil && written < int64(len(body)) {
		c.armWrite(c.opts.Now())
		var m int
		m, err = c.nc.Write(body[written:min(int64(len(body)), written+writePiece)])
		written += int64(m)
	}
	return written, err
}

// writeStream copies the stream, each Read as one write. An error leaves the body
// unfinished, which the client notices when the connection closes.
func (c *conn) writeStream(buf []byte, length int64) (written int64, _ []byte, err error) {
	buf = slices.Grow(buf[:0], chunkRoom+streamPiece+chunkTail)
	room := buf[:chunkRoom+streamPiece+chunkTail]
	for {
		n, err := c.x.Response.Stream.Read(room[chunkRoom : chunkRoom+streamPiece])
		if length >= 0 && written+int64(n) > length {
			return written, buf, ErrStreamLength
		}
		if n > 0 {
			m, werr := c.writePart(room, n, length == http1.Chunked)
			if written += int64(m); werr != nil {
				return written, buf, werr
			}
		}
		if err == io.EOF {
			return written, buf, c.endStream(written, length)
		}
		if err != nil {
			return written, buf, err
		}
	}
}

// writePart writes the n bytes after chunkRoom in room, as a chunk or as they are,
// and returns how many of them were written.
func (c *conn) writePart(room []byte, n int, chunked bool) (int, error) {
	c.armWrite(c.opts.Now())
	if !chunked {
		return c.nc.Write(room[chunkRoom : chunkRoom+n])
	}
	var line [chunkRoom]byte
	size := http1.AppendChunkSize(line[:0], n)
	start := chunkRoom - len(size)
	copy(room[start:], size)
	copy(room[chunkRoom+n:], "\r\n")
	m, err := c.nc.Write(room[start : chunkRoom+n+chunkTail])
	return min(max(m-len(size), 0), n), err
}

// endStream ends a streamed body.
func (c *conn) endStream(written, length int64) error {
	if length >= 0 && written != length {
		return ErrStreamLength
	}
	if length == http1.Chunked {
		_, err := io.WriteString(c.nc, http1.LastChunk)
		return err
	}
	return nil
}
