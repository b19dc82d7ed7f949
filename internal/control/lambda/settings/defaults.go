package settings

import (
	"context"

	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/state"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
)

// auto is how runtimes are updated here: every function runs on the engine that the machine has.
const auto = "Auto"

func (o *Operations) getRuntimeManagement(ctx context.Context, in *wire.GetRuntimeManagementConfigRequest) (*wire.GetRuntimeManagementConfigResponse, error) {
	arn, err := o.versionARN(ctx, in.FunctionName, in.Qualifier)
	if err != nil {
		return nil, err
	}
	return &wire.GetRuntimeManagementConfigResponse{UpdateRuntimeOn: wire.Ptr(auto), FunctionArn: &arn}, nil
}

// putRuntimeManagement accepts what is so anyway: the engine of a runtime cannot be pinned.
func (o *Operations) putRuntimeManagement(ctx context.Context, in *wire.PutRuntimeManagementConfigRequest) (*wire.PutRuntimeManagementConfigResponse, error) {
	arn, err := o.versionARN(ctx, in.FunctionName, in.Qualifier)
	if err != nil {
		return nil, err
	}
	if *in.UpdateRuntimeOn != auto {
		return nil, wire.Unsupported("UpdateRuntimeOn " + *in.UpdateRuntimeOn)
	}
	if in.RuntimeVersionArn != nil {
		return nil, wire.Unsupported("RuntimeVersionArn")
	}
	return &wire.PutRuntimeManagementConfigResponse{UpdateRuntimeOn: in.UpdateRuntimeOn, FunctionArn: &arn}, nil
}

// versionARN is the ARN of a version that exists.
func (o *Operations) versionARN(ctx context.Context, name, qualifier *string) (string, error) {
	ref, err := state.Ref(ctx, name, qualifier)
	if err != nil {
		return "", err
	}
	doc, err := o.state.Get(ctx, ref, state.ErrNoFunction(ref))
	if err != nil {
		return "", err
	}
	if _, _, ok := state.Version(doc, ref); !ok {
		return "", state.ErrNoFunction(ref)
	}
	return ref.ARN(), nil
}

// terminate is the usual answer to functions that call each other in a circle.
const terminate = "Terminate"

func (o *Operations) getRecursion(ctx context.Context, in *wire.GetFunctionRecursionConfigRequest) (*wire.GetFunctionRecursionConfigResponse, error) {
	doc, err := o.whole(ctx, in.FunctionName)
	if err != nil {
		return nil, err
	}
	loop := doc.RecursiveLoop
	if loop == "" {
		loop = terminate
	}
	return &wire.GetFunctionRecursionConfigResponse{RecursiveLoop: &loop}, nil
}

func (o *Operations) putRecursion(ctx context.Context, in *wire.PutFunctionRecursionConfigRequest) (*wire.PutFunctionRecursionConfigResponse, error) {
	ref, err := state.Unqualified(ctx, in.FunctionName)
	if err != nil {
		return nil, err
	}
	_, err = o.state.Change(ctx, ref, state.ErrNoFunction(ref), func(doc *definition.Function) error {
		if doc.RecursiveLoop = *in.RecursiveLoop; doc.RecursiveLoop == terminate {
			doc.RecursiveLoop = ""
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &wire.PutFunctionRecursionConfigResponse{RecursiveLoop: in.RecursiveLoop}, nil
}
