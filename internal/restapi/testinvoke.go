package restapi

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/gatehouse-gateway/gatehouse/http1"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/front"
	"github.com/gatehouse-gateway/gatehouse/internal/integration/jsonscan"
)

// What keeps a test invoke from being run at all. The texts are the management API's. Spec: control-plane 11.1.
var (
	ErrUnknownResource = errors.New("Invalid Resource identifier specified")
	ErrUnknownMethod   = errors.New("Invalid Method identifier specified")
)

// TestRequest is the input of TestInvokeMethod. Everything is optional.
type TestRequest struct {
	// PathWithQueryString is for the log and for the path parameters; "" is the path template of the resource itself. One that
	// does not fit the template gives no path parameters.
	PathWithQueryString string
	Headers             map[string]string
	MultiValueHeaders   map[string][]string // these win over Headers of the same name
	Body                string
	StageVariables      map[string]string
	ClientCertificateID string
}

// TestResult is what a test invoke answered, and its log.
type TestResult struct {
	Status            int
	Headers           map[string]string // the last value of each
	MultiValueHeaders map[string][]string
	Body              string // UTF-8; other bytes are U+FFFD
	Log               string // lines, each with its time in front, the last one ended too
	Latency           time.Duration
}

// testStage is the name of the stage of test invokes.
const testStage = "test-invoke-stage"

// The host name that a test invoke was sent to, as far as $context shows one (unconfirmed).
const testDomainPrefix, testDomainName = "testPrefix", "testPrefix.testDomainName"

// TestInvoke runs one method of a draft once: its mappings, its integration, its request validation; but no authorizer, API
// key, throttle, resource policy or cache. httpMethod is the method's, or for ANY the one to send; ANY itself sends a GET.
// The method is compiled for this call, and what is wrong elsewhere in the draft does not matter. env is that of the
// API's account and region.
//
// A back end that fails is a result, with a status of 500 or so. Errors are ErrUnknownResource, ErrUnknownMethod,
// ErrUnknownClientCertificate, and definition.Problems of the method: what a deployment of it would be refused for.
// Spec: control-plane 11.1, rest-api 19.
func TestInvoke(ctx context.Context, env *Env, api *definition.RestAPI, resourceID, httpMethod string, in TestRequest) (*TestResult, error) {
	resource := api.Resources[resourceID]
	if resource == nil {
		return nil, ErrUnknownResource
	}
	name, verb, ok := testedMethod(resource, httpMethod)
	if !ok {
		return nil, ErrUnknownMethod
	}
	stage, err := compileTested(env, api, resource, name, in)
	if err != nil {
		return nil, err
	}
	start := env.Now()
	x := begin(env, testExchange(verbNames[verb], in, start))
	defer x.release()
	x.stage, x.verb = stage, verb
	x.address = Address{DomainName: testDomainName, DomainPrefix: testDomainPrefix, Default: true}
	x.target = testTarget(in.PathWithQueryString, resource.Path)
	if !stage.root.find(x.target.route, verb, &x.match) {
		x.match.node, x.match.params = stage.root.at(resource.Path), x.match.params[:0]
	}
	x.method = x.match.node.methods[verb]
	x.contentType = mediaType(x.wire.Request.Header.Get("Content-Type"))
	x.log = &executionLog{logging: x.method.logging, now: env.Now}
	if r := x.method.run(ctx, x); r != nil {
		x.answerRefusal(r)
	}
	x.endLog()
	return x.testResult(start), nil
}

// testedMethod finds the method for a verb: its own, or ANY.
func testedMethod(r *definition.Resource, httpMethod string) (name string, v verb, ok bool) {
	v = verbOf(httpMethod)
	switch {
	case r.Methods[httpMethod] != nil && httpMethod == "ANY":
		return "ANY", verbGet, true
	case v == noVerb:
		return "", v, false
	case r.Methods[httpMethod] != nil:
		return httpMethod, v, true
	}
	return "ANY", v, r.Methods["ANY"] != nil
}

// compileTested compiles a stage that has this method only.
func compileTested(env *Env, api *definition.RestAPI, r *definition.Resource, name string, in TestRequest) (*Stage, error) {
	input := &stageInput{env: env, definition: &definition.Stage{Name: testStage}}
	if id := in.ClientCertificateID; id != "" {
		var err error
		if input.certificate, err = env.clientCertificate(id); err != nil {
			return nil, err
		}
	}
	alone := *r
	alone.Methods = map[string]*definition.Method{name: copyMethod(r.Methods[name])}
	definition.FillPlaces(&definition.RestAPI{Resources: map[string]*definition.Resource{r.ID: &alone}})
	c := input.newCompiler(&definition.Deployment{API: api}, in.StageVariables)
	c.testing, c.stage.testing = true, true
	c.compileModels()
	c.stage.responses = c.compileGatewayResponses(api.GatewayResponses)
	c.problems = nil // of models and gateway responses; those of a model that the method uses come again
	c.compileResource(&alone)
	return c.stage, c.problems.Err()
}

// copyMethod copies what FillPlaces writes to: drafts are shared.
func copyMethod(m *definition.Method) *definition.Method {
	c := *m
	c.Responses = copyEach(m.Responses)
	if m.Integration != nil {
		in := *m.Integration
		in.Responses = copyEach(in.Responses)
		c.Integration = &in
	}
	return &c
}

func copyEach[T any](m map[string]*T) map[string]*T {
	copied := make(map[string]*T, len(m))
	for name, v := range m {
		own := *v
		copied[name] = &own
	}
	return copied
}

// testExchange is the exchange that no front has received.
func testExchange(method string, in TestRequest, now time.Time) *front.Exchange {
	wire := new(front.Exchange)
	wire.Request = front.Request{
		Method: method, Proto: "HTTP/1.1", Body: strings.NewReader(in.Body), ContentLength: int64(len(in.Body)), Received: now,
	}
	h := &wire.Request.Header
	for _, name := range slices.Sorted(maps.Keys(in.MultiValueHeaders)) {
		for _, value := range in.MultiValueHeaders[name] {
			*h = append(*h, http1.Field{Name: name, Value: value})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(in.Headers)) {
		if !h.Has(name) {
			*h = append(*h, http1.Field{Name: name, Value: in.Headers[name]})
		}
	}
	return wire
}

// testTarget takes the path of a test apart; there is no stage in it.
func testTarget(path, template string) target {
	path, query, _ := strings.Cut(path, "?")
	if path == "" {
		path = template
	}
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	return target{stage: testStage, path: path, resource: path, route: strings.Trim(path, "/"), query: query}
}

// testResult reads the answer, which belongs to the exchange.
func (x *exchange) testResult(start time.Time) *TestResult {
	out := &x.wire.Response
	r := &TestResult{
		Status: out.Status, Headers: make(map[string]string), MultiValueHeaders: make(map[string][]string),
		Body: string(jsonscan.AppendText(nil, out.Body)), Latency: x.env.Now().Sub(start),
	}
	for _, f := range out.Header {
		r.Headers[f.Name] = f.Value
		r.MultiValueHeaders[f.Name] = append(r.MultiValueHeaders[f.Name], f.Value)
	}
	r.Log = "Execution log for request " + x.requestID + "\n" + strings.Join(x.log.lines, "\n") + "\n"
	return r
}
