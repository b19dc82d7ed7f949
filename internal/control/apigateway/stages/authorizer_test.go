package stages_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/awsproto"
	"github.com/gatehouse-gateway/gatehouse/internal/access/lambdaauth"
	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/apitest"
	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/stages"
	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/state"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/functions"
)

// guard is a function that answers at once. It stands for the function plane, which is tested with real functions in test/.
type guard struct {
	payload, failed string
	event           string
}

func (g *guard) Invoke(_ context.Context, call *functions.Call, res *functions.Result) error {
	g.event = string(call.Payload)
	res.Payload, res.FunctionError = []byte(g.payload), g.failed
	return nil
}

func bind(s *state.State, a *awsproto.Service) { stages.New(s).Bind(a) }

const policy = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"execute-api:Invoke","Resource":"*"}]}`

// authorized stores an API with a TOKEN authorizer, auth01, and one of Cognito, pool01.
func authorized(t *testing.T, s *apitest.Service) {
	t.Helper()
	s.API(t, "guarded", "prod")
	_, err := s.State.ChangeAPI(s.Context(t), &[]string{"guarded"}[0], nil, func(d *definition.RestAPIDocument) error {
		d.API.Authorizers = map[string]*definition.Authorizer{
			"auth01": {
				ID: "auth01", Name: "guard", Type: "TOKEN", IdentitySource: "method.request.header.Auth",
				URI: "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:111111111111:function:${stageVariables.fn}/invocations",
			},
			"pool01": {ID: "pool01", Name: "pool", Type: "COGNITO_USER_POOLS"},
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestInvokeAuthorizerShowsWhatItAnswers. Spec: control-plane 11.2.
func TestInvokeAuthorizerShowsWhatItAnswers(t *testing.T) {
	s := apitest.New(t, bind)
	g := &guard{payload: `{"principalId":"me","policyDocument":` + policy + `}`}
	s.Functions = g
	authorized(t, s)
	const call, send = "POST /restapis/guarded/authorizers/auth01", `{"headers":{"Auth":"a-token"},"pathWithQueryString":"/pets","stageVariables":{"fn":"guard"}}`
	s.Check(t, apitest.Want{Line: call, Send: send, Status: 200, Body: `{"clientStatus":0,"log":"*","latency":0,"principalId":"me","policy":"` +
		strings.ReplaceAll(policy, `"`, `\"`) + `","authorization":{},"claims":{}}`})
	if want := `{"type":"TOKEN","methodArn":"arn:aws:execute-api:us-east-1:111111111111:guarded/ESTestInvoke-stage/GET/pets","authorizationToken":"a-token"}`; g.event != want {
		t.Errorf("got the event %s, want %s", g.event, want)
	}
	s.Check(t, apitest.Want{Name: "no identity", Line: call, Send: `{}`, Status: 200, Body: `{"clientStatus":401,"log":"*","latency":0,"authorization":{},"claims":{}}`})
	g.failed, g.payload = functions.Unhandled, `{"errorMessage":"boom"}`
	s.Check(t, apitest.Want{Name: "failed", Line: call, Send: send, Status: 200, Body: `{"clientStatus":500,"log":"*","latency":0,"authorization":{},"claims":{}}`})
	s.Check(t, apitest.Want{Line: "POST /restapis/guarded/authorizers/none00", Send: send, Status: 404, Type: "NotFoundException", Message: "Invalid Authorizer identifier specified"})
	s.Check(t, apitest.Want{Line: "POST /restapis/nothing/authorizers/auth01", Send: send, Status: 404, Type: "NotFoundException", Message: "Invalid API identifier specified 111111111111:nothing"})
	s.Check(t, apitest.Want{Line: "POST /restapis/guarded/authorizers/pool01", Send: `{}`, Status: 400, Type: "BadRequestException",
		Message: "This authorizer cannot be tested: authorizers of type COGNITO_USER_POOLS are not supported yet"})
	s.Functions = nil
	s.Check(t, apitest.Want{Name: "no functions", Line: call, Send: send, Status: 400, Type: "BadRequestException",
		Message: "This authorizer cannot be tested: .authorizerUri: Lambda authorizers need Lambda functions, which are not available here"})
}

// TestFlushForgetsWhatAuthorizersSaid.
func TestFlushForgetsWhatAuthorizersSaid(t *testing.T) {
	s := apitest.New(t, bind)
	s.Authorizers = lambdaauth.NewCaches(10, 10)
	authorized(t, s)
	var kept []*lambdaauth.Cache
	for _, stage := range []string{"prod", "other"} {
		c := s.Authorizers.Cache(lambdaauth.Key{AccountID: apitest.AccountID, Region: apitest.Region, APIID: "guarded", Stage: stage, Authorizer: "auth01"})
		_, err := c.Fill(t.Context(), lambdaauth.Identity{}, time.Hour, time.Now, func() (*lambdaauth.Result, error) { return new(lambdaauth.Result), nil })
		if err != nil {
			t.Fatal(err)
		}
		kept = append(kept, c)
	}
	s.Check(t, apitest.Want{Line: "DELETE /restapis/guarded/stages/prod/cache/authorizers", Status: 202})
	if kept[0].Get(lambdaauth.Identity{}, time.Now()) != nil || kept[1].Get(lambdaauth.Identity{}, time.Now()) == nil {
		t.Error("want the entries of the stage gone, and of no other")
	}
	s.Check(t, apitest.Want{Line: "DELETE /restapis/guarded/stages/none/cache/authorizers", Status: 404, Type: "NotFoundException", Message: "Invalid stage identifier specified"})
}
