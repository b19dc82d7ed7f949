package openapi

import (
	"cmp"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/jsontree"
)

// exportSchemes are the names of the security schemes that are no authorizers; "" when no method needs one.
type exportSchemes struct{ key, iam string }

// nameSchemes finds out which schemes are needed. Authorizers have their own names; the others must not take one of those.
func (e *exporter) nameSchemes() {
	taken := map[string]bool{}
	for _, a := range e.api.Authorizers {
		taken[a.Name] = true
	}
	for _, r := range e.api.Resources {
		for _, m := range r.Methods {
			if m.APIKeyRequired {
				e.schemes.key = unlike(taken, "api_key")
			}
			if m.AuthorizationType == "AWS_IAM" {
				e.schemes.iam = unlike(taken, "sigv4")
			}
		}
	}
}

// securitySchemes writes the key's scheme always, the others only as extensions: without one they would say nothing.
func (e *exporter) securitySchemes() *jsontree.Object {
	all := &jsontree.Object{}
	if e.extensions["authorizers"] {
		for _, id := range byName(e.api.Authorizers, func(a *definition.Authorizer) string { return a.Name }) {
			all.Set(e.api.Authorizers[id].Name, e.authorizer(e.api.Authorizers[id]))
		}
		if e.schemes.iam != "" {
			iam := inHeader("Authorization")
			iam.Set(extension+"authtype", "awsSigv4")
			all.Set(e.schemes.iam, iam)
		}
	}
	if e.schemes.key != "" {
		all.Set(e.schemes.key, inHeader("x-api-key"))
	}
	return all
}

func inHeader(name string) *jsontree.Object {
	o := object("type", "apiKey")
	o.Set("name", name)
	o.Set("in", "header")
	return o
}

// unused is the header of an authorizer whose identity is not in one header.
const unused = "Unused"

func (e *exporter) authorizer(a *definition.Authorizer) *jsontree.Object {
	header, simple := strings.CutPrefix(a.IdentitySource, "method.request.header.")
	if simple = simple && isParameterName(header) && header != unused; !simple {
		header = unused
	}
	o := inHeader(header)
	usual := "custom"
	if a.Type == "COGNITO_USER_POOLS" {
		usual = "cognito_user_pools"
	}
	o.Set(extension+"authtype", cmp.Or(a.AuthType, usual))
	x := object("type", strings.ToLower(a.Type))
	setText(x, "authorizerUri", a.URI)
	setText(x, "authorizerCredentials", a.Credentials)
	setText(x, "identityValidationExpression", a.IdentityValidationExpression)
	if a.Type == "REQUEST" || !simple {
		setText(x, "identitySource", a.IdentitySource)
	}
	if a.ResultTTL != nil {
		x.Set("authorizerResultTtlInSeconds", jsontree.NumberOf(int64(*a.ResultTTL)))
	}
	setList(x, "providerARNs", a.ProviderARNs)
	o.Set(extension+"authorizer", x)
	return o
}

// security lists the schemes of a method.
func (e *exporter) security(m *definition.Method) *jsontree.Array {
	all := &jsontree.Array{}
	if e.extensions["authorizers"] {
		name := ""
		switch m.AuthorizationType {
		case "AWS_IAM":
			name = e.schemes.iam
		case "CUSTOM", "COGNITO_USER_POOLS":
			if a := e.api.Authorizers[m.AuthorizerID]; a != nil {
				name = a.Name
			}
		}
		if name != "" {
			all.Items = append(all.Items, object(name, list(m.AuthorizationScopes...)))
		}
	}
	if m.APIKeyRequired {
		all.Items = append(all.Items, object(e.schemes.key, list()))
	}
	return all
}
