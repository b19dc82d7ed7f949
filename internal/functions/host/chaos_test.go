package host_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/functions"
	"github.com/gatehouse-gateway/gatehouse/internal/functions/host"
)

// TestNobodyGetsTheAnswerOfAnother: many callers, functions that crash, hang and close their connections, callers who leave,
// pools that are retired, environments that run out, and a host that is closed in the middle. Each answer is the caller's own
// or a documented error, and nothing is left.
func TestNobodyGetsTheAnswerOfAnother(t *testing.T) {
	goroutines := runtime.NumGoroutine()
	w := start(t, func(o *host.Options) {
		o.Logs = discard{}
		o.Limits.Environments = 16
		o.Limits.EnvironmentIdle = 20
	})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx) }()
	var mu sync.Mutex
	pools := map[string]*host.Pool{}
	open := func(mode string) *host.Pool {
		return w.Open(function(t, timeout(time.Second), func(f *functions.Function) { f.Environment["MODE"] = mode }))
	}
	modes := []string{"pipeline", "echo", "hangup", "answerexit", "truncated", "badmode", "closed"}
	for _, m := range modes {
		pools[m] = open(m)
	}
	until := time.Now().Add(3 * time.Second)
	var group sync.WaitGroup
	for caller := range 12 {
		group.Go(func() {
			for n := 0; time.Now().Before(until); n++ {
				m := modes[rand.IntN(len(modes))]
				if m == "closed" && n%8 != 0 { // it takes a second
					continue
				}
				mu.Lock()
				p := pools[m]
				if rand.IntN(40) == 0 {
					pools[m] = open(m)
					go p.Retire()
				}
				mu.Unlock()
				chaosCall(t, p, fmt.Sprintf(`{"caller":%d,"n":%d}`, caller, n))
			}
		})
	}
	group.Wait()
	w.stop()
	cancel()
	<-ended
	if _, err := os.Stat(w.dir + "/environments"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("directories are left: %v", err)
	}
	for deadline := time.Now().Add(soon); runtime.NumGoroutine() > goroutines+2; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			buffer := make([]byte, 1<<20)
			t.Fatalf("%d goroutines, %d before:\n%s", runtime.NumGoroutine(), goroutines, buffer[:runtime.Stack(buffer, true)])
		}
	}
}

func chaosCall(t *testing.T, p *host.Pool, payload string) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if rand.IntN(5) == 0 {
		time.AfterFunc(time.Duration(rand.IntN(3000))*time.Microsecond, cancel)
	}
	var r functions.Result
	err := p.Invoke(ctx, &functions.Invocation{Payload: []byte(payload), Tail: rand.IntN(4) == 0}, &r)
	var throttled *functions.ThrottledError
	switch {
	case errors.As(err, &throttled):
		time.Sleep(time.Millisecond) // as a caller would who means to try again
		return
	case errors.Is(err, context.Canceled):
		return
	case err != nil:
		t.Error(err)
		return
	}
	defer r.Release()
	if got := string(r.Payload); got != payload && (r.FunctionError == "" || !strings.Contains(got, "RequestId: "+r.RequestID)) {
		t.Errorf("asked %s, got %s, %s", payload, got, r.FunctionError)
	}
}
