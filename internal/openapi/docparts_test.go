package openapi_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/openapi"
)

// documented leads to what the service recorded: test_import_documentation_parts.
const documented = `{
  "openapi": "3.0.0", "info": {"title": "T", "version": "1", "description": "overruled"},
  "paths": {"/": {"get": {"description": "Method description.", "responses": {"200": {"description": "200 response",
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Empty"}}}}}}}},
  "x-amazon-apigateway-documentation": {"version": "1.0.3", "documentationParts": [
    {"location": {"type": "API"}, "properties": {"description": "API description", "info": {"description": "API info description 4", "version": "API info version 3"}}},
    {"location": {"type": "METHOD", "method": "GET"}, "properties": {"description": "Method description."}},
    {"location": {"type": "MODEL", "name": "Empty"}, "properties": {"title": "Empty Schema"}},
    {"location": {"type": "RESPONSE", "method": "GET", "statusCode": "200"}, "properties": {"description": "200 response"}}]},
  "components": {"schemas": {"Empty": {"title": "Empty Schema", "type": "object"}}}
}`

// wantDocumented is the recorded list.
var wantDocumented = []definition.DocumentationPart{
	{Location: map[string]string{"type": "API"}, Properties: `{"description":"API description","info":{"description":"API info description 4","version":"API info version 3"}}`},
	{Location: map[string]string{"type": "METHOD", "path": "/", "method": "GET"}, Properties: `{"description":"Method description."}`},
	{Location: map[string]string{"type": "MODEL", "name": "Empty"}, Properties: `{"title":"Empty Schema"}`},
	{Location: map[string]string{"type": "RESPONSE", "path": "/", "method": "GET", "statusCode": "200"}, Properties: `{"description":"200 response"}`},
}

func checkParts(t *testing.T, got, want []definition.DocumentationPart) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d parts, want %d: %v", len(got), len(want), got)
	}
	for i := range want {
		if !maps.Equal(got[i].Location, want[i].Location) || got[i].Properties != want[i].Properties || len(got[i].ID) != 6 {
			t.Errorf("part %d: got %v, want %v", i, got[i], want[i])
		}
	}
}

func TestDocumentationPartsAreThoseRecorded(t *testing.T) {
	im, err := openapi.Parse("", []byte(documented), openapi.Options{APIID: "a1b2c3d4e5", Seed: "one", FailOnWarnings: true})
	if err != nil {
		t.Fatal(err)
	}
	checkParts(t, im.API.Documentation, wantDocumented)
	parts, warnings, err := openapi.ParseDocumentation([]byte(documented), openapi.Options{Seed: "two", FailOnWarnings: true})
	if err != nil || len(warnings) > 0 {
		t.Fatal(err, warnings)
	}
	checkParts(t, parts, wantDocumented)
	for i := range parts {
		if parts[i].ID == im.API.Documentation[i].ID {
			t.Errorf("part %d has the id of another import", i)
		}
	}
}

func TestDocumentationOfAnythingElse(t *testing.T) {
	const part = head + "x-amazon-apigateway-documentation:\n  more: 1\n  documentationParts:\n  - location: {type: %s}\n    properties: {a: b}\n"
	for _, c := range []struct {
		name, doc, want string
		fail            bool
	}{
		{"nothing", "", openapi.ErrDocumentation.Error(), false}, // recorded
		{"no OpenAPI", "a: b", openapi.ErrDocumentation.Error(), false},
		{"no info", "openapi: 3.0.1", openapi.ErrDocumentation.Error(), false},
		{"bad type", strings.Replace(part, "%s", "API, path: /", 1), "Errors found during import:\n\tParse issue: attribute x-amazon-apigateway-documentation.documentationParts.0.location: " +
			"Invalid documentation part location: a part of type 'API' has no 'path'\nAdditionally, these warnings were found:\n\tParse issue: attribute x-amazon-apigateway-documentation.more: is not a member of x-amazon-apigateway-documentation and has no effect", false},
		{"warnings fail", strings.Replace(part, "%s", "API", 1), "Warnings found during import:\n\tParse issue: attribute x-amazon-apigateway-documentation.more: is not a member of x-amazon-apigateway-documentation and has no effect", true},
		{"problems elsewhere", strings.Replace(part, "%s", "API", 1) + "paths: {/a: {get: {x-amazon-apigateway-integration: {type: wrong}}}}", "", false},
	} {
		parts, _, err := openapi.ParseDocumentation([]byte(c.doc), openapi.Options{FailOnWarnings: c.fail})
		got := ""
		if err != nil {
			got = err.Error()
		}
		if got != c.want || (err == nil) != (len(parts) == 1) {
			t.Errorf("%s: %d parts, got\n%s\nwant\n%s", c.name, len(parts), got, c.want)
		}
	}
}

func TestLocationsOfDocumentationParts(t *testing.T) {
	for _, c := range []struct {
		location map[string]string
		want     string
	}{
		{map[string]string{"type": "API"}, ""},
		{map[string]string{"type": "METHOD"}, ""},
		{map[string]string{"type": "RESPONSE_HEADER", "path": "/a", "method": "*", "statusCode": "404", "name": "X"}, ""},
		{map[string]string{"type": "INVALID"}, `"INVALID" is not a type of documentation part: [RESPONSE_BODY, RESPONSE, METHOD, MODEL, AUTHORIZER, RESPONSE_HEADER, RESOURCE, PATH_PARAMETER, REQUEST_BODY, QUERY_PARAMETER, API, REQUEST_HEADER]`},
		{map[string]string{"type": "MODEL", "name": "M", "method": "GET"}, "Invalid documentation part location: a part of type 'MODEL' has no 'method'"},
		{map[string]string{"type": "MODEL"}, "Invalid documentation part location: a part of type 'MODEL' needs a 'name'"},
		{map[string]string{"type": "RESOURCE", "path": "a"}, "Invalid documentation part location: the path 'a' does not begin with '/'"},
		{map[string]string{"type": "METHOD", "method": "get"}, "Invalid documentation part location: 'get' is not a method; valid options are GET,PUT,POST,DELETE,PATCH,OPTIONS,HEAD,ANY,*"},
		{map[string]string{"type": "RESPONSE", "statusCode": "20"}, "Invalid documentation part location: '20' is not a status code"},
	} {
		got := ""
		if err := openapi.CheckLocation(c.location); err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%v: got %s, want %s", c.location, got, c.want)
		}
	}
}

func TestMergedDocumentationKeepsIDs(t *testing.T) {
	part := func(id, kind, name, properties string) definition.DocumentationPart {
		return definition.DocumentationPart{ID: id, Location: map[string]string{"type": kind, "name": name}, Properties: properties}
	}
	old := []definition.DocumentationPart{part("aaaaaa", "MODEL", "A", "1"), part("bbbbbb", "MODEL", "B", "2")}
	all, ids := openapi.MergeDocumentation(old, []definition.DocumentationPart{part("cccccc", "MODEL", "C", "3"), part("dddddd", "MODEL", "A", "4")})
	if len(all) != 3 || all[0].Properties != "4" || all[0].ID != "aaaaaa" || all[2].ID != "cccccc" || old[0].Properties != "1" {
		t.Errorf("merged %v, old %v", all, old)
	}
	if strings.Join(ids, " ") != "cccccc aaaaaa" {
		t.Errorf("ids %v", ids)
	}
}
