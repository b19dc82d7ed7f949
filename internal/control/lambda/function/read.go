package function

import (
	"context"
	"errors"

	"github.com/gatehouse-gateway/gatehouse/internal/control/caller"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/configuration"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/ident"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/state"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/functions"
)

// getFunction shows a version with where its code is, and what belongs to the whole function.
func (o *Operations) getFunction(ctx context.Context, in *wire.GetFunctionRequest) (*wire.GetFunctionResponse, error) {
	doc, v, shown, err := o.read(ctx, in.FunctionName, in.Qualifier)
	if err != nil {
		return nil, err
	}
	c, _ := caller.From(ctx) // there is one, read needed it
	out := &wire.GetFunctionResponse{Configuration: shown, Code: &wire.FunctionCodeLocation{
		RepositoryType: wire.Ptr("S3"), Location: wire.Ptr(o.downloads.URL(c.Endpoint, v.Code.Digest)),
	}}
	if len(doc.Tags) > 0 {
		out.Tags = doc.Tags
	}
	if doc.ReservedConcurrency != nil {
		out.Concurrency = &wire.Concurrency{ReservedConcurrentExecutions: wire.Int(*doc.ReservedConcurrency)}
	}
	return out, nil
}

func (o *Operations) getFunctionConfiguration(ctx context.Context, in *wire.GetFunctionConfigurationRequest) (*wire.FunctionConfiguration, error) {
	_, _, shown, err := o.read(ctx, in.FunctionName, in.Qualifier)
	return shown, err
}

// read finds a version by any name that it has. The ARN of the answer is the one that was asked for.
func (o *Operations) read(ctx context.Context, name, qualifier *string) (*definition.Function, *definition.FunctionVersion, *wire.FunctionConfiguration, error) {
	ref, err := state.Ref(ctx, name, qualifier)
	if err != nil {
		return nil, nil, nil, err
	}
	doc, err := o.state.Get(ctx, ref, state.ErrNoFunction(ref))
	if err != nil {
		return nil, nil, nil, err
	}
	v, number, ok := state.Version(doc, ref)
	if !ok {
		return nil, nil, nil, state.ErrNoFunction(ref)
	}
	shown, err := configuration.Show(o.state.Box, doc, v, number, ref.ARN(), configuration.Settled)
	if err != nil {
		return nil, nil, nil, err
	}
	o.showFailure(ctx, ref, shown)
	return doc, v, shown, nil
}

// showFailure says of a version that cannot be invoked why.
func (o *Operations) showFailure(ctx context.Context, ref functions.Ref, shown *wire.FunctionConfiguration) {
	var res functions.Result
	defer res.Release()
	var failed *functions.StateError
	if err := o.state.Invoker.Invoke(ctx, &functions.Call{Ref: ref, Type: functions.DryRun}, &res); errors.As(err, &failed) {
		shown.State, shown.StateReason, shown.StateReasonCode = &failed.State, wire.NonZero(failed.Reason), wire.Ptr("InternalError")
	}
}

// deleteFunction deletes a function with all that belongs to it, or one version. Spec: functions B3.
func (o *Operations) deleteFunction(ctx context.Context, in *wire.DeleteFunctionRequest) (*wire.None, error) {
	ref, err := state.Ref(ctx, in.FunctionName, in.Qualifier)
	if err != nil {
		return nil, err
	}
	number := ref.Qualifier
	ref.Qualifier = ""
	switch {
	case ident.IsAlias(number):
		return nil, wire.Invalid("Deletion of aliases is not currently supported.")
	case number == functions.Latest:
		return nil, wire.Invalid("$LATEST version cannot be deleted without deleting the function.")
	case number != "" && !ident.IsVersion(number):
		return nil, state.ErrNoFunction(ref)
	case number != "":
		return nil, o.deleteVersion(ctx, ref, number)
	}
	if len(ref.Name) > maxName {
		return nil, state.ErrNoFunction(ref)
	}
	if err := o.state.Functions.Delete(ctx, state.Key(ref), nil); err != nil {
		return nil, wire.OrNotFound(err, state.ErrNoFunction(ref))
	}
	o.state.Live(ctx, ref)
	return nil, nil
}

// deleteVersion deletes a published version that no alias uses. One that is not there is deleted already.
func (o *Operations) deleteVersion(ctx context.Context, ref functions.Ref, number string) error {
	_, err := o.state.Change(ctx, ref, state.ErrNoFunction(ref), func(doc *definition.Function) error {
		if names := usedBy(doc, number); names != "" {
			return wire.Conflict("Version %s of the function is used by the alias %s. Delete the alias, or point it to another version, first.", number, names)
		}
		delete(doc.Versions, number)
		delete(doc.Policies, number)
		delete(doc.EventInvoke, number)
		delete(doc.Provisioned, number)
		return nil
	})
	return err
}
