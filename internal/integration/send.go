package integration

import (
	"context"
	"fmt"
	"io"
	"net"
	"sync"

	"github.com/gatehouse-gateway/gatehouse/http1"
)

const (
	// inlineBody is the greatest body in bytes that is sent in one write with its head
	// by copying it there.
	inlineBody = 16 << 10
	// sendPiece is how much of a BodyStream is read at once, in bytes.
	sendPiece = 32 << 10
	// keptHead is the greatest buffer that goes back to the pool, in bytes.
	keptHead = 64 << 10
)

var heads = sync.Pool{New: func() any { b := make([]byte, 0, 2<<10); return &b }}

// send writes the whole request.
func (cn *conn) send(ctx context.Context, call *Call) error {
	host := call.HostHeader
	if host == "" {
		host = cn.peer.hostHeader
	}
	p := heads.Get().(*[]byte)
	b, err := http1.AppendRequestHead((*p)[:0], call.Method, call.Target, host, call.Header, call.length())
	switch {
	case err != nil:
	case call.BodyStream != nil:
		b, err = cn.sendStream(ctx, b, call)
	case len(call.Body) <= inlineBody:
		b = append(b, call.Body...)
		_, err = cn.nc.Write(b)
	default:
		cn.pieces = [2][]byte{b, call.Body}
		cn.bufs = net.Buffers(cn.pieces[:])
		_, err = cn.bufs.WriteTo(cn.nc)
		cn.pieces = [2][]byte{}
	}
	if cap(b) <= keptHead {
		*p = b[:0]
		heads.Put(p)
	}
	return err
}

// sendStream writes the head in b with the first piece of the stream, and then the
// rest of it. It returns the buffer, which may have moved. The time that the stream
// takes is its sender's, not the back end's: it does not count against the deadline.
func (cn *conn) sendStream(ctx context.Context, b []byte, call *Call) ([]byte, error) {
	length, sent := call.length(), int64(0)
	piece := make([]byte, sendPiece)
	for {
		before := cn.client.opts.Now()
		n, err := call.BodyStream.Read(piece)
		cn.postpone(ctx, cn.client.opts.Now().Sub(before))
		sent += int64(n)
		if length >= 0 && sent > length {
			return b, fmt.Errorf("%w: longer than %d bytes", ErrBody, length)
		}
		if length == http1.Chunked {
			b = http1.AppendChunk(b, piece[:n])
		} else {
			b = append(b, piece[:n]...)
		}
		if err != nil && err != io.EOF {
			return b, fmt.Errorf("%w: %w", ErrBody, err)
		}
		ended := err == io.EOF || sent == length
		if ended && length == http1.Chunked {
			b = append(b, http1.LastChunk...)
		}
		if ended && sent < length {
			return b, fmt.Errorf("%w: shorter than %d bytes", ErrBody, length)
		}
		if _, err := cn.nc.Write(b); err != nil || ended {
			return b, err
		}
		b = b[:0]
	}
}
