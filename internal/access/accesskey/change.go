package accesskey

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/engine"
)

// Create makes a key of an account: a root key, or one of the user called name. Without a name, the user is called like
// the key. The secret is returned this once.
func (r *Ring) Create(ctx context.Context, account, name string, root bool) (Key, Secret, error) {
	k := Key{ID: newID(), AccountID: account, Name: name, Root: root, Created: r.opts.Now().UTC().Truncate(time.Millisecond)}
	switch {
	case root && name != "" && name != rootName:
		return Key{}, Secret{}, fmt.Errorf("%w: a root key has no name of its own", ErrInvalid)
	case root:
		k.Name = rootName
	case name == "":
		k.Name = k.ID
	}
	if err := k.check(); err != nil {
		return Key{}, Secret{}, err
	}
	r.changing.Lock()
	defer r.changing.Unlock()
	if r.count() >= r.opts.Limit {
		return Key{}, Secret{}, fmt.Errorf("%w: the limit access keys is %d", ErrTooMany, r.opts.Limit)
	}
	secret := newSecret()
	doc := &document{Key: k, Secret: r.box.Seal(sealName(k.ID), []byte(secret.value))}
	if err := r.keys.Create(ctx, k.ID, doc); err != nil {
		return Key{}, Secret{}, fmt.Errorf("access key: %w", err)
	}
	r.set(k.ID, entry{k, secret})
	return k, secret, nil
}

// SetDisabled disables or enables a key. With force, the last enabled root key may be disabled.
func (r *Ring) SetDisabled(ctx context.Context, id string, disabled, force bool) (Key, error) {
	r.changing.Lock()
	defer r.changing.Unlock()
	if disabled && !force {
		if err := r.checkLastRoot(id); err != nil {
			return Key{}, err
		}
	}
	doc, err := r.keys.Change(ctx, id, func(d *document) error { d.Disabled = disabled; return nil })
	if err != nil {
		return Key{}, r.failed(id, err)
	}
	r.apply(id, doc)
	return doc.Key, nil
}

// Delete removes a key for good. With force, the last enabled root key may be deleted.
func (r *Ring) Delete(ctx context.Context, id string, force bool) error {
	r.changing.Lock()
	defer r.changing.Unlock()
	if !force {
		if err := r.checkLastRoot(id); err != nil {
			return err
		}
	}
	if err := r.keys.Delete(ctx, id, nil); err != nil {
		return r.failed(id, err)
	}
	r.drop(id)
	return nil
}

func (r *Ring) failed(id string, err error) error {
	if errors.Is(err, engine.ErrNotFound) {
		return fmt.Errorf("%w: %s", ErrNotFound, id)
	}
	return fmt.Errorf("access key %s: %w", id, err)
}

// checkLastRoot refuses what would leave nobody who may operate the server.
func (r *Ring) checkLastRoot(id string) error {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if e := r.table[id]; !e.key.Root || e.key.Disabled {
		return nil
	}
	for other, e := range r.table {
		if other != id && e.key.Root && !e.key.Disabled {
			return nil
		}
	}
	return fmt.Errorf("access key %s: %w", id, ErrLastRoot)
}

func (r *Ring) count() int {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return len(r.table)
}

func (r *Ring) set(id string, e entry) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.table[id] = e
}

func (r *Ring) drop(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.table, id)
}
