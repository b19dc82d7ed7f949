package runtimeapi

import (
	"context"
	"time"
)

// Whoever sends an event reads the answer himself, and what the runtime has sent behind it, mostly the request for the next event:
// so an invocation wakes no goroutine but its own. He hands the connection over to its own goroutine when he has his answer and
// nothing else is there, when the answer comes through another connection, and when his context ends.

// attend reads requests until the answer came and nothing is left to read.
func (c *conn) attend(ctx context.Context) {
	if ctx.Done() != nil {
		stop := context.AfterFunc(ctx, c.interrupt) // late, it costs whoever attends then no more than a hand-over
		defer stop()
	}
	for c.reader.Buffered() > 0 || !c.posted && c.listen() {
		switch c.handle() {
		case parked:
			return
		case ended:
			c.last = true
		case again:
		}
		if c.last {
			c.net.Close()
			break
		}
	}
	c.handOver()
}

// listen waits for a request. It returns false when it was interrupted. A connection that has ended is news, too.
func (c *conn) listen() bool {
	s := c.server
	s.mu.Lock()
	if c.interrupted {
		s.mu.Unlock()
		return false
	}
	c.listening = true
	s.mu.Unlock()
	err := c.reader.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	c.listening = false
	if !c.interrupted {
		return true
	}
	c.net.SetReadDeadline(time.Time{})
	return err == nil
}

// interrupt ends the wait of whoever attends to the connection.
func (c *conn) interrupt() {
	s := c.server
	s.mu.Lock()
	defer s.mu.Unlock()
	if !c.attended {
		return
	}
	c.interrupted = true
	if c.listening {
		c.net.SetReadDeadline(time.Unix(1, 0))
	}
}

// ignore says that nobody attends to the connection any more. The caller holds the lock.
func (c *conn) ignore() {
	c.attended = false
	if c.server.attending == c {
		c.server.attending = nil
	}
}

// handOver has the connection's goroutine read from now on.
func (c *conn) handOver() {
	c.server.mu.Lock()
	c.ignore()
	c.server.mu.Unlock()
	c.wake <- struct{}{}
}
