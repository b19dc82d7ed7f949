package restapis

import (
	"context"
	"maps"
	"slices"

	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/openapi"
	"github.com/gatehouse-gateway/gatehouse/javaregex"
)

// putIntegrationResponse replaces what is there: that is no conflict. Recorded.
func (o *Operations) putIntegrationResponse(ctx context.Context, in *wire.PutIntegrationResponseRequest) (*wire.IntegrationResponse, error) {
	var out *definition.IntegrationResponse
	_, err := o.state.ChangeAPI(ctx, in.RestApiId, errNoResource, func(d *document) error {
		m, i, err := findIntegration(d, in.ResourceId, in.HttpMethod)
		if err != nil {
			return err
		}
		out = &definition.IntegrationResponse{
			StatusCode: *in.StatusCode, SelectionPattern: wire.Value(in.SelectionPattern), EmptyPattern: in.SelectionPattern != nil && *in.SelectionPattern == "",
			ResponseParameters: in.ResponseParameters, ResponseTemplates: in.ResponseTemplates, ContentHandling: wire.Value(in.ContentHandling),
		}
		wire.Set(&i.Responses, out.StatusCode, out)
		return o.checkIntegrationResponse(m, out)
	})
	if err != nil {
		return nil, err
	}
	return integrationResponse(out), nil
}

func (o *Operations) checkIntegrationResponse(m *definition.Method, r *definition.IntegrationResponse) error {
	for _, target := range slices.Sorted(maps.Keys(r.ResponseParameters)) {
		if wrong := openapi.CheckResponseMapping(m.Responses[r.StatusCode], target, r.ResponseParameters[target]); wrong != "" {
			return wire.BadRequest("%s", wrong)
		}
	}
	if r.SelectionPattern != "" {
		if _, err := javaregex.Compile(r.SelectionPattern); err != nil {
			return wire.BadRequest("Invalid selection pattern specified: %v", err) // (unconfirmed)
		}
	}
	// Templates arrive in an object, whose order JSON does not keep: "the first template" is the first by name.
	r.TemplateOrder = slices.Sorted(maps.Keys(r.ResponseTemplates))
	return o.checkTemplates(r.ResponseTemplates)
}

func findIntegrationResponse(d *document, resourceID, verb, status *string) (*definition.Method, *definition.IntegrationResponse, error) {
	m, i, err := findIntegration(d, resourceID, verb)
	if err != nil {
		return nil, nil, err
	}
	if r := i.Responses[wire.Value(status)]; r != nil {
		return m, r, nil
	}
	return nil, nil, errNoStatus
}

func (o *Operations) getIntegrationResponse(ctx context.Context, in *wire.GetIntegrationResponseRequest) (*wire.IntegrationResponse, error) {
	doc, err := o.state.API(ctx, in.RestApiId, errNoResource)
	if err != nil {
		return nil, err
	}
	_, r, err := findIntegrationResponse(doc, in.ResourceId, in.HttpMethod, in.StatusCode)
	if err != nil {
		return nil, err
	}
	return integrationResponse(r), nil
}

// integrationResponse is an integration response as it was sent. Spec: control-plane 8.5, recorded.
func integrationResponse(r *definition.IntegrationResponse) *wire.IntegrationResponse {
	out := &wire.IntegrationResponse{
		StatusCode: &r.StatusCode, SelectionPattern: wire.NonZero(r.SelectionPattern), ResponseParameters: r.ResponseParameters,
		ResponseTemplates: r.ResponseTemplates, ContentHandling: wire.NonZero(r.ContentHandling),
	}
	if r.EmptyPattern && r.SelectionPattern == "" {
		out.SelectionPattern = wire.Ptr("")
	}
	return out
}

// deleteIntegrationResponse answers an unknown method like one without integration. Spec: control-plane 3.3, recorded.
func (o *Operations) deleteIntegrationResponse(ctx context.Context, in *wire.DeleteIntegrationResponseRequest) (*wire.None, error) {
	_, err := o.state.ChangeAPI(ctx, in.RestApiId, errNoResource, func(d *document) error {
		r, err := findResource(d, in.ResourceId)
		if err != nil {
			return err
		}
		if r.Methods[wire.Value(in.HttpMethod)] == nil {
			return errNoIntegration
		}
		m, resp, err := findIntegrationResponse(d, in.ResourceId, in.HttpMethod, in.StatusCode)
		if err != nil {
			return err
		}
		delete(m.Integration.Responses, resp.StatusCode)
		return nil
	})
	return nil, err
}

func (o *Operations) updateIntegrationResponse(ctx context.Context, in *wire.UpdateIntegrationResponseRequest) (*wire.IntegrationResponse, error) {
	var out *definition.IntegrationResponse
	_, err := o.state.ChangeAPI(ctx, in.RestApiId, errNoResource, func(d *document) error {
		m, r, err := findIntegrationResponse(d, in.ResourceId, in.HttpMethod, in.StatusCode)
		if err != nil {
			return err
		}
		if err := patchIntegrationResponse.Apply(r, in.PatchOperations); err != nil {
			return err
		}
		if r.StatusCode != *in.StatusCode {
			delete(m.Integration.Responses, *in.StatusCode)
			m.Integration.Responses[r.StatusCode] = r
		}
		out = r
		return o.checkIntegrationResponse(m, r)
	})
	if err != nil {
		return nil, err
	}
	return integrationResponse(out), nil
}

type integrationResponseDef = definition.IntegrationResponse

// patchIntegrationResponse is the table of control-plane 7.12.
var patchIntegrationResponse = wire.Table[integrationResponseDef]{Family: wire.Plain, Rows: []wire.Row[integrationResponseDef]{
	{Path: "/selectionPattern", Replace: func(r *integrationResponseDef, op wire.Op) error {
		r.SelectionPattern, r.EmptyPattern = op.Text(), op.Value != nil && op.Text() == ""
		return nil
	}},
	{Path: "/contentHandling", Replace: replaceContentHandling(func(r *integrationResponseDef) *string { return &r.ContentHandling })},
	textMap("/responseParameters/*", func(r *integrationResponseDef) *map[string]string { return &r.ResponseParameters }),
	textMap("/responseTemplates/*", func(r *integrationResponseDef) *map[string]string { return &r.ResponseTemplates }),
	{Path: "/statusCode", Replace: func(r *integrationResponseDef, op wire.Op) error {
		if !openapi.IsStatus(op.Text()) {
			return wire.BadRequest("Invalid Response status code specified")
		}
		r.StatusCode = op.Text()
		return nil
	}},
}}
