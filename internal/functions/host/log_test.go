package host_test

import (
	"context"
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/functions"
	"github.com/gatehouse-gateway/gatehouse/internal/functions/host"
)

// tailed invokes with LogType=Tail and returns payload and log.
func tailed(t *testing.T, p *host.Pool, payload string) (string, string) {
	t.Helper()
	var r functions.Result
	if err := p.Invoke(context.Background(), &functions.Invocation{RequestID: id, Payload: []byte(payload), Tail: true}, &r); err != nil {
		t.Fatal(err)
	}
	defer r.Release()
	return string(r.Payload), string(r.Log)
}

func match(t *testing.T, what, got, pattern string) {
	t.Helper()
	if !regexp.MustCompile(`\A` + strings.ReplaceAll(pattern, "ID", id) + `\z`).MatchString(got) {
		t.Errorf("%s:\ngot  %q\nwant %q", what, got, pattern)
	}
}

const reported = `REPORT RequestId: ID\tDuration: \d+\.\d\d ms\tBilled Duration: \d+ ms\tMemory Size: 128 MB\tMax Memory Used: [1-9]\d* MB\t`

func TestTail(t *testing.T) {
	w := start(t)
	p := w.Open(function(t, timeout(time.Second)))
	const begin = `START RequestId: ID Version: \$LATEST\n`
	_, log := tailed(t, p, `{"do":"print","text":"one\ntwo"}`)
	match(t, "cold", log, begin+`one\ntwo\nEND RequestId: ID\n`+reported+`Init Duration: \d+\.\d\d ms\t\n`)
	_, log = tailed(t, p, `{"do":"print","text":"x\u0000\n"}`)
	match(t, "warm", log, begin+`x\x00\nEND RequestId: ID\n`+reported+`\n`)
	_, log = tailed(t, p, `{"do":"exit","n":3}`)
	match(t, "exit", log, begin+`RequestId: ID Error: Runtime exited with error: exit status 3\nRuntime.ExitError\nEND RequestId: ID\n`+reported+`Status: error\tError Type: Runtime.ExitError\n`)
	_, log = tailed(t, p, `{"do":"hang"}`)
	match(t, "timeout", log, begin+`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z ID Task timed out after 1\.00 seconds\n\nEND RequestId: ID\n`+reported+`Status: timeout\n`)
	_, log = tailed(t, p, `{"do":"error","text":"oh"}`)
	match(t, "error", log, begin+`\S+ \S+ {"errorMessage":"oh","errorType":"errorString"}\nEND RequestId: ID\n`+reported+`\n`)
	if payload, _ := tailed(t, p, `[7]`); payload != "[7]" {
		t.Errorf("payload %s", payload)
	}
}

func TestTailIsItsEnd(t *testing.T) {
	w := start(t)
	p := w.Open(function(t))
	_, log := tailed(t, p, `{"do":"print","n":2000,"text":"0123456789\n"}`)
	if len(log) != 4096 || !strings.Contains(log, "0123456789\nEND RequestId: ") || !strings.HasSuffix(log, "\t\n") {
		t.Errorf("%d bytes, ending %q", len(log), log[max(0, len(log)-300):])
	}
	if _, log := tailed(t, w.Open(function(t)), `1`); strings.Contains(log, "0123456789") {
		t.Error("the log of another function")
	}
}

func TestTailWithoutASink(t *testing.T) {
	w := start(t, func(o *host.Options) { o.Logs = nil })
	p := w.Open(function(t))
	call(t, p, `{"do":"print","text":"before\n"}`)
	_, log := tailed(t, p, `{"do":"print","text":"now\n"}`)
	match(t, "log", log, `START RequestId: ID Version: \$LATEST\nnow\nEND RequestId: ID\n`+reported+`\n`)
}

func TestLog(t *testing.T) {
	w := start(t)
	f := function(t)
	p := w.Open(f)
	call(t, p, `{"do":"print","text":"one\ntwo\nthree"}`)
	w.logs.await(t, "REPORT")
	match(t, "log", w.logs.text(), `INIT_START Runtime Version: provided.al2023\tRuntime Version ARN: arn:aws:lambda:eu-west-1::runtime:[0-9a-f]{64}\n`+
		`START RequestId: ID Version: \$LATEST\none\ntwo\nthree\nEND RequestId: ID\n`+reported+`Init Duration: \d+\.\d\d ms\t\n`)
}

func TestJSONLog(t *testing.T) {
	w := start(t)
	p := w.Open(function(t, timeout(time.Second), func(f *functions.Function) { f.JSONLogs = true }))
	call(t, p, `1`)
	call(t, p, `{"do":"hang"}`)
	w.logs.awaitCount(t, "platform.report", 2)
	var kinds, statuses []string
	for line := range strings.Lines(w.logs.text()) {
		var event struct {
			Time   time.Time
			Type   string
			Record struct {
				RequestID, Status string
				Metrics           map[string]float64
			}
		}
		if err := json.Unmarshal([]byte(line), &event); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		kinds = append(kinds, event.Type)
		if event.Type == "platform.report" {
			statuses = append(statuses, event.Record.Status)
			if event.Record.Metrics["memorySizeMB"] != 128 || event.Record.Metrics["billedDurationMs"] < 1 || event.Record.RequestID != id {
				t.Errorf("got %s", line)
			}
		}
	}
	want(t, "kinds", strings.Join(kinds, " "), "platform.initStart platform.start platform.report platform.start platform.report")
	want(t, "statuses", strings.Join(statuses, " "), "success timeout")
	if list := call(t, p, `{"do":"environment"}`); !strings.Contains(list, `"AWS_LAMBDA_LOG_FORMAT=JSON"`) || !strings.Contains(list, `"AWS_LAMBDA_LOG_LEVEL=INFO"`) {
		t.Errorf("environment %s", list)
	}
}

func TestLongLinesAreCut(t *testing.T) {
	w := start(t, func(o *host.Options) { o.Limits.FunctionLogLine = 10 })
	p := w.Open(function(t))
	call(t, p, `{"do":"print","text":"0123456789abcdefghij0123\nshort\n"}`)
	w.logs.await(t, "short")
	for _, line := range strings.Split(w.logs.text(), "\n") {
		if strings.HasPrefix(line, "0123") && line != "0123456789" && line != "0123" {
			t.Errorf("line %q", line)
		}
	}
	if !strings.Contains(w.logs.text(), "\n0123456789\nabcdefghij\n0123\nshort\n") {
		t.Errorf("log:\n%s", w.logs.text())
	}
}

// TestFloodOfLogs: a function that prints without end neither grows us nor holds anybody up.
func TestFloodOfLogs(t *testing.T) {
	w := start(t, func(o *host.Options) { o.Logs = discard{} })
	p := w.Open(function(t, timeout(2*time.Second)))
	want(t, "flood", call(t, p, `{"do":"flood","text":"line after line after line\n"}`), timeoutError("2.00"))
	want(t, "next", call(t, p, `{"do":"print","n":15000,"text":"no end of this line "}`), `null`)
	want(t, "next", call(t, p, `{"do":"count"}`), `2`)
}
