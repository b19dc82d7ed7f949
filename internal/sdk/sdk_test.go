package sdk_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/sdk"
	"github.com/gatehouse-gateway/gatehouse/sigv4"
)

// petstore has a method of every kind.
func petstore() *definition.RestAPI {
	api := &definition.RestAPI{ID: "a1b2c3d4e5", Name: "Pets </script>`", Resources: map[string]*definition.Resource{}}
	add := func(path, verb string, m definition.Method) {
		if api.Resources[path] == nil {
			api.Resources[path] = &definition.Resource{ID: path, Path: path, Methods: map[string]*definition.Method{}}
		}
		api.Resources[path].Methods[verb] = &m
	}
	add("/", "GET", definition.Method{AuthorizationType: "NONE"})
	add("/pets", "POST", definition.Method{AuthorizationType: "NONE", RequestParameters: map[string]bool{"method.request.header.X-Trace": false}})
	add("/pets/{petId}", "GET", definition.Method{AuthorizationType: "NONE", OperationName: "GetPet", RequestParameters: map[string]bool{
		"method.request.path.petId": true, "method.request.querystring.type": true, "method.request.querystring.a-b": false, "method.request.querystring.a": false,
	}})
	add("/2-signed/{proxy+}", "ANY", definition.Method{AuthorizationType: "AWS_IAM", RequestParameters: map[string]bool{"method.request.querystring.q": false}})
	add("/2-signed/{proxy+}", "GET", definition.Method{AuthorizationType: "NONE"})
	add("/pets_/{petId}", "GET", definition.Method{AuthorizationType: "NONE"})
	return api
}

func generate(t *testing.T, url string) map[string]string {
	t.Helper()
	archive, err := sdk.Generate(petstore(), "javascript", sdk.Options{InvokeURL: url, Region: "eu-west-1", Date: time.Unix(1700000000, 0)})
	if err != nil {
		t.Fatal(err)
	}
	again, err := sdk.Generate(petstore(), "javascript", sdk.Options{InvokeURL: url, Region: "eu-west-1", Date: time.Unix(1700000000, 0)})
	if err != nil || !bytes.Equal(archive, again) {
		t.Errorf("the second archive differs: %v", err)
	}
	r, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, f := range r.File {
		open, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(open)
		if err != nil {
			t.Fatal(err)
		}
		files[f.Name] = string(text)
	}
	return files
}

func TestMethodsHaveTheServicesNames(t *testing.T) {
	files := generate(t, "https://example.com/prod")
	client := files["apiGateway-js-sdk/apigClient.js"]
	for _, name := range []string{"rootGet", "petsPost", "petsPetIdGet", "petsPetIdGet2", "2SignedProxyGet", "2SignedProxyDelete", "2SignedProxyPut"} {
		if strings.Count(client, `apigClient["`+name+`"] = `) != 1 || !strings.Contains(files["apiGateway-js-sdk/README.md"], "- `"+name+"`: ") {
			t.Errorf("no method %s in\n%s", name, client)
		}
	}
	if n := strings.Count(client, "apigClient[\""); n != 11 {
		t.Errorf("%d methods", n)
	}
}

// TestClientsAreOldJavaScript: pages of any age can use them, and nothing in them ends the script of a page.
func TestClientsAreOldJavaScript(t *testing.T) {
	client := generate(t, "https://example.com/</script>")["apiGateway-js-sdk/apigClient.js"]
	code := regexp.MustCompile(`(?m)^\s*//.*$`).ReplaceAllString(client, "")
	if found := regexp.MustCompile("=>|`|\\b(let|const|class|async|await|import|export)\\b|\\.\\.\\.|</").FindAllString(code, -1); found != nil {
		t.Errorf("found %q", found)
	}
	if strings.Contains(client, "INVOKE_URL") || strings.Contains(client, "REGION") || strings.Contains(client, "//methods") {
		t.Error("a place was not filled in")
	}
}

// seen is a request as it arrived.
type seen struct {
	Method, URI, Body string
	Header            http.Header
	Signed            string // by whom, or why not
}

type oneKey struct{}

func (oneKey) Credential(id string) (sigv4.Credential, bool) {
	return sigv4.Credential{AccessKeyID: "AKIDEXAMPLE", Secret: sigv4.NewSecret("secrét"), SessionToken: sigv4.NewSecret("token")}, id == "AKIDEXAMPLE"
}

// backend answers with what it saw; 404 below /missing, HTML at the root.
func backend(t *testing.T, log *[]seen) *httptest.Server {
	verifier := &sigv4.Verifier{Service: "execute-api", Region: "eu-west-1", Keys: oneKey{}, Now: time.Now}
	var mu sync.Mutex
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		s := seen{Method: req.Method, URI: req.RequestURI, Body: string(body), Header: req.Header}
		signed := &sigv4.Request{Method: req.Method, Path: req.URL.EscapedPath(), Query: req.URL.RawQuery, Body: body, Header: []sigv4.Field{{Name: "host", Value: req.Host}}}
		for name, values := range req.Header {
			for _, v := range values {
				signed.Header = append(signed.Header, sigv4.Field{Name: name, Value: v})
			}
		}
		if _, err := verifier.Verify(signed); err != nil {
			s.Signed = err.Error()
		}
		mu.Lock()
		*log = append(*log, s)
		mu.Unlock()
		w.Header().Set("X-Back", "yes")
		switch {
		case strings.Contains(req.URL.Path, "missing"):
			w.WriteHeader(404)
			io.WriteString(w, `{"message":"not here"}`)
		case req.URL.Path == "/prod/":
			io.WriteString(w, "<p>")
		default:
			io.WriteString(w, `{"ok":[1]}`)
		}
	}))
	t.Cleanup(server.Close)
	return server
}

const script = `
var factory = require('./apigClient.js');
var client = factory.newClient();
var keyed = factory.newClient({apiKey: 'the key', accessKey: 'AKIDEXAMPLE', secretKey: 'secrét', sessionToken: 'token'});
var out = [];
function keep(result) { out.push(result instanceof Error ? {error: result.message} : result); }
function thrown(call) { try { call(); out.push('nothing'); } catch (e) { out.push({thrown: e.message}); } }
client.rootGet({}, {}, {}).then(keep).then(function () {
  return client.petsPost({'X-Trace': 't1'}, {name: 'Mü', tags: ['a']}, {headers: {'x-trace': 't2', accept: 'text/plain'}, queryParams: {more: 'x y&z'}});
}).then(keep).then(function () {
  return client.petsPetIdGet({petId: 'a/b c!', type: ['cat', 'dog'], 'a-b': 2, a: 1});
}).then(keep).then(function () {
  return client.petsPetIdGet({petId: 'missing', type: ''}).then(function () { out.push('resolved'); }, keep);
}).then(function () {
  return keyed['2SignedProxyPut']({proxy: "x/y z/é*'", q: ['b', 'a b']}, 'plain ü', {headers: {'Content-Type': 'text/plain'}, queryParams: {'q-r': '1', Q: '2'}});
}).then(keep).then(function () {
  return keyed['2SignedProxyDelete']({proxy: 'x'});
}).then(keep).then(function () {
  return factory.newClient({invokeUrl: 'http://127.0.0.1:1/prod'}).rootGet().then(function () { out.push('resolved'); }, function (e) { out.push({error: e instanceof Error}); });
}).then(function () {
  thrown(function () { client.petsPetIdGet({type: 'cat'}); });
  thrown(function () { client['2SignedProxyPut'](); });
  thrown(function () { client.rootGet({}, {a: 1}); });
  console.log(JSON.stringify(out));
});
`

// xhr is what a page has to send requests with, as far as clients use it.
const xhr = `
var http = require('http');
global.fetch = undefined;
global.XMLHttpRequest = function () { this.headers = {}; };
XMLHttpRequest.prototype.open = function (verb, url) { this.verb = verb; this.url = url; };
XMLHttpRequest.prototype.setRequestHeader = function (name, value) { this.headers[name] = value; };
XMLHttpRequest.prototype.getAllResponseHeaders = function () {
  var r = this.response.rawHeaders, text = '';
  for (var i = 0; i < r.length; i += 2) { text += r[i] + ': ' + r[i + 1] + '\r\n'; }
  return text;
};
XMLHttpRequest.prototype.send = function (body) {
  var self = this;
  var request = http.request(this.url, {method: this.verb, headers: this.headers, agent: false}, function (response) {
    self.response = response; self.status = response.statusCode; self.statusText = response.statusMessage; self.responseText = '';
    response.setEncoding('utf8');
    response.on('data', function (text) { self.responseText += text; });
    response.on('end', function () { self.onload(); });
  });
  request.on('error', function () { self.onerror(); });
  request.end(body);
};
`

// TestClientsWork runs a generated client in Node against a server, which verifies its signatures.
func TestClientsWork(t *testing.T) { clientsWork(t, "") }

func TestClientsWorkInPages(t *testing.T) { clientsWork(t, xhr) }

// clientsWork runs the script after what the place has that it runs in.
func clientsWork(t *testing.T, place string) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Fatal("node is not installed: run test/install-tools")
	}
	var log []seen
	server := backend(t, &log)
	dir := t.TempDir()
	client := generate(t, server.URL+"/prod")["apiGateway-js-sdk/apigClient.js"]
	for name, text := range map[string]string{"apigClient.js": client, "run.js": place + script} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), node, "run.js")
	cmd.Dir = dir
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s%s", err, out, stderr.String())
	}
	checkResults(t, out)
	checkRequests(t, log)
}

func checkResults(t *testing.T, out []byte) {
	t.Helper()
	var results []map[string]any
	if err := json.Unmarshal(out, &results); err != nil || len(results) != 10 {
		t.Fatalf("%v in %s", err, out)
	}
	for i, want := range []string{
		`{"data":"<p>","status":200}`, `{"data":{"ok":[1]},"status":200}`, `{"data":{"ok":[1]},"status":200}`, `{"data":{"message":"not here"},"status":404}`,
		`{"data":{"ok":[1]},"status":200}`, `{"data":{"ok":[1]},"status":200}`, `{"error":true}`,
		`{"thrown":"petId must be defined"}`, `{"thrown":"proxy must be defined"}`, `{"thrown":"a GET request cannot have a body"}`,
	} {
		r := results[i]
		if headers, ok := r["headers"].(map[string]any); ok && headers["x-back"] != "yes" {
			t.Errorf("result %d has the headers %v", i, headers)
		}
		delete(r, "headers")
		delete(r, "statusText")
		if got, _ := json.Marshal(r); strings.ReplaceAll(strings.ReplaceAll(string(got), `\u003c`, "<"), `\u003e`, ">") != want {
			t.Errorf("result %d: got %s want %s", i, got, want)
		}
	}
}

func checkRequests(t *testing.T, log []seen) {
	t.Helper()
	wants := []struct{ method, uri, body, header, value string }{
		{"GET", "/prod/", "", "Accept", "application/json"},
		{"POST", "/prod/pets?more=x%20y%26z", `{"name":"Mü","tags":["a"]}`, "X-Trace", "t2"},
		{"GET", "/prod/pets/a%2Fb%20c%21?a=1&a-b=2&type=cat&type=dog", "", "X-Api-Key", ""},
		{"GET", "/prod/pets/missing?type=", "", "Content-Type", ""},
		{"PUT", "/prod/2-signed/x/y%20z/%C3%A9%2A%27?Q=2&q=a%20b&q=b&q-r=1", "plain ü", "Content-Type", "text/plain"},
		{"DELETE", "/prod/2-signed/x", "", "X-Api-Key", "the key"},
	}
	if len(log) != len(wants) {
		t.Fatalf("%d requests, want %d: %+v", len(log), len(wants), log)
	}
	for i, want := range wants {
		got := log[i]
		if got.Method != want.method || got.URI != want.uri || got.Body != want.body || got.Header.Get(want.header) != want.value {
			t.Errorf("request %d: got %+v, want %+v", i, got, want)
		}
		if signed := got.Signed == ""; signed != (i >= 4) {
			t.Errorf("request %d: signed %v: %s", i, signed, got.Signed)
		}
	}
	if got := log[1].Header; got.Get("Accept") != "text/plain" || got.Get("Content-Type") != "application/json" {
		t.Errorf("headers of the second request: %v", got)
	}
}

func TestOtherLanguagesAreRefused(t *testing.T) {
	for _, kind := range []string{"java", "android", "objectivec", "swift", "ruby", ""} {
		if _, err := sdk.Generate(petstore(), kind, sdk.Options{InvokeURL: "https://example.com/prod"}); err == nil || err.Error() != "Unsupported SDK type" {
			t.Errorf("%s: %v", kind, err)
		}
	}
	if _, err := sdk.Generate(petstore(), "javascript", sdk.Options{InvokeURL: "example.com"}); err == nil {
		t.Error("a client without an address was made")
	}
	if types := sdk.Types(); len(types) != 1 || types[0].ID != "javascript" {
		t.Errorf("types %v", types)
	}
	if got := sdk.Name("javascript", time.Unix(1746555626, 0)); got != "javascript_2025-05-06T18:20:26Z.zip" {
		t.Errorf("name %s", got)
	}
}
