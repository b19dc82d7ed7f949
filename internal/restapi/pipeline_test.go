package restapi

import (
	"context"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/http1"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/front"
	"github.com/gatehouse-gateway/gatehouse/internal/integration"
	"github.com/gatehouse-gateway/gatehouse/internal/limits"
	"github.com/gatehouse-gateway/gatehouse/internal/observe"
)

// cannedBackend answers every call with the same result; it stands for the network, whose cost is not ours to count here.
type cannedBackend struct {
	status int
	header http1.Header
	body   []byte
	err    error
	call   integration.Call
	keep   bool // call.Header outlives the exchange; costs an allocation
}

func (b *cannedBackend) Do(_ context.Context, _ *integration.Endpoint, call *integration.Call, res *integration.Result) error {
	b.call = *call
	if b.keep {
		b.call.Header = slices.Clone(call.Header)
	}
	if b.err != nil {
		return b.err
	}
	res.Status, res.Header, res.Body = b.status, append(res.Header[:0], b.header...), b.body
	return nil
}

func testEnv(b Backends) *Env {
	now := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	return &Env{
		AccountID: "123456789012", Region: "us-east-1", Limits: limits.AWS(), Backends: b, Recorder: observe.Discard,
		Random: counter(), Now: func() time.Time { return now },
	}
}

// apiOf makes an API with one method at each path.
func apiOf(methods map[string]*definition.Method) *definition.RestAPI {
	api := &definition.RestAPI{ID: "abcdefghij", Resources: map[string]*definition.Resource{"root": {ID: "root", Path: "/"}}}
	for path, m := range methods {
		part := path[strings.LastIndexByte(path, '/')+1:]
		api.Resources[path] = &definition.Resource{ID: path, PathPart: part, Path: path, Methods: map[string]*definition.Method{m.HTTPMethod: m}}
	}
	return api
}

func compiled(t testing.TB, env *Env, api *definition.RestAPI) *API {
	t.Helper()
	st, problems := Compile(env, &definition.Deployment{ID: "dep123", API: api}, &definition.Stage{Name: "prod"})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return NewAPI(env, api.ID, st)
}

func mockMethod(requestTemplate, responseTemplate string) *definition.Method {
	return &definition.Method{
		HTTPMethod: "GET",
		Responses:  map[string]*definition.MethodResponse{"200": {StatusCode: "200"}},
		Integration: &definition.Integration{
			Type: "MOCK", RequestTemplates: map[string]string{"application/json": requestTemplate},
			Responses: map[string]*definition.IntegrationResponse{"200": {
				StatusCode: "200", ResponseTemplates: map[string]string{"application/json": responseTemplate},
				ResponseParameters: map[string]string{"method.response.header.X-Static": "'yes'"},
			}},
		},
	}
}

func proxyMethod() *definition.Method {
	return &definition.Method{HTTPMethod: "ANY", Integration: &definition.Integration{Type: "HTTP_PROXY", HTTPMethod: "ANY", URI: "http://127.0.0.1:9000/fixed"}}
}

// request makes an exchange as a front would hand it over.
func request(method, target string, header http1.Header) *front.Exchange {
	x := new(front.Exchange)
	x.Request = front.Request{
		Method: method, Target: target, Host: "abcdefghij.execute-api.us-east-1.localhost", Proto: "HTTP/1.1", Header: header,
		Body: strings.NewReader(""), Peer: netip.MustParseAddrPort("127.0.0.1:4000"), Local: netip.MustParseAddrPort("127.0.0.1:8080"),
		Received: time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC),
	}
	return x
}

var browserHeader = http1.Header{
	{Name: "Host", Value: "abcdefghij.execute-api.us-east-1.localhost"}, {Name: "User-Agent", Value: "Mozilla/5.0 (X11; Linux x86_64)"},
	{Name: "Accept", Value: "application/json"}, {Name: "Accept-Language", Value: "en"}, {Name: "Accept-Encoding", Value: "gzip, deflate, br"},
}

// serveOnce runs one exchange to its end, as the front does.
func serveOnce(a *API, x *front.Exchange) {
	x.Response = front.Response{Header: x.Response.Header[:0]}
	a.ServeAPI(context.Background(), x, Address{Target: x.Request.Target, DomainName: x.Request.Host, Default: true})
	x.Response.Done(int64(len(x.Response.Body)), nil)
}

// The allocation ceilings of the request path, per request, without the front and the network: the pair of request ids;
// and for a proxied request the trace id, the target, the address texts and the forwarded header on top.
const (
	maxMockAllocs  = 1
	maxProxyAllocs = 4
)

func TestMockAllocations(t *testing.T) {
	env := testEnv(nil)
	a := compiled(t, env, apiOf(map[string]*definition.Method{"/mock": mockMethod(`{"statusCode": 200}`, `{"ok": true}`)}))
	x := request("GET", "/prod/mock", browserHeader)
	got := testing.AllocsPerRun(200, func() { serveOnce(a, x) })
	if x.Response.Status != 200 || string(x.Response.Body) != `{"ok": true}` {
		t.Fatalf("got %d %s", x.Response.Status, x.Response.Body)
	}
	if !raceEnabled && got > maxMockAllocs {
		t.Errorf("%v allocations per request, the ceiling is %d", got, maxMockAllocs)
	}
}

func TestProxyAllocations(t *testing.T) {
	b := &cannedBackend{status: 200, header: http1.Header{{Name: "Content-Type", Value: "application/json"}, {Name: "Date", Value: "x"}}, body: []byte(`{"ok":true}`)}
	env := testEnv(b)
	a := compiled(t, env, apiOf(map[string]*definition.Method{"/proxy": proxyMethod()}))
	x := request("GET", "/prod/proxy?a=1", browserHeader)
	got := testing.AllocsPerRun(200, func() { serveOnce(a, x) })
	if x.Response.Status != 200 || b.call.Target != "/fixed?a=1" {
		t.Fatalf("got %d %s", x.Response.Status, b.call.Target)
	}
	if !raceEnabled && got > maxProxyAllocs {
		t.Errorf("%v allocations per request, the ceiling is %d", got, maxProxyAllocs)
	}
}

func BenchmarkMock(b *testing.B) {
	env := testEnv(nil)
	a := compiled(b, env, apiOf(map[string]*definition.Method{"/mock": mockMethod(`{"statusCode": 200}`, `{"ok": true}`)}))
	x := request("GET", "/prod/mock", browserHeader)
	b.ReportAllocs()
	for b.Loop() {
		serveOnce(a, x)
	}
}

func BenchmarkProxy(b *testing.B) {
	back := &cannedBackend{status: 200, header: http1.Header{{Name: "Content-Type", Value: "application/json"}, {Name: "Date", Value: "x"}}, body: []byte(`{"ok":true}`)}
	env := testEnv(back)
	a := compiled(b, env, apiOf(map[string]*definition.Method{"/proxy": proxyMethod()}))
	x := request("GET", "/prod/proxy?a=1", browserHeader)
	b.ReportAllocs()
	for b.Loop() {
		serveOnce(a, x)
	}
}

// BenchmarkCompile shows that memory and time of a release grow linearly with its methods.
func BenchmarkCompile(b *testing.B) {
	for _, n := range []int{100, 1_000, 10_000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			methods := make(map[string]*definition.Method, n)
			for i := range n {
				methods["/svc"+strconv.Itoa(i)+"/v1/items/{id}"] = proxyMethod()
			}
			api, env := apiOf(methods), testEnv(nil)
			b.ReportAllocs()
			for b.Loop() {
				if _, problems := Compile(env, &definition.Deployment{API: api}, &definition.Stage{Name: "prod"}); problems != nil {
					b.Fatal(problems)
				}
			}
		})
	}
}

// TestTheEarlierStepRefuses holds the order of rest-api 3: every pair of steps that can refuse is provoked at once.
func TestTheEarlierStepRefuses(t *testing.T) {
	required := map[string]bool{"method.request.header.X-Needed": true}
	m := mockMethod(`{"statusCode": 200}`, `{}`)
	m.HTTPMethod, m.RequestValidatorID, m.RequestParameters = "POST", "v", required
	m.RequestModels = map[string]string{"application/json": "M"}
	m.Integration.PassthroughBehavior = "NEVER"
	m.Integration.RequestTemplates = map[string]string{"application/xml": "not a status"}
	api := apiOf(map[string]*definition.Method{"/all": m})
	api.Models = map[string]*definition.Model{"M": {Name: "M", Schema: `{"required":["a"]}`}}
	api.RequestValidators = map[string]*definition.RequestValidator{"v": {ID: "v", ValidateRequestBody: true, ValidateRequestParameters: true}}
	env := testEnv(nil)
	a := compiled(t, env, api)
	with := func(fields ...http1.Field) http1.Header { return append(http1.Header{}, fields...) }
	needed := http1.Field{Name: "X-Needed", Value: "1"}
	xml := http1.Field{Name: "Content-Type", Value: "application/xml"}
	for _, c := range []struct {
		name, target, body string
		length             int64
		header             http1.Header
		want               string
	}{
		{"size before stage", "/nostage/none", "", 10485761, nil, "413 HTTP content length exceeded 10485760 bytes."},
		{"stage before route", "/nostage/none", "", 0, nil, `403 {"message":"Forbidden"}`},
		{"route before parameters", "/prod/none", "", 0, nil, `403 {"message":"Missing Authentication Token"}`},
		{"parameters before body", "/prod/all", "{}", 2, nil, `400 {"message": "Missing required request parameters: [X-Needed]"}`},
		{"body before media type", "/prod/all", "{}", 2, with(needed), `400 {"message": "Invalid request body"}`},
		{"media type before template", "/prod/all", `{"a":1}`, 7, with(needed), `415 {"message": "Unsupported Media Type"}`},
		{"integration last", "/prod/all", `<a/>`, 4, with(needed, xml), `500 {"message": "Internal server error"}`},
	} {
		x := request("POST", c.target, c.header)
		x.Request.Body, x.Request.ContentLength = strings.NewReader(c.body), c.length
		serveOnce(a, x)
		if got := strconv.Itoa(x.Response.Status) + " " + string(x.Response.Body); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
}
