package runtimeapi

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/http1"
)

// The paths of the Extensions API. Spec: functions A3.
const (
	pathExtension          = "/2020-01-01/extension/"
	pathExtensionRegister  = pathExtension + "register"
	pathExtensionNext      = pathExtension + "event/next"
	pathExtensionInitError = pathExtension + "init/error"
	pathExtensionExitError = pathExtension + "exit/error"
)

// Names of header fields.
const (
	fieldExtensionName    = "Lambda-Extension-Name"
	fieldExtensionID      = "Lambda-Extension-Identifier"
	fieldExtensionError   = "Lambda-Extension-Function-Error-Type"
	fieldExtensionFeature = "Lambda-Extension-Accept-Feature"
)

// maxRegistration is the largest body of a registration in bytes: its events have seventeen letters.
const maxRegistration = 4 << 10

var (
	noExtensionName    = rejection{403, "Extension.InvalidExtensionName", "Empty extension name"}
	registrationClosed = rejection{403, "Extension.RegistrationClosed", "Extension registration closed already"}
	tooManyExtensions  = rejection{403, "Extension.TooManyExtensions", fmt.Sprintf("Extension limit (%d) reached", MaxExtensions)}
	missingExtensionID = rejection{403, "Extension.MissingExtensionIdentifier", "Missing " + fieldExtensionID + " header"}
	badExtensionID     = rejection{403, "Extension.InvalidExtensionIdentifier", "Invalid " + fieldExtensionID}
	unknownExtension   = rejection{403, "Extension.UnknownExtensionIdentifier", "Unknown extension"}
	noExtensionError   = rejection{403, "Extension.MissingHeader", fieldExtensionError + " not found"}
	noInternalShutdown = rejection{403, "Extension.InvalidEventType", "No events allowed for internal extensions"}
)

func notAllowedForExtension(x *extension, to string) rejection {
	return rejection{403, "Extension.InvalidExtensionState",
		fmt.Sprintf("State transition from %s to %s failed for extension %s. Error: State transition is not allowed", x.state, to, x.name)}
}

// routeExtension answers a request of the Extensions API.
func (c *conn) routeExtension(target string) verdict {
	switch target {
	case pathExtensionRegister:
		if c.allows("POST") {
			c.register()
		}
	case pathExtensionNext:
		if c.allows("GET") {
			return c.extensionNext()
		}
	case pathExtensionInitError:
		if c.allows("POST") {
			c.extensionError(extensionRegistered, ExtensionInitError)
		}
	case pathExtensionExitError:
		if c.allows("POST") {
			c.extensionError("", ExtensionExitError)
		}
	default:
		c.reject(notFound)
	}
	return again
}

// subscription is the body of a registration, read.
type subscription struct{ invoke, shutdown bool }

// parseSubscription reads {"events":["INVOKE","SHUTDOWN"]}. A refusal with a status says what is wrong.
func parseSubscription(body []byte) (s subscription, refusal rejection) {
	var in struct {
		Events []string `json:"events"`
	}
	if err := json.Unmarshal(body, &in); err != nil {
		return s, rejection{403, "InvalidRequestFormat", "The body of a registration cannot be read: " + err.Error()}
	}
	for _, event := range in.Events {
		switch event {
		case "INVOKE":
			s.invoke = true
		case "SHUTDOWN":
			s.shutdown = true
		default:
			return s, rejection{403, "Extension.InvalidEventType", "Invalid event type: " + event}
		}
	}
	return s, rejection{}
}

// register takes an extension in: an expected one, or else one in the runtime's process.
func (c *conn) register() {
	name := c.head.Header.Get(fieldExtensionName)
	accountID := strings.Contains(c.head.Header.Get(fieldExtensionFeature), "accountId")
	body, ok := c.smallBody()
	if !ok {
		return
	}
	events, refusal := parseSubscription(body)
	if name == "" {
		refusal = noExtensionName
	}
	if refusal.status != 0 {
		c.refuse(refusal)
		return
	}
	x, refusal := c.server.register(c, name, events)
	if refusal.status != 0 {
		c.refuse(refusal)
		return
	}
	about := c.server.options.Function
	if !accountID {
		about.AccountID = ""
	}
	text, err := json.Marshal(about)
	if err != nil {
		return // it consists of strings
	}
	c.answer(200, "application/json", string(text), fieldExtensionID, x)
}

// register registers an extension and returns its identifier.
func (s *Server) register(c *conn, name string, events subscription) (id string, refusal rejection) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.over {
		return "", registrationClosed
	}
	var x *extension
	for _, known := range s.extensions {
		if known.name == name {
			x = known
		}
	}
	switch {
	case x != nil && x.state != extensionStarted:
		return "", notAllowedForExtension(x, string(extensionRegistered))
	case s.state != Started:
		return "", registrationClosed
	case x == nil && len(s.extensions) >= MaxExtensions:
		return "", tooManyExtensions
	case x == nil && events.shutdown:
		return "", noInternalShutdown
	case x == nil:
		x = &extension{name: name}
		s.extensions = append(s.extensions, x)
	}
	x.id, x.state, x.invoke, x.shutdown = newIdentifier(), extensionRegistered, events.invoke, events.shutdown
	c.external = x.external
	s.checkRegistered()
	return x.id, rejection{}
}

// known finds the extension that a request comes from. The caller holds the lock.
func (c *conn) known() (*extension, rejection) {
	id, there := c.head.Header.Lookup(fieldExtensionID)
	switch {
	case !there || id == "":
		return nil, missingExtensionID
	case !isIdentifier(id):
		return nil, badExtensionID
	}
	x := c.server.find(id)
	if x == nil {
		return nil, unknownExtension
	}
	return x, rejection{}
}

// extensionNext waits for an event. The extension that asks is ready.
func (c *conn) extensionNext() verdict {
	if !c.skipBody() {
		return ended
	}
	if c.owed { // nobody knows when the event comes
		c.owed = false
		c.write(acceptedBytes)
	}
	s := c.server
	s.mu.Lock()
	if c.over {
		s.mu.Unlock()
		return ended
	}
	x, refusal := c.known()
	if x != nil && x.state == extensionFailed {
		refusal = notAllowedForExtension(x, string(extensionReady))
	}
	if refusal.status != 0 {
		s.mu.Unlock()
		c.refuse(refusal)
		return again
	}
	c.external = x.external
	if x.waiting != nil {
		x.waiting.unpark() // whoever asked before gets no answer any more
		x.waiting = nil
	}
	if event := x.take(); event != nil {
		s.mu.Unlock()
		c.writeEvent(x, event)
		return again
	}
	x.state, x.waiting, c.asks, c.parked = extensionReady, c, x, true
	c.ignore()
	ready, generation := s.settle(), c.generation
	s.mu.Unlock()
	if ready {
		s.announce(generation)
	}
	return parked
}

// unparked gives the extension that asked through this connection its event, if it is there. Its goroutine calls it.
func (c *conn) unparked() {
	x := c.asks
	if x == nil {
		return
	}
	c.asks = nil
	s := c.server
	s.mu.Lock()
	var event []byte
	if !c.over && x.due == c {
		event = x.take()
	}
	s.mu.Unlock()
	if event != nil {
		c.writeEvent(x, event)
	}
}

// writeEvent answers a request for an event. An extension that cannot be reached gets it when it asks again.
func (c *conn) writeEvent(x *extension, event []byte) {
	if c.answer(200, "application/json", string(event), "Lambda-Extension-Event-Identifier", newIdentifier()) {
		return
	}
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	if x.event == nil {
		x.event = event
	}
}

// extensionError takes the reason why an extension cannot go on; from is the only state in which it may say so, "" is any.
func (c *conn) extensionError(from extensionState, kind string) {
	if !c.skipBody() {
		return
	}
	s := c.server
	reason := c.head.Header.Get(fieldExtensionError)
	s.mu.Lock()
	x, refusal := c.known()
	switch {
	case refusal.status != 0:
	case reason == "":
		refusal = noExtensionError
	case x.state == extensionFailed || from != "" && x.state != from:
		refusal = notAllowedForExtension(x, strings.TrimPrefix(kind, "Extension."))
	}
	if refusal.status != 0 {
		s.mu.Unlock()
		c.refuse(refusal)
		return
	}
	x.state = extensionFailed
	over, generation := c.over, c.generation
	s.mu.Unlock()
	c.accepted()
	if !over {
		s.observer.ExtensionFailed(generation, ExtensionFailure{Name: x.name, Kind: kind, Reason: reason})
	}
}

// smallBody reads a body of a few bytes. false means that the request was answered, or cannot be.
func (c *conn) smallBody() (body []byte, ok bool) {
	if c.head.Expect == http1.ExpectContinue && !c.proceed() {
		return nil, false
	}
	body, err := io.ReadAll(io.LimitReader(&c.body, maxRegistration+1))
	switch {
	case err != nil:
		c.last = true
		c.refuse(truncated)
		return nil, false
	case len(body) > maxRegistration:
		c.reject(tooLarge(maxRegistration))
		return nil, false
	}
	return body, true
}
