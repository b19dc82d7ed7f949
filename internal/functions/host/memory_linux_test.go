package host_test

import (
	"strings"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/internal/functions"
)

// TestMemoryIsEnforced: a function that takes more than its memory, itself or in what it has started, is killed, and the next
// invocation is served. Spec: functions D2.
func TestMemoryIsEnforced(t *testing.T) {
	w := start(t)
	p := w.Open(function(t))
	for _, payload := range []string{`{"do":"allocate","n":400}`, `{"do":"allocateBeside","n":400}`} {
		want(t, "before", call(t, p, `{"do":"allocate","n":40}`), `1`)
		answer, log := tailed(t, p, payload+" ")
		if "!"+answer != exitError("Runtime exited with error: signal: killed") {
			t.Errorf("%s: got %s", payload, answer)
		}
		if !strings.Contains(log, "\tMemory Size: 128 MB\tMax Memory Used: 128 MB\tStatus: error\tError Type: Runtime.ExitError\n") {
			t.Errorf("%s: the log is %s", payload, log)
		}
	}
}

// TestMemoryOfLargerFunctions: the limit is the function's own.
func TestMemoryOfLargerFunctions(t *testing.T) {
	w := start(t)
	p := w.Open(function(t, func(f *functions.Function) { f.MemorySize = 512 }))
	want(t, "answer", call(t, p, `{"do":"allocate","n":400}`), `1`)
	_, log := tailed(t, p, `{"do":"sleep","n":400}`)
	if !strings.Contains(log, "Memory Size: 512 MB\tMax Memory Used: 4") {
		t.Errorf("the log is %s", log)
	}
}

// TestProcessesAreCounted: who forks without end is ended. Spec: functions A5.
func TestProcessesAreCounted(t *testing.T) {
	w := start(t)
	p := w.Open(function(t, func(f *functions.Function) { f.MemorySize = 4096 }))
	holds, err := w.Isolation()
	if err != nil {
		t.Fatal(err)
	}
	answer := call(t, p, `{"do":"forkbomb"}`)
	if holds.Groups.Processes { // the kernel refuses the next one
		if !strings.Contains(answer, "resource temporarily unavailable") {
			t.Errorf("got %s", answer)
		}
	} else {
		want(t, "answer", answer, exitError("Runtime exited with error: signal: killed"))
	}
	want(t, "after", call(t, p, `1`), `1`)
}
