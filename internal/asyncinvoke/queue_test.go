package asyncinvoke_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/asyncinvoke"
	"github.com/gatehouse-gateway/gatehouse/internal/engine"
	"github.com/gatehouse-gateway/gatehouse/internal/functions"
)

func times(runs []run) string {
	var b strings.Builder
	for _, r := range runs {
		fmt.Fprintf(&b, "%s %s %v\n", r.function, r.requestID, r.after.Round(time.Second))
	}
	return b.String()
}

func TestAnEventIsRunOnceAndForgotten(t *testing.T) {
	bubble(t, func(t *testing.T, e engine.Engine) {
		p := newPlane()
		n := start(t, e, p)
		n.enqueue("f", "id", `{"a": 1}`)
		time.Sleep(time.Hour)
		if got := p.seen(); len(got) != 1 || got[0].payload != `{"a": 1}` || got[0].requestID != "id" {
			t.Errorf("got %v", got)
		}
		checkEmpty(t, e)
		n.end()
	})
}

// TestAttempts holds when a function that fails is tried again, always with one request id. Spec: functions C.
func TestAttempts(t *testing.T) {
	one, none := 1, 0
	for name, c := range map[string]struct {
		settings functions.Asynchronous
		delays   []time.Duration
		fails    int
		want     []time.Duration
	}{
		"the usual":            {fails: 9, want: []time.Duration{0, time.Minute, 3 * time.Minute}},
		"the second succeeds":  {fails: 1, want: []time.Duration{0, time.Minute}},
		"one retry":            {settings: functions.Asynchronous{Retries: &one}, fails: 9, want: []time.Duration{0, time.Minute}},
		"none":                 {settings: functions.Asynchronous{Retries: &none}, fails: 9, want: []time.Duration{0}},
		"too old for a second": {settings: functions.Asynchronous{MaxAge: time.Minute}, fails: 9, want: []time.Duration{0}},
		"too old for a third":  {settings: functions.Asynchronous{MaxAge: 2 * time.Minute}, fails: 9, want: []time.Duration{0, time.Minute}},
		"stopped":              {settings: functions.Asynchronous{Stopped: true}, fails: 9},
		"other delays":         {delays: []time.Duration{time.Second}, fails: 9, want: []time.Duration{0, time.Second, 2 * time.Second}},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, e engine.Engine) {
				p := newPlane()
				p.settings["f"] = c.settings
				p.answer = func(_ context.Context, _ run, n int, res *functions.Result) error {
					if n <= c.fails {
						fail(res)
					}
					return nil
				}
				n := start(t, e, p, func(o *asyncinvoke.Options) { o.RetryDelays = c.delays })
				n.enqueue("f", "id", `{}`)
				time.Sleep(24 * time.Hour)
				var want []run
				for _, after := range c.want {
					want = append(want, run{function: "f", requestID: "id", after: after})
				}
				if got := times(p.seen()); got != times(want) {
					t.Errorf("got\n%swant\n%s", got, times(want))
				}
				checkEmpty(t, e)
				n.end()
			})
		})
	}
}

// TestDestinations holds what destinations are told. Spec: functions C.
func TestDestinations(t *testing.T) {
	const at, arn = `"timestamp":"2000-01-01T00:`, "arn:aws:lambda:us-east-1:111111111111:function:f:$LATEST"
	told := functions.Ref{AccountID: "111111111111", Region: "us-east-1", Name: "told"}
	for name, c := range map[string]struct {
		settings functions.Asynchronous
		fails    bool
		answer   string
		want     string
	}{
		"success": {settings: functions.Asynchronous{OnSuccess: functions.Destination{Function: &told}, OnFailure: functions.Destination{Function: &told}}, answer: `{"ok":"<&>"}`,
			want: `{"version":"1.0",` + at + `00:00.000Z","requestContext":{"requestId":"id","functionArn":"` + arn + `","condition":"Success","approximateInvokeCount":1},` +
				`"requestPayload":{"a":"<&>"},"responseContext":{"statusCode":200,"executedVersion":"$LATEST"},"responsePayload":{"ok":"<&>"}}`},
		"nobody for success": {settings: functions.Asynchronous{OnFailure: functions.Destination{Function: &told}}, answer: `1`},
		"no JSON": {settings: functions.Asynchronous{OnSuccess: functions.Destination{Function: &told}}, answer: `<p>`,
			want: `{"version":"1.0",` + at + `00:00.000Z","requestContext":{"requestId":"id","functionArn":"` + arn + `","condition":"Success","approximateInvokeCount":1},` +
				`"requestPayload":{"a":"<&>"},"responseContext":{"statusCode":200,"executedVersion":"$LATEST"},"responsePayload":"\u003cp\u003e"}`},
		"failure": {settings: functions.Asynchronous{OnSuccess: functions.Destination{Function: &told}, OnFailure: functions.Destination{Function: &told}}, fails: true,
			want: `{"version":"1.0",` + at + `03:00.000Z","requestContext":{"requestId":"id","functionArn":"` + arn + `","condition":"RetriesExhausted","approximateInvokeCount":3},` +
				`"requestPayload":{"a":"<&>"},"responseContext":{"statusCode":200,"executedVersion":"$LATEST","functionError":"Unhandled"},"responsePayload":{"errorMessage":"no"}}`},
		"too old": {settings: functions.Asynchronous{MaxAge: time.Minute, OnFailure: functions.Destination{Function: &told}}, fails: true,
			want: `{"version":"1.0",` + at + `00:00.000Z","requestContext":{"requestId":"id","functionArn":"` + arn + `","condition":"EventAgeExceeded","approximateInvokeCount":1},` +
				`"requestPayload":{"a":"<&>"},"responseContext":{"statusCode":200,"executedVersion":"$LATEST","functionError":"Unhandled"},"responsePayload":{"errorMessage":"no"}}`},
		"stopped": {settings: functions.Asynchronous{Stopped: true, OnFailure: functions.Destination{Function: &told}},
			want: `{"version":"1.0",` + at + `00:00.000Z","requestContext":{"requestId":"id","functionArn":"` + arn + `","condition":"ZeroReservedConcurrency","approximateInvokeCount":0},` +
				`"requestPayload":{"a":"<&>"}}`},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, e engine.Engine) {
				p := newPlane()
				p.settings["f"] = c.settings
				p.answer = func(_ context.Context, r run, _ int, res *functions.Result) error {
					if res.Payload = []byte(c.answer); c.fails && r.function == "f" {
						fail(res)
					}
					return nil
				}
				n := start(t, e, p)
				n.enqueue("f", "id", `{"a":"<&>"}`)
				time.Sleep(24 * time.Hour)
				got := ""
				for _, r := range p.seen() {
					if r.function == "told" {
						got += r.payload
					}
				}
				if got != c.want {
					t.Errorf("got  %s\nwant %s", got, c.want)
				}
				if c.want != "" && !json.Valid([]byte(got)) {
					t.Error("it is no JSON")
				}
				checkEmpty(t, e)
				n.end()
			})
		})
	}
}

// TestThrottledEventsWait holds that a concurrency limit is no failure, and costs no time while something runs.
func TestThrottledEventsWait(t *testing.T) {
	bubble(t, func(t *testing.T, e engine.Engine) {
		p := newPlane()
		p.limit = 2
		p.answer = func(context.Context, run, int, *functions.Result) error { time.Sleep(time.Second); return nil }
		n := start(t, e, p)
		for i := range 20 {
			n.enqueue("f", fmt.Sprint(i), `{}`)
		}
		time.Sleep(time.Minute)
		got := p.seen()
		if len(got) != 20 || got[19].after > 12*time.Second {
			t.Errorf("got\n%s", times(got))
		}
		checkEmpty(t, e)
		n.end()
	})
}

// TestBackOff holds the pauses while a limit leaves no room at all, up to the greatest age. Spec: functions C.
func TestBackOff(t *testing.T) {
	bubble(t, func(t *testing.T, e engine.Engine) {
		p := newPlane()
		var tried []time.Duration
		p.settings["f"] = functions.Asynchronous{MaxAge: time.Hour}
		n := start(t, e, p, func(o *asyncinvoke.Options) {
			o.Invoke = func(context.Context, *functions.Call, *functions.Result) error {
				tried = append(tried, time.Since(p.begun))
				return &functions.ThrottledError{Reason: functions.ReasonReserved}
			}
		})
		n.enqueue("f", "id", `{}`)
		time.Sleep(24 * time.Hour)
		n.end()
		want := []time.Duration{0, 1, 3, 7, 15, 31, 63, 127, 255, 511, 811}
		for i, after := range want {
			if i >= len(tried) || tried[i] != after*time.Second {
				t.Fatalf("got %v", tried)
			}
		}
		if last := tried[len(tried)-1]; last >= time.Hour || last < 55*time.Minute {
			t.Errorf("the last attempt was after %v", last)
		}
		checkEmpty(t, e)
	})
}

func TestOtherErrorsAreTriedAgain(t *testing.T) {
	bubble(t, func(t *testing.T, e engine.Engine) {
		p := newPlane()
		p.answer = func(_ context.Context, _ run, n int, _ *functions.Result) error {
			if n < 4 {
				return functions.ErrNoMemory
			}
			return nil
		}
		n := start(t, e, p)
		n.enqueue("f", "id", `{}`)
		n.enqueue("gone", "id2", `{}`)
		time.Sleep(time.Hour)
		if got := p.seen(); len(got) != 4 || got[3].after != 7*time.Second {
			t.Errorf("got\n%s", times(got))
		}
		checkEmpty(t, e)
		n.end()
	})
}

// TestFunctionsThatCannotBeReadAreNotGone has a function that is there after a minute, and one that never is.
func TestFunctionsThatCannotBeReadAreNotGone(t *testing.T) {
	bubble(t, func(t *testing.T, e engine.Engine) {
		p := newPlane()
		n := start(t, e, p)
		n.enqueue("late", "late", `{}`)
		n.enqueue("damaged", "damaged", `{}`)
		time.Sleep(5 * time.Hour)
		if got := p.seen(); len(got) != 1 || got[0].requestID != "late" || got[0].after < time.Minute {
			t.Errorf("got\n%s", times(got))
		}
		if left(t, e, asyncinvoke.SegmentsBucket) == 0 {
			t.Error("the event of a damaged function is gone")
		}
		time.Sleep(2 * time.Hour)
		checkEmpty(t, e)
		n.end()
	})
}

// TestABusyFunctionLeavesOthersTheirTurn has more events of one function than may run.
func TestABusyFunctionLeavesOthersTheirTurn(t *testing.T) {
	bubble(t, func(t *testing.T, e engine.Engine) {
		p := newPlane()
		p.answer = func(context.Context, run, int, *functions.Result) error { time.Sleep(time.Second); return nil }
		n := start(t, e, p, func(o *asyncinvoke.Options) { o.Limits.AsyncRunning = 2 })
		for i := range 100 {
			n.enqueue("busy", fmt.Sprint("busy", i), `{}`)
		}
		n.enqueue("other", "other", `{}`)
		time.Sleep(time.Hour)
		for _, r := range p.seen() {
			if r.function == "other" && r.after > 3*time.Second {
				t.Errorf("it waited %v", r.after)
			}
		}
		n.end()
	})
}

func TestAFullQueueRefuses(t *testing.T) {
	bubble(t, func(t *testing.T, e engine.Engine) {
		p := newPlane()
		p.answer = func(_ context.Context, r run, _ int, res *functions.Result) error { fail(res); return nil }
		n := start(t, e, p, func(o *asyncinvoke.Options) { o.Limits.AsyncQueued = 3 })
		for i := range 3 {
			n.enqueue("f", fmt.Sprint(i), `{}`)
		}
		var throttled *functions.ThrottledError
		if err := n.Enqueue(t.Context(), call("f", "4", `{}`)); !errors.As(err, &throttled) || throttled.Reason != functions.ReasonQueue {
			t.Errorf("got %v", err)
		}
		time.Sleep(time.Hour)
		n.enqueue("f", "5", `{}`)
		n.end()
	})
}

// TestDestinationsInACircleEnd has two functions that are each other's destination.
func TestDestinationsInACircleEnd(t *testing.T) {
	bubble(t, func(t *testing.T, e engine.Engine) {
		p := newPlane()
		a, b := call("a", "", "").Ref, call("b", "", "").Ref
		p.settings["a"], p.settings["b"] = functions.Asynchronous{OnSuccess: functions.Destination{Function: &b}}, functions.Asynchronous{OnSuccess: functions.Destination{Function: &a}}
		n := start(t, e, p)
		n.enqueue("a", "id", `{}`)
		time.Sleep(time.Hour)
		if got := len(p.seen()); got != 17 {
			t.Errorf("%d invocations", got)
		}
		checkEmpty(t, e)
		n.end()
	})
}

// TestTheNextProcessGoesOn ends a process between the attempts of events, and while one runs.
func TestTheNextProcessGoesOn(t *testing.T) {
	bubble(t, func(t *testing.T, e engine.Engine) {
		p := newPlane()
		p.answer = func(ctx context.Context, r run, n int, res *functions.Result) error {
			switch {
			case r.function == "fails":
				fail(res)
			case r.function == "slow" && n == 1:
				<-ctx.Done()
				return context.Cause(ctx)
			}
			return nil
		}
		n := start(t, e, p)
		for i := range 3 {
			n.enqueue("fails", fmt.Sprint("fails", i), `{}`)
		}
		n.enqueue("slow", "slow", `{"a":1}`)
		n.enqueue("fast", "fast", `{}`)
		time.Sleep(90 * time.Second)
		n.end()
		if err := n.Enqueue(t.Context(), call("f", "late", `{}`)); !errors.Is(err, functions.ErrClosed) {
			t.Errorf("got %v", err)
		}
		n = start(t, e, p)
		time.Sleep(time.Hour)
		n.end()
		count := make(map[string]int)
		for _, r := range p.seen() {
			count[r.requestID]++
		}
		for id, want := range map[string]int{"fails0": 3, "fails1": 3, "fails2": 3, "slow": 2, "fast": 1} {
			if count[id] != want {
				t.Errorf("%s was run %d times, want %d", id, count[id], want)
			}
		}
		checkEmpty(t, e)
	})
}

// TestPayloadsAreReadWhenMemoryIsFull has room for one payload.
func TestPayloadsAreReadWhenMemoryIsFull(t *testing.T) {
	bubble(t, func(t *testing.T, e engine.Engine) {
		p := newPlane()
		n := start(t, e, p, func(o *asyncinvoke.Options) { o.Limits.AsyncMemory, o.Limits.AsyncRunning = 10, 1 })
		for i := range 50 {
			n.enqueue("f", fmt.Sprint(i), fmt.Sprintf(`{"n":%d}`, i))
		}
		time.Sleep(time.Minute)
		for _, r := range p.seen() {
			if r.payload != `{"n":`+r.requestID+`}` {
				t.Errorf("%s got %s", r.requestID, r.payload)
			}
		}
		if got := len(p.seen()); got != 50 {
			t.Errorf("%d were run", got)
		}
		checkEmpty(t, e)
		n.end()
	})
}

// TestKeysAreUsedAgain holds that the queue does not leave a deletion behind for each event.
func TestKeysAreUsedAgain(t *testing.T) {
	bubble(t, func(t *testing.T, e engine.Engine) {
		p := newPlane()
		n := start(t, e, p)
		w, err := e.Docs().Watch(t.Context(), asyncinvoke.SegmentsBucket, 0)
		if err != nil {
			t.Fatal(err)
		}
		keys := make(map[string]bool)
		for i := range 20 {
			n.enqueue("f", fmt.Sprint(i), `{}`)
			for range 2 {
				event, err := w.Next()
				if err != nil {
					t.Fatal(err)
				}
				keys[event.Key] = true
			}
			synctest.Wait()
		}
		if len(keys) > 2 {
			t.Errorf("%d keys were used", len(keys))
		}
		n.end()
	})
}

// TestDamage holds that what cannot be read harms nothing else.
func TestDamage(t *testing.T) {
	bubble(t, func(t *testing.T, e engine.Engine) {
		for _, bucket := range []string{asyncinvoke.SegmentsBucket, asyncinvoke.ProgressBucket} {
			if _, err := e.Docs().Create(t.Context(), bucket, "odd", []byte(`{"segment":"x"}`)); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := e.Docs().Create(t.Context(), asyncinvoke.ProgressBucket, "00000007", []byte(`{"segment":"gone"}`)); err != nil {
			t.Fatal(err)
		}
		p := newPlane()
		n := start(t, e, p)
		n.enqueue("f", "id", `{}`)
		time.Sleep(time.Minute)
		if len(p.seen()) != 1 || left(t, e, asyncinvoke.SegmentsBucket) != 1 || left(t, e, asyncinvoke.ProgressBucket) != 1 {
			t.Errorf("%d runs, %d segments", len(p.seen()), left(t, e, asyncinvoke.SegmentsBucket))
		}
		n.end()
	})
}
