package jetstream

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	js "github.com/nats-io/nats.go/jetstream"

	"github.com/gatehouse-gateway/gatehouse/internal/engine"
)

// snapshotsBucket holds the snapshots that fit into a record, by digest: a record is read with one question, an object with four and
// a consumer of its own. No caller's bucket can have this name.
const snapshotsBucket = "_snapshots"

// snapshots is the engine.Snapshots of this engine: records and, for large ones, objects, named by their digest.
type snapshots struct {
	docs    *docs
	objects *objects
}

func (s *snapshots) Put(ctx context.Context, data []byte) (engine.Digest, error) {
	if err := engine.CheckSize(data); err != nil {
		return engine.Digest{}, err
	}
	d := engine.DigestOf(data)
	_, err := s.Get(ctx, d)
	if errors.Is(err, engine.ErrNotFound) || errors.Is(err, engine.ErrCorrupt) {
		err = s.write(ctx, d, data)
	}
	if err != nil {
		return engine.Digest{}, err
	}
	return d, nil
}

// write stores what is not there, or cannot be read.
func (s *snapshots) write(ctx context.Context, d engine.Digest, data []byte) error {
	if len(data) > inlineBytes {
		return s.objects.put(ctx, d.String(), data)
	}
	expect := uint64(0)
	msg, err := s.docs.last(ctx, snapshotsBucket, d.String())
	switch {
	case err == nil:
		expect = msg.Sequence
	case errors.Is(err, engine.ErrCorrupt):
		return s.objects.put(ctx, d.String(), data) // no record can be put over one that the server cannot read
	case !errors.Is(err, engine.ErrNotFound):
		return err
	}
	_, err = s.docs.put(ctx, snapshotsBucket, d.String(), data, expect)
	if errors.Is(err, errOtherRevision) {
		_, err = s.Get(ctx, d) // somebody else wrote the same, or removed it
	}
	return err
}

func (s *snapshots) Get(ctx context.Context, d engine.Digest) ([]byte, error) {
	if err := s.docs.e.wrapEnd(ctx); err != nil {
		return nil, err
	}
	data, failed := s.record(ctx, d)
	if failed == nil || !errors.Is(failed, engine.ErrNotFound) && !errors.Is(failed, engine.ErrCorrupt) {
		return data, failed
	}
	data, err := s.object(ctx, d)
	if errors.Is(err, engine.ErrNotFound) {
		return nil, failed // a damaged record is worth more than no object
	}
	return data, err
}

// record reads a snapshot that is a record.
func (s *snapshots) record(ctx context.Context, d engine.Digest) ([]byte, error) {
	doc, err := s.docs.Get(ctx, snapshotsBucket, d.String())
	var corrupt *engine.CorruptError
	switch {
	case errors.As(err, &corrupt):
		return nil, &engine.CorruptError{Snapshot: d.String(), Detail: corrupt.Detail}
	case err == nil && doc.Digest != d:
		return nil, &engine.CorruptError{Snapshot: d.String(), Detail: "its content does not match"}
	}
	return doc.Data, err
}

// object reads a snapshot that is an object.
func (s *snapshots) object(ctx context.Context, d engine.Digest) ([]byte, error) {
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
	if err := s.docs.e.wrapEnd(ctx); err != nil {
		return err
	}
	removed, err := s.deleteRecord(ctx, d)
	if err != nil {
		return err
	}
	err = s.objects.remove(ctx, d.String())
	switch {
	case errors.Is(err, errNoObject) && removed:
		return nil
	case errors.Is(err, errNoObject):
		return engine.ErrNotFound
	}
	return err
}

// deleteRecord reports whether there was a record.
func (s *snapshots) deleteRecord(ctx context.Context, d engine.Digest) (bool, error) {
	msg, err := s.docs.live(ctx, snapshotsBucket, d.String())
	switch {
	case errors.Is(err, engine.ErrNotFound):
		return false, nil
	case err != nil:
		return false, err
	}
	_, err = s.docs.publish(ctx, newDeletion(subjectOf(snapshotsBucket, d.String())), msg.Sequence)
	if errors.Is(err, errOtherRevision) {
		return false, fmt.Errorf("snapshot %s: %w: it is being written", d, engine.ErrUnavailable)
	}
	return err == nil, err
}

func (s *snapshots) List(ctx context.Context) ([]engine.Digest, error) {
	if err := s.docs.e.wrapEnd(ctx); err != nil {
		return nil, err
	}
	found := map[engine.Digest]bool{}
	note := func(name string) {
		if d, err := engine.ParseDigest(name); err == nil {
			found[d] = true
		}
	}
	err := scan{stream: s.docs.stream, filter: subjectRoot + snapshotsBucket + ".*"}.each(ctx, s.docs.e, func(msg js.Msg, _ *js.MsgMetadata) {
		if _, name, ok := parseSubject(msg.Subject()); ok && msg.Headers().Get(headerOp) != opDeleted {
			note(name)
		}
	})
	if err != nil {
		return nil, err
	}
	err = s.objects.list(ctx, func(info js.ObjectInfo) {
		if !info.Deleted {
			note(info.Name)
		}
	})
	if err != nil {
		return nil, err
	}
	all := make([]engine.Digest, 0, len(found))
	for d := range found {
		all = append(all, d)
	}
	slices.SortFunc(all, func(a, b engine.Digest) int { return strings.Compare(a.String(), b.String()) })
	return all, nil
}
