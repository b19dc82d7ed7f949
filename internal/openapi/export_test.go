package openapi_test

import (
	"encoding/json"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/limits"
	"github.com/gatehouse-gateway/gatehouse/internal/openapi"
)

var stage = openapi.ExportOptions{Type: "swagger", StageName: "local", Host: "a1b2c3d4e5.execute-api.us-east-1.amazonaws.com"}

// TestExportsAreThoseRecorded compares with the answers of the real service, lists in their order.
func TestExportsAreThoseRecorded(t *testing.T) {
	cases, err := filepath.Glob("testdata/export/*.txtar")
	if err != nil || len(cases) != 2 {
		t.Fatalf("cases %v, %v", cases, err)
	}
	for _, path := range cases {
		_, sections, err := readCase(path)
		if err != nil {
			t.Fatal(err)
		}
		api := imported(t, "", string(sections[0].Data))
		api.CreatedDate = time.Date(2025, 5, 6, 18, 20, 26, 0, time.UTC)
		for _, want := range sections[1:] {
			o := stage
			switch want.Name {
			case "name":
				if got := openapi.ExportName(api, o) + "\n"; got != string(want.Data) {
					t.Errorf("%s: got %s want %s", path, got, want.Data)
				}
				continue
			case "apigateway":
				o.Extensions = want.Name
			}
			got, err := openapi.Export(api, o)
			if err != nil {
				t.Fatal(err)
			}
			if g, w := decoded(t, got), decoded(t, want.Data); !reflect.DeepEqual(g, w) {
				t.Errorf("%s %s: got\n%s\nwant\n%s", path, want.Name, got, want.Data)
			}
		}
	}
}

func decoded(t *testing.T, text []byte) (v any) {
	t.Helper()
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return v
}

// everything is an API with all that an export can hold.
const everything = `openapi: 3.0.1
info: {title: Everything, version: "7", description: All of it.}
tags: [{name: team, x-amazon-apigateway-tag-value: pets}]
servers: [{url: /, x-amazon-apigateway-endpoint-configuration: {disableExecuteApiEndpoint: true, types: [PRIVATE], vpcEndpointIds: [vpce-1]}}]
x-amazon-apigateway-api-key-source: AUTHORIZER
x-amazon-apigateway-minimum-compression-size: 0
x-amazon-apigateway-security-policy: TLS_1_2
x-amazon-apigateway-endpoint-access-mode: STRICT
x-amazon-apigateway-policy: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: "*", Action: execute-api:Invoke, Resource: "execute-api:/*"}]}
x-amazon-apigateway-request-validators: {x all: {validateRequestBody: true}}
x-amazon-apigateway-gateway-responses: {THROTTLED: {statusCode: 503, responseParameters: {gatewayresponse.header.A: "'1'"}, responseTemplates: {text/plain: "b\n ", application/json: "{}"}}}
x-amazon-apigateway-documentation: {version: v1, documentationParts: [{location: {type: METHOD}, properties: {description: "x: y"}}]}
components:
  schemas: {"no": {type: string, enum: ["on", "1e3", "null", "2020-01-01", "<<", "~", "=", ""]}, N: {type: number, minimum: 1e3, maximum: 12345678901234567890}}
  securitySchemes:
    api_key: {type: apiKey, in: header, name: Unused, x-amazon-apigateway-authtype: custom, x-amazon-apigateway-authorizer: {type: request, authorizerUri: "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/f/invocations", identitySource: "method.request.querystring.a,context.b", authorizerResultTtlInSeconds: 0}}
    sigv4: {type: apiKey, in: header, name: Authorization, x-amazon-apigateway-authtype: oauth2, x-amazon-apigateway-authorizer: {type: token, authorizerUri: "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/f/invocations", identityValidationExpression: "^x-[a-z]+"}}
    iam: {type: apiKey, in: header, name: Authorization, x-amazon-apigateway-authtype: awsSigv4}
    key: {type: apiKey, in: header, name: x-api-key}
paths:
  /a/{id+}:
    x-amazon-apigateway-any-method:
      security: [{iam: []}, {key: []}]
      parameters: [{name: id, in: path, required: true}, {name: a, in: query, required: true}, {name: b, in: header}]
      responses: {"200": {description: "", content: {application/json: {schema: {$ref: "#/components/schemas/no"}}}}}
      x-amazon-apigateway-request-validator: x all
      x-amazon-apigateway-integration: {type: mock, responses: {x-1: {statusCode: 500}, "default ": {statusCode: 404}}}
  /leaf: {}
  /b: {get: {security: [{api_key: [s]}], responses: {}}, put: {security: [{sigv4: []}]}}
`

func TestExportsOfEverythingComeBack(t *testing.T) {
	api := imported(t, "d.yaml", everything)
	for _, form := range exportForms {
		checkRoundTrip(t, api, form, openapi.Options{})
	}
}

// TestAnswersThatNoDocumentCanHoldMeanTheSame: a method may have several answers with one pattern or with none.
func TestAnswersThatNoDocumentCanHoldMeanTheSame(t *testing.T) {
	api := imported(t, "d.yaml", integration("type: mock"))
	m := api.ResourceAt("/a").Methods["GET"]
	for status, pattern := range map[string]string{"200": "", "201": "", "202": "", "400": "4.*", "404": "4.*", "500": "default"} {
		m.Integration.Responses[status] = &definition.IntegrationResponse{StatusCode: status, SelectionPattern: pattern}
	}
	doc := exportAll(t, api, exportForms[0])
	back := imported(t, "", string(doc))
	for status, want := range map[string]string{"200": "", "201": "(?!)", "202": "(?:(?!))", "400": "4.*", "404": "(?:4.*)", "500": "(?:default)"} {
		if ir := back.ResourceAt("/a").Methods["GET"].Integration.Responses[status]; ir == nil || ir.SelectionPattern != want {
			t.Errorf("%s came back as %+v, want the pattern %q", status, ir, want)
		}
	}
}

func TestYAMLExportsSayWhatJSONExportsSay(t *testing.T) {
	api := imported(t, "d.yaml", everything)
	for _, form := range exportForms {
		var fromYAML any
		doc := exportAll(t, api, form)
		if err := yaml.Unmarshal(doc, &fromYAML); err != nil {
			t.Fatal(err)
		}
		form.Accept = ""
		asJSON, err := json.Marshal(fromYAML)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := decoded(t, asJSON), decoded(t, exportAll(t, api, form)); !reflect.DeepEqual(got, want) {
			t.Errorf("got\n%s\nfrom\n%s", asJSON, doc)
		}
	}
}

func TestExtensionsOfExports(t *testing.T) {
	api := imported(t, "d.yaml", everything)
	for _, c := range []struct {
		extensions string
		with       []string
		without    []string
	}{
		{"", []string{`"api_key_"`}, []string{"amazon-apigateway-authorizer", "amazon-apigateway-integration", "-documentation", "-policy", "sigv4"}},
		{"integrations", []string{"x-amazon-apigateway-integration"}, []string{"-authtype", "-policy"}},
		{"authorizers", []string{"x-amazon-apigateway-authorizer", "awsSigv4", `"sigv4_"`}, []string{"-integration\"", "-policy"}},
		{"integrations, authorizers", []string{"x-amazon-apigateway-authorizer", "x-amazon-apigateway-integration"}, []string{"-policy"}},
		{"documentation", []string{"x-amazon-apigateway-documentation"}, []string{"-integration\"", "-policy"}},
		{"postman", []string{"x-postman-id"}, []string{"amazon-apigateway-authorizer", "-integration\""}},
		{"apigateway", []string{"-policy", "-documentation", "-integration\"", "-authorizer", "-tag-value", "-any-method"}, []string{"postman"}},
	} {
		for _, kind := range []string{"swagger", "oas30"} {
			doc, err := openapi.Export(api, openapi.ExportOptions{Type: kind, Extensions: c.extensions, Documentation: &definition.DocumentationVersion{Version: "v1"}})
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range c.with {
				if !strings.Contains(string(doc), s) {
					t.Errorf("%s with %q has no %s:\n%s", kind, c.extensions, s, doc)
				}
			}
			for _, s := range c.without {
				if strings.Contains(string(doc), s) {
					t.Errorf("%s with %q has %s:\n%s", kind, c.extensions, s, doc)
				}
			}
		}
	}
	doc, err := openapi.Export(api, openapi.ExportOptions{Type: "oas30", Extensions: "apigateway"})
	if err != nil || strings.Contains(string(doc), "-documentation") {
		t.Errorf("documentation of a stage without a version of it: %v\n%s", err, doc)
	}
}

func TestExportsThatAreRefused(t *testing.T) {
	api := imported(t, "d.yaml", everything)
	body := imported(t, "d.yaml", head+"paths: {/a: {post: {requestBody: {content: {text/xml: {schema: {type: object}}}}}}}")
	for _, m := range body.Models {
		m.ContentType, m.Schema = "text/xml", "<schema/>"
	}
	for _, c := range []struct {
		api  *definition.RestAPI
		o    openapi.ExportOptions
		want string
	}{
		{api, openapi.ExportOptions{Type: "wsdl"}, "No API exporter for type 'wsdl'"},
		{api, openapi.ExportOptions{Type: "oas30", Extensions: "all"}, "Invalid extension specified: all. Must be one of: [integrations, authorizers, apigateway, documentation, postman]"},
		{api, openapi.ExportOptions{Type: "oas30", Accept: "text/html"}, "Invalid Accept header specified: text/html. Must be one of: [application/json, application/yaml]"},
		{body, openapi.ExportOptions{Type: "oas30"}, "Only found non-JSON body models for POST /a"},
		{body, openapi.ExportOptions{Type: "swagger"}, "Only found non-JSON body models for POST /a"},
	} {
		if _, err := openapi.Export(c.api, c.o); err == nil || err.Error() != c.want {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
}

// TestNamesThatAreNotUnique: validators of one name may differ, and a document has names only.
func TestNamesThatAreNotUnique(t *testing.T) {
	api := imported(t, "d.yaml", head+"x-amazon-apigateway-request-validators: {v: {validateRequestBody: true}}\nx-amazon-apigateway-request-validator: v\npaths: {/a: {get: {}, put: {}}}")
	api.RequestValidators["zzzzzz"] = &definition.RequestValidator{ID: "zzzzzz", Name: "v", ValidateRequestParameters: true}
	api.ResourceAt("/a").Methods["PUT"].RequestValidatorID = "zzzzzz"
	back := imported(t, "", string(exportAll(t, api, exportForms[2])))
	methods := back.ResourceAt("/a").Methods
	get, put := back.RequestValidators[methods["GET"].RequestValidatorID], back.RequestValidators[methods["PUT"].RequestValidatorID]
	if get.Name != "v" || !get.ValidateRequestBody || put.Name != "v_" || put.ValidateRequestBody || !put.ValidateRequestParameters {
		t.Errorf("came back as %+v and %+v", get, put)
	}
}

// TestYAMLExportsAreTheSameToOldReaders: YAML 1.1 has more words and numbers than 1.2.
func TestYAMLExportsAreTheSameToOldReaders(t *testing.T) {
	api := imported(t, "d.yaml", head)
	for _, s := range []string{"on", "Yes", "n", "0o17", "1:30", "2020-01-01", "012", "~", "=", "<<", "-x", ".5", "a\n ", "null"} {
		api.Name = s
		doc := string(exportAll(t, api, exportForms[3]))
		if quoted, _ := json.Marshal(s); !strings.Contains(doc, "title: "+string(quoted)+"\n") && s != "<<" {
			t.Errorf("%q is written without quotes:\n%s", s, doc)
		}
		if back := imported(t, "d.yaml", doc); back.Name != s {
			t.Errorf("%q came back as %q", s, back.Name)
		}
	}
}

func TestTheFirstMediaTypeThatIsKnownCounts(t *testing.T) {
	api := imported(t, "d.yaml", everything)
	for accept, want := range map[string]string{
		"": "oas30_7.json", "*/*": "oas30_7.json", "application/json": "oas30_7.json", "application/yaml": "oas30_7.yaml",
		"text/html, Application/YAML;q=0.5, application/json": "oas30_7.yaml",
	} {
		o := openapi.ExportOptions{Type: "oas30", Accept: accept}
		doc, err := openapi.Export(api, o)
		if name := openapi.ExportName(api, o); err != nil || name != want || strings.HasPrefix(string(doc), "---") != strings.HasSuffix(want, "yaml") {
			t.Errorf("%q: %v, %s, %.20s", accept, err, name, doc)
		}
	}
}

func TestModelsOfOthersStayAndOwnReferencesHold(t *testing.T) {
	api := imported(t, "", head+"components: {schemas: {A: {type: object}}}")
	url := "https://apigateway.amazonaws.com/restapis/" + api.ID + "/models/"
	api.Models["B"] = &definition.Model{Name: "B", ContentType: "application/json",
		Schema: `{"$schema":"http://json-schema.org/draft-04/schema#","properties":{"a":{"$ref":"` + url + `A"},"b":{"$ref":"#/definitions/C"},"c":{"$ref":"` + url + `Gone"}},"definitions":{"C":{"type":"string"}}}`}
	doc, err := openapi.Export(api, openapi.ExportOptions{Type: "oas30"})
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Components struct{ Schemas map[string]any }
	}
	if err := json.Unmarshal(doc, &got); err != nil {
		t.Fatal(err)
	}
	text, _ := json.Marshal(got.Components.Schemas["B"])
	want := `{"definitions":{"C":{"type":"string"}},"properties":{"a":{"$ref":"#/components/schemas/A"},"b":{"$ref":"#/components/schemas/B/definitions/C"},"c":{"$ref":"` + url + `Gone"}}}`
	if string(text) != want {
		t.Errorf("got\n%s\nwant\n%s", text, want)
	}
}

func BenchmarkExport(b *testing.B) {
	laptop := limits.Laptop()
	im, err := openapi.Parse("large.json", large(500), openapi.Options{Limits: &laptop})
	if err != nil {
		b.Fatal(err)
	}
	o := openapi.ExportOptions{Type: "oas30", Extensions: "apigateway", StageName: "prod"}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := openapi.Export(im.API, o); err != nil {
			b.Fatal(err)
		}
	}
}
