package state

import (
	"context"

	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/store"
)

// Get returns a document of the caller by its id; notFound is the answer when there is none. It must not be changed.
func Get[T any](ctx context.Context, c *store.Collection[T], id *string, notFound error) (*T, error) {
	key, err := KeyOf(ctx, id, notFound)
	if err != nil {
		return nil, err
	}
	v, err := c.Get(ctx, key)
	if err != nil {
		return nil, wire.OrNotFound(err, notFound)
	}
	return v, nil
}

// Change changes a document of the caller in one write, as store.Collection.Change does; notFound as for Get.
func Change[T any](ctx context.Context, c *store.Collection[T], id *string, notFound error, change func(*T) error) (*T, error) {
	key, err := KeyOf(ctx, id, notFound)
	if err != nil {
		return nil, err
	}
	v, err := c.Change(ctx, key, change)
	if err != nil {
		return nil, wire.OrNotFound(err, notFound)
	}
	return v, nil
}

// Delete removes a document of the caller that check, if not nil, has nothing against; notFound as for Get.
func Delete[T any](ctx context.Context, c *store.Collection[T], id *string, notFound error, check func(*T) error) error {
	key, err := KeyOf(ctx, id, notFound)
	if err != nil {
		return err
	}
	return wire.OrNotFound(c.Delete(ctx, key, check), notFound)
}

// List returns the caller's documents in the order of their ids.
func List[T any](ctx context.Context, c *store.Collection[T]) ([]store.Item[T], error) {
	scope, err := ScopeOf(ctx)
	if err != nil {
		return nil, err
	}
	return c.All(ctx, scope.Prefix())
}

// CheckRoom refuses one more of what there can be most of; things names them.
func CheckRoom(there int, most int64, things string) error {
	if int64(there) < most {
		return nil
	}
	return wire.LimitExceeded("Maximum number of %s for this account has been reached. The limit is %d.", things, most)
}
