package host_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/functions"
	"github.com/gatehouse-gateway/gatehouse/internal/functions/host"
	"github.com/gatehouse-gateway/gatehouse/internal/functions/runtimeapi"
)

// kilobyte is an event of about 1 KB.
var kilobyte = fmt.Appendf(nil, `{"text":"%01000d"}`, 7)

// invokeAll is the loop of a benchmark of warm invocations.
func invokeAll(b *testing.B, p functions.Runner) {
	in := &functions.Invocation{RequestID: id, Payload: kilobyte}
	var r functions.Result
	b.ReportAllocs()
	for b.Loop() {
		if err := p.Invoke(context.Background(), in, &r); err != nil || r.FunctionError != "" {
			b.Fatal(err, string(r.Payload))
		}
		r.Release()
	}
}

// BenchmarkInvoke is a warm invocation of a function that holds one socket and pipelines, and of one built with the official
// library, with a log and without.
func BenchmarkInvoke(b *testing.B) {
	for _, bench := range []struct{ name, mode string }{{"pipelined", "pipeline"}, {"aws-lambda-go", ""}} {
		for _, logs := range []bool{false, true} {
			b.Run(fmt.Sprintf("%s/logs=%v", bench.name, logs), func(b *testing.B) {
				w := start(b, func(o *host.Options) {
					o.Logs = nil
					if logs {
						o.Logs = discard{}
					}
				})
				p := w.Open(function(b, func(f *functions.Function) {
					if bench.mode != "" {
						f.Environment["MODE"] = bench.mode
					}
				}))
				invokeAll(b, p)
			})
		}
	}
}

// BenchmarkInvokeWithExtension is the same with an external extension that gets every invocation.
func BenchmarkInvokeWithExtension(b *testing.B) {
	w := start(b, func(o *host.Options) { o.Logs = nil })
	p := w.Open(function(b, with(b, "both"), func(f *functions.Function) { f.Environment["MODE"] = "pipeline" }))
	invokeAll(b, p)
}

type discard struct{}

func (discard) FunctionLog(*functions.Function, string, []byte) {}

// BenchmarkColdStart is the first invocation of a Go function in a new environment, and BenchmarkExec what it costs to start
// the same program alone, to the same point: its first request.
func BenchmarkColdStart(b *testing.B) {
	for _, network := range []string{"host", "none"} {
		b.Run("network="+network, func(b *testing.B) {
			w := start(b, func(o *host.Options) { o.NoNetwork = network == "none" })
			f := function(b)
			call(b, w.Open(f), `1`) // the guard is there
			for b.Loop() {
				p := w.Open(f)
				call(b, p, `1`)
				b.StopTimer()
				p.Retire()
				b.StartTimer()
			}
		})
	}
}

// BenchmarkInvokeWithoutNetwork is a warm invocation through sockets of another network.
func BenchmarkInvokeWithoutNetwork(b *testing.B) {
	w := start(b, func(o *host.Options) { o.Logs, o.NoNetwork = nil, true })
	p := w.Open(function(b, func(f *functions.Function) { f.Environment["MODE"] = "pipeline" }))
	invokeAll(b, p)
}

func BenchmarkExec(b *testing.B) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer listener.Close()
	f := function(b)
	for b.Loop() {
		cmd := exec.Command(f.Code + "/bootstrap")
		cmd.Env = []string{"AWS_LAMBDA_RUNTIME_API=" + listener.Addr().String()}
		if err := cmd.Start(); err != nil {
			b.Fatal(err)
		}
		conn, err := listener.Accept()
		if err != nil {
			b.Fatal(err)
		}
		if _, err := http.ReadRequest(bufio.NewReader(conn)); err != nil {
			b.Fatal(err)
		}
		// one invocation, as in BenchmarkColdStart
		fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: 1\r\nLambda-Runtime-Deadline-Ms: %d\r\nContent-Length: 1\r\n\r\n1", time.Now().Add(time.Hour).UnixMilli())
		if _, err := http.ReadRequest(bufio.NewReader(conn)); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		cmd.Process.Kill()
		cmd.Wait()
		conn.Close()
		b.StartTimer()
	}
}

// echo is a runtime in this process: the cheapest there can be, so that what remains is ours.
func echo(addr string, pipelined bool) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return
	}
	defer conn.Close()
	r := bufio.NewReaderSize(conn, 16<<10)
	out := make([]byte, 0, 16<<10)
	next := "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: " + addr + "\r\n\r\n"
	post := "POST /2018-06-01/runtime/invocation/" + id + "/response HTTP/1.1\r\nHost: " + addr + "\r\nContent-Length: "
	io.WriteString(conn, next)
	body := make([]byte, len(kilobyte))
	for {
		if !skipHead(r) {
			return
		}
		if _, err := io.ReadFull(r, body); err != nil {
			return
		}
		out = append(out[:0], post...)
		out = strconv.AppendInt(out, int64(len(body)), 10)
		out = append(append(out, "\r\n\r\n"...), body...)
		if pipelined {
			out = append(out, next...)
		}
		if _, err := conn.Write(out); err != nil {
			return
		}
		if !skipHead(r) {
			return
		}
		if _, err := r.Discard(len(`{"status":"OK"}`)); err != nil {
			return
		}
		if !pipelined {
			io.WriteString(conn, next)
		}
	}
}

func skipHead(r *bufio.Reader) bool {
	for {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return false
		}
		if len(line) == 2 {
			return true
		}
	}
}

// ready hands readiness and answers to a benchmark.
type ready struct {
	ready  chan struct{}
	answer chan runtimeapi.Answer
}

func (r ready) Ready(uint64)                           { r.ready <- struct{}{} }
func (r ready) Answered(_ uint64, a runtimeapi.Answer) { r.answer <- a }
func (r ready) InitFailed(uint64, runtimeapi.Answer)   {}

func (r ready) ExtensionFailed(uint64, runtimeapi.ExtensionFailure) {}

// BenchmarkRuntimeAPI is a round trip of the Runtime API alone, over TCP loopback, with a runtime in this process.
func BenchmarkRuntimeAPI(b *testing.B) {
	for _, pipelined := range []bool{true, false} {
		b.Run(fmt.Sprintf("pipelined=%v", pipelined), func(b *testing.B) {
			r := ready{make(chan struct{}, 1), make(chan runtimeapi.Answer, 1)}
			server, err := runtimeapi.Listen(r, runtimeapi.Options{Response: 6 << 20})
			if err != nil {
				b.Fatal(err)
			}
			defer server.Close()
			go echo(server.Addr(), pipelined)
			event := &runtimeapi.Event{RequestID: id, InvokedARN: "arn:aws:lambda:eu-west-1:000000000000:function:test", Payload: kilobyte, Deadline: time.Now()}
			b.ReportAllocs()
			for b.Loop() {
				<-r.ready
				if err := server.Send(b.Context(), 0, event); err != nil {
					b.Fatal(err)
				}
				a := <-r.answer
				a.Payload.Release()
			}
		})
	}
}

// BenchmarkDirect is the same exchange of bytes without a server: what TCP costs.
func BenchmarkDirect(b *testing.B) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer listener.Close()
	go echo(listener.Addr().String(), true)
	conn, err := listener.Accept()
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close()
	r := bufio.NewReaderSize(conn, 16<<10)
	head := fmt.Appendf(nil, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", len(kilobyte))
	head = append(head, kilobyte...)
	skipHead(r)
	for b.Loop() {
		conn.Write(head)
		skipHead(r)
		r.Discard(len(kilobyte))
		skipHead(r)
		conn.Write([]byte("HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n{\"status\":\"OK\"}"))
	}
}

// TestWarmInvocationAllocatesLittle: two heads are strings of their own, and no more.
func TestWarmInvocationAllocatesLittle(t *testing.T) {
	w := start(t, func(o *host.Options) { o.Logs = nil })
	p := w.Open(function(t, func(f *functions.Function) { f.Environment["MODE"] = "pipeline" }))
	in := &functions.Invocation{RequestID: id, Payload: kilobyte}
	var r functions.Result
	invoke := func() {
		if err := p.Invoke(context.Background(), in, &r); err != nil {
			t.Fatal(err)
		}
		r.Release()
	}
	for range 100 {
		invoke()
	}
	if n := testing.AllocsPerRun(1000, invoke); n > 4 {
		t.Errorf("%v allocations for an invocation", n)
	}
}
