package blackbox

import (
	"fmt"
	"strings"
	"testing"
)

// requestAuthorized is an API whose REQUEST authorizer looks at a header and a parameter.
const requestAuthorized = `openapi: 3.0.1
info: {title: Requests}
components:
  securitySchemes:
    asked:
      type: apiKey
      name: Unused
      in: header
      x-amazon-apigateway-authtype: custom
      x-amazon-apigateway-authorizer:
        type: request
        identitySource: method.request.header.Who, method.request.querystring.pass
        authorizerUri: "AUTHORIZER"
paths:
  /m:
    get:
      security: [{asked: []}]
      responses: {"200": {description: ok}}
      x-amazon-apigateway-integration:
        type: mock
        requestTemplates: {application/json: '{"statusCode": 200}'}
        responses: {default: {statusCode: "200", responseTemplates: {application/json: '$context.authorizer.principalId $context.authorizer.n'}}}
`

// TestRequestAuthorizer asks a function in Python about whole requests.
func TestRequestAuthorizer(t *testing.T) {
	g := serveFile(t, functionProject(t, map[string]string{
		"openapi.yaml":   strings.Replace(requestAuthorized, "AUTHORIZER", functionURI("gate"), 1),
		"gatehouse.yaml": "functions:\n- {name: gate, runtime: python3.12, handler: app.handler, path: gate}\n",
		"gate/app.py": "n = 0\ndef handler(event, context):\n    global n\n    n += 1\n    who = event['headers']['Who']\n" +
			"    effect = 'Allow' if event['queryStringParameters']['pass'] == 'yes' and event['type'] == 'REQUEST' else 'Deny'\n" +
			"    return {'principalId': who, 'context': {'n': n}, 'policyDocument': {'Version': '2012-10-17', 'Statement': [{'Effect': effect, 'Action': 'execute-api:Invoke', 'Resource': '*'}]}}\n",
	}))
	for _, tt := range []struct {
		target, who string
		status      int
		body        string
	}{
		{"/dev/m?pass=yes", "", 401, `{"message":"Unauthorized"}`},
		{"/dev/m", "ann", 401, `{"message":"Unauthorized"}`},
		{"/dev/m?pass=yes", "ann", 200, "ann 1"},
		{"/dev/m?pass=yes", "ann", 200, "ann 1"}, // from the cache
		{"/dev/m?pass=yes", "bob", 200, "bob 2"},
		{"/dev/m?pass=no", "ann", 403, `{"Message":"User is not authorized to access this resource with an explicit deny in an identity-based policy"}`},
	} {
		var header []string
		if tt.who != "" {
			header = []string{"Who: " + tt.who}
		}
		if r := g.do("GET", tt.target, "", header...); r.status != tt.status || r.body != tt.body {
			t.Errorf("%s %s: got %s", tt.target, tt.who, r)
		}
	}
}

// tokenAuthorized is an API whose TOKEN authorizer takes tokens of small letters only; what it says is not kept.
const tokenAuthorized = `openapi: 3.0.1
info: {title: Tokens}
components:
  securitySchemes:
    gate:
      type: apiKey
      name: Authorization
      in: header
      x-amazon-apigateway-authtype: custom
      x-amazon-apigateway-authorizer:
        type: token
        identityValidationExpression: "^[a-z ]+$"
        authorizerResultTtlInSeconds: 0
        authorizerUri: "AUTHORIZER"
paths:
  /m:
    get:
      security: [{gate: []}]
      responses: {"200": {description: ok}}
      x-amazon-apigateway-integration:
        type: mock
        requestTemplates: {application/json: '{"statusCode": 200}'}
        responses: {default: {statusCode: "200", responseTemplates: {application/json: '$context.authorizer.principalId $context.authorizer.n $context.authorizer.b [$context.authorizer.gone]'}}}
`

// tokenGate does what the token says.
const tokenGate = `import os, time

def policy(effect, resource):
    return {"Version": "2012-10-17", "Statement": {"Effect": effect, "Action": "execute-api:Invoke", "Resource": resource}}

def handler(event, context):
    token, arn = event["authorizationToken"], event["methodArn"]
    answer = {"principalId": "ann", "policyDocument": policy("Allow", arn), "context": {"n": 1, "b": True, "gone": None}}
    if token == "unauthorized":
        raise Exception("Unauthorized")
    elif token == "nearly unauthorized":
        raise Exception("unauthorized")
    elif token == "exit":
        os._exit(3)
    elif token == "hang":
        time.sleep(60)
    elif token == "deny":
        answer["policyDocument"] = policy("Deny", arn)
    elif token == "another method":
        answer["policyDocument"] = policy("Allow", arn.replace("/GET/", "/POST/"))
    elif token == "no policy":
        del answer["policyDocument"]
    elif token == "wrong policy":
        answer["policyDocument"]["Statement"]["Effect"] = "Perhaps"
    elif token == "long resource":
        answer["policyDocument"]["Statement"]["Resource"] = arn + "x" * 513
    elif token == "no principal":
        del answer["principalId"]
    elif token == "nested context":
        answer["context"] = {"n": {"m": 1}}
    elif token == "list":
        return [answer]
    elif token == "much":
        answer["context"]["n"] = "x" * 9000
    return answer
`

// TestOutcomesOfAuthorizers: whatever the function does, the client is told what the service tells, and the next request is served.
// Spec: access-control 2.1, 2.4.
func TestOutcomesOfAuthorizers(t *testing.T) {
	t.Parallel()
	g := serveFile(t, functionProject(t, map[string]string{
		"openapi.yaml":   strings.Replace(tokenAuthorized, "AUTHORIZER", functionURI("gate"), 1),
		"gatehouse.yaml": "functions:\n- {name: gate, runtime: python3.12, handler: app.handler, path: gate, timeout: 3}\n",
		"gate/app.py":    tokenGate,
	}))
	const (
		unauthorized  = `401 UnauthorizedException {"message":"Unauthorized"}`
		configuration = `500 AuthorizerConfigurationException {"message":null}`
		failure       = `500 AuthorizerFailureException {"message":null}`
		denied        = `403 AccessDeniedException {"Message":"User is not authorized to access this resource`
	)
	for _, tt := range []struct{ token, want string }{
		{"Validated", unauthorized}, // without asking
		{"unauthorized", unauthorized},
		{"nearly unauthorized", configuration},
		{"deny", denied + ` with an explicit deny in an identity-based policy"}`},
		{"another method", denied + ` because no identity-based policy allows the execute-api:Invoke action"}`},
		{"no policy", configuration},
		{"wrong policy", configuration},
		{"long resource", configuration},
		{"no principal", configuration},
		{"nested context", configuration},
		{"list", configuration},
		{"much", configuration},
		{"exit", configuration},
		{"hang", failure},
	} {
		for _, step := range []struct{ token, want string }{{tt.token, tt.want}, {"allow", "200  ann 1 true []"}} {
			r := g.do("GET", "/dev/m", "", "Authorization: "+step.token)
			if got := fmt.Sprintf("%d %s %s", r.status, r.get("x-amzn-ErrorType"), r.body); got != step.want {
				t.Errorf("%s, %s: got %s, want %s", tt.token, step.token, got, step.want)
			}
		}
	}
	if r := g.do("GET", "/dev/m", ""); r.status != 401 {
		t.Errorf("no token: got %s", r)
	}
}
