package restapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/http1"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/integration"
)

// petDraft is the API of the recordings: mocked /pets and /pets/{petId}, and a guarded HTTP integration.
func petDraft() *definition.RestAPI {
	pets, pet := mockMethod(`{"statusCode": 200}`, `{"pets": "all the pets"}`), mockMethod(`{"statusCode": 200}`, `{"petId": "$input.params('petId')"}`)
	for _, m := range []*definition.Method{pets, pet} {
		m.Integration.Responses["200"].ResponseParameters = nil
	}
	post := *pet
	post.HTTPMethod = "POST"
	api := apiOf(map[string]*definition.Method{"/pets": pets, "/pets/{petId}": pet})
	api.Resources["/pets/{petId}"].Methods["POST"] = &post
	guarded := httpMethod()
	guarded.AuthorizationType, guarded.AuthorizerID, guarded.APIKeyRequired = "CUSTOM", "a", true
	guarded.Integration.URI = "http://${stageVariables.host}/p/{id}"
	guarded.Integration.RequestParameters = map[string]string{"integration.request.path.id": "method.request.path.id", "integration.request.header.Authorization": "method.request.header.Authorization"}
	guarded.RequestValidatorID, guarded.RequestParameters = "v", map[string]bool{"method.request.querystring.needed": true}
	api.RequestValidators = map[string]*definition.RequestValidator{"v": {ID: "v", ValidateRequestParameters: true}}
	api.Resources["guarded"] = &definition.Resource{ID: "guarded", PathPart: "{id}", Path: "/guarded/{id}", Methods: map[string]*definition.Method{"POST": guarded}}
	api.Resources["any"] = &definition.Resource{ID: "any", PathPart: "{proxy+}", Path: "/any/{proxy+}", Methods: map[string]*definition.Method{"ANY": proxyMethod()}}
	// What is wrong elsewhere must not matter.
	api.Policy = "{}"
	api.EndpointConfiguration.Types = []string{"PRIVATE"}
	api.Models = map[string]*definition.Model{"Broken": {Name: "Broken", Schema: "["}}
	api.GatewayResponses = map[string]*definition.GatewayResponse{"NO_SUCH_TYPE": {}}
	api.Resources["broken"] = &definition.Resource{ID: "broken", PathPart: "broken", Path: "/broken", Methods: map[string]*definition.Method{
		"GET": {HTTPMethod: "GET"}, "PUT": {HTTPMethod: "PUT", Integration: &definition.Integration{Type: "AWS", URI: "arn:aws:apigateway:us-east-1:sqs:path/q"}},
	}}
	return api
}

// tested runs a test invoke and returns its result with the times and the request id of the log made equal.
func tested(t *testing.T, env *Env, api *definition.RestAPI, resource, method string, in TestRequest) (*TestResult, string) {
	t.Helper()
	r, err := TestInvoke(t.Context(), env, api, resource, method, in)
	if err != nil {
		t.Fatalf("%s %s: %v", method, resource, err)
	}
	first, _, _ := strings.Cut(r.Log, "\n")
	id := strings.TrimPrefix(first, "Execution log for request ")
	return r, strings.NewReplacer(id, "<id>", "Sun Nov 22 10:00:00 UTC 2026", "T").Replace(r.Log)
}

func openingOf(method, path, params, query, header, body string) string {
	return fmt.Sprintf("Execution log for request <id>\nT : Starting execution for request: <id>\nT : HTTP Method: %s, Resource Path: %s\nT : Method request path: %s\n"+
		"T : Method request query string: %s\nT : Method request headers: %s\nT : Method request body before transformations: %s\n", method, path, params, query, header, body)
}

// TestInvokedMocks holds the recordings of test_invoke_test_method.
func TestInvokedMocks(t *testing.T) {
	for _, c := range []struct {
		name, resource, method string
		in                     TestRequest
		opening, body          string
	}{
		{"pets", "/pets", "GET", TestRequest{PathWithQueryString: "/pets"}, openingOf("GET", "/pets", "{}", "{}", "{}", ""), `{"pets": "all the pets"}`},
		{"bad path", "/pets", "GET", TestRequest{PathWithQueryString: "/random/test"}, openingOf("GET", "/random/test", "{}", "{}", "{}", ""), `{"pets": "all the pets"}`},
		{"id", "/pets/{petId}", "GET", TestRequest{PathWithQueryString: "/pets/123"}, openingOf("GET", "/pets/123", "{petId=123}", "{}", "{}", ""), `{"petId": "123"}`},
		{"id, no path", "/pets/{petId}", "GET", TestRequest{}, openingOf("GET", "/pets/{petId}", "{petId={petId}}", "{}", "{}", ""), `{"petId": "{petId}"}`},
		{"id, bad path", "/pets/{petId}", "GET", TestRequest{PathWithQueryString: "/random/test"}, openingOf("GET", "/random/test", "{}", "{}", "{}", ""), `{"petId": ""}`},
		{"query", "/pets/{petId}", "GET", TestRequest{PathWithQueryString: "/pets/123?foo=bar"}, openingOf("GET", "/pets/123", "{petId=123}", "{foo=bar}", "{}", ""), `{"petId": "123"}`},
		{"body", "/pets/{petId}", "POST", TestRequest{PathWithQueryString: "/pets/123", Body: `{"foo": "bar"}`}, openingOf("POST", "/pets/123", "{petId=123}", "{}", "{}", `{"foo": "bar"}`), `{"petId": "123"}`},
		{"path without slash", "/pets/{petId}", "GET", TestRequest{PathWithQueryString: "pets/7"}, openingOf("GET", "/pets/7", "{petId=7}", "{}", "{}", ""), `{"petId": "7"}`},
		{"query only", "/pets/{petId}", "GET", TestRequest{PathWithQueryString: "?a=1"}, openingOf("GET", "/pets/{petId}", "{petId={petId}}", "{a=1}", "{}", ""), `{"petId": "{petId}"}`},
	} {
		r, log := tested(t, testEnv(nil), petDraft(), c.resource, c.method, c.in)
		want := c.opening + "T : Method response body after transformations: " + c.body + "\nT : Method response headers: {Content-Type=application/json}\n" +
			"T : Successfully completed execution\nT : Method completed with status: 200\n"
		if log != want {
			t.Errorf("%s: got\n%s\nwant\n%s", c.name, log, want)
		}
		if r.Status != 200 || r.Body != c.body || !reflect.DeepEqual(r.Headers, map[string]string{"Content-Type": "application/json"}) ||
			!reflect.DeepEqual(r.MultiValueHeaders, map[string][]string{"Content-Type": {"application/json"}}) {
			t.Errorf("%s: got %+v", c.name, r)
		}
	}
}

// TestInvokedFailure holds the recording of test_failed_invoke_test_method.
func TestInvokedFailure(t *testing.T) {
	api := petDraft()
	api.Resources["root"].Methods = map[string]*definition.Method{"GET": {
		HTTPMethod: "GET", Integration: &definition.Integration{Type: "HTTP_PROXY", HTTPMethod: "GET", URI: "http://${stageVariables.none}/x"},
	}}
	r, log := tested(t, testEnv(nil), api, "root", "GET", TestRequest{})
	want := openingOf("GET", "/", "{}", "{}", "{}", "") + "T : Execution failed due to configuration error: Invalid endpoint address\nT : Method completed with status: 500\n"
	if log != want {
		t.Errorf("got\n%s\nwant\n%s", log, want)
	}
	if r.Status != 500 || r.Body != `{"message": "Internal server error"}` || !reflect.DeepEqual(r.Headers, map[string]string{"x-amzn-ErrorType": "InternalServerErrorException"}) ||
		!reflect.DeepEqual(r.MultiValueHeaders, map[string][]string{"x-amzn-ErrorType": {"InternalServerErrorException"}}) {
		t.Errorf("got %+v", r)
	}
}

// TestInvokedBackEnd holds the lines of control-plane 11.1 for integrations that call something, in the order of the
// recording of test_apigw_test_invoke_method_api; and that no guard of the method keeps the test out.
func TestInvokedBackEnd(t *testing.T) {
	back := &cannedBackend{keep: true, status: 200, header: http1.Header{{Name: "Date", Value: "now"}, {Name: "Content-Type", Value: "text/plain"}}, body: []byte("pong")}
	r, log := tested(t, testEnv(back), petDraft(), "guarded", "POST", TestRequest{
		PathWithQueryString: "/guarded/7?needed=1", Body: "ping", StageVariables: map[string]string{"host": "example.com"},
		Headers:           map[string]string{"authorization": "Bearer secret-token", "X-One": "1", "X-Many": "dropped"},
		MultiValueHeaders: map[string][]string{"X-Many": {"a", "b"}},
	})
	trace := r.Headers["X-Amzn-Trace-Id"]
	endpoint := "http://example.com/p/7"
	want := openingOf("POST", "/guarded/7", "{id=7}", "{needed=1}", "{X-Many=a, X-Many=b, X-One=1, Authorization=*************-token}", "ping") +
		"T : Endpoint request URI: " + endpoint + "\n" +
		"T : Endpoint request headers: {Authorization=*************-token, Accept=application/json, User-Agent=AmazonAPIGateway_abcdefghij, X-Amzn-Apigateway-Api-Id=abcdefghij, X-Amzn-Trace-Id=" + trace + "}\n" +
		"T : Endpoint request body after transformations: ping\n" +
		"T : Sending request to " + endpoint + "\n" +
		"T : Received response. Status: 200, Integration latency: 0 ms\n" +
		"T : Endpoint response headers: {Date=now, Content-Type=text/plain}\n" +
		"T : Endpoint response body before transformations: pong\n" +
		"T : Method response body after transformations: pong\n" +
		"T : Method response headers: {X-Amzn-Trace-Id=" + trace + ", Content-Type=application/json}\n" +
		"T : Successfully completed execution\nT : Method completed with status: 200\n"
	if log != want {
		t.Errorf("got\n%s\nwant\n%s", log, want)
	}
	if r.Status != 200 || r.Body != "pong" || trace == "" || len(r.Headers) != 2 {
		t.Errorf("got %+v", r)
	}
	if got := back.call.Header.Get("Authorization"); got != "Bearer secret-token" {
		t.Errorf("the back end got Authorization %q", got)
	}
}

func TestInvokeValidates(t *testing.T) {
	r, log := tested(t, testEnv(nil), petDraft(), "guarded", "POST", TestRequest{PathWithQueryString: "/guarded/7"})
	want := "T : Missing required request parameters: [needed]\nT : Method completed with status: 400\n"
	if r.Status != 400 || r.Body != `{"message": "Missing required request parameters: [needed]"}` || !strings.HasSuffix(log, want) {
		t.Errorf("got %d %s\n%s", r.Status, r.Body, log)
	}
}

func TestInvokeReportsFailingBackEnds(t *testing.T) {
	for _, c := range []struct {
		err    error
		status int
		line   string
	}{
		{integration.ErrTimeout, 504, "Execution failed due to a timeout error"},
		{integration.ErrUnresolvable, 500, "Execution failed due to configuration error: Invalid endpoint address"},
	} {
		r, log := tested(t, testEnv(&cannedBackend{err: c.err}), petDraft(), "any", "PUT", TestRequest{PathWithQueryString: "/any/a/b"})
		if want := fmt.Sprintf("T : %s\nT : Method completed with status: %d\n", c.line, c.status); r.Status != c.status || !strings.HasSuffix(log, want) {
			t.Errorf("%v: got %d\n%s", c.err, r.Status, log)
		}
	}
}

func TestInvokeCutsLongLines(t *testing.T) {
	long := strings.Repeat("x", 3000)
	_, log := tested(t, testEnv(nil), petDraft(), "/pets/{petId}", "POST", TestRequest{Body: long, Headers: map[string]string{"X-Long": long}})
	for _, line := range strings.Split(log, "\n") {
		text := strings.TrimPrefix(line, "T : ")
		if len(text) > maxLogLine || strings.Contains(text, "xxx") && !strings.HasSuffix(text, "xxx [TRUNCATED]") {
			t.Errorf("a line of %d bytes: %.40s…%s", len(text), text, text[max(0, len(text)-20):])
		}
	}
	if strings.Count(log, "[TRUNCATED]") != 2 {
		t.Errorf("got\n%s", log)
	}
}

// TestInvokeOfAny: a verb that the resource serves through ANY is sent as it is; ANY itself is a GET.
func TestInvokeOfAny(t *testing.T) {
	for sent, want := range map[string]string{"PUT": "PUT", "ANY": "GET", "DELETE": "DELETE"} {
		back := &cannedBackend{keep: true, status: 204}
		r, log := tested(t, testEnv(back), petDraft(), "any", sent, TestRequest{PathWithQueryString: "/any/a/b?q=1"})
		if r.Status != 204 || back.call.Method != want || back.call.Target != "/fixed?q=1" || !strings.Contains(log, "Method request path: {proxy=a/b}\n") {
			t.Errorf("%s: got %d, %s %s\n%s", sent, r.Status, back.call.Method, back.call.Target, log)
		}
		if !back.call.Header.Has("User-Agent") {
			t.Errorf("the back end got %v", back.call.Header)
		}
		for _, name := range []string{"X-Forwarded-For", "Host"} {
			if back.call.Header.Has(name) {
				t.Errorf("the back end got %s, though nobody sent it", name)
			}
		}
	}
}

func TestInvokeRefusesWhatItCannotRun(t *testing.T) {
	for _, c := range []struct {
		resource, method string
		in               TestRequest
		want             error
		text             string
	}{
		{"nope", "GET", TestRequest{}, ErrUnknownResource, "Invalid Resource identifier specified"},
		{"/pets", "PUT", TestRequest{}, ErrUnknownMethod, "Invalid Method identifier specified"},
		{"/pets", "ANY", TestRequest{}, ErrUnknownMethod, "Invalid Method identifier specified"},
		{"any", "FETCH", TestRequest{}, ErrUnknownMethod, "Invalid Method identifier specified"},
		{"/pets", "GET", TestRequest{ClientCertificateID: "x"}, ErrUnknownClientCertificate, "Invalid Client Certificate ID specified: x"},
		{"broken", "GET", TestRequest{}, nil, "resources['/broken'].methods.GET: No integration defined for method"},
		{"broken", "PUT", TestRequest{}, nil, "resources['/broken'].methods.PUT.integration.uri: AWS integrations with the service sqs are not supported yet"},
	} {
		_, err := TestInvoke(t.Context(), testEnv(nil), petDraft(), c.resource, c.method, c.in)
		if err == nil || err.Error() != c.text || c.want != nil && !errors.Is(err, c.want) || c.want == nil && definition.ProblemsOf(err) == nil {
			t.Errorf("%s %s: got %v, want %s", c.method, c.resource, err, c.text)
		}
	}
}

// TestInvokeLeavesTheDraftAlone: drafts are shared by all who read them.
func TestInvokeLeavesTheDraftAlone(t *testing.T) {
	api := petDraft()
	before, err := json.Marshal(api)
	if err != nil {
		t.Fatal(err)
	}
	tested(t, testEnv(&cannedBackend{status: 200}), api, "guarded", "POST", TestRequest{PathWithQueryString: "/guarded/7?needed=1"})
	if after, err := json.Marshal(api); err != nil || string(after) != string(before) {
		t.Errorf("got\n%s\nwant\n%s", after, before)
	}
}

func TestInvokeKnowsItsContext(t *testing.T) {
	api := petDraft()
	api.Resources["/pets"].Methods["GET"].Integration.Responses["200"].ResponseTemplates["application/json"] =
		"$context.stage $context.path $context.resourcePath $context.identity.sourceIp $context.accountId $context.httpMethod $stageVariables.a"
	r, _ := tested(t, testEnv(nil), api, "/pets", "GET", TestRequest{StageVariables: map[string]string{"a": "b"}})
	if want := "test-invoke-stage /pets /pets test-invoke-source-ip 123456789012 GET b"; r.Body != want {
		t.Errorf("got %s, want %s", r.Body, want)
	}
}

func FuzzTestTarget(f *testing.F) {
	for _, s := range []string{"", "/pets/1?a=1", "pets", "?a", "//", "/%zz?%"} {
		f.Add(s, "/pets/{id}")
	}
	f.Fuzz(func(t *testing.T, path, template string) {
		got := testTarget(path, template)
		if !strings.HasPrefix(got.resource, "/") || strings.ContainsRune(got.resource, '?') && !strings.ContainsRune(template, '?') {
			t.Errorf("%q of %q: %+v", path, template, got)
		}
	})
}
