package accesskey

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/engine"
	"github.com/gatehouse-gateway/gatehouse/internal/seal"
	"github.com/gatehouse-gateway/gatehouse/internal/store"
	"github.com/gatehouse-gateway/gatehouse/sigv4"
)

// bucket is where the engine keeps the keys, by their ids.
const bucket = "access-keys"

// document is a key as stored.
type document struct {
	Key
	Secret []byte `json:"secret"` // sealed under sealName
}

// sealName binds a sealed secret to its key.
func sealName(id string) string { return "access key " + id }

// Options of a ring. Limit is required.
type Options struct {
	Limit int              // keys there may be
	Now   func() time.Time // nil: time.Now
	Log   *slog.Logger     // keys that cannot be read; nil: nowhere
}

// Ring holds the access keys. It is safe for concurrent use.
type Ring struct {
	opts  Options
	box   *seal.Box
	keys  *store.Collection[document]
	watch engine.Revision // where Run begins

	// changing is held while the engine is asked and the table follows, so that the table never goes back.
	changing sync.Mutex
	mu       sync.RWMutex
	table    map[string]entry
}

// entry is a key ready to verify.
type entry struct {
	key    Key
	secret Secret
}

// Open reads the keys from the engine.
func Open(ctx context.Context, docs engine.Docs, box *seal.Box, opts Options) (*Ring, error) {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	r := &Ring{opts: opts, box: box, keys: store.New[document](docs, bucket), table: make(map[string]entry)}
	entries, at, err := r.keys.Entries(ctx, "")
	if err != nil {
		return nil, fmt.Errorf("access keys: %w", err)
	}
	r.watch = at
	for _, e := range entries {
		if err := r.refresh(ctx, e.Key); err != nil {
			return nil, fmt.Errorf("access keys: %w", err)
		}
	}
	return r, nil
}

// Credential finds an enabled key. It implements sigv4.Keys.
func (r *Ring) Credential(id string) (sigv4.Credential, bool) {
	r.mu.RLock()
	e, ok := r.table[id]
	r.mu.RUnlock()
	if !ok || e.key.Disabled {
		return sigv4.Credential{}, false
	}
	return sigv4.Credential{AccessKeyID: id, Secret: sigv4.NewSecret(e.secret.value)}, true
}

// Key describes a key, enabled or not.
func (r *Ring) Key(id string) (Key, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	e, ok := r.table[id]
	return e.key, ok
}

// List returns all keys, oldest first.
func (r *Ring) List() []Key {
	r.mu.RLock()
	defer r.mu.RUnlock()
	all := make([]Key, 0, len(r.table))
	for _, e := range r.table {
		all = append(all, e.key)
	}
	slices.SortFunc(all, func(a, b Key) int { return cmp.Or(a.Created.Compare(b.Created), cmp.Compare(a.ID, b.ID)) })
	return all
}

// Root returns the oldest enabled root key of an account.
func (r *Ring) Root(account string) (Key, Secret, bool) {
	for _, k := range r.List() {
		if k.Root && !k.Disabled && k.AccountID == account {
			r.mu.RLock()
			e, ok := r.table[k.ID]
			r.mu.RUnlock()
			return k, e.secret, ok
		}
	}
	return Key{}, Secret{}, false
}
