package blackbox

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// corsAPI has CORS as people write it for REST APIs. Spec: rest-api 16.
const corsAPI = `openapi: 3.0.1
info: {title: CORS}
x-amazon-apigateway-request-validators:
  all: {validateRequestBody: true, validateRequestParameters: true}
x-amazon-apigateway-gateway-responses:
  DEFAULT_4XX: {responseParameters: {gatewayresponse.header.Access-Control-Allow-Origin: "'*'"}}
  DEFAULT_5XX: {responseParameters: {gatewayresponse.header.Access-Control-Allow-Origin: method.request.header.Origin}}
components:
  responses:
    Open: {description: ok, headers: {Access-Control-Allow-Origin: {schema: {type: string}}, Access-Control-Expose-Headers: {schema: {type: string}}}}
    Preflight:
      description: ok
      headers: {Access-Control-Allow-Origin: {schema: {type: string}}, Access-Control-Allow-Methods: {schema: {type: string}}, Access-Control-Allow-Headers: {schema: {type: string}}}
  x-preflight: &preflight
    responses: {"200": {$ref: "#/components/responses/Preflight"}}
    x-amazon-apigateway-integration:
      type: mock
      requestTemplates: {application/json: '{"statusCode": 200}'}
      responses:
        default:
          statusCode: "200"
          responseParameters:
            method.response.header.Access-Control-Allow-Origin: "'ORIGIN'"
            method.response.header.Access-Control-Allow-Methods: "'OPTIONS,PUT'"
            method.response.header.Access-Control-Allow-Headers: "'Content-Type,X-Amz-Date,Authorization,X-Api-Key,X-Amz-Security-Token'"
paths:
  /open:
    options: *preflight
    put:
      x-amazon-apigateway-request-validator: all
      requestBody: {content: {application/json: {schema: {type: object, required: [name]}}}}
      responses: {"200": {$ref: "#/components/responses/Open"}}
      x-amazon-apigateway-integration:
        type: mock
        requestTemplates: {application/json: '{"statusCode": 200}'}
        responses:
          default:
            statusCode: "200"
            responseParameters:
              method.response.header.Access-Control-Allow-Origin: "'ORIGIN'"
              method.response.header.Access-Control-Expose-Headers: "'x-amzn-RequestId'"
            responseTemplates: {application/json: '{"token": "$input.params(''Authorization'')"}'}
  /proxied:
    options: *preflight
    put:
      responses: {}
      x-amazon-apigateway-integration: {type: http_proxy, httpMethod: ANY, uri: 'http://BACKEND/'}
  /broken:
    options: *preflight
    put:
      responses: {}
      x-amazon-apigateway-integration: {type: http_proxy, httpMethod: ANY, uri: 'http://NOWHERE/'}
  /closed:
    options: *preflight
    put:
      responses: {"200": {description: without CORS headers}}
      x-amazon-apigateway-integration: &plain
        type: mock
        requestTemplates: {application/json: '{"statusCode": 200}'}
        responses: {default: {statusCode: "200", responseTemplates: {application/json: '{}'}}}
  /nopreflight:
    put:
      responses: {"200": {description: without an OPTIONS method}}
      x-amazon-apigateway-integration: *plain
`

// page sends every request and tells its own server what a page can see of the answers.
const page = `<!doctype html><title>CORS</title><script>
const base = new URLSearchParams(location.search).get("api");
const body = JSON.stringify({name: "n"});
const put = (headers, data = body) => ({method: "PUT", headers: {"Content-Type": "application/json", ...headers}, body: data});
const requests = {
  allowed: ["/open", put({Authorization: "Bearer a"})],
  proxied: ["/proxied", put({Authorization: "Bearer a"})],
  headerNotAllowed: ["/open", put({"X-Other": "a"})],
  methodNotAllowed: ["/open", {method: "DELETE"}],
  invalid: ["/open", put({}, "{}")],
  broken: ["/broken", put({})],
  unknown: ["/nowhere", {}],
  closed: ["/closed", put({})],
  noPreflight: ["/nopreflight", put({})],
};
(async () => {
  const seen = {};
  for (const [name, [path, options]] of Object.entries(requests)) {
    try {
      const r = await fetch(base + path, options);
      seen[name] = {status: r.status, body: await r.text(), id: r.headers.get("x-amzn-RequestId") || ""};
    } catch (e) {
      seen[name] = {blocked: String(e)};
    }
  }
  await fetch("/result", {method: "POST", body: JSON.stringify(seen)});
})();
</script>`

// seen is what a page can see of one answer.
type seen struct {
	Status   int
	Body, ID string
	Blocked  string
}

// pageServer serves the page on an origin of its own and gives what it reports.
func pageServer(t *testing.T) (origin string, reported <-chan map[string]seen) {
	t.Helper()
	results := make(chan map[string]seen, 1)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, page)
	})
	mux.HandleFunc("POST /result", func(_ http.ResponseWriter, req *http.Request) {
		var all map[string]seen
		if err := json.NewDecoder(req.Body).Decode(&all); err != nil {
			t.Error(err)
		}
		results <- all
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL, results
}

// browse opens a page in a browser without a screen until the test ends.
func browse(t *testing.T, url string) {
	t.Helper()
	program, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatalf("%v: test/install-tools installs it", err)
	}
	cmd := exec.Command(program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--remote-debugging-port=0", "--user-data-dir="+t.TempDir(), url)
	out := newOutput()
	cmd.Stdout, cmd.Stderr = out, out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.WaitDelay = patience
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("output of the browser:\n%s", out)
		}
	})
}

// TestBrowsersSeeWhatTheDocumentAllows drives a real browser: what a page on another origin may send, and what it may read.
func TestBrowsersSeeWhatTheDocumentAllows(t *testing.T) {
	origin, reported := pageServer(t)
	back := newBackEnd(t, func(conn net.Conn, _ *received) {
		reply(conn, 200, `{"ok":true}`, "Access-Control-Allow-Origin: "+origin)
	})
	g := serve(t, strings.NewReplacer("ORIGIN", origin, "BACKEND", back.addr, "NOWHERE", freeAddress(t)).Replace(corsAPI))
	browse(t, origin+"/?api="+g.base)
	var all map[string]seen
	select {
	case all = <-reported:
	case <-time.After(2 * patience):
		t.Fatalf("the page reports nothing; gatehouse says:\n%s", g.out)
	}
	for name, want := range map[string]seen{
		"allowed":          {Status: 200, Body: `{"token": "Bearer a"}`},
		"proxied":          {Status: 200, Body: `{"ok":true}`},
		"headerNotAllowed": {Blocked: "TypeError: Failed to fetch"},
		"methodNotAllowed": {Blocked: "TypeError: Failed to fetch"},
		"invalid":          {Status: 400, Body: `{"message": "Invalid request body"}`},
		"broken":           {Status: 504, Body: `{"message": "Network error communicating with endpoint"}`},
		"unknown":          {Status: 403, Body: `{"message":"Missing Authentication Token"}`},
		"closed":           {Blocked: "TypeError: Failed to fetch"},
		"noPreflight":      {Blocked: "TypeError: Failed to fetch"},
	} {
		t.Run(name, func(t *testing.T) {
			got := all[name]
			if (got.ID != "") != (name == "allowed") {
				t.Errorf("the page reads the request id %q", got.ID)
			}
			if got.ID = ""; got != want {
				t.Errorf("got %+v\nwant %+v", got, want)
			}
		})
	}
	if got := back.last(); got.method != "PUT" || got.get("Origin") != origin || back.calls() != 1 {
		t.Errorf("the back end received %s from %q, %d calls", got.method, got.get("Origin"), back.calls())
	}
}

// TestPreflightsGoThroughThePipeline: an OPTIONS method is one like every other. Spec: rest-api 16.
func TestPreflightsGoThroughThePipeline(t *testing.T) {
	g := serve(t, `openapi: 3.0.1
info: {title: Preflights}
x-amazon-apigateway-binary-media-types: ["*/*"]
x-amazon-apigateway-request-validators: {all: {validateRequestParameters: true}}
components:
  x-origin: &declared {"200": {description: ok, headers: {Access-Control-Allow-Origin: {schema: {type: string}}}}}
  x-responses: &responses {default: {statusCode: "200", responseParameters: {method.response.header.Access-Control-Allow-Origin: "'*'"}}}
paths:
  /binary:
    options:
      responses: *declared
      x-amazon-apigateway-integration: {type: mock, requestTemplates: {application/json: '{"statusCode": 200}'}, responses: *responses}
  /text:
    options:
      responses: *declared
      x-amazon-apigateway-integration: {type: mock, contentHandling: CONVERT_TO_TEXT, requestTemplates: {application/json: '{"statusCode": 200}'}, responses: *responses}
  /validated:
    options:
      x-amazon-apigateway-request-validator: all
      parameters: [{name: X-Token, in: header, required: true}]
      responses: *declared
      x-amazon-apigateway-integration: {type: mock, contentHandling: CONVERT_TO_TEXT, requestTemplates: {application/json: '{"statusCode": 200}'}, responses: *responses}
  /echo:
    options:
      responses: *declared
      x-amazon-apigateway-integration:
        type: mock
        contentHandling: CONVERT_TO_TEXT
        requestTemplates: {application/json: '{"statusCode": 200}'}
        responses:
          default:
            statusCode: "200"
            responseTemplates:
              application/json: |-
                #set($origin = $input.params('Origin'))
                #if($origin.endsWith('.example.com'))
                #set($context.responseOverride.header.Access-Control-Allow-Origin = $origin)
                #end
`)
	const origin = "Origin: https://a.example.com"
	for _, e := range []expectation{
		{"every body is binary, even none, and a template needs text", "OPTIONS", "/binary", "", []string{origin, "Access-Control-Request-Method: PUT"}, 500, "-", []string{"Access-Control-Allow-Origin:"}},
		{"converted to text", "OPTIONS", "/text", "{}", []string{origin, asJSON}, 200, "", []string{"Access-Control-Allow-Origin: *"}},
		{"without body", "OPTIONS", "/text", "", []string{origin, "Access-Control-Request-Method: PUT"}, 200, "", []string{"Access-Control-Allow-Origin: *"}},
		{"validated", "OPTIONS", "/validated", "", []string{origin}, 400, "-", []string{"Access-Control-Allow-Origin:"}},
		{"one of several origins", "OPTIONS", "/echo", "", []string{origin}, 200, "-", []string{"Access-Control-Allow-Origin: https://a.example.com"}},
		{"another origin", "OPTIONS", "/echo", "", []string{"Origin: https://a.example.org"}, 200, "-", []string{"Access-Control-Allow-Origin:"}},
		{"nothing is made up", "OPTIONS", "/none", "", []string{origin}, 403, "-", []string{"Access-Control-Allow-Origin:"}},
	} {
		t.Run(e.name, func(t *testing.T) { g.expect(t, "dev", e) })
	}
}
