package host_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/functions"
	"github.com/gatehouse-gateway/gatehouse/internal/functions/host"
)

// crowd is a web function whose processes serve so many invocations at a time.
func crowd(t testing.TB, w *world, seats int, change ...func(*functions.Function)) *host.Shared {
	t.Helper()
	code, err := filepath.Abs("testdata/crowd")
	if err != nil {
		t.Fatal(err)
	}
	f := &functions.Function{
		Ref: functions.Ref{AccountID: "000000000000", Region: "eu-west-1", Name: "crowd"}, Version: functions.Latest, Runtime: functions.RuntimeWeb,
		Handler: "node server.mjs", Code: code, Timeout: 20 * time.Second, MemorySize: 256,
		Environment: map[string]string{functions.ConcurrencyVariable: fmt.Sprint(seats)},
	}
	for _, c := range change {
		c(f)
	}
	return w.Share(f, seats)
}

// get invokes with a GET of a REST API and returns the body of the answer, or the payload of an error behind an exclamation mark.
func get(s *host.Shared, target string) (string, error) {
	path, query, _ := strings.Cut(target, "?")
	name, value, _ := strings.Cut(query, "=")
	event := fmt.Sprintf(`{"httpMethod":"GET","path":%q,"headers":{},"multiValueQueryStringParameters":{%q:[%q]},"requestContext":{"stage":"s"}}`, path, name, value)
	var r functions.Result
	if err := s.Invoke(context.Background(), &functions.Invocation{Payload: []byte(event)}, &r); err != nil {
		return "", err
	}
	defer r.Release()
	if r.FunctionError != "" {
		return "!" + string(r.Payload), nil
	}
	_, body, _ := strings.Cut(string(r.Payload), `"body":"`)
	body, _, _ = strings.Cut(body, `","`)
	return strings.ReplaceAll(body, `\"`, `"`), nil
}

// TestInvocationsShareAProcess has eight invocations meet in one process, and a ninth start another.
func TestInvocationsShareAProcess(t *testing.T) {
	w := start(t)
	s := crowd(t, w, 8)
	meet := func(n int) map[string]int {
		t.Helper()
		var mu sync.Mutex
		all := make(map[string]int)
		var group sync.WaitGroup
		for range n {
			group.Go(func() {
				text, err := get(s, "/meet?n=8")
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					text = err.Error()
				}
				all[text]++
			})
		}
		group.Wait()
		return all
	}
	if all := meet(8); len(all) != 1 {
		t.Errorf("eight met in %v", all)
	}
	if all := meet(16); len(all) != 2 {
		t.Errorf("sixteen met in %v", all)
	}
	w.logs.awaitCount(t, "REPORT RequestId", 24)
	if n := strings.Count(w.logs.text(), "INIT_START"); n != 2 {
		t.Errorf("%d processes were started", n)
	}
	s.Retire()
	awaitNoEnvironment(t, w)
}

func TestSharedProcessesFail(t *testing.T) {
	w := start(t)
	s := crowd(t, w, 4, timeout(time.Second))
	hung := make(chan string, 1)
	go func() {
		text, err := get(s, "/hang")
		hung <- fmt.Sprint(text, err)
	}()
	pid := ""
	for deadline := time.Now().Add(soon); pid == ""; time.Sleep(10 * time.Millisecond) {
		text, err := get(s, "/count")
		if err != nil || time.Now().After(deadline) {
			t.Fatal(text, err)
		}
		select {
		case text := <-hung:
			if !strings.Contains(text, "Task timed out after 1.00 seconds") {
				t.Errorf("a request that hangs: %s", text)
			}
			pid = text
		default:
		}
	}
	// The process answered others meanwhile: it goes on.
	if n := strings.Count(w.logs.text(), "INIT_START"); n != 1 {
		t.Errorf("%d processes were started", n)
	}
	if text, err := get(s, "/exit"); err != nil || !strings.Contains(text, `"errorType":"Runtime.ExitError"`) || !strings.Contains(text, "exit status 3") {
		t.Errorf("a process that ends: %s, %v", text, err)
	}
	if text, err := get(s, "/count"); err != nil || !strings.Contains(text, `"count":1,`) {
		t.Errorf("after it ended: %s, %v", text, err)
	}
	// A process that answers nobody is given up.
	if text, err := get(s, "/stuck"); err != nil || !strings.Contains(text, "Task timed out") {
		t.Errorf("a process that is stuck: %s, %v", text, err)
	}
	if text, err := get(s, "/count"); err != nil || !strings.Contains(text, `"count":1,`) {
		t.Errorf("after it was stuck: %s, %v", text, err)
	}
	awaitEnvironments(t, w, 1)
}

func TestSharedProcessesThatAreIdleEnd(t *testing.T) {
	w := start(t, func(o *host.Options) { o.Limits.EnvironmentIdle = 50 })
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go w.Run(ctx) //nolint:errcheck // it ends with the test
	s := crowd(t, w, 4)
	if text, err := get(s, "/count"); err != nil || !strings.Contains(text, `"count":1,`) {
		t.Fatal(text, err)
	}
	awaitNoEnvironment(t, w)
}

func TestSharedProcessesThatCannotStart(t *testing.T) {
	w := start(t)
	s := crowd(t, w, 4, func(f *functions.Function) { f.Handler = "node absent.mjs" })
	if text, err := get(s, "/"); err != nil || !strings.Contains(text, `"errorType":"Runtime.ExitError"`) {
		t.Errorf("a server that ends: %s, %v", text, err)
	}
	s = w.Share(function(t, func(f *functions.Function) { f.Environment[functions.ConcurrencyVariable] = "4" }), 4)
	if text, err := get(s, "/"); err != nil || !strings.Contains(text, functions.ConcurrencyVariable+" is for web functions") {
		t.Errorf("no web function: %s, %v", text, err)
	}
	awaitNoEnvironment(t, w)
	ended := make(chan error, 1)
	s = crowd(t, w, 4)
	go func() {
		_, err := get(s, "/hang")
		ended <- err
	}()
	w.logs.await(t, "START RequestId")
	closing, cancel := context.WithCancel(context.Background())
	cancel() // without patience
	if err := w.Close(closing); err != nil {
		t.Error(err)
	}
	if err := <-ended; err != nil && !errors.Is(err, functions.ErrClosed) {
		t.Errorf("a call when the host closes: %v", err)
	}
	if _, err := get(s, "/"); !errors.Is(err, functions.ErrClosed) {
		t.Errorf("a call of a closed host: %v", err)
	}
}

// TestSharedCallerLeaves holds that a caller who leaves ends his request, and nothing else.
func TestSharedCallerLeaves(t *testing.T) {
	w := start(t)
	s := crowd(t, w, 4)
	if text, err := get(s, "/count"); err != nil {
		t.Fatal(text, err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	left := make(chan error, 1)
	go func() {
		left <- s.Invoke(ctx, &functions.Invocation{Payload: []byte(`{"httpMethod":"GET","path":"/hang","headers":{},"requestContext":{}}`)}, new(functions.Result))
	}()
	w.logs.awaitCount(t, "START RequestId", 2)
	cancel()
	if err := <-left; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if text, err := get(s, "/count"); err != nil || !strings.Contains(text, `"count":2,`) {
		t.Errorf("another call: %s, %v", text, err)
	}
}

// BenchmarkSharedWebFunction compares a web function whose process serves many at a time with one whose processes serve one each.
func BenchmarkSharedWebFunction(b *testing.B) {
	for _, seats := range []int{1, 16} {
		b.Run(fmt.Sprint(seats, " at a time"), func(b *testing.B) {
			w := start(b)
			s := crowd(b, w, seats)
			b.ReportAllocs()
			b.SetParallelism(8)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if text, err := get(s, "/"); err != nil || text != "ready" {
						b.Error(text, err)
						return
					}
				}
			})
		})
	}
}
