package restapi

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/http1"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/functions"
	"github.com/gatehouse-gateway/gatehouse/internal/observe"
)

// lambdaAWS is a method with an AWS integration and a default response 200.
func lambdaAWS(change func(*definition.Method)) *definition.Method {
	m := lambdaProxy("POST")
	m.Integration.Type = "AWS"
	m.Integration.Responses = map[string]*definition.IntegrationResponse{"200": {StatusCode: "200"}}
	m.Responses = map[string]*definition.MethodResponse{"200": {StatusCode: "200"}, "202": {StatusCode: "202"}, "400": {StatusCode: "400"}, "500": {StatusCode: "500"}}
	if change != nil {
		change(m)
	}
	return m
}

const fourHundred = `{"errorMessage": "Error: Raising four hundred from within the Lambda function", "errorType": "Exception", "requestId": "1", "stackTrace": []}`

// TestRecordedSelectionPatterns holds test_lambda_selection_patterns: the lower status of two that match, the default on success.
func TestRecordedSelectionPatterns(t *testing.T) {
	patterns := lambdaAWS(func(m *definition.Method) {
		m.Integration.Responses["400"] = &definition.IntegrationResponse{StatusCode: "400", SelectionPattern: ".*four hundred.*"}
		m.Integration.Responses["500"] = &definition.IntegrationResponse{StatusCode: "500", SelectionPattern: ".+"}
	})
	everything := lambdaAWS(func(m *definition.Method) {
		m.Integration.Responses["202"] = &definition.IntegrationResponse{StatusCode: "202", SelectionPattern: ".*"}
	})
	lines := lambdaAWS(func(m *definition.Method) {
		m.Integration.Responses["400"] = &definition.IntegrationResponse{StatusCode: "400", SelectionPattern: "a.+"}
		m.Integration.Responses["500"] = &definition.IntegrationResponse{StatusCode: "500", SelectionPattern: `a(\n|.)+`}
	})
	statuses := lambdaAWS(func(m *definition.Method) {
		m.Integration.Responses["202"] = &definition.IntegrationResponse{StatusCode: "202", SelectionPattern: "200"}
	})
	none := lambdaAWS(func(m *definition.Method) {
		m.Integration.Responses = map[string]*definition.IntegrationResponse{"500": {StatusCode: "500", SelectionPattern: ".+"}}
	})
	for _, c := range []struct {
		name    string
		method  *definition.Method
		payload string
		failed  bool
		status  int
	}{
		{"200", patterns, `"Pass"`, false, 200},
		{"400", patterns, fourHundred, true, 400},
		{"500", patterns, strings.Replace(fourHundred, "four", "five", 1), true, 500},
		{"an error message without an error", patterns, `{"errorMessage":"x"}`, false, 500},
		{"no text", patterns, `{"errorMessage":{"a":1}}`, true, 200},
		{"no JSON", patterns, `errorMessage`, true, 200},
		{"empty message", patterns, `{"errorMessage":""}`, true, 200},
		{".* matches success", everything, `{}`, false, 202},
		{". is no line end", lines, `{"errorMessage":"a b\nc"}`, true, 500},
		{"a status is no message", statuses, `{}`, false, 200},
		{"nothing matches", none, `{}`, false, 500},
	} {
		f := &fakeFunctions{payload: c.payload, failed: c.failed}
		a := lambdaAPI(t, lambdaEnv(f), map[string]*definition.Method{"/p": c.method}, nil)
		x := send(a, "POST", "/stage/p", nil, "")
		want := c.payload
		if c.method == none {
			want = internalError
		}
		if x.Response.Status != c.status || string(x.Response.Body) != want {
			t.Errorf("%s: got %d %s, want %d %s", c.name, x.Response.Status, x.Response.Body, c.status, want)
		}
		if !x.Response.Header.Has("X-Amzn-Trace-Id") != (c.method == none) {
			t.Errorf("%s: trace header: %v", c.name, x.Response.Header)
		}
		if string(f.event) != "{}" {
			t.Errorf("%s: an empty body reached the function as %s, want {}", c.name, f.event)
		}
	}
}

// TestRecordedLambdaMappingTemplates holds test_lambda_aws_integration_response_with_mapping_templates: templates see the function's
// answer and choose the status.
func TestRecordedLambdaMappingTemplates(t *testing.T) {
	m := lambdaAWS(func(m *definition.Method) {
		m.Integration.PassthroughBehavior = "WHEN_NO_TEMPLATES"
		m.Integration.RequestTemplates = map[string]string{"application/json": `{"statusCode": "$input.path('$.statusCode')", "who": "$context.identity.sourceIp", "color": "$stageVariables.color"}`}
		m.Integration.Responses["200"].ResponseTemplates = map[string]string{"application/json": `#set($answer = $input.path('$'))` +
			`#if($answer.statusCode == 400)#set($context.responseOverride.status = 400)#else#set($context.responseOverride.status = 202)#end$input.json('$.body')`}
		m.Integration.Responses["200"].ResponseParameters = map[string]string{
			"method.response.header.X-Request": "integration.response.header.x-amzn-RequestId", "method.response.header.X-Version": "integration.response.header.X-Amz-Executed-Version",
			"method.response.header.X-Body": "integration.response.body.body.statusCode",
		}
	})
	for _, c := range []struct {
		payload string
		status  int
		body    string
	}{
		{`{"statusCode":202,"body":{"body":"noerror","statusCode":200}}`, 202, `{"body":"noerror","statusCode":200}`},
		{`{"statusCode":400,"body":{"body":"customerror","statusCode":200}}`, 400, `{"body":"customerror","statusCode":200}`},
	} {
		f := &fakeFunctions{payload: c.payload}
		a := lambdaAPI(t, lambdaEnv(f), map[string]*definition.Method{"/p": m}, func(_ *definition.RestAPI, st *definition.Stage) {
			st.Variables = map[string]string{"color": "blue"}
		})
		x := send(a, "POST", "/stage/p", nil, `{"statusCode": 7}`)
		h := x.Response.Header
		if x.Response.Status != c.status || string(x.Response.Body) != c.body || h.Get("X-Version") != "$LATEST" || h.Get("X-Request") == "" || h.Get("X-Body") != "200" {
			t.Errorf("got %d %s %v", x.Response.Status, x.Response.Body, h)
		}
		if got, want := string(f.event), `{"statusCode": "7", "who": "127.0.0.1", "color": "blue"}`; got != want {
			t.Errorf("got the event %s, want %s", got, want)
		}
	}
}

// TestLambdaInvocationHeaders holds what mapped headers and queries do to the invocation. Spec: rest-api 9.2, functions B6.
func TestLambdaInvocationHeaders(t *testing.T) {
	const anEvent = `{"a":1}`
	mapped := func(target, source string) func(*definition.Method) {
		return func(m *definition.Method) { m.Integration.RequestParameters = map[string]string{target: source} }
	}
	kind := func(source string) func(*definition.Method) {
		return mapped("integration.request.header.X-Amz-Invocation-Type", source)
	}
	tail := func(m *definition.Method) {
		mapped("integration.request.header.X-Amz-Log-Type", "'Tail'")(m)
		m.Integration.Responses["200"].ResponseParameters = map[string]string{"method.response.header.X-Log": "integration.response.header.X-Amz-Log-Result"}
	}
	fromClient := kind("method.request.header.Invocation")
	for _, c := range []struct {
		name   string
		change func(*definition.Method)
		header http1.Header
		body   string
		status int
		want   string // of the call: type, tail, client context, qualifier
	}{
		{"plain", nil, nil, anEvent, 200, " false  "},
		{"from the client, none", fromClient, nil, anEvent, 200, " false  "},
		{"from the client, request and response", fromClient, http1.Header{{Name: "Invocation", Value: "RequestResponse"}}, anEvent, 200, " false  "},
		{"from the client, dry run", fromClient, http1.Header{{Name: "Invocation", Value: "DryRun"}}, anEvent, 200, "DryRun false  "},
		{"from the client, asynchronous", fromClient, http1.Header{{Name: "Invocation", Value: "Event"}}, anEvent, 200, "Event false  "},
		{"asynchronous", kind("'Event'"), nil, anEvent, 200, "Event false  "},
		{"unknown", kind("'Whenever'"), nil, anEvent, 500, ""},
		{"tail", tail, nil, anEvent, 200, " true  "},
		{"client context", mapped("integration.request.header.X-Amz-Client-Context", "'"+base64.StdEncoding.EncodeToString([]byte(`{"c":1}`))+"'"), nil, anEvent, 200, ` false {"c":1} `},
		{"client context that is none", mapped("integration.request.header.X-Amz-Client-Context", "'x'"), nil, anEvent, 500, ""},
		{"qualifier", mapped("integration.request.querystring.Qualifier", "'live'"), nil, anEvent, 200, " false  live"},
		{"qualifier of the URI", func(m *definition.Method) { m.Integration.URI += "?Qualifier=live" }, nil, anEvent, 200, " false  live"},
		{"two qualifiers", func(m *definition.Method) {
			mapped("integration.request.querystring.Qualifier", "'live'")(m)
			m.Integration.URI = invocationURI(functionARN + ":dead")
		}, nil, anEvent, 500, ""},
		{"placeholder", func(m *definition.Method) {
			mapped("integration.request.path.name", "method.request.header.Fn")(m)
			m.Integration.URI = invocationURI("arn:aws:lambda:us-east-1:123456789012:function:{name}")
		}, http1.Header{{Name: "Fn", Value: "pets:blue"}}, anEvent, 200, " false  blue"},
		{"placeholder without a value", func(m *definition.Method) {
			mapped("integration.request.path.name", "method.request.header.Fn")(m)
			m.Integration.URI = invocationURI("arn:aws:lambda:us-east-1:123456789012:function:{name}")
		}, nil, anEvent, 500, ""},
		{"no JSON (unconfirmed)", nil, nil, "hello", 400, ""},
		{"too large", nil, nil, `"` + strings.Repeat("x", 6<<20) + `"`, 413, ""},
		{"GET towards the function", func(m *definition.Method) { m.Integration.HTTPMethod = "GET" }, nil, anEvent, 500, ""},
		{"referer is dropped", mapped("integration.request.header.Referer", "'x'"), nil, anEvent, 200, " false  "},
	} {
		f := &fakeFunctions{payload: `"ok"`}
		a := lambdaAPI(t, lambdaEnv(f), map[string]*definition.Method{"/p": lambdaAWS(c.change)}, nil)
		x := send(a, "POST", "/stage/p", c.header, c.body)
		if x.Response.Status != c.status {
			t.Errorf("%s: got %d %s, want %d", c.name, x.Response.Status, x.Response.Body, c.status)
			continue
		}
		if c.status != 200 {
			if f.calls != 0 {
				t.Errorf("%s: the function was called", c.name)
			}
			continue
		}
		got := string(f.call.Type) + " " + map[bool]string{true: "true", false: "false"}[f.call.Tail] + " " + string(f.call.ClientContext) + " " + f.call.Ref.Qualifier
		if got != c.want || string(f.event) != anEvent || f.call.Ref.Name != "pets" {
			t.Errorf("%s: got %q of %s with %s, want %q", c.name, got, f.call.Ref.Name, f.event, c.want)
		}
		if f.call.Tail != (x.Response.Header.Get("X-Log") == base64.StdEncoding.EncodeToString([]byte("START RequestId"))) {
			t.Errorf("%s: got the log %q", c.name, x.Response.Header.Get("X-Log"))
		}
		if empty := f.call.Type == functions.DryRun || f.call.Type == functions.Event; empty != (len(x.Response.Body) == 0) {
			t.Errorf("%s: got the body %q", c.name, x.Response.Body)
		}
	}
}

// TestRecordedIllegalHeaderMappings holds test_apigateway_header_remapping_aws for both types.
func TestRecordedIllegalHeaderMappings(t *testing.T) {
	for _, name := range []string{"Content-Length", "Transfer-Encoding", "Authorization", "Connection", "Expect", "Proxy-Authenticate", "TE", "X-Amzn-Trace-Id", "X-Amzn-Apigateway-Api-Id"} {
		for _, m := range []*definition.Method{lambdaProxy("POST"), lambdaAWS(nil)} {
			m.Integration.RequestParameters = map[string]string{"integration.request.header." + name: "'x'", "integration.request.header.Server": "'x'", "integration.request.header.Host": "'h'"}
			f := &fakeFunctions{payload: `{}`}
			env := lambdaEnv(f)
			var reason string
			env.Recorder = recorderFunc(func(r *observe.Record) { reason = r.Reason })
			x := send(lambdaAPI(t, env, map[string]*definition.Method{"/p": m}, nil), "POST", "/stage/p", nil, "")
			if x.Response.Status != 500 || string(x.Response.Body) != internalError || f.calls != 0 || reason != "Execution failed due to configuration error: "+name+" header already present" {
				t.Errorf("%s %s: got %d %s (%s)", m.Integration.Type, name, x.Response.Status, x.Response.Body, reason)
			}
		}
	}
}

type recorderFunc func(*observe.Record)

func (f recorderFunc) Record(r *observe.Record) { f(r) }

// TestInvokedLambda holds the log of the recording test_apigw_test_invoke_method_api, without what belongs to a signature.
func TestInvokedLambda(t *testing.T) {
	const answer = `{"statusCode":200,"body":"\"response from lambda: {}\"","isBase64Encoded":false,"headers":{}}`
	m := lambdaAWS(nil)
	m.HTTPMethod = "GET"
	proxied := lambdaProxy("PUT")
	api := apiOf(map[string]*definition.Method{"/foo": m})
	api.Resources["/foo"].Methods["PUT"] = proxied
	api.Resources["/foo"].Methods["ANY"] = lambdaProxy("ANY")
	const trace = "Root=1-6a12345b-89abcdef0123456789abcdef"
	header := map[string]string{"content-type": "application/json", "X-Amzn-Trace-Id": trace + ";Parent=1;Sampled=0"}
	endpoint := func(method, body string) string {
		const uri = "https://lambda.us-east-1.amazonaws.com/2015-03-31/functions/" + functionARN + "/invocations"
		return "T : Endpoint request URI: " + uri + "\nT : Endpoint request headers: {x-amzn-lambda-integration-tag=<id>, x-amzn-apigateway-api-id=abcdefghij, " +
			"X-Amz-Source-Arn=arn:aws:execute-api:us-east-1:123456789012:abcdefghij/test-invoke-stage/" + method + "/foo, Accept=application/json, User-Agent=AmazonAPIGateway_abcdefghij, X-Amzn-Trace-Id=" + trace + ";Parent=1;Sampled=0}\n" +
			"T : Endpoint request body after transformations: " + body + "\nT : Sending request to " + uri + "\n"
	}
	const received = "T : Received response. Status: 200, Integration latency: 0 ms\nT : Endpoint response headers: {Content-Type=application/json, Content-Length=93, x-amzn-RequestId=1b2c3d4e-0000-4000-8000-000000000001, X-Amz-Executed-Version=$LATEST, X-Amzn-Trace-Id=" + trace + ";Parent=1;Sampled=0}\n" +
		"T : Endpoint response body before transformations: " + answer + "\n"
	const method = "{content-type=application/json}"
	f := &fakeFunctions{payload: answer}
	r, log := tested(t, lambdaEnv(f), api, "/foo", "GET", TestRequest{PathWithQueryString: "/foo?queryTest=value", Headers: header, Body: `{"test": "val123"}`})
	want := openingOf("GET", "/foo", "{}", "{queryTest=value}", method, `{"test": "val123"}`) + endpoint("GET", `{"test": "val123"}`) + received +
		"T : Method response body after transformations: " + answer + "\nT : Method response headers: {X-Amzn-Trace-Id=" + trace + ";Parent=1;Sampled=0, Content-Type=application/json}\n" +
		"T : Successfully completed execution\nT : Method completed with status: 200\n"
	if log != want || r.Status != 200 || r.Body != answer {
		t.Errorf("got %d %s\n%s\nwant\n%s", r.Status, r.Body, log, want)
	}
	if r, log = tested(t, lambdaEnv(f), api, "/foo", "GET", TestRequest{Headers: header}); !strings.Contains(log, endpoint("GET", "")) || string(f.event) != "{}" || r.Status != 200 {
		t.Errorf("empty body: got %d, the function got %s\n%s", r.Status, f.event, log)
	}
	r, log = tested(t, lambdaEnv(f), api, "/foo", "PUT", TestRequest{Headers: header})
	if r.Status != 200 || r.Body != `"response from lambda: {}"` || !strings.Contains(log, received) || !strings.Contains(log, endpoint("PUT", strings.ReplaceAll(string(f.event), f.pick(t, "requestContext", "requestId").(string), "<id>"))[:400]) {
		t.Errorf("proxy: got %d %s\n%s", r.Status, r.Body, log)
	}
	r, _ = tested(t, lambdaEnv(f), api, "/foo", "POST", TestRequest{})
	if r.Status != 200 || f.pick(t, "headers") != nil || f.pick(t, "multiValueHeaders") != nil || f.pick(t, "requestContext", "identity", "sourceIp") != "test-invoke-source-ip" ||
		!strings.HasSuffix(f.call.Caller.SourceARN, "/test-invoke-stage/*/foo") {
		t.Errorf("without header: got %d %s by %s", r.Status, f.event, f.call.Caller.SourceARN)
	}
	f.failed, f.payload = true, `{"errorMessage":"boom","errorType":"Error"}`
	r, log = tested(t, lambdaEnv(f), api, "/foo", "PUT", TestRequest{Headers: header})
	const ending = "T : Lambda execution failed with status 200 due to customer function error: boom. Lambda request id: 1b2c3d4e-0000-4000-8000-000000000001\nT : Method completed with status: 502\n"
	if r.Status != 502 || !strings.HasSuffix(log, ending) || !strings.Contains(log, "X-Amz-Function-Error=Unhandled") {
		t.Errorf("function error: got %d\n%s", r.Status, log)
	}
	f.failed, f.payload = false, `[]`
	if r, log = tested(t, lambdaEnv(f), api, "/foo", "PUT", TestRequest{}); !strings.HasSuffix(log, "T : Execution failed due to configuration error: Malformed Lambda proxy response\nT : Method completed with status: 502\n") {
		t.Errorf("malformed: got %d\n%s", r.Status, log)
	}
	f.err = functions.ErrDenied
	if r, log = tested(t, lambdaEnv(f), api, "/foo", "PUT", TestRequest{}); r.Status != 500 || !strings.Contains(log, "T : Execution failed due to configuration error: Invalid permissions on Lambda function") {
		t.Errorf("denied: got %d\n%s", r.Status, log)
	}
}
