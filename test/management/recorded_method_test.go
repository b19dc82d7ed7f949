package management_test

import "testing"

const (
	rootMethod    = "/restapis/{{api}}/resources/{{root}}/methods"
	tokenFunction = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:myApiAuthorizer/invocations"
)

func TestRecordedAuthorizerNoAPI(t *testing.T) {
	r := newReplay(t, "api", "TestApiGatewayApiAuthorizer::test_authorizer_crud_no_api")
	r.call("wrong-rest-api-id-create-authorizer", "POST", "/restapis/test-fake-rest-id/authorizers",
		`{"name":"fake-auth-name","type":"TOKEN","authorizerUri":"`+tokenFunction+`","identitySource":"method.request.header.Authorization"}`)
	r.call("wrong-rest-api-id-get-authorizers", "GET", "/restapis/test-fake-rest-id/authorizers", "")
}

func TestRecordedPutMethodModel(t *testing.T) {
	r := newReplay(t, "api", "TestApiGatewayApiMethod::test_put_method_model")
	const models = "/restapis/{{api}}/models"
	r.api("", `{"name":"method-models","description":"testing resource method model"}`)
	r.call("create-model", "POST", models, `{"name":"MySchema","contentType":"application/json","description":"","schema":"{\"title\": \"MySchema\", \"type\": \"object\"}"}`)
	r.call("create-model-2", "POST", models, `{"name":"MySchemaTwo","contentType":"application/json","description":"","schema":"{\"title\": \"MySchemaTwo\", \"type\": \"object\"}"}`)
	r.call("put-method-request-models", "PUT", rootMethod+"/ANY", `{"authorizationType":"NONE","requestModels":{"application/json":"MySchema"}}`)
	r.call("delete-model-used", "DELETE", models+"/MySchema", "")
	r.patch("update-method-model", rootMethod+"/ANY", `{"op":"replace","path":"/requestModels/application~1json","value":"MySchemaTwo"}`)
	r.call("delete-model-unused", "DELETE", models+"/MySchema", "")
	r.call("delete-model-used-2", "DELETE", models+"/MySchemaTwo", "")
	r.keep("test", r.do("POST", "/restapis/{{api}}/resources/{{root}}", `{"pathPart":"test"}`), "id")
	const method = "/restapis/{{api}}/resources/{{test}}/methods/ANY"
	r.call("put-method-2-request-models", "PUT", method, `{"authorizationType":"NONE","requestModels":{"application/json":"MySchemaTwo"}}`)
	r.call("delete-model-used-by-2-method", "DELETE", models+"/MySchemaTwo", "")
	r.patch("update-method-model-2", method, `{"op":"remove","path":"/requestModels/application~1json","value":"MySchemaTwo"}`)
	r.call("delete-model-used-by-method-1", "DELETE", models+"/MySchemaTwo", "")
	r.call("delete-method-using-model-2", "DELETE", rootMethod+"/ANY", "")
	r.call("delete-model-unused-2", "DELETE", models+"/MySchemaTwo", "")
}

func TestRecordedPutMethodValidation(t *testing.T) {
	r := newReplay(t, "api", "TestApiGatewayApiMethod::test_put_method_validation")
	r.api("", `{"name":"methods"}`)
	r.call("wrong-api", "PUT", "/restapis/fake-api/resources/{{root}}/methods/WRONG", `{"authorizationType":"NONE"}`)
	r.call("wrong-resource", "PUT", "/restapis/{{api}}/resources/fake-resource-id/methods/WRONG", `{"authorizationType":"NONE"}`)
	r.call("wrong-method", "PUT", rootMethod+"/WRONG", `{"authorizationType":"NONE"}`)
	r.call("missing-authorizer-id", "PUT", rootMethod+"/ANY", `{"authorizationType":"CUSTOM"}`)
	r.call("invalid-request-validator", "PUT", rootMethod+"/ANY", `{"authorizationType":"NONE","requestValidatorId":"fake-validator"}`)
	r.call("invalid-model-name", "PUT", rootMethod+"/ANY", `{"authorizationType":"NONE","requestModels":{"application/json":"petModel"}}`)
}

func TestRecordedUpdateMethod(t *testing.T) {
	r := newReplay(t, "api", "TestApiGatewayApiMethod::test_update_method")
	const parameter = "/requestParameters/method.request.querystring.optional"
	r.api("", `{"name":"methods","description":"testing update method"}`)
	r.call("put-method-response", "PUT", rootMethod+"/ANY", `{"authorizationType":"NONE"}`)
	r.patch("update-method-add", rootMethod+"/ANY",
		`{"op":"add","path":"`+parameter+`","value":"true"}`,
		`{"op":"add","path":"/requestModels/application~1json","value":"Empty"}`)
	r.patch("update-method-replace", rootMethod+"/ANY",
		`{"op":"replace","path":"/operationName","value":"ReplacedOperationName"}`,
		`{"op":"replace","path":"/apiKeyRequired","value":"true"}`,
		`{"op":"replace","path":"/authorizationType","value":"AWS_IAM"}`,
		`{"op":"replace","path":"`+parameter+`","value":"false"}`)
	r.keep("authorizer", r.do("POST", "/restapis/{{api}}/authorizers",
		`{"name":"authorizer-test","type":"TOKEN","authorizerUri":"`+tokenFunction+`","identitySource":"method.request.header.Authorization"}`), "id")
	r.patch("update-method-replace-authorizer", rootMethod+"/ANY",
		`{"op":"replace","path":"/authorizerId","value":"{{authorizer}}"}`,
		`{"op":"replace","path":"/authorizationType","value":"CUSTOM"}`)
	r.patch("update-method-remove", rootMethod+"/ANY",
		`{"op":"remove","path":"`+parameter+`","value":"true"}`,
		`{"op":"remove","path":"/requestModels/application~1json","value":"Empty"}`)
}

// mockMethod makes GET / of a new API, answered by a mock integration.
func (r *replay) mockMethod() {
	r.t.Helper()
	r.api("", `{"name":"mock"}`)
	r.do("PUT", rootMethod+"/GET", `{"authorizationType":"NONE"}`)
	r.do("PUT", rootMethod+"/GET/integration", `{"type":"MOCK","requestTemplates":{"application/json":"{\"statusCode\": 200}"}}`)
}

const myHeader = `{"responseParameters":{"method.response.header.my-header":false},"responseModels":{"application/json":"Empty"}}`

func TestRecordedUpdateMethodResponse(t *testing.T) {
	r := newReplay(t, "api", "TestApigatewayMethodResponse::test_update_method_response")
	r.mockMethod()
	r.do("PUT", rootMethod+"/GET/responses/200", myHeader)
	r.patch("remove-update-method-response", rootMethod+"/GET/responses/200",
		`{"op":"remove","path":"/responseParameters/method.response.header.my-header","value":"true"}`,
		`{"op":"remove","path":"/responseModels/application~1json","value":"Empty"}`)
	r.patch("add-update-method-response", rootMethod+"/GET/responses/200",
		`{"op":"add","path":"/responseParameters/method.response.header.my-header","value":"true"}`,
		`{"op":"add","path":"/responseModels/application~1json","value":"Empty"}`)
}

func TestRecordedUpdateMethodResponseNegative(t *testing.T) {
	r := newReplay(t, "api", "TestApigatewayMethodResponse::test_update_method_response_negative_tests")
	const header = `"path":"/responseParameters/method.response.header.my-header","value":"true"}`
	r.mockMethod()
	r.do("PUT", rootMethod+"/GET/responses/200", myHeader)
	r.patch("update-method-response-wrong-statuscode", rootMethod+"/GET/responses/201", `{"op":"replace",`+header)
	r.patch("update-method-response-invalid-statuscode", rootMethod+"/GET/responses/wrong", `{"op":"replace",`+header)
	r.patch("update-method-response-invalid-statuscode-and-wrong-op", rootMethod+"/GET/responses/wrong", `{"op":"wrong_op",`+header)
	r.patch("update-method-response-wrong-resource", "/restapis/{{api}}/resources/wrong/methods/GET/responses/200", `{"op":"replace",`+header)
	r.patch("update-method-response-wrong-method", rootMethod+"/POST/responses/200", `{"op":"replace",`+header)
}

func TestRecordedUpdateMethodResponseWrongNames(t *testing.T) {
	r := newReplay(t, "api", "TestApigatewayMethodResponse::test_update_method_wrong_param_names")
	const name = "update-method-response-operation-with-wrong-param-name-"
	r.mockMethod()
	r.do("PUT", rootMethod+"/GET/responses/200", myHeader)
	r.patch(name+"1", rootMethod+"/GET/responses/200", `{"op":"replace","path":"/responseParameters/wrong","value":"true"}`)
	r.patch(name+"2", rootMethod+"/GET/responses/200", `{"op":"remove","path":"/responseParameters/wrong","value":"true"}`)
	r.patch(name+"3", rootMethod+"/GET/responses/200", `{"op":"replace","path":"/responseModels/wrong","value":"Empty"}`)
	r.patch(name+"4", rootMethod+"/GET/responses/200", `{"op":"remove","path":"/responseModels/wrong","value":"Empty"}`)
}
