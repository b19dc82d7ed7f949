package blackbox

import (
	"strings"
	"testing"
)

// badCode does what the event's path says, and nothing good.
const badCode = `
const { spawn } = require('node:child_process');
const what = {
  hang: () => new Promise((done) => setTimeout(done, 60000)),
  exit: () => process.exit(3),
  segfault: () => process.kill(process.pid, 'SIGSEGV'),
  binary: () => { process.stdout.write(Buffer.from([0, 255, 10, 27, 200])); return { body: 'printed' }; },
  much: () => ({ body: 'x'.repeat(7 * 1024 * 1024) }),
  fork: () => { for (let i = 0; i < 5; i++) spawn('sleep', ['100'], { stdio: 'ignore' }).unref(); return { body: 'forked' }; },
  unhandled: () => { Promise.reject(new Error('nobody')); return new Promise((done) => setTimeout(done, 60000)); },
  twice: (callback) => { callback(null, { body: 'first' }); callback(null, { body: 'second' }); },
  good: () => ({ body: 'good' }),
};
exports.handler = (event, context, callback) => {
  const doing = event.queryStringParameters.do;
  const result = what[doing](callback);
  if (doing !== 'twice') Promise.resolve(result).then((value) => callback(null, value));
};
`

// TestBadFunctionsDoNotHarmTheNextRequest: the documented answer, and the next request is served. Spec: functions D3, rest-api 9.3.
func TestBadFunctionsDoNotHarmTheNextRequest(t *testing.T) {
	g := serveFile(t, functionProject(t, map[string]string{
		"openapi.yaml":   lambdaDocument("f"),
		"gatehouse.yaml": "functions:\n- {name: f, runtime: nodejs20.x, handler: index.handler, path: f, timeout: 2}\n",
		"f/index.js":     badCode,
	}))
	const failed = `{"message": "Internal server error"}`
	for _, tt := range []struct {
		do     string
		status int
		body   string
		log    string
	}{
		{"hang", 502, failed, "Task timed out after 2.00 seconds"},
		{"exit", 502, failed, "exit status 3"},
		{"segfault", 502, failed, "segmentation fault"},
		{"binary", 200, "printed", ""},
		{"much", 502, failed, "Response payload size exceeded maximum allowed payload size"},
		{"fork", 200, "forked", ""},
		{"unhandled", 502, failed, "Runtime.UnhandledPromiseRejection"},
		{"twice", 200, "first", ""},
	} {
		from := g.mark()
		if r := g.do("GET", "/dev/f?do="+tt.do, ""); r.status != tt.status || r.body != tt.body {
			t.Errorf("%s: got %d %.200s", tt.do, r.status, r.body)
		}
		if tt.log != "" {
			g.out.wait(t, from, tt.log)
		}
		if r := g.do("GET", "/dev/f?do=good", ""); r.status != 200 || r.body != "good" {
			t.Errorf("after %s: got %d %.200s", tt.do, r.status, r.body)
		}
	}
}

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
