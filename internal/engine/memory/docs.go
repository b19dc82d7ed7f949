package memory

import (
	"context"
	"slices"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/engine"
)

// docs is the engine.Docs of this engine, unchecked.
type docs struct {
	now    func() time.Time
	closed <-chan struct{}

	mu      sync.Mutex
	newest  engine.Revision
	buckets map[string]*bucket
}

// A bucket holds the changes that a watcher can still see, in order, and finds the documents among them.
type bucket struct {
	log     []*change
	keys    map[string][]*change // of each key, oldest first, up to engine.History
	changed chan struct{}        // closed by the next change
}

type change struct {
	event engine.Event
	data  []byte
	at    time.Time
}

// enter locks d and finds the bucket, unless the engine ended.
func (d *docs) enter(name string) (*bucket, error) {
	d.mu.Lock()
	if err := alive(d.closed); err != nil {
		d.mu.Unlock()
		return nil, err
	}
	b := d.buckets[name]
	if b == nil {
		b = &bucket{keys: map[string][]*change{}, changed: make(chan struct{})}
		d.buckets[name] = b
	}
	return b, nil
}

// last returns the document, or nil.
func (b *bucket) last(key string) *change {
	if h := b.keys[key]; len(h) > 0 && !h[len(h)-1].event.Deleted {
		return h[len(h)-1]
	}
	return nil
}

// add records a change and wakes the watches. Lock held.
func (d *docs) add(b *bucket, key string, data []byte, deleted bool) engine.Revision {
	d.newest++
	c := &change{event: engine.Event{Key: key, Revision: d.newest, Deleted: deleted}, at: d.now()}
	keep := engine.History - 1
	if deleted {
		keep = 0
	} else {
		c.data, c.event.Digest = slices.Clone(data), engine.DigestOf(data)
	}
	h := b.keys[key]
	for _, old := range h[:max(0, len(h)-keep)] {
		b.drop(old)
	}
	b.keys[key] = append(slices.Clone(h[max(0, len(h)-keep):]), c)
	b.log = append(b.log, c)
	close(b.changed)
	b.changed = make(chan struct{})
	return d.newest
}

func (b *bucket) drop(c *change) {
	i := b.after(c.event.Revision - 1)
	b.log = slices.Delete(b.log, i, i+1)
}

// after returns the index of the first change after rev.
func (b *bucket) after(rev engine.Revision) int {
	return sort.Search(len(b.log), func(i int) bool { return b.log[i].event.Revision > rev })
}

func (d *docs) Get(_ context.Context, bucket, key string) (engine.Document, error) {
	b, err := d.enter(bucket)
	if err != nil {
		return engine.Document{}, err
	}
	defer d.mu.Unlock()
	c := b.last(key)
	if c == nil {
		return engine.Document{}, engine.ErrNotFound
	}
	if engine.DigestOf(c.data) != c.event.Digest {
		return engine.Document{}, &engine.CorruptError{Bucket: bucket, Key: key, Revision: c.event.Revision, Detail: "checksum does not match"}
	}
	return engine.Document{Key: key, Revision: c.event.Revision, Digest: c.event.Digest, Data: slices.Clone(c.data)}, nil
}

func (d *docs) Create(_ context.Context, bucket, key string, data []byte) (engine.Revision, error) {
	b, err := d.enter(bucket)
	if err != nil {
		return 0, err
	}
	defer d.mu.Unlock()
	if b.last(key) != nil {
		return 0, engine.ErrExists
	}
	return d.add(b, key, data, false), nil
}

func (d *docs) Update(_ context.Context, bucket, key string, data []byte, rev engine.Revision) (engine.Revision, error) {
	return d.replace(bucket, key, data, rev, false)
}

func (d *docs) Delete(_ context.Context, bucket, key string, rev engine.Revision) error {
	_, err := d.replace(bucket, key, nil, rev, true)
	return err
}

func (d *docs) replace(bucket, key string, data []byte, rev engine.Revision, deleted bool) (engine.Revision, error) {
	b, err := d.enter(bucket)
	if err != nil {
		return 0, err
	}
	defer d.mu.Unlock()
	switch c := b.last(key); {
	case c == nil:
		return 0, engine.ErrNotFound
	case c.event.Revision != rev:
		return 0, &engine.ConflictError{Bucket: bucket, Key: key, Current: c.event.Revision}
	default:
		return d.add(b, key, data, deleted), nil
	}
}

func (d *docs) List(_ context.Context, bucket string, q engine.Query) (engine.Page, error) {
	b, err := d.enter(bucket)
	if err != nil {
		return engine.Page{}, err
	}
	defer d.mu.Unlock()
	var all []engine.Entry
	for key := range b.keys {
		if c := b.last(key); c != nil && strings.HasPrefix(key, q.Prefix) && key > q.After {
			all = append(all, engine.Entry{Key: key, Revision: c.event.Revision})
		}
	}
	return engine.PageOf(all, q.Limit, d.newest), nil
}

func (d *docs) Buckets(context.Context) ([]string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := alive(d.closed); err != nil {
		return nil, err
	}
	var names []string
	for name, b := range d.buckets {
		holds := func(key string) bool { return b.last(key) != nil }
		if engine.CheckBucket(name) == nil && anyKey(b.keys, holds) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}

func anyKey(keys map[string][]*change, ok func(string) bool) bool {
	for key := range keys {
		if ok(key) {
			return true
		}
	}
	return false
}

func (d *docs) Watch(ctx context.Context, bucket string, after engine.Revision) (engine.Watch, error) {
	b, err := d.enter(bucket)
	if err != nil {
		return nil, err
	}
	defer d.mu.Unlock()
	if after == engine.FromNow {
		after = d.newest
	}
	return &watch{ctx: ctx, docs: d, bucket: b, seen: after}, nil
}

type watch struct {
	ctx    context.Context // of the watch, as its contract says
	docs   *docs
	bucket *bucket
	seen   engine.Revision
}

func (w *watch) Next() (engine.Event, error) {
	for {
		if err := context.Cause(w.ctx); err != nil {
			return engine.Event{}, err
		}
		event, changed := w.look()
		if changed == nil {
			return event, nil
		}
		select {
		case <-w.ctx.Done():
		case <-w.docs.closed:
			return engine.Event{}, engine.ErrClosed
		case <-changed:
		}
	}
}

// look returns the next event, or what to wait for.
func (w *watch) look() (engine.Event, <-chan struct{}) {
	w.docs.mu.Lock()
	defer w.docs.mu.Unlock()
	i := w.bucket.after(w.seen)
	if i == len(w.bucket.log) {
		return engine.Event{}, w.bucket.changed
	}
	event := w.bucket.log[i].event
	w.seen = event.Revision
	return event, nil
}

// forgetDeletions removes deletions before a time.
func (d *docs) forgetDeletions(before time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, b := range d.buckets {
		for key, h := range b.keys {
			if b.last(key) == nil && h[len(h)-1].at.Before(before) {
				b.drop(h[len(h)-1])
				delete(b.keys, key)
			}
		}
	}
}

func (d *docs) clear() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.buckets = nil
}
