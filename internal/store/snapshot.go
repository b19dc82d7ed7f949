package store

import (
	"context"
	"fmt"

	"github.com/gatehouse-gateway/gatehouse/internal/engine"
)

// PutSnapshot stores a value that never changes, and returns its digest in hexadecimal digits.
func PutSnapshot(ctx context.Context, snapshots engine.Snapshots, v any) (string, error) {
	data, _, err := encode(v)
	if err != nil {
		return "", fmt.Errorf("snapshot: %w", err)
	}
	digest, err := snapshots.Put(ctx, data)
	return digest.String(), err
}

// ReadSnapshot reads a value that PutSnapshot stored.
func ReadSnapshot[T any](ctx context.Context, snapshots engine.Snapshots, digest string) (*T, error) {
	d, err := engine.ParseDigest(digest)
	if err != nil {
		return nil, err
	}
	data, err := snapshots.Get(ctx, d)
	if err != nil {
		return nil, err
	}
	v := new(T)
	if _, err := decode(data, v); err != nil {
		return nil, fmt.Errorf("snapshot %s: %w", digest, err)
	}
	return v, nil
}
