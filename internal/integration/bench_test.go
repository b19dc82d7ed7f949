package integration_test

import (
	"bufio"
	"context"
	"net"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/http1"
	"github.com/gatehouse-gateway/gatehouse/internal/integration"
)

const typicalAnswer = "HTTP/1.1 200 OK\r\nServer: nginx\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n" +
	"Content-Type: application/json\r\nContent-Length: 16\r\nConnection: keep-alive\r\n\r\n{\"answer\": 4242}"

// answerFast answers GET requests without allocating: a read is a request.
func answerFast(_ int32, c *net.TCPConn, _ *bufio.Reader) {
	answer, p := []byte(typicalAnswer), make([]byte, 4096)
	for {
		if _, err := c.Read(p); err != nil {
			return
		}
		if _, err := c.Write(answer); err != nil {
			return
		}
	}
}

func typicalCall() *integration.Call {
	return &integration.Call{
		Method: "GET", Target: "/orders/42?expand=lines", Deadline: time.Now().Add(time.Hour),
		Header: http1.Header{
			{Name: "Accept", Value: "application/json"}, {Name: "User-Agent", Value: "AmazonAPIGateway_a1b2c3"},
			{Name: "X-Amzn-Apigateway-Api-Id", Value: "a1b2c3"}, {Name: "X-Amzn-Trace-Id", Value: "Root=1-5759e988-bd862e3fe1be46a994272793"},
		},
	}
}

func BenchmarkDo(b *testing.B) {
	client, ep := integration.NewClient(integration.Options{}), newBackEnd(b, answerFast).endpoint(b)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	call := typicalCall()
	var res integration.Result
	b.ReportAllocs()
	for b.Loop() {
		if err := client.Do(ctx, ep, call, &res); err != nil {
			b.Fatal(err)
		}
		res.Release()
	}
}

// A call on a kept connection makes the string of the response head and what
// context.AfterFunc needs, which is two objects. One more is allowed for the pools,
// which the collector empties and the race detector forgets things in.
func TestCallsAllocateLittle(t *testing.T) {
	client, ep := integration.NewClient(integration.Options{}), newBackEnd(t, answerFast).endpoint(t)
	cancelable, cancel := context.WithCancel(context.Background())
	defer cancel()
	call := typicalCall()
	var res integration.Result
	for ctx, want := range map[context.Context]float64{context.Background(): 1 + 1, cancelable: 3 + 1} {
		got := testing.AllocsPerRun(200, func() {
			if err := client.Do(ctx, ep, call, &res); err != nil {
				t.Fatal(err)
			}
			res.Release()
		})
		if got > want {
			t.Errorf("got %v allocations, want at most %v", got, want)
		}
	}
}

func BenchmarkDoLarge(b *testing.B) {
	body := make([]byte, 100<<10)
	client := integration.NewClient(integration.Options{})
	ep := newBackEnd(b, func(_ int32, c *net.TCPConn, _ *bufio.Reader) {
		head, p := []byte("HTTP/1.1 200 OK\r\nContent-Length: 102400\r\n\r\n"), make([]byte, 4096)
		for {
			if _, err := c.Read(p); err != nil {
				return
			}
			bufs := net.Buffers{head, body}
			if _, err := bufs.WriteTo(c); err != nil {
				return
			}
		}
	}).endpoint(b)
	call := typicalCall()
	var res integration.Result
	b.ReportAllocs()
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		if err := client.Do(context.Background(), ep, call, &res); err != nil || len(res.Body) != len(body) {
			b.Fatal(err, len(res.Body))
		}
		res.Release()
	}
}
