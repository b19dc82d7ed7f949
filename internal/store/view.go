package store

import (
	"context"
	"strings"
	"sync"

	"github.com/gatehouse-gateway/gatehouse/internal/engine"
)

// View keeps an extract of every document of a collection, so that a list reads only what changed since the last one.
// Extracts should be small: all are kept.
type View[T, S any] struct {
	of      *Collection[T]
	extract func(*T) *S

	mu    sync.Mutex
	items map[string]Item[S]
}

// NewView returns a view of c. extract must not keep the document it is given.
func NewView[T, S any](c *Collection[T], extract func(*T) *S) *View[T, S] {
	return &View[T, S]{of: c, extract: extract, items: make(map[string]Item[S])}
}

// All returns the extract of every document whose key begins with prefix, in the order of keys. One that cannot be read is left
// out, and logged. Extracts are shared: they must not be changed.
func (v *View[T, S]) All(ctx context.Context, prefix string) ([]Item[S], error) {
	entries, _, err := v.of.Entries(ctx, prefix)
	if err != nil {
		return nil, err
	}
	all := make([]Item[S], 0, len(entries))
	for _, e := range entries {
		item, err := v.item(ctx, e)
		skip, err := v.of.skip(ctx, e.Key, err)
		if err != nil {
			return nil, err
		}
		if !skip {
			all = append(all, item)
		}
	}
	v.forget(prefix, all)
	return all, nil
}

func (v *View[T, S]) item(ctx context.Context, e engine.Entry) (Item[S], error) {
	if item, ok := v.known(e); ok {
		return item, nil
	}
	read, err := v.of.Item(ctx, e.Key)
	if err != nil {
		return Item[S]{}, err
	}
	item := Item[S]{read.Key, read.Revision, v.extract(read.Value)}
	v.keep(item)
	return item, nil
}

func (v *View[T, S]) known(e engine.Entry) (Item[S], bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	item, ok := v.items[e.Key]
	return item, ok && item.Revision >= e.Revision
}

func (v *View[T, S]) keep(item Item[S]) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.items[item.Key].Revision < item.Revision {
		v.items[item.Key] = item
	}
}

// forget drops the extracts of documents that a complete list no longer has.
func (v *View[T, S]) forget(prefix string, all []Item[S]) {
	there := make(map[string]bool, len(all))
	for _, item := range all {
		there[item.Key] = true
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	for key := range v.items {
		if strings.HasPrefix(key, prefix) && !there[key] {
			delete(v.items, key)
		}
	}
}
