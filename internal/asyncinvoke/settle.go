package asyncinvoke

import (
	"context"
	"maps"
	"time"
)

const (
	settlePause = 100 * time.Millisecond // in which more comes together
	settleAgain = time.Second            // after an error
	settleTime  = 10 * time.Second       // for one write
)

// learn takes note of what came of an event. Lock held.
func (q *Queue) learn(e *event, p progress) {
	if e.segment.known == nil {
		e.segment.known = make(map[int]progress)
	}
	e.segment.known[e.position] = p
	q.markDirty(e.segment)
}

// markDirty makes a segment one to be written down. Lock held.
func (q *Queue) markDirty(s *segment) {
	if !s.dirty {
		s.dirty = true
		q.dirty = append(q.dirty, s)
	}
	signal(q.settling)
}

// settle writes down what came of events, until stop, and then once more.
func (q *Queue) settle(stop <-chan struct{}) {
	pause := time.NewTimer(settlePause)
	defer pause.Stop()
	for {
		select {
		case <-stop:
			q.writeDown()
			return
		case <-q.settling:
		}
		select {
		case <-stop:
			q.writeDown()
			return
		case <-pause.C:
		}
		pause.Reset(settlePause)
		if !q.writeDown() {
			pause.Reset(settleAgain)
			signal(q.settling)
		}
	}
}

// writeDown writes down what came of events. It reports false when something could not be written: it is tried again.
func (q *Queue) writeDown() bool {
	q.mu.Lock()
	dirty := q.dirty
	q.dirty = nil
	q.mu.Unlock()
	for i, s := range dirty {
		if err := q.writeSegment(s); err != nil {
			q.log.Error("what came of events could not be written down", "segment", s.key, "error", err)
			q.mu.Lock()
			q.dirty = append(q.dirty, dirty[i+1:]...)
			q.markDirty(s)
			q.mu.Unlock()
			return false
		}
	}
	return true
}

func (q *Queue) writeSegment(s *segment) error {
	q.mu.Lock()
	s.dirty = false
	done, known, noted := s.left == 0, maps.Clone(s.known), s.noted
	q.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), settleTime)
	defer cancel()
	if done {
		return q.stored.remove(ctx, s, noted)
	}
	if err := q.stored.note(ctx, s, known); err != nil {
		return err
	}
	q.mu.Lock()
	s.noted = true
	q.mu.Unlock()
	return nil
}
