package eventsource

import (
	"context"

	"github.com/gatehouse-gateway/gatehouse/internal/awsclient"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/settings"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/state"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
)

// create makes a mapping that is polled when the call is answered, although the answer says Creating.
func (o *Operations) create(ctx context.Context, in *wire.CreateEventSourceMappingRequest) (*wire.EventSourceMappingConfiguration, error) {
	queue, err := readSource(in)
	if err != nil {
		return nil, err
	}
	change := ofCreate(in)
	if err := checkMembers(change); err != nil {
		return nil, err
	}
	if err := settings.CheckTags(in.Tags); err != nil {
		return nil, err
	}
	ref, timeout, err := o.readFunction(ctx, in.FunctionName)
	if err != nil {
		return nil, err
	}
	m := &definition.EventSourceMapping{
		AccountID: ref.AccountID, Region: ref.Region, UUID: state.NewRevision(), Source: queue.String(), Function: ref.Name, Qualifier: ref.Qualifier,
		Enabled: true, BatchSize: defaultBatchSize, Tags: in.Tags, LastModified: o.state.Now(),
	}
	if err := apply(m, change); err != nil {
		return nil, err
	}
	if err := o.checkQueue(ctx, queue, timeout); err != nil {
		return nil, err
	}
	o.making.Lock()
	defer o.making.Unlock()
	if err := o.checkAlone(ctx, m); err != nil {
		return nil, err
	}
	key := keyOf(state.Scope{AccountID: m.AccountID, Region: m.Region}, m.UUID)
	if err := o.state.Mappings.Create(ctx, key, m); err != nil {
		return nil, err
	}
	o.live(ctx, key)
	if !m.Enabled {
		return show(m, settled(m)), nil
	}
	return show(m, "Creating"), nil
}

// checkAlone refuses a second mapping of a queue to a function, and more mappings than there may be.
func (o *Operations) checkAlone(ctx context.Context, m *definition.EventSourceMapping) error {
	items, err := o.state.Mappings.All(ctx, state.Scope{AccountID: m.AccountID, Region: m.Region}.Prefix())
	if err != nil {
		return err
	}
	others := 0
	for _, item := range items {
		other := item.Value
		if other.UUID == m.UUID {
			continue
		}
		others++
		if other.Source == m.Source && other.Function == m.Function && plain(other.Qualifier) == plain(m.Qualifier) {
			return wire.Conflict(`An event source mapping with SQS arn (" %s ") and function (" %s ") already exists. Please update or delete the existing mapping with UUID %s`, m.Source, m.Function, other.UUID)
		}
	}
	if most := o.state.MaxMappings; most > 0 && others >= most {
		return wire.Invalid("There are %d event source mappings in this region already, the limit event source mappings per account.", others)
	}
	return nil
}

// update changes what the call names and leaves the rest.
func (o *Operations) update(ctx context.Context, in *wire.UpdateEventSourceMappingRequest) (*wire.EventSourceMappingConfiguration, error) {
	scope, err := state.ScopeOf(ctx)
	if err != nil {
		return nil, err
	}
	key := keyOf(scope, *in.UUID)
	before, err := o.state.Mappings.Get(ctx, key)
	if err != nil {
		return nil, wire.OrNotFound(err, wire.ErrNoResource)
	}
	if err := checkMembers(in); err != nil {
		return nil, err
	}
	to := func(*definition.EventSourceMapping) {}
	if in.FunctionName != nil {
		ref, timeout, err := o.readFunction(ctx, in.FunctionName)
		if err != nil {
			return nil, err
		}
		queue, err := awsclient.ParseARN(before.Source)
		if err != nil {
			return nil, err
		}
		if err := o.checkQueue(ctx, queue, timeout); err != nil {
			return nil, err
		}
		to = func(m *definition.EventSourceMapping) { m.Function, m.Qualifier = ref.Name, ref.Qualifier }
	}
	o.making.Lock()
	defer o.making.Unlock()
	changed, err := o.state.Mappings.Change(ctx, key, func(m *definition.EventSourceMapping) error {
		to(m)
		if err := apply(m, in); err != nil {
			return err
		}
		m.LastModified = o.state.Now()
		return o.checkAlone(ctx, m)
	})
	if err != nil {
		return nil, wire.OrNotFound(err, wire.ErrNoResource)
	}
	o.live(ctx, key)
	return show(changed, passing(before, changed)), nil
}

// passing is the state that the answer of an update says.
func passing(before, after *definition.EventSourceMapping) string {
	switch {
	case !before.Enabled && after.Enabled:
		return "Enabling"
	case before.Enabled && !after.Enabled:
		return "Disabling"
	}
	return "Updating"
}
