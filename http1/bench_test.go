package http1_test

import (
	"errors"
	"io"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/http1"
)

const typical = "GET /stage/orders/42?expand=lines HTTP/1.1\r\nHost: a1b2c3.execute-api.us-east-1.example\r\n" +
	"User-Agent: curl/8.5.0\r\nAccept: application/json\r\nX-Api-Key: 0123456789abcdefghij0123456789abcdefghij\r\n" +
	"X-Amzn-Trace-Id: Root=1-5759e988-bd862e3fe1be46a994272793\r\nAccept-Encoding: gzip, br\r\n\r\n"

const typicalResponse = "HTTP/1.1 200 OK\r\nServer: nginx\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n" +
	"Content-Type: application/json\r\nContent-Length: 128\r\nConnection: keep-alive\r\n\r\n"

// endless repeats one text.
type endless struct {
	text string
	at   int
}

func (e *endless) Read(p []byte) (int, error) {
	n := copy(p, e.text[e.at:])
	e.at = (e.at + n) % len(e.text)
	return n, nil
}

func BenchmarkReadRequest(b *testing.B) {
	r := http1.NewReader(&endless{text: typical}, http1.Limits{})
	var h http1.RequestHead
	b.ReportAllocs()
	b.SetBytes(int64(len(typical)))
	for b.Loop() {
		if err := r.ReadRequest(&h); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkReadResponse(b *testing.B) {
	r := http1.NewReader(&endless{text: typicalResponse}, http1.Limits{})
	var h http1.ResponseHead
	b.ReportAllocs()
	for b.Loop() {
		if err := r.ReadResponse(&h, "HEAD"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkReadChunks(b *testing.B) {
	text := chunked
	for range 16 {
		text += "400\r\n" + string(make([]byte, 1024)) + "\r\n"
	}
	r := http1.NewReader(&endless{text: text + http1.LastChunk}, http1.Limits{})
	var h http1.RequestHead
	var body http1.Body
	p := make([]byte, 32<<10)
	b.ReportAllocs()
	b.SetBytes(16 << 10)
	for b.Loop() {
		if err := r.ReadRequest(&h); err != nil {
			b.Fatal(err)
		}
		r.Body(&body, h.ContentLength)
		for {
			if _, err := body.Read(p); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				b.Fatal(err)
			}
		}
	}
}

func BenchmarkAppendRequestHead(b *testing.B) {
	m := readOne(&endless{text: typical}, http1.Limits{})
	var dst []byte
	b.ReportAllocs()
	for b.Loop() {
		dst, _ = http1.AppendRequestHead(dst[:0], m.Method, m.Target, m.Host, m.Header, 0)
	}
}

// A head is one string; everything else is reused.
func TestReadingAHeadAllocatesOnce(t *testing.T) {
	r := http1.NewReader(&endless{text: typical}, http1.Limits{})
	var h http1.RequestHead
	if got := testing.AllocsPerRun(100, func() { r.ReadRequest(&h) }); got > 1 {
		t.Errorf("request: got %v allocations, want 1", got)
	}
	r = http1.NewReader(&endless{text: typicalResponse}, http1.Limits{})
	var a http1.ResponseHead
	if got := testing.AllocsPerRun(100, func() { r.ReadResponse(&a, "HEAD") }); got > 1 {
		t.Errorf("response: got %v allocations, want 1", got)
	}
}
