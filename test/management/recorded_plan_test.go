package management_test

import (
	"strings"
	"testing"
)

// without deletes what a test made outside of REST APIs once it ends.
func (r *replay) without(target string) {
	target = r.fill(target)
	r.t.Cleanup(func() {
		if got := server.send(r.t, "DELETE", target, "", ""); got.status/100 != 2 && got.status != 404 {
			r.t.Errorf("DELETE %s: %d %s", target, got.status, got.body)
		}
	})
}

func TestRecordedUsagePlanLifecycle(t *testing.T) {
	r := newReplay(t, "common", "TestUsagePlans::test_usage_plan_crud")
	set := func(op, path, value string) string {
		return `{"op":"` + op + `","path":"` + path + `","value":"` + value + `"}`
	}
	const plan = "/usageplans/{{plan}}"
	r.deployable()
	r.do("POST", deployments, `{"stageName":"dev"}`)
	r.keep("plan", r.call("create-usage-plan", "POST", "/usageplans",
		`{"name":"test-usage-plan","description":"this is my usage plan","apiStages":[{"apiId":"{{api}}","stage":"dev"}]}`), "id")
	r.without(plan)
	r.call("get-usage-plan", "GET", plan, "")
	r.call("get-usage-plans", "GET", "/usageplans", "")
	r.patch("update-usage-plan", plan, set("replace", "/throttle/burstLimit", "100"), set("replace", "/throttle/rateLimit", "200"),
		set("replace", "/quota/limit", "5000"), set("replace", "/quota/period", "MONTH"), set("replace", "/quota/offset", "0"))
	r.call("get-usage-plan-after-update", "GET", plan, "")
	r.call("get-usage-plans-after-update", "GET", "/usageplans", "")
	r.patch("update-wrong-id", "/usageplans/wrong", set("replace", "/throttle/burstLimit", "100"))
	r.patch("update-wrong-api-stages-no-value", plan, `{"op":"add","path":"/apiStages"}`)
	r.patch("update-wrong-api-stages-wrong-value", plan, set("add", "/apiStages", "fake"))
	r.patch("update-wrong-api-stages-wrong-stage", plan, set("add", "/apiStages", "{{api}}:fakestagename"))
	r.patch("update-wrong-api-stages-wrong-api", plan, set("add", "/apiStages", "{{api}}b:dev"))
	r.do("PATCH", plan, `{"patchOperations":[`+set("remove", "/apiStages", "{{api}}:dev")+`]}`)
}

func TestRecordedUsagePlanKeys(t *testing.T) {
	r := newReplay(t, "extended", "TestApigatewayApiKeysCrud::test_get_usage_plan_api_keys")
	const keys = "/usageplans/{{plan}}/keys"
	r.call("get-api-keys", "GET", "/apikeys", "")
	r.keep("one", r.call("create-api-key", "POST", "/apikeys", `{"name":"test-key-1"}`), "id")
	r.without("/apikeys/{{one}}")
	r.keep("two", r.call("create-api-key-2", "POST", "/apikeys", `{"name":"test-key-2"}`), "id")
	r.without("/apikeys/{{two}}")
	r.call("get-api-keys-after-create-1", "GET", "/apikeys", "")
	r.keep("plan", r.call("create-usage-plan", "POST", "/usageplans", `{"name":"usage-plan"}`), "id")
	r.without("/usageplans/{{plan}}")
	r.call("get-up-keys-before-create", "GET", keys, "")
	r.call("create-up-key", "POST", keys, `{"keyId":"{{one}}","keyType":"API_KEY"}`)
	r.call("create-up-key-2", "POST", keys, `{"keyId":"{{two}}","keyType":"API_KEY"}`)
	r.call("get-up-keys", "GET", keys, "")
	r.call("get-up-keys-name-query", "GET", keys+"?name=test-key", "")
	r.call("get-up-keys-name-query-cased", "GET", keys+"?name=TEST-key", "")
	r.call("get-up-keys-name-query-key-name", "GET", keys+"?name=test-key-1", "")
	r.call("get-up-keys-bad-query", "GET", keys+"?name=nothing", "")
	r.do("DELETE", "/apikeys/{{one}}", "")
	r.do("DELETE", "/apikeys/{{two}}", "")
	r.call("get-up-keys-after-delete", "GET", keys, "")
	r.call("get-up-keys-bad-usage-plan", "GET", "/usageplans/bad-id/keys", "")
}

func TestRecordedCreateAPIKeyInvalidName(t *testing.T) {
	r := newReplay(t, "extended", "TestApigatewayApiKeysCrud::test_create_api_key_with_invalid_name")
	r.call("create-api-key-name-too-long", "POST", "/apikeys", `{"name":"`+strings.Repeat("a", 1025)+`"}`)
	r.keep("one", r.call("create-api-key-empty-name", "POST", "/apikeys", `{"name":""}`), "id")
	r.without("/apikeys/{{one}}")
	r.keep("two", r.call("create-api-key-no-name", "POST", "/apikeys", `{}`), "id")
	r.without("/apikeys/{{two}}")
}

func TestRecordedUpdateAPIKey(t *testing.T) {
	long := strings.Repeat("a", 125001)
	for _, c := range []struct{ test, answer, operation string }{
		{"test_update_api_key_immutable_field", "update-api-key-immutable-field", `{"op":"replace","path":"/id","value":"new-id"}`},
		{"test_update_api_key_invalid_enabled_type", "update-api-key-invalid-enabled-type", `{"op":"replace","path":"/enabled","value":"not-a-boolean"}`},
		{"test_update_api_key_invalid_description_length", "update-api-key-description-too-long", `{"op":"replace","path":"/description","value":"` + long + `"}`},
	} {
		t.Run(c.test, func(t *testing.T) {
			r := newReplay(t, "extended", "TestApigatewayApiKeysCrud::"+c.test)
			if _, ok := r.want["create-api-key-description-too-long"]; ok {
				r.call("create-api-key-description-too-long", "POST", "/apikeys", `{"description":"`+long+`"}`)
			}
			r.keep("key", r.do("POST", "/apikeys", `{}`), "id")
			r.without("/apikeys/{{key}}")
			r.patch(c.answer, "/apikeys/{{key}}", c.operation)
		})
	}
}
