package restapis

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/javaregex"
)

const (
	maxAuthorizers   = 10                                                         // per API. Spec: control-plane 19.
	maxAuthorizerTTL = 3600                                                       // seconds
	badTTL           = "Authorizer result TTL must be between 0 and 3600 seconds" // (unconfirmed)
)

func (o *Operations) createAuthorizer(ctx context.Context, in *wire.CreateAuthorizerRequest) (*wire.Authorizer, error) {
	var a *definition.Authorizer
	// An unknown API is a conflict here. Recorded.
	_, err := o.state.ChangeAPI(ctx, in.RestApiId, wire.ErrConcurrent, func(d *document) error {
		if len(d.API.Authorizers) >= maxAuthorizers {
			return wire.LimitExceeded("Maximum number of authorizers for this API has been reached. Please contact AWS if you need additional authorizers. The limit is %d.", maxAuthorizers)
		}
		a = &definition.Authorizer{
			ID:   wire.FreshID(wire.ShortIDLength, func(id string) bool { return d.API.Authorizers[id] != nil }),
			Name: *in.Name, Type: *in.Type, AuthType: cmp.Or(wire.Value(in.AuthType), defaultAuthType(*in.Type)), URI: wire.Value(in.AuthorizerUri),
			Credentials: wire.Value(in.AuthorizerCredentials), IdentitySource: wire.Value(in.IdentitySource),
			IdentityValidationExpression: wire.Value(in.IdentityValidationExpression), ProviderARNs: wire.NonEmpty(in.ProviderARNs),
		}
		if in.AuthorizerResultTtlInSeconds != nil {
			a.ResultTTL = wire.Ptr(int(*in.AuthorizerResultTtlInSeconds))
		}
		if a.Type == authCognito {
			a.Credentials = "" // ignored at creation
		}
		if err := checkAuthorizer(d.API, a); err != nil {
			return err
		}
		wire.Set(&d.API.Authorizers, a.ID, a)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return shownAuthorizer(a), nil
}

func defaultAuthType(kind string) string {
	if kind == authCognito {
		return "cognito_user_pools"
	}
	return "custom"
}

// checkAuthorizer checks an authorizer of an API. Spec: control-plane 8.6.
func checkAuthorizer(api *definition.RestAPI, a *definition.Authorizer) error {
	if a.Name == "" {
		return wire.BadRequest("Authorizer name must be non-empty") // (unconfirmed)
	}
	for _, other := range api.Authorizers {
		if other.ID != a.ID && other.Name == a.Name {
			return wire.Conflict("Authorizer name must be unique. Authorizer %s already exists in this RestApi.", a.Name)
		}
	}
	if a.ResultTTL != nil && (*a.ResultTTL < 0 || *a.ResultTTL > maxAuthorizerTTL) {
		return wire.BadRequest(badTTL)
	}
	if a.IdentityValidationExpression != "" {
		if _, err := javaregex.Compile(a.IdentityValidationExpression); err != nil {
			return wire.BadRequest("Invalid identity validation expression specified: %v", err)
		}
	}
	switch a.Type {
	case "TOKEN":
		if !strings.HasPrefix(a.IdentitySource, "method.request.header.") || strings.Contains(a.IdentitySource, ",") {
			return wire.BadRequest("Invalid Identity Source expression specified: a TOKEN authorizer needs one header, method.request.header.NAME") // (unconfirmed)
		}
		return checkAuthorizerURI(a)
	case "REQUEST":
		if a.IdentitySource == "" && (a.ResultTTL == nil || *a.ResultTTL != 0) {
			return wire.BadRequest("Identity source must be specified when caching is enabled") // (unconfirmed)
		}
		return checkAuthorizerURI(a)
	case authCognito:
		if len(a.ProviderARNs) == 0 {
			return wire.BadRequest("At least one provider ARN must be specified for an authorizer of type COGNITO_USER_POOLS") // (unconfirmed)
		}
		return nil
	}
	return wire.BadRequest("Invalid authorizer type specified. Valid options are TOKEN,REQUEST,COGNITO_USER_POOLS") // (unconfirmed)
}

func checkAuthorizerURI(a *definition.Authorizer) error {
	if !strings.HasPrefix(a.URI, "arn:") || !strings.Contains(a.URI, ":lambda:path/") {
		return wire.BadRequest("Invalid Authorizer URI: %s. Authorizer URI should be a valid API Gateway ARN that represents a Lambda function invocation.", a.URI) // (unconfirmed)
	}
	return nil
}

func findAuthorizer(d *document, id *string) (*definition.Authorizer, error) {
	if a := d.API.Authorizers[wire.Value(id)]; a != nil {
		return a, nil
	}
	return nil, errNoAuthorizer
}

func shownAuthorizer(a *definition.Authorizer) *wire.Authorizer {
	out := &wire.Authorizer{
		Id: &a.ID, Name: &a.Name, Type: &a.Type, AuthType: wire.NonZero(a.AuthType), AuthorizerUri: wire.NonZero(a.URI),
		AuthorizerCredentials: wire.NonZero(a.Credentials), IdentitySource: wire.NonZero(a.IdentitySource),
		IdentityValidationExpression: wire.NonZero(a.IdentityValidationExpression), ProviderARNs: wire.NonEmpty(a.ProviderARNs),
	}
	if a.ResultTTL != nil {
		out.AuthorizerResultTtlInSeconds = wire.Int(*a.ResultTTL)
	}
	return out
}

func (o *Operations) getAuthorizer(ctx context.Context, in *wire.GetAuthorizerRequest) (*wire.Authorizer, error) {
	doc, err := o.state.API(ctx, in.RestApiId, nil)
	if err != nil {
		return nil, err
	}
	a, err := findAuthorizer(doc, in.AuthorizerId)
	if err != nil {
		return nil, err
	}
	return shownAuthorizer(a), nil
}

func (o *Operations) getAuthorizers(ctx context.Context, in *wire.GetAuthorizersRequest) (*wire.Authorizers, error) {
	doc, err := o.state.API(ctx, in.RestApiId, nil)
	if err != nil {
		return nil, err
	}
	id := func(a *definition.Authorizer) string { return a.ID }
	page, next, err := wire.Page(wire.Sorted(doc.API.Authorizers, id), id, in.Limit, in.Position)
	if err != nil {
		return nil, err
	}
	out := &wire.Authorizers{Items: make([]wire.Authorizer, len(page)), Position: next}
	for i, a := range page {
		out.Items[i] = *shownAuthorizer(a)
	}
	return out, nil
}

// deleteAuthorizer refuses one that a method uses: GET//test is verb, slash, full path. Recorded.
func (o *Operations) deleteAuthorizer(ctx context.Context, in *wire.DeleteAuthorizerRequest) (*wire.None, error) {
	_, err := o.state.ChangeAPI(ctx, in.RestApiId, nil, func(d *document) error {
		a, err := findAuthorizer(d, in.AuthorizerId)
		if err != nil {
			return err
		}
		for r := range d.API.Ordered() {
			for _, m := range wire.Sorted(r.Methods, func(m *definition.Method) string { return m.HTTPMethod }) {
				if m.AuthorizerID == a.ID {
					return wire.Conflict("Cannot delete authorizer '%s', is referenced in method: %s/%s", a.Name, m.HTTPMethod, r.Path)
				}
			}
		}
		delete(d.API.Authorizers, a.ID)
		return nil
	})
	return nil, err
}

type authorizerPatch = definition.Authorizer

func (o *Operations) updateAuthorizer(ctx context.Context, in *wire.UpdateAuthorizerRequest) (*wire.Authorizer, error) {
	doc, err := o.state.ChangeAPI(ctx, in.RestApiId, nil, func(d *document) error {
		a, err := findAuthorizer(d, in.AuthorizerId)
		if err != nil {
			return err
		}
		if err := patchAuthorizer.Apply(a, in.PatchOperations); err != nil {
			return err
		}
		return checkAuthorizer(d.API, a)
	})
	if err != nil {
		return nil, err
	}
	return shownAuthorizer(doc.API.Authorizers[*in.AuthorizerId]), nil
}

// patchAuthorizer is the table of control-plane 7.3.
var patchAuthorizer = wire.Table[authorizerPatch]{Family: wire.Plain, Rows: []wire.Row[authorizerPatch]{
	{Path: "/name", Replace: wire.Text(func(a *authorizerPatch) *string { return &a.Name })},
	{Path: "/type", Replace: wire.Text(func(a *authorizerPatch) *string { return &a.Type })},
	{Path: "/authType", Replace: wire.Text(func(a *authorizerPatch) *string { return &a.AuthType })},
	{Path: "/authorizerUri", Replace: wire.Text(func(a *authorizerPatch) *string { return &a.URI })},
	{Path: "/authorizerCredentials", Replace: wire.Text(func(a *authorizerPatch) *string { return &a.Credentials })},
	{Path: "/identitySource", Replace: wire.Text(func(a *authorizerPatch) *string { return &a.IdentitySource })},
	{Path: "/identityValidationExpression", Replace: wire.Text(func(a *authorizerPatch) *string { return &a.IdentityValidationExpression })},
	{Path: "/authorizerResultTtlInSeconds", Replace: func(a *authorizerPatch, op wire.Op) error {
		n, err := op.Int(badTTL)
		a.ResultTTL = &n
		return err
	}},
	{
		Path: "/providerARNs",
		Add: func(a *authorizerPatch, op wire.Op) error {
			if op.Text() != "" && !slices.Contains(a.ProviderARNs, op.Text()) {
				a.ProviderARNs = append(a.ProviderARNs, op.Text())
			}
			return nil
		},
		Remove: func(a *authorizerPatch, op wire.Op) error {
			a.ProviderARNs = slices.DeleteFunc(a.ProviderARNs, func(arn string) bool { return arn == op.Text() })
			return nil
		},
		Replace: func(a *authorizerPatch, op wire.Op) error { // a list with commas (unconfirmed)
			a.ProviderARNs = strings.Split(op.Text(), ",")
			return nil
		},
	},
}}
