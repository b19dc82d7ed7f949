package accounts

import (
	"context"

	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/sdk"
)

// getSDKTypes lists the languages that GetSdk can generate.
func (o *Operations) getSDKTypes(_ context.Context, in *wire.GetSdkTypesRequest) (*wire.SdkTypes, error) {
	page, next, err := wire.Page(sdk.Types(), func(t sdk.Type) string { return t.ID }, in.Limit, in.Position)
	if err != nil {
		return nil, err
	}
	out := &wire.SdkTypes{Items: make([]wire.SdkType, len(page)), Position: next}
	for i, t := range page {
		out.Items[i] = sdkType(t)
	}
	return out, nil
}

func (o *Operations) getSDKType(_ context.Context, in *wire.GetSdkTypeRequest) (*wire.SdkType, error) {
	for _, t := range sdk.Types() {
		if t.ID == wire.Value(in.Id) {
			return wire.Ptr(sdkType(t)), nil
		}
	}
	return nil, wire.NotFound("Invalid SDK type specified: %s", wire.Value(in.Id)) // (unconfirmed)
}

func sdkType(t sdk.Type) wire.SdkType {
	return wire.SdkType{Id: &t.ID, FriendlyName: &t.FriendlyName, Description: &t.Description, ConfigurationProperties: []wire.SdkConfigurationProperty{}}
}
