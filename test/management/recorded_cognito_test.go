package management_test

import (
	"fmt"
	"testing"
)

// guardedOperation is GET of a document: what guards it, and an HTTP integration.
const guardedOperation = `{"get":{"security":[{"%s":[%s]}],"responses":{"200":{"description":"200 response"}},"x-amazon-apigateway-integration":{
 "type":"http","httpMethod":"GET","uri":"http://petstore-demo-endpoint.execute-api.com/petstore/pets",
 "passthroughBehavior":"when_no_match","responses":{"default":{"statusCode":"200"}}}}}`

const userPool = `{"type":"apiKey","name":"TestHeaderAuth","in":"header","x-amazon-apigateway-authtype":"cognito_user_pools",
 "x-amazon-apigateway-authorizer":{"type":"cognito_user_pools","providerARNs":["arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_ABC123"]}}`

func guardedDocument() string {
	const first, extra = "cognito-test-identity-source", "extra-test-identity-source"
	return `{"swagger":"2.0","info":{"title":"Example Pet Store","version":"1.0","description":"A Pet Store API."},
"securityDefinitions":{"` + first + `":` + userPool + `,"` + extra + `":` + userPool + `},
"definitions":{"Pets":{"type":"array","items":{"type":"object"}}},
"paths":{"/default-no-scope":` + fmt.Sprintf(guardedOperation, first, "") + `,
"/default-scope-override":` + fmt.Sprintf(guardedOperation, first, `"openid"`) + `,
"/non-default-authorizer":` + fmt.Sprintf(guardedOperation, extra, `"email","openid"`) + `,
"/pets":{"get":{"operationId":"GET HTTP","produces":["application/json"],"security":[{"` + first + `":["email"]}],
 "parameters":[{"name":"type","in":"query","required":false,"type":"string"},{"name":"page","in":"query","required":false,"type":"string"}],
 "responses":{"200":{"description":"200 response","schema":{"$ref":"#/definitions/Pets"},"headers":{"Access-Control-Allow-Origin":{"type":"string"}}}},
 "x-amazon-apigateway-integration":{"type":"http_proxy","httpMethod":"GET","uri":"http://petstore.execute-api.us-east-1.amazonaws.com/petstore/pets",
  "passthroughBehavior":"when_no_match"}}}}}`
}

func TestRecordedImportCognitoIdentitySource(t *testing.T) {
	r := newReplay(t, "import", "TestApiGatewayImportRestApi::test_import_with_cognito_auth_identity_source")
	r.keep("api", r.call("import-swagger", "POST", "/restapis?mode=import", guardedDocument()), "id")
	r.deleteAtEnd(r.vars["api"])
	// Here the recorder kept the list alone.
	r.want["get-authorizers"] = map[string]any{"items": r.want["get-authorizers"], "ResponseMetadata": map[string]any{"HTTPStatusCode": 200.0}}
	r.callSorted("get-authorizers", "name", "GET", "/restapis/{{api}}/authorizers", "")
	r.imported("resources", "GET")
}
