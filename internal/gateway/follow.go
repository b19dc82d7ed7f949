package gateway

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"sync"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/engine"
)

const (
	// refreshTime bounds the publication of one change that was seen.
	refreshTime = time.Minute
	// firstRetry and longestRetry are the pauses before an API is read again that could not be read.
	firstRetry, longestRetry = 100 * time.Millisecond, 5 * time.Second
)

// Load publishes every API that is stored. What cannot be read or compiled is logged by name, and the others go on; an error
// means that the store could not even list them. Call it before the node serves, then Run.
func (p *Publisher) Load(ctx context.Context) error {
	entries, at, err := p.APIs.Entries(ctx, "")
	if err != nil {
		return fmt.Errorf("listing the REST APIs: %w", err)
	}
	keys := make(chan string)
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for key := range keys {
				if again := p.try(ctx, key); again {
					mu.Lock()
					p.unread = append(p.unread, key)
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
	p.from = at
	p.loaded.Store(true)
	return nil
}

// try refreshes an API within refreshTime and logs what is wrong. It reports whether trying again may help: when the store
// did not answer.
func (p *Publisher) try(ctx context.Context, key string) (again bool) {
	limited, cancel := context.WithTimeout(ctx, refreshTime)
	defer cancel()
	err := p.Refresh(limited, key)
	if err == nil || ctx.Err() != nil {
		return false
	}
	slog.ErrorContext(ctx, "an API is not served as it is stored", "api", key, "error", err)
	return mayPass(err)
}

// mayPass reports whether an error is that of a store that did not answer.
func mayPass(err error) bool {
	return errors.Is(err, engine.ErrUnavailable) || errors.Is(err, context.DeadlineExceeded)
}

// Run follows the changes of stored APIs until ctx ends or the store does, and returns why. It loads them first if nobody has.
func (p *Publisher) Run(ctx context.Context) error {
	if !p.loaded.Load() {
		if err := p.Load(ctx); err != nil {
			return err
		}
	}
	changes, err := p.APIs.Watch(ctx, p.from)
	if err != nil {
		return fmt.Errorf("watching the REST APIs: %w", err)
	}
	f := &follower{Publisher: p, slots: make(chan struct{}, runtime.GOMAXPROCS(0)), busy: make(map[string]bool)}
	ctx, cancel := context.WithCancel(ctx)
	defer f.wg.Wait()
	defer cancel() // also when it is the store that ended
	for _, key := range p.unread {
		f.changed(ctx, key)
	}
	for {
		e, err := changes.Next()
		if err != nil {
			return fmt.Errorf("watching the REST APIs: %w", err)
		}
		if e.Deleted || !p.knows(e.Key, e.Revision) {
			f.changed(ctx, e.Key)
		}
	}
}

// follower works on the changes that Run sees: a few at a time, and one of each API.
type follower struct {
	*Publisher
	wg    sync.WaitGroup
	slots chan struct{}

	mu   sync.Mutex
	busy map[string]bool // by key: somebody works on it; true: it changed again meanwhile
}

// changed has an API published. Who already works on it reads it once more.
func (f *follower) changed(ctx context.Context, key string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, working := f.busy[key]; working {
		f.busy[key] = true
		return
	}
	f.busy[key] = false
	f.wg.Go(func() { f.work(ctx, key) })
}

// work refreshes an API until it is as it is stored, or trying again is of no use.
func (f *follower) work(ctx context.Context, key string) {
	for pause := firstRetry; ; pause = min(2*pause, longestRetry) {
		select {
		case f.slots <- struct{}{}:
		case <-ctx.Done():
			return
		}
		failed := f.try(ctx, key)
		<-f.slots
		switch {
		case failed && !wait(ctx, pause):
			return
		case !failed && !f.again(key):
			return
		}
	}
}

// again reports whether an API changed while somebody worked on it; if not, the work is done.
func (f *follower) again(key string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.busy[key] {
		f.busy[key] = false
		return true
	}
	delete(f.busy, key)
	return false
}

// wait waits, and reports whether ctx has not ended.
func wait(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
