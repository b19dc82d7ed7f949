package blackbox

import (
	"strings"
	"testing"
)

// TestExecutionLogOfADevelopmentMachine shows the service's execution log, line by line, and the traces of templates with it.
// Spec: observability 3.
func TestExecutionLogOfADevelopmentMachine(t *testing.T) {
	b := newBackEnd(t, nil)
	g := serve(t, `openapi: 3.0.1
info: {title: log, version: "1"}
paths:
  /orders/{id}:
    post:
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses: {"200": {description: ok}}
      x-amazon-apigateway-integration:
        type: http
        httpMethod: POST
        uri: http://`+b.addr+`/o/{id}
        requestParameters: {integration.request.path.id: method.request.path.id}
        requestTemplates: {application/json: '{"n": $input.path("$.n")}'}
        responses: {default: {statusCode: "200"}}
`, "--execution-log", "trace")
	r := g.do("POST", "/dev/orders/7", `{"n": 5}`, "Authorization: Bearer topsecret-123456")
	id := r.get("x-amzn-RequestId")
	g.out.wait(t, 0, `\(`+id+`\) Method completed with status: 200`)
	g.out.wait(t, 0, `\$input\.path\("\$\.n"\)`) // the trace of the template comes with the line of the request
	out := g.out.String()
	last := 0
	for _, want := range []string{
		"Extended Request Id: " + r.get("x-amz-apigw-id"), "Starting execution for request: " + id, "HTTP Method: POST, Resource Path: /orders/7",
		"Method request path: {id=7}", "Method request headers: {", `Method request body before transformations: {"n": 5}`,
		"Endpoint request URI: http://" + b.addr + "/o/7", `Endpoint request body after transformations: {"n": 5}`, "Sending request to http://" + b.addr + "/o/7",
		"Received response. Status: 200, Integration latency: ", `Endpoint response body before transformations: {"ok":true}`,
		`Method response body after transformations: {"ok":true}`, "Successfully completed execution",
	} {
		i := strings.Index(out, "("+id+") "+want)
		if i < last {
			t.Errorf("%q is missing or out of order in\n%s", want, out)
		}
		last = max(last, i)
	}
	if strings.Contains(out, "topsecret") {
		t.Error("a credential is in the log")
	}
}
