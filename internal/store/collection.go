package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/engine"
	"github.com/gatehouse-gateway/gatehouse/internal/pause"
)

// Key joins the parts of a key. No part may hold a slash, but the last.
func Key(parts ...string) string { return strings.Join(parts, "/") }

// Item is a document in a list. Value is shared: it must not be changed.
type Item[T any] struct {
	Key      string
	Revision engine.Revision
	Value    *T
}

// Collection is a bucket of documents of one type. It is safe for concurrent use.
type Collection[T any] struct {
	docs   engine.Docs
	bucket string
	locks  locks
	cache  *cache[T]
	// Written, if not nil, is told the key after every write of this process, before the call that wrote returns: what has to be
	// live by then is made so. It must be set before the first write, and its failures are its own.
	Written func(ctx context.Context, key string)
}

// New returns the collection kept in a bucket.
func New[T any](docs engine.Docs, bucket string) *Collection[T] {
	return NewSized[T](docs, bucket, cacheBytes)
}

// NewSized is New with another bound for decoded documents, in bytes of their JSON: for what is read once or twice.
func NewSized[T any](docs engine.Docs, bucket string, bytes int) *Collection[T] {
	return &Collection[T]{docs: docs, bucket: bucket, cache: newCache[T](bytes)}
}

// Get returns the newest revision of a document, or engine.ErrNotFound, or an engine.CorruptError. The value is shared: it must
// not be changed.
func (c *Collection[T]) Get(ctx context.Context, key string) (*T, error) {
	item, err := c.Item(ctx, key)
	return item.Value, err
}

// Item is Get with the revision.
func (c *Collection[T]) Item(ctx context.Context, key string) (Item[T], error) {
	doc, err := c.docs.Get(ctx, c.bucket, key)
	if err != nil {
		return Item[T]{}, err
	}
	if v := c.cache.get(key, doc.Revision); v != nil {
		return Item[T]{key, doc.Revision, v}, nil
	}
	v := new(T)
	size, err := decode(doc.Data, v)
	if err != nil {
		return Item[T]{}, fmt.Errorf("%s %s: %w", c.bucket, key, err)
	}
	c.cache.put(key, doc.Revision, v, size)
	return Item[T]{key, doc.Revision, v}, nil
}

// Create stores a new document, or returns engine.ErrExists. The value must not be changed afterwards.
func (c *Collection[T]) Create(ctx context.Context, key string, v *T) error {
	data, size, err := encode(v)
	if err != nil {
		return fmt.Errorf("%s %s: %w", c.bucket, key, err)
	}
	rev, err := c.docs.Create(ctx, c.bucket, key, data)
	if err != nil {
		return err
	}
	c.cache.put(key, rev, v, size)
	c.written(ctx, key)
	return nil
}

func (c *Collection[T]) written(ctx context.Context, key string) {
	if c.Written != nil {
		c.Written(ctx, key)
	}
}

// attempts bounds how often a change is made again because another process was faster.
const attempts = 100

// Change lets change work on a copy of a document and stores what it made of it, in one write. An error of change leaves
// the document untouched and is returned as it is. change may run several times.
func (c *Collection[T]) Change(ctx context.Context, key string, change func(*T) error) (*T, error) {
	unlock, err := c.locks.lock(ctx, key)
	if err != nil {
		return nil, err
	}
	defer unlock()
	for attempt := range attempts {
		v, err := c.change(ctx, key, change)
		if !errors.Is(err, engine.ErrConflict) {
			return v, err
		}
		if err := backOff(ctx, attempt); err != nil {
			return nil, err
		}
	}
	return nil, fmt.Errorf("%s %s: %w, %d times in a row", c.bucket, key, engine.ErrConflict, attempts)
}

func (c *Collection[T]) change(ctx context.Context, key string, change func(*T) error) (*T, error) {
	doc, err := c.docs.Get(ctx, c.bucket, key)
	if err != nil {
		return nil, err
	}
	v := new(T)
	if _, err := decode(doc.Data, v); err != nil {
		return nil, fmt.Errorf("%s %s: %w", c.bucket, key, err)
	}
	if err := change(v); err != nil {
		return nil, err
	}
	data, size, err := encode(v)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", c.bucket, key, err)
	}
	rev, err := c.docs.Update(ctx, c.bucket, key, data, doc.Revision)
	if err != nil {
		return nil, err
	}
	c.cache.put(key, rev, v, size)
	c.written(ctx, key)
	return v, nil
}

// Delete removes a document that check, if not nil, has nothing against.
func (c *Collection[T]) Delete(ctx context.Context, key string, check func(*T) error) error {
	unlock, err := c.locks.lock(ctx, key)
	if err != nil {
		return err
	}
	defer unlock()
	for attempt := range attempts {
		err := c.delete(ctx, key, check)
		if !errors.Is(err, engine.ErrConflict) {
			return err
		}
		if err := backOff(ctx, attempt); err != nil {
			return err
		}
	}
	return fmt.Errorf("%s %s: %w, %d times in a row", c.bucket, key, engine.ErrConflict, attempts)
}

func (c *Collection[T]) delete(ctx context.Context, key string, check func(*T) error) error {
	item, err := c.Item(ctx, key)
	if err != nil {
		return err
	}
	if check != nil {
		if err := check(item.Value); err != nil {
			return err
		}
	}
	if err := c.docs.Delete(ctx, c.bucket, key, item.Revision); err != nil {
		return err
	}
	c.cache.drop(key)
	c.written(ctx, key)
	return nil
}

// All returns every document whose key begins with prefix, in the order of keys. One that cannot be read is left out, and
// logged.
func (c *Collection[T]) All(ctx context.Context, prefix string) ([]Item[T], error) {
	entries, _, err := c.Entries(ctx, prefix)
	if err != nil {
		return nil, err
	}
	all := make([]Item[T], 0, len(entries))
	for _, e := range entries {
		item, err := c.Item(ctx, e.Key)
		skip, err := c.skip(ctx, e.Key, err)
		if err != nil {
			return nil, err
		}
		if !skip {
			all = append(all, item)
		}
	}
	return all, nil
}

// skip decides about an error of one document in a list: it was deleted meanwhile, or is damaged, and the rest goes on.
func (c *Collection[T]) skip(ctx context.Context, key string, err error) (bool, error) {
	switch {
	case err == nil, ctx.Err() != nil:
		return false, err
	case errors.Is(err, engine.ErrNotFound):
		return true, nil
	case errors.Is(err, engine.ErrCorrupt):
		slog.ErrorContext(ctx, "a stored document cannot be read", "bucket", c.bucket, "key", key, "error", err)
		return true, nil
	}
	return false, err
}

// Entries lists keys and revisions, without reading documents, and the revision that a watch may begin at.
func (c *Collection[T]) Entries(ctx context.Context, prefix string) (entries []engine.Entry, at engine.Revision, err error) {
	for after := ""; ; {
		page, err := c.docs.List(ctx, c.bucket, engine.Query{Prefix: prefix, After: after})
		if err != nil {
			return nil, 0, err
		}
		entries = append(entries, page.Entries...)
		if after == "" || page.Revision < at {
			at = page.Revision
		}
		if after = page.Next; after == "" {
			return entries, at, nil
		}
	}
}

// Watch delivers the changes of the collection after a revision.
func (c *Collection[T]) Watch(ctx context.Context, after engine.Revision) (engine.Watch, error) {
	return c.docs.Watch(ctx, c.bucket, after)
}

// backOff waits a random time that grows with the attempts, so that those who collided do not collide again.
func backOff(ctx context.Context, attempt int) error {
	return pause.For(ctx, rand.N(time.Duration(min(attempt+1, 16))*4*time.Millisecond))
}
