package runtimeapi_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/functions/runtimeapi"
)

var about = runtimeapi.Registration{FunctionName: "hello", FunctionVersion: "$LATEST", Handler: "a.b", AccountID: "111111111111"}

// extension is one that speaks with a server.
type extension struct {
	*client
	id string
}

// tell is a request of an extension.
func tell(path, body string, fields ...string) string {
	return fmt.Sprintf("POST /2020-01-01/extension/%s HTTP/1.1\r\nHost: x\r\n%sContent-Length: %d\r\n\r\n%s", path, lines(fields), len(body), body)
}

func lines(fields []string) string {
	if len(fields) == 0 {
		return ""
	}
	return strings.Join(fields, "\r\n") + "\r\n"
}

// answer reads one answer with its header.
func (c *client) answer() (*http.Response, string) {
	c.t.Helper()
	res, err := http.ReadResponse(c.r, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return res, string(body)
}

// register registers an extension by its own connection.
func register(t *testing.T, s *runtimeapi.Server, name, events string) *extension {
	t.Helper()
	c := dial(t, s)
	res, body := c.send(tell("register", `{"events":[`+events+`]}`, "Lambda-Extension-Name: "+name)).answer()
	id := res.Header.Get("Lambda-Extension-Identifier")
	if res.StatusCode != 200 || len(id) != 36 || body != `{"functionName":"hello","functionVersion":"$LATEST","handler":"a.b"}` {
		t.Fatalf("got %d %s %s", res.StatusCode, body, id)
	}
	return &extension{c, id}
}

func (x *extension) ask() *extension {
	x.t.Helper()
	x.send("GET /2020-01-01/extension/event/next HTTP/1.1\r\nHost: x\r\nLambda-Extension-Identifier: " + x.id + "\r\n\r\n")
	return x
}

// event reads the event that was asked for.
func (x *extension) event() map[string]any {
	x.t.Helper()
	res, body := x.answer()
	event := map[string]any{}
	if err := json.Unmarshal([]byte(body), &event); err != nil || res.StatusCode != 200 || len(res.Header.Get("Lambda-Extension-Event-Identifier")) != 36 {
		x.t.Fatalf("got %d %s (%v)", res.StatusCode, body, err)
	}
	return event
}

func (w *watcher) notReady(t *testing.T, why string) {
	t.Helper()
	select {
	case <-w.ready:
		t.Fatalf("ready although %s", why)
	default:
	}
}

func (w *watcher) isReady(t *testing.T) uint64 {
	t.Helper()
	select {
	case g := <-w.ready:
		return g
	case <-time.After(soon):
		t.Fatal("not ready")
		return 0
	}
}

// settled makes that what a connection sent before was handled: it asks for something and has the answer.
func settled(t *testing.T, s *runtimeapi.Server) {
	t.Helper()
	c := dial(t, s)
	defer c.Close()
	if got := c.send("GET /ping HTTP/1.1\r\nHost: x\r\n\r\n").read(); got != "200 pong" {
		t.Fatal(got)
	}
}

// awaitReady waits until an extension waits for an event.
func awaitReady(t *testing.T, s *runtimeapi.Server, name string) {
	t.Helper()
	for deadline := time.Now().Add(soon); time.Now().Before(deadline); settled(t, s) {
		for _, x := range s.Extensions() {
			if x.Name == name && x.Ready {
				return
			}
		}
	}
	t.Fatalf("%s does not wait", name)
}

// TestInitialisationWaitsForExtensions: all registered, the runtime and all of them asked. Spec: functions A3.
func TestInitialisationWaitsForExtensions(t *testing.T) {
	s, w := listen(t, nil)
	generation := s.Reset()
	s.Expect([]string{"one", "two"})
	registered := func() bool {
		select {
		case <-s.Registered():
			return true
		default:
			return false
		}
	}
	one := register(t, s, "one", `"INVOKE","SHUTDOWN"`).ask()
	awaitReady(t, s, "one")
	if registered() {
		t.Error("registered although two has not")
	}
	two := register(t, s, "two", `"SHUTDOWN"`)
	if !registered() {
		t.Error("not registered")
	}
	inside := register(t, s, "inside", `"INVOKE"`)
	runtime := dial(t, s).send(next)
	settled(t, s)
	two.ask()
	awaitReady(t, s, "two")
	w.notReady(t, "inside has not asked")
	inside.ask()
	if g := w.isReady(t); g != generation {
		t.Errorf("generation %d", g)
	}

	deadline := time.UnixMilli(1_700_000_000_123)
	done := make(chan error, 1)
	go func() {
		done <- s.Send(t.Context(), generation, &runtimeapi.Event{RequestID: "id-1", InvokedARN: "arn", TraceID: "Root=1", Deadline: deadline, Payload: []byte("{}")})
	}()
	for _, x := range []*extension{one, inside} {
		got := x.event()
		want := map[string]any{"eventType": "INVOKE", "deadlineMs": 1.700_000_000_123e12, "requestId": "id-1", "invokedFunctionArn": "arn",
			"tracing": map[string]any{"type": "X-Amzn-Trace-Id", "value": "Root=1"}}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("got %v, want %v", got, want)
		}
	}
	if got := runtime.read(); got != "200 {}" {
		t.Fatal(got)
	}
	runtime.send("POST /2018-06-01/runtime/invocation/id-1/response HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n1" + next)
	<-w.answers
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	one.ask()
	awaitReady(t, s, "one")
	w.notReady(t, "inside has not asked")
	inside.ask()
	w.isReady(t)

	if names := s.Shutdown(runtimeapi.Spindown, deadline); fmt.Sprint(names) != "[one two]" {
		t.Errorf("got %v", names)
	}
	for _, x := range []*extension{one, two} {
		if got := x.event(); fmt.Sprint(got) != "map[deadlineMs:1.700000000123e+12 eventType:SHUTDOWN shutdownReason:SPINDOWN]" {
			t.Errorf("got %v", got)
		}
	}
	late := dial(t, s)
	if got := late.send(tell("register", `{"events":[]}`, "Lambda-Extension-Name: late")).read(); got != refusal(403, "Extension.RegistrationClosed", "Extension registration closed already") {
		t.Errorf("got %s", got)
	}
}

// TestExtensionsInTheRuntime share its process, and may share a connection with it.
func TestExtensionsInTheRuntime(t *testing.T) {
	s, w := listen(t, nil)
	generation := s.Reset()
	c := dial(t, s)
	res, _ := c.send(tell("register", `{"events":["INVOKE"]}`, "Lambda-Extension-Name: inside")).answer()
	inside := &extension{dial(t, s), res.Header.Get("Lambda-Extension-Identifier")}
	inside.ask()
	awaitReady(t, s, "inside")
	c.send(next)
	w.isReady(t)
	go s.Send(t.Context(), generation, &runtimeapi.Event{RequestID: "id-1", Payload: []byte("{}")}) //nolint:errcheck // the answers tell
	inside.event()
	if got := c.read(); got != "200 {}" {
		t.Fatal(got)
	}
	// The extension asks through the connection of the runtime, before that has answered.
	ask := "GET /2020-01-01/extension/event/next HTTP/1.1\r\nHost: x\r\nLambda-Extension-Identifier: " + inside.id + "\r\n\r\n"
	c.send(ask)
	awaitReady(t, s, "inside")
	runtime := dial(t, s)
	runtime.send("POST /2018-06-01/runtime/invocation/id-1/response HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n1" + next)
	<-w.answers
	w.isReady(t)
	go s.Send(t.Context(), generation, &runtimeapi.Event{RequestID: "id-2", Payload: []byte("2")}) //nolint:errcheck // the answers tell
	if got := (&extension{c, inside.id}).event(); got["requestId"] != "id-2" {
		t.Errorf("got %v", got)
	}
	if got := runtime.read(); !strings.HasPrefix(got, "202 ") {
		t.Fatal(got)
	}
	if got := runtime.read(); got != "200 2" {
		t.Fatal(got)
	}
}

// TestLostEventsOfExtensionsAreSentAgain when the extension asks again, by another connection.
func TestLostEventsOfExtensionsAreSentAgain(t *testing.T) {
	s, w := listen(t, nil)
	generation := s.Reset()
	x := register(t, s, "inside", `"INVOKE"`).ask()
	awaitReady(t, s, "inside")
	again := &extension{dial(t, s), x.id}
	again.ask()
	settled(t, s)
	runtime := dial(t, s).send(next)
	w.isReady(t)
	go s.Send(t.Context(), generation, &runtimeapi.Event{RequestID: "id-1", Payload: []byte("{}")}) //nolint:errcheck // the answers tell
	if got := again.event(); got["requestId"] != "id-1" {
		t.Errorf("got %v", got)
	}
	if got := runtime.read(); got != "200 {}" {
		t.Fatal(got)
	}
}

// TestRefusalsOfExtensions has the bodies of all errors. Spec: functions A3; the messages are those of the public emulator.
func TestRefusalsOfExtensions(t *testing.T) {
	const id = "Lambda-Extension-Identifier: "
	const unknown = id + "11111111-2222-4333-8444-555555555555"
	name := "Lambda-Extension-Name: x"
	get := func(fields ...string) string {
		return "GET /2020-01-01/extension/event/next HTTP/1.1\r\nHost: x\r\n" + lines(fields) + "\r\n"
	}
	for _, tt := range []struct{ name, request, want string }{
		{"no name", tell("register", `{"events":[]}`), refusal(403, "Extension.InvalidExtensionName", "Empty extension name")},
		{"no JSON", tell("register", `{"events":`, name), refusal(403, "InvalidRequestFormat", "The body of a registration cannot be read: unexpected end of JSON input")},
		{"another event", tell("register", `{"events":["SLEEP"]}`, name), refusal(403, "Extension.InvalidEventType", "Invalid event type: SLEEP")},
		{"SHUTDOWN inside", tell("register", `{"events":["INVOKE","SHUTDOWN"]}`, name), refusal(403, "Extension.InvalidEventType", "No events allowed for internal extensions")},
		{"a large body", tell("register", `{"events":[`+strings.Repeat(" ", 5000)+`]}`, name), refusal(413, "RequestEntityTooLarge", "Exceeded maximum allowed payload size (4096 bytes).")},
		{"next without id", get(), refusal(403, "Extension.MissingExtensionIdentifier", "Missing Lambda-Extension-Identifier header")},
		{"next with a bad id", get(id + "x"), refusal(403, "Extension.InvalidExtensionIdentifier", "Invalid Lambda-Extension-Identifier")},
		{"next of nobody", get(unknown), refusal(403, "Extension.UnknownExtensionIdentifier", "Unknown extension")},
		{"init error of nobody", tell("init/error", "", unknown), refusal(403, "Extension.UnknownExtensionIdentifier", "Unknown extension")},
		{"exit error without id", tell("exit/error", ""), refusal(403, "Extension.MissingExtensionIdentifier", "Missing Lambda-Extension-Identifier header")},
		{"another path", tell("event/next", ""), refusal(405, "MethodNotAllowed", "This method is not for this path")},
		{"no path", tell("elsewhere", ""), refusal(404, "NotFound", "There is no such path in the Runtime API")},
	} {
		s, _ := listen(t, nil)
		if got := dial(t, s).send(tt.request).read(); got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.name, got, tt.want)
		}
	}
	s, w := listen(t, nil)
	for i := range 10 {
		x := register(t, s, fmt.Sprint("x", i), "")
		if i == 0 {
			again := tell("register", `{}`, "Lambda-Extension-Name: x0")
			if got := x.send(again).read(); got != refusal(403, "Extension.InvalidExtensionState", "State transition from Registered to Registered failed for extension x0. Error: State transition is not allowed") {
				t.Errorf("got %s", got)
			}
			if got := x.send(tell("exit/error", "", id+x.id)).read(); got != refusal(403, "Extension.MissingHeader", "Lambda-Extension-Function-Error-Type not found") {
				t.Errorf("got %s", got)
			}
			if got := x.send(tell("init/error", "{}", id+x.id, "Lambda-Extension-Function-Error-Type: Extension.NoKey")).read(); got != `202 {"status":"OK"}` {
				t.Errorf("got %s", got)
			}
			if got := <-w.ended; got != (runtimeapi.ExtensionFailure{Name: "x0", Kind: "Extension.InitError", Reason: "Extension.NoKey"}) {
				t.Errorf("got %+v", got)
			}
			if got := x.ask().read(); got != refusal(403, "Extension.InvalidExtensionState", "State transition from ExitError to Ready failed for extension x0. Error: State transition is not allowed") {
				t.Errorf("got %s", got)
			}
		}
	}
	if got := dial(t, s).send(tell("register", `{}`, "Lambda-Extension-Name: x10")).read(); got != refusal(403, "Extension.TooManyExtensions", "Extension limit (10) reached") {
		t.Errorf("got %s", got)
	}
	if got := dial(t, s).send(tell("register", `{}`, "Lambda-Extension-Name: x", "Lambda-Extension-Accept-Feature: accountId")).read(); !strings.HasPrefix(got, "403 ") {
		t.Errorf("got %s", got)
	}
	s, _ = listen(t, nil)
	if got := dial(t, s).send(tell("register", `{}`, "Lambda-Extension-Name: x", "Lambda-Extension-Accept-Feature: accountId")).read(); got != `200 {"functionName":"hello","functionVersion":"$LATEST","handler":"a.b","accountId":"111111111111"}` {
		t.Errorf("got %s", got)
	}
}

// TestExtensionsWithAnAdapter, where whoever has the server stands in for the runtime.
func TestExtensionsWithAnAdapter(t *testing.T) {
	s, w := listen(t, nil)
	generation := s.Reset()
	s.Expect([]string{"one"})
	one := register(t, s, "one", `"INVOKE"`)
	s.Done(generation)
	w.notReady(t, "one has not asked")
	one.ask()
	w.isReady(t)
	if err := s.Begin(generation, &runtimeapi.Event{RequestID: "id-1"}); err != nil {
		t.Fatal(err)
	}
	if got := one.event(); got["requestId"] != "id-1" {
		t.Errorf("got %v", got)
	}
	s.Done(generation)
	w.notReady(t, "one has not asked")
	one.ask()
	w.isReady(t)
	if err := s.Begin(generation+1, new(runtimeapi.Event)); err == nil {
		t.Error("an invocation of another process began")
	}
}

// TestDrainLeavesExtensions: it is the runtime's connections that are waited for.
func TestDrainLeavesExtensions(t *testing.T) {
	s, w := listen(t, nil)
	s.Reset()
	s.Expect([]string{"one"})
	register(t, s, "one", "").ask()
	awaitReady(t, s, "one")
	runtime := dial(t, s).send(next)
	w.isReady(t)
	runtime.Close()
	done := make(chan struct{})
	go func() { s.Drain(soon); close(done) }()
	select {
	case <-done:
	case <-time.After(soon / 2):
		t.Error("it waits for the extension")
	}
}

func FuzzRegistration(f *testing.F) {
	for _, seed := range []string{`{"events":["INVOKE","SHUTDOWN"]}`, `{"events":null}`, `{}`, `[]`, `{"events":[1]}`, ``} {
		f.Add([]byte(seed), "name", "11111111-2222-4333-8444-555555555555")
	}
	f.Fuzz(func(t *testing.T, body []byte, name, id string) {
		if strings.ContainsAny(name+id, "\r\n\x00") || strings.TrimSpace(name) != name || strings.TrimSpace(id) != id {
			return
		}
		s, _ := listen(t, nil)
		c := dial(t, s)
		got := c.send(tell("register", string(body), "Lambda-Extension-Name: "+name, "Lambda-Extension-Identifier: "+id)).read()
		if !strings.HasPrefix(got, "200 ") && !strings.HasPrefix(got, "403 ") && !strings.HasPrefix(got, "4") {
			t.Errorf("got %s", got)
		}
	})
}
