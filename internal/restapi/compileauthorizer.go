package restapi

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/access/lambdaauth"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/javaregex"
)

const (
	defaultTTL = 300  // seconds that an authorizer's answer is kept when the definition doesn't say
	maxTTL     = 3600 // seconds
)

// authorize compiles the step of row 10.
func (c *methodCompiler) authorize() step {
	switch c.def.AuthorizationType {
	case "", "NONE":
		return nil
	case "CUSTOM":
	default:
		c.problems.Refusef(c.def.Origin, "authorization type %s is not supported yet%s", c.def.AuthorizationType, c.authorizerName())
		return nil
	}
	def := c.api.Authorizers[c.def.AuthorizerID]
	if def == nil {
		c.problems.Addf(c.def.Origin, "Invalid authorizer ID specified. Setting the authorization type to CUSTOM or COGNITO_USER_POOLS requires a valid authorizer.")
		return nil
	}
	a := c.authorizer(def)
	if a == nil {
		return nil
	}
	g := &guard{lambdaAuthorizer: a}
	if !c.stage.keyByAuthorizer {
		g.key = c.key
	}
	if !a.token {
		g.event = c.compileEvent(c.resource.ID, c.resource.Path, c.def.OperationName, emptyMap)
	}
	return g.authorize
}

func (c *methodCompiler) authorizerName() string {
	if a := c.api.Authorizers[c.def.AuthorizerID]; a != nil {
		return fmt.Sprintf(" (authorizer %s at %s)", a.Name, a.Origin)
	}
	return ""
}

// authorizer compiles an authorizer when the first method uses it; nil: it has problems, which are named once.
func (c *compiler) authorizer(def *definition.Authorizer) *lambdaAuthorizer {
	if a, known := c.guards[def.ID]; known {
		return a
	}
	before := len(c.problems)
	a := c.compileAuthorizer(def)
	if len(c.problems) > before {
		a = nil
	}
	c.guards[def.ID] = a
	return a
}

// compileAuthorizer compiles a Lambda authorizer. Spec: access-control 2.
func (c *compiler) compileAuthorizer(def *definition.Authorizer) *lambdaAuthorizer {
	a := &lambdaAuthorizer{
		id: def.ID, token: def.Type == "TOKEN", ttl: defaultTTL * time.Second, maxResult: int(c.env.Limits.AuthorizerResult),
		caches:    c.caches,
		timeout:   time.Duration(c.env.Limits.AuthorizerTimeout) * time.Millisecond,
		arnPrefix: c.executeAPI(c.stage.name + "/"),
		apiID:     c.api.ID, agent: "AmazonAPIGateway_" + c.api.ID,
	}
	if def.Type != "TOKEN" && def.Type != "REQUEST" {
		c.problems.Refusef(def.Origin, "authorizers of type %s are not supported yet", def.Type)
		return a
	}
	if def.ResultTTL != nil {
		a.ttl = time.Duration(*def.ResultTTL) * time.Second
	}
	if a.ttl < 0 || a.ttl > maxTTL*time.Second {
		c.problems.Addf(def.Origin, "Authorizer result TTL must be between 0 and %d seconds", maxTTL)
	}
	c.compileIdentity(a, def)
	a.target = c.compileLambdaTarget(invocations, def.URI, def.Credentials, def.Origin, "Lambda authorizers", "authorizerUri", "authorizerCredentials")
	a.target.callAs(c.env.AccountID, c.executeAPI("authorizers/"+def.ID))
	if a.ttl > 0 && !c.testing {
		a.cache = c.caches.Cache(c.authorizerKey(a, def))
	}
	return a
}

// authorizerKey names the cache of an authorizer: whatever changes in the definition is another cache.
func (c *compiler) authorizerKey(a *lambdaAuthorizer, def *definition.Authorizer) lambdaauth.Key {
	var said []byte
	for _, part := range []string{def.Type, a.target.uri, withStageVariables(def.Credentials, c.stage.vars), withStageVariables(def.IdentitySource, c.stage.vars),
		def.IdentityValidationExpression, a.ttl.String()} {
		said = lambdaauth.AppendValue(said, part)
	}
	return lambdaauth.Key{
		AccountID: c.env.AccountID, Region: c.env.Region, APIID: c.api.ID, Stage: c.stage.name, Authorizer: def.ID, Configuration: sha256.Sum256(said),
	}
}

// identityPrefixes are the sources that may identify a caller. Path parameters are none.
var identityPrefixes = []string{"method.request.header.", "method.request.querystring.", "stageVariables.", "context."}

// compileIdentity compiles where the identity values come from. Spec: access-control 2, 2.1.
func (c *compiler) compileIdentity(a *lambdaAuthorizer, def *definition.Authorizer) {
	for text := range strings.SplitSeq(def.IdentitySource, ",") {
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		if !hasAnyPrefix(text, identityPrefixes) || a.token && !strings.HasPrefix(text, identityPrefixes[0]) {
			c.problems.Addf(def.Origin.At("identitySource"), "%q is no identity source of a %s authorizer", text, def.Type)
			continue
		}
		src, err := compileSource(text, onRequest, c.stage.vars)
		if err != nil {
			c.problems.Addf(def.Origin.At("identitySource"), "%v", err)
			continue
		}
		a.identity = append(a.identity, src)
	}
	switch {
	case a.token && len(a.identity) != 1:
		c.problems.Addf(def.Origin.At("identitySource"), "a TOKEN authorizer needs one identity source of the form method.request.header.NAME")
	case len(a.identity) == 0 && a.ttl > 0:
		c.problems.Addf(def.Origin.At("identitySource"), "Identity source must be specified when caching is enabled")
	}
	if !a.token || def.IdentityValidationExpression == "" {
		return
	}
	var err error
	if a.pattern, err = javaregex.Compile(def.IdentityValidationExpression); err != nil {
		c.problems.Addf(def.Origin.At("identityValidationExpression"), "Invalid identity validation expression specified: %v", err)
	}
}

func hasAnyPrefix(text string, prefixes []string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(text, p) {
			return true
		}
	}
	return false
}
