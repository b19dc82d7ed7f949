package asyncinvoke_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/asyncinvoke"
	"github.com/gatehouse-gateway/gatehouse/internal/engine"
	"github.com/gatehouse-gateway/gatehouse/internal/functions"
	"github.com/gatehouse-gateway/gatehouse/internal/notify"
)

const (
	queueARN = "arn:aws:sqs:us-east-1:111111111111:q"
	deadARN  = "arn:aws:sns:us-east-1:111111111111:dead"
)

// outside stands in for queues, topics and web servers.
type outside struct {
	mu  sync.Mutex
	err error // of every message
	got []string
	all []notify.Message
}

func (o *outside) tell(_ context.Context, target string, m notify.Message) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.got, o.all = append(o.got, target), append(o.all, m)
	return o.err
}

func (o *outside) take(opts *asyncinvoke.Options) { opts.Tell = o.tell }

// TestTargetsOutside holds what destinations and dead letter queues get that are no functions. Spec: functions C.
func TestTargetsOutside(t *testing.T) {
	all := functions.Asynchronous{OnSuccess: functions.Destination{Target: queueARN}, OnFailure: functions.Destination{Target: queueARN}, DeadLetter: deadARN}
	stopped := all
	stopped.Stopped = true
	long := strings.Repeat("é", 600)
	for name, c := range map[string]struct {
		settings functions.Asynchronous
		answer   string
		fails    bool
		want     []string // targets
		letter   string   // attributes of the first
	}{
		"success":              {settings: all, answer: "1", want: []string{queueARN}},
		"failure":              {settings: all, answer: `{"errorMessage":"no"}`, fails: true, want: []string{deadARN, queueARN}, letter: "Number 200 String no String id"},
		"long message":         {settings: all, answer: `{"errorMessage":"` + long + `"}`, fails: true, want: []string{deadARN, queueARN}, letter: "Number 200 String " + long[:1024] + " String id"},
		"no message":           {settings: all, answer: `{}`, fails: true, want: []string{deadARN, queueARN}, letter: "Number 200   String id"},
		"an answer of no JSON": {settings: all, answer: `killed`, fails: true, want: []string{deadARN, queueARN}, letter: "Number 200 String killed String id"},
		"stopped":              {settings: stopped, want: []string{deadARN, queueARN}, letter: "Number 429 String Rate Exceeded. String id"},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, e engine.Engine) {
				p, o := newPlane(), new(outside)
				p.settings["f"] = c.settings
				p.answer = func(_ context.Context, _ run, _ int, res *functions.Result) error {
					if res.Payload = []byte(c.answer); c.fails {
						res.FunctionError = functions.Unhandled
					}
					return nil
				}
				n := start(t, e, p, o.take)
				n.enqueue("f", "id", ` {"a":1}`)
				time.Sleep(time.Hour)
				n.end()
				if fmt.Sprint(o.got) != fmt.Sprint(c.want) {
					t.Fatalf("got %v, want %v", o.got, c.want)
				}
				if c.letter != "" {
					a := o.all[0].Attributes
					letter := fmt.Sprint(a["ErrorCode"].Type, " ", a["ErrorCode"].Text, " ", a["ErrorMessage"].Type, " ", a["ErrorMessage"].Text, " ", a["RequestID"].Type, " ", a["RequestID"].Text)
					if letter != c.letter || string(o.all[0].Body) != ` {"a":1}` {
						t.Errorf("got  %s %s\nwant %s", letter, o.all[0].Body, c.letter)
					}
				}
				record := o.all[len(o.all)-1]
				kind := "Failure"
				if name == "success" {
					kind = "Success"
				}
				if record.DetailType != "Lambda Function Invocation Result - "+kind || record.Source != "lambda" || record.Resources[0] != "arn:aws:lambda:us-east-1:111111111111:function:f:$LATEST" ||
					!strings.HasPrefix(record.Key, "aws/lambda/async/f/2000/01/01/2000-01-01T00.0") || !strings.HasSuffix(record.Key, "-id") || !strings.Contains(string(record.Body), `"requestId":"id"`) {
					t.Errorf("got %+v", record)
				}
				if n.Undelivered() != 0 {
					t.Errorf("%d undelivered", n.Undelivered())
				}
				checkEmpty(t, e)
			})
		})
	}
}

// TestWhatCannotBeToldIsCountedAndDropped has targets that fail, and no way to any.
func TestWhatCannotBeToldIsCountedAndDropped(t *testing.T) {
	for name, change := range map[string]func(*asyncinvoke.Options){
		"down":       (&outside{err: errors.New("down")}).take,
		"no way out": func(*asyncinvoke.Options) {},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, e engine.Engine) {
				p := newPlane()
				p.settings["f"] = functions.Asynchronous{Stopped: true, OnFailure: functions.Destination{Target: queueARN}, DeadLetter: deadARN}
				n := start(t, e, p, change)
				n.enqueue("f", "id", `{}`)
				time.Sleep(time.Hour)
				if n.Undelivered() != 2 {
					t.Errorf("%d undelivered", n.Undelivered())
				}
				n.end()
				checkEmpty(t, e)
			})
		})
	}
}

// TestADeliveryThatTheEndStoppedIsMadeByTheNextProcess runs the event again: nobody knows any more what came of it.
func TestADeliveryThatTheEndStoppedIsMadeByTheNextProcess(t *testing.T) {
	bubble(t, func(t *testing.T, e engine.Engine) {
		p, o := newPlane(), new(outside)
		p.settings["f"] = functions.Asynchronous{OnSuccess: functions.Destination{Target: queueARN}}
		n := start(t, e, p, func(opts *asyncinvoke.Options) {
			opts.Tell = func(ctx context.Context, _ string, _ notify.Message) error { <-ctx.Done(); return context.Cause(ctx) }
		})
		n.enqueue("f", "id", `{}`)
		time.Sleep(time.Second)
		n.end()
		n = start(t, e, p, o.take)
		time.Sleep(time.Hour)
		n.end()
		if len(o.got) != 1 || len(p.seen()) != 2 {
			t.Errorf("%d deliveries after %d attempts", len(o.got), len(p.seen()))
		}
		checkEmpty(t, e)
	})
}

// TestADestinationThatDoesNotAnswerHoldsUpItsOwnFunctionOnly has as many events as may run at a time, and more.
func TestADestinationThatDoesNotAnswerHoldsUpItsOwnFunctionOnly(t *testing.T) {
	bubble(t, func(t *testing.T, e engine.Engine) {
		p := newPlane()
		p.settings["stuck"] = functions.Asynchronous{OnSuccess: functions.Destination{Target: queueARN}}
		n := start(t, e, p, func(opts *asyncinvoke.Options) {
			opts.Tell = func(context.Context, string, notify.Message) error {
				time.Sleep(20 * time.Second)
				return errors.New("no answer")
			}
		})
		const stuck, other = 500, 50
		for i := range stuck {
			n.enqueue("stuck", fmt.Sprint("stuck", i), `{}`)
		}
		time.Sleep(time.Second)
		for i := range other {
			n.enqueue("other", fmt.Sprint("other", i), `{}`)
		}
		time.Sleep(5 * time.Second) // no delivery has ended yet
		count := map[string]int{}
		for _, r := range p.seen() {
			count[r.function]++
		}
		if count["other"] != other || count["stuck"] == 0 || count["stuck"] == stuck {
			t.Errorf("got %v", count)
		}
		time.Sleep(time.Hour)
		if got := len(p.seen()); got != stuck+other || n.Undelivered() != stuck {
			t.Errorf("%d attempts, %d undelivered", got, n.Undelivered())
		}
		checkEmpty(t, e)
		n.end()
	})
}
