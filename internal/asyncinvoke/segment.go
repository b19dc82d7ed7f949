package asyncinvoke

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/engine"
	"github.com/gatehouse-gateway/gatehouse/internal/store"
)

// The buckets of the queue.
const (
	SegmentsBucket = "async-events"
	ProgressBucket = "async-progress"
)

// readCache bounds the segments that stay decoded because several of their events are read one after the other, in bytes.
const readCache = 4 << 20

// storedSegment is what one write accepted.
type storedSegment struct {
	ID     string        `json:"id"` // tells it from others that had its key
	Events []storedEvent `json:"events"`
}

// storedEvent is an event as it was accepted.
type storedEvent struct {
	AccountID string    `json:"accountId"`
	Region    string    `json:"region"`
	Function  string    `json:"function"`
	Qualifier string    `json:"qualifier,omitzero"`
	RequestID string    `json:"requestId"`
	TraceID   string    `json:"traceId,omitzero"`
	Accepted  time.Time `json:"accepted"`
	Hops      int       `json:"hops,omitzero"`
	Payload   []byte    `json:"payload"`
}

// storedProgress is what came of the events of a segment so far, by their position.
type storedProgress struct {
	Segment string           `json:"segment"` // the id of the segment
	Events  map[int]progress `json:"events"`
}

// progress is what came of an event so far.
type progress struct {
	Done     bool      `json:"done,omitzero"`
	Attempts int       `json:"attempts,omitzero"` // that failed
	Due      time.Time `json:"due,omitzero"`      // when the next one begins
}

// segment is a stored segment with unfinished events. The queue's lock guards all but id, key and slot.
type segment struct {
	id    string
	slot  int
	key   string
	left  int              // unfinished events
	known map[int]progress // of events that have any
	noted bool             // a progress document is stored
	dirty bool             // something is not stored yet
}

// segments is the stored part of the queue.
type segments struct {
	docs     engine.Docs
	events   *store.Collection[storedSegment]
	progress *store.Collection[storedProgress]

	mu   sync.Mutex
	free []int // slots that were used before
	used int   // slots that were ever used
}

func newSegments(docs engine.Docs) *segments {
	return &segments{
		docs: docs, events: store.NewSized[storedSegment](docs, SegmentsBucket, readCache), progress: store.NewSized[storedProgress](docs, ProgressBucket, 0),
	}
}

func keyOf(slot int) string { return fmt.Sprintf("%08d", slot) }

// take returns a slot that nothing lies in.
func (s *segments) take() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if last := len(s.free) - 1; last >= 0 {
		slot := s.free[last]
		s.free = s.free[:last]
		return slot
	}
	s.used++
	return s.used - 1
}

func (s *segments) give(slot int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.free = append(s.free, slot)
}

// slotTries bounds the search for a slot: one may hold a document that could not be read at the start.
const slotTries = 100

// create stores events as a segment. After an error they may be stored or not; the slot is not used again by this process.
func (s *segments) create(ctx context.Context, events []*event) (*segment, error) {
	stored := &storedSegment{ID: rand.Text(), Events: make([]storedEvent, len(events))}
	for i, e := range events {
		stored.Events[i] = storedEvent{
			AccountID: e.ref.AccountID, Region: e.ref.Region, Function: e.ref.Name, Qualifier: e.ref.Qualifier,
			RequestID: e.requestID, TraceID: e.traceID, Accepted: e.accepted, Hops: e.hops, Payload: e.payload,
		}
	}
	for range slotTries {
		slot := s.take()
		key := keyOf(slot)
		err := s.events.Create(ctx, key, stored)
		if errors.Is(err, engine.ErrExists) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("queue of events: %w", err)
		}
		return &segment{id: stored.ID, slot: slot, key: key, left: len(events)}, nil
	}
	return nil, fmt.Errorf("queue of events: %w: no key is free", engine.ErrUnavailable)
}

// payload reads the payload of an event. It is shared: it must not be changed.
func (s *segments) payload(ctx context.Context, e *event) ([]byte, error) {
	stored, err := s.events.Get(ctx, e.segment.key)
	if err != nil {
		return nil, err
	}
	if stored.ID != e.segment.id || e.position >= len(stored.Events) {
		return nil, fmt.Errorf("segment %s: %w: it is another one", e.segment.key, engine.ErrNotFound)
	}
	return stored.Events[e.position].Payload, nil
}

// note stores what came of the events of a segment so far.
func (s *segments) note(ctx context.Context, seg *segment, known map[int]progress) error {
	p := storedProgress{Segment: seg.id, Events: known}
	_, err := s.progress.Change(ctx, seg.key, func(old *storedProgress) error { *old = p; return nil })
	if errors.Is(err, engine.ErrNotFound) {
		err = s.progress.Create(ctx, seg.key, &p)
	}
	return err
}

// remove deletes a segment whose events are done. What is not there is no error: an attempt to delete it before may have
// succeeded without an answer.
func (s *segments) remove(ctx context.Context, seg *segment, noted bool) error {
	if err := s.events.Delete(ctx, seg.key, nil); err != nil && !errors.Is(err, engine.ErrNotFound) {
		return err
	}
	if noted {
		if err := s.progress.Delete(ctx, seg.key, nil); err != nil && !errors.Is(err, engine.ErrNotFound) {
			return err
		}
	}
	s.give(seg.slot)
	return nil
}

// forget deletes a progress document that cannot be read.
func (s *segments) forget(ctx context.Context, key string, damage error) error {
	var corrupt *engine.CorruptError
	if !errors.As(damage, &corrupt) || corrupt.Revision == 0 {
		return nil // without a revision the next start of the engine repairs it
	}
	return s.docs.Delete(ctx, ProgressBucket, key, corrupt.Revision)
}

// parseKey is the slot of a key.
func parseKey(key string) (slot int, ok bool) {
	slot, err := strconv.Atoi(key)
	return slot, err == nil && slot >= 0 && keyOf(slot) == key
}
