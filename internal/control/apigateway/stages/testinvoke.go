package stages

import (
	"context"
	"errors"

	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/restapi"
)

// testInvokeMethod runs a method of the draft through the pipeline. Spec: control-plane 11.1.
func (o *Operations) testInvokeMethod(ctx context.Context, in *wire.TestInvokeMethodRequest) (*wire.TestInvokeMethodResponse, error) {
	errNoResource := wire.NotFound("Invalid Resource identifier specified")
	doc, err := o.state.API(ctx, in.RestApiId, errNoResource)
	if err != nil {
		return nil, err
	}
	result, err := restapi.TestInvoke(ctx, o.state.Env(doc.AccountID, doc.Region), doc.API, *in.ResourceId, *in.HttpMethod, restapi.TestRequest{
		PathWithQueryString: wire.Value(in.PathWithQueryString), Body: wire.Value(in.Body), Headers: in.Headers,
		MultiValueHeaders: in.MultiValueHeaders, StageVariables: in.StageVariables, ClientCertificateID: wire.Value(in.ClientCertificateId),
	})
	switch problems := definition.ProblemsOf(err); {
	case errors.Is(err, restapi.ErrUnknownResource):
		return nil, errNoResource
	case errors.Is(err, restapi.ErrUnknownMethod):
		return nil, wire.NotFound("Invalid Method identifier specified")
	case errors.Is(err, restapi.ErrUnknownClientCertificate):
		return nil, wire.NotFound("Invalid Client Certificate ID specified")
	case len(problems) > 0:
		return nil, refusal(cannotBeServed, problems)
	case err != nil:
		return nil, err
	}
	return &wire.TestInvokeMethodResponse{
		Status: wire.Int(result.Status), Body: &result.Body, Headers: wire.Always(result.Headers),
		MultiValueHeaders: wire.Always(result.MultiValueHeaders), Log: &result.Log, Latency: wire.Ptr(result.Latency.Milliseconds()),
	}, nil
}

// testInvokeAuthorizer asks an authorizer of the draft. Spec: control-plane 11.2.
func (o *Operations) testInvokeAuthorizer(ctx context.Context, in *wire.TestInvokeAuthorizerRequest) (*wire.TestInvokeAuthorizerResponse, error) {
	doc, err := o.state.API(ctx, in.RestApiId, nil)
	if err != nil {
		return nil, err
	}
	result, err := restapi.TestAuthorizer(ctx, o.state.Env(doc.AccountID, doc.Region), doc.API, *in.AuthorizerId, restapi.TestRequest{
		PathWithQueryString: wire.Value(in.PathWithQueryString), Body: wire.Value(in.Body), Headers: in.Headers,
		MultiValueHeaders: in.MultiValueHeaders, StageVariables: in.StageVariables,
	}, in.AdditionalContext)
	switch problems := definition.ProblemsOf(err); {
	case errors.Is(err, restapi.ErrUnknownAuthorizer):
		return nil, wire.NotFound("Invalid Authorizer identifier specified")
	case len(problems) > 0:
		return nil, refusal("This authorizer cannot be tested", problems)
	case err != nil:
		return nil, err
	}
	return &wire.TestInvokeAuthorizerResponse{
		ClientStatus: wire.Int(result.Status), Log: &result.Log, Latency: wire.Ptr(result.Latency.Milliseconds()),
		PrincipalId: wire.NonZero(result.PrincipalID), Policy: wire.NonZero(result.Policy),
		Authorization: wire.Always[[]string](nil), Claims: wire.Always[string](nil),
	}, nil
}
