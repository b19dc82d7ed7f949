package management_test

import (
	"fmt"
	"strings"
	"testing"
)

// baseDocument is Swagger with a base path: GET and OPTIONS of /test, guarded by an authorizer, answered by mocks.
func baseDocument() string {
	const mock = `{"%s":{"security":[{"guard":[]}],"responses":{"200":{"description":"200 response","headers":{%s}}},
"x-amazon-apigateway-integration":{"type":"mock","passthroughBehavior":"when_no_match","requestTemplates":{"application/json":"{\"statusCode\": 200}"},
"responses":{"default":{"statusCode":"200","responseParameters":{%s}}}}}`
	const name, value = `"Access-Control-Allow-%s":{"type":"string"}`, `"method.response.header.Access-Control-Allow-%s":"'%s'"`
	origin, anyone := fmt.Sprintf(name, "Origin"), fmt.Sprintf(value, "Origin", "*")
	names := strings.Join([]string{origin, fmt.Sprintf(name, "Headers"), fmt.Sprintf(name, "Methods")}, ",")
	values := strings.Join([]string{anyone, fmt.Sprintf(value, "Methods", "GET,OPTIONS"),
		fmt.Sprintf(value, "Headers", "Content-Type,X-Amz-Date,Authorization,X-Api-Key,X-Amz-Security-Token")}, ",")
	return `{"swagger":"2.0","basePath":"/base","info":{"title":"base","version":"2"},
"securityDefinitions":{"guard":{"type":"apiKey","name":"Authorization","in":"header","x-amazon-apigateway-authtype":"custom",
 "x-amazon-apigateway-authorizer":{"type":"token","authorizerUri":"` + tokenFunction + `"}}},
"paths":{"/test":` + fmt.Sprintf(mock, "get", origin, anyone) + "," + strings.TrimPrefix(fmt.Sprintf(mock, "options", names, values), "{") + `}}}`
}

func TestRecordedImportBasePath(t *testing.T) {
	for _, mode := range []string{"ignore", "prepend", "split"} {
		t.Run(mode, func(t *testing.T) {
			r := newReplay(t, "import", "TestApiGatewayImportRestApi::test_import_rest_apis_with_base_path_swagger["+mode+"]")
			r.api("", `{"name":"base-path"}`)
			r.call("put-rest-api-swagger-json", "PUT", "/restapis/{{api}}?mode=overwrite&basepath="+mode, baseDocument())
			r.imported("get-resources-swagger-json", "GET", "OPTIONS")
			r.keep("api", r.do("POST", "/restapis?mode=import&basepath="+mode, petsDocument), "id")
			r.deleteAtEnd(r.vars["api"])
			r.imported("get-resources-no-base-path-swagger", "GET")
		})
	}
}

// imported lists the resources of the API and gets everything of their methods, which are recorded under the path.
func (r *replay) imported(name string, verbs ...string) {
	r.t.Helper()
	items, _ := r.callSorted(name, "path", "GET", "/restapis/{{api}}/resources", "")["items"].([]any)
	for _, item := range items {
		resource, _ := item.(map[string]any)
		if resource["resourceMethods"] == nil {
			continue
		}
		r.keep("id", resource, "id")
		for _, verb := range verbs {
			of := strings.TrimPrefix(text(resource, "path"), "/") + "-" + strings.ToLower(verb)
			method := "/restapis/{{api}}/resources/{{id}}/methods/" + verb
			r.call("method-"+of, "GET", method, "")
			r.call("method-response-"+of, "GET", method+"/responses/200", "")
			r.call("integration-"+of, "GET", method+"/integration", "")
			r.call("integration-response-"+of, "GET", method+"/integration/responses/200", "")
		}
	}
}
