package openapi

import (
	"maps"
	"slices"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/javaregex"
)

// security is what the document says of access as a whole.
type security struct {
	schemes map[string]*scheme
	root    *node // the requirement of operations that have none
}

// scheme is a security scheme and what it means for a method.
type scheme struct {
	at         *node
	apiKey     bool
	iam        bool
	authorizer *definition.Authorizer
	broken     bool // reported already
}

func (im *importer) securitySchemes() {
	im.security.schemes = map[string]*scheme{}
	im.security.root = im.doc.get("security")
	schemes := im.doc.get("securityDefinitions")
	if !im.swagger {
		schemes = im.object(im.doc.get("components")).get("securitySchemes")
	}
	for _, m := range im.named(schemes) {
		im.security.schemes[m.name] = im.scheme(m)
	}
}

func (im *importer) scheme(m member) *scheme {
	s := &scheme{at: m.value}
	n := im.object(m.value)
	if n == nil {
		s.broken = true
		return s
	}
	im.places[n] = atScheme
	authType := strings.ToLower(im.str(n.get(extension + "authtype")))
	kind, in, name := im.str(n.get("type")), im.str(n.get("in")), im.str(n.get("name"))
	switch a := n.get(extension + "authorizer"); {
	case a != nil:
		before := len(im.problems)
		s.authorizer = im.authorizer(m.name, n, im.object(a), authType)
		s.broken = len(im.problems) > before || s.authorizer == nil
	case authType == "awssigv4":
		s.iam = true
	case kind == "apiKey" && in == "header" && strings.EqualFold(name, "x-api-key"):
		s.apiKey = true
	}
	return s
}

// maxAuthorizerTTL in seconds.
const maxAuthorizerTTL = 3600

// authorizer makes the authorizer of a scheme; authorizers that no method uses are made too. Spec: rest-api 21.3, recorded.
func (im *importer) authorizer(name string, schemeAt, n *node, authType string) *definition.Authorizer {
	if n == nil {
		return nil
	}
	im.only(n, "an authorizer", "type", "authorizerUri", "authorizerCredentials", "identitySource", "identityValidationExpression",
		"authorizerResultTtlInSeconds", "providerARNs")
	kind := im.word(n.get("type"), "an authorizer type", "TOKEN", "REQUEST", "COGNITO_USER_POOLS")
	if kind == "" {
		if n.get("type") == nil {
			im.addf(n, "the authorizer has no type: token, request or cognito_user_pools")
		}
		return nil
	}
	a := &definition.Authorizer{
		ID: im.ids.of(idLength, "authorizer", name), Name: name, Type: kind, AuthType: authType, Origin: n.origin(),
		URI:            im.str(n.get("authorizerUri")),
		Credentials:    im.str(n.get("authorizerCredentials")),
		IdentitySource: im.str(n.get("identitySource")),
		ProviderARNs:   im.strings(n.get("providerARNs")),
	}
	if a.AuthType == "" {
		a.AuthType = "custom"
		if kind == "COGNITO_USER_POOLS" {
			a.AuthType = "cognito_user_pools"
		}
	}
	header := im.str(schemeAt.get("name"))
	if a.IdentitySource == "" && im.str(schemeAt.get("in")) == "header" && header != "" && header != "Unused" {
		a.IdentitySource = "method.request.header." + header
	}
	im.authorizerTTL(a, n)
	im.checkAuthorizer(a, n)
	im.api.Authorizers[a.ID] = a
	return a
}

func (im *importer) authorizerTTL(a *definition.Authorizer, n *node) {
	ttl := n.get("authorizerResultTtlInSeconds")
	seconds, given := im.whole(ttl)
	switch {
	case given && (seconds < 0 || seconds > maxAuthorizerTTL):
		im.addf(ttl, "Authorizer result TTL must be between 0 and %d seconds", maxAuthorizerTTL)
	case given:
		a.ResultTTL = &seconds
	case a.Type == "REQUEST":
		seconds = 300 // only this type shows the default. Spec: rest-api 21.3, recorded.
		a.ResultTTL = &seconds
	}
}

func (im *importer) checkAuthorizer(a *definition.Authorizer, n *node) {
	at := func(name string) *node {
		if m := n.get(name); m != nil {
			return m
		}
		return n
	}
	if e := n.get("identityValidationExpression"); e != nil {
		a.IdentityValidationExpression = im.str(e)
		if _, err := javaregex.Compile(a.IdentityValidationExpression); err != nil {
			im.addf(e, "Invalid identity validation expression specified: %v", err)
		}
	}
	if a.Type == "COGNITO_USER_POOLS" {
		if len(a.ProviderARNs) == 0 {
			im.addf(at("providerARNs"), "a COGNITO_USER_POOLS authorizer needs at least one provider ARN")
		}
		return
	}
	if _, rest, ok := parseIntegrationARN(a.URI); !ok || !strings.HasPrefix(rest, "path/2015-03-31/functions/") && !strings.HasPrefix(a.URI, "${stageVariables.") {
		im.addf(at("authorizerUri"), "Invalid Authorizer URI: %s. Authorizer URI should be a valid API Gateway ARN that represents a Lambda function invocation.", a.URI)
	}
	cached := a.ResultTTL == nil || *a.ResultTTL > 0
	switch {
	case a.Type == "TOKEN" && !isTokenSource(a.IdentitySource):
		im.addf(at("identitySource"), "a TOKEN authorizer needs one identity source of the form method.request.header.NAME, not %q", a.IdentitySource)
	case a.Type == "REQUEST" && a.IdentitySource == "" && cached:
		im.addf(at("identitySource"), "a REQUEST authorizer needs an identity source unless authorizerResultTtlInSeconds is 0")
	}
}

func isTokenSource(s string) bool {
	name, ok := strings.CutPrefix(s, "method.request.header.")
	return ok && isParameterName(name)
}

// secure applies the operation's security, else that of the document. Recorded: the document's is applied.
func (im *importer) secure(m *definition.Method, op *node) {
	requirement := op.get("security")
	if requirement == nil {
		requirement = im.security.root
	}
	if requirement != nil && requirement.kind != sequence {
		im.addf(requirement, "must be a list, not %s", requirement.kind)
		requirement = nil
	}
	if requirement != nil {
		for _, alternative := range requirement.items {
			for _, s := range im.named(alternative) {
				im.apply(m, s)
			}
		}
	}
	if auth := im.object(op.get(extension + "auth")); auth != nil {
		m.AuthorizationType = im.word(auth.get("type"), "an authorization type here", "NONE", "AWS_IAM")
		m.AuthorizerID, m.AuthorizationScopes = "", nil
		if m.AuthorizationType == "" && auth.get("type") == nil {
			im.addf(auth, "type is missing: NONE or AWS_IAM")
		}
	}
}

// apply adds one scheme to a method.
func (im *importer) apply(m *definition.Method, required member) {
	s := im.security.schemes[required.name]
	switch {
	case s == nil:
		if im.full() {
			return
		}
		im.addf(required.value, "there is no security scheme %q%s", required.name, didYouMean(required.name, slices.Collect(maps.Keys(im.security.schemes))))
	case s.apiKey:
		m.APIKeyRequired = true
	case s.iam:
		im.authorize(m, required, "AWS_IAM", "")
	case s.authorizer != nil && s.authorizer.Type == "COGNITO_USER_POOLS":
		im.authorize(m, required, "COGNITO_USER_POOLS", s.authorizer.ID)
	case s.authorizer != nil:
		im.authorize(m, required, "CUSTOM", s.authorizer.ID)
	case !s.broken:
		im.warnf(required.value, "security scheme %q has no authorizer and protects nothing", required.name)
	}
}

func (im *importer) authorize(m *definition.Method, required member, kind, authorizerID string) {
	if m.AuthorizationType != "NONE" && (m.AuthorizationType != kind || m.AuthorizerID != authorizerID) {
		im.addf(required.value, "a method has one authorizer; %q would be the second", required.name)
		return
	}
	m.AuthorizationType, m.AuthorizerID = kind, authorizerID
	if scopes := im.strings(required.value); len(scopes) > 0 {
		m.AuthorizationScopes = scopes
	}
}
