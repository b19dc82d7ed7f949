package host_test

import (
	"context"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/functions"
	"github.com/gatehouse-gateway/gatehouse/internal/functions/host"
)

// usage is what a host uses of the machine.
type usage struct{ files, processes, goroutines int }

func measure(t *testing.T, code string) usage {
	t.Helper()
	files, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return usage{len(files), processes(t, code), runtime.NumGoroutine()}
}

// TestManyInvocationsLeaveNothing: 10,000 invocations of four callers, some of which crash, leave memory, processes, files
// and goroutines as they were.
func TestManyInvocationsLeaveNothing(t *testing.T) {
	n := 10_000
	if testing.Short() {
		n = 1000
	}
	w := start(t, func(o *host.Options) { o.Logs = discard{} })
	link := t.TempDir() + "/code" // so that its processes can be told from others
	f := function(t)
	if err := os.Symlink(f.Code, link); err != nil {
		t.Fatal(err)
	}
	f.Code = link
	f.Environment["MODE"] = "pipeline"
	echo := w.Open(f)
	crash := w.Open(function(t, func(f *functions.Function) { f.Code = link }))
	round := func(calls int) usage {
		var group sync.WaitGroup
		for caller := range 4 {
			group.Go(func() {
				for i := range calls / 4 {
					if caller == 0 && i%500 == 0 {
						call(t, crash, `{"do":"exit","n":1}`)
					}
					call(t, echo, `{"a":"b"}`)
				}
			})
		}
		group.Wait()
		return measure(t, link)
	}
	before := round(400)
	heap := heapInUse()
	after := round(n)
	for deadline := time.Now().Add(soon); after.files > before.files+6 || after.processes > before.processes+1 || after.goroutines > before.goroutines+6; after = measure(t, link) {
		if time.Now().After(deadline) {
			t.Fatalf("before %+v, after %+v", before, after) // a fifth environment more or less is no leak
		}
		time.Sleep(10 * time.Millisecond)
	}
	if grown := heapInUse() - heap; grown > 4<<20 {
		t.Errorf("the heap grew by %d bytes", grown)
	}
	if entries, err := os.ReadDir(w.dir + "/environments"); err != nil || len(entries) > 6 {
		t.Errorf("%d environments, %v", len(entries), err)
	}
	w.stop()
	awaitProcesses(t, link, 0)
}

func heapInUse() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapInuse)
}

// TestHundredAtOnce: a hundred invocations at once scale a pool out to a hundred environments, and it shrinks again.
func TestHundredAtOnce(t *testing.T) {
	const n = 100
	w := start(t, func(o *host.Options) {
		o.Logs = discard{}
		o.Limits.EnvironmentIdle = 300
		o.Isolation = host.IsolationProcess // they meet in a folder
	})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx) }()
	p := w.Open(function(t, func(f *functions.Function) { f.Environment["MODE"] = "together" }))
	meeting := w.dir + "/runtime"
	before, err := os.ReadDir(meeting) // what is unpacked there
	if err != nil {
		t.Fatal(err)
	}
	heap := heapInUse()
	var group sync.WaitGroup
	for range n {
		group.Go(func() { call(t, p, `1`) })
	}
	// Each of them answers when all are there.
	for deadline := time.Now().Add(2 * soon); ; time.Sleep(5 * time.Millisecond) {
		entries, err := os.ReadDir(meeting)
		if err != nil {
			t.Fatal(err)
		}
		if len(entries) == n+len(before) {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d of %d run", len(entries)-len(before), n)
		}
	}
	if grown := heapInUse() - heap; grown > n*(64<<10) {
		t.Errorf("%d environments cost %d bytes of heap", n, grown)
	}
	if err := os.WriteFile(meeting+"/go", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	group.Wait()
	awaitNoEnvironment(t, w)
	cancel()
	if err := <-ended; err == nil || !strings.Contains(err.Error(), "canceled") {
		t.Errorf("got %v", err)
	}
}
