package accesskey

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/engine"
	"github.com/gatehouse-gateway/gatehouse/internal/pause"
)

// again is the pause before a key is read once more that the engine could not read.
const again = time.Second

// Run follows the changes of other processes until ctx ends or the engine is closed, and returns why it ended.
func (r *Ring) Run(ctx context.Context) error {
	w, err := r.keys.Watch(ctx, r.watch)
	if err != nil {
		return fmt.Errorf("access keys: %w", err)
	}
	for {
		event, err := w.Next()
		if err != nil {
			return err
		}
		if err := r.follow(ctx, event.Key); err != nil {
			return err
		}
	}
}

// follow brings one key up to date, however often the engine must be asked.
func (r *Ring) follow(ctx context.Context, id string) error {
	for {
		err := r.refresh(ctx, id)
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case errors.Is(err, engine.ErrClosed):
			return err
		}
		r.opts.Log.Error("an access key cannot be read; trying again", "key", id, "error", err)
		_ = pause.For(ctx, again) // the next try finds that ctx has ended
	}
}

// refresh reads a key and puts it into the table, or takes it out. The error is one that may pass.
func (r *Ring) refresh(ctx context.Context, id string) error {
	r.changing.Lock()
	defer r.changing.Unlock()
	doc, err := r.keys.Get(ctx, id)
	switch {
	case errors.Is(err, engine.ErrNotFound):
		r.drop(id)
	case errors.Is(err, engine.ErrUnavailable), errors.Is(err, engine.ErrClosed), ctx.Err() != nil:
		return err
	case err != nil: // what is stored cannot be read, now or later
		r.refuse(id, err)
	default:
		r.apply(id, doc)
	}
	return nil
}

// apply puts a stored key into the table. One that does not open is taken out: it must not sign anything.
func (r *Ring) apply(id string, doc *document) {
	if doc.ID != id {
		r.refuse(id, fmt.Errorf("the document is of key %q", doc.ID))
		return
	}
	secret, err := r.box.Unseal(sealName(id), doc.Secret)
	if err != nil {
		r.refuse(id, err)
		return
	}
	r.set(id, entry{doc.Key, Secret{string(secret)}})
}

func (r *Ring) refuse(id string, err error) {
	r.opts.Log.Error("an access key cannot be used", "key", id, "error", err)
	r.drop(id)
}
