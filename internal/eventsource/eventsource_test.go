package eventsource_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/functions"
	"github.com/gatehouse-gateway/gatehouse/internal/limits"
)

func TestMessagesAreHandedOverAndDeleted(t *testing.T) {
	bubble(t, 30*time.Second, func(f *fixture) {
		f.start(mapping())
		f.queue.send("1", "<2>")
		synctest.Wait()
		if f.queue.left() != 0 {
			t.Errorf("%d messages are left", f.queue.left())
		}
		got := f.seen()
		want := `{"Records":[{"messageId":"m1","receiptHandle":"m1#1","body":"1","attributes":{"ApproximateReceiveCount":"1","SentTimestamp":"1"},"messageAttributes":{},` +
			`"md5OfBody":"c4ca4238a0b923820dcc509a6f75849b","eventSource":"aws:sqs","eventSourceARN":"` + queueARN + `","awsRegion":"eu-west-1"},{"messageId":"m<2>",`
		if len(got) != 1 || !strings.HasPrefix(got[0].event, want) || got[0].bodies != "1 <2>" {
			t.Errorf("got %+v\nwant %s", got, want)
		}
		f.queue.send(numbers(1, 25)...)
		synctest.Wait()
		if n := len(f.seen()); n != 4 || f.queue.left() != 0 {
			t.Errorf("%d batches, %d left", n, f.queue.left())
		}
		f.end()
	})
}

func TestBatchesWaitForMore(t *testing.T) {
	size := func(m *definition.EventSourceMapping) { m.BatchSize, m.BatchingWindow = 25, 60 }
	bubble(t, 30*time.Second, func(f *fixture) {
		f.start(mapping(size))
		f.queue.send(numbers(1, 3)...)
		time.Sleep(59 * time.Second)
		if n := len(f.seen()); n != 0 {
			t.Fatalf("%d batches before the window was over", n)
		}
		f.queue.send("4")
		time.Sleep(2 * time.Second)
		if got := f.seen(); len(got) != 1 || got[0].bodies != "1 2 3 4" || got[0].after != time.Minute {
			t.Errorf("got %+v", got)
		}
		f.queue.send(numbers(1, 60)...)
		synctest.Wait()
		if got := f.seen(); len(got) != 3 || got[1].size != 25 || got[2].size != 25 {
			t.Errorf("got %d batches", len(got))
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if got := f.seen(); len(got) != 4 || got[3].size != 10 || f.queue.left() != 0 {
			t.Errorf("got %d batches, %d left", len(got), f.queue.left())
		}
		f.end()
	})
}

// TestFailures holds which messages come again, and when. Spec: functions B8, E23.
func TestFailures(t *testing.T) {
	reports := func(m *definition.EventSourceMapping) { m.ReportBatchItemFailures = true }
	for name, c := range map[string]struct {
		change func(*definition.EventSourceMapping)
		answer string
		fails  bool
		again  string // bodies of the second batch
	}{
		"an error":                         {fails: true, again: "1 2 3"},
		"a report nobody asked for":        {answer: `{"batchItemFailures":[{"itemIdentifier":"m2"}]}`},
		"a part":                           {change: reports, answer: `{"batchItemFailures":[{"itemIdentifier":"m2"}]}`, again: "2"},
		"the same twice":                   {change: reports, answer: `{"batchItemFailures":[{"itemIdentifier":"m3"},{"itemIdentifier":"m3"}]}`, again: "3"},
		"all":                              {change: reports, answer: `{"batchItemFailures":[{"itemIdentifier":"m1"},{"itemIdentifier":"m2"},{"itemIdentifier":"m3"}]}`, again: "1 2 3"},
		"an empty list":                    {change: reports, answer: `{"batchItemFailures":[]}`},
		"a list of null":                   {change: reports, answer: `{"batchItemFailures":null}`},
		"an empty object":                  {change: reports, answer: `{}`},
		"null":                             {change: reports, answer: `null`},
		"an id that is not in the batch":   {change: reports, answer: `{"batchItemFailures":[{"itemIdentifier":"m2"},{"itemIdentifier":"other"}]}`, again: "1 2 3"},
		"an empty id":                      {change: reports, answer: `{"batchItemFailures":[{"itemIdentifier":""}]}`, again: "1 2 3"},
		"no id":                            {change: reports, answer: `{"batchItemFailures":[{"itemId":"m2"}]}`, again: "1 2 3"},
		"no list":                          {change: reports, answer: `{"batchItemFailures":"m2"}`, again: "1 2 3"},
		"a text (unconfirmed)":             {change: reports, answer: `"done"`, again: "1 2 3"},
		"no JSON":                          {change: reports, answer: `done`, again: "1 2 3"},
		"an error with a report is a fail": {change: reports, answer: `{"batchItemFailures":[]}`, fails: true, again: "1 2 3"},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, 30*time.Second, func(f *fixture) {
				f.answer = func(_ context.Context, _ batch, res *functions.Result) error {
					if len(f.seen()) > 1 {
						return nil
					}
					res.Payload = []byte(c.answer)
					if c.fails {
						res.FunctionError = functions.Unhandled
					}
					return nil
				}
				if c.change == nil {
					c.change = func(*definition.EventSourceMapping) {}
				}
				f.start(mapping(c.change))
				f.queue.send(numbers(1, 3)...)
				time.Sleep(time.Minute)
				got := f.seen()
				switch {
				case c.again == "" && len(got) != 1, c.again != "" && len(got) != 2:
					t.Fatalf("%d batches", len(got))
				case c.again != "" && (got[1].bodies != c.again || got[1].after != 30*time.Second):
					t.Errorf("got %+v", got[1])
				}
				if f.queue.left() != 0 {
					t.Errorf("%d messages are left", f.queue.left())
				}
				f.end()
			})
		})
	}
}

func TestSlowFunctionsKeepTheirMessages(t *testing.T) {
	bubble(t, 2*time.Second, func(f *fixture) {
		f.answer = func(context.Context, batch, *functions.Result) error { time.Sleep(15 * time.Minute); return nil }
		f.start(mapping())
		f.queue.send("1")
		time.Sleep(16 * time.Minute)
		if n := len(f.seen()); n != 1 || f.queue.left() != 0 || f.queue.count(&f.queue.extended) < 800 {
			t.Errorf("%d batches, %d left, %d times extended", n, f.queue.left(), f.queue.count(&f.queue.extended))
		}
		f.end()
	})
}

func TestFiltersDropMessages(t *testing.T) {
	for pattern, want := range map[string]string{
		`{"body":{"n":[{"numeric":[">",1]}]}}`:             `{"n":2}`,
		`{"body":["plain"]}`:                               `plain`,
		`{"attributes":{"SentTimestamp":["1"]}}`:           `{"n":1} {"n":2} plain 5 {bad`,
		`{"body":["5"]}`:                                   `5`,
		`{"body":[{"prefix":"{"}]}`:                        `{bad`,
		`{"messageAttributes":{"kind":[{"exists":true}]}}`: ``,
	} {
		bubble(t, 30*time.Second, func(f *fixture) {
			f.start(mapping(func(m *definition.EventSourceMapping) { m.Filters = []string{`{"body":["nothing"]}`, pattern} }))
			f.queue.send(`{"n":1}`, `{"n":2}`, `plain`, `5`, `{bad`)
			time.Sleep(time.Minute)
			got := ""
			for _, b := range f.seen() {
				got += b.bodies
			}
			if got != want || f.queue.left() != 0 {
				t.Errorf("%s: got %s, %d left", pattern, got, f.queue.left())
			}
			f.end()
		})
	}
}

// TestUnwantedMessagesAreDroppedFast has a queue full of them.
func TestUnwantedMessagesAreDroppedFast(t *testing.T) {
	bubble(t, time.Hour, func(f *fixture) {
		f.queue.send(numbers(1, 1000)...)
		f.start(mapping(func(m *definition.EventSourceMapping) { m.Filters = []string{`{"body":["none"]}`} }))
		if f.queue.left() != 0 || len(f.seen()) != 0 {
			t.Errorf("%d left, %d batches", f.queue.left(), len(f.seen()))
		}
		f.end()
	})
}

// TestAQueueThatDoesNotWaitIsNotAskedAllTheTime answers every poll at once.
func TestAQueueThatDoesNotWaitIsNotAskedAllTheTime(t *testing.T) {
	bubble(t, time.Hour, func(f *fixture) {
		f.queue.hasty = true
		f.start(mapping(func(m *definition.EventSourceMapping) { m.BatchSize, m.BatchingWindow = 100, 60 }))
		time.Sleep(time.Minute)
		f.queue.send("1")
		time.Sleep(2 * time.Minute)
		if n := f.queue.count(&f.queue.receives); n > 250 || len(f.seen()) != 1 {
			t.Errorf("%d polls, %d batches", n, len(f.seen()))
		}
		f.end()
	})
}

func TestBatchesBesideEachOther(t *testing.T) {
	bubble(t, time.Hour, func(f *fixture) {
		f.answer = func(context.Context, batch, *functions.Result) error { time.Sleep(time.Second); return nil }
		f.start(mapping(func(m *definition.EventSourceMapping) { m.BatchSize, m.MaximumConcurrency = 1, 2 }))
		f.queue.send(numbers(1, 100)...)
		time.Sleep(51 * time.Second)
		if f.peak() != 2 || f.queue.left() != 0 {
			t.Errorf("%d at a time, %d left", f.peak(), f.queue.left())
		}
		f.change(func(m *definition.EventSourceMapping) { m.MaximumConcurrency = 0 })
		f.queue.send(numbers(1, 200)...)
		time.Sleep(30 * time.Second)
		if f.peak() != int(limits.Laptop().EventSourceBatches) || f.queue.left() != 0 {
			t.Errorf("%d at a time, %d left", f.peak(), f.queue.left())
		}
		f.end()
	})
}

// TestThrottledBatchesComeAgain has a function that three invocations fit of: after a while hardly a message comes twice.
func TestThrottledBatchesComeAgain(t *testing.T) {
	bubble(t, 10*time.Second, func(f *fixture) {
		refused := 0
		f.answer = func(context.Context, batch, *functions.Result) error {
			f.mu.Lock()
			over := f.running > 3
			if over {
				refused++
			}
			f.mu.Unlock()
			if over {
				return &functions.ThrottledError{Reason: functions.ReasonReserved}
			}
			time.Sleep(time.Second)
			return nil
		}
		f.start(mapping(func(m *definition.EventSourceMapping) { m.BatchSize = 1 }))
		f.queue.send(numbers(1, 300)...)
		time.Sleep(3 * time.Minute)
		if f.queue.left() != 0 || refused == 0 || refused > 15 {
			t.Errorf("%d left, %d refused", f.queue.left(), refused)
		}
		f.end()
	})
	bubble(t, 30*time.Second, func(f *fixture) {
		f.answer = func(context.Context, batch, *functions.Result) error {
			return &functions.ThrottledError{Reason: functions.ReasonReserved}
		}
		f.start(mapping())
		f.queue.send("1")
		time.Sleep(time.Hour)
		if n := len(f.seen()); n < 40 || n > 90 || f.queue.left() != 1 { // once a minute in the end
			t.Errorf("%d batches, %d left", n, f.queue.left())
		}
		f.end()
	})
}

func TestLargeBatchesAreRunInParts(t *testing.T) {
	bubble(t, time.Hour, func(f *fixture) {
		f.limits.FunctionEvent = 300_000 // ids and handles hold the body, too
		f.memory = limits.NewBudget(1_000_000)
		f.start(mapping())
		long := strings.Repeat("x", 30_000)
		f.queue.send(long+"1", long+"2", long+"3", long+"4", strings.Repeat("y", 120_000))
		synctest.Wait()
		got := f.seen()
		if len(got) != 3 || got[0].size != 3 || got[1].size != 1 || got[2].size != 1 || len(got[0].event) > 300_000 {
			t.Errorf("got %d batches", len(got))
		}
		f.end()
		if f.memory.Left() != 1_000_000 {
			t.Errorf("%d bytes of memory are left", f.memory.Left())
		}
	})
}

func TestWithoutMemoryMessagesStay(t *testing.T) {
	bubble(t, time.Hour, func(f *fixture) {
		f.memory = limits.NewBudget(100)
		f.start(mapping())
		f.queue.send("1")
		time.Sleep(time.Second / 2)
		f.memory.Give(10_000)
		time.Sleep(5 * time.Second)
		if n := len(f.seen()); n != 1 || f.queue.left() != 0 || f.queue.count(&f.queue.shown) == 0 {
			t.Errorf("%d batches, %d left, %d given back", n, f.queue.left(), f.queue.count(&f.queue.shown))
		}
		f.end()
	})
}

func TestWhatIsAwayIsWaitedFor(t *testing.T) {
	for name, away := range map[string]func(*fixture, error){
		"queue":    func(f *fixture, err error) { f.queue.fail(err) },
		"function": func(f *fixture, err error) { f.mu.Lock(); defer f.mu.Unlock(); f.refuse = err },
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, 30*time.Second, func(f *fixture) {
				away(f, errors.New("away"))
				f.start(mapping())
				f.queue.send("1")
				time.Sleep(time.Hour)
				if n := len(f.seen()); n != 0 || f.queue.count(&f.queue.receives) > 70 {
					t.Errorf("%d batches, %d polls", n, f.queue.count(&f.queue.receives))
				}
				away(f, nil)
				time.Sleep(2 * time.Minute)
				if n := len(f.seen()); n != 1 || f.queue.left() != 0 {
					t.Errorf("%d batches, %d left", n, f.queue.left())
				}
				f.end()
			})
		})
	}
}

func TestMappingsChange(t *testing.T) {
	bubble(t, 30*time.Second, func(f *fixture) {
		f.start(nil)
		if err := f.mappings.Create(f.t.Context(), key, mapping(func(m *definition.EventSourceMapping) { m.Enabled = false })); err != nil {
			t.Fatal(err)
		}
		f.queue.send("1")
		time.Sleep(time.Minute)
		if n := len(f.seen()); n != 0 {
			t.Errorf("%d batches of a disabled mapping", n)
		}
		f.change(func(m *definition.EventSourceMapping) { m.Enabled = true })
		time.Sleep(time.Second)
		f.change(func(m *definition.EventSourceMapping) { m.Enabled = false })
		f.queue.send("2")
		time.Sleep(time.Minute)
		if got := f.seen(); len(got) != 1 || got[0].bodies != "1" {
			t.Errorf("got %+v", got)
		}
		f.change(func(m *definition.EventSourceMapping) { m.Enabled = true })
		time.Sleep(time.Second)
		if err := f.mappings.Delete(f.t.Context(), key, nil); err != nil {
			t.Fatal(err)
		}
		synctest.Wait() // the watch sees it
		f.queue.send("3")
		time.Sleep(time.Minute)
		if got := f.seen(); len(got) != 2 || f.queue.left() != 1 {
			t.Errorf("got %+v, %d left", got, f.queue.left())
		}
		f.end()
	})
}

// TestAChangeHidesNoMessage changes a mapping while its queue is asked, by a poller that knows nothing of the change.
func TestAChangeHidesNoMessage(t *testing.T) {
	bubble(t, time.Hour, func(f *fixture) {
		f.start(mapping())
		for n := range 20 {
			f.change(func(m *definition.EventSourceMapping) { m.BatchSize = 1 + n%10 })
			f.queue.send("1")
			time.Sleep(time.Second)
			if f.queue.left() != 0 {
				t.Fatalf("%d messages are left after change %d", f.queue.left(), n)
			}
		}
		f.end()
	})
}

// TestTheEnd waits for batches that run, gives messages back that wait for more, and ends what takes longer than the grace time.
func TestTheEnd(t *testing.T) {
	bubble(t, 30*time.Second, func(f *fixture) {
		f.answer = func(ctx context.Context, _ batch, _ *functions.Result) error {
			select {
			case <-time.After(5 * time.Second):
				return nil
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}
		f.start(mapping())
		f.queue.send("1")
		time.Sleep(time.Second)
		f.end()
		if took := time.Since(f.begun); took != 5*time.Second || f.queue.left() != 0 {
			t.Errorf("it took %v, %d left", took, f.queue.left())
		}
	})
	bubble(t, 30*time.Second, func(f *fixture) {
		f.answer = func(ctx context.Context, _ batch, _ *functions.Result) error { <-ctx.Done(); return context.Cause(ctx) }
		f.start(mapping())
		f.queue.send("1")
		synctest.Wait()
		f.end()
		if took := time.Since(f.begun); took != 10*time.Second || f.queue.left() != 1 {
			t.Errorf("it took %v, %d left", took, f.queue.left())
		}
	})
	bubble(t, 30*time.Second, func(f *fixture) {
		f.start(mapping(func(m *definition.EventSourceMapping) { m.BatchSize, m.BatchingWindow = 100, 300 }))
		f.queue.send("1")
		time.Sleep(time.Minute)
		f.end()
		if f.queue.count(&f.queue.shown) == 0 || len(f.seen()) != 0 {
			t.Errorf("%d given back, %d batches", f.queue.count(&f.queue.shown), len(f.seen()))
		}
		f.start(nil) // the next process
		time.Sleep(301 * time.Second)
		if got := f.seen(); len(got) != 1 || got[0].bodies != "1" {
			t.Errorf("got %+v, %d left, %d polls", got, f.queue.left(), f.queue.count(&f.queue.receives))
		}
		f.end()
	})
}
