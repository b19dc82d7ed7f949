package asyncinvoke_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/asyncinvoke"
	"github.com/gatehouse-gateway/gatehouse/internal/engine"
	"github.com/gatehouse-gateway/gatehouse/internal/engine/memory"
	"github.com/gatehouse-gateway/gatehouse/internal/functions"
	"github.com/gatehouse-gateway/gatehouse/internal/limits"
	"github.com/gatehouse-gateway/gatehouse/internal/store"
)

// run is one attempt that a plane saw.
type run struct {
	function  string
	requestID string
	payload   string
	after     time.Duration // the beginning of the test
}

// plane stands in for the functions: it counts what runs at a time and answers what a test wants.
type plane struct {
	begun    time.Time
	queue    *asyncinvoke.Queue
	settings map[string]functions.Asynchronous // by name and qualifier
	answer   func(ctx context.Context, r run, n int, res *functions.Result) error
	limit    int // invocations of a function at a time; 0: any number

	mu      sync.Mutex
	running map[string]int
	runs    []run
}

func newPlane() *plane {
	return &plane{begun: time.Now(), settings: make(map[string]functions.Asynchronous), running: make(map[string]int)}
}

func (p *plane) Settings(_ context.Context, ref functions.Ref) (functions.Asynchronous, error) {
	switch ref.Name {
	case "gone":
		return functions.Asynchronous{}, functions.ErrNotFound
	case "late":
		if time.Since(p.begun) < time.Minute {
			return functions.Asynchronous{}, errors.New("not in use yet")
		}
	case "damaged":
		return functions.Asynchronous{}, engine.ErrCorrupt
	}
	return p.settings[ref.Name+ref.Qualifier], nil
}

func (p *plane) Invoke(ctx context.Context, c *functions.Call, res *functions.Result) error {
	if c.Type == functions.Event {
		c.RequestID = fmt.Sprintf("told-%d", time.Since(p.begun))
		return p.queue.Enqueue(ctx, c)
	}
	r := run{c.Ref.Name, c.RequestID, string(c.Payload), time.Since(p.begun)}
	p.mu.Lock()
	if p.limit > 0 && p.running[c.Ref.Name] >= p.limit {
		p.mu.Unlock()
		return &functions.ThrottledError{Reason: functions.ReasonAccount}
	}
	p.running[c.Ref.Name]++
	p.runs = append(p.runs, r)
	n := 0
	for _, other := range p.runs {
		if other.requestID == r.requestID {
			n++
		}
	}
	p.mu.Unlock()
	defer func() {
		p.mu.Lock()
		p.running[c.Ref.Name]--
		p.mu.Unlock()
	}()
	res.ExecutedVersion, res.Payload = functions.Latest, []byte("null")
	if p.answer == nil {
		return nil
	}
	return p.answer(ctx, r, n, res)
}

func (p *plane) seen() []run {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]run(nil), p.runs...)
}

// fail is the result of a function that failed.
func fail(res *functions.Result) {
	res.FunctionError, res.Payload = functions.Unhandled, []byte(`{"errorMessage":"no"}`)
}

// node is a process that has the queue of an engine.
type node struct {
	*asyncinvoke.Queue
	t    *testing.T
	stop context.CancelFunc
	done chan error
}

func start(t *testing.T, e engine.Engine, p *plane, change ...func(*asyncinvoke.Options)) *node {
	t.Helper()
	opts := asyncinvoke.Options{Docs: e.Docs(), Invoke: p.Invoke, Settings: p.Settings, Limits: limits.Laptop(), Grace: time.Second}
	for _, c := range change {
		c(&opts)
	}
	n := &node{Queue: asyncinvoke.New(opts), t: t, done: make(chan error, 1)}
	p.queue = n.Queue
	if err := n.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	n.stop = stop
	go func() { n.done <- n.Run(ctx) }()
	return n
}

// end stops the node and waits for it.
func (n *node) end() {
	n.t.Helper()
	n.stop()
	if err := <-n.done; !errors.Is(err, context.Canceled) {
		n.t.Errorf("Run returned %v", err)
	}
}

func call(name, id, payload string) *functions.Call {
	return &functions.Call{
		Ref: functions.Ref{AccountID: "111111111111", Region: "us-east-1", Name: name}, Type: functions.Event,
		Invocation: functions.Invocation{RequestID: id, Payload: []byte(payload)},
	}
}

func (n *node) enqueue(name, id, payload string) {
	n.t.Helper()
	if err := n.Enqueue(n.t.Context(), call(name, id, payload)); err != nil {
		n.t.Fatal(err)
	}
}

// left is how many documents a bucket holds.
func left(t *testing.T, e engine.Engine, bucket string) int {
	t.Helper()
	page, err := e.Docs().List(t.Context(), bucket, engine.Query{})
	if err != nil {
		t.Fatal(err)
	}
	return len(page.Entries)
}

func checkEmpty(t *testing.T, e engine.Engine) {
	t.Helper()
	if a, b := left(t, e, asyncinvoke.SegmentsBucket), left(t, e, asyncinvoke.ProgressBucket); a+b != 0 {
		t.Errorf("%d segments and %d progress documents are left", a, b)
	}
}

// prepare makes what compresses documents once, outside of bubbles: it would belong to the first one.
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

// bubble runs a test in a time of its own, on an engine in memory.
func bubble(t *testing.T, test func(*testing.T, engine.Engine)) {
	t.Helper()
	prepare()
	synctest.Test(t, func(t *testing.T) {
		e := memory.New(memory.Options{})
		defer e.Close()
		test(t, e)
	})
}
