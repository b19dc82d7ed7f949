package integration_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/integration"
)

func TestConnectionsAreReused(t *testing.T) {
	b := newBackEnd(t, script(ok))
	client := integration.NewClient(integration.Options{})
	for i := range 10 {
		res, err := do(t, client, b.endpoint(t), get())
		if err != nil || res.Reused != (i > 0) {
			t.Fatalf("call %d: %v, reused %v", i, err, res.Reused)
		}
		res.Release()
	}
	if n := b.conns.Load(); n != 1 {
		t.Errorf("got %d connections", n)
	}
}

func TestConnectionsThatMustNotBeReusedAreNot(t *testing.T) {
	for name, answer := range map[string]string{
		"close":             "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok",
		"HTTP/1.0":          "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
		"bytes left":        ok + "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil",
		"HEAD with a body":  "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
		"204 with a body":   "HTTP/1.1 204 No Content\r\n\r\nok",
		"too many trailers": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n\r\n",
	} {
		b := newBackEnd(t, script(answer))
		client := integration.NewClient(integration.Options{})
		for range 3 {
			call := get()
			if strings.HasPrefix(name, "HEAD") {
				call.Method = "HEAD"
			}
			if res, err := do(t, client, b.endpoint(t), call); err != nil || res.Reused {
				t.Errorf("%s: %v, reused %v", name, err, res.Reused)
			}
		}
	}
}

// A back end that says something unasked between two calls must not answer the next.
func TestUnaskedBytesOnAKeptConnectionAreNoticed(t *testing.T) {
	late := make(chan bool)
	b := newBackEnd(t, func(n int32, c *net.TCPConn, r *bufio.Reader) {
		for readRequest(r) != nil {
			io.WriteString(c, ok)
			if n == 1 {
				<-late
				io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")
				late <- true
			}
		}
	})
	client := integration.NewClient(integration.Options{})
	ep := b.endpoint(t)
	if _, err := do(t, client, ep, get()); err != nil {
		t.Fatal(err)
	}
	late <- true
	<-late
	res, err := do(t, client, ep, get())
	if err != nil || string(res.Body) != "ok" || res.Reused {
		t.Errorf("got %q, %v, reused %v", res.Body, err, res.Reused)
	}
}

// A connection that the back end closed between two calls, without our noticing, is
// replaced once, for calls that may be repeated.
func TestStaleConnectionsAreReplacedOnceForIdempotentCalls(t *testing.T) {
	for _, c := range []struct {
		name   string
		call   integration.Call
		repeat bool
	}{
		{"GET", integration.Call{Method: "GET"}, true},
		{"PUT with a body", integration.Call{Method: "PUT", Body: []byte("x")}, false},
		{"POST", integration.Call{Method: "POST"}, false},
		{"PATCH", integration.Call{Method: "PATCH", Body: []byte("x")}, false},
		{"PUT with a stream", integration.Call{Method: "PUT", BodyStream: strings.NewReader("x"), BodyLength: 1}, false},
	} {
		b := newBackEnd(t, func(n int32, conn *net.TCPConn, r *bufio.Reader) {
			readRequest(r)
			io.WriteString(conn, ok)
			if n == 1 {
				readRequest(r) // the second call comes, and is dropped
				return
			}
			for readRequest(r) != nil {
				io.WriteString(conn, ok)
			}
		})
		client, ep := integration.NewClient(integration.Options{}), b.endpoint(t)
		if _, err := do(t, client, ep, get()); err != nil {
			t.Fatal(err)
		}
		c.call.Target, c.call.Deadline = "/", time.Now().Add(10*time.Second)
		_, err := do(t, client, ep, &c.call)
		if c.repeat && err != nil || !c.repeat && !errors.Is(err, integration.ErrNetwork) {
			t.Errorf("%s: got %v", c.name, err)
		}
		if n := b.conns.Load(); n != 1 && !c.repeat || n != 2 && c.repeat {
			t.Errorf("%s: got %d connections", c.name, n)
		}
	}
}

func TestNewConnectionsAreNeverRetried(t *testing.T) {
	b := newBackEnd(t, func(_ int32, _ *net.TCPConn, r *bufio.Reader) { readRequest(r) })
	if _, err := do(t, integration.NewClient(integration.Options{}), b.endpoint(t), get()); !errors.Is(err, integration.ErrNetwork) {
		t.Errorf("got %v", err)
	}
	if n := b.conns.Load(); n != 1 {
		t.Errorf("got %d connections", n)
	}
}

func TestKeptConnectionsAreBounded(t *testing.T) {
	const calls = 12
	for _, o := range []integration.Options{{MaxIdlePerHost: 4}, {MaxIdle: 4}} {
		var arrived atomic.Int32
		gate := make(chan bool)
		closed := make(chan bool, calls)
		b := newBackEnd(t, func(_ int32, c *net.TCPConn, r *bufio.Reader) {
			readRequest(r)
			if arrived.Add(1) == calls {
				close(gate)
			}
			<-gate
			io.WriteString(c, ok)
			io.Copy(io.Discard, r)
			closed <- true
		})
		client, ep := integration.NewClient(o), b.endpoint(t)
		done := make(chan error)
		for range calls {
			go func() { _, err := do(t, client, ep, get()); done <- err }()
		}
		for range calls {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		for range calls - 4 { // these are closed now, and the rest by Sweep
			<-closed
		}
		select {
		case <-closed:
			t.Fatalf("%+v: fewer connections are kept than may be", o)
		default:
		}
		client.Sweep(time.Now().Add(time.Hour))
		for range 4 {
			<-closed
		}
	}
}

func TestOpenConnectionsAreBounded(t *testing.T) {
	b := newBackEnd(t, script(ok))
	client := integration.NewClient(integration.Options{MaxOpen: 1})
	call := get()
	call.Stream = true
	res, err := do(t, client, b.endpoint(t), call)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := do(t, client, b.endpoint(t), get()); !errors.Is(err, integration.ErrBusy) {
		t.Errorf("got %v", err)
	}
	io.Copy(io.Discard, res.Stream)
	res.Stream.Close()
	other := newBackEnd(t, script(ok))
	if _, err := do(t, client, other.endpoint(t), get()); err != nil {
		t.Errorf("a kept connection is not given up for a new one: %v", err)
	}
}

func TestRunClosesWhatIsLeft(t *testing.T) {
	closed := make(chan bool, 1)
	b := newBackEnd(t, func(_ int32, c *net.TCPConn, r *bufio.Reader) {
		readRequest(r)
		io.WriteString(c, ok)
		io.Copy(io.Discard, r)
		closed <- true
	})
	client := integration.NewClient(integration.Options{})
	if _, err := do(t, client, b.endpoint(t), get()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := client.Run(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	<-closed
}

func TestCallsLeaveNoGoroutine(t *testing.T) {
	b := newBackEnd(t, script(ok))
	client, ep := integration.NewClient(integration.Options{}), b.endpoint(t)
	do(t, client, ep, get())
	before := runtime.NumGoroutine()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	for range 50 {
		var res integration.Result
		if err := client.Do(ctx, ep, get(), &res); err != nil {
			t.Fatal(err)
		}
	}
	if after := runtime.NumGoroutine(); after > before {
		t.Errorf("got %d goroutines, had %d", after, before)
	}
}
