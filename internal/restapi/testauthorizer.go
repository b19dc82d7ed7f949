package restapi

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/definition"
)

// ErrUnknownAuthorizer means that an API has no authorizer of this id.
var ErrUnknownAuthorizer = errors.New("Invalid Authorizer identifier specified")

// authorizerTestStage is the stage in the ARNs of authorizer tests. Spec: control-plane 11.2.
const authorizerTestStage = "ESTestInvoke-stage"

// AuthorizerTestResult is what the test of an authorizer found out.
type AuthorizerTestResult struct {
	Status      int // what the client would have got, 0 when it may go on
	Log         string
	Latency     time.Duration
	PrincipalID string
	Policy      string // JSON; "" without a result
}

// TestAuthorizer asks an authorizer of a draft once, as a GET of the path in in would. The policy is shown and not evaluated,
// and no cache is used. context has the $context variables that identity sources find before the request's own. env is that of
// the API's account and region. What goes wrong in the function is a result; errors are ErrUnknownAuthorizer and
// definition.Problems of the authorizer. Spec: access-control 2, control-plane 11.2.
func TestAuthorizer(ctx context.Context, env *Env, api *definition.RestAPI, id string, in TestRequest, variables map[string]string) (*AuthorizerTestResult, error) {
	def := api.Authorizers[id]
	if def == nil {
		return nil, ErrUnknownAuthorizer
	}
	target := testTarget(in.PathWithQueryString, "/")
	g, stage, err := compileTestedAuthorizer(env, api, def, target.resource, in, variables)
	if err != nil {
		return nil, err
	}
	start := env.Now()
	x := begin(env, testExchange("GET", in, start))
	defer x.release()
	x.stage, x.verb, x.target = stage, verbGet, target
	x.address = Address{DomainName: testDomainName, DomainPrefix: testDomainPrefix, Default: true}
	x.log = &executionLog{logging: logging{logInfo, true}, now: env.Now}
	out := new(AuthorizerTestResult)
	if r := g.try(ctx, x, out); r != nil {
		x.refused, out.Status = r, r.status
		x.log.add(x.failureLine())
	} else {
		x.log.line("Using valid authorizer policy for principal: %s", masked(out.PrincipalID))
		x.log.line("Successfully completed authorizer execution")
	}
	out.Latency = env.Now().Sub(start)
	out.Log = "Execution log for request " + x.requestID + "\n" + strings.Join(x.log.lines, "\n") + "\n"
	return out, nil
}

// try is authorize without the policy's decision.
func (g *guard) try(ctx context.Context, x *exchange, out *AuthorizerTestResult) *refusal {
	x.access.Resource = g.methodARN(x)
	if int64(len(x.access.Resource)) > x.stage.env.Limits.MethodARN {
		return uriTooLong
	}
	if r := g.identify(x); r != nil {
		return r
	}
	result, r := g.known(ctx, x)
	if r != nil {
		return r
	}
	out.PrincipalID, out.Policy = result.PrincipalID, x.policy
	return nil
}

func compileTestedAuthorizer(env *Env, api *definition.RestAPI, def *definition.Authorizer, path string, in TestRequest, variables map[string]string) (*guard, *Stage, error) {
	input := &stageInput{env: env, definition: &definition.Stage{Name: authorizerTestStage}, caches: env.authorizerCaches()}
	c := input.newCompiler(&definition.Deployment{API: api}, in.StageVariables)
	c.testing, c.stage.testing = true, true
	g := &guard{lambdaAuthorizer: c.authorizer(def)}
	if g.lambdaAuthorizer == nil {
		return nil, nil, c.problems.Err()
	}
	if !g.token {
		g.event = c.compileEvent("", path, "", emptyMap)
	}
	for i := range g.identity {
		if value, given := variables[g.identity[i].name]; given && g.identity[i].kind == fromContext {
			g.identity[i] = source{kind: fromLiteral, literal: value}
		}
	}
	return g, c.stage, nil
}
