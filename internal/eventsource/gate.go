package eventsource

import (
	"context"
	"sync"
	"time"
)

const (
	firstFits  = 5  // batches at a time to begin with, as on the service
	opensAfter = 20 // batches in a row that succeed, for each that fits, before one more is tried where a limit was met
	firstPause = time.Second
	maxPause   = time.Minute
)

// gate says how many batches of a mapping run at a time.
type gate struct {
	changed chan struct{} // something may be let in

	mu      sync.Mutex
	limit   int
	fits    int  // 1 to limit
	met     bool // a concurrency limit refused one
	passed  int  // batches since fits changed
	running int
	passes  int       // refusals in a row while nothing else ran
	blocked time.Time // nothing is let in before
}

func newGate() *gate { return &gate{fits: firstFits, changed: make(chan struct{}, 1)} }

// open sets the limit.
func (g *gate) open(limit int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.limit = limit
	g.fits = min(g.fits, limit)
}

// enter waits for a place until ctx ends; then it reports false.
func (g *gate) enter(ctx context.Context) bool {
	for ctx.Err() == nil {
		pause, ok := g.try(time.Now())
		if ok {
			return true
		}
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
		case <-g.changed:
		case <-timer.C:
		}
		timer.Stop()
	}
	return false
}

// try takes a place, or says when another try may have one.
func (g *gate) try(now time.Time) (pause time.Duration, ok bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if pause := g.blocked.Sub(now); pause > 0 {
		return pause, false
	}
	if g.running >= g.fits {
		return maxPause, false
	}
	g.running++
	return 0, true
}

// leave gives a place back that nothing was run on.
func (g *gate) leave() {
	g.mu.Lock()
	g.running--
	g.mu.Unlock()
	g.signal()
}

// pass gives a place back after a batch that was run.
func (g *gate) pass() {
	g.mu.Lock()
	g.running--
	g.passes = 0
	if g.passed++; g.fits < g.limit && (!g.met || g.passed >= opensAfter*g.fits) {
		g.fits++
		g.passed = 0
	}
	g.mu.Unlock()
	g.signal()
}

// refuse gives a place back after a batch that no concurrency was left for.
func (g *gate) refuse(now time.Time) {
	g.mu.Lock()
	g.running--
	g.met, g.passed = true, 0
	g.fits = max(1, g.running)
	if g.running == 0 {
		g.blocked = now.Add(backOff(g.passes))
		g.passes++
	}
	g.mu.Unlock()
	g.signal()
}

func (g *gate) signal() {
	select {
	case g.changed <- struct{}{}:
	default:
	}
}

// backOff is a pause that doubles with every failure in a row before.
func backOff(before int) time.Duration { return min(firstPause<<min(before, 10), maxPause) }
