package gateway

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/engine"
	"github.com/gatehouse-gateway/gatehouse/internal/restapi"
	"github.com/gatehouse-gateway/gatehouse/internal/store"
)

// PublisherOptions are what a Publisher is made of. All are required.
type PublisherOptions struct {
	// APIs are the stored REST APIs by account/region/id, without their drafts, which are most of them and never served.
	APIs      *store.Collection[definition.ServedRestAPI]
	Snapshots engine.Snapshots
	// Env is what the APIs of an account in a region run in.
	Env func(accountID, region string) *restapi.Env
}

// Publisher makes what is stored live: Load everything, then Run to follow changes. Whoever has written an API calls Refresh
// to have it live at once on this node.
//
// A stage is compiled again when its settings or its deployment changed, and else goes on as it is; editing a draft
// compiles nothing. What cannot be read or compiled does not go live, not even in part: the stages that served before go
// on as they were. Every API is published on its own, in one atomic store, and its publications are in the order of its
// revisions.
type Publisher struct {
	PublisherOptions
	gateway   *Gateway
	snapshots *snapshots
	follower  store.Follower

	mu     sync.Mutex
	states map[string]*apiState // by key
}

// NewPublisher returns a Publisher that has published nothing yet. The gateway must not be published to by others.
func NewPublisher(g *Gateway, o PublisherOptions) *Publisher {
	p := &Publisher{PublisherOptions: o, gateway: g, snapshots: newSnapshots(o.Snapshots, snapshotBytes), states: make(map[string]*apiState)}
	p.follower = store.Follower{
		Kind: "REST APIs", Entries: o.APIs.Entries, Watch: o.APIs.Watch, Refresh: p.Refresh, Knows: p.knows,
		Failed: func(ctx context.Context, key string, err error) {
			slog.ErrorContext(ctx, "an API is not served as it is stored", "api", key, "error", err)
		},
	}
	return p
}

// Load publishes every API that is stored. What cannot be read or compiled is logged by name, and the others go on; an error
// means that the store could not even list them. Call it before the node serves, then Run.
func (p *Publisher) Load(ctx context.Context) error { return p.follower.Load(ctx) }

// Run follows the changes of stored APIs until ctx ends or the store does, and returns why. It loads them first if nobody has.
func (p *Publisher) Run(ctx context.Context) error { return p.follower.Run(ctx) }

// apiState is what is live of one API. Who has its turn may read and change it.
type apiState struct {
	turn  chan struct{} // holds a token while nobody works on the API
	users int           // who has the turn or waits for it; Publisher.mu guards it

	revision atomic.Uint64 // all of which is live; 0: none
	live     *restapi.API
	stages   map[string]liveStage
}

// take waits for the turn of an API until ctx ends.
func (p *Publisher) take(ctx context.Context, key string) (s *apiState, done func(), err error) {
	p.mu.Lock()
	if s = p.states[key]; s == nil {
		s = &apiState{turn: make(chan struct{}, 1)}
		s.turn <- struct{}{}
		p.states[key] = s
	}
	s.users++
	p.mu.Unlock()
	select {
	case <-s.turn:
		return s, func() { p.leave(key, s, true) }, nil
	case <-ctx.Done():
		p.leave(key, s, false)
		return nil, nil, context.Cause(ctx)
	}
}

// leave gives the turn back. What nobody uses and nothing is live of is forgotten.
func (p *Publisher) leave(key string, s *apiState, hadTurn bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if s.users--; s.users == 0 && s.live == nil {
		delete(p.states, key)
	}
	if hadTurn {
		s.turn <- struct{}{}
	}
}

// knows reports whether a revision of an API, or a later one, is live already.
func (p *Publisher) knows(key string, rev engine.Revision) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.states[key]
	return s != nil && s.revision.Load() >= uint64(rev)
}

// Refresh reads an API, account/region/id, and makes its newest revision live, or takes it out when there is none. When it
// returns nil, every request that begins from then on finds that revision or a newer one. Its error says what of the API
// is not live, and why: unreadable documents and snapshots, or definition.Problems, by stage.
func (p *Publisher) Refresh(ctx context.Context, key string) error {
	s, done, err := p.take(ctx, key)
	if err != nil {
		return fmt.Errorf("API %s: %w", key, err)
	}
	defer done()
	item, err := p.APIs.Item(ctx, key)
	switch {
	case errors.Is(err, engine.ErrNotFound):
		p.gateway.replace(s.live, nil)
		s.live, s.stages = nil, nil
		s.revision.Store(0)
		return nil
	case err != nil:
		return fmt.Errorf("API %s: %w", key, err)
	case s.revision.Load() >= uint64(item.Revision):
		return nil
	}
	if err := p.publish(ctx, s, item); err != nil {
		return fmt.Errorf("API %s: %w", key, err)
	}
	s.revision.Store(uint64(item.Revision))
	return nil
}

// publish makes one revision of an API live, as far as its stages compile.
func (p *Publisher) publish(ctx context.Context, s *apiState, item store.Item[definition.ServedRestAPI]) error {
	account, region, id, err := splitKey(item)
	if err != nil {
		return err
	}
	env := p.Env(account, region)
	stages, changed := make(map[string]liveStage, len(item.Value.Stages)), s.live == nil
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(item.Value.Stages)) {
		before, served := s.stages[name]
		now, err := p.stage(ctx, env, item.Value, name, before)
		if err != nil {
			errs = append(errs, fmt.Errorf("stage %s: %w", name, err))
		}
		if now.compiled != nil {
			stages[name] = now
		}
		changed = changed || !served || now.compiled != before.compiled
	}
	if changed = changed || len(stages) != len(s.stages); changed {
		compiled := make([]*restapi.Stage, 0, len(stages))
		for _, st := range stages {
			compiled = append(compiled, st.compiled)
		}
		next := restapi.NewAPI(env, id, compiled...)
		p.gateway.replace(s.live, next)
		s.live = next
	}
	s.stages = stages
	return errors.Join(errs...)
}

// splitKey takes a key apart and checks that it is the document's own.
func splitKey(item store.Item[definition.ServedRestAPI]) (account, region, id string, err error) {
	parts := strings.Split(item.Key, "/")
	doc := item.Value
	if len(parts) != 3 || doc.API == nil || doc.API.ID != parts[2] || doc.AccountID != parts[0] || doc.Region != parts[1] {
		return "", "", "", errors.New("the stored document is not that of its key")
	}
	return parts[0], parts[1], parts[2], nil
}
