package runtimeapi_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/functions/runtimeapi"
	"github.com/gatehouse-gateway/gatehouse/internal/limits"
)

const (
	limit = 1000
	soon  = 20 * time.Second
	next  = "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: x\r\n\r\n"
)

// watcher hands on what the server tells.
type watcher struct {
	ready   chan uint64
	answers chan runtimeapi.Answer
	failed  chan runtimeapi.Answer
	ended   chan runtimeapi.ExtensionFailure
}

func (w *watcher) Ready(generation uint64)                                 { w.ready <- generation }
func (w *watcher) Answered(_ uint64, a runtimeapi.Answer)                  { w.answers <- a }
func (w *watcher) InitFailed(_ uint64, a runtimeapi.Answer)                { w.failed <- a }
func (w *watcher) ExtensionFailed(_ uint64, f runtimeapi.ExtensionFailure) { w.ended <- f }

func listen(t testing.TB, memory *limits.Budget) (*runtimeapi.Server, *watcher) {
	t.Helper()
	w := &watcher{make(chan uint64, 9), make(chan runtimeapi.Answer, 9), make(chan runtimeapi.Answer, 9), make(chan runtimeapi.ExtensionFailure, 9)}
	s, err := runtimeapi.Listen(w, runtimeapi.Options{Response: limit, Memory: memory, Function: about})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s, w
}

// client is a runtime.
type client struct {
	t testing.TB
	net.Conn
	r *bufio.Reader
}

func dial(t testing.TB, s *runtimeapi.Server) *client {
	t.Helper()
	c, err := net.Dial("tcp", s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	c.SetDeadline(time.Now().Add(soon))
	t.Cleanup(func() { c.Close() })
	return &client{t, c, bufio.NewReader(c)}
}

func (c *client) send(text string) *client {
	c.t.Helper()
	text = strings.ReplaceAll(text, "Host: x\r\n", "Host: "+c.RemoteAddr().String()+"\r\n")
	if _, err := io.WriteString(c, text); err != nil {
		c.t.Fatal(err)
	}
	return c
}

// read reads one answer: its status and body in one line.
func (c *client) read() string {
	c.t.Helper()
	res, err := http.ReadResponse(c.r, nil)
	if err != nil {
		return err.Error()
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return fmt.Sprintf("%d %s", res.StatusCode, body)
}

func get[T any](t testing.TB, what string, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(soon):
		t.Fatalf("%s was not told", what)
		panic("unreachable")
	}
}

func post(path, fields, body string) string {
	return fmt.Sprintf("POST /2018-06-01/runtime/%s HTTP/1.1\r\nHost: x\r\n%sContent-Length: %d\r\n\r\n%s", path, fields, len(body), body)
}

func response(body string) string { return post("invocation/1/response", "", body) }

func send(t testing.TB, s *runtimeapi.Server, payload string) {
	t.Helper()
	sendAll(t, s, &runtimeapi.Event{RequestID: "1", InvokedARN: "arn", Payload: []byte(payload), Deadline: time.UnixMilli(1234)})
}

// sendAll sends an event and attends to the runtime, beside the test, which plays the runtime.
func sendAll(t testing.TB, s *runtimeapi.Server, e *runtimeapi.Event) {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- s.Send(t.Context(), 0, e) }()
	t.Cleanup(func() {
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// left is the context of a sender who does not stay.
var left = func() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}()

// running returns a client whose runtime has the event 1.
func running(t testing.TB, s *runtimeapi.Server, w *watcher) *client {
	t.Helper()
	c := dial(t, s).send(next)
	get(t, "ready", w.ready)
	send(t, s, "{}")
	equal(t, "event", c.read(), "200 {}")
	return c
}

func equal(t testing.TB, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s:\ngot  %s\nwant %s", what, got, want)
	}
}

func refusal(status int, kind, message string) string {
	return fmt.Sprintf(`%d {"errorMessage":"%s","errorType":"%s"}`, status, message, kind)
}

func transition(from, to string) string {
	return refusal(403, "InvalidStateTransition", "State transition from "+from+" to "+to+" failed for runtime. Error: State transition is not allowed")
}

const ok = `202 {"status":"OK"}`

func TestEventHasItsHeader(t *testing.T) {
	s, w := listen(t, nil)
	c := dial(t, s).send(next)
	get(t, "ready", w.ready)
	err := s.Send(left, 0, &runtimeapi.Event{RequestID: "1-2", InvokedARN: "arn:x", TraceID: "Root=1\r\nEvil: x", ClientContext: []byte("{\n\"a\":1}"), Payload: []byte("[1]"), Deadline: time.UnixMilli(1234)})
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(c.r, nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"Lambda-Runtime-Aws-Request-Id": "1-2", "Lambda-Runtime-Deadline-Ms": "1234", "Lambda-Runtime-Invoked-Function-Arn": "arn:x",
		"Lambda-Runtime-Trace-Id": "Root=1  Evil: x", "Lambda-Runtime-Client-Context": `{ "a":1}`, "Content-Type": "application/json",
		"Evil": "", "Lambda-Runtime-Cognito-Identity": "",
	} {
		equal(t, name, res.Header.Get(name), value)
	}
	body, _ := io.ReadAll(res.Body)
	equal(t, "body", string(body), "[1]")
}

// TestStates: what a runtime may ask when, and what it is told otherwise. Spec: functions A2.4.
func TestStates(t *testing.T) {
	failure := post("invocation/1/error", "", "{}")
	initError := post("init/error", "", "{}")
	for _, test := range []struct{ name, ask, want string }{
		{"response", response("x"), ok},
		{"error", failure, ok},
		{"two responses", response("x") + response("y"), ok + "\n" + transition("RuntimeResponseSentState", "InvocationResponse")},
		{"error after response", response("x") + failure, ok + "\n" + transition("RuntimeResponseSentState", "InvocationErrorResponse")},
		{"another id", post("invocation/2/response", "", "x"), refusal(400, "InvalidRequestID", "Invalid request ID")},
		{"error for another id", post("invocation/2/error", "", "x"), refusal(400, "InvalidRequestID", "Invalid request ID")},
		{"init error too late", initError, transition("Running", "InitError")},
		{"bad mode", post("invocation/1/response", "Lambda-Runtime-Function-Response-Mode: x\r\n", "{}"), refusal(400, "InvalidFunctionResponseMode", "Invalid function response mode")},
		{"buffered mode", post("invocation/1/response", "Lambda-Runtime-Function-Response-Mode: buffered\r\n", "{}"), ok},
		{"largest", response(strings.Repeat("x", limit)), ok},
		{"too large", response(strings.Repeat("x", limit+1)), refusal(413, "RequestEntityTooLarge", "Exceeded maximum allowed payload size (1000 bytes).")},
		{"error too large", post("invocation/1/error", "", strings.Repeat("x", limit+1)), refusal(413, "RequestEntityTooLarge", "Exceeded maximum allowed payload size (1000 bytes).")},
		{"chunked too large", "POST /2018-06-01/runtime/invocation/1/response HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5dc\r\n" + strings.Repeat("x", 1500) + "\r\n0\r\n\r\n",
			refusal(413, "RequestEntityTooLarge", "Exceeded maximum allowed payload size (1000 bytes).")},
		{"ping", "GET /ping HTTP/1.1\r\nHost: x\r\n\r\n", "200 pong"},
		{"restore", "GET /2018-06-01/runtime/restore/next HTTP/1.1\r\nHost: x\r\n\r\n", refusal(404, "NotFound", "There is no such path in the Runtime API")},
		{"method", "DELETE /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: x\r\n\r\n", refusal(405, "MethodNotAllowed", "This method is not for this path")},
		{"extension", "POST /2020-01-01/extension/register HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}", refusal(403, "Extension.InvalidExtensionName", "Empty extension name")},
		{"telemetry", "PUT /2022-07-01/telemetry HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}", refusal(202, "Telemetry.NotSupported", "Telemetry API is not supported")},
		{"continue", "POST /2018-06-01/runtime/invocation/1/response HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n{}", "100 \n" + ok},
		{"no HTTP", "nonsense\r\n\r\n", refusal(400, "InvalidRequest", "malformed request line")},
		{"twice the event", next + response("x"), "200 {}\n" + ok},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, w := listen(t, nil)
			c := running(t, s, w).send(test.ask)
			for _, line := range strings.Split(test.want, "\n") {
				equal(t, test.name, c.read(), line)
			}
		})
	}
}

func TestBeforeTheFirstEvent(t *testing.T) {
	s, w := listen(t, nil)
	c := dial(t, s)
	equal(t, "response", c.send(response("x")).read(), refusal(400, "InvalidRequestID", "Invalid request ID"))
	equal(t, "init error", c.send(post("init/error", "Lambda-Runtime-Function-Error-Type: Runtime.Bad\r\n", `{"a":1}`)).read(), ok)
	a := get(t, "init error", w.failed)
	if string(a.Payload.Bytes()) != `{"a":1}` || a.ErrorType != "Runtime.Bad" {
		t.Errorf("got %s, %s", a.Payload.Bytes(), a.ErrorType)
	}
	equal(t, "next", c.send(next).read(), transition("InitError", "Ready"))
	equal(t, "init error", c.send(post("init/error", "", `{}`)).read(), transition("InitError", "InitError"))
}

func TestAnswers(t *testing.T) {
	chunked := func(fields, trailer string) string {
		return "POST /2018-06-01/runtime/invocation/1/response HTTP/1.1\r\nHost: x\r\n" + fields + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n" + trailer + "\r\n"
	}
	const streaming = "Lambda-Runtime-Function-Response-Mode: streaming\r\n"
	for _, test := range []struct{ name, ask, payload, contentType, kind string }{
		{"plain", response("{}"), "{}", "", ""},
		{"empty", response(""), "", "", ""},
		{"chunks", chunked("Content-Type: a/b\r\n", ""), "abcde", "", ""},
		{"stream", chunked(streaming+"Content-Type: a/b\r\n", ""), "abcde", "a/b", ""},
		{"stream without type", chunked(streaming, ""), "abcde", "application/octet-stream", ""},
		{"stream that fails", chunked(streaming, "Lambda-Runtime-Function-Error-Type: Function.Broken\r\nLambda-Runtime-Function-Error-Body: e30=\r\n"), "{}", "application/octet-stream", "Function.Broken"},
		{"stream that fails without words", chunked("", "Lambda-Runtime-Function-Error-Type: Function.Broken\r\n"), `{"errorType":"Function.Broken"}`, "", "Function.Broken"},
		{"error", post("invocation/1/error", "Lambda-Runtime-Function-Error-Type: Function.X1\r\n", "{}"), "{}", "", "Function.Unknown"},
		{"error without type", post("invocation/1/error", "", "text"), "text", "", "Runtime.Unknown"},
		{"error with cause", post("invocation/1/error", "Content-Type: application/vnd.aws.lambda.error.cause+json\r\nLambda-Runtime-Function-Error-Type: Function.Xy\r\n",
			`{"errorCause":{},"errorMessage":"m","errorType":"t"}`), `{"errorMessage":"m","errorType":"t"}`, "", "Function.Xy"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, w := listen(t, nil)
			c := running(t, s, w).send(test.ask)
			a := get(t, "answer", w.answers)
			equal(t, "answer", c.read(), ok)
			if string(a.Payload.Bytes()) != test.payload || a.ContentType != test.contentType || a.Failed != (test.kind != "") || a.ErrorType != test.kind {
				t.Errorf("got %q, %+v", a.Payload.Bytes(), a)
			}
			a.Payload.Release()
		})
	}
}

func TestFaults(t *testing.T) {
	for name, test := range map[string]struct {
		ask   string
		fault runtimeapi.Fault
	}{
		"too large": {response(strings.Repeat("x", limit+1)), runtimeapi.TooLarge},
		"mode":      {post("invocation/1/response", "Lambda-Runtime-Function-Response-Mode: x\r\n", "{}"), runtimeapi.BadMode},
		"cut":       {strings.TrimSuffix(response("xyz"), "z"), runtimeapi.Truncated},
		"cut chunk": {"POST /2018-06-01/runtime/invocation/1/response HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc", runtimeapi.Truncated},
		"no chunk":  {"POST /2018-06-01/runtime/invocation/1/response HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nx\r\nabc", runtimeapi.Truncated},
	} {
		s, w := listen(t, nil)
		c := running(t, s, w).send(test.ask)
		if test.fault == runtimeapi.Truncated {
			c.Conn.(*net.TCPConn).CloseWrite()
		}
		if a := get(t, name, w.answers); a.Fault != test.fault || a.Payload != nil {
			t.Errorf("%s: got %+v", name, a)
		}
		if test.fault == runtimeapi.Truncated {
			equal(t, name, c.read(), refusal(400, "TruncatedHTTPRequest", "HTTP request detected as truncated"))
		}
	}
}

func TestResponseAndNextInOneWrite(t *testing.T) {
	s, w := listen(t, nil)
	c := running(t, s, w)
	for range 3 {
		c.send(response("x") + next)
		a := get(t, "answer", w.answers)
		a.Payload.Release()
		get(t, "ready", w.ready)
		send(t, s, "[2]")
		equal(t, "answer", c.read(), ok)
		equal(t, "event", c.read(), "200 [2]")
	}
}

func TestRequestBehindOneThatWaits(t *testing.T) {
	s, w := listen(t, nil)
	c := dial(t, s).send(next + response("early"))
	get(t, "ready", w.ready)
	send(t, s, "{}")
	equal(t, "event", c.read(), "200 {}")
	equal(t, "answer", c.read(), ok)
}

func TestEventWaitsForARuntimeThatLostItsConnection(t *testing.T) {
	s, w := listen(t, nil)
	c := dial(t, s).send(next)
	get(t, "ready", w.ready)
	c.Close()
	s.Drain(soon)
	send(t, s, "[1]")
	equal(t, "event", dial(t, s).send(next).read(), "200 [1]")
}

func TestNewestRequestGetsTheEvent(t *testing.T) {
	s, w := listen(t, nil)
	old := dial(t, s).send(next)
	get(t, "ready", w.ready)
	c := dial(t, s)
	equal(t, "ping", c.send("GET /ping HTTP/1.1\r\nHost: x\r\n\r\n"+next).read(), "200 pong")
	equal(t, "ping", dial(t, s).send("GET /ping HTTP/1.1\r\nHost: x\r\n\r\n").read(), "200 pong")
	old.Close()
	for s.Send(left, 0, &runtimeapi.Event{RequestID: "1", Payload: []byte("[1]")}) != nil {
		time.Sleep(time.Millisecond)
	}
	equal(t, "event", c.read(), "200 [1]")
}

func TestSendNeedsAReadyRuntime(t *testing.T) {
	s, w := listen(t, nil)
	if err := s.Send(left, 0, &runtimeapi.Event{}); !errors.Is(err, runtimeapi.ErrBusy) {
		t.Errorf("before the first request: %v", err)
	}
	running(t, s, w)
	if err := s.Send(left, 0, &runtimeapi.Event{}); !errors.Is(err, runtimeapi.ErrBusy) {
		t.Errorf("with an event: %v", err)
	}
}

func TestResetBeginsAnew(t *testing.T) {
	s, w := listen(t, nil)
	c := running(t, s, w)
	generation := s.Reset()
	if got := c.send(response("x")).read(); !strings.Contains(got, "EOF") && !strings.Contains(got, "reset") {
		t.Errorf("got %s", got)
	}
	c = dial(t, s).send(next)
	if got := get(t, "ready", w.ready); got != generation {
		t.Errorf("generation %d, want %d", got, generation)
	}
	if err := s.Send(left, generation-1, &runtimeapi.Event{RequestID: "late"}); !errors.Is(err, runtimeapi.ErrBusy) {
		t.Errorf("an event for the former runtime: %v", err)
	}
	if err := s.Send(left, generation, &runtimeapi.Event{RequestID: "2", Payload: []byte("[2]")}); err != nil {
		t.Error(err)
	}
	equal(t, "event", c.read(), "200 [2]")
	if len(w.answers) != 0 {
		t.Error("an answer of the former runtime was told")
	}
}

// TestWebPagesGetNoEvent: a page in a browser can send requests to any port of its machine.
func TestWebPagesGetNoEvent(t *testing.T) {
	s, w := listen(t, nil)
	for _, fields := range []string{"Host: evil.example\r\n", "Host: x\r\nOrigin: http://evil.example\r\n", "Host: x\r\nSec-Fetch-Site: cross-site\r\n"} {
		got := dial(t, s).send("GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\n" + fields + "\r\n").read()
		equal(t, fields, got, refusal(403, "AccessDenied", "The Runtime API is for the runtime that was started with it"))
	}
	if len(w.ready) != 0 {
		t.Error("a page was taken for a runtime")
	}
}

func TestConnectionsAreBounded(t *testing.T) {
	s, _ := listen(t, nil)
	for range 32 {
		equal(t, "ping", dial(t, s).send("GET /ping HTTP/1.1\r\nHost: x\r\n\r\n").read(), "200 pong")
	}
	c := dial(t, s)
	io.WriteString(c, "GET /ping HTTP/1.1\r\nHost: "+s.Addr()+"\r\n\r\n")
	if got := c.read(); strings.HasPrefix(got, "200") {
		t.Errorf("got %s", got)
	}
}

func TestMemoryIsShared(t *testing.T) {
	w := &watcher{make(chan uint64, 9), make(chan runtimeapi.Answer, 9), make(chan runtimeapi.Answer, 9), make(chan runtimeapi.ExtensionFailure, 9)}
	memory := limits.NewBudget(100 << 10)
	s, err := runtimeapi.Listen(w, runtimeapi.Options{Response: 1 << 20, Memory: memory})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	c := running(t, s, w)
	equal(t, "too much", c.send(response(strings.Repeat("x", 300<<10))).read(), refusal(500, "InternalServerError", "Internal Server Error"))
	if a := get(t, "answer", w.answers); a.Fault != runtimeapi.NoMemory {
		t.Errorf("got %+v", a)
	}
	c.send(next)
	get(t, "ready", w.ready)
	send(t, s, "1")
	c.read()
	equal(t, "enough", c.send(response(strings.Repeat("x", 120<<10))).read(), ok)
	a := get(t, "answer", w.answers)
	if memory.Left() >= 100<<10 {
		t.Error("nothing was taken")
	}
	a.Payload.Release()
	if memory.Left() != 100<<10 {
		t.Errorf("%d left", memory.Left())
	}
}

func TestAnswerThatClosesTheConnection(t *testing.T) {
	s, w := listen(t, nil)
	c := dial(t, s).send("GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
	get(t, "ready", w.ready)
	send(t, s, "{}")
	equal(t, "event", c.read(), "200 {}")
	if got := c.read(); !strings.Contains(got, "EOF") {
		t.Errorf("got %s", got)
	}
	c = dial(t, s).send(strings.Replace(response("x"), "Host: x\r\n", "Host: x\r\nConnection: close\r\n", 1))
	equal(t, "answer", c.read(), ok)
	if got := c.read(); !strings.Contains(got, "EOF") {
		t.Errorf("got %s", got)
	}
}

func FuzzServer(f *testing.F) {
	f.Add([]byte(next + response("x")))
	f.Add([]byte(response("x") + next + "GET /ping HTTP/1.1\r\nHost: x\r\n\r\n"))
	f.Add([]byte(post("invocation/1/error", "Expect: 100-continue\r\n", "{}")))
	f.Fuzz(func(t *testing.T, in []byte) {
		s, w := listen(t, nil)
		done := make(chan struct{})
		go func() { // a host that serves whatever is asked
			defer close(done)
			for range 20 {
				select {
				case a := <-w.answers:
					if a.Payload != nil {
						a.Payload.Release()
					}
				case <-w.ready:
					s.Send(left, 0, &runtimeapi.Event{RequestID: "1", Payload: []byte("{}")})
				case <-w.failed:
				case <-time.After(5 * time.Millisecond):
					return
				}
			}
		}()
		c := dial(t, s)
		io.WriteString(c, strings.ReplaceAll(string(in), "Host: x\r\n", "Host: "+s.Addr()+"\r\n"))
		c.Conn.(*net.TCPConn).CloseWrite()
		<-done
		closed := make(chan struct{})
		go func() {
			defer close(closed)
			s.Close()
		}()
		for open := true; open; { // what is told late must not hold it up
			select {
			case <-w.answers:
			case <-w.ready:
			case <-w.failed:
			case <-closed:
				open = false
			}
		}
		if rest, err := io.ReadAll(c.r); err == nil && len(rest) > 0 && !strings.HasPrefix(string(rest), "HTTP/1.1 ") {
			t.Errorf("got %q", rest)
		}
	})
}
