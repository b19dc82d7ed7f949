package jetstream

import (
	"context"
	"errors"
	"slices"

	js "github.com/nats-io/nats.go/jetstream"

	"github.com/gatehouse-gateway/gatehouse/internal/engine"
)

// snapshots is the engine.Snapshots of this engine: objects named by their digest.
type snapshots struct {
	e       *Engine
	objects *objects
}

func (s *snapshots) Put(ctx context.Context, data []byte) (engine.Digest, error) {
	if err := engine.CheckSize(data); err != nil {
		return engine.Digest{}, err
	}
	d := engine.DigestOf(data)
	_, err := s.Get(ctx, d)
	if errors.Is(err, engine.ErrNotFound) || errors.Is(err, engine.ErrCorrupt) {
		err = s.objects.put(ctx, d.String(), data)
	}
	if err != nil {
		return engine.Digest{}, err
	}
	return d, nil
}

func (s *snapshots) Get(ctx context.Context, d engine.Digest) ([]byte, error) {
	if err := s.e.wrapEnd(ctx); err != nil {
		return nil, err
	}
	var data []byte
	var err error
	for range readTries { // a writer of the same bytes may replace the object while it is read
		data, err = s.objects.get(ctx, d.String())
		if err == nil && engine.DigestOf(data) == d {
			return data, nil
		}
		if errors.Is(err, errNoObject) {
			return nil, engine.ErrNotFound
		}
		if err != nil && !errors.Is(err, errBadObject) {
			return nil, err
		}
	}
	detail := "its content does not match"
	if err != nil {
		detail = err.Error()
	}
	return nil, &engine.CorruptError{Snapshot: d.String(), Detail: detail}
}

func (s *snapshots) Delete(ctx context.Context, d engine.Digest) error {
	if err := s.e.wrapEnd(ctx); err != nil {
		return err
	}
	err := s.objects.remove(ctx, d.String())
	if errors.Is(err, errNoObject) {
		return engine.ErrNotFound
	}
	return err
}

func (s *snapshots) List(ctx context.Context) ([]engine.Digest, error) {
	if err := s.e.wrapEnd(ctx); err != nil {
		return nil, err
	}
	found := map[engine.Digest]bool{}
	err := s.objects.list(ctx, func(info js.ObjectInfo) {
		if d, err := engine.ParseDigest(info.Name); err == nil && !info.Deleted {
			found[d] = true
		}
	})
	if err != nil {
		return nil, err
	}
	all := make([]engine.Digest, 0, len(found))
	for d := range found {
		all = append(all, d)
	}
	slices.SortFunc(all, func(a, b engine.Digest) int { return slices.Compare(a[:], b[:]) })
	return all, nil
}
