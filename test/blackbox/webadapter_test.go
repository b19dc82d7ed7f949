package blackbox

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// adapterServers are the same server twice.
var adapterServers = []string{"lwa.js", "lwa.py"}

// adapterCase is a variable of the Lambda Web Adapter and what a web function is like with it, and without.
type adapterCase struct {
	variable string // without AWS_LWA_
	older    bool   // it has an older name, without the prefix
	value    string // NAME is the function
	besides  map[string]string
	see      func(g *gatewayProcess, name string) string
	with     string // NAME is the function
	without  string
}

// adapterCases are the variables that change what an HTTP server is asked and what becomes of its answers. Spec: functions A8.
var adapterCases = []adapterCase{
	{variable: "PORT", older: true, value: "9000", see: ownPort, with: "a port of its own", without: "a port of its own"},
	{variable: "HOST", older: true, value: "127.0.0.2", see: seenAs("address"), with: "127.0.0.2", without: "127.0.0.1"},
	{variable: "READINESS_CHECK_PORT", older: true, value: "9000", besides: map[string]string{"PORT": "9000"}, see: seenAs("probes"), with: "GET / 200", without: "GET / 200"},
	{variable: "READINESS_CHECK_PATH", older: true, value: "/health?deep=1", see: seenAs("probes"), with: "GET /health?deep=1 200", without: "GET / 200"},
	{variable: "READINESS_CHECK_PROTOCOL", older: true, value: "tcp", see: seenAs("probes"), with: "", without: "GET / 200"},
	{variable: "READINESS_CHECK_HEALTHY_STATUS", value: "200-204, 302", besides: map[string]string{"TEST_PROBES": "401,302"}, see: seenAs("probes"),
		with: "GET / 401, GET / 302", without: "GET / 401"},
	{variable: "READINESS_CHECK_MIN_UNHEALTHY_STATUS", value: "400", besides: map[string]string{"TEST_PROBES": "401,302"}, see: seenAs("probes"),
		with: "GET / 401, GET / 302", without: "GET / 401"},
	{variable: "READINESS_CHECK_TIMEOUT_SECONDS", value: "0.5", besides: map[string]string{"TEST_SLOW": "2500"}, see: answerAt("/status/200"), with: "502 " + functionFailed, without: "200 status 200"},
	{variable: "REMOVE_BASE_PATH", older: true, value: "/NAME", see: seenAs("asked"), with: "GET /seen?a=b", without: "GET /NAME/seen?a=b"},
	{variable: "REMOVE_BASE_PATH", older: true, value: "/NAME/", see: askedAt("/NAME/NAME/x"), with: "GET /NAME/x", without: "GET /NAME/NAME/x"},
	{variable: "REMOVE_BASE_PATH", older: true, value: "/f", see: seenAs("asked"), with: "GET /NAME/seen?a=b", without: "GET /NAME/seen?a=b"}, // whole segments only
	{variable: "PASS_THROUGH_PATH", value: "/jobs", see: askedForEvents, with: "POST /jobs", without: "POST /events"},
	{variable: "AUTHORIZATION_SOURCE", value: "X-Token", see: authorizationAt, with: "secret and ", without: "theirs and secret"},
	{variable: "ERROR_STATUS_CODES", value: "500, 502-504", see: answerAt("/status/503"), with: "502 " + functionFailed, without: "503 status 503"},
	{variable: "ENABLE_COMPRESSION", value: "true", see: encodingOf, with: "gzip of 1000", without: " of 1000"},
	{variable: "INVOKE_MODE", value: "response_stream", see: streamedBy, with: "one, then two", without: "502"},
	{variable: "POOL_IDLE_TIMEOUT_SECONDS", value: "0", see: connectionsTo, with: "another connection", without: "the same connection"},
}

// adapterProject writes a project with a web function for each environment, by name.
func adapterProject(t *testing.T, server string, timeout int, functions map[string]map[string]string) string {
	t.Helper()
	var document, project strings.Builder
	document.WriteString("openapi: 3.0.1\ninfo: {title: Web}\nx-amazon-apigateway-binary-media-types: [text/plain]\npaths:\n")
	project.WriteString("functions:\n")
	for _, name := range slices.Sorted(maps.Keys(functions)) {
		streaming := strings.NewReplacer("2015-03-31", "2021-11-15", "/invocations", "/response-streaming-invocations").Replace(functionURI(name))
		for path, integration := range map[string]string{
			"/" + name + "/{proxy+}":          "type: aws_proxy, uri: '" + functionURI(name) + "'",
			"/events/" + name:                 "type: aws, passthroughBehavior: when_no_match, responses: {default: {statusCode: '200'}}, uri: '" + functionURI(name) + "'",
			"/streamed/" + name + "/{proxy+}": "type: aws_proxy, responseTransferMode: STREAM, uri: '" + streaming + "'",
		} {
			fmt.Fprintf(&document, "  %s:\n    x-amazon-apigateway-any-method:\n      responses: {'200': {description: ok}}\n      x-amazon-apigateway-integration: {httpMethod: POST, %s}\n", path, integration)
		}
		environment, err := json.Marshal(functions[name])
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&project, "- {name: %s, runtime: web, handler: %s, path: code, timeout: %d, environment: %s}\n", name, server, timeout, environment)
	}
	dir := functionProject(t, map[string]string{"openapi.yaml": document.String(), "gatehouse.yaml": project.String()})
	write(t, filepath.Join(dir, "code", server), testFile(t, server))
	return dir
}

// TestWebAdapterVariables starts a server with each variable, by each of its names, and without.
func TestWebAdapterVariables(t *testing.T) {
	for _, server := range adapterServers {
		t.Run(server, func(t *testing.T) {
			t.Parallel()
			functions, wants := map[string]map[string]string{}, map[string]func(g *gatewayProcess){}
			for i, c := range adapterCases {
				names := map[string]string{fmt.Sprintf("f%dwithout", i): "", fmt.Sprintf("f%dnew", i): "AWS_LWA_" + c.variable}
				if c.older {
					names[fmt.Sprintf("f%dold", i)] = c.variable
				}
				for name, variable := range names {
					environment, want := map[string]string{}, c.without
					maps.Copy(environment, c.besides)
					if variable != "" {
						environment[variable], want = strings.ReplaceAll(c.value, "NAME", name), c.with
					}
					functions[name] = environment
					wants[name] = func(g *gatewayProcess) {
						if got, want := c.see(g, name), strings.ReplaceAll(want, "NAME", name); got != want {
							t.Errorf("%v: got %q, want %q", environment, got, want)
						}
					}
				}
			}
			g := serveFile(t, adapterProject(t, server, 5, functions))
			for _, check := range wants {
				check(g)
			}
		})
	}
}

// TestWebAdapterAsyncInit: a server that takes longer than the ten seconds of initialisation serves its first request with the
// variable, and is started again, in vain, without.
func TestWebAdapterAsyncInit(t *testing.T) {
	for _, server := range adapterServers {
		t.Run(server, func(t *testing.T) {
			t.Parallel()
			const slow = "TEST_SLOW"
			g := serveFile(t, adapterProject(t, server, 5, map[string]map[string]string{
				"new":     {slow: "11000", "AWS_LWA_ASYNC_INIT": "true"},
				"old":     {slow: "11000", "ASYNC_INIT": "true"},
				"bounded": {slow: "11000", "AWS_LWA_ASYNC_INIT": "true", "AWS_LWA_READINESS_CHECK_TIMEOUT_SECONDS": "0.5"}, // which has no say then
				"without": {slow: "11000"},
			}))
			answers := make(chan string, 4)
			for _, name := range []string{"new", "old", "bounded", "without"} {
				go func() { answers <- name + " " + answerAt("/status/200")(g, name) }()
			}
			var got []string
			for range 4 {
				got = append(got, <-answers)
			}
			slices.Sort(got)
			if want := []string{"bounded 200 status 200", "new 200 status 200", "old 200 status 200", "without 502 " + functionFailed}; !slices.Equal(got, want) {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

// TestWebAdapterVariablesThatAreRefused: what cannot be as it says keeps a project from starting, and is named.
func TestWebAdapterVariablesThatAreRefused(t *testing.T) {
	for _, tt := range []struct{ variable, value, want string }{
		{"AWS_LWA_PORT", "web", `AWS_LWA_PORT is "web": it must be a port`},
		{"AWS_LWA_HOST", "192.0.2.1", `AWS_LWA_HOST is "192.0.2.1"`},
		{"AWS_LWA_READINESS_CHECK_PORT", "9000", "AWS_LWA_READINESS_CHECK_PORT is 9000 and AWS_LWA_PORT is 8080"},
		{"READINESS_CHECK_PORT", "9000", "AWS_LWA_READINESS_CHECK_PORT is 9000 and AWS_LWA_PORT is 8080"},
		{"AWS_LWA_READINESS_CHECK_PATH", "a b", `AWS_LWA_READINESS_CHECK_PATH is "/a b"`},
		{"READINESS_CHECK_PROTOCOL", "udp", `AWS_LWA_READINESS_CHECK_PROTOCOL is "udp"`},
		{"AWS_LWA_READINESS_CHECK_HEALTHY_STATUS", "fine", `AWS_LWA_READINESS_CHECK_HEALTHY_STATUS is "fine"`},
		{"AWS_LWA_READINESS_CHECK_MIN_UNHEALTHY_STATUS", "x", `AWS_LWA_READINESS_CHECK_MIN_UNHEALTHY_STATUS is "x"`},
		{"AWS_LWA_READINESS_CHECK_TIMEOUT_SECONDS", "10s", `AWS_LWA_READINESS_CHECK_TIMEOUT_SECONDS is "10s"`},
		{"AWS_LWA_POOL_IDLE_TIMEOUT_SECONDS", "-1", `AWS_LWA_POOL_IDLE_TIMEOUT_SECONDS is "-1"`},
		{"ASYNC_INIT", "yes", `AWS_LWA_ASYNC_INIT is "yes"`},
		{"AWS_LWA_ENABLE_COMPRESSION", "gzip", `AWS_LWA_ENABLE_COMPRESSION is "gzip"`},
		{"AWS_LWA_INVOKE_MODE", "stream", `AWS_LWA_INVOKE_MODE is "stream"`},
		{"AWS_LWA_LAMBDA_RUNTIME_API_PROXY", "http://127.0.0.1:9002", "AWS_LWA_LAMBDA_RUNTIME_API_PROXY is not supported: "},
		{"AWS_LWA_SNAPSTART_BEFORE_CHECKPOINT_PATH", "/before", "AWS_LWA_SNAPSTART_BEFORE_CHECKPOINT_PATH is not supported: "},
		{"AWS_LWA_SNAPSTART_AFTER_RESTORE_PATH", "/after", "AWS_LWA_SNAPSTART_AFTER_RESTORE_PATH is not supported: "},
		{"AWS_LWA_ENABLE_TLS", "true", "AWS_LWA_ENABLE_TLS is not supported: "},
		{"AWS_LWA_TLS_SERVER_NAME", "x", "AWS_LWA_TLS_SERVER_NAME is not supported: "},
		{"AWS_LWA_TLS_CERT_FILE", "x", "AWS_LWA_TLS_CERT_FILE is not supported: "},
		{"AWS_LWA_READINES_CHECK_PATH", "/", "AWS_LWA_READINES_CHECK_PATH is no variable of a web function"},
	} {
		out, code := run(t, "dev", "--gateway-addr", "127.0.0.1:0", adapterProject(t, "lwa.js", 10, map[string]map[string]string{"f": {tt.variable: tt.value}}))
		if code != 1 || !strings.Contains(out, tt.want) {
			t.Errorf("%s=%s: exit code %d, %s", tt.variable, tt.value, code, out)
		}
	}
}

// seenAs is one of the things that a server says it saw.
func seenAs(what string) func(g *gatewayProcess, name string) string {
	return func(g *gatewayProcess, name string) string { return fmt.Sprint(g.seen(name)[what]) }
}

// seen asks a server what it sees.
func (g *gatewayProcess) seen(name string, headers ...string) map[string]any {
	g.t.Helper()
	return g.decoded(g.do("GET", "/dev/"+name+"/seen?a=b", "", headers...))
}

func (g *gatewayProcess) decoded(r *response) (seen map[string]any) {
	g.t.Helper()
	if err := json.Unmarshal([]byte(r.body), &seen); err != nil || r.status != 200 {
		g.t.Errorf("got %s", r)
	}
	return seen
}

func ownPort(g *gatewayProcess, name string) string {
	if s := g.seen(name); s["port"] == "9000" || s["port"] != s["lwaPort"] {
		return fmt.Sprint(s)
	}
	return "a port of its own"
}

// askedAt is what a server was asked when the gateway was asked for a path, in which NAME is the function.
func askedAt(path string) func(g *gatewayProcess, name string) string {
	return func(g *gatewayProcess, name string) string {
		return fmt.Sprint(g.decoded(g.do("GET", "/dev"+strings.ReplaceAll(path, "NAME", name), ""))["asked"])
	}
}

func askedForEvents(g *gatewayProcess, name string) string {
	return fmt.Sprint(g.decoded(g.do("POST", "/dev/events/"+name, `{"job":1}`, "Content-Type: application/json"))["asked"])
}

func authorizationAt(g *gatewayProcess, name string) string {
	s := g.seen(name, "X-Token: secret", "Authorization: theirs")
	return fmt.Sprint(s["authorization"], " and ", s["token"])
}

// answerAt is what comes of a path.
func answerAt(path string) func(g *gatewayProcess, name string) string {
	return func(g *gatewayProcess, name string) string {
		r := g.do("GET", "/dev/"+name+path, "")
		return fmt.Sprint(r.status, " ", r.body)
	}
}

// encodingOf is how an answer is encoded, and how long it is.
func encodingOf(g *gatewayProcess, name string) string {
	r := g.do("GET", "/dev/"+name+"/long", "", "Accept: text/plain", "Accept-Encoding: br, gzip")
	text := []byte(r.body)
	if r.get("Content-Encoding") == "gzip" {
		z, err := gzip.NewReader(bytes.NewReader(text))
		if err != nil {
			return err.Error()
		}
		if text, err = io.ReadAll(z); err != nil {
			return err.Error()
		}
	}
	return fmt.Sprint(r.get("Content-Encoding"), " of ", len(text))
}

// streamedBy reads an answer whose second half the server writes when the first has arrived.
func streamedBy(g *gatewayProcess, name string) string {
	file := filepath.Join(g.t.TempDir(), "go")
	path := "/dev/streamed/" + name + "/slow?go="
	if r := g.do("GET", path+g.t.TempDir(), ""); r.status != 200 { // which is there
		return fmt.Sprint(r.status)
	}
	rd := g.open("GET", path+file)
	first := rd.chunk()
	write(g.t, file, "")
	return strings.TrimSpace(first) + ", then " + rd.chunk()
}

// connectionsTo says whether two requests, one after the other, came on one connection of the server.
func connectionsTo(g *gatewayProcess, name string) string {
	if g.seen(name)["connection"] == g.seen(name)["connection"] {
		return "the same connection"
	}
	return "another connection"
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
