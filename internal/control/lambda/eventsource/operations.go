package eventsource

import (
	"context"
	"log/slog"
	"strings"
	"sync"

	"github.com/gatehouse-gateway/gatehouse/awsproto"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/state"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/functions"
	"github.com/gatehouse-gateway/gatehouse/internal/store"
)

// Operations are the operations on event source mappings.
type Operations struct {
	state *state.State
	// making is held while it is made sure that a mapping is the only one of its queue and function.
	making sync.Mutex
}

// New returns the operations on the mappings of s.
func New(s *state.State) *Operations { return &Operations{state: s} }

// Bind connects the operations to their names in the model.
func (o *Operations) Bind(s *awsproto.Service) {
	wire.Bind(s, "CreateEventSourceMapping", o.create)
	wire.Bind(s, "GetEventSourceMapping", o.get)
	wire.Bind(s, "UpdateEventSourceMapping", o.update)
	wire.Bind(s, "DeleteEventSourceMapping", o.delete)
	wire.Bind(s, "ListEventSourceMappings", o.list)
}

func keyOf(scope state.Scope, uuid string) string {
	return store.Key(scope.AccountID, scope.Region, uuid)
}

// live makes a mapping what is polled, as it is stored. An error is logged: it is about this node, which tries again when it passes.
func (o *Operations) live(ctx context.Context, key string) {
	if o.state.PublishMapping == nil {
		return
	}
	if err := o.state.PublishMapping(ctx, key); err != nil {
		slog.ErrorContext(ctx, "an event source mapping is not in use as it is stored", "mapping", key, "error", err)
	}
}

func (o *Operations) get(ctx context.Context, in *wire.GetEventSourceMappingRequest) (*wire.EventSourceMappingConfiguration, error) {
	scope, err := state.ScopeOf(ctx)
	if err != nil {
		return nil, err
	}
	m, err := o.state.Mappings.Get(ctx, keyOf(scope, *in.UUID))
	if err != nil {
		return nil, wire.OrNotFound(err, wire.ErrNoResource)
	}
	return show(m, settled(m)), nil
}

// delete removes a mapping. Its batches that run go on.
func (o *Operations) delete(ctx context.Context, in *wire.DeleteEventSourceMappingRequest) (*wire.EventSourceMappingConfiguration, error) {
	scope, err := state.ScopeOf(ctx)
	if err != nil {
		return nil, err
	}
	key := keyOf(scope, *in.UUID)
	var last *definition.EventSourceMapping
	err = o.state.Mappings.Delete(ctx, key, func(m *definition.EventSourceMapping) error { last = m; return nil })
	if err != nil {
		return nil, wire.OrNotFound(err, wire.ErrNoResource)
	}
	o.live(ctx, key)
	return show(last, "Deleting"), nil
}

// list lists mappings by their UUIDs. A name without qualifier finds those of the function itself (unconfirmed).
func (o *Operations) list(ctx context.Context, in *wire.ListEventSourceMappingsRequest) (*wire.ListEventSourceMappingsResponse, error) {
	scope, err := state.ScopeOf(ctx)
	if err != nil {
		return nil, err
	}
	var function functions.Ref
	if in.FunctionName != nil {
		if function, err = state.Ref(ctx, in.FunctionName, nil); err != nil {
			return nil, err
		}
	}
	items, err := o.state.Mappings.All(ctx, scope.Prefix())
	if err != nil {
		return nil, err
	}
	var found []store.Item[definition.EventSourceMapping]
	for _, item := range items {
		if in.FunctionName != nil && !isOf(item.Value, function) || in.EventSourceArn != nil && item.Value.Source != *in.EventSourceArn {
			continue
		}
		found = append(found, item)
	}
	page, next, err := wire.Page(found, func(i store.Item[definition.EventSourceMapping]) string {
		return strings.TrimPrefix(i.Key, scope.Prefix())
	}, in.MaxItems, in.Marker)
	if err != nil {
		return nil, err
	}
	out := &wire.ListEventSourceMappingsResponse{EventSourceMappings: make([]wire.EventSourceMappingConfiguration, len(page)), NextMarker: next}
	for i, item := range page {
		out.EventSourceMappings[i] = *show(item.Value, settled(item.Value))
	}
	return out, nil
}

// isOf reports whether a mapping feeds a function, version or alias; $LATEST is the function itself.
func isOf(m *definition.EventSourceMapping, ref functions.Ref) bool {
	return m.Function == ref.Name && plain(m.Qualifier) == plain(ref.Qualifier)
}

func plain(qualifier string) string {
	if qualifier == functions.Latest {
		return ""
	}
	return qualifier
}
