package blackbox

import (
	"fmt"
	"net"
	"strings"
	"testing"
)

// provocations is an API on which every gateway response type that a request can meet today can be provoked. custom is
// the document's gateway responses, in YAML, or "".
func provocations(t *testing.T, custom string) string {
	t.Helper()
	silent := newBackEnd(t, func(conn net.Conn, _ *received) { _, _ = conn.Read(make([]byte, 1)) })
	if custom != "" {
		custom = "x-amazon-apigateway-gateway-responses:\n  " + strings.ReplaceAll(strings.TrimSpace(custom), "\n", "\n  ") + "\n"
	}
	return `openapi: 3.0.1
info: {title: Refusals}
x-amazon-apigateway-request-validators:
  all: {validateRequestBody: true, validateRequestParameters: true}
` + custom + `
paths:
  /items/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    post:
      x-amazon-apigateway-request-validator: all
      parameters:
        - {name: q, in: query, schema: {type: string}}
        - {name: X-H, in: header, required: true, schema: {type: string}}
      requestBody: {content: {application/json: {schema: {type: object, required: [name]}}}}
      responses: {"200": {description: ok}}
      x-amazon-apigateway-integration:
        type: mock
        passthroughBehavior: never
        requestTemplates: {application/json: '{"statusCode": 200}'}
        responses: {default: {statusCode: "200"}}
  /slow:
    get:
      responses: {}
      x-amazon-apigateway-integration: {type: http_proxy, httpMethod: GET, uri: 'http://` + silent.addr + `/', timeoutInMillis: 50}
  /gone:
    get:
      responses: {}
      x-amazon-apigateway-integration: {type: http_proxy, httpMethod: GET, uri: 'http://` + freeAddress(t) + `/'}
  /unanswered:
    get:
      responses: {}
      x-amazon-apigateway-integration: {type: mock, requestTemplates: {application/json: '{"statusCode": 200}'}}
  /undeclared:
    get:
      responses: {"201": {description: not the one}}
      x-amazon-apigateway-integration: {type: mock, requestTemplates: {application/json: '{"statusCode": 200}'}, responses: {default: {statusCode: "200"}}}
`
}

// provocation is a request that one gateway response type answers.
type provocation struct {
	kind           string // the type
	method, target string
	body           string
	headers        []string

	status    int // built in
	errorType string
	message   string
	spaced    bool // the built-in body has a space after the colon
}

var provoked = []provocation{
	{"MISSING_AUTHENTICATION_TOKEN", "GET", "/none", "", nil, 403, "MissingAuthenticationTokenException", "Missing Authentication Token", false},
	{"MISSING_AUTHENTICATION_TOKEN", "GET", "/items/1", "", nil, 403, "MissingAuthenticationTokenException", "Missing Authentication Token", false},
	{"BAD_REQUEST_PARAMETERS", "POST", "/items/1", `{"name": 1}`, []string{asJSON}, 400, "BadRequestException", "Missing required request parameters: [X-H]", true},
	{"BAD_REQUEST_BODY", "POST", "/items/1", `{}`, []string{asJSON, "X-H: h"}, 400, "BadRequestException", "Invalid request body", true},
	{"UNSUPPORTED_MEDIA_TYPE", "POST", "/items/1", `a`, []string{"Content-Type: text/plain", "X-H: h"}, 415, "BadRequestException", "Unsupported Media Type", true},
	{"INTEGRATION_FAILURE", "GET", "/gone", "", nil, 504, "InternalServerErrorException", "Network error communicating with endpoint", true},
	{"INTEGRATION_TIMEOUT", "GET", "/slow", "", nil, 504, "InternalServerErrorException", "Endpoint request timed out", true},
	{"API_CONFIGURATION_ERROR", "GET", "/unanswered", "", nil, 500, "InternalServerErrorException", "Internal server error", true},
	// Errors without a type of their own.
	{"DEFAULT_5XX", "GET", "/undeclared", "", nil, 500, "InternalServerErrorException", "Internal server error", true},
	{"DEFAULT_4XX", "GET", "/none", "", []string{"Authorization: Bearer x"}, 403, "IncompleteSignatureException",
		"Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with Base64): 'TG+R4V8t5hW0snKHeRpU9LNQdWNFbUCUZQTlWEHlMcI='.", false},
}

func (p provocation) class() string {
	if p.status < 500 {
		return "DEFAULT_4XX"
	}
	return "DEFAULT_5XX"
}

// each provokes every type and gives the answer to check, with the expectation of the built-in one.
func (g *gatewayProcess) each(t *testing.T, check func(t *testing.T, p provocation, r *response)) {
	t.Helper()
	for _, p := range provoked {
		t.Run(strings.TrimSpace(p.kind+" "+p.target), func(t *testing.T) {
			r := g.do(p.method, "/dev"+p.target, p.body, p.headers...)
			if got := r.get("x-amzn-ErrorType"); got != p.errorType {
				t.Errorf("x-amzn-ErrorType %q, want %q", got, p.errorType)
			}
			if r.get("x-amzn-RequestId") == "" || r.get("x-amz-apigw-id") == "" || r.get("X-Amzn-Trace-Id") != "" || r.get("Server") != "" {
				t.Errorf("headers of every answer: %s", r)
			}
			check(t, p, r)
		})
	}
}

// TestBuiltInGatewayResponses: status, error type and the very bytes. Spec: rest-api 0, 15.1.
func TestBuiltInGatewayResponses(t *testing.T) {
	g := serve(t, provocations(t, ""))
	g.each(t, func(t *testing.T, p provocation, r *response) {
		space := ""
		if p.spaced {
			space = " "
		}
		want := fmt.Sprintf("{\"message\":%s%q}", space, p.message)
		if p.kind != "DEFAULT_4XX" && (r.status != p.status || r.body != want) || r.get("Content-Type") != "application/json" {
			t.Errorf("got %s\nwant %d %s", r, p.status, want)
		}
		if p.kind == "DEFAULT_4XX" && (r.status != 403 || !strings.HasPrefix(r.body, want[:90])) {
			t.Errorf("got %s\nwant %s", r, want)
		}
	})
}

// TestOwnTypeInheritsNothing is rule 1: a customised type is used alone. Spec: rest-api 15.2, measured.
func TestOwnTypeInheritsNothing(t *testing.T) {
	custom := `
DEFAULT_4XX: {statusCode: 498, responseParameters: {gatewayresponse.header.X-Default: "'4'"}, responseTemplates: {text/plain: four}}
DEFAULT_5XX: {statusCode: 598, responseParameters: {gatewayresponse.header.X-Default: "'5'"}, responseTemplates: {text/plain: five}}
`
	for _, p := range provoked {
		if !strings.HasPrefix(p.kind, "DEFAULT") && !strings.Contains(custom, p.kind) {
			custom += p.kind + `: {responseParameters: {gatewayresponse.header.X-Own: "'` + p.kind + `'"}}` + "\n"
		}
	}
	g := serve(t, provocations(t, custom))
	g.each(t, func(t *testing.T, p provocation, r *response) {
		if strings.HasPrefix(p.kind, "DEFAULT") {
			if r.status != 98+p.status/100*100 || r.get("X-Default") != p.kind[8:9] || r.get("Content-Type") != "text/plain" {
				t.Errorf("got %s", r)
			}
			return
		}
		// Neither status nor template nor headers of DEFAULT_*: the error's own, with the header of the type.
		if r.status != p.status || r.get("X-Own") != p.kind || r.get("X-Default") != "" || !strings.Contains(r.body, p.message) || r.get("Content-Type") != "application/json" {
			t.Errorf("got %s", r)
		}
	})
}

// TestDefaultsStandInForTheirClass is rule 2: headers, templates and the status, when it is set, of DEFAULT_*.
func TestDefaultsStandInForTheirClass(t *testing.T) {
	g := serve(t, provocations(t, `
DEFAULT_4XX:
  statusCode: 444
  responseParameters: {gatewayresponse.header.X-Class: "'4'"}
  responseTemplates: {application/json: '{"type": "$context.error.responseType", "message": $context.error.messageString}'}
DEFAULT_5XX:
  responseParameters: {gatewayresponse.header.X-Class: "'5'"}
  responseTemplates: {application/json: '{"type": "$context.error.responseType", "message": $context.error.messageString}'}
`))
	g.each(t, func(t *testing.T, p provocation, r *response) {
		status, class := 444, "4"
		if p.class() == "DEFAULT_5XX" {
			status, class = p.status, "5" // an unset status keeps the original one
		}
		if r.status != status || r.get("X-Class") != class || !strings.HasPrefix(r.body, `{"type": "`+p.kind+`", "message": "`+p.message[:20]) {
			t.Errorf("got %s", r)
		}
	})
	t.Run("the other class is not touched", func(t *testing.T) {
		g := serve(t, provocations(t, `DEFAULT_4XX: {statusCode: 444}`))
		if r := g.do("GET", "/dev/gone", ""); r.status != 504 {
			t.Errorf("got %s", r)
		}
		if r := g.do("GET", "/dev/none", ""); r.status != 444 || r.body != `{"message":"Missing Authentication Token"}` {
			t.Errorf("got %s", r)
		}
	})
	t.Run("nothing is known of the API", func(t *testing.T) {
		if r := g.do("GET", "/prod/none", ""); r.status != 403 || r.body != `{"message":"Forbidden"}` || r.get("X-Class") != "" {
			t.Errorf("got %s", r)
		}
	})
}

// TestGatewayResponsesRender: headers from every source, templates by Accept, variables, and no VTL. Spec: rest-api 15.2.
func TestGatewayResponsesRender(t *testing.T) {
	g := serve(t, provocations(t, `
BAD_REQUEST_BODY:
  statusCode: 422
  responseParameters:
    gatewayresponse.header.X-Literal: "'open *'"
    gatewayresponse.header.X-Path: method.request.path.id
    gatewayresponse.header.X-Query: method.request.querystring.q
    gatewayresponse.header.X-Header: method.request.header.X-H
    gatewayresponse.header.X-Context: context.resourcePath
    gatewayresponse.header.X-Stage-Variable: stageVariables.colour
    gatewayresponse.header.X-Missing-Query: method.request.querystring.nothing
    gatewayresponse.header.X-Missing-Variable: stageVariables.nothing
    gatewayresponse.header.X-Missing-Context: context.authorizer.principalId
  responseTemplates:
    application/xml: <error>$context.error.message</error>
    application/json: |-
      {"message": $context.error.messageString, "type": "$context.error.responseType", "why": "$context.error.validationErrorString"}
    text/plain: |-
      $context.stage|${context.httpMethod}|$context.resourcePath|$context.path.|$stageVariables.colour|${stageVariables.colour}s|$stageVariables.nothing|$context.nothing|$method.request.path.id|${method.request.querystring.q}|$method.request.header.X-H|$context.identity.sourceIp
    text/html: |-
      #set($a = 1)#if(true)$a $input.body $util.escapeJavaScript('x') $$ 5$ ${ $!context.stage #end $context.authorizer.principalId
MISSING_AUTHENTICATION_TOKEN:
  responseParameters: {gatewayresponse.header.Content-Type: "'application/problem+json'"}
  responseTemplates:
    application/xml: <first/>
    text/plain: "$context.resourcePath[$context.error.validationErrorString]"
UNSUPPORTED_MEDIA_TYPE:
  responseParameters: {gatewayresponse.header.X-Split: method.request.header.X-H, gatewayresponse.header.Content-Length: "'1'", gatewayresponse.header.Transfer-Encoding: "'chunked'"}
`), "--var", "colour=blue")
	bad := func(accept string, more ...string) *response {
		return g.do("POST", "/dev/items/a%20b?q=x&q=y+z", `{}`, append(more, asJSON, "X-H: h1", "Accept: "+accept)...)
	}
	const jsonBody = `{"message": "Invalid request body", "type": "BAD_REQUEST_BODY", "why": "[object has missing required properties (["name"])]"}`
	t.Run("headers", func(t *testing.T) {
		r := bad("application/json")
		for name, want := range map[string]string{
			"X-Literal": "open *", "X-Path": "a b", "X-Query": "y z", "X-Header": "h1", "X-Context": "/items/{id}", "X-Stage-Variable": "blue",
		} {
			if got := r.get(name); got != want {
				t.Errorf("%s is %q, want %q", name, got, want)
			}
		}
		if r.status != 422 || r.has("X-Missing-Query") || r.has("X-Missing-Variable") || r.has("X-Missing-Context") {
			t.Errorf("got %s", r)
		}
	})
	for _, c := range []struct{ name, accept, media, body string }{
		{"exact", "application/json", "application/json", jsonBody},
		{"other type", "application/xml", "application/xml", "<error>Invalid request body</error>"},
		{"first of several, without its parameters", "application/xml;q=0.9, application/json", "application/xml", "<error>Invalid request body</error>"},
		{"unknown falls back to application/json", "image/png", "application/json", jsonBody},
		{"variables", "text/plain", "text/plain", "dev|POST|/items/{id}|/dev/items/a%20b.|blue|blues|||a b|y z|h1|127.0.0.1"},
		{"not VTL", "text/html", "text/html", "#set($a = 1)#if(true)$a $input.body $util.escapeJavaScript('x') $$ 5$ ${ $!context.stage #end "},
	} {
		t.Run(c.name, func(t *testing.T) {
			if r := bad(c.accept); r.get("Content-Type") != c.media || r.body != c.body {
				t.Errorf("got %s\nwant %s %q", r, c.media, c.body)
			}
		})
	}
	t.Run("first template without application/json (unconfirmed), own Content-Type", func(t *testing.T) {
		if r := g.do("GET", "/dev/none", ""); r.status != 403 || r.body != "<first/>" || r.get("Content-Type") != "application/problem+json" {
			t.Errorf("got %s", r)
		}
	})
	t.Run("an unmatched route has no resource path (unconfirmed)", func(t *testing.T) {
		if r := g.do("GET", "/dev/none", "", "Accept: text/plain"); r.body != "[]" {
			t.Errorf("got %s", r)
		}
	})
	t.Run("headers of the connection stay ours", func(t *testing.T) {
		r := g.do("POST", "/dev/items/1", "a", "Content-Type: text/plain", "X-H: h")
		lengths := 0
		for _, h := range r.header {
			if strings.EqualFold(h[0], "Content-Length") {
				lengths++
			}
		}
		if r.status != 415 || lengths != 1 || r.has("Transfer-Encoding") || r.body != `{"message": "Unsupported Media Type"}` {
			t.Errorf("got %s", r)
		}
	})
}

// TestTransportAnswersCannotBeCustomised: the 10 MB check comes before any API decides. Spec: rest-api 15.1.
func TestTransportAnswersCannotBeCustomised(t *testing.T) {
	g := serve(t, provocations(t, `
REQUEST_TOO_LARGE: {statusCode: 499, responseParameters: {gatewayresponse.header.X-Own: "'x'"}}
DEFAULT_4XX: {statusCode: 499, responseParameters: {gatewayresponse.header.X-Own: "'x'"}}
`))
	for _, c := range []struct {
		name, method, target, body string
		headers                    []string
		status                     int
		want                       string
	}{
		{"413", "POST", "/dev/items/1", "", []string{"Content-Length: 10485761"}, 413, "HTTP content length exceeded 10485760 bytes."},
		{"414", "GET", "/dev/" + strings.Repeat("a", 11000), "", nil, 414, ""},
		{"431", "GET", "/dev/none", "", []string{"X-Long: " + strings.Repeat("a", 11000)}, 431, ""},
		{"400", "GET", "/dev/none", "", []string{"Bad Name: x"}, 400, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := g.do(c.method, c.target, c.body, c.headers...)
			if r.status != c.status || r.has("X-Own") || c.want != "" && r.body != c.want {
				t.Errorf("got %s, want %d %s", r, c.status, c.want)
			}
		})
	}
}
