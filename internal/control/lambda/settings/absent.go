package settings

import (
	"context"

	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/wire"
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
