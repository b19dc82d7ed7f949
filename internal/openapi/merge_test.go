package openapi_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/openapi"
)

func imported(t testing.TB, name, doc string) *definition.RestAPI {
	t.Helper()
	im, err := openapi.Parse(name, []byte(doc), openapi.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return im.API
}

const oldDocument = `
openapi: 3.0.1
info: {title: Old, description: kept by merge}
x-amazon-apigateway-binary-media-types: [image/heif]
x-amazon-apigateway-request-validators: {all: {validateRequestBody: true}}
x-amazon-apigateway-request-validator: all
paths:
  /a:
    get: {operationId: OldGet, x-amazon-apigateway-integration: {type: mock}}
    put: {operationId: OldPut}
  /gone: {get: {}}
components: {schemas: {A: {type: object}, B: {type: object}}}
`

const newDocument = `
openapi: 3.0.1
info: {title: New, version: "2"}
x-amazon-apigateway-binary-media-types: [image/png, image/jpg]
x-amazon-apigateway-request-validators: {all: {validateRequestParameters: true}}
x-amazon-apigateway-request-validator: all
x-amazon-apigateway-policy: {Statement: [{Resource: execute-api:/x}]}
paths:
  /a: {get: {operationId: NewGet, x-amazon-apigateway-integration: {type: mock}}}
  /a/{b}: {get: {}}
components: {schemas: {A: {$ref: '#/components/schemas/C'}, C: {type: array}}}
`

func TestOverwriteKeepsIDs(t *testing.T) {
	old, imp := imported(t, "old", oldDocument), imported(t, "new", newDocument)
	old.Tags = map[string]string{"team": "pets"}
	old.EndpointConfiguration.Types = []string{"REGIONAL"}
	before := string(render(old)) + string(render(imp))
	got, err := openapi.Overwrite(old, imp)
	if err != nil {
		t.Fatal(err)
	}
	if string(render(old))+string(render(imp)) != before {
		t.Error("an argument was changed")
	}
	a := got.ResourceAt("/a")
	if got.ID != old.ID || got.Root().ID != old.Root().ID || a.ID != old.ResourceAt("/a").ID || a.ParentID != got.Root().ID {
		t.Errorf("ids changed: %s", render(got))
	}
	if got.ResourceAt("/gone") != nil || a.Methods["PUT"] != nil || got.ResourceAt("/a/{b}").ParentID != a.ID {
		t.Errorf("resources: %s", render(got))
	}
	get := a.Methods["GET"]
	if get.OperationName != "NewGet" || get.Integration.CacheNamespace != a.ID || got.RequestValidators[get.RequestValidatorID].ValidateRequestBody {
		t.Errorf("method: %s", render(got))
	}
	if !slices.Equal(got.BinaryMediaTypes, []string{"image/png", "image/jpg"}) || got.Tags["team"] != "pets" || got.EndpointConfiguration.Types[0] != "REGIONAL" {
		t.Errorf("settings: %s", render(got))
	}
	if m := got.Models["A"]; m.ID != old.Models["A"].ID || !strings.Contains(m.Schema, "/restapis/"+old.ID+"/models/C") || got.Models["B"] != nil {
		t.Errorf("models: %s", render(got))
	}
	if !strings.Contains(got.Policy, ":"+old.ID+"/x") || got.Name != "New" || got.Description != "" {
		t.Errorf("policy %s, name %s", got.Policy, got.Name)
	}
}

func TestMergeReplacesMethodsAndKeepsTheRest(t *testing.T) {
	old, imp := imported(t, "old", oldDocument), imported(t, "new", newDocument)
	got, err := openapi.Merge(old, imp)
	if err != nil {
		t.Fatal(err)
	}
	a := got.ResourceAt("/a")
	if a.Methods["GET"].OperationName != "NewGet" || a.Methods["PUT"].OperationName != "OldPut" || got.ResourceAt("/gone") == nil || got.ResourceAt("/a/{b}") == nil {
		t.Errorf("resources: %s", render(got))
	}
	if got.Name != "New" || got.Description != "kept by merge" || got.Version != "2" || len(got.RequestValidators) != 1 {
		t.Errorf("settings: %s", render(got))
	}
	// Recorded from the real service.
	if !slices.Equal(got.BinaryMediaTypes, []string{"image/heif", "image/png", "image/jpg"}) {
		t.Errorf("binary media types %v", got.BinaryMediaTypes)
	}
	if got.Models["B"] == nil || got.Models["C"] == nil {
		t.Errorf("models: %s", render(got))
	}
}

func TestMergeRefusesPathsThatCannotStandTogether(t *testing.T) {
	old := imported(t, "old", head+"paths: {'/a/{x}': {get: {}}}")
	_, err := openapi.Merge(old, imported(t, "new", head+"paths: {'/a/{y}': {get: {}}}"))
	want := "new:3:9: $.paths['/a/{y}']: A sibling ({x}) of this resource already has a variable path part -- only one is allowed"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
