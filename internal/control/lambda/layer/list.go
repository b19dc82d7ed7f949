package layer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/state"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/engine"
)

// askable are the runtimes that lists can be asked for, in the order in which the service's message prints them. Recorded.
var askable = []string{
	"ruby3.5", "ruby2.6", "dotnetcore1.0", "python3.7", "nodejs8.10", "nasa", "ruby2.7", "python2.7-greengrass", "dotnetcore2.0", "python3.8", "java21", "dotnet6",
	"dotnetcore2.1", "python3.9", "java11", "nodejs6.10", "provided", "dotnetcore3.1", "dotnet8", "java25", "java17", "nodejs", "nodejs4.3", "java8.al2", "go1.x",
	"dotnet10", "nodejs20.x", "go1.9", "byol", "nodejs10.x", "provided.al2023", "nodejs22.x", "python3.10", "java8", "nodejs12.x", "python3.11", "nodejs24.x",
	"nodejs8.x", "python3.12", "nodejs14.x", "nodejs8.9", "nodejs26.x", "python3.13", "python3.14", "nodejs16.x", "python3.15", "provided.al2", "nodejs4.3-edge",
	"nodejs18.x", "ruby3.2", "python3.4", "ruby3.3", "ruby3.4", "ruby2.5", "python3.6", "python2.7",
}

// filter is what a list is asked for: versions that name a runtime and an architecture, where asked.
type filter struct{ runtime, architecture *string }

func (f filter) check() error {
	if f.runtime == nil || slices.Contains(askable, *f.runtime) {
		return nil
	}
	return wire.Validation(*f.runtime, "compatibleRuntime", "Member must satisfy enum value set: ["+strings.Join(askable, ", ")+"]")
}

func (f filter) takes(v *definition.LayerVersion) bool {
	return (f.runtime == nil || slices.Contains(v.CompatibleRuntimes, *f.runtime)) &&
		(f.architecture == nil || slices.Contains(v.CompatibleArchitectures, *f.architecture))
}

// listed are the versions of a layer that a caller may use and a filter takes, the newest first.
func listed(scope state.Scope, n name, l *definition.Layer, f filter) []version {
	var all []version
	for digits, stored := range l.Versions {
		number, err := strconv.ParseInt(digits, 10, 64)
		if v := (version{n, number}); err == nil && f.takes(stored) && mayUse(scope, v, stored) {
			all = append(all, v)
		}
	}
	slices.SortFunc(all, func(a, b version) int { return cmp.Compare(b.number, a.number) })
	return all
}

// listLayers lists the layers of the caller by name, each with its newest version that matches.
func (o *Operations) listLayers(ctx context.Context, in *wire.ListLayersRequest) (*wire.ListLayersResponse, error) {
	f := filter{in.CompatibleRuntime, in.CompatibleArchitecture}
	if err := f.check(); err != nil {
		return nil, err
	}
	scope, err := state.ScopeOf(ctx)
	if err != nil {
		return nil, err
	}
	all, err := o.state.Layers.All(ctx, scope.Prefix())
	if err != nil {
		return nil, err
	}
	items := []wire.LayersListItem{}
	for _, item := range all {
		n := name{scope.AccountID, scope.Region, item.Value.Name}
		versions := listed(scope, n, item.Value, f)
		if len(versions) == 0 {
			continue
		}
		newest := showListed(versions[0], item.Value.Versions[versions[0].digits()])
		items = append(items, wire.LayersListItem{LayerName: wire.Ptr(n.layer), LayerArn: wire.Ptr(n.arn()), LatestMatchingVersion: &newest})
	}
	page, next, err := wire.Page(items, func(i wire.LayersListItem) string { return *i.LayerName }, in.MaxItems, in.Marker)
	return &wire.ListLayersResponse{Layers: page, NextMarker: next}, err
}

// listVersions lists the versions of a layer, the newest first: none of a layer that does not exist. Recorded. Of a layer of another
// account those are listed that the caller may use (unconfirmed).
func (o *Operations) listVersions(ctx context.Context, in *wire.ListLayerVersionsRequest) (*wire.ListLayerVersionsResponse, error) {
	f := filter{in.CompatibleRuntime, in.CompatibleArchitecture}
	if err := f.check(); err != nil {
		return nil, err
	}
	scope, n, err := named(ctx, in.LayerName)
	if err != nil {
		return nil, err
	}
	l, err := o.state.Layers.Get(ctx, n.key())
	if errors.Is(err, engine.ErrNotFound) {
		l, err = new(definition.Layer), nil
	}
	if err != nil {
		return nil, err
	}
	page, next, err := wire.Page(listed(scope, n, l, f), func(v version) string { return fmt.Sprintf("%019d", math.MaxInt64-v.number) }, in.MaxItems, in.Marker)
	out := &wire.ListLayerVersionsResponse{LayerVersions: []wire.LayerVersionsListItem{}, NextMarker: next}
	for _, v := range page {
		out.LayerVersions = append(out.LayerVersions, showListed(v, l.Versions[v.digits()]))
	}
	return out, err
}
