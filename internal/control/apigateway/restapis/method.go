package restapis

import (
	"context"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
)

// verbs are what a method can be called, in the order of the service's message.
var verbs = []string{"GET", "PUT", "POST", "DELETE", "PATCH", "OPTIONS", "HEAD", "ANY"}

// Authorization types.
const (
	authNone    = "NONE"
	authIAM     = "AWS_IAM"
	authCustom  = "CUSTOM"
	authCognito = "COGNITO_USER_POOLS"
)

func (o *Operations) putMethod(ctx context.Context, in *wire.PutMethodRequest) (*wire.Method, error) {
	doc, err := o.state.ChangeAPI(ctx, in.RestApiId, errNoResource, func(d *document) error {
		r, err := findResource(d, in.ResourceId)
		if err != nil {
			return err
		}
		verb := wire.Value(in.HttpMethod)
		if !slices.Contains(verbs, verb) {
			return wire.BadRequest("Invalid HttpMethod specified. Valid options are %s", join(verbs))
		}
		if r.Methods[verb] != nil {
			return wire.Conflict("Method already exists for this resource")
		}
		m := &definition.Method{
			HTTPMethod: verb, AuthorizationType: wire.Value(in.AuthorizationType), AuthorizerID: wire.Value(in.AuthorizerId),
			AuthorizationScopes: wire.NonEmpty(in.AuthorizationScopes), APIKeyRequired: wire.Value(in.ApiKeyRequired),
			OperationName: wire.Value(in.OperationName), RequestValidatorID: wire.Value(in.RequestValidatorId),
			RequestModels: wire.NonEmptyMap(in.RequestModels), RequestParameters: wire.NonEmptyMap(in.RequestParameters),
		}
		if err := checkMethod(d.API, m); err != nil {
			return err
		}
		if r.Methods == nil {
			r.Methods = make(map[string]*definition.Method)
		}
		r.Methods[verb] = m
		return nil
	})
	if err != nil {
		return nil, err
	}
	return method(doc.API.Resources[*in.ResourceId].Methods[*in.HttpMethod]), nil
}

// checkMethod checks what a method refers to. Spec: control-plane 8.3.
func checkMethod(api *definition.RestAPI, m *definition.Method) error {
	if err := checkAuthorization(api, m); err != nil {
		return err
	}
	if m.RequestValidatorID != "" && api.RequestValidators[m.RequestValidatorID] == nil {
		return wire.BadRequest("Invalid Request Validator identifier specified")
	}
	for _, media := range slices.Sorted(maps.Keys(m.RequestModels)) {
		if err := checkModelName(api, m.RequestModels[media]); err != nil {
			return err
		}
	}
	return checkParameters(m.RequestParameters)
}

func checkModelName(api *definition.RestAPI, name string) error {
	if api.Models[name] == nil {
		return wire.BadRequest("Invalid model identifier specified: %s", name)
	}
	return nil
}

// checkAuthorization checks type and authorizer; an authorizer that the type does not use is dropped.
func checkAuthorization(api *definition.RestAPI, m *definition.Method) error {
	switch m.AuthorizationType {
	case authNone, authIAM:
		m.AuthorizerID = ""
		return nil
	case authCustom, authCognito:
		a := api.Authorizers[m.AuthorizerID]
		if a != nil && (a.Type == authCognito) == (m.AuthorizationType == authCognito) {
			return nil
		}
		return wire.BadRequest("Invalid authorizer ID specified. Setting the authorization type to CUSTOM or COGNITO_USER_POOLS requires a valid authorizer.")
	}
	return wire.BadRequest("Invalid authorization type specified. Valid options are NONE,AWS_IAM,CUSTOM,COGNITO_USER_POOLS") // (unconfirmed)
}

// requestParameter is a parameter of a method request.
var requestParameter = regexp.MustCompile(`^method\.request\.(path|querystring|multivaluequerystring|header|multivalueheader)\.([a-zA-Z0-9!#$%&'*+\-.^_` + "`" + `|~:]+)$`)

// checkParameters checks the names of request parameters. Spec: control-plane 8.3, rest-api 5.
func checkParameters(parameters map[string]bool) error {
	places := make(map[string]string, len(parameters))
	for _, name := range slices.Sorted(maps.Keys(parameters)) {
		parts := requestParameter.FindStringSubmatch(name)
		if parts == nil {
			return wire.BadRequest("Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression specified: %s]", name)
		}
		place := strings.TrimPrefix(parts[1], "multivalue")
		if other, ok := places[parts[2]]; ok && other != place {
			return wire.BadRequest("Parameter names must be unique across querystring, header and path")
		}
		places[parts[2]] = place
	}
	return nil
}

func (o *Operations) getMethod(ctx context.Context, in *wire.GetMethodRequest) (*wire.Method, error) {
	doc, err := o.state.API(ctx, in.RestApiId, errNoResource)
	if err != nil {
		return nil, err
	}
	_, m, err := findMethod(doc, in.ResourceId, in.HttpMethod)
	if err != nil {
		return nil, err
	}
	return method(m), nil
}

// method is a method as the service shows it.
func method(m *definition.Method) *wire.Method {
	out := &wire.Method{
		HttpMethod: &m.HTTPMethod, AuthorizationType: &m.AuthorizationType, ApiKeyRequired: &m.APIKeyRequired,
		AuthorizerId: wire.NonZero(m.AuthorizerID), AuthorizationScopes: wire.NonEmpty(m.AuthorizationScopes),
		OperationName: wire.NonZero(m.OperationName), RequestValidatorId: wire.NonZero(m.RequestValidatorID),
		RequestModels: wire.NonEmptyMap(m.RequestModels), RequestParameters: wire.NonEmptyMap(m.RequestParameters),
	}
	if m.Integration != nil {
		out.MethodIntegration = integration(m.Integration)
	}
	if len(m.Responses) > 0 {
		out.MethodResponses = make(map[string]wire.MethodResponse, len(m.Responses))
		for status, r := range m.Responses {
			out.MethodResponses[status] = *methodResponse(r)
		}
	}
	return out
}

func (o *Operations) deleteMethod(ctx context.Context, in *wire.DeleteMethodRequest) (*wire.None, error) {
	_, err := o.state.ChangeAPI(ctx, in.RestApiId, errNoResource, func(d *document) error {
		r, m, err := findMethod(d, in.ResourceId, in.HttpMethod)
		if err != nil {
			return err
		}
		delete(r.Methods, m.HTTPMethod)
		return nil
	})
	return nil, err
}

// methodPatch is a method that is patched, with its API.
type methodPatch struct {
	*definition.Method
	api *definition.RestAPI
}

func (o *Operations) updateMethod(ctx context.Context, in *wire.UpdateMethodRequest) (*wire.Method, error) {
	doc, err := o.state.ChangeAPI(ctx, in.RestApiId, errNoResource, func(d *document) error {
		_, m, err := findMethod(d, in.ResourceId, in.HttpMethod)
		if err != nil {
			return err
		}
		if err := patchMethod.Apply(&methodPatch{m, d.API}, in.PatchOperations); err != nil {
			return err
		}
		if err := checkAuthorization(d.API, m); err != nil {
			return err
		}
		return checkParameters(m.RequestParameters)
	})
	if err != nil {
		return nil, err
	}
	return method(doc.API.Resources[*in.ResourceId].Methods[*in.HttpMethod]), nil
}

// patchMethod is the table of control-plane 7.13.
var patchMethod = wire.Table[methodPatch]{Family: wire.Plain, Rows: []wire.Row[methodPatch]{
	{Path: "/authorizationType", Replace: wire.Text(func(p *methodPatch) *string { return &p.AuthorizationType })},
	{Path: "/authorizerId", Replace: wire.Text(func(p *methodPatch) *string { return &p.AuthorizerID })},
	{Path: "/apiKeyRequired", Replace: wire.Truth(func(p *methodPatch) *bool { return &p.APIKeyRequired })},
	{Path: "/operationName", Replace: wire.Text(func(p *methodPatch) *string { return &p.OperationName })},
	{Path: "/requestValidatorId", Replace: func(p *methodPatch, op wire.Op) error {
		if op.Text() != "" && p.api.RequestValidators[op.Text()] == nil {
			return wire.BadRequest("Invalid Request Validator identifier specified")
		}
		p.RequestValidatorID = op.Text()
		return nil
	}},
	{Path: "/authorizationScopes", Add: addScope, Replace: replaceScopes, Remove: removeScope},
	{Path: "/requestParameters/*", Add: setParameter, Replace: setParameter, Remove: func(p *methodPatch, op wire.Op) error {
		delete(p.RequestParameters, op.Last())
		return nil
	}},
	{Path: "/requestModels/*", Add: setModel, Replace: setModel, Remove: func(p *methodPatch, op wire.Op) error {
		delete(p.RequestModels, op.Last())
		return nil
	}},
}}

func addScope(p *methodPatch, op wire.Op) error {
	if op.Text() != "" && !slices.Contains(p.AuthorizationScopes, op.Text()) {
		p.AuthorizationScopes = append(p.AuthorizationScopes, op.Text())
	}
	return nil
}

// replaceScopes takes a list with commas (unconfirmed).
func replaceScopes(p *methodPatch, op wire.Op) error {
	p.AuthorizationScopes = nil
	for scope := range strings.SplitSeq(op.Text(), ",") {
		if scope = strings.TrimSpace(scope); scope != "" {
			p.AuthorizationScopes = append(p.AuthorizationScopes, scope)
		}
	}
	return nil
}

func removeScope(p *methodPatch, op wire.Op) error {
	p.AuthorizationScopes = slices.DeleteFunc(p.AuthorizationScopes, func(s string) bool { return s == op.Text() })
	return nil
}

func setParameter(p *methodPatch, op wire.Op) error {
	wire.Set(&p.RequestParameters, op.Last(), op.Bool())
	return nil
}

func setModel(p *methodPatch, op wire.Op) error {
	if err := checkModelName(p.api, op.Text()); err != nil {
		return err
	}
	wire.Set(&p.RequestModels, op.Last(), op.Text())
	return nil
}
