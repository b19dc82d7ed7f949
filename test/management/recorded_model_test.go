package management_test

import "testing"

const mySchema = `{"name":"MySchema","contentType":"application/json","description":"","schema":"{\"title\": \"MySchema\", \"type\": \"object\"}"}`

func TestRecordedModelLifecycle(t *testing.T) {
	r := newReplay(t, "api", "TestApiGatewayApiModels::test_model_lifecycle")
	const models = "/restapis/{{api}}/models"
	const schema = `{\n\t\"title\": \"Calc output\",\n\t\"type\": \"object\",\n\t\"properties\": {\"a\": {\"type\": \"number\"}, \"b\": {\"type\": \"number\"},` +
		`\"op\": {\"description\": \"operation of +, -, * or /\", \"type\": \"string\"}, \"c\": {\"type\": \"number\"}},\n\t\"required\": [\"a\", \"b\", \"op\"]\n}\n`
	r.api("", `{"name":"models","description":"testing resource model lifecycle"}`)
	r.call("create-model", "POST", models, `{"name":"CalcOutput","contentType":"application/json","description":"Calc output model","schema":"`+schema+`"}`)
	r.callSorted("get-models", "name", "GET", models, "")
	r.call("get-model", "GET", models+"/CalcOutput", "")
	r.call("del-model", "DELETE", models+"/CalcOutput", "")
}

func TestRecordedModelValidation(t *testing.T) {
	r := newReplay(t, "api", "TestApiGatewayApiModels::test_model_validation")
	const models, wrong = "/restapis/{{api}}/models", "/restapis/abcde0/models"
	r.api("", `{"name":"models"}`)
	r.call("create-model-wrong-id", "POST", wrong, mySchema)
	r.call("get-models-wrong-id", "GET", wrong, "")
	r.call("get-model-wrong-id", "GET", wrong+"/MySchema", "")
	r.call("del-model-wrong-id", "DELETE", wrong+"/MySchema", "")
	r.do("POST", models, mySchema)
	r.call("create-model-already-exists", "POST", models, mySchema)
	r.call("create-model-empty-name", "POST", models, `{"name":"","contentType":"application/json","description":"","schema":"{\"type\": \"object\"}"}`)
	r.call("create-model-empty-schema", "POST", models, `{"name":"MyEmptySchema","contentType":"application/json","description":"","schema":""}`)
	r.call("create-model-no-schema-json", "POST", models, `{"name":"MyEmptySchema","contentType":"application/json","description":""}`)
	r.call("create-model-no-schema-xml", "POST", models, `{"name":"MyEmptySchemaXml","contentType":"application/xml","description":""}`)
}

func TestRecordedUpdateModel(t *testing.T) {
	r := newReplay(t, "api", "TestApiGatewayApiModels::test_update_model")
	const model = "/restapis/{{api}}/models/MySchema"
	const title, describe = `{"op":"replace","path":"/schema","value":"{\"title\": \"Updated schema\", \"type\": \"object\"}"}`, `{"op":"replace","path":"/description","value":""}`
	r.api("", `{"name":"models"}`)
	r.patch("update-model-wrong-id", "/restapis/abcde0/models/mySchema", title, describe)
	r.call("create-model", "POST", "/restapis/{{api}}/models", mySchema)
	r.patch("update-model", model, title, describe)
	r.patch("update-model-invalid-op", model, `{"op":"add","path":"/wrong-path","value":"not supported op"}`)
	r.patch("update-model-invalid-path", model, `{"op":"replace","path":"/name","value":"invalid"}`)
	r.patch("update-model-empty-schema", model, `{"op":"replace","path":"/schema","value":""}`)
}

func TestRecordedRequestValidatorErrors(t *testing.T) {
	r := newReplay(t, "api", "TestApiGatewayApiRequestValidator::test_invalid_delete_request_validator")
	r.api("", `{"name":"validators","description":"my api"}`)
	r.keep("validator", r.do("POST", "/restapis/{{api}}/requestvalidators", `{"name":"test-validator"}`), "id")
	r.call("delete-request-validator-invalid-api-id", "DELETE", "/restapis/api_id/requestvalidators/{{validator}}", "")
	r.call("delete-request-validator-invalid-validator-id", "DELETE", "/restapis/{{api}}/requestvalidators/validator_id", "")
}

func TestRecordedGetRequestValidatorsErrors(t *testing.T) {
	r := newReplay(t, "api", "TestApiGatewayApiRequestValidator::test_invalid_get_request_validators")
	r.call("get-invalid-request-validators", "GET", "/restapis/api_id/requestvalidators", "")
}

func TestRecordedModelsWithReferences(t *testing.T) {
	r := newReplay(t, "common", "TestApiGatewayCommon::test_api_gateway_request_validator_with_ref_models")
	r.leave("requests to the gateway, not to the management API", "failed-validation", "successful")
	const models = "/restapis/{{api}}/models"
	r.api("", `{"name":"references"}`)
	r.match.bound["<api-id>"] = r.vars["api"]
	r.do("POST", models, `{"name":"testSchema","contentType":"application/json","schema":"{\"$schema\":\"http://json-schema.org/draft-04/schema#\",\"title\":\"testSchema\",`+
		`\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"number\"},\"b\":{\"type\":\"number\"}},\"required\":[\"a\",\"b\"]}"}`)
	r.do("POST", models, `{"name":"testSchemaList","contentType":"application/json","schema":"{\"type\":\"array\",`+
		`\"items\":{\"$ref\":\"https://apigateway.amazonaws.com/restapis/{{api}}/models/testSchema\"}}"}`)
	r.callSorted("get-models-with-ref", "name", "GET", models, "")
}

func TestRecordedImportCircularModels(t *testing.T) {
	r := newReplay(t, "import", "TestApiGatewayImportRestApi::test_import_with_circular_models_and_request_validation")
	const method = "/restapis/{{api}}/resources/{{person}}/methods/POST"
	made := r.call("import-api", "POST", "/restapis?mode=import", circular)
	r.keep("api", made, "id")
	r.deleteAtEnd(r.vars["api"])
	r.callSorted("get-models", "name", "GET", "/restapis/{{api}}/models", "")
	r.call("request-validators", "GET", "/restapis/{{api}}/requestvalidators", "")
	resources := r.callSorted("resources", "path", "GET", "/restapis/{{api}}/resources", "")
	items, _ := resources["items"].([]any)
	person, _ := items[len(items)-1].(map[string]any)
	r.keep("person", person, "id")
	r.call("method-person-post", "GET", method, "")
	r.call("method-response-person-post", "GET", method+"/responses/200", "")
	r.call("integration-person-post", "GET", method+"/integration", "")
	r.call("integration-response-person-post", "GET", method+"/integration/responses/200", "")
}

const circular = `{"openapi":"3.0.1","info":{"title":"Circular model reference","version":"1.0"},
"x-amazon-apigateway-request-validators":{"basic":{"validateRequestBody":true,"validateRequestParameters":true}},
"x-amazon-apigateway-request-validator":"basic",
"paths":{"/person":{"post":{"operationId":"CreatePerson",
 "requestBody":{"required":true,"content":{"application/json":{"schema":{"$ref":"#/components/schemas/Person"}}}},
 "responses":{"200":{"description":"made","content":{"application/json":{"schema":{"$ref":"#/components/schemas/Empty"}}}}},
 "x-amazon-apigateway-integration":{"type":"mock","passthroughBehavior":"when_no_templates",
  "requestTemplates":{"application/json":"{\"statusCode\": 200}"},
  "responses":{"default":{"statusCode":"200","responseTemplates":{"application/json":"{\"echo\": $input.json('$'), \"response\": \"mocked\"}"}}}}}}},
"components":{"schemas":{
 "Empty":{"title":"Empty Schema","type":"object"},
 "Person":{"description":"Random person schema.","type":"object","required":["b","name"],"properties":{
  "b":{"type":"number"},"house":{"$ref":"#/components/schemas/House"},"name":{"type":"string","description":"Random property"}}},
 "House":{"description":"Where a Person can live","type":"object","properties":{
  "randomProperty":{"type":"string","format":"byte","description":"Random property"},
  "contains":{"type":"array","minItems":1,"description":"The information of who is living in the house","items":{"$ref":"#/components/schemas/Person"}}}}}}}`
