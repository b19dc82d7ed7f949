package management_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
)

func TestRecordedUpdateDeployment(t *testing.T) {
	r := newReplay(t, "basic", "TestAPIGateway::test_update_rest_api_deployment")
	r.deployable()
	r.keep("deployment", r.do("POST", deployments, `{"description":"my deployment"}`), "id")
	r.patch("after-update", deployments+"/{{deployment}}", `{"op":"replace","path":"/description","value":"new-description"}`)
}

// mockPets makes /pets and /pets/{petId} of a new API, answered by mock integrations.
func (r *replay) mockPets() {
	r.t.Helper()
	r.api("", `{"name":"pets"}`)
	r.keep("pets", r.do("POST", "/restapis/{{api}}/resources/{{root}}", `{"pathPart":"pets"}`), "id")
	r.keep("pet", r.do("POST", "/restapis/{{api}}/resources/{{pets}}", `{"pathPart":"{petId}"}`), "id")
	mock := func(resource, verb, parameters, template string) {
		method := "/restapis/{{api}}/resources/{{" + resource + "}}/methods/" + verb
		body, err := json.Marshal(template)
		if err != nil {
			r.t.Fatal(err)
		}
		r.do("PUT", method, `{"authorizationType":"NONE"`+parameters+`}`)
		r.do("PUT", method+"/responses/200", `{}`)
		r.do("PUT", method+"/integration", `{"type":"MOCK","requestTemplates":{"application/json":"{\"statusCode\": 200}"}}`)
		r.do("PUT", method+"/integration/responses/200", `{"responseTemplates":{"application/json":`+string(body)+`}}`)
	}
	const required = `,"requestParameters":{"method.request.path.petId":true}`
	mock("pets", "GET", "", `{"pets": "all the pets"}`)
	mock("pet", "GET", required, `{"petId": "$input.params('petId')"}`)
	mock("pet", "POST", required, `{"petId": "$input.params('petId')"}`)
}

var logTime = regexp.MustCompile(`(?m)^\w{3} \w{3} \d{2} \d{2}:\d{2}:\d{2} UTC \d{4} : `)

// invoke calls TestInvokeMethod. The recorder masked the times of the log, and wrote its lines as members.
func (r *replay) invoke(name, resource, verb, body string) {
	r.t.Helper()
	got := server.send(r.t, "POST", r.fill("/restapis/{{api}}/resources/{{"+resource+"}}/methods/"+verb), "application/json", body)
	seen := asRecorded(r.t, got)
	lines := map[string]any{}
	for i, line := range strings.Split(logTime.ReplaceAllString(text(seen, "log"), "DDD MMM dd hh:mm:ss UTC yyyy : "), "\n") {
		lines[fmt.Sprintf("line%02d", i)] = line
	}
	seen["log"] = lines
	if _, ok := seen["latency"].(float64); ok {
		seen["latency"] = "a number"
	}
	want, ok := r.want[name].(map[string]any)
	delete(r.want, name)
	if !ok {
		r.t.Fatalf("nothing of the name %q is recorded", name)
	}
	if err := r.match.object("", withoutHeaders(want), seen); err != nil {
		r.t.Errorf("%s: %v\nanswer: %d %s", name, err, got.status, got.body)
	}
}

func TestRecordedInvokeMethod(t *testing.T) {
	r := newReplay(t, "api", "TestApigatewayTestInvoke::test_invoke_test_method")
	r.mockPets()
	r.invoke("test-invoke-method-get-pets", "pets", "GET", `{"pathWithQueryString":"/pets"}`)
	r.invoke("test-invoke-method-get-pets-bad-path", "pets", "GET", `{"pathWithQueryString":"/random/test"}`)
	r.invoke("test-invoke-method-get-pets-id", "pet", "GET", `{"pathWithQueryString":"/pets/123"}`)
	r.invoke("test-invoke-method-get-pets-id-no-path", "pet", "GET", `{}`)
	r.invoke("test-invoke-method-get-pets-id-bad-path", "pet", "GET", `{"pathWithQueryString":"/random/test"}`)
	r.invoke("test-invoke-method-get-with-qs", "pet", "GET", `{"pathWithQueryString":"/pets/123?foo=bar"}`)
	r.invoke("test-invoke-method-post-with-body", "pet", "POST", `{"pathWithQueryString":"/pets/123","body":"{\"foo\": \"bar\"}"}`)
	const post = `{"pathWithQueryString":"/pets/123","body":"{\"foo\": \"bar\"}"}`
	r.call("resource-id-not-found", "POST", "/restapis/{{api}}/resources/invalid_res/methods/POST", post)
	r.call("resource-method-not-found", "POST", "/restapis/{{api}}/resources/{{pet}}/methods/PUT", post)
	r.call("rest-api-not-found", "POST", "/restapis/invalid_api/resources/{{pet}}/methods/POST", post)
}

func TestRecordedInvokeMethodFailed(t *testing.T) {
	r := newReplay(t, "api", "TestApigatewayTestInvoke::test_failed_invoke_test_method")
	r.api("", `{"name":"failing"}`)
	r.do("PUT", rootMethod+"/GET", `{"authorizationType":"NONE"}`)
	r.do("PUT", rootMethod+"/GET/integration", `{"type":"HTTP_PROXY","httpMethod":"GET","uri":"http://${stageVariables.address}"}`)
	r.invoke("test-invoke-failure", "root", "GET", `{"pathWithQueryString":"/"}`)
}
