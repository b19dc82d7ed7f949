package store

import (
	"context"
	"sync"
)

// locks gives one holder at a time each key.
type locks struct {
	mu   sync.Mutex
	held map[string]*lock
}

type lock struct {
	free    chan struct{} // holds one token while nobody has the key
	waiting int           // holders and those who wait
}

// lock waits for a key until ctx ends.
func (l *locks) lock(ctx context.Context, key string) (unlock func(), err error) {
	l.mu.Lock()
	if l.held == nil {
		l.held = make(map[string]*lock)
	}
	k := l.held[key]
	if k == nil {
		k = &lock{free: make(chan struct{}, 1)}
		k.free <- struct{}{}
		l.held[key] = k
	}
	k.waiting++
	l.mu.Unlock()
	select {
	case <-k.free:
		return func() { k.free <- struct{}{}; l.leave(key, k) }, nil
	case <-ctx.Done():
		l.leave(key, k)
		return nil, context.Cause(ctx)
	}
}

func (l *locks) leave(key string, k *lock) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if k.waiting--; k.waiting == 0 {
		delete(l.held, key)
	}
}
