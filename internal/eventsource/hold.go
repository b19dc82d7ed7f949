package eventsource

import (
	"maps"
	"slices"
	"sync"
	"time"
)

// hold keeps messages hidden until it is let go of.
type hold struct {
	p          *poller
	visibility time.Duration
	stop       chan struct{}
	beating    sync.WaitGroup

	mu      sync.Mutex
	handles map[string]struct{}
}

// newHold begins to hold nothing. Somebody has to end it.
func (p *poller) newHold(visibility time.Duration) *hold {
	h := &hold{p: p, visibility: visibility, stop: make(chan struct{}), handles: make(map[string]struct{})}
	h.beating.Go(h.beat)
	return h
}

// beat extends the visibility of what is held when half of it is over.
func (h *hold) beat() {
	tick := time.NewTicker(h.visibility / 2)
	defer tick.Stop()
	for {
		select {
		case <-h.stop:
			return
		case <-tick.C:
		}
		if handles := h.all(); len(handles) > 0 {
			h.p.changeVisibility(handles, h.visibility)
		}
	}
}

func (h *hold) all() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Collect(maps.Keys(h.handles))
}

func (h *hold) add(messages []message) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, m := range messages {
		h.handles[m.handle] = struct{}{}
	}
}

// drop lets go of messages: they are seen again when their time is over, unless they are deleted.
func (h *hold) drop(messages []message) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, m := range messages {
		delete(h.handles, m.handle)
	}
}

func (h *hold) end() {
	close(h.stop)
	h.beating.Wait()
}

// giveBack shows what is still held at once. The hold has ended: nothing extends it any more.
func (h *hold) giveBack() { h.p.show(h.all()) }
