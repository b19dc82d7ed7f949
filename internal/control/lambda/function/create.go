package function

import (
	"context"
	"errors"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/awsproto"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/code"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/configuration"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/settings"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/state"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/engine"
	"github.com/gatehouse-gateway/gatehouse/internal/functions"
)

// maxName is the longest name of a function. Spec: functions B1.
const maxName = 64

// createFunction makes a function that can be invoked when the call is answered, although the answer says Pending.
func (o *Operations) createFunction(ctx context.Context, in *wire.CreateFunctionRequest) (*wire.FunctionConfiguration, error) {
	ref, err := newName(ctx, in.FunctionName)
	if err != nil {
		return nil, err
	}
	if err := o.checkNew(in); err != nil {
		return nil, err
	}
	if err := o.checkVariables(in.Environment); err != nil {
		return nil, err
	}
	zip, err := o.readCode(ctx, ref.Region, in.Code)
	if err != nil {
		return nil, err
	}
	doc := &definition.Function{AccountID: ref.AccountID, Region: ref.Region, Name: ref.Name, Latest: configuration.Defaults(), Tags: in.Tags}
	v := &doc.Latest
	if err := configuration.Apply(o.state.Box, doc, v, configuration.OfCreate(in)); err != nil {
		return nil, err
	}
	if in.Architectures != nil {
		v.Architectures = in.Architectures
	}
	layers, unpin, err := o.layers.Resolve(ctx, in.Layers)
	defer unpin()
	if err != nil {
		return nil, err
	}
	stored, release, err := code.Store(ctx, o.state, zip)
	defer release()
	if err != nil {
		return nil, err
	}
	v.Code, v.Layers = stored, layers
	if err := code.CheckTogether(ctx, o.state, v); err != nil {
		return nil, err
	}
	o.touch(v)
	number := functions.Latest
	if wire.Value(in.Publish) {
		number, _ = o.publish(doc, nil)
	}
	err = o.state.Functions.Create(ctx, state.Key(ref), doc)
	if errors.Is(err, engine.ErrExists) {
		return nil, wire.Conflict("Function already exist: %s", ref.Name)
	}
	if err != nil {
		return nil, err
	}
	o.state.Live(ctx, ref)
	out, err := configuration.Show(o.state.Box, doc, v, number, ref.ARN(), configuration.Created)
	if err != nil {
		return nil, err
	}
	return configuration.Passing(out), nil
}

// newName reads the name of a new function. A qualifier in it is without meaning. Recorded.
func newName(ctx context.Context, name *string) (functions.Ref, error) {
	ref, err := state.Ref(ctx, name, nil)
	if err != nil {
		return ref, err
	}
	if len(ref.Name) > maxName {
		return ref, wire.Invalid("1 validation error detected: Value '%s' at 'functionName' failed to satisfy constraint: Member must have length less than or equal to %d", wire.Value(name), maxName)
	}
	ref.Qualifier = ""
	return ref, nil
}

// checkNew refuses what a new function cannot have.
func (o *Operations) checkNew(in *wire.CreateFunctionRequest) error {
	switch {
	case wire.Value(in.PackageType) == "Image":
		return wire.Unsupported("PackageType Image")
	case in.CodeSigningConfigArn != nil:
		return wire.Unsupported("CodeSigningConfigArn")
	case in.TenancyConfig != nil:
		return wire.Unsupported("TenancyConfig")
	case in.PublishTo != nil:
		return wire.Unsupported("PublishTo")
	}
	members := configuration.OfCreate(in)
	if err := configuration.CheckSupported(members); err != nil {
		return err
	}
	if err := configuration.CheckDeadLetter(o.state.AWS, members); err != nil {
		return err
	}
	if wire.Value(in.Runtime) == "" || strings.TrimSpace(wire.Value(in.Handler)) == "" {
		return wire.Invalid("Runtime and Handler are mandatory parameters for functions created with deployment packages.")
	}
	return settings.CheckTags(in.Tags)
}

// touch marks a version as changed now.
func (o *Operations) touch(v *definition.FunctionVersion) {
	v.LastModified, v.RevisionID = o.state.Now().UTC(), state.NewRevision()
}

// checkRevision refuses a change of another revision than the client knows.
func checkRevision(known *string, v *definition.FunctionVersion) *awsproto.Error {
	if wire.Value(known) != "" && *known != v.RevisionID {
		return wire.Precondition("GetFunction/GetAlias")
	}
	return nil
}
