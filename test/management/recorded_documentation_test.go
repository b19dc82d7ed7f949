package management_test

import "testing"

const parts = "/restapis/{{api}}/documentation/parts"

func TestRecordedDocumentationPartsAndVersions(t *testing.T) {
	r := newReplay(t, "common", "TestDocumentations::test_documentation_parts_and_versions")
	const versions = "/restapis/{{api}}/documentation/versions"
	r.api("", `{"name":"documentation"}`)
	r.call("create-part-response", "POST", parts, `{"location":{"type":"API"},"properties":"{\"foo\": \"bar\"}"}`)
	r.call("get-parts-response", "GET", parts, "")
	r.call("create-version-response", "POST", versions, `{"documentationVersion":"v123"}`)
	r.patch("update-version-response", versions+"/v123", `{"op":"replace","path":"/description","value":"doc version new"}`)
	r.call("get-version-response", "GET", versions+"/v123", "")
}

func TestRecordedCreateDocumentationPartErrors(t *testing.T) {
	r := newReplay(t, "api", "TestApiGatewayApiDocumentationPart::test_invalid_create_documentation_part_operations")
	const properties = `"properties":"{ \"description\": \"Sample API description\" }"}`
	r.api("", `{"name":"documentation"}`)
	r.call("create_documentation_part_invalid_api_id", "POST", "/restapis/api_id/documentation/parts", `{"location":{"type":"API"},`+properties)
	r.call("create_documentation_part_invalid_location_type", "POST", parts, `{"location":{"type":"INVALID"},`+properties)
}

func TestRecordedGetDocumentationPartsErrors(t *testing.T) {
	r := newReplay(t, "api", "TestApiGatewayApiDocumentationPart::test_invalid_get_documentation_parts")
	r.call("get-inavlid-documentation-parts", "GET", "/restapis/api_id/documentation/parts", "")
}

func TestRecordedUpdateDocumentationPartErrors(t *testing.T) {
	r := newReplay(t, "api", "TestApiGatewayApiDocumentationPart::test_invalid_update_documentation_part")
	const value = `"value":"{ \"description\": \"Updated Sample API description\" }"}`
	r.api("", `{"name":"documentation"}`)
	r.keep("part", r.do("POST", parts, `{"location":{"type":"API"},"properties":"{ \"description\": \"Sample API description\" }"}`), "id")
	r.patch("update-documentation-part-invalid-api-id", "/restapis/api_id/documentation/parts/{{part}}", `{"op":"replace","path":"/properties",`+value)
	r.patch("update-documentation-part-invalid-add-operation", parts+"/{{part}}", `{"op":"add","path":"/properties",`+value)
	r.patch("update-documentation-part-invalid-path", parts+"/{{part}}", `{"op":"replace","path":"/invalidPath",`+value)
}

const documented = `{"openapi":"3.0.0","info":{"title":"doc","version":"1","description":"description"},
"paths":{"/":{"get":{"description":"Method description.","responses":{"200":{"description":"200 response",
 "content":{"application/json":{"schema":{"$ref":"#/components/schemas/Empty"}}}}}}}},
"components":{"schemas":{"Empty":{"type":"object","title":"Empty Schema"}}},
"x-amazon-apigateway-documentation":{"version":"1.0.3","documentationParts":[
 {"location":{"type":"API"},"properties":{"description":"API description","info":{"description":"API info description 4","version":"API info version 3"}}},
 {"location":{"type":"METHOD","method":"GET"},"properties":{"description":"Method description."}},
 {"location":{"type":"MODEL","name":"Empty"},"properties":{"title":"Empty Schema"}},
 {"location":{"type":"RESPONSE","method":"GET","statusCode":"200"},"properties":{"description":"200 response"}}]}}`

func TestRecordedImportDocumentationParts(t *testing.T) {
	r := newReplay(t, "api", "TestApiGatewayApiDocumentationPart::test_import_documentation_parts")
	made := r.do("POST", "/restapis?mode=import&failonwarnings=true", documented)
	r.keep("api", made, "id")
	r.deleteAtEnd(r.vars["api"])
	before := r.callSorted("get-documentations-parts-after-api-imports", "location.type", "GET", parts, "")
	items, _ := before["items"].([]any)
	for _, item := range items {
		part, _ := item.(map[string]any)
		r.do("DELETE", parts+"/"+text(part, "id"), "")
	}
	r.call("import-documentation-parts", "PUT", parts+"?mode=overwrite", documented)
	r.callSorted("get-documentations-parts-after-import", "location.type", "GET", parts, "")
}
