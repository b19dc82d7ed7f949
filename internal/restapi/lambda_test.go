package restapi

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/http1"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/front"
	"github.com/gatehouse-gateway/gatehouse/internal/functions"
	"github.com/gatehouse-gateway/gatehouse/internal/integration/jsonscan"
)

// fakeFunctions answers every invocation at once. It stands for the function plane, whose policies, processes and concurrency are
// tested with real functions in test/.
type fakeFunctions struct {
	payload string
	failed  bool // the function threw payload
	err     error
	echo    bool // the answer's body is the event
	block   bool // until the call's time is over
	calls   int
	call    functions.Call
	event   []byte // of the last call
	keep    bool   // copy the event; costs an allocation
}

func (f *fakeFunctions) Invoke(ctx context.Context, call *functions.Call, res *functions.Result) error {
	f.calls++
	f.call = *call
	if f.keep {
		f.event = slices.Clone(call.Payload)
	}
	if f.block {
		<-ctx.Done()
		return fmt.Errorf("waiting for the function: %w", ctx.Err())
	}
	if f.err != nil {
		return f.err
	}
	res.RequestID, res.ExecutedVersion = "1b2c3d4e-0000-4000-8000-000000000001", functions.Latest
	res.Payload = []byte(f.payload)
	if f.echo {
		res.Payload = slices.Concat([]byte(`{"body":`), jsonscan.AppendString(nil, call.Payload), []byte(`}`))
	}
	if f.failed {
		res.FunctionError = functions.Unhandled
	}
	if call.Tail {
		res.Log = []byte("START RequestId")
	}
	return nil
}

const functionARN = "arn:aws:lambda:us-east-1:123456789012:function:pets"

func invocationURI(function string) string {
	return "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/" + function + "/invocations"
}

func lambdaProxy(verb string) *definition.Method {
	return &definition.Method{HTTPMethod: verb, Integration: &definition.Integration{Type: "AWS_PROXY", HTTPMethod: "POST", URI: invocationURI(functionARN)}}
}

func lambdaEnv(f *fakeFunctions) *Env {
	f.keep = true
	env := testEnv(nil)
	env.Functions = f
	return env
}

// lambdaAPI serves a method for every path under a stage with variables.
func lambdaAPI(t testing.TB, env *Env, methods map[string]*definition.Method, change func(*definition.RestAPI, *definition.Stage)) *API {
	t.Helper()
	api, st := apiOf(methods), &definition.Stage{Name: "stage"}
	if change != nil {
		change(api, st)
	}
	stage, problems := Compile(env, &definition.Deployment{ID: "dep123", API: api}, st)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return NewAPI(env, api.ID, stage)
}

func send(a *API, method, target string, header http1.Header, body string) *front.Exchange {
	x := request(method, target, header)
	x.Request.Body, x.Request.ContentLength = strings.NewReader(body), int64(len(body))
	x.Response = front.Response{Header: x.Response.Header[:0]}
	a.ServeAPI(context.Background(), x, Address{Target: target, DomainName: "abcdefghij.execute-api.us-east-1.localhost", DomainPrefix: "abcdefghij", Default: true})
	x.Response.Body = slices.Clone(x.Response.Body) // it goes back with Done
	x.Response.Header = slices.Clone(x.Response.Header)
	x.Response.Done(int64(len(x.Response.Body)), nil)
	return x
}

const wantEvent = `{"resource":"/pets/{id}","path":"/pets/a%20b/","httpMethod":"POST",` +
	`"headers":{"Host":"api.example","User-Agent":"curl/8","tEsT-HEADeR":"two","Content-Type":"text/plain","X-Forwarded-For":"10.0.0.1, 127.0.0.1",` +
	`"X-Forwarded-Port":"8080","X-Forwarded-Proto":"http","X-Amzn-Trace-Id":"Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"},` +
	`"multiValueHeaders":{"Host":["api.example"],"User-Agent":["curl/8"],"tEsT-HEADeR":["one","two"],"Content-Type":["text/plain"],"X-Forwarded-For":["10.0.0.1, 127.0.0.1"],` +
	`"X-Forwarded-Port":["8080"],"X-Forwarded-Proto":["http"],"X-Amzn-Trace-Id":["Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"]},` +
	`"queryStringParameters":{"price":"30","q":"a b","empty":""},"multiValueQueryStringParameters":{"price":["10","20","30"],"q":["a b"],"empty":[""]},` +
	`"pathParameters":{"id":"a%20b"},"stageVariables":{"color":"blue"},` +
	`"requestContext":{"resourceId":"/pets/{id}","resourcePath":"/pets/{id}","operationName":"feed","httpMethod":"POST","extendedRequestId":"A2nQNp0Dac0EjRU=",` +
	`"requestTime":"22/Nov/2026:10:00:00 +0000","path":"/stage/pets/a%20b/","accountId":"123456789012","protocol":"HTTP/1.1","stage":"stage","domainPrefix":"abcdefghij",` +
	`"requestTimeEpoch":1795341600000,"requestId":"01234567-89ab-4def-8246-8acf13579bde",` +
	`"identity":{"cognitoIdentityPoolId":null,"accountId":null,"cognitoIdentityId":null,"caller":null,"sourceIp":"127.0.0.1","principalOrgId":null,"accessKey":null,` +
	`"cognitoAuthenticationType":null,"cognitoAuthenticationProvider":null,"userArn":null,"userAgent":"curl/8","user":null},` +
	`"domainName":"abcdefghij.execute-api.us-east-1.localhost","deploymentId":"dep123","apiId":"abcdefghij"},"body":"say \"hi\"\n\u0001\\ ü� ","isBase64Encoded":false}`

// TestProxyEvent holds the event byte for byte. Spec: rest-api 9.3.
func TestProxyEvent(t *testing.T) {
	f := &fakeFunctions{payload: `{}`}
	m := lambdaProxy("POST")
	m.OperationName = "feed"
	a := lambdaAPI(t, lambdaEnv(f), map[string]*definition.Method{"/pets/{id}": m}, func(_ *definition.RestAPI, st *definition.Stage) {
		st.Variables = map[string]string{"color": "blue"}
	})
	header := http1.Header{
		{Name: "Host", Value: "api.example"}, {Name: "user-agent", Value: "curl/8"}, {Name: "tEsT-HEADeR", Value: "one"}, {Name: "Connection", Value: "close"},
		{Name: "TEST-header", Value: "two"}, {Name: "Content-Type", Value: "text/plain"}, {Name: "Content-Length", Value: "9"}, {Name: "X-Forwarded-For", Value: "10.0.0.1"},
		{Name: "X-Forwarded-Proto", Value: "forged"}, {Name: "X-Amzn-Trace-Id", Value: "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"},
	}
	x := send(a, "POST", "/stage/pets/a%20b/?price=10&price=20;q=a+b&price=30&empty", header, "say \"hi\"\n\x01\\ ü\xff ")
	if x.Response.Status != 200 {
		t.Fatalf("got %d %s", x.Response.Status, x.Response.Body)
	}
	if got := string(f.event); got != wantEvent {
		t.Errorf("got\n%s\nwant\n%s", got, wantEvent)
	}
	if f.call.Ref.ARN() != functionARN || f.call.TraceID != header[9].Value {
		t.Errorf("got %+v", f.call)
	}
	want := functions.Caller{Service: "apigateway.amazonaws.com", SourceARN: "arn:aws:execute-api:us-east-1:123456789012:abcdefghij/stage/POST/pets/{id}", SourceAccount: "123456789012"}
	if f.call.Caller == nil || *f.call.Caller != want {
		t.Errorf("got the caller %+v, want %+v", f.call.Caller, want)
	}
}

// pick finds a value in the last event.
func (f *fakeFunctions) pick(t *testing.T, path ...string) any {
	t.Helper()
	var v any
	if err := json.Unmarshal(f.event, &v); err != nil {
		t.Fatalf("%v\n%s", err, f.event)
	}
	for _, name := range path {
		m, _ := v.(map[string]any)
		v = m[name]
	}
	return v
}

// TestProxyPaths holds the recorded table of rest-api 1.3.
func TestProxyPaths(t *testing.T) {
	f := &fakeFunctions{payload: `{}`}
	a := lambdaAPI(t, lambdaEnv(f), map[string]*definition.Method{"/{proxy+}": lambdaProxy("ANY"), "/hardcoded": lambdaProxy("ANY")}, nil)
	const emails = "/proxy-value/api/user/test%2Balias@gmail.com/plus/test+alias@gmail.com"
	for _, c := range []struct {
		target, path      string
		proxy             any
		context, resource string
	}{
		{"/stage/proxy-value", "/proxy-value", "proxy-value", "/stage/proxy-value", "/{proxy+}"},
		{"/stage/proxy-value/", "/proxy-value/", "proxy-value", "/stage/proxy-value/", "/{proxy+}"},
		{"/stage/proxy-value//double-slash", "/proxy-value//double-slash", "proxy-value//double-slash", "/stage/proxy-value//double-slash", "/{proxy+}"},
		{"//stage/proxy-value", "/proxy-value", "proxy-value", "/stage/proxy-value", "/{proxy+}"},
		{"/stage//proxy-value", "/proxy-value", "proxy-value", "/stage//proxy-value", "/{proxy+}"},
		{"/stage//hardcoded", "/hardcoded", nil, "/stage//hardcoded", "/hardcoded"},
		{"/stage" + emails, emails, emails[1:], "/stage" + emails, "/{proxy+}"},
	} {
		x := send(a, "GET", c.target, nil, "")
		got := []any{x.Response.Status, f.pick(t, "path"), f.pick(t, "pathParameters", "proxy"), f.pick(t, "requestContext", "path"), f.pick(t, "resource")}
		if want := []any{200, c.path, c.proxy, c.context, c.resource}; !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %v, want %v", c.target, got, want)
		}
		if c.proxy == nil && f.pick(t, "pathParameters") != nil {
			t.Errorf("%s: path parameters without any: %s", c.target, f.event)
		}
		if f.call.Caller.SourceARN != "arn:aws:execute-api:us-east-1:123456789012:abcdefghij/stage/*"+c.resource {
			t.Errorf("%s: got source %s, want * for a method declared as ANY", c.target, f.call.Caller.SourceARN)
		}
	}
	for _, name := range []string{"queryStringParameters", "multiValueQueryStringParameters", "stageVariables", "body"} {
		if v := f.pick(t, name); v != nil || !strings.Contains(string(f.event), `"`+name+`":null`) {
			t.Errorf("%s is %v, want null", name, v)
		}
	}
}

// TestProxyBinary holds when bodies are base64, both ways. Recorded. Spec: rest-api 9.3.
func TestProxyBinary(t *testing.T) {
	for _, c := range []struct {
		types, contentType, accept string
		flag                       bool
		encoded                    bool   // the event
		body                       string // the client's
	}{
		{"", "image/png", "image/png", true, false, "dGVzdA=="},
		{"image/png", "image/png", "image/png", true, true, "test"},
		{"image/png", "text/plain", "image/png,image/*,*/*;q=0.8", true, false, "test"},
		{"image/png", "", "image/webp,image/png,*/*;q=0.8", true, false, "dGVzdA=="},
		{"image/png", "", "image/*", true, false, "dGVzdA=="},
		{"image/png", "", "*/*", true, false, "dGVzdA=="},
		{"image/png", "", "image/jpg", true, false, "dGVzdA=="},
		{"image/png", "", "", true, false, "dGVzdA=="},
		{"image/png", "", "application", true, false, "dGVzdA=="},
		{"application/*", "application/json", "application/whatever", true, true, "test"},
		{"application/*", "", "application/*", true, false, "test"},
		{"image/png", "image/png; q=1", "image/png", false, true, "dGVzdA=="},
	} {
		f := &fakeFunctions{payload: `{"body":"dGVzdA==","isBase64Encoded":` + fmt.Sprint(c.flag) + `}`}
		a := lambdaAPI(t, lambdaEnv(f), map[string]*definition.Method{"/b": lambdaProxy("POST")}, func(api *definition.RestAPI, _ *definition.Stage) {
			if c.types != "" {
				api.BinaryMediaTypes = []string{c.types}
			}
		})
		var h http1.Header
		if c.contentType != "" {
			h.Add("Content-Type", c.contentType)
		}
		if c.accept != "" {
			h.Add("Accept", c.accept)
		}
		x := send(a, "POST", "/stage/b", h, "\xff\x00é")
		body, encoded := "��\\u0000é", false
		if c.encoded {
			body, encoded = "/wDDqQ==", true
		}
		body = strings.Replace(body, "��", "�", 1)
		if string(x.Response.Body) != c.body || !strings.HasSuffix(string(f.event), fmt.Sprintf(`,"body":"%s","isBase64Encoded":%v}`, body, encoded)) {
			t.Errorf("%+v: got %s, event %s", c, x.Response.Body, f.event[len(f.event)-60:])
		}
	}
	f := &fakeFunctions{payload: `{"body":"no base64!","isBase64Encoded":true}`}
	a := lambdaAPI(t, lambdaEnv(f), map[string]*definition.Method{"/b": lambdaProxy("GET")}, func(api *definition.RestAPI, _ *definition.Stage) {
		api.BinaryMediaTypes = []string{"image/png"}
	})
	if x := send(a, "GET", "/stage/b", http1.Header{{Name: "Accept", Value: "image/png"}}, ""); x.Response.Status != 500 || string(x.Response.Body) != `{"message": "Internal server error"}` {
		t.Errorf("not base64: got %d %s", x.Response.Status, x.Response.Body)
	}
}

const internalError = `{"message": "Internal server error"}`

func manyValues(n int) string {
	values := make([]string, n)
	for i := range values {
		values[i] = strconv.Itoa(i)
	}
	return strings.Join(values, ",")
}

// TestRecordedProxyAnswers holds test_aws_proxy_response_payload_format_validation, and the rest of the table of rest-api 9.3.
func TestRecordedProxyAnswers(t *testing.T) {
	for _, c := range []struct {
		name, payload string
		status        int
		body          string
		header        string // name=value of those that the function gave, in order
	}{
		{"no-body", `{"statusCode": 200}`, 200, "", ""},
		{"only-headers", `{"headers": {"test-header": "value"}}`, 200, "", "test-header=value"},
		{"wrong-format", `{"statusCode": 200, "wrongValue": "value"}`, 502, internalError, ""},
		{"empty-response", ``, 502, internalError, ""},
		{"null", `null`, 502, internalError, ""},
		{"just-string", `"just a string"`, 502, internalError, ""},
		{"list", `[]`, 502, internalError, ""},
		{"number", `7`, 502, internalError, ""},
		{"invalid-status-code", `{"statusCode": "invalid"}`, 502, internalError, ""},
		{"status-code-str", `{"statusCode": "201"}`, 201, "", ""},
		{"with-headers", `{"headers": {"test-header": "value", "header-bool": true}}`, 200, "", "test-header=value header-bool=true"},
		{"with-headers-null", `{"headers": null}`, 200, "", ""},
		{"multi-headers-valid", `{"multiValueHeaders": {"test-multi": ["value1", "value2"]}}`, 200, "", "test-multi=value1 test-multi=value2"},
		{"multi-headers-null", `{"multiValueHeaders": null}`, 200, "", ""},
		{"multi-headers-overwrite", `{"headers": {"test-multi": "value-solo"}, "multiValueHeaders": {"test-multi": ["value-multi"]}}`, 200, "", "test-multi=value-multi test-multi=value-solo"},
		{"multi-headers-overwrite-casing", `{"headers": {"test-multi": "value-solo"}, "multiValueHeaders": {"tesT-Multi": ["value-multi"]}}`, 200, "", "tesT-Multi=value-multi tesT-Multi=value-solo"},
		{"multi-headers-invalid", `{"multiValueHeaders": {"test-multi": "value"}}`, 502, internalError, ""},
		{"b64-encoded-false", `{"body": "dGVzdC1kYXRh", "isBase64Encoded": false}`, 200, "dGVzdC1kYXRh", ""},
		{"b64-encoded-true", `{"body": "dGVzdC1kYXRh", "isBase64Encoded": true}`, 200, "dGVzdC1kYXRh", ""},
		// Beyond the recording.
		{"body null", `{"body": null, "statusCode": null, "isBase64Encoded": null}`, 200, "", ""},
		{"body object", `{"body": {"a": 1}}`, 502, internalError, ""},
		{"body number", `{"body": 1}`, 502, internalError, ""},
		{"escapes", `{"body": "a\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00\ud83dx\udc00"}`, 200, "a\"\\/\b\f\n\r\té😀�x�", ""},
		{"raw text", "{\"body\": \"ü \xff\"}", 200, "ü �", ""},
		{"number header (unconfirmed)", `{"headers": {"a": 1.50}}`, 200, "", "a=1.50"},
		{"null header", `{"headers": {"a": null}}`, 502, internalError, ""},
		{"object header", `{"headers": {"a": {}}}`, 502, internalError, ""},
		{"multi of lists", `{"multiValueHeaders": {"a": [[]]}}`, 502, internalError, ""},
		{"multi null", `{"multiValueHeaders": {"a": null}}`, 502, internalError, ""},
		{"multi empty", `{"multiValueHeaders": {"a": []}}`, 200, "", ""},
		{"headers list", `{"headers": []}`, 502, internalError, ""},
		{"same pair once", `{"headers": {"a": "1"}, "multiValueHeaders": {"A": ["1", "2"]}}`, 200, "", "A=1 A=2"},
		{"status float", `{"statusCode": 404.0}`, 404, "", ""},
		{"status half", `{"statusCode": 404.5}`, 502, internalError, ""},
		{"status zero", `{"statusCode": 0}`, 502, internalError, ""},
		{"status 1xx", `{"statusCode": 101}`, 502, internalError, ""},
		{"status 1000", `{"statusCode": 1000}`, 502, internalError, ""},
		{"status exponent", `{"statusCode": 2e2}`, 200, "", ""},
		{"status bool", `{"statusCode": true}`, 502, internalError, ""},
		{"base64 text", `{"isBase64Encoded": "true"}`, 502, internalError, ""},
		{"last value counts", `{"body": "a", "body": "b"}`, 200, "b", ""},
		{"cookies of 2.0", `{"cookies": []}`, 502, internalError, ""},
		{"no JSON", `{"body": "a"`, 502, internalError, ""},
		{"more than one", `{} {}`, 502, internalError, ""},
		{"bad escape", `{"body": "\x"}`, 502, internalError, ""},
		{"control character", "{\"body\": \"a\nb\"}", 502, internalError, ""},
		{"comma too many", `{"body": "a",}`, 502, internalError, ""},
		{"leading zero", `{"statusCode": 0200}`, 502, internalError, ""},
		{"blanks", " {\n\t\"statusCode\" : 204 , \"headers\" : { } }\r\n ", 204, "", ""},
		{"bad name", `{"headers": {"a b": "1"}}`, 502, internalError, ""},
		{"value with line ends", `{"headers": {"a": " 1\r\nX: 2 "}}`, 200, "", "a=1X: 2"},
		{"remapped", `{"headers": {"Connection": "x", "Date": "d", "transfer-encoding": "chunked", "Via": "v", "WWW-Authenticate": "Basic"}}`, 200, "",
			"x-amzn-Remapped-Connection=x x-amzn-Remapped-Date=d x-amzn-Remapped-WWW-Authenticate=Basic"},
		{"too many headers", `{"multiValueHeaders": {"a": [` + manyValues(201) + `]}}`, 502, internalError, ""},
		{"own type", `{"headers": {"content-type": "text/html"}, "body": "<p>"}`, 200, "<p>", "content-type=text/html"},
	} {
		f := &fakeFunctions{payload: c.payload}
		a := lambdaAPI(t, lambdaEnv(f), map[string]*definition.Method{"/p": lambdaProxy("GET")}, nil)
		x := send(a, "GET", "/stage/p", nil, "")
		var header []string
		for _, h := range x.Response.Header {
			if !slices.Contains([]string{"X-Amzn-Trace-Id", "x-amzn-RequestId", "x-amz-apigw-id", "Content-Type"}, h.Name) {
				header = append(header, h.Name+"="+h.Value)
			}
		}
		if c.status == 502 {
			c.header = "x-amzn-ErrorType=InternalServerErrorException"
		}
		if got := strings.Join(header, " "); x.Response.Status != c.status || string(x.Response.Body) != c.body || got != c.header {
			t.Errorf("%s: got %d %q %s\nwant %d %q %s", c.name, x.Response.Status, x.Response.Body, got, c.status, c.body, c.header)
		}
		if kind := x.Response.Header.Get("Content-Type"); kind != "application/json" && kind != "text/html" {
			t.Errorf("%s: got Content-Type %q", c.name, kind)
		}
		if x.Response.Header.Has("X-Amzn-Trace-Id") != (c.status != 502) {
			t.Errorf("%s: trace header %v", c.name, x.Response.Header)
		}
	}
}

// TestLambdaFailures holds the table of what fails beside the function, by gateway response type. Spec: rest-api 9.3.
func TestLambdaFailures(t *testing.T) {
	const configuration, failure = "API_CONFIGURATION_ERROR", "INTEGRATION_FAILURE"
	for _, c := range []struct {
		name   string
		fake   fakeFunctions
		change func(*definition.Method)
		body   string
		status int
		kind   string
		want   string
	}{
		{"function error", fakeFunctions{failed: true, payload: `{"errorMessage":"boom"}`}, nil, "", 502, failure, internalError},
		{"not found", fakeFunctions{err: fmt.Errorf("x: %w", functions.ErrNotFound)}, nil, "", 500, configuration, internalError},
		{"denied", fakeFunctions{err: functions.ErrDenied}, nil, "", 500, configuration, internalError},
		{"too large for the plane", fakeFunctions{err: functions.ErrPayloadTooLarge}, nil, "", 413, "REQUEST_TOO_LARGE", `{"message": "Request Too Long"}`},
		{"too large", fakeFunctions{payload: "{}"}, nil, strings.Repeat("x", 6<<20), 413, "REQUEST_TOO_LARGE", `{"message": "Request Too Long"}`},
		{"too large with its context", fakeFunctions{payload: "{}"}, nil, strings.Repeat("x", 6<<20-100), 413, "REQUEST_TOO_LARGE", `{"message": "Request Too Long"}`},
		{"throttled", fakeFunctions{err: &functions.ThrottledError{Reason: functions.ReasonAccount}}, nil, "", 500, failure, internalError},
		{"wrong state", fakeFunctions{err: &functions.StateError{State: "Pending"}}, nil, "", 500, "DEFAULT_5XX", internalError},
		{"stopping", fakeFunctions{err: functions.ErrClosed}, nil, "", 500, "DEFAULT_5XX", internalError},
		{"time is over", fakeFunctions{block: true}, func(m *definition.Method) { m.Integration.TimeoutInMillis = 50 }, "", 504, "INTEGRATION_TIMEOUT", `{"message": "Endpoint request timed out"}`},
		{"not POST", fakeFunctions{payload: "{}"}, func(m *definition.Method) { m.Integration.HTTPMethod = "GET" }, "", 500, failure, internalError},
		{"stage variable missing", fakeFunctions{payload: "{}"}, func(m *definition.Method) {
			m.Integration.URI = invocationURI("arn:aws:lambda:us-east-1:123456789012:function:${stageVariables.none}")
		}, "", 500, configuration, internalError},
		{"illegal mapping", fakeFunctions{payload: "{}"}, func(m *definition.Method) {
			m.Integration.RequestParameters = map[string]string{"integration.request.header.Authorization": "'x'"}
		}, "", 500, "DEFAULT_5XX", internalError},
		{"other mappings are ignored", fakeFunctions{payload: `{"body":"ok"}`}, func(m *definition.Method) {
			m.Integration.RequestParameters = map[string]string{"integration.request.header.X": "'x'", "integration.request.header.X-Amz-Invocation-Type": "'Event'", "integration.request.querystring.q": "'x'"}
		}, "", 200, "", "ok"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := lambdaProxy("POST")
			if c.change != nil {
				c.change(m)
			}
			env := lambdaEnv(&c.fake)
			customised := ""
			for _, kind := range []bool{false, true} {
				a := lambdaAPI(t, env, map[string]*definition.Method{"/p": m}, func(api *definition.RestAPI, _ *definition.Stage) {
					if kind {
						customised = c.kind + " Internal"
						api.GatewayResponses = map[string]*definition.GatewayResponse{}
						for _, name := range []string{configuration, failure, "REQUEST_TOO_LARGE", "DEFAULT_5XX", "INTEGRATION_TIMEOUT"} {
							api.GatewayResponses[name] = &definition.GatewayResponse{Type: name, ResponseTemplates: map[string]string{"application/json": name + " $context.error.responseType"}}
						}
					}
				})
				x := send(a, "POST", "/stage/p", nil, c.body)
				want := c.want
				if kind && c.kind != "" {
					want = c.kind + " " + c.kind
				}
				if x.Response.Status != c.status || string(x.Response.Body) != want {
					t.Errorf("%s: got %d %s, want %d %s", customised, x.Response.Status, x.Response.Body, c.status, want)
				}
			}
		})
	}
}

// TestLambdaIsRefusedByName holds what no Lambda integration can ask for yet.
func TestLambdaIsRefusedByName(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*Env, *definition.Integration)
		want   string
	}{
		{"no functions", func(e *Env, _ *definition.Integration) { e.Functions = nil }, ".uri: AWS_PROXY integrations need Lambda functions, which are not available here"},
		{"other service", func(_ *Env, in *definition.Integration) {
			in.Type, in.URI = "AWS", "arn:aws:apigateway:us-east-1:sqs:path/queue"
		}, "AWS integrations with the service sqs are not supported yet"},
		{"other action", func(_ *Env, in *definition.Integration) {
			in.Type, in.URI = "AWS", "arn:aws:apigateway:us-east-1:lambda:action/ListFunctions"
		}, "AWS integrations with lambda:action/ListFunctions are not supported yet"},
		{"streaming", func(_ *Env, in *definition.Integration) { in.ResponseTransferMode = "STREAM" }, "AWS_PROXY integrations that stream with lambda:path/2015-03-31/functions/" + functionARN + "/invocations are not supported yet: only path/2021-11-15/functions/…/response-streaming-invocations is"},
		{"not streaming", func(_ *Env, in *definition.Integration) { in.URI = streamURI(functionARN) },
			"AWS_PROXY integrations with lambda:path/2021-11-15/functions/" + functionARN + "/response-streaming-invocations are not supported yet: only path/2015-03-31/functions/…/invocations is"},
		{"credentials of the client", func(_ *Env, in *definition.Integration) { in.Credentials = "arn:aws:iam::*:user/*" }, "credentials of the client (arn:aws:iam::*:user/*) is not supported yet"},
		{"role of another account", func(_ *Env, in *definition.Integration) { in.Credentials = "arn:aws:iam::999999999999:role/r" }, "a role of account 999999999999 that calls a function of account 123456789012 is not supported yet"},
		{"no role", func(_ *Env, in *definition.Integration) { in.Credentials = "me" }, ".credentials: Invalid ARN specified in the request"},
		{"no ARN", func(_ *Env, in *definition.Integration) { in.URI = "https://example.com" }, "Invalid ARN specified in the request"},
	} {
		env := lambdaEnv(&fakeFunctions{})
		m := lambdaProxy("GET")
		c.change(env, m.Integration)
		_, problems := Compile(env, &definition.Deployment{API: apiOf(map[string]*definition.Method{"/p": m})}, &definition.Stage{Name: "prod"})
		if len(problems) == 0 || !strings.Contains(problems.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", c.name, problems, c.want)
		}
	}
}

// TestWhichFunctionIsCalled holds the spellings of a function in a URI, and whose call it is.
func TestWhichFunctionIsCalled(t *testing.T) {
	vars := map[string]string{"fn": "cats", "alias": "blue"}
	for _, c := range []struct{ function, credentials, want string }{
		{functionARN, "", functionARN},
		{functionARN + ":live", "", functionARN + ":live"},
		{"arn:aws:lambda:us-east-1:123456789012:function:${stageVariables.fn}:${stageVariables.alias}", "", "arn:aws:lambda:us-east-1:123456789012:function:cats:blue"},
		{"arn%3Aaws%3Alambda%3Aus-east-1%3A123456789012%3Afunction%3Apets", "", functionARN},
		{"pets", "", functionARN},
		{"pets:live", "", functionARN + ":live"},
		{"arn:aws:lambda:us-east-1:999999999999:function:theirs", "", "arn:aws:lambda:us-east-1:999999999999:function:theirs"},
		{functionARN, "arn:aws:iam::123456789012:role/caller", functionARN},
		{"arn:aws:lambda:us-east-1:999999999999:function:theirs", "arn:aws:iam::999999999999:role/path/caller", "arn:aws:lambda:us-east-1:999999999999:function:theirs"},
	} {
		f := &fakeFunctions{payload: "{}"}
		m := lambdaProxy("GET")
		m.Integration.URI, m.Integration.Credentials = invocationURI(c.function), c.credentials
		a := lambdaAPI(t, lambdaEnv(f), map[string]*definition.Method{"/p": m}, func(_ *definition.RestAPI, st *definition.Stage) { st.Variables = vars })
		x := send(a, "GET", "/stage/p", nil, "")
		if got := f.call.Ref.ARN(); got != c.want || x.Response.Status != 200 || (f.call.Caller == nil) != (c.credentials != "") {
			t.Errorf("%s: got %d %s by %+v", c.function, x.Response.Status, got, f.call.Caller)
		}
	}
}

// TestCanaryCallsItsOwnFunction: stage variables of a canary choose the function, and the event says which of the two answered.
func TestCanaryCallsItsOwnFunction(t *testing.T) {
	m := lambdaProxy("GET")
	m.Integration.URI = invocationURI("arn:aws:lambda:us-east-1:123456789012:function:pets:${stageVariables.alias}")
	for percent, want := range map[float64]string{0: "live false", 100: "next true"} {
		f := &fakeFunctions{payload: "{}"}
		a := lambdaAPI(t, lambdaEnv(f), map[string]*definition.Method{"/p": m}, func(_ *definition.RestAPI, st *definition.Stage) {
			st.Variables = map[string]string{"alias": "live"}
			st.Canary = &definition.CanarySettings{PercentTraffic: percent, StageVariableOverrides: map[string]string{"alias": "next"}}
		})
		send(a, "GET", "/stage/p", nil, "")
		if got := fmt.Sprint(f.call.Ref.Qualifier, " ", f.pick(t, "requestContext", "isCanaryRequest")); got != want {
			t.Errorf("%v %%: got %s, want %s", percent, got, want)
		}
	}
}
