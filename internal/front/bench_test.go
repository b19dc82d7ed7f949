package front_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/http1"
	"github.com/gatehouse-gateway/gatehouse/internal/front"
)

const typical = "GET /stage/orders/42?expand=lines HTTP/1.1\r\nHost: a1b2c3.execute-api.us-east-1.example\r\n" +
	"User-Agent: curl/8.5.0\r\nAccept: application/json\r\nX-Api-Key: 0123456789abcdefghij0123456789abcdefghij\r\n" +
	"X-Amzn-Trace-Id: Root=1-5759e988-bd862e3fe1be46a994272793\r\nAccept-Encoding: gzip, br\r\n\r\n"

var mockBody = []byte(`{"statusCode": 200, "message": "this is what a mock integration might answer, about this long, give or take"}`)

func mock(_ context.Context, x *front.Exchange) {
	r := &x.Response
	r.Status, r.Body = 200, mockBody
	r.Header = append(r.Header,
		http1.Field{Name: "Content-Type", Value: "application/json"},
		http1.Field{Name: "x-amzn-RequestId", Value: "f1e2d3c4-1111-2222-3333-444455556666"},
		http1.Field{Name: "x-amz-apigw-id", Value: "AbCdEfGhIjKlMnO="})
}

// asker sends one request after the other and reads the answers without allocating.
type asker struct {
	c   net.Conn
	in  []byte
	buf []byte
	n   int // length of an answer
}

func newAsker(t testing.TB, addr, in string) *asker {
	a := &asker{c: dial(t, addr), in: []byte(in), buf: make([]byte, 64<<10)}
	io.WriteString(a.c, in)
	r := bufio.NewReader(a.c)
	var h http1.ResponseHead
	hr := http1.NewReader(r, http1.Limits{})
	if err := hr.ReadResponse(&h, "GET"); err != nil {
		t.Fatal(err)
	}
	var b http1.Body
	hr.Body(&b, h.ContentLength)
	if _, err := io.Copy(io.Discard, &b); err != nil {
		t.Fatal(err)
	}
	io.WriteString(a.c, in)
	n, err := a.c.Read(a.buf) // small answers come with one write
	if err != nil {
		t.Fatal(err)
	}
	a.n = n
	return a
}

func (a *asker) ask(t testing.TB) {
	a.c.Write(a.in)
	if _, err := io.ReadFull(a.c, a.buf[:a.n]); err != nil {
		t.Fatal(err)
	}
}

func BenchmarkMock(b *testing.B) {
	for name, make := range fronts {
		b.Run(name, func(b *testing.B) {
			addr, _ := start(b, make, front.Options{}, mock)
			a := newAsker(b, addr, typical)
			b.ReportAllocs()
			for b.Loop() {
				a.ask(b)
			}
		})
	}
}

// A mock answer makes the string of the request head, and once a second a date.
func TestAnExchangeAllocatesOnce(t *testing.T) {
	addr, _ := start(t, http1Front, front.Options{}, mock)
	a := newAsker(t, addr, typical)
	if got := testing.AllocsPerRun(500, func() { a.ask(t) }); got > 1 {
		t.Errorf("got %v allocations, want 1", got)
	}
}
