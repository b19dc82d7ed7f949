//go:build unix

package integration

import (
	"net"
	"syscall"
)

// peeker asks the kernel whether a kept connection has something to read: an end, a
// reset, or bytes that nobody asked for. Its closure is made once per connection.
type peeker struct {
	raw   syscall.RawConn
	ask   func(fd uintptr)
	quiet bool
	b     [1]byte
}

// watch prepares p for nc. Connections without a file descriptor are not watched.
func (p *peeker) watch(nc net.Conn) {
	if secure, ok := nc.(interface{ NetConn() net.Conn }); ok {
		nc = secure.NetConn()
	}
	sc, ok := nc.(syscall.Conn)
	if !ok {
		return
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return
	}
	p.raw = raw
	p.ask = func(fd uintptr) {
		_, _, err := syscall.Recvfrom(int(fd), p.b[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		p.quiet = err == syscall.EAGAIN || err == syscall.EWOULDBLOCK
	}
}

// isQuiet reports whether there is nothing to read.
func (p *peeker) isQuiet() bool {
	if p.raw == nil {
		return true
	}
	p.quiet = false
	return p.raw.Control(p.ask) == nil && p.quiet
}
