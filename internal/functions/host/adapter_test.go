package host

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/functions"
	"github.com/gatehouse-gateway/gatehouse/internal/functions/runtimes"
	"github.com/gatehouse-gateway/gatehouse/internal/functions/web"
	"github.com/gatehouse-gateway/gatehouse/internal/limits"
)

// echoAdapter answers with what it is asked, or does what that says.
type echoAdapter struct {
	temp   string // of its function's processes
	closed *atomic.Int32
}

func (a *echoAdapter) Ready(ctx context.Context) error {
	if _, err := os.Stat(filepath.Join(a.temp, "refuse")); err == nil {
		return &FunctionError{"Runtime.NotReady", "it does not want to"}
	}
	return ctx.Err()
}

func (a *echoAdapter) Invoke(ctx context.Context, in *functions.Invocation, out *functions.Result) error {
	switch string(in.Payload) {
	case "error":
		return errors.New("it went wrong")
	case "gone": // the process lives on, but serves nobody
		return fmt.Errorf("it went wrong: %w", web.ErrGone)
	case "dying": // what the adapter learns of the end comes before the end
		os.WriteFile(filepath.Join(a.temp, "crash"), nil, 0o600)
		return errors.New("connection reset")
	case "function error":
		out.FunctionError = functions.Unhandled
	case "hang", "crash":
		if string(in.Payload) == "crash" {
			os.WriteFile(filepath.Join(a.temp, "crash"), nil, 0o600)
		}
		<-ctx.Done()
		return ctx.Err()
	}
	out.Payload, out.ContentType = append([]byte("served "), in.Payload...), "text/plain"
	return nil
}

func (a *echoAdapter) Close() { a.closed.Add(1) }

func TestAdapterServesInPlaceOfTheRuntimeAPI(t *testing.T) {
	host, err := New(Options{Dir: t.TempDir(), Limits: limits.AWS(), Isolation: IsolationProcess}) // what runs meets its test in a folder
	if err != nil {
		t.Fatal(err)
	}
	temp := t.TempDir()
	var made, closed atomic.Int32
	script := `while [ ! -e "$SIGNS/crash" ]; do sleep 0.01; done; rm "$SIGNS/crash"; exit 5`
	host.launch = func(f *functions.Function) (launch, error) {
		return launch{spec: runtimes.Spec{Code: f.Code}, args: []string{"sh", "-c", script}, note: "a note", adapter: func(string, func(string), dialer) (Adapter, []string, error) {
			made.Add(1)
			return &echoAdapter{temp: temp, closed: &closed}, []string{"SIGNS=" + temp}, nil
		}}, nil
	}
	p := host.Open(&functions.Function{Ref: functions.Ref{Name: "web"}, Version: functions.Latest, Runtime: functions.RuntimeWeb, Code: t.TempDir(), Timeout: time.Second, MemorySize: 128})
	for _, test := range []struct{ payload, want string }{
		{"1", "served 1"},
		{"2", "served 2"},
		{"function error", "!served function error"},
		{"error", `!{"errorType":"Runtime.Unknown","errorMessage":"RequestId: id Error: it went wrong"}`},
		{"3", "served 3"},
		{"hang", `!{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: id Error: Task timed out after 1.00 seconds"}`},
		{"4", "served 4"},
		{"crash", `!{"errorType":"Runtime.ExitError","errorMessage":"RequestId: id Error: Runtime exited with error: exit status 5"}`},
		{"5", "served 5"},
		{"dying", `!{"errorType":"Runtime.ExitError","errorMessage":"RequestId: id Error: Runtime exited with error: exit status 5"}`},
		{"6", "served 6"},
		{"gone", `!{"errorType":"Runtime.Unknown","errorMessage":"RequestId: id Error: it went wrong: it takes no connections any more"}`},
		{"7", "served 7"},
		{strings.Repeat("x", 100<<10), "served " + strings.Repeat("x", 100<<10)},
	} {
		var r functions.Result
		if err := p.Invoke(context.Background(), &functions.Invocation{RequestID: "id", Payload: []byte(test.payload), Tail: len(test.payload) == 1}, &r); err != nil {
			t.Fatal(err)
		}
		got := string(r.Payload)
		if r.FunctionError != "" {
			got = "!" + got
		} else if r.ContentType != "text/plain" {
			t.Errorf("content type %q", r.ContentType)
		}
		if got != test.want {
			t.Errorf("got %s, want %s", got, test.want)
		}
		if len(test.payload) == 1 && !strings.HasPrefix(string(r.Log), "START RequestId: id") {
			t.Errorf("log %q", r.Log)
		}
		r.Release()
	}
	if made.Load() != 5 {
		t.Errorf("%d adapters, want one per start", made.Load())
	}
	if err := host.Close(context.Background()); err != nil {
		t.Error(err)
	}
	if closed.Load() != made.Load() {
		t.Errorf("%d adapters, %d closed", made.Load(), closed.Load())
	}
}

func TestAdapterThatIsNeverReady(t *testing.T) {
	host, err := New(Options{Dir: t.TempDir(), Limits: limits.AWS()})
	if err != nil {
		t.Fatal(err)
	}
	defer host.Close(context.Background())
	temp := t.TempDir()
	if err := os.WriteFile(filepath.Join(temp, "refuse"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var closed atomic.Int32
	host.launch = func(f *functions.Function) (launch, error) {
		return launch{spec: runtimes.Spec{Code: f.Code}, args: []string{"sleep", "1000"}, adapter: func(string, func(string), dialer) (Adapter, []string, error) {
			return &echoAdapter{temp: temp, closed: &closed}, nil, nil
		}}, nil
	}
	var r functions.Result
	p := host.Open(&functions.Function{Ref: functions.Ref{Name: "web"}, Version: functions.Latest, Code: temp, Timeout: time.Second})
	if err := p.Invoke(context.Background(), &functions.Invocation{RequestID: "id"}, &r); err != nil {
		t.Fatal(err)
	}
	if want := `{"errorType":"Runtime.NotReady","errorMessage":"RequestId: id Error: it does not want to"}`; string(r.Payload) != want || closed.Load() != 2 {
		t.Errorf("got %s, %d closed", r.Payload, closed.Load())
	}
}
