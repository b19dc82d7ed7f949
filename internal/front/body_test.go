package front_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/http1"
	"github.com/gatehouse-gateway/gatehouse/internal/front"
)

func TestBodyRules(t *testing.T) {
	stream := func() io.ReadCloser { return io.NopCloser(strings.NewReader("abc")) }
	for _, c := range []struct {
		name, method string
		response     front.Response
		want         string // after the Date
	}{
		{"body", "GET", front.Response{Status: 200, Body: []byte("abc")}, "Content-Length: 3|abc"},
		{"no body", "GET", front.Response{Status: 200}, "Content-Length: 0|"},
		{"HEAD", "HEAD", front.Response{Status: 200, Body: []byte("abc")}, "Content-Length: 3|"},
		{"HEAD of another length", "HEAD", front.Response{Status: 200, StreamLength: 99}, "Content-Length: 99|"},
		{"HEAD of unknown length", "HEAD", front.Response{Status: 200, StreamLength: -1}, "|"},
		{"HEAD of a stream", "HEAD", front.Response{Status: 200, Stream: stream(), StreamLength: 3}, "Content-Length: 3|"},
		{"204", "GET", front.Response{Status: 204, Body: []byte("abc")}, "|"},
		{"304", "GET", front.Response{Status: 304, Body: []byte("abc")}, "|"},
		{"stream", "GET", front.Response{Status: 200, Stream: stream(), StreamLength: -1}, "Transfer-Encoding: chunked|3\r\nabc\r\n0\r\n\r\n"},
		{"stream with length", "GET", front.Response{Status: 200, Stream: stream(), StreamLength: 3}, "Content-Length: 3|abc"},
		{"stream cut off", "GET", front.Response{Status: 200, Stream: stream(), StreamLength: 9}, "Content-Length: 9|abc"},
		{"stream too long", "GET", front.Response{Status: 200, Stream: stream(), StreamLength: 2}, "Content-Length: 2|"},
	} {
		for name, make := range fronts {
			var closed bool
			response := c.response
			if response.Stream != nil {
				response.Stream = &closer{strings.NewReader("abc"), &closed}
			}
			addr, stop := start(t, make, front.Options{}, func(_ context.Context, x *front.Exchange) {
				x.Response = response
				x.Response.Header = http1.Header{{Name: "X", Value: "y"}}
			})
			in := c.method + " / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
			head, body, _ := strings.Cut(withoutDate(t, talk(t, addr, in)), "\r\n\r\n")
			framing, wantBody, _ := strings.Cut(c.want, "|")
			for _, field := range []string{"Content-Length", "Transfer-Encoding"} {
				if strings.Contains(head, field) != strings.Contains(framing, field) || !strings.Contains(head, framing) {
					t.Errorf("%s, %s: got head %q, want %q", c.name, name, head, framing)
				}
			}
			if body != wantBody {
				t.Errorf("%s, %s: got body %q, want %q", c.name, name, body, wantBody)
			}
			if stop(); response.Stream != nil && !closed {
				t.Errorf("%s, %s: the stream was not closed", c.name, name)
			}
		}
	}
}

type closer struct {
	io.Reader
	closed *bool
}

func (c *closer) Close() error { *c.closed = true; return nil }

func TestContinueIsSentWhenTheBodyIsFirstRead(t *testing.T) {
	for name, make := range fronts {
		addr, _ := start(t, make, front.Options{}, echo)
		c := dial(t, addr)
		io.WriteString(c, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n")
		src := bufio.NewReader(c)
		if line, _ := src.ReadString('\n'); line != "HTTP/1.1 100 Continue\r\n" {
			t.Fatalf("%s: got %q", name, line)
		}
		src.ReadString('\n')
		io.WriteString(c, "abc")
		if got, _ := io.ReadAll(src); !bytes.HasSuffix(got, []byte("POST / a abc")) {
			t.Errorf("%s: got %q", name, got)
		}
	}
}

func TestContinueIsNotSentWhenNobodyReads(t *testing.T) {
	addr, _ := start(t, http1Front, front.Options{}, func(_ context.Context, x *front.Exchange) { x.Response.Status = 403 })
	c := dial(t, addr)
	io.WriteString(c, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
	c.CloseWrite()
	got, _ := io.ReadAll(c)
	if s := string(got); !strings.HasPrefix(s, "HTTP/1.1 403") || !strings.Contains(s, "Connection: close") {
		t.Errorf("got %q", got)
	}
}

func TestBodiesAreBounded(t *testing.T) {
	huge := strings.Repeat("a", 2000)
	for name, make := range fronts {
		addr, _ := start(t, make, front.Options{MaxBody: 1000}, echo)
		for _, in := range []string{
			"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n",
			"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2000\r\n\r\n" + huge,
			"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2000\r\nExpect: 100-continue\r\n\r\n",
			"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n7d0\r\n" + huge + "\r\n0\r\n\r\n",
		} {
			c := dial(t, addr)
			io.WriteString(c, in)
			c.CloseWrite()
			out, _ := io.ReadAll(c)
			got := string(out)
			if !strings.HasPrefix(got, "HTTP/1.1 413") || !strings.Contains(got, "Content-Type: text; charset=utf-8\r\n") ||
				!strings.HasSuffix(got, "\r\n\r\nHTTP content length exceeded 1000 bytes.") {
				t.Errorf("%s: %.80q: got %q", name, in, got)
			}
		}
		if got := talk(t, addr, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\nConnection: close\r\n\r\n"+huge[:1000]); !strings.HasPrefix(got, "HTTP/1.1 200") {
			t.Errorf("%s: the greatest body is refused: %q", name, got)
		}
	}
}

func TestUnreadBodiesAreDrainedOrTheConnectionCloses(t *testing.T) {
	addr, _ := start(t, http1Front, front.Options{}, func(_ context.Context, x *front.Exchange) { x.Response.Status = 200 })
	small, large := strings.Repeat("a", 60_000), strings.Repeat("a", 200_000)
	for _, c := range []struct {
		name, in string
		answers  int
	}{
		{"small", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n" + small + get + "Connection: close\r\n\r\n", 2},
		{"small chunks", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nea60\r\n" + small + "\r\n0\r\n\r\n" + get + "Connection: close\r\n\r\n", 2},
		{"large", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n" + large + get + "\r\n", 1},
		{"large chunks", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n30d40\r\n" + large + "\r\n0\r\n\r\n" + get + "\r\n", 1},
		{"broken chunks", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n" + get + "\r\n", 1},
	} {
		conn := dial(t, addr)
		go func() { io.WriteString(conn, c.in); conn.CloseWrite() }()
		got, err := io.ReadAll(conn)
		if n := strings.Count(string(got), "HTTP/1.1 200"); n != c.answers || err != nil {
			t.Errorf("%s: got %d answers, %v, want %d", c.name, n, err, c.answers)
		}
	}
}

var errBroken = errors.New("broken")

type brokenStream struct{ sent bool }

func (b *brokenStream) Read(p []byte) (int, error) {
	if b.sent {
		return 0, errBroken
	}
	b.sent = true
	return copy(p, "abc"), nil
}

func (b *brokenStream) Close() error { return nil }

func TestABrokenStreamIsNotEnded(t *testing.T) {
	for name, make := range fronts {
		reports := make1(chan error(nil))
		addr, _ := start(t, make, front.Options{}, func(_ context.Context, x *front.Exchange) {
			x.Response.Status, x.Response.Stream, x.Response.StreamLength = 200, &brokenStream{}, -1
			x.Response.Done = func(_ int64, err error) { reports <- err }
		})
		if got := talk(t, addr, get+"\r\n"); !strings.HasSuffix(got, "3\r\nabc\r\n") {
			t.Errorf("%s: got %q", name, got)
		}
		if err := <-reports; !errors.Is(err, errBroken) {
			t.Errorf("%s: Done got %v", name, err)
		}
	}
}
