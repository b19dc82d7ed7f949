package host

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/functions"
)

// Pool is the environments of one function.
type Pool struct {
	host     *Host
	function *functions.Function
	arn      string // of the function

	mu        sync.Mutex
	idle      []*environment // with a process that waits for an event; the one used last at the end
	cold      []*environment // without a process, because it timed out or crashed
	finishing int            // those that have answered and not asked for the next event yet
	waiting   []chan *environment
	retired   bool         // environments end after what they do
	closed    bool         // and nothing new is taken
	keeper    *Provisioned // keeps environments ready; nil: nobody does
}

// finishingTime is how long an invocation waits for an environment that has answered already and needs a moment to be ready
// again. Without it, calls one after the other would start a second environment.
const finishingTime = 100 * time.Millisecond

// Invoke runs the function once: in an idle environment, the one used last, or in a new one. What the function does wrong is a
// Result. Errors are ErrClosed, ErrPayloadTooLarge, a *ThrottledError when the host has as many environments as it may, that
// of ctx, and others of a machine that cannot start processes. When ctx ends, Invoke returns at once; the invocation goes on
// to its end or timeout, and its result is dropped.
func (p *Pool) Invoke(ctx context.Context, in *functions.Invocation, out *functions.Result) error {
	e, err := p.admit(ctx, in)
	if err != nil {
		in.End()
		return err
	}
	return e.invoke(ctx, in, out)
}

// admit finds the environment for an invocation.
func (p *Pool) admit(ctx context.Context, in *functions.Invocation) (*environment, error) {
	if int64(len(in.Payload)) > p.host.options.Limits.FunctionEvent {
		return nil, functions.ErrPayloadTooLarge
	}
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	return p.take(ctx)
}

// Retire ends the idle environments; others end when they have done what they do. An invocation that comes late all the same
// runs in an environment that ends after it.
func (p *Pool) Retire() {
	p.mu.Lock()
	p.retired = true
	p.mu.Unlock()
	p.host.unregister(p)
	p.missed()
	p.empty()
}

// close is Retire, and no invocation is taken any more.
func (p *Pool) close() {
	p.mu.Lock()
	p.retired, p.closed = true, true
	p.mu.Unlock()
	p.missed()
	p.empty()
}

// empty ends what is not used. Environments that take a moment end on their own; the host waits for them.
func (p *Pool) empty() {
	p.mu.Lock()
	all := append(p.idle, p.cold...)
	p.idle, p.cold = nil, nil
	p.mu.Unlock()
	closeAll(slices.DeleteFunc(all, func(e *environment) bool {
		if !e.lingers() {
			return false
		}
		go e.close()
		return true
	}))
}

// take returns an environment that nobody else uses.
func (p *Pool) take(ctx context.Context) (*environment, error) {
	p.mu.Lock()
	switch {
	case p.closed:
		p.mu.Unlock()
		return nil, functions.ErrClosed
	case len(p.idle) > 0:
		e := pop(&p.idle)
		p.mu.Unlock()
		return e, nil
	case p.finishing > len(p.waiting):
		ready := make(chan *environment, 1)
		p.waiting = append(p.waiting, ready)
		p.mu.Unlock()
		if e, err := p.wait(ctx, ready); e != nil || err != nil {
			return e, err
		}
		p.mu.Lock()
	}
	if p.keeper != nil {
		p.mu.Unlock()
		return nil, functions.ErrNoneReady
	}
	if len(p.cold) > 0 {
		e := pop(&p.cold)
		p.mu.Unlock()
		return e, nil
	}
	p.mu.Unlock()
	return newEnvironment(p)
}

func pop(list *[]*environment) *environment {
	last := len(*list) - 1
	e := (*list)[last]
	(*list)[last] = nil
	*list = (*list)[:last]
	return e
}

// wait waits a moment for an environment; nil: none became ready.
func (p *Pool) wait(ctx context.Context, ready chan *environment) (*environment, error) {
	timer := time.NewTimer(finishingTime)
	defer timer.Stop()
	var err error
	select {
	case e := <-ready:
		return e, nil
	case <-timer.C:
	case <-ctx.Done():
		err = context.Cause(ctx)
	}
	p.mu.Lock()
	if i := slices.Index(p.waiting, ready); i >= 0 {
		p.waiting = slices.Delete(p.waiting, i, i+1)
	}
	p.mu.Unlock()
	select {
	case e := <-ready: // it was just in time
		if err != nil {
			e.giveBack()
			return nil, err
		}
		return e, nil
	default:
		return nil, err
	}
}

// finishes counts an environment that has answered, until it is put back.
func (p *Pool) finishes() {
	p.mu.Lock()
	p.finishing++
	p.mu.Unlock()
}

// put takes an environment back: a warm one waits for an event, a cold one has no process. One that was counted as finishing
// is so no more.
func (p *Pool) put(e *environment, warm, counted bool) {
	p.mu.Lock()
	if counted {
		p.finishing--
	}
	if p.retired {
		p.mu.Unlock()
		go e.close() // it waits for whoever calls us
		return
	}
	e.idleSince = time.Now()
	switch {
	case len(p.waiting) > 0:
		ready := p.waiting[0]
		p.waiting = slices.Delete(p.waiting, 0, 1)
		ready <- e
	case warm:
		p.idle = append(p.idle, e)
		if p.keeper != nil && p.keeper.tooMany.Load() {
			p.keeper.look()
		}
	default:
		p.cold = append(p.cold, e)
		p.missed()
	}
	p.mu.Unlock()
}

// missed tells whoever keeps environments ready that one is not.
func (p *Pool) missed() {
	if p.keeper != nil {
		p.keeper.look()
	}
}

// withdraw takes an environment out of those that are ready, and reports whether it was one of them.
func (p *Pool) withdraw(e *environment) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	i := slices.Index(p.idle, e)
	if i < 0 {
		return false
	}
	p.idle = slices.Delete(p.idle, i, i+1)
	return true
}

// finished counts an environment no more that has answered, and is not going to be ready soon.
func (p *Pool) finished() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.finishing--
}

// soon implements workplace.
func (p *Pool) soon() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.finishing > 0
}

// reap ends the environments that were idle before.
func (p *Pool) reap(before time.Time) {
	if p.keeper != nil {
		return
	}
	p.mu.Lock()
	var old []*environment
	for _, list := range []*[]*environment{&p.idle, &p.cold} {
		*list = slices.DeleteFunc(*list, func(e *environment) bool {
			if e.idleSince.Before(before) {
				old = append(old, e)
				return true
			}
			return false
		})
	}
	p.mu.Unlock()
	closeAll(old)
}

// oldest says since when the environment is idle that is so for longest.
func (p *Pool) oldest() (since time.Time, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.keeper != nil {
		return since, false
	}
	for _, list := range [][]*environment{p.cold, p.idle} {
		if len(list) > 0 && (!ok || list[0].idleSince.Before(since)) {
			since, ok = list[0].idleSince, true
		}
	}
	return since, ok
}

// evict ends the environment that is idle for longest, if there is one.
func (p *Pool) evict() bool {
	p.mu.Lock()
	var e *environment
	from := &p.cold
	if len(p.cold) == 0 || len(p.idle) > 0 && p.idle[0].idleSince.Before(p.cold[0].idleSince) {
		from = &p.idle
	}
	if len(*from) > 0 {
		e = (*from)[0]
		*from = slices.Delete(*from, 0, 1)
	}
	p.mu.Unlock()
	if e == nil {
		return false
	}
	e.close()
	return true
}
