package eventsource

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/awsclient"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/engine"
	"github.com/gatehouse-gateway/gatehouse/internal/functions"
	"github.com/gatehouse-gateway/gatehouse/internal/limits"
	"github.com/gatehouse-gateway/gatehouse/internal/store"
)

// Bucket is where mappings are stored, by account/region/UUID.
const Bucket = "event-source-mappings"

// Queues are the calls of SQS that pollers make; *awsclient.Client makes them.
type Queues interface {
	ReceiveMessages(ctx context.Context, queue awsclient.ARN, p awsclient.Poll) ([]awsclient.Received, error)
	DeleteMessages(ctx context.Context, queue awsclient.ARN, receiptHandles []string) error
	ChangeVisibility(ctx context.Context, queue awsclient.ARN, receiptHandles []string, visibility time.Duration) error
	QueueAttributes(ctx context.Context, queue awsclient.ARN, names ...string) (map[string]string, error)
}

// Options are what Sources are made of. All are required, but Memory and Log.
type Options struct {
	Mappings *store.Collection[definition.EventSourceMapping] // of Bucket
	Queues   Queues
	// Invoke runs a function with a batch.
	Invoke func(context.Context, *functions.Call, *functions.Result) error
	Limits limits.Limits
	Memory *limits.Budget // of the messages on their way; nil: without bound
	// Grace is how long batches may run after the end of Run's context.
	Grace time.Duration
	Log   *slog.Logger // nil: nowhere
}

// Sources polls the queues of all mappings. It is safe for concurrent use.
type Sources struct {
	opts     Options
	follower store.Follower
	pollers  sync.WaitGroup

	mu    sync.Mutex
	known map[string]*source // by key
	begun *lifetime          // nil before Run
	ended bool               // no poller begins any more
}

// lifetime is that of pollers (polling) and that of the batches that they began (batches).
type lifetime struct{ polling, batches context.Context }

// source is a mapping with its poller. Sources.mu guards it, but gate.
type source struct {
	revision engine.Revision
	mapping  *definition.EventSourceMapping
	gate     *gate
	stop     context.CancelFunc // nil: no poller
}

// New returns sources that know no mapping yet.
func New(opts Options) *Sources {
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	s := &Sources{opts: opts, known: make(map[string]*source)}
	s.follower = store.Follower{
		Kind: "event source mappings", Entries: opts.Mappings.Entries, Watch: opts.Mappings.Watch, Refresh: s.Refresh, Knows: s.knows,
		Failed: func(_ context.Context, key string, err error) {
			opts.Log.Error("an event source mapping is not in use as it is stored", "mapping", key, "error", err)
		},
	}
	return s
}

// Load reads every mapping. Nothing is polled before Run.
func (s *Sources) Load(ctx context.Context) error { return s.follower.Load(ctx) }

// Run polls until ctx ends or the store does, and returns why once no batch runs any more.
func (s *Sources) Run(ctx context.Context) error {
	polling, stop := context.WithCancel(ctx)
	batches, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	s.mu.Lock()
	s.begun = &lifetime{polling, batches}
	for _, src := range s.known {
		s.start(src)
	}
	s.mu.Unlock()
	err := s.follower.Run(ctx)
	stop()
	s.mu.Lock()
	s.ended = true
	s.mu.Unlock()
	late := time.AfterFunc(s.opts.Grace, cancel)
	defer late.Stop()
	s.pollers.Wait()
	return err
}

func (s *Sources) knows(key string, rev engine.Revision) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	src := s.known[key]
	return src != nil && src.revision >= rev
}

// Refresh does what the newest revision of a mapping, account/region/UUID, asks for.
func (s *Sources) Refresh(ctx context.Context, key string) error {
	item, err := s.opts.Mappings.Item(ctx, key)
	if errors.Is(err, engine.ErrNotFound) {
		s.forget(key)
		return nil
	}
	if err != nil {
		return fmt.Errorf("event source mapping %s: %w", key, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	src := s.known[key]
	switch {
	case src == nil:
		src = &source{gate: newGate()}
		s.known[key] = src
	case src.revision >= item.Revision:
		return nil
	}
	src.end()
	src.revision, src.mapping = item.Revision, item.Value
	s.start(src)
	return nil
}

func (s *Sources) forget(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if src := s.known[key]; src != nil {
		src.end()
		delete(s.known, key)
	}
}

// end stops the poller. Its batches go on. Lock held.
func (src *source) end() {
	if src.stop != nil {
		src.stop()
		src.stop = nil
	}
}

// start begins to poll for an enabled mapping, if it is time. Lock held.
func (s *Sources) start(src *source) {
	if s.begun == nil || s.ended || !src.mapping.Enabled {
		return
	}
	p, err := newPoller(s.opts, src.mapping, src.gate)
	if err != nil {
		s.opts.Log.Error("an event source mapping cannot be read and is not in use", "mapping", src.mapping.UUID, "error", err)
		return
	}
	src.gate.open(p.concurrency())
	polling, stop := context.WithCancel(s.begun.polling)
	src.stop = stop
	during := s.begun
	s.pollers.Go(func() {
		defer stop()
		p.run(polling, during)
	})
}
