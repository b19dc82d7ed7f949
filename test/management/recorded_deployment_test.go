package management_test

import (
	"fmt"
	"testing"
)

func TestRecordedCreateDeleteDeployments(t *testing.T) {
	for _, byHand := range []bool{true, false} {
		test := "[False]"
		if byHand {
			test = "[True]"
		}
		t.Run(test, func(t *testing.T) {
			r := newReplay(t, "common", "TestDeployments::test_create_delete_deployments"+test)
			r.api("", `{"name":"deployments"}`)
			r.do("PUT", rootMethod+"/GET", `{"authorizationType":"NONE"}`)
			r.do("PUT", rootMethod+"/GET/integration", `{"type":"MOCK"}`)
			deploy := func() {
				if byHand {
					r.keep("deployment", r.do("POST", deployments, `{}`), "id")
					r.do("POST", stages, `{"stageName":"s1","deploymentId":"{{deployment}}"}`)
					return
				}
				r.keep("deployment", r.do("POST", deployments, `{"stageName":"s1"}`), "id")
			}
			deploy()
			r.call("get-deployment", "GET", deployments+"/{{deployment}}", "")
			r.callStages("get-stages")
			// The recorder named the deployments that follow anew.
			r.match = newMatcher()
			for i := range 3 {
				r.call(fmt.Sprint("delete-deployment-error-", i), "DELETE", deployments+"/{{deployment}}", "")
				r.do("DELETE", stages+"/s1", "")
				r.do("DELETE", deployments+"/{{deployment}}", "")
				deploy()
				r.call(fmt.Sprint("get-deployments-", i), "GET", deployments, "")
				r.callStages(fmt.Sprint("get-stages-", i))
			}
		})
	}
}

// callStages lists the stages of the API: the one list that keeps the name "item" beyond the wire.
func (r *replay) callStages(name string) {
	r.t.Helper()
	if want, ok := r.want[name].(map[string]any); ok {
		want["items"] = want["item"]
		delete(want, "item")
	}
	r.call(name, "GET", stages, "")
}

func TestRecordedCreateUpdateStages(t *testing.T) {
	r := newReplay(t, "common", "TestStages::test_create_update_stages")
	set := func(path, value string) string {
		return `{"op":"replace","path":"` + path + `","value":"` + value + `"}`
	}
	r.api("", `{"name":"stages"}`)
	r.do("PUT", rootMethod+"/GET", `{"authorizationType":"NONE"}`)
	r.do("PUT", rootMethod+"/GET/integration", `{"type":"MOCK"}`)
	r.keep("deployment", r.do("POST", deployments, `{}`), "id")
	r.do("POST", "/restapis/{{api}}/documentation/parts", `{"location":{"type":"API"},"properties":"{\"foo\": \"bar\"}"}`)
	r.do("POST", "/restapis/{{api}}/documentation/versions", `{"documentationVersion":"v123"}`)
	r.call("create-stage", "POST", stages, `{"stageName":"s1","deploymentId":"{{deployment}}","description":"my stage","documentationVersion":"v123"}`)
	r.patch("error-update-doc-version", stages+"/s1", set("/documentation_version", "123"))
	r.patch("error-update-tags", stages+"/s1", set("/tags/tag1", "value1"))
	r.patch("update-stage", stages+"/s1", set("/description", "stage new"), set("/variables/var1", "test"), set("/variables/var2", "test2"),
		set("/*/*/throttling/burstLimit", "123"), set("/*/*/caching/enabled", "true"), set("/tracingEnabled", "true"), set("/test/GET/throttling/burstLimit", "124"))
	r.call("get-stage", "GET", stages+"/s1", "")
	r.patch("update-stage-override", stages+"/s1", set("/*/*/throttling/burstLimit", "100"))
}
