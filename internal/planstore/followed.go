package planstore

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"strings"
	"sync"

	"github.com/gatehouse-gateway/gatehouse/internal/engine"
	"github.com/gatehouse-gateway/gatehouse/internal/store"
)

// place is where a document is: account/region/id.
type place struct{ key, account, region, id string }

func placeOf(key string) (place, error) {
	parts := strings.Split(key, "/")
	if len(parts) != 3 {
		return place{}, errors.New("the key is not of the form account/region/id")
	}
	return place{key, parts[0], parts[1], parts[2]}, nil
}

// followed applies the documents of a collection as they change, those of one key in the order of their revisions.
type followed[T any] struct {
	kind     string
	docs     *store.Collection[T]
	put      func(place, *T) error
	remove   func(place)
	follower store.Follower

	seed    maphash.Seed
	stripes [stripes]stripe
}

// stripes is how many documents may be read at once.
const stripes = 32

// stripe orders the work on the documents of some keys.
type stripe struct {
	mu   sync.Mutex
	seen map[string]engine.Revision // by key: the revision that is applied
}

func newFollowed[T any](kind string, docs *store.Collection[T], put func(place, *T) error, remove func(place)) *followed[T] {
	f := &followed[T]{kind: kind, docs: docs, put: put, remove: remove, seed: maphash.MakeSeed()}
	for i := range f.stripes {
		f.stripes[i].seen = make(map[string]engine.Revision)
	}
	f.follower = store.Follower{Kind: kind, Entries: docs.Entries, Watch: docs.Watch, Refresh: f.refresh, Knows: f.knows, Failed: failed}
	return f
}

func (f *followed[T]) stripe(key string) *stripe {
	return &f.stripes[maphash.String(f.seed, key)%stripes]
}

func (f *followed[T]) knows(key string, rev engine.Revision) bool {
	s := f.stripe(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen[key] >= rev
}

// refresh applies the newest revision of a document. One that cannot be read, now or later, is as good as none.
func (f *followed[T]) refresh(ctx context.Context, key string) error {
	at, err := placeOf(key)
	if err != nil {
		return fmt.Errorf("%s: %s: %w", f.kind, key, err)
	}
	s := f.stripe(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	item, err := f.docs.Item(ctx, key)
	switch {
	case errors.Is(err, engine.ErrNotFound):
		f.remove(at)
		delete(s.seen, key)
		return nil
	case err != nil && passes(ctx, err):
		return fmt.Errorf("%s: %s: %w", f.kind, key, err)
	case err == nil && s.seen[key] >= item.Revision:
		return nil
	case err == nil:
		err = f.put(at, item.Value)
	}
	if err != nil {
		f.remove(at)
		return fmt.Errorf("%s: %s: %w", f.kind, key, err)
	}
	s.seen[key] = item.Revision
	return nil
}

// passes reports whether an error is about the store or the caller, and not about the document.
func passes(ctx context.Context, err error) bool {
	return store.MayPass(err) || errors.Is(err, engine.ErrClosed) || ctx.Err() != nil
}
