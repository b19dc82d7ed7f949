package front_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/http1"
	"github.com/gatehouse-gateway/gatehouse/internal/front"
)

type server interface {
	Serve(ctx context.Context, ln net.Listener) error
}

// fronts are the two that must behave alike.
var fronts = map[string]func(front.Options, front.Handler) server{
	"http1":   func(o front.Options, h front.Handler) server { return front.NewHTTP1(o, h) },
	"nethttp": func(o front.Options, h front.Handler) server { return front.NewNetHTTP(o, h) },
}

// start serves h on a loopback address until the test ends, or stop is called, which
// returns what Serve returned.
func start(t testing.TB, make func(front.Options, front.Handler) server, o front.Options, h front.HandlerFunc) (addr string, stop func() error) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return ln.Addr().String(), serve(t, ln, make(o, h))
}

func serve(t testing.TB, ln net.Listener, s server) (stop func() error) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, ln) }()
	stop = sync.OnceValue(func() error { cancel(); return <-ended })
	t.Cleanup(func() { stop() })
	return stop
}

func http1Front(o front.Options, h front.Handler) server { return front.NewHTTP1(o, h) }

// talk sends in on a new connection and returns all that comes back.
func talk(t testing.TB, addr, in string) string {
	t.Helper()
	c := dial(t, addr)
	io.WriteString(c, in)
	out, _ := io.ReadAll(c)
	return string(out)
}

func dial(t testing.TB, addr string) *net.TCPConn {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	c.SetDeadline(time.Now().Add(20 * time.Second))
	t.Cleanup(func() { c.Close() })
	return c.(*net.TCPConn)
}

// withoutDate removes the Date line, which must be there.
func withoutDate(t testing.TB, response string) string {
	t.Helper()
	before, rest, ok := strings.Cut(response, "Date: ")
	date, after, _ := strings.Cut(rest, "\r\n")
	if _, err := http.ParseTime(date); !ok || err != nil {
		t.Fatalf("no Date in %q", response)
	}
	return before + after
}

// echo answers with what it got.
func echo(_ context.Context, x *front.Exchange) {
	body, err := io.ReadAll(x.Request.Body)
	x.Response.Status = 200
	if err != nil {
		x.Response.Fail(err, 1000)
		return
	}
	x.Response.Body = fmt.Appendf(nil, "%s %s %s %s", x.Request.Method, x.Request.Target, x.Request.Host, body)
}

const get = "GET / HTTP/1.1\r\nHost: a.example\r\n"

func TestAnswerIsTheHandlersFieldsAndOurs(t *testing.T) {
	addr, _ := start(t, http1Front, front.Options{}, func(_ context.Context, x *front.Exchange) {
		r := &x.Response
		r.Status = 201
		r.Header.Add("x-B", "1")
		r.Header.Add("A", "2")
		r.Header.Add("x-B", "3")
		for _, name := range []string{"Content-Length", "date", "CONNECTION", "transfer-encoding"} {
			r.Header.Add(name, "9")
		}
		r.Body = []byte("hello")
	})
	got := withoutDate(t, talk(t, addr, get+"Connection: close\r\n\r\n"))
	want := "HTTP/1.1 201 Created\r\nx-B: 1\r\nA: 2\r\nx-B: 3\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello"
	if got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestTransportErrorsHaveThePlainForm(t *testing.T) {
	addr, _ := start(t, http1Front, front.Options{}, echo)
	for in, want := range map[string]string{
		"GET / HTTP/1.1\r\n\r\n":                "400 Bad Request",
		get + "A : b\r\n\r\n":                   "400 Bad Request",
		"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n": "400 Bad Request",
		"GET /" + strings.Repeat("a", 11_000) + " HTTP/1.1\r\nHost: a\r\n\r\n":         "414 URI Too Long",
		get + "Content-Length: 1\r\nExpect: x\r\n\r\n":                                 "417 Expectation Failed",
		get + "A: " + strings.Repeat("a", 11_000) + "\r\n\r\n":                         "431 Request Header Fields Too Large",
		get + "Transfer-Encoding: gzip\r\n\r\n":                                        "501 Not Implemented",
		"GET / HTTP/3.0\r\nHost: a\r\n\r\n":                                            "505 HTTP Version Not Supported",
		get + "Transfer-Encoding: chunked\r\n\r\nx\r\n":                                "400 Bad Request",
		get + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET / ": "400 Bad Request",
	} {
		got := withoutDate(t, talk(t, addr, in))
		form := fmt.Sprintf("HTTP/1.1 %s\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", want, len(want), want)
		if got != form {
			t.Errorf("%.40q: got %q, want %q", in, got, form)
		}
	}
}

func TestConnectionsAreKeptAsTheClientAsks(t *testing.T) {
	addr, _ := start(t, http1Front, front.Options{}, echo)
	post := "POST /2 HTTP/1.1\r\nHost: b\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nT: x\r\n\r\n"
	for _, c := range []struct {
		in   string
		want []string
	}{
		{get + "\r\n" + post + "GET http://C/3?x HTTP/1.1\r\nHost: c\r\nConnection: close\r\n\r\n" + get + "\r\n",
			[]string{"GET / a.example ", "POST /2 b abc", "GET /3?x C "}},
		{"GET / HTTP/1.0\r\n\r\n" + get + "\r\n", []string{"GET /  "}},
		{"GET /1 HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /2 HTTP/1.0\r\n\r\n", []string{"GET /1  ", "GET /2  "}},
	} {
		src := bufio.NewReader(strings.NewReader(talk(t, addr, c.in)))
		var got []string
		for {
			res, err := http.ReadResponse(src, nil)
			if err != nil {
				break
			}
			body, _ := io.ReadAll(res.Body)
			got = append(got, string(body))
		}
		if strings.Join(got, "|") != strings.Join(c.want, "|") {
			t.Errorf("%q: got %q, want %q", c.in, got, c.want)
		}
	}
}

func TestHTTP10ClientsGetNoChunks(t *testing.T) {
	addr, _ := start(t, http1Front, front.Options{}, func(_ context.Context, x *front.Exchange) {
		x.Response.Status = 200
		x.Response.Stream, x.Response.StreamLength = io.NopCloser(strings.NewReader("abc")), -1
	})
	got := withoutDate(t, talk(t, addr, "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"))
	if want := "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nabc"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestHandlersCannotSplitResponses(t *testing.T) {
	for name, make := range fronts {
		for _, c := range []front.Response{
			{Status: 200, Header: http1.Header{{Name: "A", Value: "b\r\nC: d"}}},
			{Status: 200, Header: http1.Header{{Name: "A b", Value: "c"}}},
			{Status: 0}, {Status: 101}, {Status: 1000},
		} {
			var reported error
			addr, stop := start(t, make, front.Options{}, func(_ context.Context, x *front.Exchange) {
				x.Response = c
				x.Response.Done = func(_ int64, err error) { reported = err }
			})
			got := talk(t, addr, get+"Connection: close\r\n\r\n")
			if !strings.HasPrefix(got, "HTTP/1.1 500 ") || strings.Contains(got, "C: d") {
				t.Errorf("%s: %+v: got %q", name, c, got)
			}
			if stop(); !errors.Is(reported, front.ErrInvalidResponse) {
				t.Errorf("%s: Done got %v", name, reported)
			}
		}
	}
}

func TestAPanicIsAnsweredAndReported(t *testing.T) {
	for name, make := range fronts {
		reports := make1(chan any(nil))
		addr, _ := start(t, make, front.Options{Panicked: func(v any, _ []byte) { reports <- v }},
			func(context.Context, *front.Exchange) { panic("lost") })
		if got := talk(t, addr, get+"\r\n"); !strings.HasPrefix(got, "HTTP/1.1 500 ") {
			t.Errorf("%s: got %q", name, got)
		}
		if got := <-reports; got != "lost" {
			t.Errorf("%s: got report %v", name, got)
		}
	}
}

func make1[T any](chan T) chan T { return make(chan T, 1) }

func TestDoneIsToldWhatWasWritten(t *testing.T) {
	body := bytes.Repeat([]byte("x"), 1<<20)
	for name, make := range fronts {
		for _, size := range []int{0, 10, 100_000, 1 << 20} {
			type report struct {
				n   int64
				err error
			}
			reports := make1(chan report(nil))
			addr, _ := start(t, make, front.Options{}, func(_ context.Context, x *front.Exchange) {
				x.Response.Status, x.Response.Body = 200, body[:size]
				x.Response.Done = func(n int64, err error) { reports <- report{n, err} }
			})
			got := talk(t, addr, get+"Connection: close\r\n\r\n")
			if !strings.HasSuffix(got, "\r\n\r\n"+string(body[:size])) {
				t.Errorf("%s: %d bytes did not arrive", name, size)
			}
			if r := <-reports; r.n != int64(size) || r.err != nil {
				t.Errorf("%s: Done got %+v, want %d", name, r, size)
			}
		}
	}
}

func TestRequestShowsTheConnection(t *testing.T) {
	for name, make := range fronts {
		var got front.Request
		var header http1.Header
		addr, stop := start(t, make, front.Options{}, func(_ context.Context, x *front.Exchange) {
			got = x.Request
			header = append(header, x.Request.Header...)
			x.Response.Status = 204
		})
		c := dial(t, addr)
		io.WriteString(c, get+"X-a: 1\r\nConnection: close\r\n\r\n")
		io.ReadAll(c)
		stop()
		if got.Peer.String() != c.LocalAddr().String() || got.Local.String() != c.RemoteAddr().String() {
			t.Errorf("%s: got %v to %v", name, got.Peer, got.Local)
		}
		if got.Proto != "HTTP/1.1" || got.TLS != nil || time.Since(got.Received) > time.Minute || header.Get("Host") != "a.example" {
			t.Errorf("%s: got %+v %q", name, got, header)
		}
		if name == "http1" && header[1].Name != "X-a" {
			t.Errorf("%s: got %q, want the case as sent", name, header)
		}
	}
}

func TestScratchStaysWithTheConnection(t *testing.T) {
	addr, _ := start(t, http1Front, front.Options{}, func(_ context.Context, x *front.Exchange) {
		n, _ := x.Scratch.(int)
		x.Scratch = n + 1
		x.Response.Status, x.Response.Body = 200, fmt.Append(nil, n)
	})
	got := talk(t, addr, get+"\r\n"+get+"Connection: close\r\n\r\n")
	if !strings.HasSuffix(got, "\r\n\r\n1") {
		t.Errorf("got %q", got)
	}
}
