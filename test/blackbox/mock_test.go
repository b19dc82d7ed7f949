package blackbox

import (
	"encoding/base64"
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// TestMockStatusCode: what counts as {"statusCode": …} in a template and, without one, in the client's body.
// Spec: rest-api 9.4, recorded and measured; 22 vector 15.
func TestMockStatusCode(t *testing.T) {
	ok, no := "200", ""
	cases := []struct{ text, status string }{
		{`{"statusCode": 200}`, ok}, {`{"statusCode":200}`, ok}, {`{"statusCode": 404}`, "404"},
		{`{statusCode: 200}`, ok}, {`{statusCode:200}`, ok}, {`{'statusCode': 200}`, ok},
		{`{"statusCode": 200,}`, ok}, {`{"statusCode": 200,,}`, ok}, {`{"a": "b",, "statusCode": 200}`, ok},
		{`{statusCode: 200, message: "x"}`, ok}, {`{statusCode: 200, message: x}`, ok}, {`{"a": {"statusCode": 1}, "statusCode": 200}`, ok},
		{"  \n{\n  \"statusCode\": 200\n}\n", ok},
		{`{"statusCode": 0}`, "0"}, {`{"statusCode": -1}`, "-1"}, {`{"statusCode": 1000}`, "1000"},
		{`{"statusCode": "200"}`, no}, {`{statusCode: "200"}`, no}, {`{"statusCode": null}`, no}, {`{"statusCode": true}`, no}, {`{"statusCode": [200]}`, no},
		{`{"statusCode": 200.5}`, no}, {`{"statusCode": 99999999999999999999}`, no},
		{`{}`, no}, {`{"statuscode": 200}`, no}, {`{"other": 200}`, no}, {`{"a": {"statusCode": 200}}`, no},
		{`{"statusCode': 200}`, no}, {`"statusCode": 200`, no}, {`statusCode: 200`, no}, {`{"statusCode": 200`, no}, {`"statusCode": 200}`, no},
		{`[{"statusCode": 200}]`, no}, {`200`, no}, {`text`, no}, {` `, no},
	}
	responses := obj{"responses": obj{"default": obj{"statusCode": "200", "responseTemplates": obj{"application/json": "default"}},
		"404": obj{"statusCode": "404"}, "0": obj{"statusCode": "201"}, "-1": obj{"statusCode": "202"}, "1000": obj{"statusCode": "203"}}}
	answers := map[string]int{"200": 200, "404": 404, "0": 201, "-1": 202, "1000": 203}
	ops := []operation{mock("/client", "", responses, obj{"requestTemplates": obj{}})}
	for i, c := range cases {
		ops = append(ops, mock(fmt.Sprintf("/fixed%d", i), c.text, responses),
			mock(fmt.Sprintf("/rendered%d", i), `#set($x = "x")`+c.text, responses))
	}
	g := serve(t, document(t, nil, ops...))
	for i, c := range cases {
		for name, res := range map[string]*response{
			"fixed template": g.do("GET", fmt.Sprintf("/dev/fixed%d", i), ""), "template": g.do("POST", fmt.Sprintf("/dev/rendered%d", i), "ignored"),
			"client's body": g.do("POST", "/dev/client", c.text),
		} {
			if want := answers[c.status]; c.status == no {
				wantInternalError(t, name+" "+c.text, res)
			} else if res.status != want {
				t.Errorf("%s %s: got %s, want %d", name, c.text, res, want)
			}
		}
	}
	wantInternalError(t, "no template and no body", g.do("GET", "/dev/client", ""))
	wantInternalError(t, "no template and no body", g.do("POST", "/dev/client", ""))
	g.out.wait(t, 0, regexp.QuoteMeta("Unable to parse statusCode. It should be an integer that is defined in the request template."))
}

// TestMockAnswerIsEmpty: no body, no headers but the base ones, and response templates see nothing. Spec: rest-api 9.4.
func TestMockAnswerIsEmpty(t *testing.T) {
	g := serve(t, document(t, nil,
		mock("/plain", `{"statusCode": 200, "message": "not an answer"}`),
		mock("/json", `{"statusCode": 200}`, obj{"responses": obj{"default": obj{"statusCode": "200",
			"responseTemplates": obj{"application/json": `[$input.path('$.a')][$input.json('$.a')][$input.params('q')][$input.params('id')][$input.params('X-In')]`}}}}),
		mock("/header", `{"statusCode": 200}`, obj{"responses": obj{"default": obj{"statusCode": "200", "responseParameters": obj{
			"method.response.header.X-None": "integration.response.header.Content-Type", "method.response.header.X-Body": "integration.response.body.statusCode",
			"method.response.header.X-Some": "'some'", "method.response.header.X-Stage": "context.stage"}}}})))
	if res := g.do("POST", "/dev/plain", "the client's"); want200(t, "plain", res) && (res.body != "" || res.get("Content-Length") != "0" || res.get("Content-Type") != "application/json") {
		t.Errorf("got %s, want an empty body", res)
	}
	if res := g.do("POST", "/dev/json?q=1", "the client's", "X-In: 2"); want200(t, "json", res) && res.body != `[][""][1][][2]` {
		t.Errorf("got %q", res.body)
	}
	res := g.do("GET", "/dev/header", "")
	if want200(t, "header", res) && (res.has("X-None") || res.has("X-Body") || res.get("X-Some") != "some" || res.get("X-Stage") != "dev") {
		t.Errorf("got %s", res)
	}
	if res := g.do("HEAD", "/dev/json", ""); want200(t, "HEAD", res) && res.body != "" {
		t.Errorf("HEAD: got %s", res)
	}
}

// TestMockSelectsByStatus: patterns as for HTTP; no entry at all is a 500. Spec: rest-api 9.4, 10.1.
func TestMockSelectsByStatus(t *testing.T) {
	g := serve(t, document(t, nil,
		mock("/x", "", obj{"requestTemplates": obj{}, "responses": obj{
			`2\d{2}`: obj{"statusCode": "200", "responseTemplates": obj{"application/json": "fine"}},
			`4\d{2}`: obj{"statusCode": "418", "responseTemplates": obj{"application/json": "client"}},
			`-.*`:    obj{"statusCode": "422", "responseTemplates": obj{"application/json": "negative"}},
		}})))
	for sent, want := range map[int]string{200: "200 fine", 299: "200 fine", 404: "418 client", 418: "418 client", -7: "422 negative", 500: "500 " + internalError, 20: "500 " + internalError} {
		res := g.do("POST", "/dev/x", fmt.Sprintf(`{"statusCode": %d}`, sent))
		if got := fmt.Sprintf("%d %s", res.status, res.body); got != want {
			t.Errorf("%d: got %s, want %s", sent, got, want)
		}
	}
}

// TestMockResponseOverrideInTheRequestTemplate: it works without a response template. Spec: rest-api 9.4, recorded; 22 vector 16.
func TestMockResponseOverrideInTheRequestTemplate(t *testing.T) {
	g := serve(t, document(t, nil, mock("/x", `#set($context.responseOverride.status = 444)
#set($context.responseOverride.header.foo = "bar")
{"statusCode": 200}`)))
	res := g.do("GET", "/dev/x", "")
	if res.status != 444 || !res.has("foo") || res.get("foo") != "bar" || res.body != "" || res.get("Content-Type") != "application/json" {
		t.Errorf("got %s, want 444, foo: bar and no body", res)
	}
}

// TestMockOverridesAreSeenByTheResponseTemplate, invented ones too; variables are not. Spec: rest-api 9.4, mapping-templates 10.3, recorded.
func TestMockOverridesAreSeenByTheResponseTemplate(t *testing.T) {
	paths := mock("/paths/{testPath}", `#set($body = $util.base64Decode($input.params('testPath')))
#set($context.requestOverride.path.body = $body)
{"statusCode": 200}`, obj{"responses": obj{"default": obj{"statusCode": "200", "responseTemplates": obj{"application/json": `#set($body = $util.parseJson($context.requestOverride.path.body))
#if($body.message == "path1")
path was path one
#elseif($body.message == "path2")
path was path two
#else
this is the else clause
#end`}}}})
	custom := mock("/custom", `#set($context.responseOverride.custom = "invented")#set($context.requestOverride.header.h = "header")#set($mine = "variable"){"statusCode": 200}`,
		obj{"responses": obj{"default": obj{"statusCode": "200", "responseTemplates": obj{
			"application/json": `$context.responseOverride.custom,$context.requestOverride.header.h,$!mine,$input.params('q')`}}}})
	g := serve(t, document(t, nil, paths, custom))
	for message, want := range map[string]string{"path1": "path was path one", "path2": "path was path two", "other": "this is the else clause"} {
		res := g.do("GET", "/dev/paths/"+base64.StdEncoding.EncodeToString([]byte(`{"message":"`+message+`"}`)), "")
		if want200(t, message, res) && strings.TrimSpace(res.body) != want {
			t.Errorf("%s: got %q, want %q", message, res.body, want)
		}
	}
	if res := g.do("GET", "/dev/custom?q=1", ""); want200(t, "custom", res) && res.body != "invented,header,,1" {
		t.Errorf("got %q", res.body)
	}
}

// TestMockWithPathMapping. Spec: recorded, a mapping on a MOCK does no harm.
func TestMockWithPathMapping(t *testing.T) {
	g := serve(t, document(t, nil, mock("/x/{testPath}", `{statusCode: 200}`, obj{"requestParameters": obj{
		"integration.request.path.integrationPath": "method.request.path.testPath", "integration.request.header.Content-Length": "'1'"}})))
	want200(t, "mapping", g.do("GET", "/dev/x/y", ""))
}

// TestMockPreflightOfABinaryAPI: an OPTIONS with */* as binary type needs CONVERT_TO_TEXT. Spec: rest-api 16.
func TestMockPreflightOfABinaryAPI(t *testing.T) {
	g := serve(t, document(t, obj{"x-amazon-apigateway-binary-media-types": []string{"*/*"}},
		mock("/without", `{"statusCode": 200}`), mock("/with", `{"statusCode": 200}`, obj{"contentHandling": "CONVERT_TO_TEXT"})))
	wantInternalError(t, "without", g.do("OPTIONS", "/dev/without", ""))
	want200(t, "with", g.do("OPTIONS", "/dev/with", ""))
}

// TestFailingTemplatesAnswer500, on both sides. Spec: mapping-templates 1.
func TestFailingTemplatesAnswer500(t *testing.T) {
	var ops []operation
	broken := []string{"#if(true)", "#set($x = )"}
	for i, text := range broken {
		ops = append(ops, mock(fmt.Sprintf("/request%d", i), text+`{"statusCode": 200}`),
			mock(fmt.Sprintf("/response%d", i), `{"statusCode": 200}`, obj{"responses": obj{"default": obj{"statusCode": "200", "responseTemplates": obj{"application/json": text}}}}))
	}
	g := serve(t, document(t, nil, ops...))
	for _, op := range ops {
		wantInternalError(t, op.path, g.do("GET", "/dev"+op.path, ""))
	}
}

// TestDisabledValidatorLetsEverythingPass: neither required parameters nor models count. Spec: rest-api 4.3; 22 vector 6.
func TestDisabledValidatorLetsEverythingPass(t *testing.T) {
	for _, validator := range []string{`"x-amazon-apigateway-request-validators": {"off": {"validateRequestBody": false, "validateRequestParameters": false}},
		"x-amazon-apigateway-request-validator": "off"`, `"tags": []`} {
		g := serve(t, `{"openapi": "3.0.1", "info": {"title": "x", "version": "1"}, `+validator+`, "paths": {"/x": {"post": {
			"parameters": [{"in": "query", "name": "q", "required": true}, {"in": "header", "name": "h", "required": true}],
			"requestBody": {"content": {"application/json": {"schema": {"type": "object", "required": ["a"]}}}},
			"responses": {"200": {"description": ""}},
			"x-amazon-apigateway-integration": {"type": "mock", "requestTemplates": {"application/json": "{\"statusCode\": 200}"}, "responses": {"default": {"statusCode": "200"}}}}}}}`)
		want200(t, "bad everything", g.do("POST", "/dev/x", "no JSON", "Content-Type: application/json"))
	}
}

// TestMockKeepsMappedParametersForTheResponseTemplate holds the MOCK column of the table in rest-api 5.
func TestMockKeepsMappedParametersForTheResponseTemplate(t *testing.T) {
	g := serve(t, `openapi: 3.0.1
info: {title: kept, version: "1"}
paths:
  /k/{id}:
    get:
      parameters: [{name: id, in: path, required: true, schema: {type: string}}, {name: q, in: query, schema: {type: string}}]
      responses: {"200": {description: ok}}
      x-amazon-apigateway-integration:
        type: mock
        requestParameters:
          integration.request.path.number: method.request.path.id
          integration.request.querystring.all: method.request.multivaluequerystring.q
          integration.request.header.X-Fixed: "'yes'"
          integration.request.header.X-Set: "'mapping'"
          integration.request.header.X-None: stageVariables.none
        requestTemplates: {application/json: '#set($context.requestOverride.header.X-Set = "template"){"statusCode": 200}'}
        responses:
          default:
            statusCode: "200"
            responseTemplates:
              application/json: '$context.requestOverride.path.number|$context.requestOverride.querystring.all|$context.requestOverride.header.X-Fixed|$context.requestOverride.header.X-Set|$context.requestOverride.header.X-None'
`)
	if r := g.do("GET", "/dev/k/7?q=a&q=b", ""); r.body != "7|[a, b]|yes|template|" {
		t.Errorf("got %v", r)
	}
}
