package management_test

import (
	"regexp"
	"testing"
)

const petsDocument = `{"swagger":"2.0","info":{"title":"Simple PetStore (Swagger)","version":"1.0.0"},"schemes":["https"],
"x-amazon-apigateway-binary-media-types":["image/png","image/jpg"],
"paths":{"/pets":{"get":{"responses":{"200":{"description":"200 response"}},"x-amazon-apigateway-integration":{
  "type":"http","httpMethod":"GET","uri":"http://petstore-demo-endpoint.execute-api.com/petstore/pets",
  "passthroughBehavior":"when_no_match","responses":{"default":{"statusCode":"200"}}}}},
 "/pets/{petId}":{"get":{"parameters":[{"name":"petId","in":"path","required":true,"type":"string"}],
  "responses":{"200":{"description":"200 response"}},"x-amazon-apigateway-integration":{
  "type":"http","httpMethod":"GET","uri":"http://petstore-demo-endpoint.execute-api.com/petstore/pets/{id}",
  "requestParameters":{"integration.request.path.id":"method.request.path.petId"},
  "passthroughBehavior":"when_no_match","responses":{"default":{"statusCode":"200"}}}}}}}`

func TestRecordedExportSwaggerOfPets(t *testing.T) {
	r := newReplay(t, "extended", "test_export_swagger_openapi[TEST_IMPORT_PETS]")
	r.keep("api", r.call("import-api", "POST", "/restapis?mode=import&failonwarnings=true", petsDocument), "id")
	r.deleteAtEnd(r.vars["api"])
	r.do("POST", deployments, `{"stageName":"local"}`)
	r.export("get-export", stages+"/local/exports/swagger")
	r.export("get-export-with-extensions", stages+"/local/exports/swagger?extensions=apigateway")
}

// exportTime is the version of an API that has none, in the name of its file.
var exportTime = regexp.MustCompile(`\d{4}-\d\d-\d\dT[\d:]+Z`)

// export calls GetExport, whose answer is a document and two headers.
func (r *replay) export(name, target string) {
	r.t.Helper()
	got := server.send(r.t, "GET", r.fill(target), "", "")
	seen := map[string]any{
		"ResponseMetadata":   map[string]any{"HTTPStatusCode": float64(got.status)},
		"body":               string(got.body),
		"contentType":        got.header.Get("Content-Type"),
		"contentDisposition": exportTime.ReplaceAllString(got.header.Get("Content-Disposition"), "date"),
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
