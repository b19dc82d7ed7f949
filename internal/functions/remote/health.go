package remote

import (
	"context"
	"sync"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/pause"
)

// threshold is how many calls in a row must not have reached a function until others are refused.
const threshold = 5

// The pause after which it is tried again doubles from one to the other.
const (
	firstPause = time.Second
	lastPause  = 30 * time.Second
)

// health knows whether a function can be reached.
type health struct {
	probe func(context.Context) error // finds out whether it is back; nil: a call does
	note  func(well bool, cause error)
	now   func() time.Time

	ctx    context.Context // ends with the runner
	cancel context.CancelFunc

	mu       sync.Mutex
	failures int   // in a row
	cause    error // of the last one
	pause    time.Duration
	until    time.Time // when it is tried again
	trying   bool      // somebody finds out
}

func newHealth(probe func(context.Context) error, note func(bool, error), now func() time.Time) *health {
	h := &health{probe: probe, note: note, now: now}
	h.ctx, h.cancel = context.WithCancel(context.Background())
	return h
}

// admit reports whether a call may be made; else why not.
func (h *health) admit() (cause error, ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.failures < threshold:
		return nil, true
	case h.probe != nil || h.trying || h.now().Before(h.until):
		return h.cause, false
	}
	h.trying = true
	return nil, true
}

// reached says that a call came to the function, whatever came of it.
func (h *health) reached() {
	h.mu.Lock()
	was := h.failures >= threshold
	h.failures, h.pause, h.trying, h.cause = 0, 0, false, nil
	h.mu.Unlock()
	if was {
		h.note(true, nil)
	}
}

// left says that a call was given up before anybody could know.
func (h *health) left() {
	h.mu.Lock()
	h.trying = false
	h.mu.Unlock()
}

// missed says that a call did not come to the function.
func (h *health) missed(cause error) {
	h.mu.Lock()
	h.failures++
	h.cause = cause
	ill := h.failures >= threshold
	began := h.failures == threshold
	if ill {
		h.pause = min(max(2*h.pause, firstPause), lastPause)
		h.until, h.trying = h.now().Add(h.pause), false
	}
	h.mu.Unlock()
	if !began {
		return
	}
	h.note(false, cause)
	if h.probe != nil {
		go h.recover()
	}
}

// recover asks until the function can be reached, or is wanted no more.
func (h *health) recover() {
	for wait := firstPause; ; wait = min(2*wait, lastPause) {
		if pause.For(h.ctx, wait) != nil {
			return
		}
		if h.probe(h.ctx) == nil {
			h.reached()
			return
		}
	}
}
