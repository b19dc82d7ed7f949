package management_test

import "testing"

const (
	gatewayTemplate = `"responseTemplates":{"application/json":"{\n     \"message\": $context.error.messageString,\n     \"type\":  \"$context.error.responseType\",\n` +
		`     \"stage\":  \"$context.stage\",\n     \"resourcePath\":  \"$context.resourcePath\",\n     \"stageVariables.a\":  \"$stageVariables.a\",\n     \"statusCode\": \"'404'\"\n}"}`
	oneGatewayHeader = `"responseParameters":{"gatewayresponse.header.x-request-header":"method.request.header.Accept"}`
	gatewayHeaders   = `"responseParameters":{"gatewayresponse.header.x-request-path":"method.request.path.petId","gatewayresponse.header.Access-Control-Allow-Origin":"'a.b.c'",` +
		`"gatewayresponse.header.x-request-query":"method.request.querystring.q","gatewayresponse.header.x-request-header":"method.request.header.Accept"}`
)

func TestRecordedGatewayResponsePut(t *testing.T) {
	r := newReplay(t, "api", "TestApiGatewayGatewayResponse::test_gateway_response_put")
	const all = "/restapis/{{api}}/gatewayresponses"
	const missing = all + "/MISSING_AUTHENTICATION_TOKEN"
	r.api("", `{"name":"gateway-responses"}`)
	r.call("put-gateway-response-all-value", "PUT", missing, `{"statusCode":"404",`+gatewayHeaders+`,`+gatewayTemplate+`}`)
	r.call("put-gateway-response-status-only", "PUT", missing, `{"statusCode":"404"}`)
	r.call("put-gateway-response-response-parameters-only", "PUT", missing, `{`+oneGatewayHeader+`}`)
	r.call("put-gateway-response-response-templates-only", "PUT", missing, `{`+gatewayTemplate+`}`)
	r.call("put-gateway-response-default-5xx", "PUT", all+"/DEFAULT_5XX", `{"statusCode":"599",`+oneGatewayHeader+`,`+gatewayTemplate+`}`)
	r.call("put-gateway-response-default-ignored", "PUT", all+"/AUTHORIZER_FAILURE", `{"responseParameters":{"gatewayresponse.header.foo":"'bar'"}}`)
	r.callSorted("get-gateway-responses", "responseType", "GET", all, "")
}

func TestRecordedGatewayResponseValidation(t *testing.T) {
	r := newReplay(t, "api", "TestApiGatewayGatewayResponse::test_gateway_response_validation")
	const all, none = "/restapis/{{api}}/gatewayresponses", "/restapis/fake-api-id/gatewayresponses"
	const noPatch = `{"patchOperations":[]}`
	r.api("", `{"name":"gateway-responses"}`)
	r.call("get-gateway-responses-no-api", "GET", none, "")
	r.call("get-gateway-response-no-api", "GET", none+"/DEFAULT_4XX", "")
	r.call("delete-gateway-response-no-api", "DELETE", none+"/DEFAULT_4XX", "")
	r.call("update-gateway-response-no-api", "PATCH", none+"/DEFAULT_4XX", noPatch)
	r.call("delete-gateway-response-not-set", "DELETE", all+"/DEFAULT_4XX", "")
	r.call("get-gateway-response-wrong-response-type", "GET", all+"/FAKE_RESPONSE_TYPE", "")
	r.call("delete-gateway-response-wrong-response-type", "DELETE", all+"/FAKE_RESPONSE_TYPE", "")
	r.call("update-gateway-response-wrong-response-type", "PATCH", all+"/FAKE_RESPONSE_TYPE", noPatch)
	r.call("put-gateway-response-wrong-response-type", "PUT", all+"/FAKE_RESPONSE_TYPE", `{"statusCode":"404","responseParameters":{},"responseTemplates":{}}`)
}
