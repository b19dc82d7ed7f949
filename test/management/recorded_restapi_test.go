package management_test

import (
	"strings"
	"testing"
)

func TestRecordedListAndDeleteAPIs(t *testing.T) {
	r := newReplay(t, "api", "TestApiGatewayApiRestApi::test_list_and_delete_apis")
	r.api("create-rest-api-1", `{"name":"list-and-delete-1","description":"this is my api"}`)
	first := r.vars["api"]
	r.api("create-rest-api-2", `{"name":"list-and-delete-2","description":"this is my api2"}`)
	r.callSorted("get-rest-api-before-delete", "description", "GET", "/restapis", "")
	r.call("delete-rest-api", "DELETE", "/restapis/"+first, "")
	r.call("get-rest-api-after-delete", "GET", "/restapis", "")
}

func TestRecordedGetAPICaseInsensitive(t *testing.T) {
	r := newReplay(t, "api", "TestApiGatewayApiRestApi::test_get_api_case_insensitive")
	// Recorded before REST APIs had an ipAddressType; every later recording of a new API has it.
	old := r.want["create-rest-api"].(map[string]any)
	old["endpointConfiguration"].(map[string]any)["ipAddressType"] = "ipv4"
	r.api("create-rest-api", `{"name":"case-sensitive","description":"lower case api"}`)
	upper := strings.ToUpper(r.vars["api"])
	if upper == r.vars["api"] {
		upper = "X" + upper[1:]
	}
	r.call("get-api-upper-case", "GET", "/restapis/"+upper, "")
}

func TestRecordedCreateRestAPIWithTags(t *testing.T) {
	r := newReplay(t, "api", "TestApiGatewayApiRestApi::test_create_rest_api_with_tags")
	r.api("create-rest-api-w-tags", `{"name":"tagged","description":"this is my api","tags":{"MY_TAG1":"MY_VALUE1"}}`)
	r.call("get-rest-api-w-tags", "GET", "/restapis/{{api}}", "")
	r.call("get-rest-apis-w-tags", "GET", "/restapis", "")
}

func TestRecordedUpdateRestAPIBehaviour(t *testing.T) {
	r := newReplay(t, "api", "TestApiGatewayApiRestApi::test_update_rest_api_behaviour")
	r.api("", `{"name":"update","description":"this is my api"}`)
	r.patch("update-rest-api-array", "/restapis/{{api}}", `{"op":"add","path":"/binaryMediaTypes/-","value":"image/png"}`)
	r.patch("update-rest-api-add-base-path", "/restapis/{{api}}", `{"op":"add","path":"/binaryMediaTypes","value":"image/gif"}`)
	r.patch("update-rest-api-replace-base-path", "/restapis/{{api}}", `{"op":"replace","path":"/binaryMediaTypes","value":"image/gif"}`)
	r.patch("update-rest-api-remove-base-path", "/restapis/{{api}}", `{"op":"remove","path":"/binaryMediaTypes"}`)
}

func TestRecordedUpdateRestAPIIPAddressType(t *testing.T) {
	r := newReplay(t, "api", "TestApiGatewayApiRestApi::test_update_rest_api_ip_address_type")
	const ip, kind = "/endpointConfiguration/ipAddressType", "/endpointConfiguration/types/EDGE"
	r.api("", `{"name":"addresses"}`)
	r.patch("update-rest-api-wrong-ipAddressType", "/restapis/{{api}}", `{"op":"replace","path":"`+ip+`","value":"wrong"}`)
	r.patch("update-rest-api-invalid-operation-on-ipAddressType", "/restapis/{{api}}", `{"op":"add","path":"`+ip+`","value":"dualstack"}`)
	r.patch("update-rest-api-wrong-type", "/restapis/{{api}}", `{"op":"replace","path":"`+kind+`","value":"wrong"}`)
	r.patch("update-rest-api-invalid-operation-on-type", "/restapis/{{api}}", `{"op":"test","path":"`+kind+`","value":"PRIVATE"}`)
	r.patch("update-rest-api-replace-type", "/restapis/{{api}}", `{"op":"replace","path":"`+kind+`","value":"PRIVATE"}`)
	r.patch("update-rest-api-replace-to-ipv4-within-private-type", "/restapis/{{api}}", `{"op":"replace","path":"`+ip+`","value":"ipv4"}`)
	r.patch("update-rest-api-replace-ip-address-type", "/restapis/{{api}}", `{"op":"replace","path":"`+ip+`","value":"dualstack"}`)
}

func TestRecordedCreateRestAPIPrivateType(t *testing.T) {
	r := newReplay(t, "api", "TestApiGatewayApiRestApi::test_create_rest_api_private_type")
	create := func(name, members string) {
		r.call(name, "POST", "/restapis", `{"name":"private",`+members+`}`)
	}
	create("create-with-private-type-and-wrong-ip-address-type", `"endpointConfiguration":{"types":["PRIVATE"],"ipAddressType":"wrong"}`)
	create("create-with-private-type-and-ipv4-ip-address-type", `"endpointConfiguration":{"types":["PRIVATE"],"ipAddressType":"ipv4"}`)
	create("create-with-private-type-and-ipv4-ip-address-type-and-empty-description", `"description":"","endpointConfiguration":{"types":["PRIVATE"],"ipAddressType":"ipv4"}`)
}

func TestRecordedCreateRestAPIWithEndpointConfiguration(t *testing.T) {
	r := newReplay(t, "api", "TestApiGatewayApiRestApi::test_create_rest_api_with_endpoint_configuration")
	create := func(name, members string) {
		r.call(name, "POST", "/restapis", `{"name":"endpoint",`+members+`}`)
	}
	r.api("create-with-endpoint-config-dualstack", `{"name":"endpoint-1","endpointConfiguration":{"types":["EDGE"],"ipAddressType":"dualstack"}}`)
	r.api("create-with-endpoint-config-regional", `{"name":"endpoint-2","endpointConfiguration":{"types":["REGIONAL"]}}`)
	create("create-with-invalid-ip-address-type", `"endpointConfiguration":{"types":["EDGE"],"ipAddressType":"wrong"}`)
	create("create-with-invalid-types", `"endpointConfiguration":{"types":["wrong"],"ipAddressType":"ipv4"}`)
	create("create-with-invalid-types-and-ip-address-type", `"endpointConfiguration":{"types":["wrong"],"ipAddressType":"wrong"}`)
	create("create-with-invalid-ip-address-type-and-types", `"endpointConfiguration":{"ipAddressType":"wrong","types":["wrong"]}`)
	create("create-with-empty-types", `"endpointConfiguration":{"types":[]}`)
	create("create-with-two-types", `"endpointConfiguration":{"types":["EDGE","REGIONAL"]}`)
	create("create-with-multiple-errors-1", `"description":"","endpointConfiguration":{"types":["wrong"],"ipAddressType":"wrong"}`)
	create("create-with-multiple-errors-2", `"description":"","endpointConfiguration":{"types":["EDGE","REGIONAL"]}`)
}

func TestRecordedResourceLifecycle(t *testing.T) {
	r := newReplay(t, "api", "TestApiGatewayApiResource::test_resource_lifecycle")
	const all = "/restapis/{{api}}/resources"
	r.api("", `{"name":"resources","description":"testing resource lifecycle"}`)
	r.callSorted("rest-api-root-resource", "path", "GET", all, "")
	r.keep("pets", r.call("create-resource", "POST", all+"/{{root}}", `{"pathPart":"pets"}`), "id")
	r.callSorted("rest-api-resources-after-create", "path", "GET", all, "")
	r.call("create-subresource", "POST", all+"/{{pets}}", `{"pathPart":"subpets"}`)
	r.callSorted("rest-api-resources-after-create-sub", "path", "GET", all, "")
	r.patch("update-path-part", all+"/{{pets}}", `{"op":"replace","path":"/pathPart","value":"dogs"}`)
	r.call("get-resp-after-update-path-part", "GET", all+"/{{pets}}", "")
	r.call("del-resource", "DELETE", all+"/{{pets}}", "")
	r.callSorted("rest-api-resources-after-delete", "path", "GET", all, "")
}

func TestRecordedUpdateResourceOnRoot(t *testing.T) {
	r := newReplay(t, "api", "TestApiGatewayApiResource::test_update_resource_on_root")
	r.api("", `{"name":"resources"}`)
	r.patch("update-root-path-part", "/restapis/{{api}}/resources/{{root}}", `{"op":"replace","path":"/pathPart","value":"root"}`)
	r.patch("update-root-parent", "/restapis/{{api}}/resources/{{root}}", `{"op":"replace","path":"/parentId","value":"root"}`)
}

func TestRecordedCreateProxyResource(t *testing.T) {
	r := newReplay(t, "api", "TestApiGatewayApiResource::test_create_proxy_resource")
	const all = "/restapis/{{api}}/resources"
	r.api("", `{"name":"proxies","description":"testing resource proxy"}`)
	r.call("create-base-proxy-resource", "POST", all+"/{{root}}", `{"pathPart":"{proxy+}"}`)
	parent := r.do("POST", all+"/{{root}}", `{"pathPart":"parent"}`)
	r.keep("parent", parent, "id")
	if err := r.match.value("create-proxy-sibling-resource", r.want["create-proxy-sibling-resource"], parent["id"]); err != nil {
		t.Error(err)
	}
	delete(r.want, "create-proxy-sibling-resource")
	r.keep("greedy", r.call("create-proxy-sibling-proxy-child-resource", "POST", all+"/{{parent}}", `{"pathPart":"{proxy+}"}`), "id")
	r.keep("child", r.call("create-proxy-sibling-static-child-resource", "POST", all+"/{{parent}}", `{"pathPart":"child"}`), "id")
	r.call("create-static-child-proxy-resource", "POST", all+"/{{child}}", `{"pathPart":"{proxy+}"}`)
	r.callSorted("all-resources", "path", "GET", all, "")
	r.do("DELETE", all+"/{{greedy}}", "")
	r.keep("dynamic", r.call("create-proxy-sibling-dynamic-child-resource", "POST", all+"/{{parent}}", `{"pathPart":"{child}"}`), "id")
	r.call("create-dynamic-child-proxy-resource", "POST", all+"/{{dynamic}}", `{"pathPart":"{proxy+}"}`)
	r.callSorted("all-resources-2", "path", "GET", all, "")
}
