package host_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/functions"
	"github.com/gatehouse-gateway/gatehouse/internal/functions/host"
)

func exitError(text string) string {
	return `!{"errorType":"Runtime.ExitError","errorMessage":"RequestId: ` + id + ` Error: ` + text + `"}`
}

func timeoutError(seconds string) string {
	return `!{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: ` + id + ` Error: Task timed out after ` + seconds + ` seconds"}`
}

// TestBadInvocations: the documented error, and the next request is served.
func TestBadInvocations(t *testing.T) {
	large := `!{"errorMessage":"Response payload size exceeded maximum allowed payload size (6291556 bytes).","errorType":"Function.ResponseSizeTooLarge"}`
	for payload, answer := range map[string]string{
		`{"do":"exit"}`:                          exitError("Runtime exited without providing a reason"),
		`{"do":"exit","n":3}`:                    exitError("Runtime exited with error: exit status 3"),
		`{"do":"signal","n":9}`:                  exitError("Runtime exited with error: signal: killed"),
		`{"do":"signal","n":11}`:                 exitError("Runtime exited with error: exit status 2"), // the Go runtime reports it
		`{"do":"error","text":"boom"}`:           `!{"errorMessage":"boom","errorType":"errorString"}`,
		`{"do":"large","n":6291557}`:             large,
		`{"do":"hang"}`:                          timeoutError("1.00"),
		`{"do":"print","text":"\u0000\u00ff\n"}`: `null`,
	} {
		w := start(t)
		p := w.Open(function(t, timeout(time.Second)))
		want(t, payload, call(t, p, payload), answer)
		want(t, "after "+payload, call(t, p, `[1]`), `[1]`)
		want(t, payload+" again", call(t, p, payload), answer)
		want(t, "after "+payload, call(t, p, `[1]`), `[1]`)
	}
}

func TestPanicIsReportedVerbatim(t *testing.T) {
	w := start(t)
	p := w.Open(function(t))
	var got struct {
		ErrorMessage, ErrorType string
		StackTrace              []any
	}
	text := call(t, p, `{"do":"panic","text":"oh"}`)
	if err := json.Unmarshal([]byte(strings.TrimPrefix(text, "!")), &got); err != nil || got.ErrorMessage != "oh" || got.ErrorType != "string" || len(got.StackTrace) == 0 {
		t.Errorf("got %s", text)
	}
	want(t, "count", call(t, p, `{"do":"count"}`), `1`)
}

func TestLargestResponse(t *testing.T) {
	w := start(t)
	p := w.Open(function(t))
	if got := call(t, p, `{"do":"large","n":6291556}`); len(got) != 6291556 {
		t.Errorf("got %d bytes", len(got))
	}
	event := `"` + strings.Repeat("y", 6<<20-2) + `"`
	if got := call(t, p, event); got != event {
		t.Errorf("got %d bytes", len(got))
	}
	want(t, "count", call(t, p, `{"do":"count"}`), `3`)
}

// TestBadRuntimes: runtimes that break the protocol in one way each, and what else the log says.
func TestBadRuntimes(t *testing.T) {
	for mode, test := range map[string]struct{ answer, log string }{
		"exit":        {exitError("Runtime exited with error: exit status 7"), "INIT_REPORT Init Duration: "},
		"crash":       {exitError("Runtime exited with error: signal: segmentation fault (core dumped)"), ""},
		"initerror":   {`!{"errorType":"Runtime.NoGood","errorMessage":"no good"}`, "Phase: init\tStatus: error\tError Type: Runtime.NoGood"},
		"twice":       {`[1]`, `second: 403 {"errorMessage":"State transition from RuntimeResponseSentState to InvocationResponse failed for runtime. Error: State transition is not allowed","errorType":"InvalidStateTransition"}`},
		"wrongid":     {`[1]`, `wrong: 400 {"errorMessage":"Invalid request ID","errorType":"InvalidRequestID"}`},
		"badmode":     {`!{"errorType":"Runtime.InvalidResponseModeHeader","errorMessage":"RequestId: ` + id + ` Error: Invalid function response mode"}`, ""},
		"truncated":   {`!{"errorType":"Runtime.TruncatedResponse","errorMessage":"RequestId: ` + id + ` Error: HTTP request detected as truncated"}`, ""},
		"garbage":     {timeoutError("1.00"), ""},
		"closed":      {timeoutError("1.00"), "Task timed out after 1.00 seconds"},
		"hangup":      {`[1]`, ""},
		"pipeline":    {`[1]`, ""},
		"stream":      {`{"statusCode":200}` + "\x00\x00\x00\x00\x00\x00\x00\x00chunk 1 chunk 2", ""},
		"streamerror": {`!{"errorType":"Broken"}`, ""},
		"answerexit":  {`[1]`, ""},
		"late":        {`[1]`, ""},
		"nonext":      {`[1]`, ""},
	} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			w := start(t)
			p := w.Open(function(t, timeout(time.Second), func(f *functions.Function) { f.Environment["MODE"] = mode }))
			want(t, "answer", call(t, p, `[1]`), test.answer)
			want(t, "next answer", call(t, p, `[1]`), test.answer)
			if test.log != "" {
				w.logs.await(t, test.log)
			}
		})
	}
}

func TestTimeoutKeepsTheDirectory(t *testing.T) {
	w := start(t)
	p := w.Open(function(t, timeout(time.Second)))
	want(t, "write", call(t, p, `{"do":"write","text":"kept"}`), `null`)
	want(t, "count", call(t, p, `{"do":"count"}`), `2`)
	want(t, "hang", call(t, p, `{"do":"hang"}`), timeoutError("1.00"))
	want(t, "read", call(t, p, `{"do":"read"}`), `"kept"`)
	want(t, "count", call(t, p, `{"do":"count"}`), `2`) // fresh globals
	if entries, err := os.ReadDir(w.dir + "/environments"); err != nil || len(entries) != 1 {
		t.Errorf("environments %v, %v", entries, err)
	}
}

// The first start may take 10 s; here less, but long enough for the function to leave its mark on a busy machine.
func shortInit(o *host.Options) { o.Limits.FunctionInit = 1500 }

func TestSlowInitialisationIsRepeatedInTheInvocation(t *testing.T) {
	w := start(t, shortInit)
	p := w.Open(function(t, func(f *functions.Function) { f.Environment["MODE"] = "slow" }))
	want(t, "answer", call(t, p, `[1]`), `[1]`)
	w.logs.await(t, "REPORT")
	log := w.logs.text()
	first, second, ok := strings.Cut(log, "START RequestId: ")
	if !ok || !strings.Contains(first, "INIT_START Runtime Version: provided.al2023\t") || !strings.Contains(first, " ms\tPhase: init\tStatus: timeout\n") || strings.Contains(second, "Init Duration") {
		t.Errorf("log:\n%s", log)
	}
}

func TestInitialisationThatNeverEnds(t *testing.T) {
	w := start(t, shortInit)
	p := w.Open(function(t, timeout(time.Second), func(f *functions.Function) { f.Environment["MODE"] = "never" }))
	want(t, "answer", call(t, p, `[1]`), timeoutError("1.00"))
	want(t, "answer", call(t, p, `[1]`), timeoutError("1.00"))
}

func TestForkedProcessesEndWithTheInvocationThatTimesOut(t *testing.T) {
	w := start(t)
	p := w.Open(function(t, timeout(2*time.Second)))
	ours := seconds()
	want(t, "fork", call(t, p, `{"do":"fork","text":"`+ours+`"}`), `null`)
	awaitProcesses(t, "sleep\x00"+ours, 3)
	want(t, "hang", call(t, p, `{"do":"hang"}`), timeoutError("2.00"))
	if n := processes(t, ours); n != 0 {
		t.Errorf("%d processes are left", n)
	}
	want(t, "next", call(t, p, `[1]`), `[1]`)
}

func TestRetiredPoolEndsItsEnvironments(t *testing.T) {
	w := start(t)
	p := w.Open(function(t))
	ours := seconds()
	want(t, "fork", call(t, p, `{"do":"fork","text":"`+ours+`"}`), `null`)
	awaitProcesses(t, "sleep\x00"+ours, 3)
	p.Retire()
	awaitProcesses(t, "sleep\x00"+ours, 0)
	want(t, "a late one", call(t, p, `{"do":"count"}`), `1`)
	want(t, "another", call(t, p, `{"do":"count"}`), `1`)
	awaitNoEnvironment(t, w)
}

func awaitNoEnvironment(t *testing.T, w *world) {
	t.Helper()
	for deadline := time.Now().Add(soon); ; time.Sleep(time.Millisecond) {
		entries, err := os.ReadDir(w.dir + "/environments")
		if err != nil {
			t.Fatal(err)
		}
		if len(entries) == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d environments are left", len(entries))
		}
	}
}

func TestIdleEnvironmentsEnd(t *testing.T) {
	w := start(t, func(o *host.Options) { o.Limits.EnvironmentIdle = 50 })
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx) }()
	p := w.Open(function(t))
	call(t, p, `1`)
	awaitNoEnvironment(t, w)
	want(t, "count", call(t, p, `{"do":"count"}`), `1`)
	cancel()
	if err := <-ended; err == nil {
		t.Error("Run ended without a reason")
	}
}

func TestACallerWhoLeavesDoesNotEndTheInvocation(t *testing.T) {
	w := start(t)
	p := w.Open(function(t))
	want(t, "count", call(t, p, `{"do":"count"}`), `1`)
	ctx, cancel := context.WithCancel(context.Background())
	payload := []byte(`{"do":"sleep","n":300}`)
	gone := make(chan error, 1)
	var r functions.Result
	go func() { gone <- p.Invoke(ctx, &functions.Invocation{RequestID: id, Payload: payload}, &r) }()
	w.logs.awaitCount(t, "START RequestId", 2)
	cancel()
	if err := <-gone; err == nil {
		t.Error("no error")
	}
	copy(payload, `"memory of another call"`)
	r.Payload = []byte("mine")
	w.logs.awaitCount(t, "END RequestId", 2)
	if string(r.Payload) != "mine" {
		t.Errorf("the result was written: %s", r.Payload)
	}
	want(t, "the environment", call(t, p, `{"do":"count"}`), `3`)
}

func TestEnvironmentsAreBounded(t *testing.T) {
	w := start(t, func(o *host.Options) { o.Limits.Environments = 1 })
	p, q := w.Open(function(t)), w.Open(function(t))
	want(t, "p", call(t, p, `{"do":"count"}`), `1`)
	want(t, "q", call(t, q, `{"do":"count"}`), `1`) // the idle one of p made room
	want(t, "p", call(t, p, `{"do":"count"}`), `1`)
	busy := make(chan string, 1)
	go func() { busy <- call(t, p, `{"do":"sleep","n":500}`) }()
	w.logs.awaitCount(t, "START RequestId", 4)
	var r functions.Result
	err := q.Invoke(context.Background(), &functions.Invocation{Payload: []byte("1")}, &r)
	if throttled := new(functions.ThrottledError); !errors.As(err, &throttled) || throttled.Reason != functions.ReasonAccount {
		t.Errorf("got %v", err)
	}
	want(t, "busy", <-busy, `2`)
}

func TestCloseWaitsForInvocations(t *testing.T) {
	w := start(t)
	p := w.Open(function(t))
	call(t, p, `1`)
	answer := make(chan string, 1)
	go func() { answer <- call(t, p, `{"do":"sleep","n":200}`) }()
	w.logs.awaitCount(t, "START RequestId", 2)
	w.stop()
	want(t, "answer", <-answer, `2`)
}

func TestCloseEndsWhatTakesTooLong(t *testing.T) {
	w := start(t)
	p := w.Open(function(t))
	call(t, p, `1`)
	gone := make(chan error, 1)
	go func() {
		var r functions.Result
		gone <- p.Invoke(context.Background(), &functions.Invocation{Payload: []byte(`{"do":"hang"}`)}, &r)
	}()
	w.logs.awaitCount(t, "START RequestId", 2)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := w.Close(ctx); err != nil {
		t.Error(err)
	}
	if err := <-gone; !errors.Is(err, functions.ErrClosed) {
		t.Errorf("got %v", err)
	}
}

func TestScaleOutAndBack(t *testing.T) {
	const n = 40
	w := start(t, func(o *host.Options) { o.Limits.Environments = n })
	p := w.Open(function(t))
	answers := make(chan string, n)
	for range n {
		go func() { answers <- call(t, p, `{"do":"sleep","n":1500}`) }()
	}
	seen := map[string]int{}
	for range n {
		seen[<-answers]++
	}
	if seen["1"] != n {
		t.Errorf("answers %v: not each call had its own environment", seen)
	}
	p.Retire()
	awaitNoEnvironment(t, w)
}

func TestHandOverOneAfterAnother(t *testing.T) {
	w := start(t)
	p := w.Open(function(t, func(f *functions.Function) { f.Environment["MODE"] = "echo" }))
	for i := range 200 {
		want(t, "echo", call(t, p, fmt.Sprint(i)), fmt.Sprint(i))
	}
	// One is enough, but on a busy machine a function may take long to ask for its next event.
	if entries, err := os.ReadDir(w.dir + "/environments"); err != nil || len(entries) > 3 {
		t.Errorf("environments %v, %v: calls one after the other don't need so many", entries, err)
	}
}
