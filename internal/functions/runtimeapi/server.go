package runtimeapi

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/gatehouse-gateway/gatehouse/http1"
	"github.com/gatehouse-gateway/gatehouse/internal/limits"
)

// Options are the bounds of a server.
type Options struct {
	Response   int64          // bytes of an answer
	Stream     int64          // bytes of an answer that goes to a stream
	Head       int            // bytes of a request head, in which a runtime may put a trace of up to a MiB
	Trailer    int            // bytes of trailers
	Memory     *limits.Budget // what payloads share; nil without bound
	Generation uint64         // of the last runtime of another server, before that of the first one here
	Function   Registration   // what extensions are told
	// Admit reports whether a connection comes from a process of the environment; nil: all do. Others are closed.
	Admit func(net.Conn) bool
}

// Registration is what an extension is told of the function when it registers.
type Registration struct {
	FunctionName    string `json:"functionName"`
	FunctionVersion string `json:"functionVersion"`
	Handler         string `json:"handler"`
	AccountID       string `json:"accountId,omitempty"` // to those that ask for it
}

const (
	// maxConns is the number of connections of one runtime. A client has one, or one per request.
	maxConns = 32
	// drainFactor times the limit of an answer is how much of one that is too large is read before the connection is cut.
	drainFactor = 16
)

// ErrBusy means that the runtime is not waiting for an event, or is another one than was meant.
var ErrBusy = errors.New("the runtime is not ready for an event")

// Server is the Runtime API of one environment.
type Server struct {
	listener net.Listener
	addr     string
	observer Observer
	options  Options
	head     http1.Limits
	stopped  chan struct{} // closed when nobody accepts connections any more

	sending sync.Mutex // held while an event is written; taken before mu
	output  []byte     // acceptedReply and the event

	mu        sync.Mutex
	runtime   uint64 // which one: the generation of connections
	state     State
	id        string // of the last event
	stream    Stream // gets its answer, if that is streamed; nil: nobody does
	waiting   *conn  // who gets the next event
	attending *conn  // whom the sender of the last event reads from
	pending   bool   // there is an event that nobody could be given yet
	conns     map[*conn]struct{}
	emptied   chan struct{} // closed when the last connection is gone, if somebody waits for that
	closed    bool
	announced bool // the observer knows that everything waits for events

	extensions []*extension
	registered chan struct{} // closed when all expected extensions have registered; nil: none are
}

// Listen opens the Runtime API on a loopback port of its own. It serves until Close.
func Listen(observer Observer, options Options) (*Server, error) {
	listener, err := (&net.ListenConfig{KeepAlive: -1}).Listen(context.Background(), "tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("Runtime API: %w", err)
	}
	return Serve(listener, observer, options), nil
}

// Serve is the Runtime API at a listener, which it closes in the end.
func Serve(listener net.Listener, observer Observer, options Options) *Server {
	s := &Server{
		runtime: options.Generation, listener: listener, addr: listener.Addr().String(), observer: observer, options: options, stopped: make(chan struct{}), state: Started, conns: map[*conn]struct{}{},
		head: http1.Limits{Head: options.Head, Values: options.Head, Trailer: options.Trailer},
	}
	go s.accept()
	return s
}

// Addr is host:port.
func (s *Server) Addr() string { return s.addr }

// Send hands an event to the runtime of a generation, and reads what the runtime says until the answer came or ctx ends: then the observer has been
// told, or will be. It is called once after each Ready of the observer. If the runtime closed the connection on which it was
// waiting, the event is kept until it asks again. Nothing of e is used afterwards.
func (s *Server) Send(ctx context.Context, generation uint64, e *Event) error {
	c, err := s.send(generation, e)
	if c != nil {
		c.attend(ctx)
	}
	return err
}

// send writes an event. The caller must attend to the connection, if there is one.
func (s *Server) send(generation uint64, e *Event) (*conn, error) {
	s.sending.Lock()
	defer s.sending.Unlock()
	s.mu.Lock()
	if s.runtime != generation || s.state != Ready || s.pending || s.closed {
		s.mu.Unlock()
		return nil, ErrBusy
	}
	s.id, s.stream, s.pending, s.announced = e.RequestID, e.Stream, true, false
	s.output = e.append(append(s.output[:0], acceptedReply...))
	d := s.take()
	if c := d.to; c != nil {
		s.attending = c
		c.parked, c.attended, c.interrupted, c.posted = false, true, false, false
	}
	if len(s.extensions) > 0 {
		s.invokeExtensions(e)
	}
	s.mu.Unlock()
	d.write()
	return d.to, nil
}

// redeliver writes the event that nobody could be given yet. by asked for one, and is not parked.
func (s *Server) redeliver(by *conn) verdict {
	s.sending.Lock()
	defer s.sending.Unlock()
	s.mu.Lock()
	d := s.take()
	if d.to != nil && d.to != by {
		d.to.unpark()
	}
	s.mu.Unlock()
	d.write()
	return again
}

// take gives the pending event to whoever waits for it. The caller holds both locks, and that for sending until it is written.
func (s *Server) take() delivery {
	c := s.waiting
	if c == nil || !s.pending {
		return delivery{}
	}
	s.waiting, s.pending, s.state = nil, false, Running
	d := delivery{to: c, last: c.last, output: s.output}
	if !c.owed {
		d.output = d.output[len(acceptedReply):]
	}
	c.owed = false
	return d
}

// delivery is an event on its way.
type delivery struct {
	to     *conn // nil: nobody waits
	last   bool  // the connection ends with it
	output []byte
}

// write writes the event, in one write with what is owed.
func (d delivery) write() {
	c := d.to
	if c == nil {
		return
	}
	_, err := c.net.Write(d.output)
	s := c.server
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil && !c.over && s.state == Running {
		s.state, s.pending = Ready, true // until the runtime asks again
	}
	if err != nil || d.last {
		c.net.Close()
	}
}

// Reset ends the conversation with a runtime, so that another can begin, and returns the generation of the other one. What the
// observer is told about a former generation, which may still happen, is of no interest.
func (s *Server) Reset() (generation uint64) {
	s.mu.Lock()
	s.reset()
	s.runtime++
	generation = s.runtime
	s.mu.Unlock()
	s.trim()
	return generation
}

func (s *Server) reset() {
	for c := range s.conns {
		if !c.over {
			c.over = true
			close(c.cut)
		}
		c.net.Close()
		c.unpark()
	}
	s.state, s.id, s.stream, s.pending, s.waiting = Started, "", nil, false, nil
	s.announced, s.extensions, s.registered = false, nil, nil
}

// Drain waits until the runtime has no connection any more, at most so long: when its process has ended, what it had sent
// before is then read. Those of external extensions stay.
func (s *Server) Drain(atMost time.Duration) {
	s.mu.Lock()
	if s.drained() {
		s.mu.Unlock()
		return
	}
	if s.emptied == nil {
		s.emptied = make(chan struct{})
	}
	emptied := s.emptied
	if s.waiting != nil { // it finds out when it reads
		s.waiting.unpark()
		s.waiting = nil
	}
	s.mu.Unlock()
	timer := time.NewTimer(atMost)
	defer timer.Stop()
	select {
	case <-emptied:
	case <-timer.C:
	}
}

// drained reports whether the runtime has no connection. The caller holds the lock.
func (s *Server) drained() bool {
	for c := range s.conns {
		if !c.external {
			return false
		}
	}
	return true
}

// Close ends everything and waits for it.
func (s *Server) Close() {
	s.mu.Lock()
	s.closed = true
	s.reset()
	for c := range s.conns {
		c.external = false // they are waited for, too
	}
	s.mu.Unlock()
	s.listener.Close()
	<-s.stopped
	s.Drain(time.Minute) // connections that are closed end at once
}

func (s *Server) accept() {
	defer close(s.stopped)
	for {
		nc, err := s.listener.Accept()
		if err != nil {
			if errors.Is(err, net.ErrClosed) {
				return
			}
			time.Sleep(10 * time.Millisecond) // out of files: somebody will close some
			continue
		}
		if s.options.Admit != nil && !s.options.Admit(nc) {
			nc.Close()
			continue
		}
		c := &conn{server: s, net: nc, reader: http1.NewReader(nc, s.head), wake: make(chan struct{}, 1), cut: make(chan struct{})}
		s.mu.Lock()
		if s.closed || len(s.conns) >= maxConns {
			s.mu.Unlock()
			nc.Close()
			continue
		}
		s.conns[c], c.generation = struct{}{}, s.runtime
		s.mu.Unlock()
		go c.serve()
	}
}

// forget removes a connection.
func (s *Server) forget(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
	if s.waiting == c {
		s.waiting = nil
	}
	if s.emptied != nil && s.drained() {
		close(s.emptied)
		s.emptied = nil
	}
}

// trim gives an unusually large buffer for events back, once the event needs not be sent again.
func (s *Server) trim() {
	if s.sending.TryLock() {
		if cap(s.output) > keptOutput {
			s.output = nil
		}
		s.sending.Unlock()
	}
}
