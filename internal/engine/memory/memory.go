package memory

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/engine"
)

// sweepEvery is the period of the housekeeping: deletions are kept for days.
const sweepEvery = time.Hour

// Options of an engine. The zero value is ready to use.
type Options struct {
	Now func() time.Time // the clock of leases; nil: time.Now
}

// Engine is an engine.Engine in memory.
type Engine struct {
	now       func() time.Time
	docs      *docs
	snapshots *snapshots
	leases    *engine.Leases
	closed    chan struct{}
	once      sync.Once
}

var _ engine.Engine = (*Engine)(nil)

// New returns an empty engine.
func New(opts Options) *Engine {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	e := &Engine{now: opts.Now, closed: make(chan struct{})}
	e.docs = &docs{now: opts.Now, closed: e.closed, buckets: map[string]*bucket{}}
	e.snapshots = &snapshots{closed: e.closed, kept: map[engine.Digest][]byte{}}
	e.leases = engine.NewLeases(e.docs, opts.Now)
	return e
}

// Docs returns the documents.
func (e *Engine) Docs() engine.Docs { return engine.Checked(e.docs) }

// Snapshots returns the snapshots.
func (e *Engine) Snapshots() engine.Snapshots { return e.snapshots }

// Leases returns the leases.
func (e *Engine) Leases() *engine.Leases { return e.leases }

// Damage returns nothing: what is in memory is not opened.
func (e *Engine) Damage() []engine.Damage { return nil }

// Ready returns nil until the engine is closed.
func (e *Engine) Ready() error { return alive(e.closed) }

// Run forgets old deletions until ctx ends or the engine is closed.
func (e *Engine) Run(ctx context.Context) error {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-e.closed:
			return engine.ErrClosed
		case <-tick.C:
			e.docs.forgetDeletions(e.now().Add(-engine.DeletionsKept))
		}
	}
}

// Close ends the engine and its watches, and lets go of what it kept.
func (e *Engine) Close() error {
	e.once.Do(func() {
		close(e.closed)
		e.docs.clear()
		e.snapshots.clear()
	})
	return nil
}

func alive(closed <-chan struct{}) error {
	select {
	case <-closed:
		return engine.ErrClosed
	default:
		return nil
	}
}

// snapshots is the engine.Snapshots of this engine.
type snapshots struct {
	closed <-chan struct{}
	mu     sync.Mutex
	kept   map[engine.Digest][]byte
}

// enter locks s, unless the engine or ctx ended.
func (s *snapshots) enter(ctx context.Context) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	s.mu.Lock()
	if err := alive(s.closed); err != nil {
		s.mu.Unlock()
		return err
	}
	return nil
}

func (s *snapshots) Put(ctx context.Context, data []byte) (engine.Digest, error) {
	if err := engine.CheckSize(data); err != nil {
		return engine.Digest{}, err
	}
	if err := s.enter(ctx); err != nil {
		return engine.Digest{}, err
	}
	defer s.mu.Unlock()
	d := engine.DigestOf(data)
	if _, there := s.kept[d]; !there {
		s.kept[d] = slices.Clone(data)
	}
	return d, nil
}

func (s *snapshots) Get(ctx context.Context, d engine.Digest) ([]byte, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	data, there := s.kept[d]
	if !there {
		return nil, engine.ErrNotFound
	}
	return slices.Clone(data), nil
}

func (s *snapshots) Delete(ctx context.Context, d engine.Digest) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	if _, there := s.kept[d]; !there {
		return engine.ErrNotFound
	}
	delete(s.kept, d)
	return nil
}

func (s *snapshots) List(ctx context.Context) ([]engine.Digest, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	return slices.SortedFunc(maps.Keys(s.kept), func(a, b engine.Digest) int {
		return slices.Compare(a[:], b[:])
	}), nil
}

func (s *snapshots) clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept = nil
}
