package restapi

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/http1"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/integration"
	"github.com/gatehouse-gateway/gatehouse/internal/observe"
)

// executions keeps the execution logs of a test.
type executions struct{ all []observe.Execution }

func (e *executions) Execution(x *observe.Execution) { e.all = append(e.all, *x) }

// loggedRun sends one request through a method under a logging level and returns its log.
func loggedRun(t *testing.T, m *definition.Method, b *cannedBackend, level string, data bool, body string) string {
	t.Helper()
	log := new(executions)
	env := testEnv(b)
	env.Executions = log
	settings := definition.MethodSettings{LoggingLevel: level, DataTraceEnabled: data, ThrottlingRateLimit: 10000, ThrottlingBurstLimit: 5000}
	api := apiOf(map[string]*definition.Method{"/pets/{id}": m})
	api.RequestValidators = map[string]*definition.RequestValidator{"v": {ID: "v", ValidateRequestParameters: true}}
	st, problems := Compile(env, &definition.Deployment{API: api}, &definition.Stage{Name: "prod", MethodSettings: map[string]definition.MethodSettings{"*/*": settings}})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	x := request("POST", "/prod/pets/7?a=1&a=2", http1.Header{{Name: "Host", Value: "h"}, {Name: "Authorization", Value: "Bearer secret-token"}})
	x.Request.Body, x.Request.ContentLength = strings.NewReader(body), int64(len(body))
	serveOnce(NewAPI(env, api.ID, st), x)
	if len(log.all) == 0 {
		return ""
	}
	e := log.all[0]
	text := strings.Join(e.Lines, "\n")
	return strings.NewReplacer(e.RequestID, "<id>", x.Response.Header.Get("x-amz-apigw-id"), "<ext>").Replace(text)
}

func httpMethod() *definition.Method {
	return &definition.Method{
		HTTPMethod: "POST", Responses: map[string]*definition.MethodResponse{"200": {StatusCode: "200"}},
		Integration: &definition.Integration{
			Type: "HTTP", HTTPMethod: "POST", URI: "http://example.com/p/{id}", RequestParameters: map[string]string{"integration.request.path.id": "method.request.path.id"},
			Responses: map[string]*definition.IntegrationResponse{"200": {StatusCode: "200"}},
		},
	}
}

const opening = `Extended Request Id: <ext>
Verifying Usage Plan for request: <id>. API Key:  API Stage: abcdefghij/prod
API Key  authorized because method 'POST /pets/{id}' does not require API Key. Request will not contribute to throttle or quota limits
Usage Plan check succeeded for API Key  and API Stage abcdefghij/prod
Starting execution for request: <id>
HTTP Method: POST, Resource Path: /pets/7
Method request path: {id=7}
Method request query string: {a=2}
`

// TestExecutionLog holds the sequence of observability 3.2 and the failure lines of 3.3.
func TestExecutionLog(t *testing.T) {
	answer := func() *cannedBackend {
		return &cannedBackend{status: 200, header: http1.Header{{Name: "Set-Cookie", Value: "session=1234567890"}}, body: []byte(`{"ok":1}`)}
	}
	failing := func(err error) *cannedBackend { return &cannedBackend{err: err} }
	needing := httpMethod()
	needing.RequestValidatorID, needing.RequestParameters = "v", map[string]bool{"method.request.header.X-Needed": true}
	noDefault := httpMethod()
	noDefault.Integration.Responses["200"].SelectionPattern = "5.."
	mock := mockMethod(`{"statusCode": 200}`, `done`)
	mock.HTTPMethod = "POST"
	calling := "Endpoint request URI: http://example.com/p/7\nSending request to http://example.com/p/7\n"
	for _, c := range []struct {
		name   string
		method *definition.Method
		back   *cannedBackend
		level  string
		data   bool
		want   string
	}{
		{"off", httpMethod(), answer(), "OFF", true, ""},
		{"info", httpMethod(), answer(), "INFO", false, opening + calling + "Received response. Status: 200, Integration latency: 0 ms\nSuccessfully completed execution\nMethod completed with status: 200"},
		{"error, success", httpMethod(), answer(), "ERROR", true, ""},
		{"error, failure", httpMethod(), failing(integration.ErrTimeout), "ERROR", false, "Execution failed due to a timeout error\nMethod completed with status: 504"},
		{"network", httpMethod(), failing(fmt.Errorf("%w: refused", integration.ErrNetwork)), "INFO", false,
			opening + calling + "Execution failed due to a network error communicating with endpoint: network error communicating with endpoint: refused\nMethod completed with status: 504"},
		{"bad endpoint", httpMethod(), failing(errors.Join(integration.ErrUnresolvable)), "INFO", false,
			opening + calling + "Execution failed due to configuration error: Invalid endpoint address: endpoint address cannot be resolved\nMethod completed with status: 500"},
		{"no mapping", noDefault, answer(), "INFO", false, opening + calling + "Received response. Status: 200, Integration latency: 0 ms\n" +
			"Execution failed due to configuration error: No match for output mapping and no default output mapping configured. Endpoint Response Status Code: 200\nMethod completed with status: 500"},
		{"parameters", needing, answer(), "INFO", false, opening + "Missing required request parameters: [X-Needed]\nMethod completed with status: 400"},
		{"mock has no endpoint", mock, nil, "INFO", false, opening + "Successfully completed execution\nMethod completed with status: 200"},
	} {
		if got := loggedRun(t, c.method, c.back, c.level, c.data, "{}"); got != c.want {
			t.Errorf("%s: got\n%s\nwant\n%s", c.name, got, c.want)
		}
	}
	traced := loggedRun(t, httpMethod(), answer(), "INFO", true, `{"a":"`+strings.Repeat("x", 2000)+`"}`)
	for _, want := range []string{
		"Method request headers: {Host=h, Authorization=*************-token, X-Forwarded-For=127.0.0.1",
		"\nMethod request body before transformations: {\"a\":\"xxx", "xxx [TRUNCATED]\n", "\nEndpoint request headers: {Accept=application/json, User-Agent=AmazonAPIGateway_abcdefghij",
		"\nEndpoint response headers: {Set-Cookie=************567890}", "\nEndpoint response body before transformations: {\"ok\":1}\nMethod response body after transformations: {\"ok\":1}\nMethod response headers: {X-Amzn-Trace-Id=",
	} {
		if !strings.Contains(traced, want) {
			t.Errorf("%q is missing in\n%s", want, traced)
		}
	}
	if strings.Contains(traced, "secret") {
		t.Error("a credential is in the log")
	}
}
