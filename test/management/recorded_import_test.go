package management_test

import "testing"

func TestRecordedImportBadFile(t *testing.T) {
	r := newReplay(t, "import", "TestApiGatewayImportRestApi::test_import_api_bad_file")
	r.api("", `{"name":"import"}`)
	const badJSON, badYAML = `{`, "openapi: [3.0.1\ninfo: {"
	r.call("import-api-bad-json-file", "POST", "/restapis?mode=import", badJSON)
	r.call("import-api-bad-yaml-file", "POST", "/restapis?mode=import", badYAML)
	r.call("put-rest-api-bad-json-file", "PUT", "/restapis/{{api}}", badJSON)
	r.call("put-rest-api-bad-yaml-file", "PUT", "/restapis/{{api}}", badYAML)
}

func TestRecordedImportRestAPI(t *testing.T) {
	r := newReplay(t, "import", "TestApiGatewayImportRestApi::test_import_rest_api")
	made := r.call("import_rest_api", "POST", "/restapis?mode=import", `{"swagger":"2.0","info":{"title":"imported","version":"1.0"},`+
		`"x-amazon-apigateway-binary-media-types":["*/*"],"paths":{}}`)
	r.deleteAtEnd(text(made, "id"))
}

func TestRecordedPutRestAPIBinaryMediaTypes(t *testing.T) {
	for _, mode := range []string{"merge", "overwrite"} {
		t.Run(mode, func(t *testing.T) {
			r := newReplay(t, "import", "TestApiGatewayImportRestApi::test_put_rest_api_mode_binary_media_types["+mode+"]")
			r.api("create-rest-api", `{"name":"binary","binaryMediaTypes":["image/heif"]}`)
			r.call("get-rest-api", "GET", "/restapis/{{api}}", "")
			r.call("put-api", "PUT", "/restapis/{{api}}?mode="+mode, `{"openapi":"3.0.1","info":{"title":"binary put","version":"1.0.0"},`+
				`"x-amazon-apigateway-binary-media-types":["image/png","image/jpg"],"paths":{}}`)
		})
	}
}
