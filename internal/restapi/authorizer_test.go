package restapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/http1"
	"github.com/gatehouse-gateway/gatehouse/internal/access/lambdaauth"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/front"
	"github.com/gatehouse-gateway/gatehouse/internal/functions"
	"github.com/gatehouse-gateway/gatehouse/internal/observe"
)

const authorizerARN = "arn:aws:lambda:us-east-1:123456789012:function:guard"

// guardedFunctions is a fake with two functions: the authorizer and the one behind it.
type guardedFunctions struct {
	fakeFunctions // the authorizer
	behind        fakeFunctions
}

func (f *guardedFunctions) Invoke(ctx context.Context, call *functions.Call, res *functions.Result) error {
	if call.Ref.Name == "guard" {
		return f.fakeFunctions.Invoke(ctx, call, res)
	}
	return f.behind.Invoke(ctx, call, res)
}

// guarded makes every method of an API ask an authorizer.
func guarded(api *definition.RestAPI, a *definition.Authorizer) {
	a.ID, a.Name = "auth01", "guard"
	api.Authorizers = map[string]*definition.Authorizer{"auth01": a}
	for _, r := range api.Resources {
		for _, m := range r.Methods {
			m.AuthorizationType, m.AuthorizerID = "CUSTOM", "auth01"
		}
	}
}

func tokenAuthorizer() *definition.Authorizer {
	return &definition.Authorizer{Type: "TOKEN", URI: invocationURI(authorizerARN), IdentitySource: "method.request.header.Authorization"}
}

func requestAuthorizer(sources string, ttl int) *definition.Authorizer {
	return &definition.Authorizer{Type: "REQUEST", URI: invocationURI(authorizerARN), IdentitySource: sources, ResultTTL: &ttl}
}

const arnPrefix = "arn:aws:execute-api:us-east-1:123456789012:abcdefghij/stage/"

func policyAnswer(effect, resource, more string) string {
	return `{"principalId":"user|123","policyDocument":{"Version":"2012-10-17","Statement":[{"Effect":"` + effect + `","Action":"execute-api:Invoke","Resource":"` + resource + `"}]}` + more + `}`
}

var allowAll = policyAnswer("Allow", "*", "")

func token(value string) http1.Header { return http1.Header{{Name: "Authorization", Value: value}} }

// guardedAPI serves /pets/{id} and / through AWS_PROXY behind an authorizer.
func guardedAPI(t testing.TB, env *Env, f *guardedFunctions, a *definition.Authorizer, change func(*definition.RestAPI, *definition.Stage)) *API {
	t.Helper()
	f.keep, f.behind.keep, f.behind.payload = true, true, `{"body":"served"}`
	env.Functions = f
	return lambdaAPI(t, env, map[string]*definition.Method{"/pets/{id}": lambdaProxy("ANY"), "/{all+}": lambdaProxy("GET")}, func(api *definition.RestAPI, st *definition.Stage) {
		if change != nil {
			change(api, st)
		}
		guarded(api, a)
	})
}

// shown is what the client got.
func shown(x *front.Exchange) string {
	return fmt.Sprintf("%d %s %s", x.Response.Status, x.Response.Header.Get("x-amzn-ErrorType"), x.Response.Body)
}

const (
	served       = "200  served"
	unauthorised = `401 UnauthorizedException {"message":"Unauthorized"}`
	explicitDeny = `403 AccessDeniedException {"Message":"User is not authorized to access this resource with an explicit deny in an identity-based policy"}`
	implicitDeny = `403 AccessDeniedException {"Message":"User is not authorized to access this resource because no identity-based policy allows the execute-api:Invoke action"}`
	wrongAnswer  = `500 AuthorizerConfigurationException {"message":null}`
	noAnswer     = `500 AuthorizerFailureException {"message":null}`
)

// TestAuthorizerOutcomes holds the table of access-control 2.4.
func TestAuthorizerOutcomes(t *testing.T) {
	for _, c := range []struct {
		name string
		fake fakeFunctions
		want string
		kind string // gateway response type
	}{
		{"allow", fakeFunctions{payload: allowAll}, served, ""},
		{"allow this method", fakeFunctions{payload: policyAnswer("Allow", arnPrefix+"GET/pets/7", "")}, served, ""},
		{"explicit deny", fakeFunctions{payload: policyAnswer("Deny", arnPrefix+"GET/pets/7", "")}, explicitDeny, "ACCESS_DENIED"},
		{"nothing matches", fakeFunctions{payload: policyAnswer("Allow", arnPrefix+"POST/pets/7", "")}, implicitDeny, "ACCESS_DENIED"},
		{"below, not itself", fakeFunctions{payload: policyAnswer("Allow", arnPrefix+"GET/pets/7/*", "")}, implicitDeny, "ACCESS_DENIED"},
		{"Unauthorized", fakeFunctions{failed: true, payload: `{"errorMessage":"Unauthorized"}`}, unauthorised, "UNAUTHORIZED"},
		{"another case", fakeFunctions{failed: true, payload: `{"errorMessage":"unauthorized"}`}, wrongAnswer, "AUTHORIZER_CONFIGURATION_ERROR"},
		{"exception", fakeFunctions{failed: true, payload: `{"errorMessage":"boom"}`}, wrongAnswer, "AUTHORIZER_CONFIGURATION_ERROR"},
		{"Unauthorized as a result", fakeFunctions{payload: `"Unauthorized"`}, wrongAnswer, "AUTHORIZER_CONFIGURATION_ERROR"},
		{"null", fakeFunctions{payload: `null`}, wrongAnswer, "AUTHORIZER_CONFIGURATION_ERROR"},
		{"no policy", fakeFunctions{payload: `{"principalId":"a"}`}, wrongAnswer, "AUTHORIZER_CONFIGURATION_ERROR"},
		{"nested context", fakeFunctions{payload: policyAnswer("Allow", "*", `,"context":{"a":[]}`)}, wrongAnswer, "AUTHORIZER_CONFIGURATION_ERROR"},
		{"too large", fakeFunctions{payload: policyAnswer("Allow", "*", `,"context":{"a":"`+strings.Repeat("x", 9000)+`"}`)}, wrongAnswer, "AUTHORIZER_CONFIGURATION_ERROR"},
		{"not found", fakeFunctions{err: functions.ErrNotFound}, wrongAnswer, "AUTHORIZER_CONFIGURATION_ERROR"},
		{"denied", fakeFunctions{err: functions.ErrDenied}, wrongAnswer, "AUTHORIZER_CONFIGURATION_ERROR"},
		{"throttled (unconfirmed)", fakeFunctions{err: &functions.ThrottledError{}}, noAnswer, "AUTHORIZER_FAILURE"},
		{"function timed out (unconfirmed)", fakeFunctions{failed: true, payload: `{"errorType":"Sandbox.Timedout","errorMessage":"x"}`}, noAnswer, "AUTHORIZER_FAILURE"},
		{"stopping", fakeFunctions{err: functions.ErrClosed}, noAnswer, "AUTHORIZER_FAILURE"},
		{"no answer in time", fakeFunctions{block: true}, noAnswer, "AUTHORIZER_FAILURE"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := &guardedFunctions{fakeFunctions: c.fake}
			env := testEnv(nil)
			env.Limits.AuthorizerTimeout = 20
			if got := shown(send(guardedAPI(t, env, f, tokenAuthorizer(), nil), "GET", "/stage/pets/7", token("abc"), "")); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
			if f.calls != 1 || (f.behind.calls == 1) != (c.want == served) {
				t.Errorf("%d calls of the authorizer, %d of the function", f.calls, f.behind.calls)
			}
			if c.kind == "" {
				return
			}
			own := guardedAPI(t, env, f, tokenAuthorizer(), func(api *definition.RestAPI, _ *definition.Stage) {
				api.GatewayResponses = map[string]*definition.GatewayResponse{c.kind: {
					Type: c.kind, StatusCode: "418", ResponseTemplates: map[string]string{"application/json": `$context.error.responseType $context.error.messageString`},
					ResponseParameters: map[string]string{"gatewayresponse.header.Access-Control-Allow-Origin": "'*'"},
				}}
			})
			x := send(own, "GET", "/stage/pets/7", token("abc"), "")
			if !strings.HasPrefix(string(x.Response.Body), c.kind+" ") || x.Response.Status != 418 || x.Response.Header.Get("Access-Control-Allow-Origin") != "*" {
				t.Errorf("customised: got %s", shown(x))
			}
		})
	}
}

// TestIdentityIsCheckedFirst holds access-control 2.1: who lacks an identity value never reaches the function.
func TestIdentityIsCheckedFirst(t *testing.T) {
	expression := tokenAuthorizer()
	expression.IdentityValidationExpression = `Bearer [a-z]+`
	uncached := tokenAuthorizer()
	uncached.ResultTTL = new(int)
	h := func(pairs ...string) http1.Header {
		var h http1.Header
		for i := 0; i < len(pairs); i += 2 {
			h.Add(pairs[i], pairs[i+1])
		}
		return h
	}
	several := requestAuthorizer("method.request.header.X-Who, method.request.querystring.who,stageVariables.tenant,context.httpMethod", 300)
	for _, c := range []struct {
		name   string
		auth   *definition.Authorizer
		header http1.Header
		query  string
		want   string
	}{
		{"token", tokenAuthorizer(), token("x"), "", served},
		{"token under another spelling", tokenAuthorizer(), h("aUTHORIZATION", "x"), "", served},
		{"no token", tokenAuthorizer(), nil, "", unauthorised},
		{"empty token", tokenAuthorizer(), token(""), "", unauthorised},
		{"no token, no cache", uncached, nil, "", unauthorised},
		{"expression", expression, token("Bearer abc"), "", served},
		{"expression matches a part", expression, token("Bearer abc1"), "", unauthorised},
		{"several", several, h("x-who", "me"), "?who=me", served},
		{"one is missing", several, h("x-who", "me"), "", unauthorised},
		{"one is empty", several, h("x-who", "me"), "?who=", unauthorised},
		{"names of queries have a case", several, h("x-who", "me"), "?Who=me", unauthorised},
		{"without cache nothing is checked", requestAuthorizer("method.request.header.X-Who", 0), nil, "", served},
		{"without cache and sources", requestAuthorizer("", 0), nil, "", served},
	} {
		f := &guardedFunctions{fakeFunctions: fakeFunctions{payload: allowAll}}
		a := guardedAPI(t, testEnv(nil), f, c.auth, func(_ *definition.RestAPI, st *definition.Stage) { st.Variables = map[string]string{"tenant": "t1"} })
		if got := shown(send(a, "GET", "/stage/pets/7"+c.query, c.header, "")); got != c.want || (f.calls == 1) != (c.want == served) {
			t.Errorf("%s: got %s after %d calls, want %s", c.name, got, f.calls, c.want)
		}
	}
}

// TestTheLastTokenCounts: what the authorizer judged is what the function behind it finds.
func TestTheLastTokenCounts(t *testing.T) {
	f := &guardedFunctions{fakeFunctions: fakeFunctions{payload: allowAll}}
	a := guardedAPI(t, testEnv(nil), f, tokenAuthorizer(), nil)
	send(a, "GET", "/stage/pets/7", http1.Header{{Name: "Authorization", Value: "first"}, {Name: "authorization", Value: "last"}}, "")
	if judged, seen := f.pick(t, "authorizationToken"), f.behind.pick(t, "headers", "Authorization"); judged != "last" || seen != "last" {
		t.Errorf("judged %v, seen %v", judged, seen)
	}
}

// TestAuthorizerEvents holds both events byte for byte. Spec: access-control 2.2, 2.3.
func TestAuthorizerEvents(t *testing.T) {
	f := &guardedFunctions{fakeFunctions: fakeFunctions{payload: allowAll}}
	a := guardedAPI(t, testEnv(nil), f, tokenAuthorizer(), nil)
	for target, path := range map[string]string{
		"/stage/pets/7": "pets/7", "/stage//pets/7/": "pets/7", "/stage/p%65ts/a%2Fb": "pets/a%2Fb", "/stage/user_info/x%20y": "user_info/x%20y",
	} {
		send(a, "GET", target, token(`a"b`), "")
		if got, want := string(f.event), `{"type":"TOKEN","methodArn":"`+arnPrefix+`GET/`+path+`","authorizationToken":"a\"b"}`; got != want {
			t.Errorf("%s: got %s, want %s", target, got, want)
		}
		guarded := f.call.Caller
		if guarded == nil || guarded.SourceARN != "arn:aws:execute-api:us-east-1:123456789012:abcdefghij/authorizers/auth01" || guarded.Service != "apigateway.amazonaws.com" {
			t.Errorf("got the caller %+v", guarded)
		}
		a = guardedAPI(t, testEnv(nil), f, tokenAuthorizer(), nil) // a fresh cache
	}
	a = guardedAPI(t, testEnv(nil), f, requestAuthorizer("", 0), nil)
	send(a, "GET", "/stage/pets/7", http1.Header{{Name: "Host", Value: "h"}, {Name: "X-Amzn-Trace-Id", Value: "Root=1;Parent=2;Sampled=0"}}, "")
	want := `{"type":"REQUEST","methodArn":"` + arnPrefix + `GET/pets/7","resource":"/pets/{id}","path":"/pets/7","httpMethod":"GET",` +
		`"headers":{"Host":"h","X-Forwarded-For":"127.0.0.1","X-Forwarded-Port":"8080","X-Forwarded-Proto":"http","X-Amzn-Trace-Id":"Root=1;Parent=2;Sampled=0"},` +
		`"multiValueHeaders":{"Host":["h"],"X-Forwarded-For":["127.0.0.1"],"X-Forwarded-Port":["8080"],"X-Forwarded-Proto":["http"],"X-Amzn-Trace-Id":["Root=1;Parent=2;Sampled=0"]},` +
		`"queryStringParameters":{},"multiValueQueryStringParameters":{},"pathParameters":{"id":"7"},"stageVariables":{},` +
		`"requestContext":{"resourceId":"/pets/{id}","resourcePath":"/pets/{id}","httpMethod":"GET","extendedRequestId":"` + fmt.Sprint(f.pick(t, "requestContext", "extendedRequestId")) + `",` +
		`"requestTime":"22/Nov/2026:10:00:00 +0000","path":"/stage/pets/7","accountId":"123456789012","protocol":"HTTP/1.1","stage":"stage","domainPrefix":"abcdefghij",` +
		`"requestTimeEpoch":1795341600000,"requestId":"` + fmt.Sprint(f.pick(t, "requestContext", "requestId")) + `",` +
		`"identity":{"cognitoIdentityPoolId":null,"accountId":null,"cognitoIdentityId":null,"caller":null,"sourceIp":"127.0.0.1","principalOrgId":null,"accessKey":null,` +
		`"cognitoAuthenticationType":null,"cognitoAuthenticationProvider":null,"userArn":null,"userAgent":null,"user":null},` +
		`"domainName":"abcdefghij.execute-api.us-east-1.localhost","deploymentId":"dep123","apiId":"abcdefghij"}}`
	if got := string(f.event); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestThePolicyIsKeptNotTheDecision holds access-control 2.6, its trap included.
func TestThePolicyIsKeptNotTheDecision(t *testing.T) {
	f := &guardedFunctions{fakeFunctions: fakeFunctions{payload: policyAnswer("Allow", arnPrefix+"GET/pets/1", "")}}
	env := testEnv(nil)
	now := env.Now()
	env.Now = func() time.Time { return now }
	env.Authorizers = lambdaauth.NewCaches(100, 10)
	serve := func(a *API, target, who, want string, calls int) {
		t.Helper()
		if got := shown(send(a, "GET", "/stage/pets/"+target, token(who), "")); got != want || f.calls != calls {
			t.Errorf("%s for %s: got %s after %d calls, want %s after %d", target, who, got, f.calls, want, calls)
		}
	}
	a := guardedAPI(t, env, f, tokenAuthorizer(), nil)
	serve(a, "1", "me", served, 1)
	serve(a, "1", "me", served, 1)
	serve(a, "2", "me", implicitDeny, 1)
	serve(a, "1", "you", served, 2)
	f.payload = policyAnswer("Deny", "*", "")
	serve(a, "1", "them", explicitDeny, 3)
	serve(a, "1", "them", explicitDeny, 3) // a Deny is kept, too
	b := guardedAPI(t, env, f, tokenAuthorizer(), nil)
	serve(b, "1", "me", served, 3) // another release of the same authorizer
	changed := tokenAuthorizer()
	changed.IdentityValidationExpression = ".*"
	serve(guardedAPI(t, env, f, changed, nil), "1", "me", explicitDeny, 4)
	env.FlushAuthorizers("abcdefghij", "other")
	serve(a, "1", "me", served, 4)
	env.FlushAuthorizers("abcdefghij", "stage")
	serve(a, "1", "me", explicitDeny, 5)
	f.payload = allowAll
	now = now.Add(300*time.Second - 1)
	serve(a, "1", "me", explicitDeny, 5)
	now = now.Add(1)
	serve(a, "1", "me", served, 6)
	for _, failure := range []fakeFunctions{{failed: true, payload: `{"errorMessage":"Unauthorized"}`}, {err: functions.ErrNotFound}, {payload: "{}"}} {
		f.failed, f.err, f.payload = failure.failed, failure.err, failure.payload
		f.calls = 0
		for range 2 {
			send(a, "GET", "/stage/pets/1", token("new"), "")
		}
		if f.calls != 2 {
			t.Errorf("%+v: a failure was kept", failure)
		}
	}
	uncached := tokenAuthorizer()
	uncached.ResultTTL = new(int)
	f.failed, f.err, f.payload, f.calls = false, nil, allowAll, 0
	c := guardedAPI(t, env, f, uncached, nil)
	serve(c, "1", "me", served, 1)
	serve(c, "1", "me", served, 2)
}

// TestAuthorizerContext holds where the result shows: in the event, in mappings, templates and gateway responses. Spec: access-control 2.5.
func TestAuthorizerContext(t *testing.T) {
	f := &guardedFunctions{fakeFunctions: fakeFunctions{payload: policyAnswer("Allow", "*", `,"context":{"s":"te\"xt","n":1,"b":true,"gone":null,"principalId":"forged"},"usageIdentifierKey":"k"`)}}
	env := testEnv(nil)
	now := env.Now()
	env.Now = func() time.Time { now = now.Add(3 * time.Millisecond); return now }
	template := mockMethod(`{"statusCode": 200}`, `$context.authorizer.principalId $context.authorizer.s $context.authorizer.n $context.authorizer.get("b") $context.authorizer.gone $context.authorizer.keySet()`)
	template.Integration.Responses["200"].ResponseParameters = map[string]string{"method.response.header.X-Who": "context.authorizer.principalId", "method.response.header.X-None": "context.authorizer.gone"}
	a := guardedAPI(t, env, f, tokenAuthorizer(), func(api *definition.RestAPI, _ *definition.Stage) {
		api.Resources["/t"] = &definition.Resource{ID: "t", PathPart: "t", Path: "/t", Methods: map[string]*definition.Method{"GET": template}}
	})
	send(a, "GET", "/stage/pets/7", token("x"), "")
	wantAuthorizer := func(latency string) string {
		return `"requestContext":{"resourceId":"/pets/{id}","authorizer":{"s":"te\"xt","n":"1","b":"true","principalId":"user|123","integrationLatency":` + latency + `},"resourcePath"`
	}
	if got := string(f.behind.event); !strings.Contains(got, wantAuthorizer("3")) {
		t.Errorf("got %s", got)
	}
	if strings.Contains(string(f.event), `"authorizer"`) {
		t.Errorf("the authorizer sees itself: %s", f.event)
	}
	send(a, "GET", "/stage/pets/7", token("x"), "")
	if got := string(f.behind.event); !strings.Contains(got, wantAuthorizer("0")) {
		t.Errorf("from the cache: got %s", got)
	}
	x := send(a, "GET", "/stage/t", token("x"), "")
	if got, want := string(x.Response.Body), `user|123 te"xt 1 true  [s, n, b, principalId, integrationLatency]`; got != want || x.Response.Header.Get("X-Who") != "user|123" || x.Response.Header.Has("X-None") {
		t.Errorf("got %s %v, want %s", got, x.Response.Header, want)
	}
}

// TestAuthorizerConditions holds the condition keys of an anonymous request. Spec: access-control 6.6.
func TestAuthorizerConditions(t *testing.T) {
	for condition, want := range map[string]string{
		`{"IpAddress":{"aws:SourceIp":"127.0.0.0/8"}}`:                           served,
		`{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}`:                            implicitDeny,
		`{"Bool":{"aws:SecureTransport":"false"}}`:                               served,
		`{"StringLike":{"aws:UserAgent":"curl/*"}}`:                              served,
		`{"StringLike":{"aws:Referer":"*"}}`:                                     implicitDeny,
		`{"DateGreaterThan":{"aws:CurrentTime":"2026-11-22T09:00:00Z"}}`:         served,
		`{"NumericLessThan":{"aws:EpochTime":"1795341600"}}`:                     implicitDeny,
		`{"StringEquals":{"aws:PrincipalAccount":"123456789012"}}`:               implicitDeny,
		`{"Null":{"aws:VpcSourceIp":"true"},"StringLike":{"aws:UserAgent":"*"}}`: served,
	} {
		f := &guardedFunctions{fakeFunctions: fakeFunctions{payload: `{"principalId":"u","policyDocument":{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":` + condition + `}}}`}}
		a := guardedAPI(t, testEnv(nil), f, tokenAuthorizer(), nil)
		if got := shown(send(a, "GET", "/stage/pets/7", append(token("x"), http1.Field{Name: "User-Agent", Value: "curl/8"}), "")); got != want {
			t.Errorf("%s: got %s, want %s", condition, got, want)
		}
	}
}

// TestAuthorizerOrder holds rows 8 to 13 of rest-api 3.
func TestAuthorizerOrder(t *testing.T) {
	f := &guardedFunctions{fakeFunctions: fakeFunctions{payload: policyAnswer("Deny", "*", "")}}
	a := guardedAPI(t, testEnv(nil), f, tokenAuthorizer(), func(api *definition.RestAPI, _ *definition.Stage) {
		api.RequestValidators = map[string]*definition.RequestValidator{"v": {ID: "v", ValidateRequestParameters: true}}
		for _, r := range api.Resources {
			for _, m := range r.Methods {
				m.RequestValidatorID, m.RequestParameters = "v", map[string]bool{"method.request.querystring.q": true}
			}
		}
	})
	long := "/stage/pets/" + strings.Repeat("x", 1600)
	for _, c := range []struct {
		name, method, target string
		header               http1.Header
		want                 string
	}{
		{"route before ARN", "POST", "/stage/none/" + long[7:], token("x"), ""},
		{"ARN before identity", "GET", long, nil, `414 BadRequestException {"message":"Request URI too long"}`},
		{"identity before function", "GET", "/stage/pets/7", nil, unauthorised},
		{"authorizer before parameters", "GET", "/stage/pets/7", token("x"), explicitDeny},
	} {
		got := shown(send(a, c.method, c.target, c.header, ""))
		if c.want == "" && !strings.HasPrefix(got, "403 IncompleteSignatureException") || c.want != "" && got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
	f.payload = allowAll
	if got := shown(send(a, "GET", "/stage/pets/7", token("y"), "")); got != `400 BadRequestException {"message": "Missing required request parameters: [q]"}` {
		t.Errorf("parameters at last: got %s", got)
	}
}

// TestAuthorizerLog holds lines 2 to 10 of observability 3.2, without the credentials, and what follows a refusal.
func TestAuthorizerLog(t *testing.T) {
	const lambda = "https://lambda.us-east-1.amazonaws.com/2015-03-31/functions/" + authorizerARN + "/invocations"
	f := &guardedFunctions{fakeFunctions: fakeFunctions{payload: policyAnswer("Allow", "*", `,"usageIdentifierKey": "0123456789abcdef"`)}}
	env := testEnv(nil)
	var lines []string
	env.Executions = executionsFunc(func(e *observe.Execution) { lines = slices.Clone(e.Lines) })
	withLog := func(_ *definition.RestAPI, st *definition.Stage) {
		st.MethodSettings = map[string]definition.MethodSettings{"*/*": {LoggingLevel: "INFO", DataTraceEnabled: true, ThrottlingRateLimit: -1, ThrottlingBurstLimit: -1}}
	}
	a := guardedAPI(t, env, f, tokenAuthorizer(), withLog)
	x := send(a, "GET", "/stage/pets/7", token("Bearer 0123456789"), "")
	id := x.Response.Header.Get("x-amzn-RequestId")
	want := []string{
		"Extended Request Id: " + x.Response.Header.Get("x-amz-apigw-id"),
		"Starting authorizer: auth01 for request: " + id,
		"Incoming identity: ***********456789",
		"Endpoint request URI: " + lambda,
		"Endpoint request headers: {x-amzn-lambda-integration-tag=" + id + ", x-amzn-apigateway-api-id=abcdefghij, X-Amz-Source-Arn=arn:aws:execute-api:us-east-1:123456789012:abcdefghij/authorizers/auth01, Accept=application/json, User-Agent=AmazonAPIGateway_abcdefghij}",
		`Endpoint request body after transformations: {"type":"TOKEN","methodArn":"` + arnPrefix + `GET/pets/7","authorizationToken":"***********456789"}`,
		"Sending request to " + lambda,
		"Authorizer result body before parsing: " + strings.Replace(f.payload, "0123456789", "**********", 1),
		"Using valid authorizer policy for principal: **er|123",
		"Successfully completed authorizer execution",
	}
	if len(lines) < len(want) || !slices.Equal(lines[:len(want)], want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(lines, "\n"), strings.Join(want, "\n"))
	}
	for _, line := range lines {
		if strings.Contains(line, "Bearer 0123456789") || strings.Contains(line, "0123456789abcdef") {
			t.Errorf("a credential is in the log: %s", line)
		}
	}
	f.payload = policyAnswer("Deny", "*", "")
	x = send(a, "GET", "/stage/pets/7", token("another"), "")
	tail := lines[max(0, len(lines)-4):]
	if len(tail) != 4 || tail[0] != "Unauthorized request: "+x.Response.Header.Get("x-amzn-RequestId") || tail[1] != "Gateway response type: ACCESS_DENIED with status code: 403" ||
		tail[2] != "Gateway response body: "+string(x.Response.Body) || !strings.HasPrefix(tail[3], "Gateway response headers: {") {
		t.Errorf("got\n%s", strings.Join(lines, "\n"))
	}
	lines = nil
	if send(a, "GET", "/stage/pets/7", nil, ""); lines != nil {
		t.Errorf("a request without a token has a log: %q", lines)
	}
	f.err = functions.ErrNotFound
	send(a, "GET", "/stage/pets/7", token("third"), "")
	if !slices.Contains(lines, "Execution failed due to configuration error: Authorizer error: function not found") {
		t.Errorf("got\n%s", strings.Join(lines, "\n"))
	}
}

type executionsFunc func(*observe.Execution)

func (f executionsFunc) Execution(e *observe.Execution) { f(e) }

// TestBadAuthorizersAreProblems holds what an authorizer cannot be, each named once however many methods use it.
func TestBadAuthorizersAreProblems(t *testing.T) {
	minus := -1
	for _, c := range []struct {
		name   string
		change func(*definition.Authorizer)
		want   string
	}{
		{"path parameter", func(a *definition.Authorizer) { a.Type, a.IdentitySource = "REQUEST", "method.request.path.id" }, `.identitySource: "method.request.path.id" is no identity source of a REQUEST authorizer`},
		{"two headers for a token", func(a *definition.Authorizer) { a.IdentitySource += ",method.request.header.B" }, "a TOKEN authorizer needs one identity source"},
		{"query for a token", func(a *definition.Authorizer) { a.IdentitySource = "method.request.querystring.q" }, "is no identity source of a TOKEN authorizer"},
		{"nothing to cache by", func(a *definition.Authorizer) { a.Type, a.IdentitySource = "REQUEST", "" }, "Identity source must be specified when caching is enabled"},
		{"TTL", func(a *definition.Authorizer) { a.ResultTTL = &minus }, "Authorizer result TTL must be between 0 and 3600 seconds"},
		{"expression", func(a *definition.Authorizer) { a.IdentityValidationExpression = "(" }, "Invalid identity validation expression specified"},
		{"URI", func(a *definition.Authorizer) { a.URI = "https://example.com" }, ".authorizerUri: Invalid ARN specified in the request"},
		{"other service", func(a *definition.Authorizer) { a.URI = "arn:aws:apigateway:us-east-1:sqs:path/q" }, "Lambda authorizers with the service sqs are not supported yet"},
		{"foreign role", func(a *definition.Authorizer) { a.Credentials = "arn:aws:iam::999999999999:role/r" }, ".authorizerCredentials: a role of account 999999999999"},
	} {
		auth := tokenAuthorizer()
		c.change(auth)
		api := apiOf(map[string]*definition.Method{"/a": lambdaProxy("GET"), "/b": lambdaProxy("GET")})
		guarded(api, auth)
		_, problems := Compile(lambdaEnv(&fakeFunctions{}), &definition.Deployment{API: api}, &definition.Stage{Name: "stage"})
		if n := strings.Count(problems.Error(), c.want); n != 1 {
			t.Errorf("%s: got %v, want %q once", c.name, problems, c.want)
		}
	}
}

// TestTestedAuthorizer holds what TestInvokeAuthorizer shows. Spec: control-plane 11.2.
func TestTestedAuthorizer(t *testing.T) {
	f := &guardedFunctions{fakeFunctions: fakeFunctions{payload: policyAnswer("Deny", "*", "")}}
	f.keep = true
	env := testEnv(nil)
	env.Functions = f
	api := apiOf(nil)
	guarded(api, requestAuthorizer("method.request.header.Auth, context.stage", 300))
	r, err := TestAuthorizer(t.Context(), env, api, "auth01", TestRequest{Headers: map[string]string{"Auth": "0123456789"}, PathWithQueryString: "/pets/7?a=1"}, map[string]string{"stage": "given"})
	if err != nil || r.Status != 0 || r.PrincipalID != "user|123" || r.Policy != `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"execute-api:Invoke","Resource":"*"}]}` {
		t.Fatalf("got %+v %v", r, err)
	}
	for _, part := range []string{"Starting authorizer: auth01 for request: ", "Incoming identity: ****456789,", `"methodArn":"arn:aws:execute-api:us-east-1:123456789012:abcdefghij/ESTestInvoke-stage/GET/pets/7"`, "Successfully completed authorizer execution\n"} {
		if !strings.Contains(r.Log, part) {
			t.Errorf("%q is not in the log\n%s", part, r.Log)
		}
	}
	if f.pick(t, "resource") != "/pets/7" || f.pick(t, "queryStringParameters", "a") != "1" {
		t.Errorf("got the event %s", f.event)
	}
	if r, err = TestAuthorizer(t.Context(), env, api, "auth01", TestRequest{}, nil); err != nil || r.Status != 401 || f.calls != 1 {
		t.Errorf("without identity: got %+v %v", r, err)
	}
	f.payload = "{}"
	if r, err = TestAuthorizer(t.Context(), env, api, "auth01", TestRequest{Headers: map[string]string{"Auth": "x"}}, nil); err != nil || r.Status != 500 || r.Policy != "" || !strings.Contains(r.Log, "Authorizer error: ") {
		t.Errorf("wrong answer: got %+v %v", r, err)
	}
	if _, err = TestAuthorizer(t.Context(), env, api, "none", TestRequest{}, nil); !errors.Is(err, ErrUnknownAuthorizer) {
		t.Errorf("got %v", err)
	}
	api.Authorizers["auth01"].URI = "x"
	if _, err = TestAuthorizer(t.Context(), env, api, "auth01", TestRequest{}, nil); definition.ProblemsOf(err) == nil {
		t.Errorf("got %v", err)
	}
}

// maxGuardedAllocs is what a request with a known caller costs on top of one without authorizer: its method ARN.
const maxGuardedAllocs = maxMockAllocs + 1

func guardedBench(t testing.TB) (*API, *front.Exchange, *guardedFunctions) {
	f := &guardedFunctions{fakeFunctions: fakeFunctions{payload: policyAnswer("Allow", "arn:aws:execute-api:*:*:*/prod/GET/*", `,"context":{"a":"b"}`)}}
	env := testEnv(nil)
	env.Functions = f
	api := apiOf(map[string]*definition.Method{"/mock": mockMethod(`{"statusCode": 200}`, `{"ok": true}`)})
	guarded(api, tokenAuthorizer())
	x := request("GET", "/prod/mock", append(token("Bearer abc"), browserHeader...))
	a := compiled(t, env, api)
	serveOnce(a, x)
	return a, x, f
}

func TestCachedAuthorizerAllocations(t *testing.T) {
	a, x, f := guardedBench(t)
	got := testing.AllocsPerRun(200, func() { serveOnce(a, x) })
	if x.Response.Status != 200 || f.calls != 1 {
		t.Fatalf("got %d %s after %d calls", x.Response.Status, x.Response.Body, f.calls)
	}
	if !raceEnabled && got > maxGuardedAllocs {
		t.Errorf("%v allocations per request, the ceiling is %d", got, maxGuardedAllocs)
	}
}

func BenchmarkCachedAuthorizer(b *testing.B) {
	a, x, _ := guardedBench(b)
	b.ReportAllocs()
	for b.Loop() {
		serveOnce(a, x)
	}
}

// BenchmarkAskedAuthorizer is a request whose authorizer has to be asked, without the function.
func BenchmarkAskedAuthorizer(b *testing.B) {
	env := testEnv(nil)
	env.Functions = &instantFunctions{[]byte(policyAnswer("Allow", "arn:aws:execute-api:*:*:*/prod/GET/*", `,"context":{"a":"b"}`))}
	for name, auth := range map[string]*definition.Authorizer{"token": tokenAuthorizer(), "request": requestAuthorizer("", 0)} {
		auth.ResultTTL = new(int)
		api := apiOf(map[string]*definition.Method{"/mock": mockMethod(`{"statusCode": 200}`, `{"ok": true}`)})
		guarded(api, auth)
		a, x := compiled(b, env, api), request("GET", "/prod/mock", append(token("Bearer abc"), browserHeader...))
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				serveOnce(a, x)
			}
		})
	}
}

// FuzzAuthorizerEvent holds that both events are always JSON.
func FuzzAuthorizerEvent(f *testing.F) {
	f.Add("token", "a=1&a=2", "pets/%20")
	f.Add("\xff\"\\", "%ff", "\x01")
	fakes := []*guardedFunctions{{fakeFunctions: fakeFunctions{payload: "{}"}}, {fakeFunctions: fakeFunctions{payload: "{}"}}}
	apis := []*API{guardedAPI(f, testEnv(nil), fakes[0], tokenAuthorizer(), nil), guardedAPI(f, testEnv(nil), fakes[1], requestAuthorizer("", 0), nil)}
	f.Fuzz(func(t *testing.T, value, query, path string) {
		if strings.Contains(path, "?") || badQuery(query) {
			return
		}
		for i, a := range apis {
			fakes[i].event = nil
			send(a, "GET", "/stage/"+path+"?"+query, token(value), "")
			if fakes[i].event != nil && !json.Valid(fakes[i].event) {
				t.Fatalf("no JSON: %q", fakes[i].event)
			}
		}
	})
}
