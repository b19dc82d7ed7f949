package restapis

import (
	"context"
	"maps"
	"slices"

	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/openapi"
)

// gatewayStatuses are the response types with their own statuses, "" for none. Spec: control-plane 8.8, recorded.
var gatewayStatuses = map[string]string{
	"ACCESS_DENIED": "403", "API_CONFIGURATION_ERROR": "500", "AUTHORIZER_CONFIGURATION_ERROR": "500", "AUTHORIZER_FAILURE": "500",
	"BAD_REQUEST_BODY": "400", "BAD_REQUEST_PARAMETERS": "400", default4XX: "", default5XX: "", "EXPIRED_TOKEN": "403",
	"INTEGRATION_FAILURE": "504", "INTEGRATION_TIMEOUT": "504", "INVALID_API_KEY": "403", "INVALID_SIGNATURE": "403",
	"MISSING_AUTHENTICATION_TOKEN": "403", "QUOTA_EXCEEDED": "429", "REQUEST_TOO_LARGE": "413", "RESOURCE_NOT_FOUND": "404",
	"THROTTLED": "429", "UNAUTHORIZED": "401", "UNSUPPORTED_MEDIA_TYPE": "415", "WAF_FILTERED": "403",
}

const (
	default4XX = "DEFAULT_4XX"
	default5XX = "DEFAULT_5XX"

	gatewayMedia    = "application/json"
	gatewayTemplate = `{"message":$context.error.messageString}`
)

// untouched is a response type as it is when nobody has set it: that of its class's default, when that is set.
func untouched(api *definition.RestAPI, kind string) *definition.GatewayResponse {
	g := &definition.GatewayResponse{
		Type: kind, StatusCode: gatewayStatuses[kind], ResponseParameters: map[string]string{},
		ResponseTemplates: map[string]string{gatewayMedia: gatewayTemplate}, TemplateOrder: []string{gatewayMedia},
	}
	class := default4XX
	if g.StatusCode >= "500" {
		class = default5XX
	}
	if d := api.GatewayResponses[class]; d != nil && g.StatusCode != "" {
		if d.StatusCode != "" {
			g.StatusCode = d.StatusCode
		}
		g.ResponseParameters, g.ResponseTemplates, g.TemplateOrder = maps.Clone(d.ResponseParameters), maps.Clone(d.ResponseTemplates), slices.Clone(d.TemplateOrder)
	}
	return g
}

// shownGatewayResponse is a response type as the service shows it.
func shownGatewayResponse(api *definition.RestAPI, kind string) *wire.GatewayResponse {
	g := api.GatewayResponses[kind]
	isDefault := g == nil
	if isDefault {
		g = untouched(api, kind)
	}
	status := g.StatusCode
	if status == "" {
		status = gatewayStatuses[kind]
	}
	templates := g.ResponseTemplates
	if len(templates) == 0 {
		templates = map[string]string{gatewayMedia: gatewayTemplate}
	}
	return &wire.GatewayResponse{
		ResponseType: &kind, StatusCode: wire.NonZero(status), ResponseParameters: wire.Always(g.ResponseParameters),
		ResponseTemplates: templates, DefaultResponse: &isDefault,
	}
}

// putGatewayResponse sets a response type; what is left out returns to its default. Recorded.
func (o *Operations) putGatewayResponse(ctx context.Context, in *wire.PutGatewayResponseRequest) (*wire.GatewayResponse, error) {
	kind := *in.ResponseType
	doc, err := o.state.ChangeAPI(ctx, in.RestApiId, nil, func(d *document) error {
		g := &definition.GatewayResponse{
			Type: kind, StatusCode: wire.Value(in.StatusCode), ResponseParameters: wire.NonEmptyMap(in.ResponseParameters),
			ResponseTemplates: wire.NonEmptyMap(in.ResponseTemplates),
		}
		wire.Set(&d.API.GatewayResponses, kind, g)
		return o.checkGatewayResponse(g)
	})
	if err != nil {
		return nil, err
	}
	return shownGatewayResponse(doc.API, kind), nil
}

func (o *Operations) checkGatewayResponse(g *definition.GatewayResponse) error {
	if g.StatusCode != "" && !openapi.IsStatus(g.StatusCode) {
		return wire.BadRequest("Invalid Response status code specified")
	}
	for _, target := range slices.Sorted(maps.Keys(g.ResponseParameters)) {
		if wrong := openapi.CheckGatewayMapping(target, g.ResponseParameters[target]); wrong != "" {
			return wire.BadRequest("%s", wrong)
		}
	}
	g.TemplateOrder = slices.Sorted(maps.Keys(g.ResponseTemplates))
	return o.checkTemplates(g.ResponseTemplates)
}

func (o *Operations) getGatewayResponse(ctx context.Context, in *wire.GetGatewayResponseRequest) (*wire.GatewayResponse, error) {
	doc, err := o.state.API(ctx, in.RestApiId, nil)
	if err != nil {
		return nil, err
	}
	return shownGatewayResponse(doc.API, *in.ResponseType), nil
}

// getGatewayResponses lists all types, in the order of the alphabet. Recorded.
func (o *Operations) getGatewayResponses(ctx context.Context, in *wire.GetGatewayResponsesRequest) (*wire.GatewayResponses, error) {
	doc, err := o.state.API(ctx, in.RestApiId, nil)
	if err != nil {
		return nil, err
	}
	all := slices.Sorted(maps.Keys(gatewayStatuses))
	page, next, err := wire.Page(all, func(kind string) string { return kind }, in.Limit, in.Position)
	if err != nil {
		return nil, err
	}
	out := &wire.GatewayResponses{Items: make([]wire.GatewayResponse, len(page)), Position: next}
	for i, kind := range page {
		out.Items[i] = *shownGatewayResponse(doc.API, kind)
	}
	return out, nil
}

func (o *Operations) deleteGatewayResponse(ctx context.Context, in *wire.DeleteGatewayResponseRequest) (*wire.None, error) {
	_, err := o.state.ChangeAPI(ctx, in.RestApiId, nil, func(d *document) error {
		if d.API.GatewayResponses[*in.ResponseType] == nil {
			return wire.NotFound("Gateway response type not defined on api")
		}
		delete(d.API.GatewayResponses, *in.ResponseType)
		return nil
	})
	return nil, err
}

type gatewayResponseDef = definition.GatewayResponse

// updateGatewayResponse makes one of the default when there is none. Recorded.
func (o *Operations) updateGatewayResponse(ctx context.Context, in *wire.UpdateGatewayResponseRequest) (*wire.GatewayResponse, error) {
	kind := *in.ResponseType
	doc, err := o.state.ChangeAPI(ctx, in.RestApiId, nil, func(d *document) error {
		g := d.API.GatewayResponses[kind]
		if g == nil {
			g = untouched(d.API, kind)
			wire.Set(&d.API.GatewayResponses, kind, g)
		}
		if err := patchGatewayResponse.Apply(g, in.PatchOperations); err != nil {
			return err
		}
		return o.checkGatewayResponse(g)
	})
	if err != nil {
		return nil, err
	}
	return shownGatewayResponse(doc.API, kind), nil
}

// patchGatewayResponse is the table of control-plane 7.10.
var patchGatewayResponse = wire.Table[gatewayResponseDef]{Family: wire.Plain, Rows: []wire.Row[gatewayResponseDef]{
	{Path: "/statusCode", Strict: true, Replace: wire.Text(func(g *gatewayResponseDef) *string { return &g.StatusCode })},
	gatewayMap("/responseParameters/*", "responseParameters", errNoParameter, func(g *gatewayResponseDef) *map[string]string { return &g.ResponseParameters }),
	gatewayMap("/responseTemplates/*", "responseTemplates", errNoContentType, func(g *gatewayResponseDef) *map[string]string { return &g.ResponseTemplates }),
}}

// gatewayMap is the row of a map whose values must not be empty, and must be there to be replaced. Recorded.
func gatewayMap(path, name string, missing error, at func(*gatewayResponseDef) *map[string]string) wire.Row[gatewayResponseDef] {
	value := func(op wire.Op) error {
		if op.Text() == "" {
			return wire.BadRequest("Invalid null or empty value in %s", name)
		}
		return nil
	}
	return wire.Row[gatewayResponseDef]{
		Path: path,
		Add: func(g *gatewayResponseDef, op wire.Op) error {
			if err := value(op); err != nil {
				return err
			}
			wire.Set(at(g), op.Last(), op.Text())
			return nil
		},
		Replace: func(g *gatewayResponseDef, op wire.Op) error {
			if err := value(op); err != nil {
				return err
			}
			return replaceIn(*at(g), op.Last(), op.Text(), missing)
		},
		Remove: func(g *gatewayResponseDef, op wire.Op) error {
			delete(*at(g), op.Last())
			return nil
		},
	}
}
