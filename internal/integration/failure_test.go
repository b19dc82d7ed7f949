package integration_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/http1"
	"github.com/gatehouse-gateway/gatehouse/internal/integration"
)

func TestFailuresHaveTheirMeaning(t *testing.T) {
	closedPort := func() string {
		ln, _ := net.Listen("tcp", "127.0.0.1:0")
		defer ln.Close()
		return ln.Addr().String()
	}()
	hang := func(_ int32, _ *net.TCPConn, r *bufio.Reader) { io.Copy(io.Discard, r) }
	answer := func(s string) func(int32, *net.TCPConn, *bufio.Reader) {
		return func(_ int32, c *net.TCPConn, r *bufio.Reader) { readRequest(r); io.WriteString(c, s) }
	}
	for _, c := range []struct {
		name  string
		serve func(int32, *net.TCPConn, *bufio.Reader)
		want  error
	}{
		{"hangs", hang, integration.ErrTimeout},
		{"hangs in the head", func(_ int32, c *net.TCPConn, r *bufio.Reader) {
			io.WriteString(c, "HTTP/1.1 200")
			io.Copy(io.Discard, r)
		}, integration.ErrTimeout},
		{"hangs in the body", func(_ int32, c *net.TCPConn, r *bufio.Reader) {
			io.WriteString(c, ok[:len(ok)-1])
			io.Copy(io.Discard, r)
		}, integration.ErrTimeout},
		{"closes", answer(""), integration.ErrNetwork},
		{"resets", func(_ int32, c *net.TCPConn, r *bufio.Reader) { readRequest(r); c.SetLinger(0) }, integration.ErrNetwork},
		{"closes in the head", answer("HTTP/1.1 200 OK\r\nA: b"), integration.ErrNetwork},
		{"closes in the body", answer("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok"), integration.ErrNetwork},
		{"closes in the chunks", answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n"), integration.ErrNetwork},
		{"speaks another language", answer("220 mail ready\r\n\r\n"), integration.ErrNetwork},
		{"has two lengths", answer("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nok"), integration.ErrNetwork},
		{"announces too much", answer("HTTP/1.1 200 OK\r\nContent-Length: 104857600\r\n\r\n"), integration.ErrResponseTooLarge},
		{"sends too much", func(_ int32, c *net.TCPConn, r *bufio.Reader) {
			io.WriteString(c, "HTTP/1.1 200 OK\r\n\r\n")
			for piece := make([]byte, 1<<20); ; {
				if _, err := c.Write(piece); err != nil {
					return
				}
			}
		}, integration.ErrResponseTooLarge},
		{"sends headers without end", func(_ int32, c *net.TCPConn, r *bufio.Reader) {
			for _, err := io.WriteString(c, "HTTP/1.1 200 OK\r\n"); err == nil; {
				_, err = io.WriteString(c, strings.Repeat("a: b\r\n", 1000))
			}
		}, integration.ErrNetwork},
		{"sends interim answers without end", func(_ int32, c *net.TCPConn, r *bufio.Reader) {
			for err := error(nil); err == nil; {
				_, err = io.WriteString(c, "HTTP/1.1 100 Continue\r\n\r\n")
			}
		}, integration.ErrNetwork},
		{"sends trailers without end", func(_ int32, c *net.TCPConn, r *bufio.Reader) {
			for _, err := io.WriteString(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"); err == nil; {
				_, err = io.WriteString(c, strings.Repeat("a: b\r\n", 1000))
			}
		}, integration.ErrNetwork},
	} {
		for _, stream := range []bool{false, true} {
			b := newBackEnd(t, c.serve)
			call := get()
			if errors.Is(c.want, integration.ErrTimeout) {
				call.Deadline = time.Now().Add(50 * time.Millisecond)
			}
			call.Stream, call.MaxBody = stream, integration.DefaultMaxBody
			res, err := do(t, integration.NewClient(integration.Options{}), b.endpoint(t), call)
			if stream && err == nil {
				_, err = io.Copy(io.Discard, res.Stream)
				res.Stream.Close()
			}
			if !errors.Is(err, c.want) {
				t.Errorf("back end %s, stream %v: got %v, want %v", c.name, stream, err, c.want)
			}
			if len(res.Header) > 0 && !stream || res.Body != nil {
				t.Errorf("back end %s: the result is not empty: %+v", c.name, res)
			}
		}
	}
	refused, _ := integration.NewEndpoint("http", closedPort, integration.TLSOptions{})
	if _, err := do(t, integration.NewClient(integration.Options{}), refused, get()); !errors.Is(err, integration.ErrNetwork) {
		t.Errorf("refused: got %v", err)
	}
}

func TestUnresolvableAndDeniedAddresses(t *testing.T) {
	denied := fmt.Errorf("metadata: %w", integration.ErrDenied)
	for _, c := range []struct {
		err, want error
	}{
		{&net.DNSError{Err: "no such host", Name: "a", IsNotFound: true}, integration.ErrUnresolvable},
		{&net.OpError{Op: "dial", Err: denied}, integration.ErrDenied},
		{&net.OpError{Op: "dial", Err: context.DeadlineExceeded}, integration.ErrTimeout},
	} {
		client := integration.NewClient(integration.Options{Dial: func(context.Context, string, string) (net.Conn, error) { return nil, c.err }})
		ep, _ := integration.NewEndpoint("http", "a.invalid", integration.TLSOptions{})
		if _, err := do(t, client, ep, get()); !errors.Is(err, c.want) || !errors.Is(err, c.err) {
			t.Errorf("%v: got %v, want %v", c.err, err, c.want)
		}
	}
}

func TestTheContextEndsTheCall(t *testing.T) {
	got := make(chan bool, 8)
	b := newBackEnd(t, func(_ int32, c *net.TCPConn, r *bufio.Reader) {
		if req := readRequest(r); req != nil && req.URL.Path == "/stream" {
			io.WriteString(c, "HTTP/1.1 200 OK\r\n\r\nx")
		}
		got <- true
		io.Copy(io.Discard, r)
	})
	for _, stream := range []bool{false, true} {
		ctx, cancel := context.WithCancel(context.Background())
		call := get()
		if call.Stream = stream; stream {
			call.Target, call.IdleTimeout = "/stream", 10*time.Second
		}
		go func() { <-got; cancel() }()
		var res integration.Result
		err := integration.NewClient(integration.Options{}).Do(ctx, b.endpoint(t), call, &res)
		if stream && err == nil {
			_, err = io.ReadAll(res.Stream)
		}
		if !errors.Is(err, integration.ErrCanceled) {
			t.Errorf("stream %v: got %v", stream, err)
		}
	}
}

func (e errorReader) Read([]byte) (int, error) { return 0, e.err }

func TestAnEarlyAnswerIsReturned(t *testing.T) {
	b := newBackEnd(t, func(_ int32, c *net.TCPConn, r *bufio.Reader) {
		r.ReadString('\n')
		io.WriteString(c, "HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno")
		c.CloseWrite()
		io.CopyN(io.Discard, r, 1<<20)
	})
	call := get()
	call.Method, call.BodyStream, call.BodyLength = "POST", io.LimitReader(zeros{}, 2<<20), 2<<20
	res, err := do(t, integration.NewClient(integration.Options{}), b.endpoint(t), call)
	if err == nil && (res.Status != 413 || string(res.Body) != "no") || err != nil && !errors.Is(err, integration.ErrNetwork) {
		t.Errorf("got %d %q, %v", res.Status, res.Body, err)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

func TestSilentStreamsTimeOut(t *testing.T) {
	b := newBackEnd(t, func(_ int32, c *net.TCPConn, r *bufio.Reader) {
		readRequest(r)
		io.WriteString(c, "HTTP/1.1 200 OK\r\n\r\nx")
		io.Copy(io.Discard, r)
	})
	call := get()
	call.Stream, call.IdleTimeout = true, 30*time.Millisecond
	res, err := do(t, integration.NewClient(integration.Options{}), b.endpoint(t), call)
	if err != nil {
		t.Fatal(err)
	}
	if data, err := io.ReadAll(res.Stream); string(data) != "x" || !errors.Is(err, integration.ErrTimeout) {
		t.Errorf("got %q, %v", data, err)
	}
}

func TestInvalidCallsAreNotSent(t *testing.T) {
	b := newBackEnd(t, script(ok))
	for _, change := range []func(*integration.Call){
		func(c *integration.Call) { c.Method = "G T" },
		func(c *integration.Call) { c.Target = "x" },
		func(c *integration.Call) { c.Target = "/ HTTP/1.1\r\nA: b" },
		func(c *integration.Call) { c.HostHeader = "a\r\nb" },
		func(c *integration.Call) { c.Header = http1.Header{{Name: "A", Value: "b\r\nC: d"}} },
	} {
		call := get()
		change(call)
		if _, err := do(t, integration.NewClient(integration.Options{}), b.endpoint(t), call); !errors.Is(err, integration.ErrInvalidCall) {
			t.Errorf("%+v: got %v", call, err)
		}
	}
}

// readerFunc is a stream made of one function.
type readerFunc func(p []byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func TestTimeOfTheRequestStreamIsNotTheBackEnds(t *testing.T) {
	b := newBackEnd(t, script(ok))
	call := get()
	call.Method, call.BodyLength, call.Deadline = "POST", 2, time.Now().Add(50*time.Millisecond)
	call.BodyStream = readerFunc(func(p []byte) (int, error) {
		<-time.After(time.Until(call.Deadline) + 20*time.Millisecond)
		return copy(p, "ab"), nil
	})
	if res, err := do(t, integration.NewClient(integration.Options{}), b.endpoint(t), call); err != nil || res.Status != 200 {
		t.Errorf("got %v, want 200", err)
	}
}

func TestTheContextEndsACallThatWaitsForItsStream(t *testing.T) {
	b := newBackEnd(t, func(_ int32, _ *net.TCPConn, r *bufio.Reader) { io.Copy(io.Discard, r) })
	ctx, cancel := context.WithCancel(context.Background())
	call := get()
	call.Method, call.BodyLength, call.Deadline = "POST", 2, time.Now().Add(time.Minute)
	call.BodyStream = readerFunc(func(p []byte) (int, error) {
		cancel()
		return copy(p, "ab"), nil
	})
	var res integration.Result
	err := integration.NewClient(integration.Options{}).Do(ctx, b.endpoint(t), call, &res)
	if !errors.Is(err, integration.ErrCanceled) {
		t.Errorf("got %v, want %v", err, integration.ErrCanceled)
	}
}
