package management_test

import (
	"encoding/json"
	"strings"
	"testing"
)

// The documents behind these recordings are not recorded: these here say what the answers show that they said.

const corsHeaders = `"headers":{"Access-Control-Allow-Origin":{"schema":{"type":"string"}},"Access-Control-Allow-Methods":{"schema":{"type":"string"}},"Access-Control-Allow-Headers":{"schema":{"type":"string"}}}`

const objectCreatedDocument = `{"openapi":"3.0.1","info":{"title":"object-created","version":"1"},
"components":{"schemas":{"Empty":{"title":"Empty Schema","type":"object"}},"securitySchemes":{"api_key":{"type":"apiKey","name":"x-api-key","in":"header"}}},
"paths":{"/":{
 "get":{"security":[{"api_key":[]}],
  "responses":{"200":{"description":"200 response","headers":{"Access-Control-Allow-Origin":{"schema":{"type":"string"}}},"content":{"application/json":{"schema":{"$ref":"#/components/schemas/Empty"}}}}},
  "x-amazon-apigateway-integration":{"type":"aws_proxy","httpMethod":"POST","contentHandling":"CONVERT_TO_TEXT","passthroughBehavior":"when_no_match",
   "uri":"arn:aws:apigateway:us-west-2:lambda:path/2015-03-31/functions/arn:aws:lambda:us-west-2:000000000000:function:s3OnObjectCreatedLambda-60c92b6/invocations",
   "responses":{"default":{"statusCode":"200","responseParameters":{"method.response.header.Access-Control-Allow-Origin":"'*'"}}}}},
 "options":{"responses":{"200":{"description":"200 response",` + corsHeaders + `,"content":{"application/json":{"schema":{"$ref":"#/components/schemas/Empty"}}}}},
  "x-amazon-apigateway-integration":{"type":"mock","passthroughBehavior":"when_no_match","requestTemplates":{"application/json":"{\"statusCode\": 200}"},
   "responses":{"default":{"statusCode":"200","responseParameters":{"method.response.header.Access-Control-Allow-Methods":"'GET,OPTIONS'",
    "method.response.header.Access-Control-Allow-Headers":"'Content-Type,X-Amz-Date,Authorization,X-Api-Key,X-Amz-Security-Token'","method.response.header.Access-Control-Allow-Origin":"'*'"}}}}}}}}`

func TestRecordedImportOfAnAPIWithAKey(t *testing.T) {
	r := newReplay(t, "import", "TestApiGatewayImportRestApi::test_import_and_validate_rest_api[openapi.spec.tf.json]")
	r.keep("api", r.call("import_tf_rest_api", "POST", "/restapis?mode=import&failonwarnings=true", objectCreatedDocument), "id")
	r.deleteAtEnd(r.vars["api"])
	items, _ := r.callSorted("resources", "path", "GET", "/restapis/{{api}}/resources", "")["items"].([]any)
	root, _ := items[0].(map[string]any)
	r.keep("id", root, "id")
	for _, verb := range []string{"GET", "OPTIONS"} {
		of, method := "root-"+strings.ToLower(verb), "/restapis/{{api}}/resources/{{id}}/methods/"+verb
		r.call("method-"+of, "GET", method, "")
		r.call("method-response-"+of, "GET", method+"/responses/200", "")
		r.call("integration-"+of, "GET", method+"/integration", "")
		r.call("integration-response-"+of, "GET", method+"/integration/responses/200", "")
	}
	r.call("get-models", "GET", "/restapis/{{api}}/models", "")
}

// productMethods is a path of a shop: a function, and a mock for browsers.
func productMethods(function, parameters string) string {
	return `{"get":{` + parameters + `"responses":{},"x-amazon-apigateway-integration":{"type":"aws_proxy","httpMethod":"POST",
   "uri":"arn:aws:apigateway:` + region + `:lambda:path/2015-03-31/functions/arn:aws:lambda:` + region + `:000000000000:function:` + function + `:live/invocations"}},
 "options":{` + parameters + `"consumes":["application/json"],"produces":["application/json"],
  "responses":{"200":{"description":"allowed","headers":{"Access-Control-Allow-Origin":{"type":"string"},"Access-Control-Allow-Methods":{"type":"string"},"Access-Control-Allow-Headers":{"type":"string"}}}},
  "x-amazon-apigateway-integration":{"type":"mock","requestTemplates":{"application/json":"{\n  \"statusCode\" : 200\n}\n"},
   "responses":{"default":{"statusCode":"200","responseTemplates":{"application/json":"{}\n"},"responseParameters":{"method.response.header.Access-Control-Allow-Origin":"'http://localhost:8080'",
    "method.response.header.Access-Control-Allow-Methods":"'OPTIONS,POST,GET'","method.response.header.Access-Control-Allow-Headers":"'Content-Type'"}}}}}}`
}

func TestRecordedImportOfAShop(t *testing.T) {
	r := newReplay(t, "import", "TestApiGatewayImportRestApi::test_import_and_validate_rest_api[swagger-mock-cors.json]")
	id := `"parameters":[{"name":"product_id","in":"path","required":true,"type":"string"}],`
	document := `{"swagger":"2.0","info":{"title":"shop","version":"1.0"},"paths":{
"/product":` + productMethods("aws-serverless-shopping-cart-produ-GetProductsFunction-c1359550", "") + `,
"/product/{product_id}":` + productMethods("aws-serverless-shopping-cart-produc-GetProductFunction-28378339", id) + `}}`
	r.keep("api", r.call("import_tf_rest_api", "POST", "/restapis?mode=import", document), "id")
	r.deleteAtEnd(r.vars["api"])
	r.imported("resources", "GET", "OPTIONS")
	r.call("get-models", "GET", "/restapis/{{api}}/models", "")
}

// TestRecordedExportOfThePetStore imports what the service exported, which therefore has to come out again.
func TestRecordedExportOfThePetStore(t *testing.T) {
	r := newReplay(t, "extended", "test_export_swagger_openapi[TEST_IMPORT_PETSTORE_SWAGGER]")
	exported, _ := r.want["get-export-with-extensions"].(map[string]any)
	document, err := json.Marshal(exported["body"])
	if err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer(`\u003cregion\u003e`, region, `\u003capi-id:1\u003e`, "original", `"basePath":"/local"`, `"basePath":"/"`, `,"version":"date"`, "").Replace(string(document))
	r.keep("api", r.call("import-api", "POST", "/restapis?mode=import", text), "id")
	r.deleteAtEnd(r.vars["api"])
	r.do("POST", deployments, `{"stageName":"local"}`)
	r.export("get-export", stages+"/local/exports/swagger")
	r.export("get-export-with-extensions", stages+"/local/exports/swagger?extensions=apigateway")
}
