package front_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/http1"
	"github.com/gatehouse-gateway/gatehouse/internal/front"
)

// short is a time that passes in a test.
const short = 30 * time.Millisecond

// pipeListener hands out one end of a net.Pipe per call of connect.
type pipeListener struct {
	conns chan net.Conn
	done  chan struct{}
}

func newPipeListener() *pipeListener {
	return &pipeListener{make(chan net.Conn), make(chan struct{})}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error {
	select {
	case <-l.done:
	default:
		close(l.done)
	}
	return nil
}

func (l *pipeListener) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

// connect returns the client's end of a new connection. Writes to it end when the
// server stops reading.
func (l *pipeListener) connect(t *testing.T) net.Conn {
	client, srv := net.Pipe()
	client.SetDeadline(time.Now().Add(20 * time.Second))
	l.conns <- srv
	t.Cleanup(func() { client.Close() })
	return client
}

func onPipe(t *testing.T, o front.Options, h front.HandlerFunc) *pipeListener {
	ln := newPipeListener()
	serve(t, ln, front.NewHTTP1(o, h))
	return ln
}

func TestSlowHeadsAreAnsweredWith408(t *testing.T) {
	for _, in := range []string{"G", "GET / HTTP/1.1\r\nHost: a", "GET / HTTP/1.1\r\nHost: a\r\n"} {
		c := onPipe(t, front.Options{HeadTimeout: short}, echo).connect(t)
		io.WriteString(c, in)
		if got, _ := io.ReadAll(c); !strings.HasPrefix(string(got), "HTTP/1.1 408 ") {
			t.Errorf("%q: got %q", in, got)
		}
	}
}

func TestAHeadHasOneTimeHoweverManyPieces(t *testing.T) {
	c := onPipe(t, front.Options{
		HeadTimeout: short, IdleTimeout: time.Hour, Limits: http1.Limits{Target: 1 << 30, Head: 1 << 30},
	}, echo).connect(t)
	go func() {
		for {
			if _, err := io.WriteString(c, "G"); err != nil {
				return
			}
		}
	}()
	got, _ := io.ReadAll(c)
	if s := string(got); !strings.HasPrefix(s, "HTTP/1.1 408 ") {
		t.Errorf("got %q", got)
	}
}

func TestIdleConnectionsAreClosedWithoutAnAnswer(t *testing.T) {
	c := onPipe(t, front.Options{IdleTimeout: short}, echo).connect(t)
	if got, err := io.ReadAll(c); len(got) > 0 || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestSlowBodiesTimeOut(t *testing.T) {
	ended := make(chan error, 1)
	c := onPipe(t, front.Options{BodyTimeout: short}, func(_ context.Context, x *front.Exchange) {
		_, err := io.ReadAll(x.Request.Body)
		ended <- err
		x.Response.Fail(err, 0)
	}).connect(t)
	io.WriteString(c, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab")
	got, _ := io.ReadAll(c)
	if err := <-ended; !errors.Is(err, front.ErrBodyTimeout) || !strings.HasPrefix(string(got), "HTTP/1.1 408 ") {
		t.Errorf("got %v, %q", err, got)
	}
}

func TestClientsThatDoNotReadAreCutOff(t *testing.T) {
	ended := make(chan error, 1)
	c := onPipe(t, front.Options{WriteTimeout: short}, func(_ context.Context, x *front.Exchange) {
		x.Response.Status, x.Response.Body = 200, make([]byte, 1<<20)
		x.Response.Done = func(_ int64, err error) { ended <- err }
	}).connect(t)
	io.WriteString(c, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
	if err := <-ended; err == nil {
		t.Error("the write did not fail")
	}
}

func TestDrainLetsRequestsInFlightFinish(t *testing.T) {
	for name, make := range fronts {
		entered, release := make1(chan bool(nil)), make1(chan bool(nil))
		addr, stop := start(t, make, front.Options{}, func(ctx context.Context, x *front.Exchange) {
			entered <- true
			<-release
			x.Response.Status = 204
			if ctx.Err() != nil {
				x.Response.Status = 500
			}
		})
		idle, busy := dial(t, addr), dial(t, addr)
		io.WriteString(busy, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
		<-entered
		stopped := make1(chan error(nil))
		go func() { stopped <- stop() }()
		if name == "http1" { // net/http gives connections without a request 5 seconds
			if _, err := io.ReadAll(idle); err != nil {
				t.Errorf("%s: idle connection: %v", name, err)
			}
		} else {
			idle.Close()
		}
		release <- true
		got, _ := io.ReadAll(busy)
		if s := string(got); !strings.HasPrefix(s, "HTTP/1.1 204 ") || !strings.Contains(s, "Connection: close") && name == "http1" {
			t.Errorf("%s: got %q", name, s)
		}
		if err := <-stopped; !errors.Is(err, context.Canceled) {
			t.Errorf("%s: Serve returned %v", name, err)
		}
	}
}

func TestTheGraceTimeEndsTheHandlersContext(t *testing.T) {
	for name, make := range fronts {
		entered := make1(chan bool(nil))
		addr, stop := start(t, make, front.Options{Grace: short}, func(ctx context.Context, x *front.Exchange) {
			entered <- true
			<-ctx.Done()
			x.Response.Status = 500
		})
		io.WriteString(dial(t, addr), "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
		<-entered
		if err := stop(); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: Serve returned %v", name, err)
		}
	}
}

func TestConnectionsAboveTheBoundAreClosed(t *testing.T) {
	addr, _ := start(t, http1Front, front.Options{MaxConns: 1}, echo)
	first := dial(t, addr)
	io.WriteString(first, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
	if n, err := first.Read(make([]byte, 12)); n == 0 {
		t.Fatal(err)
	}
	if got, _ := io.ReadAll(dial(t, addr)); len(got) > 0 {
		t.Errorf("got %q", got)
	}
}

func TestNoGoroutineIsLeft(t *testing.T) {
	before := runtime.NumGoroutine()
	addr, stop := start(t, http1Front, front.Options{}, echo)
	for range 20 {
		talk(t, addr, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
		dial(t, addr)
	}
	stop()
	for deadline := time.Now().Add(10 * time.Second); runtime.NumGoroutine() > before+1; runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatalf("got %d goroutines, had %d", runtime.NumGoroutine(), before)
		}
	}
}

func TestTLSIsServedAndShown(t *testing.T) {
	certificate := httptest.NewUnstartedServer(nil)
	certificate.StartTLS()
	defer certificate.Close()
	for name, make := range fronts {
		plain, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		shown := make1(chan string(nil))
		serve(t, tls.NewListener(plain, &tls.Config{Certificates: certificate.TLS.Certificates}),
			make(front.Options{}, front.HandlerFunc(func(_ context.Context, x *front.Exchange) {
				x.Response.Status = 200
				x.Response.Body = []byte(strings.Repeat("x", 100_000))
				if x.Request.TLS != nil {
					shown <- x.Request.TLS.ServerName
				} else {
					shown <- "plain"
				}
			})))
		c, err := tls.Dial("tcp", plain.Addr().String(), &tls.Config{InsecureSkipVerify: true, ServerName: "api.example"})
		if err != nil {
			t.Fatal(err)
		}
		c.SetDeadline(time.Now().Add(20 * time.Second))
		io.WriteString(c, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
		got, _ := io.ReadAll(c)
		if !strings.HasSuffix(string(got), strings.Repeat("x", 100_000)) {
			t.Errorf("%s: got %d bytes", name, len(got))
		}
		if got := <-shown; got != "api.example" {
			t.Errorf("%s: got server name %q", name, got)
		}
		c.Close()
	}
}
