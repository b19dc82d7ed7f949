package asyncinvoke

import (
	"context"
	"errors"
	"fmt"

	"github.com/gatehouse-gateway/gatehouse/internal/engine"
	"github.com/gatehouse-gateway/gatehouse/internal/functions"
)

// Load reads what earlier processes accepted and did not finish. It is called once, before Run. What cannot be read is logged and
// stays where it is.
func (q *Queue) Load(ctx context.Context) error {
	entries, _, err := q.stored.events.Entries(ctx, "")
	if err != nil {
		return fmt.Errorf("queue of events: %w", err)
	}
	found := make(map[string]bool, len(entries))
	count := 0
	for _, entry := range entries {
		n, err := q.loadSegment(ctx, entry.Key)
		if err != nil {
			return fmt.Errorf("queue of events: segment %s: %w", entry.Key, err)
		}
		found[entry.Key] = true
		count += n
	}
	q.freeGaps(found)
	if count > 0 {
		q.log.Info("events are left of before", "events", count)
	}
	return q.dropProgress(ctx, found)
}

// freeGaps makes the slots below the highest one usable that hold nothing.
func (q *Queue) freeGaps(found map[string]bool) {
	s := q.stored
	for key := range found {
		if slot, ok := parseKey(key); ok {
			s.used = max(s.used, slot+1)
		}
	}
	for slot := s.used - 1; slot >= 0; slot-- {
		if !found[keyOf(slot)] {
			s.free = append(s.free, slot)
		}
	}
}

// dropProgress removes what is known of segments that are gone.
func (q *Queue) dropProgress(ctx context.Context, found map[string]bool) error {
	entries, _, err := q.stored.progress.Entries(ctx, "")
	if err != nil {
		return fmt.Errorf("queue of events: %w", err)
	}
	for _, entry := range entries {
		if found[entry.Key] {
			continue
		}
		if err := q.stored.progress.Delete(ctx, entry.Key, nil); err != nil && !errors.Is(err, engine.ErrNotFound) {
			return fmt.Errorf("queue of events: progress %s: %w", entry.Key, err)
		}
	}
	return nil
}

// loadSegment queues the unfinished events of a segment, and says how many there are.
func (q *Queue) loadSegment(ctx context.Context, key string) (int, error) {
	slot, ok := parseKey(key)
	stored, err := q.stored.events.Get(ctx, key)
	switch {
	case errors.Is(err, engine.ErrCorrupt), err == nil && !ok:
		q.log.Error("accepted events cannot be read", "bucket", SegmentsBucket, "key", key, "error", err)
		return 0, nil
	case err != nil:
		return 0, err
	}
	seg := &segment{id: stored.ID, slot: slot, key: key}
	if err := q.loadProgress(ctx, seg); err != nil {
		return 0, err
	}
	var events []*event
	for i := range stored.Events {
		if known := seg.known[i]; !known.Done {
			events = append(events, stored.Events[i].event(seg, i, known))
		}
	}
	seg.left = len(events)
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, e := range events {
		q.queued[account(e.ref)]++
		q.add(e)
	}
	if seg.left == 0 {
		q.markDirty(seg)
	}
	return len(events), nil
}

// event is a stored event with what is known of it.
func (s *storedEvent) event(seg *segment, position int, known progress) *event {
	e := &event{
		ref:       functions.Ref{AccountID: s.AccountID, Region: s.Region, Name: s.Function, Qualifier: s.Qualifier},
		requestID: s.RequestID, traceID: s.TraceID, accepted: s.Accepted, hops: s.Hops,
		segment: seg, position: position, attempts: known.Attempts, due: s.Accepted,
	}
	if !known.Due.IsZero() {
		e.due = known.Due
	}
	return e
}

// loadProgress reads what is known of a segment. Without it all events are run again.
func (q *Queue) loadProgress(ctx context.Context, seg *segment) error {
	p, err := q.stored.progress.Get(ctx, seg.key)
	switch {
	case errors.Is(err, engine.ErrNotFound):
		return nil
	case errors.Is(err, engine.ErrCorrupt):
		q.log.Error("what came of events cannot be read: they are run again", "bucket", ProgressBucket, "key", seg.key, "error", err)
		return q.stored.forget(ctx, seg.key, err)
	case err != nil:
		return err
	case p.Segment == seg.id:
		seg.known = make(map[int]progress, len(p.Events))
		for i, known := range p.Events {
			seg.known[i] = known
		}
	}
	seg.noted = true
	return nil
}
