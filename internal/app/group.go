package app

import (
	"context"
	"sync"
)

// group runs parts side by side: when one fails, or the context ends, all are told to end, and wait waits for all.
type group struct {
	ctx    context.Context
	cancel context.CancelFunc
	wg     sync.WaitGroup
	once   sync.Once
	err    error
}

func newGroup(ctx context.Context) (*group, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	return &group{ctx: ctx, cancel: cancel}, cancel
}

// run starts a part. A part that returns nil has ended in peace; an error ends the group, unless the group was ending.
func (g *group) run(part func(context.Context) error) {
	g.wg.Go(func() {
		if err := part(g.ctx); err != nil && g.ctx.Err() == nil {
			g.once.Do(func() { g.err = err })
			g.cancel()
		}
	})
}

// wait returns when every part has ended: the first error, or nil.
func (g *group) wait() error {
	g.wg.Wait()
	return g.err
}
