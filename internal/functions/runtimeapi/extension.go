package runtimeapi

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"slices"
	"time"
)

// MaxExtensions is how many extensions an environment may have. Spec: functions A3.
const MaxExtensions = 10

// extension is one that has registered, or an external one that is to. All of it is guarded by the server's lock.
type extension struct {
	name     string
	id       string // "": it has not registered yet
	external bool   // a process of its own, which is started before the runtime
	invoke   bool   // it gets INVOKE
	shutdown bool   // it gets SHUTDOWN
	state    extensionState
	waiting  *conn  // where it waits for an event
	event    []byte // what it has been given and not been sent yet
	due      *conn  // where that is about to be sent; nil: when it asks
}

// extensionState is where an extension stands. The names appear in refusals, as the public emulator spells them.
type extensionState string

const (
	extensionStarted    extensionState = "Started"    // it has not registered
	extensionRegistered extensionState = "Registered" // it has not asked for an event
	extensionReady      extensionState = "Ready"      // it waits for an event
	extensionRunning    extensionState = "Running"    // it has one
	extensionFailed     extensionState = "ExitError"  // it said that it cannot go on
)

// Subscriptions are what an extension has registered for, for a log.
type Subscriptions struct {
	Name     string
	External bool
	Ready    bool // it has asked for an event
	Invoke   bool
	Shutdown bool
}

// Expect names the external extensions whose processes are started now: Ready is not told before each has registered and asked for
// its first event. Call it after Reset.
func (s *Server) Expect(names []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.registered = make(chan struct{})
	for _, name := range names {
		s.extensions = append(s.extensions, &extension{name: name, external: true, state: extensionStarted})
	}
	s.checkRegistered()
}

// Registered is closed when all expected extensions have registered. Call it after Expect.
func (s *Server) Registered() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.registered
}

// checkRegistered closes registered if nobody is missing. The caller holds the lock.
func (s *Server) checkRegistered() {
	if s.registered == nil || slices.ContainsFunc(s.extensions, func(x *extension) bool { return x.state == extensionStarted }) {
		return
	}
	select {
	case <-s.registered:
	default:
		close(s.registered)
	}
}

// Extensions says which extensions there are.
func (s *Server) Extensions() []Subscriptions {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []Subscriptions
	for _, x := range s.extensions {
		ready := x.state == extensionReady || x.state == extensionRunning
		all = append(all, Subscriptions{Name: x.name, External: x.external, Ready: ready, Invoke: x.invoke, Shutdown: x.shutdown})
	}
	return all
}

// settle reports that the runtime and all extensions wait for events, once. Whoever hears it tells the observer. The caller holds the
// lock.
func (s *Server) settle() bool {
	if s.announced || s.state != Ready || s.pending {
		return false
	}
	for _, x := range s.extensions {
		if x.state != extensionReady {
			return false
		}
	}
	s.announced = true
	return true
}

// announce tells the observer that everything waits for events.
func (s *Server) announce(generation uint64) {
	s.trim()
	s.observer.Ready(generation)
}

// invokeExtensions hands INVOKE to those that asked for it. The caller holds the lock.
func (s *Server) invokeExtensions(e *Event) {
	var body []byte
	for _, x := range s.extensions {
		if !x.invoke || x.state != extensionReady {
			continue
		}
		if body == nil {
			body = e.invokeBody()
		}
		x.give(body)
	}
}

// invokeBody is INVOKE. Spec: functions A3.
func (e *Event) invokeBody() []byte {
	type tracing struct {
		Type  string `json:"type"`
		Value string `json:"value"`
	}
	body, err := json.Marshal(struct {
		EventType  string  `json:"eventType"`
		DeadlineMs int64   `json:"deadlineMs"`
		RequestID  string  `json:"requestId"`
		ARN        string  `json:"invokedFunctionArn"`
		Tracing    tracing `json:"tracing"`
	}{"INVOKE", e.Deadline.UnixMilli(), e.RequestID, e.InvokedARN, tracing{"X-Amzn-Trace-Id", e.TraceID}})
	if err != nil {
		return nil // it consists of strings and numbers
	}
	return body
}

// Shutdown reasons. Spec: functions A3.
const (
	Spindown        = "SPINDOWN"
	ShutdownTimeout = "TIMEOUT"
	ShutdownFailure = "FAILURE"
)

// Shutdown hands SHUTDOWN to the extensions that asked for it, when they ask for their next event, and names them.
func (s *Server) Shutdown(reason string, deadline time.Time) (names []string) {
	body, err := json.Marshal(struct {
		EventType  string `json:"eventType"`
		Reason     string `json:"shutdownReason"`
		DeadlineMs int64  `json:"deadlineMs"`
	}{"SHUTDOWN", reason, deadline.UnixMilli()})
	if err != nil {
		return nil // it consists of strings and numbers
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, x := range s.extensions {
		if x.shutdown && (x.state == extensionReady || x.state == extensionRunning) {
			x.give(body)
			names = append(names, x.name)
		}
	}
	return names
}

// give gives x an event. Its connection's goroutine writes it. The caller holds the lock.
func (x *extension) give(body []byte) {
	x.event, x.state, x.due = body, extensionRunning, x.waiting
	if c := x.waiting; c != nil {
		x.waiting = nil
		c.unpark()
	}
}

// take takes what x has been given. The caller holds the lock.
func (x *extension) take() []byte {
	event := x.event
	x.event, x.due = nil, nil
	return event
}

// Begin stands in for the runtime of an environment that has none which asks for events: an invocation begins, of which the
// extensions hear. Done ends it, or the initialisation: the observer is told when they are ready, too.
func (s *Server) Begin(generation uint64, e *Event) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.runtime != generation || s.state != Ready || s.closed {
		return ErrBusy
	}
	s.state, s.announced = Running, false
	s.invokeExtensions(e)
	return nil
}

// Done says that the runtime for which Begin stands is ready.
func (s *Server) Done(generation uint64) {
	s.mu.Lock()
	if s.runtime != generation || s.closed {
		s.mu.Unlock()
		return
	}
	s.state = Ready
	ready := s.settle()
	s.mu.Unlock()
	if ready {
		s.announce(generation)
	}
}

// find returns the extension of an identifier, or nil. The caller holds the lock.
func (s *Server) find(id string) *extension {
	for _, x := range s.extensions {
		if x.id == id {
			return x
		}
	}
	return nil
}

// newIdentifier makes a UUID.
func newIdentifier() string {
	var b [16]byte
	rand.Read(b[:]) //nolint:errcheck // it cannot fail
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	text := hex.EncodeToString(b[:])
	return text[:8] + "-" + text[8:12] + "-" + text[12:16] + "-" + text[16:20] + "-" + text[20:]
}

// isIdentifier reports whether text has the form of a UUID.
func isIdentifier(text string) bool {
	if len(text) != 36 {
		return false
	}
	for i, c := range []byte(text) {
		switch i {
		case 8, 13, 18, 23:
			if c != '-' {
				return false
			}
		default:
			if (c < '0' || c > '9') && (c < 'a' || c > 'f') && (c < 'A' || c > 'F') {
				return false
			}
		}
	}
	return true
}
