package blackbox

import (
	"strings"
	"testing"
)

const validationDocument = `openapi: 3.0.1
info: {title: validation, version: "1"}
x-amazon-apigateway-request-validators:
  both: {validateRequestBody: true, validateRequestParameters: true}
  body: {validateRequestBody: true, validateRequestParameters: false}
  params: {validateRequestBody: false, validateRequestParameters: true}
  none: {validateRequestBody: false, validateRequestParameters: false}
x-amazon-apigateway-request-validator: none
x-amazon-apigateway-gateway-responses:
  BAD_REQUEST_BODY:
    responseTemplates: {application/json: '{"message": $context.error.messageString, "detail": "$context.error.validationErrorString"}'}
paths:
  /both/{issuer}: {post: {x-amazon-apigateway-request-validator: both, @PARAMS, @BODY, @REST}}
  /body/{issuer}: {post: {x-amazon-apigateway-request-validator: body, @PARAMS, @BODY, @REST}, get: {x-amazon-apigateway-request-validator: body, @BODY, @REST}}
  /params/{issuer}: {post: {x-amazon-apigateway-request-validator: params, @PARAMS, @BODY, @REST}}
  /none/{issuer}: {post: {@PARAMS, @BODY, @REST}}
  /typed:
    post:
      x-amazon-apigateway-request-validator: body
      requestBody: {content: {application/json: {schema: {$ref: "#/components/schemas/Pet"}}, text/json: {schema: {type: array}}}}
      @REST
  /free:
    post:
      x-amazon-apigateway-request-validator: body
      requestBody: {content: {application/json: {schema: {type: object}}}}
      @REST
components:
  schemas:
    Pet:
      type: object
      required: [name, b]
      properties:
        name: {type: string}
        parent: {$ref: "#/components/schemas/Pet"}
`

func validationText() string {
	return strings.NewReplacer(
		"@PARAMS", `parameters: [{name: issuer, in: path, required: true, schema: {type: string}}, {name: qs1, in: query, required: true, schema: {type: integer}}, {name: x-header-param, in: header, required: true, schema: {type: string}}, {name: free, in: query, schema: {type: string}}]`,
		"@BODY", `requestBody: {content: {application/json: {schema: {$ref: "#/components/schemas/Pet"}}}}`,
		"      @REST", `      responses: {"200": {description: ok}}
      x-amazon-apigateway-integration: {type: mock, requestTemplates: {application/json: '{"statusCode": 200}', text/json: '{"statusCode": 200}', text/plain: '{"statusCode": 200}'}, responses: {default: {statusCode: "200"}}}`,
		"@REST", `responses: {"200": {description: ok}}, x-amazon-apigateway-integration: {type: mock, requestTemplates: {application/json: '{"statusCode": 200}'}, responses: {default: {statusCode: "200"}}}`,
	).Replace(validationDocument)
}

// TestRequestValidation holds rest-api 4.3 and vectors 4 to 6 of section 22.
func TestRequestValidation(t *testing.T) {
	g := serve(t, validationText())
	badBody := func(detail string) string {
		return `400 {"message": "Invalid request body", "detail": "` + detail + `"}`
	}
	missing := badBody(`[object has missing required properties (["b","name"])]`)
	for _, c := range []struct{ name, method, target, contentType, body, header, want string }{
		{"parameters win over the body", "POST", "/both/i", "", "no", "", `400 {"message": "Missing required request parameters: [x-header-param, qs1]"}`},
		{"parameters then body", "POST", "/both/i?qs1=1", "", "{}", "X-Header-Param: 1", missing},
		{"all well", "POST", "/both/i?qs1=abc", "", `{"name":"n","b":1}`, "x-header-param: 1", "200 "},
		{"blank counts as missing", "POST", "/params/i?qs1=+", "", "", "x-header-param: 1", `400 {"message": "Missing required request parameters: [qs1]"}`},
		{"empty counts as missing", "POST", "/params/i?qs1=1", "", "", "x-header-param:", `400 {"message": "Missing required request parameters: [x-header-param]"}`},
		{"only presence counts", "POST", "/params/i?qs1=notanumber", "", "no json", "x-header-param: 1", "200 "},
		{"body only", "POST", "/body/i", "", `{"name":1,"b":1}`, "", badBody(`[instance type (integer) does not match any allowed primitive type (allowed: ["string"])]`)},
		{"nothing", "POST", "/none/i", "", "no json", "", "200 "},
		{"GET without a body is {}", "GET", "/body/i", "", "", "", missing},
		{"not JSON", "POST", "/body/i", "", "{", "", badBody("[the body is not JSON]")},
		{"charset is ignored", "POST", "/typed", "application/json; charset=utf-8", "{}", "", missing},
		{"another type, another model", "POST", "/typed", "text/json", "{}", "", badBody(`[instance type (object) does not match any allowed primitive type (allowed: ["array"])]`)},
		{"no model for the type", "POST", "/typed", "text/plain", "anything", "", "200 "},
		{"circular models", "POST", "/typed", "application/json", `{"name":"n","b":1,"parent":{"name":"m","b":2,"parent":{"name":1,"b":3}}}`, "", badBody(`[instance type (integer) does not match any allowed primitive type (allowed: ["string"])]`)},
		{"any object", "POST", "/free", "", `{"x":1}`, "", "200 "},
		{"a number that would take a gigabyte", "POST", "/body/i", "", `{"name":"n","b":1e999999999}`, "", badBody("[a number has more than 1000 digits]")},
	} {
		headers := []string{"X-Test: 1"}
		if c.contentType != "" {
			headers = append(headers, "Content-Type: "+c.contentType)
		}
		if c.header != "" {
			headers = append(headers, c.header)
		}
		r := g.do(c.method, "/dev"+c.target, c.body, headers...)
		if got := itoa(r.status) + " " + r.body; got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
		if r.status == 400 && r.get("x-amzn-ErrorType") != "BadRequestException" {
			t.Errorf("%s: error type %q", c.name, r.get("x-amzn-ErrorType"))
		}
	}
}
