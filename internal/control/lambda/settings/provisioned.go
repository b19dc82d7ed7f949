package settings

import (
	"context"
	"maps"
	"slices"

	"github.com/gatehouse-gateway/gatehouse/awsproto"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/configuration"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/ident"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/state"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/functions"
)

// The states of provisioned concurrency.
const (
	inProgress = "IN_PROGRESS"
	ready      = "READY"
	notReady   = "FAILED"
)

// putProvisioned sets how many environments of a version or an alias are kept ready. The answer never counts any: that is what
// the recorded one does, however fast they are. Spec: functions D1.
func (o *Operations) putProvisioned(ctx context.Context, in *wire.PutProvisionedConcurrencyConfigRequest) (*wire.PutProvisionedConcurrencyConfigResponse, error) {
	ref, err := state.Ref(ctx, in.FunctionName, in.Qualifier)
	if err != nil {
		return nil, err
	}
	if ref.Qualifier == "" || ref.Qualifier == functions.Latest {
		return nil, errUnpublished
	}
	absent := errNotPublished(ref)
	n := int(*in.ProvisionedConcurrentExecutions)
	now := o.state.Now()
	o.reserving.Lock()
	defer o.reserving.Unlock()
	used, err := o.state.Usage(ctx)
	if err != nil {
		return nil, err
	}
	_, err = o.state.Change(ctx, ref, absent, func(doc *definition.Function) error {
		switch _, number, ok := state.Version(doc, ref); {
		case !ok:
			return absent
		case number == functions.Latest:
			return errUnpublished
		}
		if err := sharedVersion(doc, ref.Qualifier); err != nil {
			return err
		}
		if err := fits(doc, ref.Qualifier, n, unreserved(used, ref.Name)); err != nil {
			return err
		}
		if doc.Provisioned == nil {
			doc.Provisioned = make(map[string]*definition.FunctionProvisioned)
		}
		doc.Provisioned[ref.Qualifier] = &definition.FunctionProvisioned{Requested: n, LastModified: now}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &wire.PutProvisionedConcurrencyConfigResponse{
		RequestedProvisionedConcurrentExecutions: wire.Int(n), AllocatedProvisionedConcurrentExecutions: wire.Int(0), AvailableProvisionedConcurrentExecutions: wire.Int(0),
		Status: wire.Ptr(inProgress), LastModified: wire.Time(now),
	}, nil
}

var errUnpublished = wire.Invalid("Provisioned Concurrency Configs cannot be applied to unpublished function versions.")

// errNotPublished is the answer to a version or alias that does not exist. Recorded.
func errNotPublished(ref functions.Ref) error {
	if ident.IsAlias(ref.Qualifier) {
		return state.ErrNoAlias(ref)
	}
	return state.ErrNoFunction(ref)
}

// sharedVersion refuses environments for a version by two ways.
func sharedVersion(doc *definition.Function, qualifier string) error {
	if a := doc.Aliases[qualifier]; a != nil {
		if doc.Provisioned[a.Version] != nil {
			return wire.Conflict("Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version")
		}
		return nil
	}
	for name, a := range doc.Aliases {
		if a.Version == qualifier && doc.Provisioned[name] != nil {
			return wire.Conflict("Version is pointed by a Provisioned Concurrency alias")
		}
	}
	return nil
}

// fits refuses more than a function or its account may have; free is what the account has besides. Recorded.
func fits(doc *definition.Function, qualifier string, n int, free int64) error {
	others := doc.ProvisionedTotal()
	if p := doc.Provisioned[qualifier]; p != nil {
		others -= p.Requested
	}
	switch total := int64(others + n); {
	case doc.ReservedConcurrency != nil && total > int64(*doc.ReservedConcurrency):
		return wire.Invalid("Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function")
	case doc.ReservedConcurrency != nil:
		return nil
	case total > free:
		return wire.Untyped("Specified ConcurrentExecutions for function is greater than account's unreserved concurrency [%d].", free-int64(others))
	case total > free-minUnreserved:
		return wire.Untyped("Specified ConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [%d].", minUnreserved)
	}
	return nil
}

func (o *Operations) getProvisioned(ctx context.Context, in *wire.GetProvisionedConcurrencyConfigRequest) (*wire.GetProvisionedConcurrencyConfigResponse, error) {
	ref, doc, err := o.published(ctx, in.FunctionName, in.Qualifier)
	if err != nil {
		return nil, err
	}
	stored := doc.Provisioned[ref.Qualifier]
	if stored == nil {
		return nil, awsproto.NewError(404, "ProvisionedConcurrencyConfigNotFoundException", "No Provisioned Concurrency Config found for this function")
	}
	item := o.showProvisioned(doc, ref.Qualifier, stored)
	return &wire.GetProvisionedConcurrencyConfigResponse{
		RequestedProvisionedConcurrentExecutions: item.RequestedProvisionedConcurrentExecutions, AllocatedProvisionedConcurrentExecutions: item.AllocatedProvisionedConcurrentExecutions,
		AvailableProvisionedConcurrentExecutions: item.AvailableProvisionedConcurrentExecutions, Status: item.Status, StatusReason: item.StatusReason, LastModified: item.LastModified,
	}, nil
}

// showProvisioned says how many environments are ready at this moment.
func (o *Operations) showProvisioned(doc *definition.Function, qualifier string, stored *definition.FunctionProvisioned) *wire.ProvisionedConcurrencyConfigListItem {
	n, failure := o.state.Invoker.Allocated(functions.Ref{AccountID: doc.AccountID, Region: doc.Region, Name: doc.Name, Qualifier: qualifier})
	out := &wire.ProvisionedConcurrencyConfigListItem{
		FunctionArn: wire.Ptr(configuration.ARN(doc, qualifier)), RequestedProvisionedConcurrentExecutions: wire.Int(stored.Requested),
		AllocatedProvisionedConcurrentExecutions: wire.Int(n), AvailableProvisionedConcurrentExecutions: wire.Int(n),
		Status: wire.Ptr(inProgress), LastModified: wire.Time(stored.LastModified),
	}
	switch {
	case n == stored.Requested:
		out.Status = wire.Ptr(ready)
	case failure != "":
		out.Status, out.StatusReason = wire.Ptr(notReady), &failure
	}
	return out
}

func (o *Operations) deleteProvisioned(ctx context.Context, in *wire.DeleteProvisionedConcurrencyConfigRequest) (*wire.None, error) {
	ref, doc, err := o.published(ctx, in.FunctionName, in.Qualifier)
	if err != nil || doc.Provisioned[ref.Qualifier] == nil {
		return nil, err
	}
	_, err = o.state.Change(ctx, ref, errNotPublished(ref), func(doc *definition.Function) error {
		delete(doc.Provisioned, ref.Qualifier)
		return nil
	})
	return nil, err
}

// published finds a published version or an alias. Recorded.
func (o *Operations) published(ctx context.Context, name, qualifier *string) (functions.Ref, *definition.Function, error) {
	ref, err := state.Ref(ctx, name, qualifier)
	if err != nil {
		return ref, nil, err
	}
	if ref.Qualifier == "" || ref.Qualifier == functions.Latest {
		return ref, nil, wire.Invalid("The function resource provided must be an alias or a published version.")
	}
	absent := errNotPublished(ref)
	doc, err := o.state.Get(ctx, ref, absent)
	if err != nil {
		return ref, nil, err
	}
	if _, _, ok := state.Version(doc, ref); !ok {
		return ref, nil, absent
	}
	return ref, doc, nil
}

func (o *Operations) listProvisioned(ctx context.Context, in *wire.ListProvisionedConcurrencyConfigsRequest) (*wire.ListProvisionedConcurrencyConfigsResponse, error) {
	ref, err := state.Ref(ctx, in.FunctionName, nil)
	if err != nil {
		return nil, err
	}
	ref.Qualifier = ""
	doc, err := o.state.Get(ctx, ref, state.ErrNoFunction(ref))
	if err != nil {
		return nil, err
	}
	page, next, err := wire.Page(slices.Sorted(maps.Keys(doc.Provisioned)), func(qualifier string) string { return qualifier }, in.MaxItems, in.Marker)
	if err != nil {
		return nil, err
	}
	out := &wire.ListProvisionedConcurrencyConfigsResponse{ProvisionedConcurrencyConfigs: []wire.ProvisionedConcurrencyConfigListItem{}, NextMarker: next}
	for _, qualifier := range page {
		out.ProvisionedConcurrencyConfigs = append(out.ProvisionedConcurrencyConfigs, *o.showProvisioned(doc, qualifier, doc.Provisioned[qualifier]))
	}
	return out, nil
}
