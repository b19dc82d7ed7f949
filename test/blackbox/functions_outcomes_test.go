package blackbox

import (
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

// TestWebFunctionInPython runs the standard library's server.
func TestWebFunctionInPython(t *testing.T) {
	g := serveFile(t, functionProject(t, map[string]string{
		"openapi.yaml":   lambdaDocument("w"),
		"gatehouse.yaml": "functions:\n- {name: w, runtime: web, handler: server.py, path: w, timeout: 10}\n",
		"w/server.py": "import http.server, os\nclass H(http.server.BaseHTTPRequestHandler):\n    def do_POST(self):\n        body = self.rfile.read(int(self.headers['content-length']))\n" +
			"        self.send_response(201)\n        self.send_header('Content-Type', 'text/plain')\n        self.end_headers()\n        self.wfile.write(self.path.encode() + b' ' + body)\n" +
			"    def do_GET(self):\n        self.send_response(200)\n        self.end_headers()\nhttp.server.HTTPServer(('127.0.0.1', int(os.environ['PORT'])), H).serve_forever()\n",
	}))
	if r := g.do("POST", "/dev/w?a=b", "hello"); r.status != 201 || r.body != "/w?a=b hello" {
		t.Errorf("got %s", r)
	}
}
