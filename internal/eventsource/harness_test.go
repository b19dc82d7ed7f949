package eventsource_test

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/awsclient"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/engine"
	"github.com/gatehouse-gateway/gatehouse/internal/engine/memory"
	"github.com/gatehouse-gateway/gatehouse/internal/eventsource"
	"github.com/gatehouse-gateway/gatehouse/internal/functions"
	"github.com/gatehouse-gateway/gatehouse/internal/limits"
	"github.com/gatehouse-gateway/gatehouse/internal/store"
)

const queueARN = "arn:aws:sqs:eu-west-1:111111111111:q"

// queue is a queue server with one queue, true to its visibility timeout.
type queue struct {
	visibility time.Duration
	hasty      bool // it does not wait for messages

	mu       sync.Mutex
	messages []*queued
	changed  chan struct{}
	err      error // of every call
	receives int
	extended int // visibilities that were made longer
	shown    int // and ended
}

type queued struct {
	awsclient.Received
	visibleAt time.Time
	receives  int
}

func newQueue(visibility time.Duration) *queue {
	return &queue{visibility: visibility, changed: make(chan struct{})}
}

func (q *queue) send(bodies ...string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, body := range bodies {
		sum := md5.Sum([]byte(body))
		q.messages = append(q.messages, &queued{Received: awsclient.Received{
			MessageId: "m" + body, Body: body, MD5OfBody: hex.EncodeToString(sum[:]), Attributes: map[string]string{"SentTimestamp": "1"},
		}})
	}
	q.wake()
}

// wake tells who waits. Lock held.
func (q *queue) wake() {
	close(q.changed)
	q.changed = make(chan struct{})
}

func (q *queue) fail(err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.err = err
}

// count reads a number that calls count.
func (q *queue) count(n *int) int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return *n
}

func (q *queue) left() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.messages)
}

func (q *queue) ReceiveMessages(ctx context.Context, arn awsclient.ARN, p awsclient.Poll) ([]awsclient.Received, error) {
	if arn.String() != queueARN || p.Max < 1 || p.Max > 10 || p.Wait < 0 || p.Wait > 20*time.Second || p.Wait%time.Second != 0 {
		return nil, fmt.Errorf("bad poll %+v of %s", p, arn)
	}
	deadline := time.Now().Add(p.Wait)
	if q.hasty {
		deadline = time.Now()
	}
	for {
		q.mu.Lock()
		q.receives++
		if q.err != nil {
			q.mu.Unlock()
			return nil, q.err
		}
		now, next := time.Now(), deadline
		var got []awsclient.Received
		for _, m := range q.messages {
			if m.visibleAt.After(now) {
				if m.visibleAt.Before(next) {
					next = m.visibleAt
				}
				continue
			}
			if len(got) < p.Max {
				m.receives++
				m.visibleAt = now.Add(p.Visibility)
				m.ReceiptHandle = m.MessageId + "#" + strconv.Itoa(m.receives)
				m.Attributes = map[string]string{"SentTimestamp": "1", "ApproximateReceiveCount": strconv.Itoa(m.receives)}
				got = append(got, m.Received)
			}
		}
		changed := q.changed
		q.mu.Unlock()
		if len(got) > 0 || !now.Before(deadline) {
			return got, nil
		}
		timer := time.NewTimer(next.Sub(now))
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil, context.Cause(ctx)
		case <-changed:
		case <-timer.C:
		}
		timer.Stop()
	}
}

func (q *queue) DeleteMessages(_ context.Context, _ awsclient.ARN, handles []string) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.err != nil {
		return q.err
	}
	for _, handle := range handles {
		for i, m := range q.messages {
			if m.ReceiptHandle == handle {
				q.messages = append(q.messages[:i], q.messages[i+1:]...)
				break
			}
		}
	}
	return nil
}

func (q *queue) ChangeVisibility(_ context.Context, _ awsclient.ARN, handles []string, visibility time.Duration) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if visibility > 0 {
		q.extended++
	} else {
		q.shown++
	}
	for _, handle := range handles {
		for _, m := range q.messages {
			if m.ReceiptHandle == handle {
				m.visibleAt = time.Now().Add(visibility)
			}
		}
	}
	q.wake()
	return q.err
}

func (q *queue) QueueAttributes(context.Context, awsclient.ARN, ...string) (map[string]string, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return map[string]string{"VisibilityTimeout": strconv.Itoa(int(q.visibility / time.Second))}, q.err
}

// batch is what a function was invoked with.
type batch struct {
	bodies string // with blanks between them
	after  time.Duration
	event  string
	size   int
}

// fixture is sources with one queue and one function, in a time of their own.
type fixture struct {
	t        *testing.T
	begun    time.Time
	queue    *queue
	engine   engine.Engine
	mappings *store.Collection[definition.EventSourceMapping]
	sources  *eventsource.Sources
	limits   limits.Limits
	memory   *limits.Budget
	stop     context.CancelFunc
	done     chan error

	// answer is what the function does; nil: it succeeds.
	answer func(ctx context.Context, b batch, res *functions.Result) error
	refuse error // of every call

	mu      sync.Mutex
	batches []batch
	running int
	most    int // batches at a time
}

func (f *fixture) Invoke(ctx context.Context, c *functions.Call, res *functions.Result) error {
	f.mu.Lock()
	refuse := f.refuse
	f.mu.Unlock()
	if refuse != nil || c.Type == functions.DryRun {
		return refuse
	}
	var event struct {
		Records []struct{ Body string }
	}
	if err := json.Unmarshal(c.Payload, &event); err != nil {
		return err
	}
	b := batch{after: time.Since(f.begun), event: string(c.Payload), size: len(event.Records)}
	var bodies []string
	for _, r := range event.Records {
		bodies = append(bodies, r.Body)
	}
	b.bodies = strings.Join(bodies, " ")
	f.mu.Lock()
	f.batches = append(f.batches, b)
	f.running++
	f.most = max(f.most, f.running)
	answer := f.answer
	f.mu.Unlock()
	defer func() {
		f.mu.Lock()
		f.running--
		f.mu.Unlock()
	}()
	res.Payload = []byte("null")
	if answer == nil {
		return nil
	}
	return answer(ctx, b, res)
}

// peak is how many batches ran at a time, at most.
func (f *fixture) peak() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.most
}

func (f *fixture) seen() []batch {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]batch(nil), f.batches...)
}

// prepare makes what compresses documents once, outside of bubbles.
var prepare = sync.OnceFunc(func() {
	docs := store.New[string](memory.New(memory.Options{}).Docs(), "any")
	long := strings.Repeat("long", 1000)
	if err := docs.Create(context.Background(), "a", &long); err != nil {
		panic(err)
	}
	if _, err := docs.Change(context.Background(), "a", func(*string) error { return nil }); err != nil {
		panic(err)
	}
})

// bubble runs a test in a time of its own.
func bubble(t *testing.T, visibility time.Duration, test func(*fixture)) {
	t.Helper()
	prepare()
	synctest.Test(t, func(t *testing.T) {
		e := memory.New(memory.Options{})
		defer e.Close()
		f := &fixture{t: t, begun: time.Now(), queue: newQueue(visibility), engine: e, mappings: store.New[definition.EventSourceMapping](e.Docs(), eventsource.Bucket), limits: limits.Laptop()}
		test(f)
	})
}

func mapping(change ...func(*definition.EventSourceMapping)) *definition.EventSourceMapping {
	m := &definition.EventSourceMapping{
		AccountID: "111111111111", Region: "eu-west-1", UUID: "u", Source: queueARN, Function: "f", Enabled: true, BatchSize: 10,
	}
	for _, c := range change {
		c(m)
	}
	return m
}

const key = "111111111111/eu-west-1/u"

// start runs sources with a stored mapping; nil: as it is stored.
func (f *fixture) start(m *definition.EventSourceMapping) {
	f.t.Helper()
	if m != nil {
		if err := f.mappings.Create(f.t.Context(), key, m); err != nil {
			f.t.Fatal(err)
		}
	}
	f.sources = eventsource.New(eventsource.Options{Mappings: f.mappings, Queues: f.queue, Invoke: f.Invoke, Limits: f.limits, Memory: f.memory, Grace: 10 * time.Second})
	if err := f.sources.Load(f.t.Context()); err != nil {
		f.t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	f.stop, f.done = stop, make(chan error, 1)
	go func() { f.done <- f.sources.Run(ctx) }()
	synctest.Wait()
}

// end stops the sources and waits for them.
func (f *fixture) end() {
	f.t.Helper()
	f.stop()
	if err := <-f.done; !errors.Is(err, context.Canceled) {
		f.t.Errorf("Run returned %v", err)
	}
}

// change changes the mapping as the management API does.
func (f *fixture) change(change func(*definition.EventSourceMapping)) {
	f.t.Helper()
	if _, err := f.mappings.Change(f.t.Context(), key, func(m *definition.EventSourceMapping) error { change(m); return nil }); err != nil {
		f.t.Fatal(err)
	}
	if err := f.sources.Refresh(f.t.Context(), key); err != nil {
		f.t.Fatal(err)
	}
}

func numbers(from, to int) []string {
	var all []string
	for n := from; n <= to; n++ {
		all = append(all, strconv.Itoa(n))
	}
	return all
}
