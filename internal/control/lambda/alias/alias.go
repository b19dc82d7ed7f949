// Package alias has the operations on aliases: names for one version of a function, or with weights for two. Spec: functions B4.
package alias

import (
	"context"
	"maps"
	"slices"

	"github.com/gatehouse-gateway/gatehouse/awsproto"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/configuration"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/state"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/functions"
)

// Operations are the operations on aliases.
type Operations struct{ state *state.State }

// New returns the operations on the functions of s.
func New(s *state.State) *Operations { return &Operations{s} }

// Bind connects the operations to their names in the model.
func (o *Operations) Bind(s *awsproto.Service) {
	wire.Bind(s, "CreateAlias", o.createAlias)
	wire.Bind(s, "GetAlias", o.getAlias)
	wire.Bind(s, "UpdateAlias", o.updateAlias)
	wire.Bind(s, "DeleteAlias", o.deleteAlias)
	wire.Bind(s, "ListAliases", o.listAliases)
}

func (o *Operations) createAlias(ctx context.Context, in *wire.CreateAliasRequest) (*wire.AliasConfiguration, error) {
	ref, err := state.Unqualified(ctx, in.FunctionName)
	if err != nil {
		return nil, err
	}
	a := &definition.FunctionAlias{Name: *in.Name, Description: wire.Value(in.Description), Version: *in.FunctionVersion, Weights: weights(in.RoutingConfig), RevisionID: state.NewRevision()}
	doc, err := o.state.Change(ctx, ref, state.ErrNoFunction(ref), func(doc *definition.Function) error {
		if err := check(doc, a); err != nil {
			return err
		}
		if doc.Aliases[a.Name] != nil {
			return wire.Conflict("Alias already exists: %s", configuration.ARN(doc, a.Name))
		}
		if doc.Aliases == nil {
			doc.Aliases = make(map[string]*definition.FunctionAlias)
		}
		doc.Aliases[a.Name] = a
		return nil
	})
	if err != nil {
		return nil, err
	}
	return show(doc, a), nil
}

func weights(in *wire.AliasRoutingConfiguration) map[string]float64 {
	if in == nil || len(in.AdditionalVersionWeights) == 0 {
		return nil
	}
	return in.AdditionalVersionWeights
}

// check refuses an alias that leads nowhere, or to more than two versions.
func check(doc *definition.Function, a *definition.FunctionAlias) error {
	if len(a.Weights) > 1 {
		return wire.Invalid("Number of items in AdditionalVersionWeights cannot be greater than 1")
	}
	for version := range a.Weights {
		if a.Version == functions.Latest || version == functions.Latest {
			return wire.Untyped("$LATEST is not supported for an alias pointing to more than 1 version")
		}
		if version == a.Version {
			return wire.Invalid("Invalid function version %s. Function version %s is already included in routing configuration.", version, version)
		}
	}
	for _, version := range append(slices.Collect(maps.Keys(a.Weights)), a.Version) {
		if version != functions.Latest && doc.Versions[version] == nil {
			return wire.NotFound("Function not found: %s", configuration.ARN(doc, version))
		}
	}
	return nil
}

func show(doc *definition.Function, a *definition.FunctionAlias) *wire.AliasConfiguration {
	out := &wire.AliasConfiguration{AliasArn: wire.Ptr(configuration.ARN(doc, a.Name)), Name: &a.Name, FunctionVersion: &a.Version, Description: &a.Description, RevisionId: &a.RevisionID}
	if len(a.Weights) > 0 {
		out.RoutingConfig = &wire.AliasRoutingConfiguration{AdditionalVersionWeights: a.Weights}
	}
	return out
}

func (o *Operations) getAlias(ctx context.Context, in *wire.GetAliasRequest) (*wire.AliasConfiguration, error) {
	ref, err := state.Unqualified(ctx, in.FunctionName)
	if err != nil {
		return nil, err
	}
	named := ref
	named.Qualifier = *in.Name
	doc, err := o.state.Get(ctx, ref, state.ErrNoAlias(named))
	if err != nil {
		return nil, err
	}
	a := doc.Aliases[*in.Name]
	if a == nil {
		return nil, state.ErrNoAlias(named)
	}
	return show(doc, a), nil
}

// updateAlias changes what is there; an empty routing configuration takes the weights away.
func (o *Operations) updateAlias(ctx context.Context, in *wire.UpdateAliasRequest) (*wire.AliasConfiguration, error) {
	ref, err := state.Unqualified(ctx, in.FunctionName)
	if err != nil {
		return nil, err
	}
	doc, err := o.state.Change(ctx, ref, state.ErrNoFunction(ref), func(doc *definition.Function) error {
		a := doc.Aliases[*in.Name]
		switch {
		case a == nil:
			return wire.NotFound("Alias not found: %s", configuration.ARN(doc, *in.Name))
		case wire.Value(in.RevisionId) != "" && *in.RevisionId != a.RevisionID:
			return wire.Precondition("GetFunction/GetAlias")
		}
		a.Version, a.Description = wire.Or(in.FunctionVersion, a.Version), wire.Or(in.Description, a.Description)
		if in.RoutingConfig != nil {
			a.Weights = weights(in.RoutingConfig)
		}
		a.RevisionID = state.NewRevision()
		return check(doc, a)
	})
	if err != nil {
		return nil, err
	}
	return show(doc, doc.Aliases[*in.Name]), nil
}

// deleteAlias deletes an alias with its policy and its URL. One that is not there is deleted already (unconfirmed).
func (o *Operations) deleteAlias(ctx context.Context, in *wire.DeleteAliasRequest) (*wire.None, error) {
	ref, err := state.Unqualified(ctx, in.FunctionName)
	if err != nil {
		return nil, err
	}
	_, err = o.state.Change(ctx, ref, state.ErrNoFunction(ref), func(doc *definition.Function) error {
		delete(doc.Aliases, *in.Name)
		delete(doc.Policies, *in.Name)
		delete(doc.EventInvoke, *in.Name)
		delete(doc.Provisioned, *in.Name)
		doc.CloseURL(*in.Name)
		return nil
	})
	return nil, err
}

func (o *Operations) listAliases(ctx context.Context, in *wire.ListAliasesRequest) (*wire.ListAliasesResponse, error) {
	ref, err := state.Unqualified(ctx, in.FunctionName)
	if err != nil {
		return nil, err
	}
	doc, err := o.state.Get(ctx, ref, state.ErrNoFunction(ref))
	if err != nil {
		return nil, err
	}
	var all []*definition.FunctionAlias
	for _, name := range slices.Sorted(maps.Keys(doc.Aliases)) {
		if a := doc.Aliases[name]; in.FunctionVersion == nil || a.Version == *in.FunctionVersion {
			all = append(all, a)
		}
	}
	page, next, err := wire.Page(all, func(a *definition.FunctionAlias) string { return a.Name }, in.MaxItems, in.Marker)
	if err != nil {
		return nil, err
	}
	out := &wire.ListAliasesResponse{Aliases: []wire.AliasConfiguration{}, NextMarker: next}
	for _, a := range page {
		out.Aliases = append(out.Aliases, *show(doc, a))
	}
	return out, nil
}
