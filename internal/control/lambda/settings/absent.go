package settings

import (
	"context"

	"github.com/gatehouse-gateway/gatehouse/awsproto"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/ident"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/state"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/functions"
)

// The operations of this file answer for things that cannot exist yet, because the operations that make them are refused: as the
// service answers for a function that has none of them.

// getCodeSigning answers an empty object. Recorded.
func (o *Operations) getCodeSigning(ctx context.Context, in *wire.GetFunctionCodeSigningConfigRequest) (*wire.GetFunctionCodeSigningConfigResponse, error) {
	_, err := o.whole(ctx, in.FunctionName)
	return new(wire.GetFunctionCodeSigningConfigResponse), err
}

func (o *Operations) deleteCodeSigning(ctx context.Context, in *wire.DeleteFunctionCodeSigningConfigRequest) (*wire.None, error) {
	_, err := o.whole(ctx, in.FunctionName)
	return nil, err
}

func (o *Operations) listCodeSigning(context.Context, *wire.ListCodeSigningConfigsRequest) (*wire.ListCodeSigningConfigsResponse, error) {
	return &wire.ListCodeSigningConfigsResponse{CodeSigningConfigs: []wire.CodeSigningConfig{}}, nil
}

// exists returns notFound for a function that is not there; nil: the usual words.
func (o *Operations) exists(ctx context.Context, name *string, notFound error) error {
	ref, err := state.Ref(ctx, name, nil)
	if err != nil {
		return err
	}
	ref.Qualifier = ""
	if notFound == nil {
		notFound = state.ErrNoFunction(ref)
	}
	_, err = o.state.Get(ctx, ref, notFound)
	return err
}

func errNoURL(ctx context.Context, name, qualifier *string) error {
	if _, err := state.Ref(ctx, name, qualifier); err != nil {
		return err
	}
	return wire.ErrNoResource
}

func (o *Operations) getURL(ctx context.Context, in *wire.GetFunctionUrlConfigRequest) (*wire.GetFunctionUrlConfigResponse, error) {
	return nil, errNoURL(ctx, in.FunctionName, in.Qualifier)
}

func (o *Operations) deleteURL(ctx context.Context, in *wire.DeleteFunctionUrlConfigRequest) (*wire.None, error) {
	return nil, errNoURL(ctx, in.FunctionName, in.Qualifier)
}

func (o *Operations) listURLs(ctx context.Context, in *wire.ListFunctionUrlConfigsRequest) (*wire.ListFunctionUrlConfigsResponse, error) {
	err := o.exists(ctx, in.FunctionName, wire.NotFound("Function does not exist"))
	return &wire.ListFunctionUrlConfigsResponse{FunctionUrlConfigs: []wire.FunctionUrlConfig{}}, err
}

func (o *Operations) getProvisioned(ctx context.Context, in *wire.GetProvisionedConcurrencyConfigRequest) (*wire.GetProvisionedConcurrencyConfigResponse, error) {
	if err := o.published(ctx, in.FunctionName, in.Qualifier); err != nil {
		return nil, err
	}
	return nil, awsproto.NewError(404, "ProvisionedConcurrencyConfigNotFoundException", "No Provisioned Concurrency Config found for this function")
}

func (o *Operations) deleteProvisioned(ctx context.Context, in *wire.DeleteProvisionedConcurrencyConfigRequest) (*wire.None, error) {
	return nil, o.published(ctx, in.FunctionName, in.Qualifier)
}

// published checks that a qualifier is a published version or an alias. Recorded.
func (o *Operations) published(ctx context.Context, name, qualifier *string) error {
	ref, err := state.Ref(ctx, name, qualifier)
	if err != nil {
		return err
	}
	if ref.Qualifier == "" || ref.Qualifier == functions.Latest {
		return wire.Invalid("The function resource provided must be an alias or a published version.")
	}
	absent := state.ErrNoFunction(ref)
	if ident.IsAlias(ref.Qualifier) {
		absent = state.ErrNoAlias(ref)
	}
	doc, err := o.state.Get(ctx, ref, absent)
	if err != nil {
		return err
	}
	if _, _, ok := state.Version(doc, ref); !ok {
		return absent
	}
	return nil
}

func (o *Operations) listProvisioned(ctx context.Context, in *wire.ListProvisionedConcurrencyConfigsRequest) (*wire.ListProvisionedConcurrencyConfigsResponse, error) {
	err := o.exists(ctx, in.FunctionName, nil)
	return &wire.ListProvisionedConcurrencyConfigsResponse{ProvisionedConcurrencyConfigs: []wire.ProvisionedConcurrencyConfigListItem{}}, err
}

func (o *Operations) listLayers(context.Context, *wire.ListLayersRequest) (*wire.ListLayersResponse, error) {
	return &wire.ListLayersResponse{Layers: []wire.LayersListItem{}}, nil
}

// listLayerVersions answers an empty list for a layer that does not exist. Recorded.
func (o *Operations) listLayerVersions(context.Context, *wire.ListLayerVersionsRequest) (*wire.ListLayerVersionsResponse, error) {
	return &wire.ListLayerVersionsResponse{LayerVersions: []wire.LayerVersionsListItem{}}, nil
}
