package store

import (
	"sync"

	"github.com/gatehouse-gateway/gatehouse/internal/engine"
)

// cacheBytes bounds the decoded documents of one collection, in bytes of their JSON.
const cacheBytes = 64 << 20

// cache keeps decoded documents by key and revision.
type cache[T any] struct {
	mu    sync.RWMutex
	most  int
	bytes int
	items map[string]cached[T]
}

type cached[T any] struct {
	rev   engine.Revision
	value *T
	size  int
}

func newCache[T any](most int) *cache[T] {
	return &cache[T]{most: most, items: make(map[string]cached[T])}
}

func (c *cache[T]) get(key string, rev engine.Revision) *T {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if item, ok := c.items[key]; ok && item.rev == rev {
		return item.value
	}
	return nil
}

// put keeps a document unless a newer revision is there. A full cache drops documents at random.
func (c *cache[T]) put(key string, rev engine.Revision, v *T, size int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	old, ok := c.items[key]
	if ok && old.rev > rev || size > c.most {
		return
	}
	c.bytes += size - old.size
	c.items[key] = cached[T]{rev, v, size}
	for other, item := range c.items {
		if c.bytes <= c.most {
			return
		}
		if other != key {
			c.bytes -= item.size
			delete(c.items, other)
		}
	}
}

func (c *cache[T]) drop(key string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.bytes -= c.items[key].size
	delete(c.items, key)
}
