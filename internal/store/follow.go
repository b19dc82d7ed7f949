package store

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/engine"
	"github.com/gatehouse-gateway/gatehouse/internal/pause"
)

const (
	// refreshTime bounds the work on one change that was seen.
	refreshTime = time.Minute
	// firstRetry and longestRetry are the pauses before a document is read again that could not be read.
	firstRetry, longestRetry = 100 * time.Millisecond, 5 * time.Second
)

// Follower keeps something as the documents of a collection are: Load once, then Run. Its fields are required.
type Follower struct {
	Kind string // of the documents, in errors: "functions"
	// Entries lists the documents, and the revision that Watch may begin at.
	Entries func(ctx context.Context, prefix string) ([]engine.Entry, engine.Revision, error)
	Watch   func(ctx context.Context, after engine.Revision) (engine.Watch, error)
	// Refresh does what the newest revision of a document asks for, or what its absence does.
	Refresh func(ctx context.Context, key string) error
	// Knows reports whether a revision of a document, or a later one, was seen to already.
	Knows func(key string, rev engine.Revision) bool
	// Failed is told what Refresh could not do.
	Failed func(ctx context.Context, key string, err error)

	loaded atomic.Bool
	from   engine.Revision // where Run goes on after Load
	unread []string        // keys that Run has to try again
}

// Load refreshes every document. What cannot be is told, and the others go on; an error means that the store could not even list
// them.
func (f *Follower) Load(ctx context.Context) error {
	entries, at, err := f.Entries(ctx, "")
	if err != nil {
		return fmt.Errorf("listing the %s: %w", f.Kind, err)
	}
	keys := make(chan string)
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for key := range keys {
				if again := f.try(ctx, key); again {
					mu.Lock()
					f.unread = append(f.unread, key)
					mu.Unlock()
				}
			}
		})
	}
	for _, e := range entries {
		if ctx.Err() != nil {
			break
		}
		keys <- e.Key
	}
	close(keys)
	wg.Wait()
	if err := context.Cause(ctx); err != nil {
		return err
	}
	f.from = at
	f.loaded.Store(true)
	return nil
}

// try refreshes a document within refreshTime and tells what is wrong. It reports whether trying again may help: when the store
// did not answer.
func (f *Follower) try(ctx context.Context, key string) (again bool) {
	limited, cancel := context.WithTimeout(ctx, refreshTime)
	defer cancel()
	err := f.Refresh(limited, key)
	if err == nil || ctx.Err() != nil {
		return false
	}
	f.Failed(ctx, key, err)
	return MayPass(err)
}

// MayPass reports whether an error is that of a store that did not answer.
func MayPass(err error) bool {
	return errors.Is(err, engine.ErrUnavailable) || errors.Is(err, context.DeadlineExceeded)
}

// Run follows the changes until ctx ends or the store does, and returns why. It loads first if nobody has.
func (f *Follower) Run(ctx context.Context) error {
	if !f.loaded.Load() {
		if err := f.Load(ctx); err != nil {
			return err
		}
	}
	changes, err := f.Watch(ctx, f.from)
	if err != nil {
		return fmt.Errorf("watching the %s: %w", f.Kind, err)
	}
	w := &workers{Follower: f, slots: make(chan struct{}, runtime.GOMAXPROCS(0)), busy: make(map[string]bool)}
	ctx, cancel := context.WithCancel(ctx)
	defer w.wg.Wait()
	defer cancel() // also when it is the store that ended
	for _, key := range f.unread {
		w.changed(ctx, key)
	}
	for {
		e, err := changes.Next()
		if err != nil {
			return fmt.Errorf("watching the %s: %w", f.Kind, err)
		}
		if e.Deleted || !f.Knows(e.Key, e.Revision) {
			w.changed(ctx, e.Key)
		}
	}
}

// workers work on the changes that Run sees: a few at a time, and one of each document.
type workers struct {
	*Follower
	wg    sync.WaitGroup
	slots chan struct{}

	mu   sync.Mutex
	busy map[string]bool // by key: somebody works on it; true: it changed again meanwhile
}

// changed has a document refreshed. Who already works on it reads it once more.
func (w *workers) changed(ctx context.Context, key string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, working := w.busy[key]; working {
		w.busy[key] = true
		return
	}
	w.busy[key] = false
	w.wg.Go(func() { w.work(ctx, key) })
}

// work refreshes a document until that is done, or trying again is of no use.
func (w *workers) work(ctx context.Context, key string) {
	for wait := firstRetry; ; wait = min(2*wait, longestRetry) {
		select {
		case w.slots <- struct{}{}:
		case <-ctx.Done():
			return
		}
		failed := w.try(ctx, key)
		<-w.slots
		switch {
		case failed && pause.For(ctx, wait) != nil:
			return
		case !failed && !w.again(key):
			return
		}
	}
}

// again reports whether a document changed while somebody worked on it; if not, the work is done.
func (w *workers) again(key string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.busy[key] {
		w.busy[key] = false
		return true
	}
	delete(w.busy, key)
	return false
}
