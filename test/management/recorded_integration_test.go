package management_test

import "testing"

const (
	mockIntegration = `{"httpMethod":"GET","type":"MOCK","requestTemplates":{"application/json":"{\"statusCode\": 200}"}}`
	emptyTemplate   = `{"selectionPattern":"","responseTemplates":{"application/json":"{}"}}`
)

func TestRecordedPutIntegrationWrongType(t *testing.T) {
	r := newReplay(t, "api", "TestApigatewayIntegration::test_put_integration_wrong_type")
	r.api("", `{"name":"integrations"}`)
	r.call("put-integration-wrong-type", "PUT", rootMethod+"/GET/integration", `{"type":"HTTPS_PROXY"}`)
}

func TestRecordedPutIntegrationResponseValidation(t *testing.T) {
	r := newReplay(t, "api", "TestApigatewayIntegration::test_put_integration_response_validation")
	const bad = "/restapis/{{api}}/resources/badresource/methods/GET/integration"
	r.api("", `{"name":"integrations"}`)
	r.do("PUT", rootMethod+"/POST", `{"authorizationType":"NONE"}`)
	r.call("put-integration-wrong-method", "PUT", rootMethod+"/GET/integration", mockIntegration)
	r.call("put-integration-wrong-resource", "PUT", bad, mockIntegration)
	r.do("PUT", rootMethod+"/POST/integration", mockIntegration)
	r.call("put-integration-response-wrong-method", "PUT", rootMethod+"/GET/integration/responses/200", emptyTemplate)
	r.call("put-integration-response-wrong-resource", "PUT", bad+"/responses/200", emptyTemplate)
}

func TestRecordedIntegrationWithVPCLink(t *testing.T) {
	r := newReplay(t, "api", "TestApigatewayIntegration::test_create_integration_with_vpc_link")
	const integration = rootMethod + "/GET/integration"
	r.api("", `{"name":"vpc-links"}`)
	r.do("PUT", rootMethod+"/GET", `{"authorizationType":"NONE"}`)
	r.call("put-integration-vpc-link", "PUT", integration, `{"type":"HTTP_PROXY","httpMethod":"GET","connectionType":"VPC_LINK",`+
		`"connectionId":"${stageVariables.vpcLinkId}","uri":"http://my-vpclink-test-nlb-1234567890abcdef.eu-west-1.amazonaws.com"}`)
	r.call("get-integration-vpc-link", "GET", integration, "")
	r.patch("update-integration-vpc-link", integration, `{"op":"replace","path":"/connectionId","value":"${stageVariables.vpcLinkIdBeta}"}`)
	r.call("get-integration-update-vpc-link", "GET", integration, "")
}

func TestRecordedUpdateVPCLinkInvalidID(t *testing.T) {
	r := newReplay(t, "api", "TestApiGatewayVpcLink::test_update_vpc_link_invalid_id")
	r.patch("update_vpc_link_invalid_id", "/vpclinks/invalid", `{"op":"replace","path":"/name","value":"new"}`)
}

func TestRecordedIntegrationResponseWrongAPI(t *testing.T) {
	r := newReplay(t, "api", "TestApigatewayIntegrationResponse::test_integration_response_wrong_api")
	const target = "/restapis/wrong-api/resources/dummy-value/methods/GET/integration/responses/200"
	r.call("put-integration-response-wrong-api", "PUT", target, "{}")
	r.call("get-integration-response-wrong-api", "GET", target, "")
}

func TestRecordedIntegrationResponseWrongResource(t *testing.T) {
	r := newReplay(t, "api", "TestApigatewayIntegrationResponse::test_integration_response_wrong_resource")
	const target = "/restapis/{{api}}/resources/wrong-resource/methods/GET/integration/responses/200"
	r.api("", `{"name":"integrations"}`)
	r.call("put-integration-response-wrong-resource", "PUT", target, "{}")
	r.call("get-integration-response-wrong-resource", "GET", target, "")
}

func TestRecordedIntegrationResponseWrongStatusCode(t *testing.T) {
	r := newReplay(t, "api", "TestApigatewayIntegrationResponse::test_integration_response_wrong_status_code")
	r.mockMethod()
	r.call("get-integration-response-wrong-status-code", "GET", rootMethod+"/GET/integration/responses/201", "")
}

func TestRecordedIntegrationResponseInvalidTemplates(t *testing.T) {
	r := newReplay(t, "api", "TestApigatewayIntegrationResponse::test_integration_response_invalid_responsetemplates")
	const name = "put-integration-response-invalid-responseTemplates-"
	r.mockMethod()
	r.call(name+"1", "PUT", rootMethod+"/GET/integration/responses/200", `{"selectionPattern":"","responseTemplates":{"application/json":123}}`)
	r.call(name+"2", "PUT", rootMethod+"/GET/integration/responses/200", `{"selectionPattern":"","responseTemplates":{"123":"{\"statusCode\": 200}"}}`)
}

func TestRecordedIntegrationResponseLifecycle(t *testing.T) {
	r := newReplay(t, "api", "TestApigatewayIntegrationResponse::test_lifecycle_integration_response")
	const target = rootMethod + "/GET/integration/responses/200"
	r.mockMethod()
	r.call("put-integration-response", "PUT", target, `{"selectionPattern":"","responseTemplates":{"application/json":"\"created\""}}`)
	r.call("get-integration-response", "GET", target, "")
	r.patch("update-integration-response", target, `{"op":"replace","path":"/selectionPattern","value":"updated-pattern"}`)
	r.call("overwrite-integration-response", "PUT", target, `{"selectionPattern":"overwrite-pattern","responseTemplates":{"application/json":"overwrite"}}`)
	r.call("get-method", "GET", rootMethod+"/GET", "")
	r.call("delete-integration-response", "DELETE", target, "")
}
