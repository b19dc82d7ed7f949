package host_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/functions"
	"github.com/gatehouse-gateway/gatehouse/internal/functions/host"
)

// awaitAllocated waits until n environments are ready.
func awaitAllocated(t *testing.T, k *host.Provisioned, n int) {
	t.Helper()
	for deadline := time.Now().Add(soon); ; time.Sleep(time.Millisecond) {
		got, failure := k.Allocated()
		if got == n && failure == "" {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d environments are allocated and not %d, failure %q", got, n, failure)
		}
	}
}

// hold has n invocations run at once and returns what waits for their ends.
func hold(t *testing.T, w *world, k *host.Provisioned, n int) func() {
	t.Helper()
	before := strings.Count(w.logs.text(), "START RequestId")
	ended := make(chan error, n)
	for range n {
		go func() {
			var r functions.Result
			defer r.Release()
			ended <- k.Invoke(context.Background(), &functions.Invocation{Payload: []byte(`{"do":"sleep","n":500}`)}, &r)
		}()
	}
	w.logs.awaitCount(t, "START RequestId", before+n)
	return func() {
		for range n {
			if err := <-ended; err != nil {
				t.Error(err)
			}
		}
	}
}

func TestProvisionedEnvironmentsAreReadyBefore(t *testing.T) {
	w := start(t, func(o *host.Options) { o.Limits.EnvironmentIdle = 20 })
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go w.Run(ctx) //nolint:errcheck // it ends with the test
	k := w.Provision(function(t))
	k.Keep(3)
	awaitAllocated(t, k, 3)
	w.logs.awaitCount(t, "INIT_START", 3)
	wait := hold(t, w, k, 3)
	if err := k.Invoke(context.Background(), &functions.Invocation{Payload: []byte(`1`)}, new(functions.Result)); !errors.Is(err, functions.ErrNoneReady) {
		t.Errorf("a fourth invocation: %v", err)
	}
	wait()
	want(t, "one of the three again", call(t, k.Pool, `{"do":"count"}`), `2`)
	if text := call(t, k.Pool, `{"do":"environment"}`); !strings.Contains(text, "AWS_LAMBDA_INITIALIZATION_TYPE=provisioned-concurrency") {
		t.Error(text)
	}
	if n := strings.Count(w.logs.text(), "INIT_START"); n != 3 {
		t.Errorf("%d processes were started for three environments", n)
	}
	w.logs.awaitCount(t, "Init Duration", 3) // in the first report of each environment
}

func TestProvisionedEnvironmentsAreStartedAgain(t *testing.T) {
	w := start(t)
	k := w.Provision(function(t, timeout(time.Second)))
	k.Keep(1)
	for what, payload := range map[string]string{"crash": `{"do":"exit","n":1}`, "timeout": `{"do":"hang"}`} {
		awaitAllocated(t, k, 1)
		if text := call(t, k.Pool, payload); !strings.HasPrefix(text, "!") {
			t.Errorf("%s: %s", what, text)
		}
		awaitAllocated(t, k, 1)
		want(t, "after a "+what, call(t, k.Pool, `{"do":"count"}`), `1`)
	}
}

func TestProvisionedEnvironmentsBecomeFewer(t *testing.T) {
	w := start(t)
	k := w.Provision(function(t))
	k.Keep(3)
	awaitAllocated(t, k, 3)
	wait := hold(t, w, k, 3)
	k.Keep(1)
	wait()
	awaitEnvironments(t, w, 1)
	awaitAllocated(t, k, 1)
	k.Keep(0)
	awaitNoEnvironment(t, w)
	k.Keep(2)
	awaitAllocated(t, k, 2)
	k.Retire()
	awaitNoEnvironment(t, w)
}

func TestProvisionedEnvironmentsOfABadFunction(t *testing.T) {
	for _, mode := range []string{"exit", "initerror"} {
		w := start(t)
		k := w.Provision(function(t, func(f *functions.Function) { f.Environment["MODE"] = mode }))
		k.Keep(2)
		for deadline := time.Now().Add(soon); ; time.Sleep(time.Millisecond) {
			if n, failure := k.Allocated(); n == 0 && failure == host.InitFailure {
				break
			}
			if time.Now().After(deadline) {
				t.Fatalf("%s: no failure", mode)
			}
		}
		k.Retire()
		awaitNoEnvironment(t, w)
	}
}

// TestProvisionedEnvironmentsThatStartEndWithTheHost closes a host whose environments would take long to be ready.
func TestProvisionedEnvironmentsThatStartEndWithTheHost(t *testing.T) {
	w := start(t)
	k := w.Provision(function(t, func(f *functions.Function) { f.Environment["MODE"] = "never" }))
	k.Keep(2)
	w.logs.awaitCount(t, "INIT_START", 2)
	w.stop()
	if err := k.Invoke(context.Background(), new(functions.Invocation), new(functions.Result)); !errors.Is(err, functions.ErrClosed) {
		t.Error(err)
	}
}
