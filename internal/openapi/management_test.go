package openapi_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/openapi"
)

// allIDs returns every id of an API but its own.
func allIDs(api *definition.RestAPI) (all []string) {
	for _, r := range api.Resources {
		all = append(all, r.ID)
	}
	for _, m := range api.Models {
		all = append(all, m.ID)
	}
	for _, a := range api.Authorizers {
		all = append(all, a.ID)
	}
	for _, v := range api.RequestValidators {
		all = append(all, v.ID)
	}
	for _, p := range api.Documentation {
		all = append(all, p.ID)
	}
	return all
}

const everyKind = `openapi: 3.0.1
info: {title: T, description: documented}
x-amazon-apigateway-request-validators: {all: {validateRequestBody: true}}
paths: {/a: {get: {}}}
components:
  schemas: {A: {$ref: '#/components/schemas/B'}, B: {type: object}}
  securitySchemes:
    auth: {type: apiKey, in: header, name: A, x-amazon-apigateway-authorizer: {type: cognito_user_pools, providerARNs: [arn:aws:cognito-idp:x:0:userpool/p]}}
`

func TestIDsFollowTheSeed(t *testing.T) {
	parse := func(id, seed string) *definition.RestAPI {
		im, err := openapi.Parse("", []byte(everyKind), openapi.Options{APIID: id, Seed: seed})
		if err != nil {
			t.Fatal(err)
		}
		return im.API
	}
	one, again, other := parse("a1b2c3d4e5", "s"), parse("a1b2c3d4e5", "s"), parse("f1b2c3d4e5", "t")
	if one.ID != "a1b2c3d4e5" || other.ID != "f1b2c3d4e5" || string(render(one)) != string(render(again)) {
		t.Errorf("ids %s and %s, or the second import differs", one.ID, other.ID)
	}
	ids := allIDs(one)
	if len(ids) != 7 {
		t.Errorf("ids %v", ids)
	}
	for _, id := range allIDs(other) {
		if slices.Contains(ids, id) {
			t.Errorf("two imports share the id %s", id)
		}
	}
	if s := other.Models["A"].Schema; s != `{"$ref":"https://apigateway.amazonaws.com/restapis/f1b2c3d4e5/models/B"}` {
		t.Errorf("schema %s", s)
	}
}

func TestImportParameters(t *testing.T) {
	for _, c := range []struct {
		name, value, want string
		set               func(openapi.Options) bool
	}{
		{"basepath", "split", "", func(o openapi.Options) bool { return o.BasePath == "split" }},
		{"basePath", "prepend", "", func(o openapi.Options) bool { return o.BasePath == "prepend" }},
		{"ignore", "documentation", "", func(o openapi.Options) bool { return o.IgnoreDocumentation }},
		{"endpointConfigurationTypes", "REGIONAL", "", func(o openapi.Options) bool { return slices.Equal(o.EndpointTypes, []string{"REGIONAL"}) }},
		{"basepath", "x", "Invalid value 'x' for parameter 'basepath'. Must be one of: [ignore, prepend, split]", nil},
		{"ignore", "x", "Invalid value 'x' for parameter 'ignore'. Must be one of: [documentation]", nil},
		{"endpointConfigurationTypes", "LOCAL", "Invalid value 'LOCAL' for parameter 'endpointConfigurationTypes'. Must be one of: [EDGE, REGIONAL, PRIVATE]", nil},
		{"basepat", "split", "Unknown import parameter 'basepat'; did you mean basepath?", nil},
	} {
		var o openapi.Options
		got := ""
		if err := o.SetParameters(map[string]string{c.name: c.value}); err != nil {
			got = err.Error()
		}
		if got != c.want || c.set != nil && !c.set(o) {
			t.Errorf("%s=%s: got %q, %+v", c.name, c.value, got, o)
		}
	}
}

func TestEndpointTypesOfTheRequestWin(t *testing.T) {
	doc := head + "x-amazon-apigateway-endpoint-configuration: {types: [EDGE], ipAddressType: ipv4}\n"
	for _, c := range []struct {
		types []string
		want  string
	}{
		{[]string{"REGIONAL"}, ""},
		{[]string{"PRIVATE"}, "Errors found during import:\n\tOnly dualstack ipAddressType is supported for Private APIs."},
		{[]string{"EDGE", "REGIONAL"}, "Errors found during import:\n\tCannot create an api with multiple Endpoint Types."},
	} {
		im, err := openapi.Parse("", []byte(doc), openapi.Options{EndpointTypes: c.types})
		got := ""
		if err != nil {
			got = im.Refusal(err)
		} else if !slices.Equal(im.API.EndpointConfiguration.Types, c.types) {
			t.Errorf("types %v", im.API.EndpointConfiguration.Types)
		}
		if got != c.want {
			t.Errorf("%v: got %q, want %q", c.types, got, c.want)
		}
	}
}

// TestRefusals holds the texts of control-plane 10.1.
func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		name, doc, want string
		fail            bool
	}{
		{"no JSON", `{"swagger": "2.0", `, "Invalid OpenAPI input.", false}, // recorded
		{"no YAML", "swagger: \"2.0\n", "Invalid OpenAPI input.", false},    // recorded
		{"neither", "a: b", "Invalid OpenAPI input.", false},
		{"integration", integration("type: http\nhttpMethod: GET\nuri: ftp://a"), "Errors found during import:\n\tUnable to put integration on 'GET' for resource at path '/a': Invalid HTTP endpoint specified for URI", false},
		{"integration response", integration("type: mock\nresponses: {default: {statusCode: 200, responseParameters: {method.response.header.X: \"'x'\"}}}"),
			"Errors found during import:\n\tUnable to put integration response on 'GET' for resource at path '/a': " +
				"Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression parameter specified: method.response.header.X]", false},
		{"parameter", head + "paths: {/a: {get: {parameters: [{name: 'x[]', in: query}]}}}", "Errors found during import:\n\tUnable to put method 'GET' on resource at path '/a': " +
			"Invalid mapping expression specified: Validation Result: warnings : [], errors : [Parameter name should match the following regular expression: ^[a-zA-Z0-9._$-]+$]", false},
		{"sibling", head + "paths:\n  /a/{x}: {}\n  /a/{y}: {}\n", "Errors found during import:\n\tUnable to create resource at path '/a/{y}': A sibling ({x}) of this resource already has a variable path part -- only one is allowed", false},
		{"model", head + "components: {schemas: {'_': {}}}\n", "Errors found during import:\n\tUnable to create model for '_': Model name must be alphanumeric: _", false},
		{"gateway response", head + "x-amazon-apigateway-gateway-responses: {THROTTLED: {statusCode: 9}}\n", "Errors found during import:\n\tUnable to create gateway response 'THROTTLED': \"9\" is not a status code from 100 to 599", false},
		{"the API", "openapi: 3.0.1\ninfo: {}\n", "Errors found during import:\n\tParse issue: attribute info: Rest API name cannot be blank", false},
		{"two problems and a warning", head + "paths:\n  /a: {trace: {}}\n  /b: {x-amazon-apigateway-any-method: {parameters: [{in: cookie}], responses: {9: {}}}}\n",
			"Errors found during import:\n\tUnable to put method 'TRACE' on resource at path '/a': Invalid HttpMethod specified. Valid options are GET,PUT,POST,DELETE,PATCH,OPTIONS,HEAD,ANY\n" +
				"\tUnable to put method 'ANY' on resource at path '/b': \"9\" is not a status code from 100 to 599\n" +
				"Additionally, these warnings were found:\n\tUnable to put method 'ANY' on resource at path '/b': cookie parameters have no effect", false},
		{"warnings that fail", head + "paths: {/a: {get: {requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Gone'}}}}}}}",
			"Warnings found during import:\n\tReference to model 'Gone' not found. Ignoring.", true},
		{"not known here", head + "x-amazon-apigateway-newer: 1\n", "Warnings found during import:\n\tParse issue: attribute x-amazon-apigateway-newer: x-amazon-apigateway-newer is not an extension that is known here", true},
	} {
		im, err := openapi.Parse("", []byte(c.doc), openapi.Options{Tolerant: true, FailOnWarnings: c.fail})
		if err == nil {
			t.Errorf("%s: imported", c.name)
			continue
		}
		if got := im.Refusal(err); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
	}
}

func TestTolerantImportsPassOverWhatTheServiceDoes(t *testing.T) {
	doc := head + "x-amazon-apigateway-newer: 1\npaths: {/a: {get: {requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Gone'}}}}}}}"
	im, err := openapi.Parse("", []byte(doc), openapi.Options{Tolerant: true})
	if err != nil {
		t.Fatal(err)
	}
	if m := im.API.ResourceAt("/a").Methods["GET"]; m == nil || len(m.RequestModels) > 0 || len(im.API.Warnings) != 2 {
		t.Errorf("method %+v, warnings %q", m, im.API.Warnings)
	}
	if _, err := openapi.Parse("", []byte(doc), openapi.Options{}); len(definition.ProblemsOf(err)) != 2 {
		t.Errorf("a strict import: %v", err)
	}
}

// TestNamesOfUsersMayLookLikeExtensions: patterns, media types, validators and schemes are named by users.
func TestNamesOfUsersMayLookLikeExtensions(t *testing.T) {
	doc := head + `x-amazon-apigateway-request-validators: {x-all: {validateRequestBody: true}}
components: {securitySchemes: {x-key: {type: apiKey, in: header, name: x-api-key}}}
paths:
  /a:
    get:
      security: [{x-key: []}]
      responses: {200: {}, 400: {}}
      x-amazon-apigateway-request-validator: x-all
      x-amazon-apigateway-integration: {type: mock, requestTemplates: {x-own/type: t}, responses: {x-bad.*: {statusCode: 400}, default: {statusCode: 200}}}
`
	m := imported(t, "d.yaml", doc).ResourceAt("/a").Methods["GET"]
	if m.Integration.Responses["400"] == nil || m.Integration.RequestTemplates["x-own/type"] != "t" || m.RequestValidatorID == "" || !m.APIKeyRequired {
		t.Errorf("method %+v, integration %+v", m, m.Integration)
	}
}

func TestPutRestAPIMakesDocumentationAnew(t *testing.T) {
	old := imported(t, "", everyKind)
	im, err := openapi.Parse("", []byte(strings.Replace(everyKind, "documented", "again", 1)), openapi.Options{APIID: old.ID, Seed: "put"})
	if err != nil {
		t.Fatal(err)
	}
	over, err := openapi.Overwrite(old, im.API)
	if err != nil {
		t.Fatal(err)
	}
	merged, err := openapi.Merge(old, im.API)
	if err != nil {
		t.Fatal(err)
	}
	was, o, m := old.Documentation[0], over.Documentation[0], merged.Documentation[0]
	if o.ID == was.ID || m.ID != was.ID || o.Properties != m.Properties || m.Properties == was.Properties || len(merged.Documentation) != 1 {
		t.Errorf("old %v, overwritten %v, merged %v", was, o, m)
	}
	for name, got := range map[string]*definition.RestAPI{"overwrite": over, "merge": merged} {
		if got.ID != old.ID || got.Root().ID != old.Root().ID || got.ResourceAt("/a").ID != old.ResourceAt("/a").ID || got.Description != "again" {
			t.Errorf("%s: %s", name, render(got))
		}
	}
}

func TestPutKeepsWhatTheDocumentDoesNotSay(t *testing.T) {
	old := imported(t, "", everyKind)
	old.DisableExecuteAPIEndpoint, old.SecurityPolicy, old.EndpointAccessMode = true, "TLS_1_2", "STRICT"
	const endpoint = "x-amazon-apigateway-endpoint-configuration: {vpcEndpointIds: [vpce-1]%s}\n"
	for _, c := range []struct {
		mode, more           string
		ignore               bool
		disabled, documented bool
	}{
		{"", "", false, true, true},
		{"overwrite", "", false, true, false},
		{"overwrite", "", true, true, true},
		{"merge", ", disableExecuteApiEndpoint: false", false, false, true},
		{"overwrite", ", disableExecuteApiEndpoint: false", true, false, true},
	} {
		im, err := openapi.Parse("", []byte(head+strings.Replace(endpoint, "%s", c.more, 1)), openapi.Options{IgnoreDocumentation: c.ignore})
		if err != nil {
			t.Fatal(err)
		}
		got, err := im.Put(old, c.mode)
		if err != nil || got.DisableExecuteAPIEndpoint != c.disabled || (len(got.Documentation) > 0) != c.documented || got.EndpointConfiguration.VPCEndpointIDs[0] != "vpce-1" ||
			got.SecurityPolicy != "TLS_1_2" || got.EndpointAccessMode != "STRICT" {
			t.Errorf("%+v: %v, disabled %v, documentation %v", c, err, got.DisableExecuteAPIEndpoint, got.Documentation)
		}
	}
	if _, err := (&openapi.Import{API: old}).Put(old, "replace"); err == nil || err.Error() != "Invalid mode specified: replace. Must be one of: [merge, overwrite]" {
		t.Errorf("mode replace: %v", err)
	}
}

// TestPutOfAConflictIsRefusedWithItsPath: only merging can bring two variable parts together.
func TestPutOfAConflictIsRefusedWithItsPath(t *testing.T) {
	old := imported(t, "", head+"paths: {'/a/{x}': {get: {}}}")
	im, err := openapi.Parse("", []byte(head+"paths: {'/a/{y}': {get: {}}}"), openapi.Options{APIID: old.ID})
	if err != nil {
		t.Fatal(err)
	}
	_, err = im.Put(old, "merge")
	want := "Errors found during import:\n\tUnable to create resource at path '/a/{y}': A sibling ({x}) of this resource already has a variable path part -- only one is allowed"
	if err == nil || im.Refusal(err) != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if api, err := im.Put(old, "overwrite"); err != nil || api.ResourceAt("/a/{x}") != nil {
		t.Errorf("overwrite: %v", err)
	}
}
