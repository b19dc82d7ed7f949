package integration_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/http1"
	"github.com/gatehouse-gateway/gatehouse/internal/integration"
)

// backEnd accepts connections and runs serve on each, with their number.
type backEnd struct {
	ln    net.Listener
	conns atomic.Int32
}

func newBackEnd(t testing.TB, serve func(n int32, c *net.TCPConn, r *bufio.Reader)) *backEnd {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b := &backEnd{ln: ln}
	t.Cleanup(func() { ln.Close() })
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				serve(b.conns.Add(1), c.(*net.TCPConn), bufio.NewReader(c))
			}()
		}
	}()
	return b
}

// script answers each request of a connection with the same text.
func script(answer string) func(int32, *net.TCPConn, *bufio.Reader) {
	return func(_ int32, c *net.TCPConn, r *bufio.Reader) {
		for readRequest(r) != nil {
			if _, err := io.WriteString(c, answer); err != nil {
				return
			}
		}
	}
}

func readRequest(r *bufio.Reader) *http.Request {
	req, err := http.ReadRequest(r)
	if err != nil {
		return nil
	}
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil
	}
	req.Body = io.NopCloser(bytes.NewReader(body))
	return req
}

func (b *backEnd) endpoint(t testing.TB) *integration.Endpoint {
	t.Helper()
	ep, err := integration.NewEndpoint("http", b.ln.Addr().String(), integration.TLSOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return ep
}

func get() *integration.Call {
	return &integration.Call{Method: "GET", Target: "/x", Deadline: time.Now().Add(10 * time.Second)}
}

func do(t testing.TB, c *integration.Client, ep *integration.Endpoint, call *integration.Call) (*integration.Result, error) {
	t.Helper()
	res := new(integration.Result)
	return res, c.Do(context.Background(), ep, call, res)
}

const ok = "HTTP/1.1 200 OK\r\nx-A: 1\r\nContent-Length: 2\r\n\r\nok"

func TestCallIsSentAsGivenAndAnswerReturned(t *testing.T) {
	seen := make(chan string, 1)
	b := newBackEnd(t, func(_ int32, c *net.TCPConn, r *bufio.Reader) {
		head := ""
		for !strings.HasSuffix(head, "\r\n\r\n") {
			line, err := r.ReadString('\n')
			if err != nil {
				return
			}
			head += line
		}
		body := make([]byte, 5)
		io.ReadFull(r, body)
		seen <- head + string(body)
		io.WriteString(c, ok)
	})
	call := get()
	call.Method, call.Target, call.Body = "POST", "/a//b?c=%20", []byte("hello")
	call.Header = http1.Header{{Name: "x-b", Value: "1"}, {Name: "A", Value: "2"}, {Name: "content-length", Value: "9"}}
	res, err := do(t, integration.NewClient(integration.Options{}), b.endpoint(t), call)
	if err != nil {
		t.Fatal(err)
	}
	want := "POST /a//b?c=%20 HTTP/1.1\r\nHost: " + b.ln.Addr().String() + "\r\nx-b: 1\r\nA: 2\r\nContent-Length: 5\r\n\r\nhello"
	if got := <-seen; got != want {
		t.Errorf("sent %q, want %q", got, want)
	}
	if res.Status != 200 || string(res.Body) != "ok" || res.Header[0] != (http1.Field{Name: "x-A", Value: "1"}) || res.ContentLength != 2 || res.Reused {
		t.Errorf("got %+v", res)
	}
}

func TestHostHeaderCanBeSetAndDefaultsWithoutTheOwnPort(t *testing.T) {
	seen := make(chan string, 1)
	b := newBackEnd(t, func(_ int32, c *net.TCPConn, r *bufio.Reader) {
		if req := readRequest(r); req != nil {
			seen <- req.Host
			io.WriteString(c, ok)
		}
	})
	client := integration.NewClient(integration.Options{})
	for _, c := range []struct{ authority, header, want string }{
		{"API.example", "", "api.example"}, {"api.example:80", "", "api.example"},
		{"api.example:8080", "", "api.example:8080"}, {"api.example", "other", "other"}, {"[::1]:81", "", "[::1]:81"},
	} {
		ep, err := integration.NewEndpoint("HTTP", c.authority, integration.TLSOptions{})
		if err != nil {
			t.Fatal(err)
		}
		call := get()
		call.HostHeader = c.header
		if _, err := do(t, client, ep.Via(b.ln.Addr().String()), call); err != nil {
			t.Fatal(err)
		}
		if got := <-seen; got != c.want {
			t.Errorf("%+v: got %q", c, got)
		}
	}
}

func TestEndpointsAreCheckedWhenMade(t *testing.T) {
	for _, c := range [][2]string{
		{"ftp", "a"}, {"", "a"}, {"http", ""}, {"http", ":80"}, {"http", "a:0"}, {"http", "a:65536"}, {"http", "a:x"},
		{"http", "u@a"}, {"http", "a/b"}, {"http", "a b"}, {"http", "[::1"}, {"http", "[a]"}, {"http", "[::1]x"},
		{"http", "[fe80::1%eth0]"}, {"http", "a:1:2"}, {"http", ".a"}, {"http", "a\r\n"}, {"http", strings.Repeat("a", 254)},
	} {
		if _, err := integration.NewEndpoint(c[0], c[1], integration.TLSOptions{}); !errors.Is(err, integration.ErrBadEndpoint) {
			t.Errorf("%q: got %v", c, err)
		}
	}
}

func TestResponseBodies(t *testing.T) {
	large := strings.Repeat("x", 3<<20)
	for name, c := range map[string]struct{ method, answer, body string }{
		"large":       {"GET", "HTTP/1.1 200 OK\r\nContent-Length: 3145728\r\n\r\n" + large, large},
		"chunks":      {"GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n300000\r\n" + large + "\r\n0\r\nT: x\r\n\r\n", large},
		"until close": {"GET", "HTTP/1.0 200 OK\r\n\r\n" + large, large},
		"interim":     {"GET", "HTTP/1.1 103 Early Hints\r\n\r\n" + ok, "ok"},
		"HEAD":        {"HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", ""},
		"204":         {"GET", "HTTP/1.1 204 No Content\r\n\r\n", ""},
		"304":         {"GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", ""},
		"empty":       {"GET", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", ""},
	} {
		b := newBackEnd(t, func(_ int32, conn *net.TCPConn, r *bufio.Reader) {
			readRequest(r)
			io.WriteString(conn, c.answer)
		})
		call := get()
		call.Method = c.method
		res, err := do(t, integration.NewClient(integration.Options{}), b.endpoint(t), call)
		if err != nil || string(res.Body) != c.body {
			t.Errorf("%s: got %d bytes, %v, want %d", name, len(res.Body), err, len(c.body))
		}
		res.Release()
	}
}

func TestRequestBodiesAreStreamed(t *testing.T) {
	b := newBackEnd(t, func(_ int32, c *net.TCPConn, r *bufio.Reader) {
		for req := readRequest(r); req != nil; req = readRequest(r) {
			body, _ := io.ReadAll(req.Body)
			s := fmt.Sprint(req.ContentLength, " ", len(body))
			fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(s), s)
		}
	})
	client := integration.NewClient(integration.Options{})
	body := strings.Repeat("x", 1<<20)
	for length, want := range map[int64]string{1 << 20: "1048576 1048576", -1: "-1 1048576"} {
		call := get()
		call.Method, call.BodyStream, call.BodyLength = "POST", strings.NewReader(body), length
		if res, err := do(t, client, b.endpoint(t), call); err != nil || string(res.Body) != want {
			t.Errorf("length %d: got %q, %v", length, res.Body, err)
		}
	}
	call := get()
	call.Method, call.Body = "POST", []byte(body)
	if res, err := do(t, client, b.endpoint(t), call); err != nil || string(res.Body) != "1048576 1048576" {
		t.Errorf("in memory: got %q, %v", res.Body, err)
	}
	cause := errors.New("client went away")
	for name, c := range map[string]struct {
		stream io.Reader
		length int64
	}{
		"too short": {strings.NewReader("x"), 2},
		"too long":  {strings.NewReader("xyz"), 2},
		"broken":    {io.MultiReader(strings.NewReader("x"), errorReader{cause}), -1},
	} {
		call := get()
		call.Method, call.BodyStream, call.BodyLength = "POST", c.stream, c.length
		if _, err := do(t, client, b.endpoint(t), call); !errors.Is(err, integration.ErrBody) || name == "broken" && !errors.Is(err, cause) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

type errorReader struct{ err error }

func TestStreamsAreReadAsTheyArrive(t *testing.T) {
	next := make(chan string)
	b := newBackEnd(t, func(_ int32, c *net.TCPConn, r *bufio.Reader) {
		for readRequest(r) != nil {
			io.WriteString(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
			for s := range next {
				io.WriteString(c, strconv.FormatInt(int64(len(s)), 16)+"\r\n"+s+"\r\n")
				if s == "" {
					break
				}
			}
		}
	})
	client, ep := integration.NewClient(integration.Options{}), b.endpoint(t)
	call := get()
	call.Stream, call.IdleTimeout = true, 5*time.Second
	for i := range 2 {
		res, err := do(t, client, ep, call)
		if err != nil || res.Body != nil {
			t.Fatal(err)
		}
		p := make([]byte, 10)
		for _, s := range []string{"one", "two"} {
			next <- s
			if n, err := res.Stream.Read(p); string(p[:n]) != s || err != nil {
				t.Errorf("got %q, %v", p[:n], err)
			}
		}
		next <- ""
		if n, err := res.Stream.Read(p); n != 0 || err != io.EOF {
			t.Errorf("got %d, %v at the end", n, err)
		}
		res.Stream.Close()
		if res.Reused != (i == 1) {
			t.Errorf("call %d: reused %v", i, res.Reused)
		}
	}
}
