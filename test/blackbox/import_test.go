package blackbox

import (
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"io"
	"net"
	"path/filepath"
	"strings"
	"testing"
)

// mockAnswer is a MOCK integration that answers 200 with a text, at this indentation.
func mockAnswer(indent int, text string) string {
	at := "\n" + strings.Repeat(" ", indent)
	return at + `responses: {"200": {description: ok}}` + at + "x-amazon-apigateway-integration: {type: mock, requestTemplates: {application/json: '{\"statusCode\": 200}'}, responses: {default: {statusCode: '200', responseTemplates: {application/json: '" + text + "'}}}}"
}

// TestBasePaths: ignore, prepend and split, of every way to write a base path. Spec: rest-api 21.2, recorded.
func TestBasePaths(t *testing.T) {
	swagger := func(base string) string {
		return "swagger: '2.0'\ninfo: {title: B, version: '1'}\nbasePath: " + base + "\npaths:\n  /e:\n    get:" + mockAnswer(6, "$context.resourcePath")
	}
	openapi := func(servers string) string {
		return "openapi: 3.0.1\ninfo: {title: B, version: '1'}\nservers: " + servers + "\npaths:\n  /e:\n    get:" + mockAnswer(6, "$context.resourcePath")
	}
	for _, c := range []struct{ name, mode, document, path string }{
		{"2.0 by default", "", swagger("/a/b/c"), "/e"},
		{"2.0 ignore", "ignore", swagger("/a/b/c"), "/e"},
		{"2.0 prepend", "prepend", swagger("/a/b/c"), "/a/b/c/e"},
		{"2.0 split", "split", swagger("/a/b/c"), "/b/c/e"},
		{"2.0 one segment", "split", swagger("/base"), "/e"},
		{"2.0 two segments", "split", swagger("/base-url/part"), "/part/e"},
		{"3.0 variable", "prepend", openapi(`[{url: "https://a/other"}, {url: "https://a/{basePath}", variables: {basePath: {default: /a/b/c}}}]`), "/a/b/c/e"},
		{"3.0 variable that no URL uses", "split", openapi(`[{url: "https://a/x", variables: {basePath: {default: a/b/c}}}]`), "/b/c/e"},
		{"3.0 URL", "prepend", openapi(`[{url: "https://a/b/c"}, {url: "https://a/d"}]`), "/b/c/e"},
		{"3.0 URL without path", "prepend", openapi(`[{url: "https://a/"}]`), "/e"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, filepath.Join(dir, "api.yaml"), c.document)
			if c.mode != "" {
				write(t, filepath.Join(dir, "gatehouse.yaml"), "basePath: "+c.mode)
			}
			g := serveFile(t, dir)
			if r := g.do("GET", "/dev"+c.path, ""); r.status != 200 || r.body != c.path {
				t.Errorf("%s: %s", c.path, r)
			}
			if c.path != "/e" {
				if r := g.do("GET", "/dev/e", ""); r.status != 403 {
					t.Errorf("/e: %s", r)
				}
			}
		})
	}
}

// standardParts is what OpenAPI itself says, in version 2.0 as JSON; the same in 3.0 as YAML below. Spec: rest-api 21.3.
const standardParts20 = `{
  "swagger": "2.0",
  "info": {"title": "Parts", "version": "1"},
  "host": "example.com", "schemes": ["https"], "externalDocs": {"url": "https://example.com"},
  "tags": [{"name": "t", "x-amazon-apigateway-tag-value": "v"}],
  "consumes": ["application/json"], "produces": ["application/json"],
  "x-amazon-apigateway-request-validators": {
    "all": {"validateRequestBody": true, "validateRequestParameters": true},
    "parameters": {"validateRequestParameters": true}, "none": {}},
  "x-amazon-apigateway-request-validator": "all",
  "securityDefinitions": {"nothing": {"type": "basic"}},
  "parameters": {"tenant": {"name": "tenant", "in": "header", "type": "string", "required": true}},
  "paths": {
    "/pets/{id}": {
      "parameters": [{"$ref": "#/parameters/tenant"}, {"name": "id", "in": "path", "type": "string", "required": true}],
      "post": {
        "operationId": "changePet", "deprecated": true, "tags": ["t"], "security": [{"nothing": []}],
        "parameters": [{"name": "tenant", "in": "header", "type": "string", "required": false}, {"name": "b", "in": "body", "schema": {"$ref": "#/definitions/Pet_v2"}}],
        "responses": {"200": {"description": "ok", "headers": {"X-Op": {"type": "string"}}, "schema": {"$ref": "#/definitions/Pet_v2"}}, "default": {"description": "no"}},
        "x-amazon-apigateway-integration": {"type": "Mock", "requestTemplates": {"application/json": {"statusCode": 200}},
          "responses": {"default": {"statusCode": 200, "responseParameters": {"method.response.header.X-Op": "context.operationName"}, "responseTemplates": {"application/json": "$input.params('id')"}}}}
      },
      "put": {
        "consumes": ["application/vnd.pet+json"],
        "parameters": [{"name": "b", "in": "body", "schema": {"type": "array"}}],
        "responses": {"200": {"description": "ok"}},
        "x-amazon-apigateway-integration": {"type": "MOCK", "requestTemplates": {"$default": "{\"statusCode\": 200}"}, "responses": {"default": {"statusCode": "200"}}}
      },
      "get": {
        "x-amazon-apigateway-request-validator": "none",
        "responses": {"200": {"description": "ok"}},
        "x-amazon-apigateway-integration": {"type": "mock", "requestTemplates": {"application/json": "{\"statusCode\": 200}"}, "responses": {"default": {"statusCode": "200"}}}
      },
      "delete": {
        "x-amazon-apigateway-request-validator": "parameters",
        "parameters": [{"name": "force", "in": "query", "type": "boolean", "required": true}, {"name": "f", "in": "formData", "type": "string"}],
        "responses": {"200": {"description": "ok"}},
        "x-amazon-apigateway-integration": {"type": "mock", "requestTemplates": {"application/json": "{\"statusCode\": 200}"}, "responses": {"default": {"statusCode": "200"}}}
      }
    },
    "/any/{rest+}": {
      "x-amazon-apigateway-any-method": {
        "responses": {"200": {"description": "ok"}}, "x-amazon-apigateway-request-validator": "none",
        "x-amazon-apigateway-integration": {"type": "mock", "requestTemplates": {"application/json": "{\"statusCode\": 200}"}, "responses": {"default": {"statusCode": "200", "responseTemplates": {"application/json": "$context.httpMethod $input.params('rest')"}}}}
      },
      "head": {"responses": {}, "x-amazon-apigateway-request-validator": "none", "x-amazon-apigateway-integration": {"type": "mock"}}
    }
  },
  "definitions": {"Pet_v2": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}, "friend": {"$ref": "#/definitions/Pet_v2"}}}}
}`

const standardParts30 = `
openapi: 3.0.3
info: {title: Parts, version: '1'}
x-amazon-apigateway-request-validators:
  all: {validateRequestBody: true, validateRequestParameters: true}
  parameters: {validateRequestParameters: "true"}
  none: {}
x-amazon-apigateway-request-validator: all
paths:
  /pets/{id}:
    summary: Pets
    parameters:
    - {$ref: "#/components/parameters/tenant"}
    - {name: id, in: path, required: true, schema: {type: string}}
    post:
      operationId: changePet
      security: [{nothing: []}]
      callbacks: {}
      parameters: [{name: tenant, in: header, required: false}, {name: c, in: cookie, required: true}]
      requestBody: {$ref: "#/components/requestBodies/pet"}
      responses:
        200: {description: an integer key, headers: {X-Op: {schema: {type: string}}}, links: {}}
        default: {description: no}
      x-amazon-apigateway-integration:
        type: Mock
        requestTemplates: {application/json: {statusCode: 200}}
        responses:
          default:
            statusCode: 200
            responseParameters: {method.response.header.X-Op: context.operationName}
            responseTemplates: {application/json: $input.params('id')}
    put:
      requestBody: {content: {application/vnd.pet+json: {schema: {type: array}}}}
      responses: {"200": {description: ok}}
      x-amazon-apigateway-integration: {type: MOCK, requestTemplates: {$default: '{"statusCode": 200}'}, responses: {default: {statusCode: "200"}}}
    get:
      x-amazon-apigateway-request-validator: none
      responses: {"200": {description: ok}}
      x-amazon-apigateway-integration: &mock {type: mock, requestTemplates: {application/json: '{"statusCode": 200}'}, responses: {default: {statusCode: "200"}}}
    delete:
      x-amazon-apigateway-request-validator: parameters
      parameters: [{name: force, in: query, required: true}]
      responses: {"200": {description: ok}}
      x-amazon-apigateway-integration: *mock
  /any/{rest+}:
    x-amazon-apigateway-any-method:
      x-amazon-apigateway-request-validator: none
      responses: {"200": {description: ok}}
      x-amazon-apigateway-integration:
        <<: *mock
        responses: {default: {statusCode: "200", responseTemplates: {application/json: "$context.httpMethod $input.params('rest')"}}}
    head: {responses: {}, x-amazon-apigateway-request-validator: none, x-amazon-apigateway-integration: {type: mock}}
components:
  parameters: {tenant: {name: tenant, in: header, required: true, schema: {type: string}}}
  requestBodies: {pet: {content: {application/json: {schema: {$ref: "#/components/schemas/Pet_v2"}}}}}
  securitySchemes: {nothing: {type: http, scheme: basic}}
  schemas:
    Pet_v2:
      type: object
      required: [name]
      properties: {name: {type: string}, friend: {$ref: "#/components/schemas/Pet_v2"}}
`

// TestStandardParts serves the same API from a 2.0 document in JSON and from a 3.0 one in YAML.
func TestStandardParts(t *testing.T) {
	missing := func(names string) string {
		return whole(`{"message": "Missing required request parameters: [` + names + `]"}`)
	}
	invalid := whole(`{"message": "Invalid request body"}`)
	for _, version := range []struct{ name, file, document, warnings string }{
		{"2.0 JSON", "swagger.json", standardParts20,
			"security[0].nothing: security scheme \"nothing\" has no authorizer and protects nothing\n" +
				"delete.parameters[1]: form parameters have no effect\n" +
				"post.responses.default: a default response has no counterpart in a REST API and has no effect\n"},
		{"3.0 YAML", "openapi.yml", standardParts30,
			"security[0].nothing: security scheme \"nothing\" has no authorizer and protects nothing\n" +
				"post.parameters[1]: cookie parameters have no effect\n" +
				"post.responses.default: a default response has no counterpart in a REST API and has no effect\n"},
	} {
		t.Run(version.name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, filepath.Join(dir, version.file), version.document)
			g := serveFile(t, dir)
			for line := range strings.Lines(version.warnings) {
				if !strings.Contains(g.out.String(), line) {
					t.Errorf("no warning %s", line)
				}
			}
			if n := strings.Count(g.out.String(), "warning: "); n != 3 {
				t.Errorf("%d warnings:\n%s", n, g.out)
			}
			for _, e := range []expectation{
				{"model, operation name, path parameter", "POST", "/pets/7", `{"name": "a", "friend": {"name": "b"}}`, []string{asJSON}, 200, "7", []string{"X-Op: changePet"}},
				{"model in a circle", "POST", "/pets/7", `{"name": "a", "friend": {"name": "b", "friend": {}}}`, []string{asJSON}, 400, invalid, nil},
				{"the operation's parameter replaces the path's", "POST", "/pets/7", `{"name": "a"}`, []string{asJSON, "tenant: t"}, 200, "-", nil},
				{"inherited parameter", "PUT", "/pets/7", `[]`, []string{"Content-Type: application/vnd.pet+json"}, 400, missing("tenant"), nil},
				{"media type of a model", "PUT", "/pets/7", `{}`, []string{"Content-Type: application/vnd.pet+json", "tenant: t"}, 400, invalid, nil},
				{"no model for a media type", "PUT", "/pets/7", `{}`, []string{"Content-Type: text/json", "tenant: t"}, 200, "", nil},
				{"validator of the operation that does nothing", "GET", "/pets/7", "", nil, 200, "", nil},
				{"validator of the operation", "DELETE", "/pets/7", "", nil, 400, missing("tenant, force"), nil},
				{"validator of the operation passes", "DELETE", "/pets/7?force=1", "", []string{"tenant: t"}, 200, "", nil},
				{"any method", "PATCH", "/any/a/b", "", nil, 200, "PATCH a/b", nil},
				{"verb beside any method", "HEAD", "/any/a", "", nil, 500, "", nil},
				{"greedy needs a segment", "GET", "/any", "", nil, 403, "-", nil},
			} {
				t.Run(e.name, func(t *testing.T) { g.expect(t, "dev", e) })
			}
		})
	}
}

// TestSettingsOfTheDocument drives the extensions of the root that a request meets. Spec: rest-api 21.4.
func TestSettingsOfTheDocument(t *testing.T) {
	for _, version := range []string{"swagger: '2.0'", "openapi: 3.0.1"} {
		t.Run(version, func(t *testing.T) {
			g := serve(t, version+`
info: {title: Settings, version: '1'}
x-amazon-apigateway-api-key-source: header
x-amazon-apigateway-binary-media-types: [image/png]
x-amazon-apigateway-minimum-compression-size: 100
x-amazon-apigateway-security-policy: TLS_1_2
x-amazon-apigateway-endpoint-access-mode: BASIC
x-amazon-apigateway-endpoint-configuration: {types: [REGIONAL], ipAddressType: dualstack}
x-amazon-apigateway-importexport-version: "1.0"
x-amazon-apigateway-cors: {allowOrigins: ["*"]}
x-amazon-apigateway-documentation: {version: '1', documentationParts: [{location: {type: API}, properties: {description: d}}]}
x-amazon-apigateway-gateway-responses:
  MISSING_AUTHENTICATION_TOKEN: {statusCode: 404, responseTemplates: {application/json: '{"region": "${AWS::Region}", "account": "${AWS::AccountId}", "partition": "${AWS::Partition}"}'}}
paths:
  /binary:
    get:
      responses: {"200": {description: ok}}
      x-amazon-apigateway-integration:
        type: http
        httpMethod: get
        uri: http://`+pngBackEnd(t)+`/
        responses: {default: {statusCode: "200"}}
  /long:
    get:`+mockAnswer(6, strings.Repeat("x", 200))+`
  /short:
    get:`+mockAnswer(6, "$context.endpointType")+`
`)
			if !strings.Contains(g.out.String(), "$.x-amazon-apigateway-cors: works in HTTP APIs only and has no effect\n") || strings.Count(g.out.String(), "warning: ") != 1 {
				t.Errorf("warnings:\n%s", g.out)
			}
			for _, e := range []expectation{
				{"binary", "GET", "/binary", "", []string{"Accept: image/png"}, 200, "\x89PNG", nil},
				{"binary as text", "GET", "/binary", "", []string{"Accept: application/json"}, 200, base64.StdEncoding.EncodeToString([]byte("\x89PNG")), nil},
				{"too short to compress", "GET", "/short", "", []string{"Accept-Encoding: gzip"}, 200, "REGIONAL", []string{"Content-Encoding:"}},
				{"not asked for", "GET", "/long", "", nil, 200, strings.Repeat("x", 200), []string{"Content-Encoding:"}},
				{"AWS variables", "GET", "/none", "", nil, 404, whole(`{"region": "us-east-1", "account": "000000000000", "partition": "aws"}`), nil},
			} {
				t.Run(e.name, func(t *testing.T) {
					e.want = strings.ReplaceAll(e.want, "\x89", `\x89`)
					if e.name == "binary" {
						if r := g.do("GET", "/dev/binary", "", e.headers...); r.body != "\x89PNG" {
							t.Errorf("got %s", r)
						}
						return
					}
					g.expect(t, "dev", e)
				})
			}
			r := g.do("GET", "/dev/long", "", "Accept-Encoding: gzip")
			unzipped, err := gzip.NewReader(strings.NewReader(r.body))
			if err != nil || r.get("Content-Encoding") != "gzip" {
				t.Fatalf("%v: %s", err, r)
			}
			if text, err := io.ReadAll(unzipped); err != nil || string(text) != strings.Repeat("x", 200) {
				t.Errorf("%v: %s", err, text)
			}
		})
	}
}

func pngBackEnd(t *testing.T) string {
	return newBackEnd(t, func(conn net.Conn, _ *received) { reply(conn, 200, "\x89PNG", "Content-Type: image/png") }).addr
}

// TestDisabledEndpoint: 403 for everything, in both places where a document may say so. Spec: rest-api 1.1.
func TestDisabledEndpoint(t *testing.T) {
	for _, c := range []struct{ name, head string }{
		{"root of 2.0", "swagger: '2.0'\nx-amazon-apigateway-endpoint-configuration: {disableExecuteApiEndpoint: true}"},
		{"server of 3.0", "openapi: 3.0.1\nservers: [{url: 'https://a', x-amazon-apigateway-endpoint-configuration: {disableExecuteApiEndpoint: true}}]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := serve(t, c.head+"\ninfo: {title: Closed, version: '1'}\npaths:\n  /a:\n    get:"+mockAnswer(6, "a"))
			r := g.do("GET", "/dev/a", "")
			if r.status != 403 || r.body != `{"message":"Forbidden"}` || r.get("x-amzn-ErrorType") != "ForbiddenException" {
				t.Errorf("got %s", r)
			}
		})
	}
}

// TestIntegrationFields drives the members of an integration, in the spellings that documents have. Spec: rest-api 21.4.
func TestIntegrationFields(t *testing.T) {
	back := newBackEnd(t, func(conn net.Conn, r *received) {
		status := 200
		if strings.HasPrefix(r.target, "/status/") {
			status = int(r.target[8]-'0')*100 + int(r.target[9]-'0')*10 + int(r.target[10]-'0')
		}
		seen := map[string]string{"method": r.method, "target": r.target, "body": r.body, "x": r.get("X-Mapped")}
		text, _ := json.Marshal(seen)
		reply(conn, status, string(text), "Content-Type: application/json")
	})
	g := serve(t, `openapi: 3.0.1
info: {title: Integrations}
paths:
  /proxy/{rest+}:
    x-amazon-apigateway-any-method:
      parameters: [{name: rest, in: path, required: true}, {name: q, in: query}]
      responses: {}
      x-amazon-apigateway-integration:
        type: Http_Proxy
        httpMethod: any
        uri: http://${stageVariables.back}/base/{rest}
        connectionType: internet
        timeoutInMillis: 5000
        cacheNamespace: n
        cacheKeyParameters: [method.request.querystring.q]
        payloadFormatVersion: "1.0"
        integrationSubtype: none
        tlsConfig: {insecureSkipVerification: true, serverNameToVerify: a}
        responseTransferMode: buffered
        requestParameters:
          integration.request.path.rest: method.request.path.rest
          integration.request.header.X-Mapped: "'mapped'"
  /status/{code}:
    post:
      parameters: [{name: code, in: path, required: true}]
      responses: {"200": {description: ok}, "400": {description: client}, "404": {description: none}, "502": {description: server}}
      x-amazon-apigateway-integration:
        type: HTTP
        httpMethod: PATCH
        uri: http://${stageVariables.back}/status/{code}
        passthroughBehavior: When_No_Templates
        contentHandling: convert_to_text
        requestParameters: {integration.request.path.code: method.request.path.code}
        requestTemplates:
          application/json: '{"wrapped": $input.json("$")}'
        responses:
          default: {statusCode: "200"}
          4\d{2}: {statusCode: "400", responseTemplates: {application/json: first}}
          "404": {statusCode: 404, responseTemplates: {application/json: {message: none}}}
          5..: {statusCode: "502", responseTemplates: {application/json: overwritten}}
          5\d[3-9]: {statusCode: "502", responseTemplates: {application/json: later}}
`, "--var", "back="+back.addr)
	if !strings.Contains(g.out.String(), `.responses['5\\d[3-9]']: replaces the response "5..": both have status code 502, and a method keeps one response per status code`) ||
		strings.Count(g.out.String(), "warning: ") != 1 {
		t.Errorf("warnings:\n%s", g.out)
	}
	for _, e := range []expectation{
		{"the client's verb, any spelling", "DELETE", "/proxy/a/b?q=1", "", nil, 200, whole(`{"body":"","method":"DELETE","target":"/base/a/b?q=1","x":"mapped"}`), nil},
		{"template and verb", "POST", "/status/200", `{"a":1}`, []string{asJSON}, 200, whole(`{"body":"{\"wrapped\": {\"a\":1}}","method":"PATCH","target":"/status/200","x":""}`), nil},
		{"passthrough when no templates", "POST", "/status/200", `a`, []string{"Content-Type: text/plain"}, 415, "-", nil},
		{"pattern", "POST", "/status/418", `{}`, []string{asJSON}, 400, "first", nil},
		{"of several patterns the one with that status", "POST", "/status/404", `{}`, []string{asJSON}, 404, whole(`{"message":"none"}`), nil},
		{"the later of two with one status code", "POST", "/status/503", `{}`, []string{asJSON}, 502, "later", nil},
		{"the earlier one is gone", "POST", "/status/500", `{}`, []string{asJSON}, 200, "-", nil},
	} {
		t.Run(e.name, func(t *testing.T) { g.expect(t, "dev", e) })
	}
}

// TestSecurityThatProtectsNothingIsServed: what switches protection off, and what the service ignores.
func TestSecurityThatProtectsNothingIsServed(t *testing.T) {
	g := serve(t, `openapi: 3.0.1
info: {title: Open}
security: [{lambda: []}]
components:
  securitySchemes:
    lambda:
      type: apiKey
      name: Authorization
      in: header
      x-amazon-apigateway-authorizer: {type: token, authorizerUri: "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:f/invocations"}
    login: {type: oauth2, flows: {}}
paths:
  /empty:
    get:
      security: []`+mockAnswer(6, "a")+`
  /none:
    get:
      x-amazon-apigateway-auth: {type: none}`+mockAnswer(6, "b")+`
  /oauth:
    get:
      security: [{login: [read]}]`+mockAnswer(6, "c")+`
`)
	for path, want := range map[string]string{"/empty": "a", "/none": "b", "/oauth": "c"} {
		if r := g.do("GET", "/dev"+path, ""); r.status != 200 || r.body != want {
			t.Errorf("%s: %s", path, r)
		}
	}
}

const lambdaURI = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:f/invocations"

// TestWhatCannotBeServedIsRefused: everything that Gatehouse cannot do yet, in one document, each with its place.
func TestWhatCannotBeServedIsRefused(t *testing.T) {
	got := refused(t, `openapi: 3.0.1
info: {title: Refused}
security: [{lambda: []}]
x-amazon-apigateway-policy: {Version: "2012-10-17", Statement: []}
x-amazon-apigateway-endpoint-configuration: {types: [PRIVATE]}
components:
  securitySchemes:
    lambda: {type: apiKey, name: Authorization, in: header, x-amazon-apigateway-authorizer: {type: token, authorizerUri: "`+lambdaURI+`"}}
    request: {type: apiKey, name: Unused, in: header, x-amazon-apigateway-authorizer: {type: request, identitySource: method.request.header.A, authorizerUri: "`+lambdaURI+`"}}
    users: {type: apiKey, name: Authorization, in: header, x-amazon-apigateway-authorizer: {type: cognito_user_pools, providerARNs: ["arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_a"]}}
    iam: {type: apiKey, name: Authorization, in: header, x-amazon-apigateway-authtype: awsSigv4}
    key: {type: apiKey, name: x-api-key, in: header}
paths:
  /root:
    get:`+mockAnswer(6, "a")+`
  /request:
    get:
      security: [{request: []}]`+mockAnswer(6, "a")+`
  /users:
    get:
      security: [{users: [read]}]`+mockAnswer(6, "a")+`
  /iam:
    get:
      security: [{iam: []}]`+mockAnswer(6, "a")+`
  /auth:
    get:
      x-amazon-apigateway-auth: {type: aws_iam}`+mockAnswer(6, "a")+`
  /key:
    get:
      security: [{key: []}]`+mockAnswer(6, "a")+`
  /lambda:
    get:
      security: []
      responses: {}
      x-amazon-apigateway-integration: {type: aws_proxy, httpMethod: POST, uri: "`+lambdaURI+`"}
  /aws:
    get:
      security: []
      responses: {}
      x-amazon-apigateway-integration: {type: aws, httpMethod: POST, credentials: "arn:aws:iam::000000000000:role/r", uri: "arn:aws:apigateway:us-east-1:sqs:path/000000000000/q"}
  /link:
    get:
      security: []
      responses: {}
      x-amazon-apigateway-integration: {type: http_proxy, httpMethod: GET, uri: "http://a", connectionType: VPC_LINK, connectionId: l}
`)
	want := `openapi.yaml:4:1: $.x-amazon-apigateway-policy: resource policies are not supported yet
openapi.yaml:5:1: $.x-amazon-apigateway-endpoint-configuration: PRIVATE endpoints are not supported yet
openapi.yaml:24:5: $.paths['/users'].get: authorization type COGNITO_USER_POOLS is not supported yet (authorizer users at openapi.yaml:10:60: $.components.securitySchemes.users.x-amazon-apigateway-authorizer)
openapi.yaml:29:5: $.paths['/iam'].get: authorization type AWS_IAM is not supported yet
openapi.yaml:34:5: $.paths['/auth'].get: authorization type AWS_IAM is not supported yet
openapi.yaml:52:7: $.paths['/aws'].get.x-amazon-apigateway-integration.uri: AWS integrations with the service sqs are not supported yet
openapi.yaml:57:7: $.paths['/link'].get.x-amazon-apigateway-integration.connectionType: VPC_LINK connections are not supported yet
gatehouse: 7 problems in the document
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestRefusedDocuments: what is wrong with a document, where, and how to write it. Every problem is shown, of every file.
func TestRefusedDocuments(t *testing.T) {
	const head = "openapi: 3.0.1\ninfo: {title: Refused}\n"
	for _, c := range []struct{ name, document, want string }{
		{"OpenAPI 3.1", "openapi: 3.1.0\ninfo: {title: A}\n", `openapi.yaml:1:1: $.openapi: Invalid OpenAPI input. OpenAPI 3.1.0 is not supported; write the document in OpenAPI 3.0
gatehouse: 1 problem in the document
`},
		{"Swagger 1.2", "swagger: '1.2'\n", `openapi.yaml:1:1: $.swagger: Invalid OpenAPI input. the swagger version must be "2.0", not "1.2"
gatehouse: 1 problem in the document
`},
		{"no OpenAPI", "hello: world\n", `openapi.yaml:1:1: $: Invalid OpenAPI input. neither swagger nor openapi says which version the document has
gatehouse: 1 problem in the document
`},
		{"SAM", "AWSTemplateFormatVersion: '2010-09-09'\nResources: {}\n", `openapi.yaml:1:1: $: Invalid OpenAPI input. CloudFormation and SAM templates are not supported yet; name the OpenAPI document itself
gatehouse: 1 problem in the document
`},
		{"empty", "", `openapi.yaml:1:1: Invalid OpenAPI input. the document is empty
gatehouse: 1 problem in the document
`},
		{"address", head + "paths:\n  /a: {$ref: 'https://example.com/a.yaml'}\n  /b: {$ref: '//example.com/a.yaml'}\n", `openapi.yaml:4:8: $.paths['/a'].$ref: https://example.com/a.yaml is not fetched: a reference may lead to files only
openapi.yaml:5:8: $.paths['/b'].$ref: //example.com/a.yaml is not fetched: a reference may lead to files only
gatehouse: 2 problems in the document
`},
		{"unknown extension", head + "x-amazon-apigateway-polices: {}\npaths: {/a: {get: {x-amazon-apigateway-integratoin: {type: mock}}}}\n", `openapi.yaml:3:1: $.x-amazon-apigateway-polices: x-amazon-apigateway-polices is not an extension that is known here; did you mean x-amazon-apigateway-policy?
openapi.yaml:4:20: $.paths['/a'].get.x-amazon-apigateway-integratoin: x-amazon-apigateway-integratoin is not an extension that is known here; did you mean x-amazon-apigateway-integration?
gatehouse: 2 problems in the document
`},
		{"no methods", head + "paths: {}\n", `openapi.yaml:1:1: $: The REST API doesn't contain any methods
gatehouse: 1 problem in the document
`},
		{"no integration", head + "paths: {/a: {get: {}}}\n", `openapi.yaml:3:14: $.paths['/a'].get: No integration defined for method
gatehouse: 1 problem in the document
`},
		{"CloudFormation", head + "paths: {/a: {get: {x-amazon-apigateway-integration: {type: http, httpMethod: GET, uri: {Fn::Sub: 'http://a'}}}}}\n", `openapi.yaml:3:83: $.paths['/a'].get.x-amazon-apigateway-integration.uri: Fn::Sub is resolved by CloudFormation, not by an import; write the value itself
gatehouse: 1 problem in the document
`},
		{"several", head + "x-amazon-apigateway-minimum-compression-size: -1\nx-amazon-apigateway-gateway-responses: {THROTTLE: {}}\npaths:\n  a: {}\n  /a{b}: {}\n  /b:\n    gte: {}\n    get:\n      responses: {2XX: {}}\n      x-amazon-apigateway-integration: {type: mok}\n", `openapi.yaml:3:1: $.x-amazon-apigateway-minimum-compression-size: Invalid minimum compression size, must be between 0 and 10485760
openapi.yaml:4:41: $.x-amazon-apigateway-gateway-responses.THROTTLE: "THROTTLE" is not a gateway response type: [REQUEST_TOO_LARGE, RESOURCE_NOT_FOUND, AUTHORIZER_CONFIGURATION_ERROR, MISSING_AUTHENTICATION_TOKEN, BAD_REQUEST_BODY, INVALID_SIGNATURE, INVALID_API_KEY, BAD_REQUEST_PARAMETERS, AUTHORIZER_FAILURE, UNAUTHORIZED, INTEGRATION_TIMEOUT, ACCESS_DENIED, DEFAULT_4XX, DEFAULT_5XX, WAF_FILTERED, QUOTA_EXCEEDED, THROTTLED, API_CONFIGURATION_ERROR, UNSUPPORTED_MEDIA_TYPE, INTEGRATION_FAILURE, EXPIRED_TOKEN]; did you mean THROTTLED?
openapi.yaml:6:3: $.paths.a: a path must begin with '/'
openapi.yaml:7:3: $.paths['/a{b}']: Resource's path part only allow a-zA-Z0-9._-:,@ and curly braces at the beginning and the end and an optional plus sign before the closing brace: a{b}
openapi.yaml:9:5: $.paths['/b'].gte: Invalid HttpMethod specified. Valid options are GET,PUT,POST,DELETE,PATCH,OPTIONS,HEAD,ANY
openapi.yaml:11:19: $.paths['/b'].get.responses.2XX: "2XX" is not a status code from 100 to 599
openapi.yaml:12:41: $.paths['/b'].get.x-amazon-apigateway-integration.type: "mok" is not an integration type: HTTP, HTTP_PROXY, AWS, AWS_PROXY, MOCK; did you mean MOCK?
gatehouse: 7 problems in the document
`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := refused(t, c.document); got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

// TestProblemsOfReferencedFilesAreShown: with the name of the file, also for extensions that are misspelt there.
func TestProblemsOfReferencedFilesAreShown(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "openapi.yaml"), "openapi: 3.0.1\ninfo: {title: Refused}\npaths:\n  /a: {$ref: paths/a.yaml}\n  /b: {$ref: paths/b.json}\n  /c: {$ref: 'paths/a.yaml#/nowhere'}\n  /d: {$ref: Paths/a.yaml}\n")
	write(t, filepath.Join(dir, "paths", "a.yaml"), "x-amazon-apigateway-integration: {type: mock}\nget:\n  x-amazon-apigateway-integratoin: {type: mock}\n")
	write(t, filepath.Join(dir, "paths", "b.json"), "{\"get\": {\"responses\": {}, \"x-amazon-apigateway-integration\": {\"type\": \"htp\"}},\n \"post\": {\"parameters\": [{\"$ref\": \"../shared.yaml#/p\"}]}}\n")
	out, code := run(t, "dev", "--gateway-addr", "127.0.0.1:0", dir)
	want := `paths/b.json:1:63: $.get.x-amazon-apigateway-integration.type: "htp" is not an integration type: HTTP, HTTP_PROXY, AWS, AWS_PROXY, MOCK; did you mean HTTP?
paths/b.json:2:27: $.post.parameters[0].$ref: file shared.yaml does not exist
openapi.yaml:6:8: $.paths['/c'].$ref: paths/a.yaml#/nowhere leads nowhere: $ has no "nowhere"
openapi.yaml:7:8: $.paths['/d'].$ref: file Paths/a.yaml does not exist; did you mean paths/a.yaml?
paths/a.yaml:1:1: $.x-amazon-apigateway-integration: x-amazon-apigateway-integration belongs to an operation, not to a path
paths/a.yaml:3:3: $.get.x-amazon-apigateway-integratoin: x-amazon-apigateway-integratoin is not an extension that is known here; did you mean x-amazon-apigateway-integration?
gatehouse: 6 problems in the document
`
	if got := strings.ReplaceAll(out, dir+string(filepath.Separator), ""); code != 1 || got != want {
		t.Errorf("exit code %d, got\n%s\nwant\n%s", code, got, want)
	}
}
