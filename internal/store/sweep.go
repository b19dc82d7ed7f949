package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/engine"
)

const (
	// sweepEvery is the time between two looks for snapshots that nothing refers to.
	sweepEvery = time.Hour
	// recentPut is how long a snapshot stays that this process has stored, whoever refers to it: its document comes afterwards.
	recentPut = time.Hour
)

// References tells every digest that the documents of one owner refer to. An error means that not all of them are known: then
// nothing is removed.
type References func(ctx context.Context, refer func(digest string)) error

// Sweeper is the snapshots of an engine, without those that nothing refers to any more. Whoever stores snapshots stores them through
// it. It knows what this process stores: where several processes store, none may sweep.
type Sweeper struct {
	engine.Snapshots
	Owners []References
	Now    func() time.Time

	deleting sync.RWMutex // held while one is looked at and removed
	mu       sync.Mutex
	put      map[engine.Digest]time.Time
	unused   map[engine.Digest]bool // at the last sweep
}

// Put stores data, and keeps it for a while.
func (s *Sweeper) Put(ctx context.Context, data []byte) (engine.Digest, error) {
	s.deleting.RLock()
	defer s.deleting.RUnlock()
	s.mu.Lock()
	if s.put == nil {
		s.put = make(map[engine.Digest]time.Time)
	}
	s.put[engine.DigestOf(data)] = s.Now()
	s.mu.Unlock()
	return s.Snapshots.Put(ctx, data)
}

// Run sweeps every hour until ctx ends.
func (s *Sweeper) Run(ctx context.Context) error {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if n, err := s.Sweep(ctx); err != nil && ctx.Err() == nil {
			slog.WarnContext(ctx, "unused snapshots stay", "error", err)
		} else if n > 0 {
			slog.InfoContext(ctx, "unused snapshots were removed", "snapshots", n)
		}
	}
}

// Sweep removes the snapshots that nothing refers to now, and did not at the sweep before. It returns how many.
func (s *Sweeper) Sweep(ctx context.Context) (int, error) {
	s.forgetPuts()
	unused, err := s.unreferenced(ctx)
	if err != nil {
		return 0, err
	}
	s.mu.Lock()
	before := s.unused
	s.unused = unused
	s.mu.Unlock()
	removed := 0
	for d := range unused {
		if !before[d] {
			continue
		}
		gone, err := s.remove(ctx, d)
		if err != nil {
			return removed, err
		}
		if gone {
			removed++
		}
	}
	return removed, nil
}

// unreferenced lists the snapshots that no owner refers to. What there is is listed first: what comes later is none of them.
func (s *Sweeper) unreferenced(ctx context.Context) (map[engine.Digest]bool, error) {
	all, err := s.List(ctx)
	if err != nil {
		return nil, fmt.Errorf("listing snapshots: %w", err)
	}
	unused := make(map[engine.Digest]bool, len(all))
	for _, d := range all {
		unused[d] = true
	}
	for _, owner := range s.Owners {
		err := owner(ctx, func(digest string) {
			if d, err := engine.ParseDigest(digest); err == nil {
				delete(unused, d)
			}
		})
		if err != nil {
			return nil, err
		}
	}
	return unused, nil
}

// remove removes a snapshot, unless it was stored again meanwhile.
func (s *Sweeper) remove(ctx context.Context, d engine.Digest) (bool, error) {
	s.deleting.Lock()
	defer s.deleting.Unlock()
	if s.recent(d) {
		return false, nil
	}
	err := s.Delete(ctx, d)
	if errors.Is(err, engine.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// recent reports whether this process has stored a snapshot lately.
func (s *Sweeper) recent(d engine.Digest) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ok := s.put[d]
	return ok
}

// forgetPuts forgets what was stored long ago.
func (s *Sweeper) forgetPuts() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for d, at := range s.put {
		if s.Now().Sub(at) >= recentPut {
			delete(s.put, d)
		}
	}
}

// ReferencesOf tells what the documents of a collection refer to. A document that cannot be read is an error.
func ReferencesOf[T any](c *Collection[T], of func(doc *T, refer func(digest string))) References {
	return func(ctx context.Context, refer func(digest string)) error {
		entries, _, err := c.Entries(ctx, "")
		if err != nil {
			return err
		}
		for _, e := range entries {
			item, err := c.Item(ctx, e.Key)
			if errors.Is(err, engine.ErrNotFound) {
				continue
			}
			if err != nil {
				return err
			}
			of(item.Value, refer)
		}
		return nil
	}
}
