package runtimes_test

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/functions/runtimes"
)

// engines are what is measured, each with a script that does nothing and a function that does little.
var engines = []engine{
	{"nodejs20.x", "index.handler", "empty.cjs", "index.js", "exports.handler = async () => ({ statusCode: 200, body: 'hello' });"},
	{"nodejs20.x", "index.handler", "empty.mjs", "index.mjs", "export const handler = async () => ({ statusCode: 200, body: 'hello' });"},
	{"python3.11", "index.handler", "empty.py", "index.py", "def handler(event, context): return {'statusCode': 200, 'body': 'hello'}"},
}

type engine struct{ runtime, handler, empty, file, code string }

// hello prepares the measured function: its launch, and its environment but for the Runtime API.
func hello(b *testing.B, e engine) (spec runtimes.Spec, launch runtimes.Launch, env []string) {
	b.Helper()
	code := b.TempDir()
	for name, content := range map[string]string{e.file: e.code, e.empty: ""} {
		if err := os.WriteFile(code+"/"+name, []byte(content), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	spec = specOf(b, e.runtime, e.handler, code, nil)
	launch, err := runtimes.Find(spec)
	if err != nil {
		b.Fatal(err)
	}
	return spec, launch, append([]string{"PATH=" + os.Getenv("PATH"), "LAMBDA_TASK_ROOT=" + code, "_HANDLER=" + e.handler}, launch.Environment...)
}

// BenchmarkColdStart measures from the start of the process until it asks for an event. The metric x-empty is how much
// longer that takes than the engine takes to run an empty script, by the medians.
func BenchmarkColdStart(b *testing.B) {
	for _, e := range engines {
		b.Run(strings.TrimPrefix(e.file, "index."), func(b *testing.B) {
			spec, launch, env := hello(b, e)
			var cold, empty []time.Duration
			for b.Loop() {
				start := time.Now()
				cmd := exec.Command(launch.Args[0], spec.Code+"/"+e.empty)
				cmd.Env = env
				if err := cmd.Run(); err != nil {
					b.Fatal(err)
				}
				empty = append(empty, time.Since(start))
				cold = append(cold, firstPoll(b, spec, launch, env))
			}
			b.ReportMetric(float64(median(cold))/float64(median(empty)), "x-empty")
			b.ReportMetric(float64(median(cold).Microseconds())/1000, "cold-ms")
		})
	}
}

// BenchmarkJavaColdStart is BenchmarkColdStart for Java, whose client is Amazon's, in comparison with a class that does nothing.
func BenchmarkJavaColdStart(b *testing.B) {
	spec := javaSpec(b, "app.App$Greeter", nil)
	launch, err := runtimes.Find(spec)
	if err != nil {
		b.Fatal(err)
	}
	env := append([]string{"PATH=" + os.Getenv("PATH"), "_HANDLER=" + spec.Handler}, launch.Environment...)
	var cold, empty []time.Duration
	for b.Loop() {
		start := time.Now()
		if out, err := exec.Command(launch.Args[0], "-cp", spec.Code, "app.Empty").CombinedOutput(); err != nil {
			b.Fatalf("%v: %s", err, out)
		}
		empty = append(empty, time.Since(start))
		cold = append(cold, firstPoll(b, spec, launch, env))
	}
	b.ReportMetric(float64(median(cold))/float64(median(empty)), "x-empty")
	b.ReportMetric(float64(median(cold).Microseconds())/1000, "cold-ms")
}

func median(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}

func firstPoll(b *testing.B, spec runtimes.Spec, launch runtimes.Launch, env []string) time.Duration {
	start := time.Now()
	c, stop := connected(b, spec, launch, env)
	defer stop()
	readPoll(b, c, make([]byte, 4096))
	return time.Since(start)
}

// connected starts a process and takes its connection.
func connected(b *testing.B, spec runtimes.Spec, launch runtimes.Launch, env []string) (net.Conn, func() *os.ProcessState) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	args := runtimes.WithTemp(launch.Args, os.TempDir())
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir, cmd.Env = spec.Code, append(slices.Clone(env), "AWS_LAMBDA_RUNTIME_API="+l.Addr().String())
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	c, err := l.Accept()
	if err != nil {
		b.Fatal(err)
	}
	return c, func() *os.ProcessState {
		c.Close()
		l.Close()
		cmd.Wait() // without a Runtime API it ends
		return cmd.ProcessState
	}
}

var pollLine = []byte("GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\n")

// readPoll reads until a poll came in, and whatever before it.
func readPoll(b *testing.B, c net.Conn, buffer []byte) {
	for n := 0; ; {
		m, err := c.Read(buffer[n:])
		if err != nil {
			b.Fatal(err)
		}
		n += m
		if i := bytes.Index(buffer[:n], pollLine); i >= 0 && bytes.HasSuffix(buffer[:n], []byte("\r\n\r\n")) {
			return
		}
	}
}

func cpu(s *os.ProcessState) time.Duration { return s.UserTime() + s.SystemTime() }

// BenchmarkWarm measures one event of 1 KB, from the write of it to the read of the answer and the next poll, and the
// processor time of the function for it, without its start.
func BenchmarkWarm(b *testing.B) {
	for _, e := range engines {
		b.Run(strings.TrimPrefix(e.file, "index."), func(b *testing.B) {
			spec, launch, env := hello(b, e)
			idle, end := connected(b, spec, launch, env)
			readPoll(b, idle, make([]byte, 4096))
			start := cpu(end())
			c, stop := connected(b, spec, launch, env)
			buffer := make([]byte, 65536)
			readPoll(b, c, buffer)
			body := `{"text":"` + strings.Repeat("x", 1000) + `"}`
			next := []byte("HTTP/1.1 200 OK\r\n" + strings.Join(usual, "\r\n") + fmt.Sprintf("\r\nContent-Length: %d\r\n\r\n%s", len(body), body))
			const accepted = "HTTP/1.1 202 Accepted\r\nContent-Length: 16\r\n\r\n{\"status\":\"OK\"}\n"
			with := append([]byte(accepted), next...)
			var times []time.Duration
			for b.Loop() {
				start := time.Now()
				if _, err := c.Write(next); err != nil {
					b.Fatal(err)
				}
				readPoll(b, c, buffer)
				times = append(times, time.Since(start))
				next = with
			}
			b.ReportMetric(float64(median(times).Nanoseconds())/1000, "p50-µs")
			b.ReportMetric(float64((cpu(stop())-start).Microseconds())/float64(len(times)), "cpu-µs/event")
		})
	}
}
