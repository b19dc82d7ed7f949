package restapi

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/http1"
	"github.com/gatehouse-gateway/gatehouse/internal/access/apikeys"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/observe"
	"github.com/gatehouse-gateway/gatehouse/internal/traffic"
	"github.com/gatehouse-gateway/gatehouse/internal/traffic/usageplans"
)

const keyValue = "alice-0123456789abcdef"

// keyedEnv is an environment with one key in one plan for the stage prod.
func keyedEnv(plan usageplans.Plan) *Env {
	env := testEnv(nil)
	env.Keys, env.Plans = new(apikeys.Keys), new(usageplans.Plans)
	plan.ID = "plan1"
	if plan.Stages == nil {
		plan.Stages = map[usageplans.Stage]map[string]traffic.Limit{{APIID: "abcdefghij", Name: "prod"}: nil}
	}
	env.Plans.In(env.AccountID, env.Region).Put(plan)
	putKey(env, keyValue, "key1")
	return env
}

func putKey(env *Env, value, id string) {
	env.Keys.In(env.AccountID, env.Region).Put(apikeys.DigestOf(value), &apikeys.Key{ID: id, Enabled: true, Plans: []apikeys.Membership{{PlanID: "plan0"}, {PlanID: "plan1"}}})
}

// keyedMethod answers with the key of the request.
func keyedMethod() *definition.Method {
	m := mockMethod(`{"statusCode": 200}`, `$context.identity.apiKey $context.identity.apiKeyId #foreach($name in $context.identity.keySet())#if($name.startsWith("api"))$name #end#end`)
	m.APIKeyRequired = true
	return m
}

func withKey(value string) http1.Header {
	return append(http1.Header{{Name: "X-Api-Key", Value: value}}, browserHeader...)
}

func TestTemplatesSeeTheKey(t *testing.T) {
	a := compiled(t, keyedEnv(usageplans.Plan{}), apiOf(map[string]*definition.Method{"/pets": keyedMethod()}))
	x := request("GET", "/prod/pets", withKey(keyValue))
	serveOnce(a, x)
	if got, want := strings.TrimSpace(string(x.Response.Body)), keyValue+" key1 apiKey apiKeyId"; x.Response.Status != 200 || got != want {
		t.Errorf("got %d %q, want %q", x.Response.Status, got, want)
	}
}

// TestKeyOrder holds rows 10 to 13 of rest-api 3, and the order of traffic 1.3: every request is refused for two reasons.
func TestKeyOrder(t *testing.T) {
	m := keyedMethod()
	m.RequestValidatorID, m.RequestParameters = "v", map[string]bool{"method.request.header.X-Needed": true}
	api := apiOf(map[string]*definition.Method{"/pets": m})
	api.RequestValidators = map[string]*definition.RequestValidator{"v": {ID: "v", ValidateRequestParameters: true}}
	none := &traffic.Limit{}
	for _, c := range []struct {
		name     string
		plan     usageplans.Plan
		settings map[string]definition.MethodSettings
		key      string
		want     string
	}{
		{"key before throttle", usageplans.Plan{Throttle: none}, nil, "nobody", `403 {"message":"Forbidden"}`},
		{"key before the stage's throttle", usageplans.Plan{}, map[string]definition.MethodSettings{"*/*": {}}, "nobody", `403 {"message":"Forbidden"}`},
		{"throttle before quota", usageplans.Plan{Throttle: none, Quota: &definition.Quota{Period: "DAY"}}, nil, keyValue, `429 {"message":"Too Many Requests"}`},
		{"quota before the stage's throttle", usageplans.Plan{Quota: &definition.Quota{Period: "DAY"}}, map[string]definition.MethodSettings{"*/*": {}}, keyValue, `429 {"message":"Limit Exceeded"}`},
		{"quota before validation", usageplans.Plan{Quota: &definition.Quota{Period: "DAY"}}, nil, keyValue, `429 {"message":"Limit Exceeded"}`},
		{"key before validation", usageplans.Plan{}, nil, "nobody", `403 {"message":"Forbidden"}`},
		{"validation", usageplans.Plan{}, nil, keyValue, `400 {"message": "Missing required request parameters: [X-Needed]"}`},
	} {
		env := keyedEnv(c.plan)
		st, problems := Compile(env, &definition.Deployment{API: api}, &definition.Stage{Name: "prod", MethodSettings: c.settings})
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		x := request("GET", "/prod/pets", withKey(c.key))
		serveOnce(NewAPI(env, api.ID, st), x)
		if got := fmt.Sprintf("%d %s", x.Response.Status, x.Response.Body); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
}

// TestPlansNameMethods: by the verb of the request, and by ANY where the method is (unconfirmed).
func TestPlansNameMethods(t *testing.T) {
	some := proxyMethod()
	some.Integration, some.Responses, some.APIKeyRequired = keyedMethod().Integration, keyedMethod().Responses, true
	one := traffic.Limit{Rate: 0.001, Burst: 1}
	env := keyedEnv(usageplans.Plan{Stages: map[usageplans.Stage]map[string]traffic.Limit{{APIID: "abcdefghij", Name: "prod"}: {"/any/ANY": one, "/any/GET": one}}})
	a := compiled(t, env, apiOf(map[string]*definition.Method{"/any": some}))
	for i, c := range []struct {
		method string
		want   int
	}{{"GET", 200}, {"PUT", 200}, {"DELETE", 429}, {"GET", 429}} {
		x := request(c.method, "/prod/any", withKey(keyValue))
		serveOnce(a, x)
		if x.Response.Status != c.want {
			t.Errorf("%d: %s: got %d, want %d", i, c.method, x.Response.Status, c.want)
		}
	}
}

// TestRefusedKeysHaveALog holds the lines of observability 3.3; the key is masked, and not in what templates see.
func TestRefusedKeysHaveALog(t *testing.T) {
	log := new(executions)
	env := keyedEnv(usageplans.Plan{})
	env.Executions = log
	var reason string
	env.Recorder = recorderFunc(func(r *observe.Record) { reason = r.Reason })
	api := apiOf(map[string]*definition.Method{"/pets": keyedMethod()})
	api.GatewayResponses = map[string]*definition.GatewayResponse{"INVALID_API_KEY": {ResponseTemplates: map[string]string{"application/json": `[$context.identity.apiKey]`}}}
	st, problems := Compile(env, &definition.Deployment{API: api}, &definition.Stage{Name: "prod", MethodSettings: map[string]definition.MethodSettings{
		"*/*": {LoggingLevel: "INFO", ThrottlingRateLimit: 100, ThrottlingBurstLimit: 100},
	}})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	x := request("GET", "/prod/pets", withKey("nobody-0123456789-nobody"))
	serveOnce(NewAPI(env, api.ID, st), x)
	if got := string(x.Response.Body); got != "[]" {
		t.Errorf("got %s", got)
	}
	want := "API Key ******************nobody not authorized because method 'GET /pets' requires API Key and API Key is not associated with a Usage Plan for API Stage abcdefghij/prod: No Usage Plan found for key and API Stage"
	if lines := log.all[0].Lines; lines[1] != "Verifying Usage Plan for request: "+log.all[0].RequestID+". API Key: ******************nobody API Stage: abcdefghij/prod" || lines[2] != want || reason != want {
		t.Errorf("got\n%s\n%s", strings.Join(lines, "\n"), reason)
	}
}

func TestAnUnknownKeySourceIsRefused(t *testing.T) {
	api := apiOf(map[string]*definition.Method{"/pets": keyedMethod()})
	api.APIKeySource = "COOKIE"
	if _, problems := Compile(keyedEnv(usageplans.Plan{}), &definition.Deployment{API: api}, &definition.Stage{Name: "prod"}); problems == nil || !strings.Contains(problems.Error(), `"COOKIE" is not an API key source`) {
		t.Errorf("got %v", problems)
	}
}

// TestKeysAllocateNothing: neither those that pass nor those that do not, besides the answer.
func TestKeysAllocateNothing(t *testing.T) {
	limit := &traffic.Limit{Rate: 1, Burst: 1 << 30}
	for name, c := range map[string]struct {
		plan   usageplans.Plan
		key    string
		status int
	}{
		"passing":   {usageplans.Plan{Throttle: limit, Quota: &definition.Quota{Limit: 1 << 40, Period: "MONTH"}}, keyValue, 200},
		"unknown":   {usageplans.Plan{}, "nobody-0123456789-nobody", 403},
		"throttled": {usageplans.Plan{Throttle: &traffic.Limit{}}, keyValue, 429},
		"too much":  {usageplans.Plan{Quota: &definition.Quota{Period: "WEEK"}}, keyValue, 429},
	} {
		m := mockMethod(`{"statusCode": 200}`, `{"ok": true}`)
		m.APIKeyRequired = true
		a := compiled(t, keyedEnv(c.plan), apiOf(map[string]*definition.Method{"/pets": m}))
		x := request("GET", "/prod/pets", withKey(c.key))
		got := testing.AllocsPerRun(200, func() { serveOnce(a, x) })
		if x.Response.Status != c.status {
			t.Errorf("%s: got %d %s", name, x.Response.Status, x.Response.Body)
		}
		ceiling := maxMockAllocs
		if c.status != 200 {
			ceiling += 4 // the built-in body
		}
		if !raceEnabled && got > float64(ceiling) {
			t.Errorf("%s: %v allocations per request, the ceiling is %d", name, got, ceiling)
		}
	}
}

// BenchmarkAPIKey compares a method that asks for a key, of 1 and of 10,000, with one that does not.
func BenchmarkAPIKey(b *testing.B) {
	for _, keys := range []int{0, 1, 10_000} {
		env := keyedEnv(usageplans.Plan{Throttle: &traffic.Limit{Rate: 1e9, Burst: 1 << 30}, Quota: &definition.Quota{Limit: 1 << 40, Period: "MONTH"}})
		for i := range keys {
			putKey(env, fmt.Sprintf("value-of-key-%027d", i), fmt.Sprintf("key%07d", i))
		}
		m := mockMethod(`{"statusCode": 200}`, `{"ok": true}`)
		m.APIKeyRequired = keys > 0
		a := compiled(b, env, apiOf(map[string]*definition.Method{"/pets": m}))
		all := make([]http1.Header, max(keys, 1))
		for i := range all {
			all[i] = withKey(fmt.Sprintf("value-of-key-%027d", i))
		}
		x := request("GET", "/prod/pets", nil)
		x.Request.Received = time.Date(2026, 11, 25, 10, 0, 0, 0, time.UTC)
		b.Run(fmt.Sprintf("%d keys", keys), func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				x.Request.Header = all[i%len(all)]
				serveOnce(a, x)
				if x.Response.Status != 200 {
					b.Fatal(x.Response.Status)
				}
			}
		})
	}
}
