package restapi

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/gatehouse-gateway/gatehouse/http1"
	"github.com/gatehouse-gateway/gatehouse/iam"
	"github.com/gatehouse-gateway/gatehouse/internal/access/lambdaauth"
	"github.com/gatehouse-gateway/gatehouse/internal/access/requestkeys"
	"github.com/gatehouse-gateway/gatehouse/internal/functions"
	"github.com/gatehouse-gateway/gatehouse/internal/integration/jsonscan"
	"github.com/gatehouse-gateway/gatehouse/javaregex"
)

// lambdaAuthorizer is a compiled Lambda authorizer, shared by the methods that use it. Spec: access-control 2.
type lambdaAuthorizer struct {
	id        string
	token     bool // of type TOKEN, else REQUEST
	identity  []source
	pattern   *javaregex.Regexp // what a token must match as a whole; nil: anything
	target    lambdaTarget
	cache     *lambdaauth.Cache // nil: every request asks
	caches    *lambdaauth.Caches
	ttl       time.Duration
	timeout   time.Duration
	maxResult int    // bytes
	arnPrefix string // of method ARNs, as far as the stage
	apiID     string
	agent     string
}

// guard is the step of a method with a Lambda authorizer.
type guard struct {
	*lambdaAuthorizer
	event *proxyEvent // of a REQUEST authorizer
	key   *keyCheck   // of a method whose API key is in a header: the authorizer may ask for it; nil: of others
}

// authorize asks who calls and lets pass what the policy allows. It fills the caller. Spec: access-control 2.1 to 2.6.
func (g *guard) authorize(ctx context.Context, x *exchange) *refusal {
	if g.key != nil {
		g.key.identify(x)
	}
	x.access.Action, x.access.Resource = "execute-api:Invoke", g.methodARN(x)
	if int64(len(x.access.Resource)) > x.stage.env.Limits.MethodARN {
		return uriTooLong
	}
	if r := g.identify(x); r != nil {
		x.log = nil // documented: the execution log does not have these
		return r
	}
	result, r := g.known(ctx, x)
	if r != nil {
		return r
	}
	if x.log != nil {
		x.log.line("Using valid authorizer policy for principal: %s", masked(result.PrincipalID))
	}
	requestkeys.SetRequest(&x.access.Context, &x.wire.Request)
	switch result.Policy.Evaluate(&x.access).Effect {
	case iam.Allow:
	case iam.ExplicitDeny:
		return deniedByStatement
	default:
		return deniedBySilence
	}
	x.log.line("Successfully completed authorizer execution")
	x.authorized = result
	return nil
}

// The refusals of an authorizer that never vary. Spec: access-control 2.4, the wording of 2025.
var (
	uriTooLong        = &refusal{kind: default4XX, status: 414, errorType: "BadRequestException", message: "Request URI too long", reason: `the limit "method ARN" is reached`}
	nobody            = refuse(unauthorized)
	deniedByStatement = denied("User is not authorized to access this resource with an explicit deny in an identity-based policy")
	deniedBySilence   = denied("User is not authorized to access this resource because no identity-based policy allows the execute-api:Invoke action")
)

func denied(message string) *refusal {
	r := refuse(accessDenied)
	r.message = message
	return r
}

// wrongAuthorizer is the answer when the authorizer cannot be asked or answers what decides nothing: 500 {"message":null}.
func wrongAuthorizer(reason string) *refusal {
	r := refuse(authorizerConfigurationError)
	r.reason = "Execution failed due to configuration error: Authorizer error: " + reason
	return r
}

// failedAuthorizer is the answer when it did not answer in time, or had no room for the call.
func failedAuthorizer(reason string) *refusal {
	r := refuse(authorizerFailure)
	r.reason = "Execution failed: Authorizer error: " + reason
	return r
}

// methodARN is the ARN of what is called, with the verb and the path of this request. Policies see the path that was routed: its
// static parts as the resource has them, however the client encoded them, and parameters as received (unconfirmed).
func (g *guard) methodARN(x *exchange) string {
	verb, path := x.httpMethod(), x.target.route
	if strings.IndexByte(path, '%') >= 0 && x.match.node != nil {
		path = routedPath(x.match.node.path, &x.match)
	}
	return g.arnPrefix + verb + "/" + path
}

// routedPath fills the values of a match, raw, into the template of its resource.
func routedPath(template string, m *match) string {
	var b strings.Builder
	n := 0
	for i, part := range strings.Split(strings.Trim(template, "/"), "/") {
		if i > 0 {
			b.WriteByte('/')
		}
		if strings.HasPrefix(part, "{") && n < len(m.params) {
			part = m.params[n].Value
			n++
		}
		b.WriteString(part)
	}
	return b.String()
}

// identify reads the identity values into x.identity, or refuses the request that lacks one. Spec: access-control 2.1.
func (a *lambdaAuthorizer) identify(x *exchange) *refusal {
	x.identity = x.identity[:0]
	for i := range a.identity {
		value, r := a.identity[i].readIdentity(x)
		switch {
		case r != nil:
			return r
		case value == "" && (a.token || a.ttl > 0):
			return nobody
		}
		x.identity = lambdaauth.AppendValue(x.identity, value)
		if a.pattern == nil {
			continue
		}
		if ok, err := a.pattern.MatchWhole(value); err != nil {
			return nobody.because(err)
		} else if !ok {
			return nobody
		}
	}
	return nil
}

// readIdentity reads the last value of a header under any spelling, because that is what an integration takes for it, too.
func (s *source) readIdentity(x *exchange) (string, *refusal) {
	if s.kind == fromHeader {
		header := x.wire.Request.Header
		if isOneOf(s.name, hiddenHeaders) || isOneOf(s.name, ownHeaders) {
			header = x.headers()
		}
		value, _ := header.Lookup(s.name)
		return value, nil
	}
	v, _, r := s.read(x)
	return v.text, r
}

// known gives what the authorizer says about the request: from the cache, or by asking.
func (g *guard) known(ctx context.Context, x *exchange) (*lambdaauth.Result, *refusal) {
	g.logStart(x)
	if g.cache == nil {
		return g.ask(ctx, x)
	}
	id := lambdaauth.IdentityOf(x.identity)
	if kept := g.cache.Get(id, x.stage.env.Now()); kept != nil {
		return kept, nil
	}
	var asked *refusal
	result, err := g.cache.Fill(ctx, id, g.ttl, x.stage.env.Now, func() (result *lambdaauth.Result, err error) {
		if result, asked = g.ask(ctx, x); asked != nil {
			err = errRefused
		}
		return result, err
	})
	switch {
	case asked != nil:
		return nil, asked
	case err != nil:
		return nil, failedAuthorizer(err.Error())
	}
	return result, nil
}

var errRefused = errors.New("the authorizer gave no result")

// ask calls the function. Spec: access-control 2.4.
func (g *guard) ask(ctx context.Context, x *exchange) (*lambdaauth.Result, *refusal) {
	if g.target.invalid != "" {
		return nil, wrongAuthorizer(g.target.invalid)
	}
	x.rendered = g.appendEvent(x.rendered[:0], x)
	x.invocation = functions.Call{Ref: g.target.ref, Caller: g.target.caller, Invocation: functions.Invocation{Payload: x.rendered, TraceID: x.traceID()}}
	g.logCall(x)
	start := x.stage.env.Now()
	timed, cancel := context.WithTimeout(ctx, g.timeout)
	defer x.endAsking()
	err := x.stage.env.Functions.Invoke(timed, &x.invocation, &x.function)
	cancel()
	x.authorizing = x.stage.env.Now().Sub(start)
	if err != nil {
		return nil, refuseAuthorizer(err)
	}
	if x.log.tracing() {
		x.log.dataLine("Authorizer result body before parsing: ", maskedMember(x.function.Payload, `"usageIdentifierKey"`))
	}
	return g.judge(x)
}

// endAsking leaves the exchange to the integration as it was.
func (x *exchange) endAsking() {
	x.function.Release()
	x.invocation = functions.Call{}
}

// judge reads what the function answered.
func (g *guard) judge(x *exchange) (*lambdaauth.Result, *refusal) {
	if x.function.FunctionError != "" {
		switch e := lambdaauth.ParseError(x.function.Payload); {
		case e.Unauthorized():
			return nil, nobody
		case e.TimedOut():
			return nil, failedAuthorizer(e.Message)
		default:
			return nil, wrongAuthorizer("the function failed: " + e.Message)
		}
	}
	result, err := g.caches.Parse(x.function.Payload, g.maxResult)
	if err != nil {
		return nil, wrongAuthorizer(err.Error())
	}
	if x.stage.testing {
		x.policy = lambdaauth.PolicyDocument(x.function.Payload)
	}
	return result, nil
}

// refuseAuthorizer is the answer to a call that could not be made. Which of the two types a throttled call has is unconfirmed.
func refuseAuthorizer(err error) *refusal {
	var throttled *functions.ThrottledError
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, functions.ErrClosed) || errors.As(err, &throttled) {
		return failedAuthorizer(err.Error())
	}
	return wrongAuthorizer(err.Error())
}

// appendEvent writes what the function gets. Spec: access-control 2.2, 2.3.
func (g *guard) appendEvent(dst []byte, x *exchange) []byte {
	if g.token {
		token, _ := g.identity[0].readIdentity(x)
		if x.masking {
			token = masked(token)
		}
		dst = jsonscan.AppendString(append(dst, `{"type":"TOKEN","methodArn":`...), x.access.Resource)
		dst = jsonscan.AppendString(append(dst, `,"authorizationToken":`...), token)
		return append(dst, '}')
	}
	dst = jsonscan.AppendString(append(dst, `{"type":"REQUEST","methodArn":`...), x.access.Resource)
	return append(g.event.appendRequest(append(dst, ','), x), '}')
}

// authorizerPrefix is that of the $context variables which an authorizer gives.
const authorizerPrefix = "authorizer."

// authorizerVar reads $context.authorizer.name. Spec: mapping-templates 10.2.
func (x *exchange) authorizerVar(name string) (string, bool) {
	if x.authorized == nil {
		return "", false
	}
	switch name {
	case "principalId":
		return x.authorized.PrincipalID, true
	case "integrationLatency":
		return strconv.FormatInt(x.authorizing.Milliseconds(), 10), true
	}
	for _, v := range x.authorized.Context {
		if v.Name == name {
			return v.Value, true
		}
	}
	return "", false
}

// authorizerMembers are the names below $context.authorizer; on an open method there are none. Recorded.
func (x *exchange) authorizerMembers() []string {
	names := []string{}
	if x.authorized == nil {
		return names
	}
	for _, v := range x.authorized.Context {
		names = append(names, v.Name)
	}
	return append(names, "principalId", "integrationLatency")
}

// logStart writes lines 2 and 3 of observability 3.2.
func (a *lambdaAuthorizer) logStart(x *exchange) {
	if x.log == nil {
		return
	}
	x.log.line("Starting authorizer: %s for request: %s", a.id, x.requestID)
	var values []string
	for i := range a.identity {
		if value, r := a.identity[i].readIdentity(x); r == nil {
			values = append(values, masked(value))
		}
	}
	x.log.line("Incoming identity: %s", strings.Join(values, ","))
}

// logCall writes lines 4 to 7 of observability 3.2.
func (g *guard) logCall(x *exchange) {
	if x.log == nil {
		return
	}
	x.log.line("Endpoint request URI: %s", g.target.uri)
	if x.log.tracing() {
		h := http1.Header{{Name: "x-amzn-lambda-integration-tag", Value: x.requestID}, {Name: "x-amzn-apigateway-api-id", Value: g.apiID}}
		if c := g.target.caller; c != nil {
			h.Add("X-Amz-Source-Arn", c.SourceARN)
		}
		h.Add("Accept", "application/json")
		h.Add("User-Agent", g.agent)
		x.log.dataLine("Endpoint request headers: ", javaHeader(h))
		x.log.dataLine("Endpoint request body after transformations: ", string(x.forLog(func() []byte { return g.appendEvent(nil, x) })))
	}
	x.log.line("Sending request to %s", g.target.uri)
}
