package function

import (
	"context"
	"errors"
	"log/slog"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/state"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/engine"
)

// listFunctions lists the functions of the caller by name, with FunctionVersion ALL each with its versions.
func (o *Operations) listFunctions(ctx context.Context, in *wire.ListFunctionsRequest) (*wire.ListFunctionsResponse, error) {
	scope, err := state.ScopeOf(ctx)
	if err != nil {
		return nil, err
	}
	out := &wire.ListFunctionsResponse{Functions: []wire.FunctionConfiguration{}}
	if region := wire.Value(in.MasterRegion); region != "" && region != "ALL" && region != scope.Region {
		return out, nil // nothing is replicated from elsewhere
	}
	list := o.page
	if in.FunctionVersion != nil {
		list = o.pageOfVersions
	}
	page, next, err := list(ctx, scope, in.MaxItems, in.Marker)
	if err != nil {
		return nil, err
	}
	out.NextMarker = next
	out.Functions, err = o.showAll(out.Functions, page)
	return out, err
}

// page reads the functions of one page. Those that went meanwhile are left out, and those that are damaged.
func (o *Operations) page(ctx context.Context, scope state.Scope, maxItems *int64, marker *string) (page []listing, next *string, err error) {
	entries, _, err := o.state.Functions.Entries(ctx, scope.Prefix())
	if err != nil {
		return nil, nil, err
	}
	entries, next, err = wire.Page(entries, func(e engine.Entry) string { return strings.TrimPrefix(e.Key, scope.Prefix()) }, maxItems, marker)
	if err != nil {
		return nil, nil, err
	}
	for _, e := range entries {
		doc, err := o.state.Functions.Get(ctx, e.Key)
		switch {
		case errors.Is(err, engine.ErrNotFound):
		case errors.Is(err, engine.ErrCorrupt):
			slog.ErrorContext(ctx, "a stored function cannot be read", "function", e.Key, "error", err)
		case err != nil:
			return nil, nil, err
		default:
			page = append(page, listed(doc, false)...)
		}
	}
	return page, next, nil
}

// pageOfVersions reads all functions: a page of versions has no key of its own in the store.
func (o *Operations) pageOfVersions(ctx context.Context, scope state.Scope, maxItems *int64, marker *string) (page []listing, next *string, err error) {
	items, err := o.state.Functions.All(ctx, scope.Prefix())
	if err != nil {
		return nil, nil, err
	}
	var all []listing
	for _, item := range items {
		all = append(all, listed(item.Value, true)...)
	}
	return wire.Page(all, listing.key, maxItems, marker)
}
