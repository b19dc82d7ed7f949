package plans_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/apitest"
)

func TestUsagePlanKeysAsRecorded(t *testing.T) {
	s := apitest.New(t, bind)
	s.Check(t, apitest.Want{Line: "GET /apikeys", Status: 200, Body: `{"item":[]}`})
	first := s.Call(t, "POST /apikeys", `{"name":"test-key-1"}`)
	second := s.Call(t, "POST /apikeys", `{"name":"test-key-2"}`)
	plan := s.Check(t, apitest.Want{Line: "POST /usageplans", Send: `{"name":"plan"}`, Status: 201, Body: `{"apiStages":[],"id":"*","name":"plan"}`})
	keys := "/usageplans/" + plan.String("id") + "/keys"
	s.Check(t, apitest.Want{Line: "GET " + keys, Status: 200, Body: `{"item":[]}`})
	shown := func(k apitest.Answer) string {
		return fmt.Sprintf(`{"id":%q,"name":%q,"type":"API_KEY","value":%q}`, k.String("id"), k.String("name"), k.String("value"))
	}
	for _, k := range []apitest.Answer{first, second} {
		s.Check(t, apitest.Want{Line: "POST " + keys, Send: `{"keyId":"` + k.String("id") + `","keyType":"API_KEY"}`, Status: 201, Body: shown(k)})
	}
	both := `{"item":[` + shown(second) + `,` + shown(first) + `]}`
	s.Check(t, apitest.Want{Line: "GET " + keys, Status: 200, Body: both})
	s.Check(t, apitest.Want{Line: "GET " + keys + "?name=test-key", Status: 200, Body: both})
	s.Check(t, apitest.Want{Line: "GET " + keys + "?name=TEST-key", Status: 200, Body: `{"item":[]}`})
	s.Check(t, apitest.Want{Line: "GET " + keys + "?name=test-key-1", Status: 200, Body: `{"item":[` + shown(first) + `]}`})
	s.Check(t, apitest.Want{Line: "GET " + keys + "?name=nothing", Status: 200, Body: `{"item":[]}`})
	for _, k := range []apitest.Answer{first, second} {
		s.Check(t, apitest.Want{Line: "DELETE /apikeys/" + k.String("id"), Status: 202})
	}
	s.Check(t, apitest.Want{Line: "GET " + keys, Status: 200, Body: `{"item":[]}`})
	s.Check(t, apitest.Want{Line: "GET /usageplans/bad-id/keys", Status: 200, Body: `{"item":[]}`})
}

func TestUsagePlanAsRecorded(t *testing.T) {
	s := apitest.New(t, bind)
	s.API(t, "abcdefghij", "dev")
	created := `{"apiStages":[{"apiId":"abcdefghij","stage":"dev"}],"description":"d","id":"*","name":"n"`
	plan := s.Check(t, apitest.Want{
		Line: "POST /usageplans", Send: `{"name":"n","description":"d","apiStages":[{"apiId":"abcdefghij","stage":"dev"}]}`, Status: 201,
		Body: created + "}",
	})
	id := plan.String("id")
	at := "/usageplans/" + id
	s.Check(t, apitest.Want{Line: "GET " + at, Status: 200, Body: created + `,"tags":{}}`})
	s.Check(t, apitest.Want{Line: "GET /usageplans", Status: 200, Body: `{"item":[` + created + `}]}`})
	updated := created + `,"quota":{"limit":5000,"offset":0,"period":"MONTH"},"throttle":{"burstLimit":100,"rateLimit":200.0}`
	s.Check(t, apitest.Want{
		Line: "PATCH " + at, Status: 200, Body: updated + `,"tags":{}}`,
		Send: patch(op("replace", "/throttle/burstLimit", "100"), op("replace", "/throttle/rateLimit", "200"), op("replace", "/quota/limit", "5000"), op("replace", "/quota/period", "MONTH")),
	})
	s.Check(t, apitest.Want{Line: "PATCH /usageplans/nope", Send: patch(op("replace", "/name", "x")), Status: 404, Type: notFound, Message: "Invalid Usage Plan ID specified"})
	const badStage = "Invalid API Stage specified"
	for _, c := range []struct {
		send, errorType, message string
		status                   int
	}{
		{`{"op":"remove","path":"/apiStages"}`, badRequest, badStage, 400},
		{op("remove", "/apiStages", "abcdefghij"), badRequest, badStage, 400},
		{op("remove", "/apiStages", "abcdefghijb:dev"), notFound, "Invalid API Stage {api: abcdefghijb, stage: dev} specified for usageplan " + id, 404},
		{op("remove", "/apiStages", "abcdefghij:fakestagename"), notFound, "Invalid API Stage {api: abcdefghij, stage: fakestagename} specified for usageplan " + id, 404},
		{op("add", "/apiStages", "abcdefghij:fakestagename"), notFound, "Invalid API Stage {api: abcdefghij, stage: fakestagename} specified for usageplan " + id, 404},
		{`{"op":"add","path":"/apiStages"}`, badRequest, badStage, 400},
		{op("remove", "/apiStages/abcdefghij:dev", ""), badRequest, "Invalid patch path  '/apiStages/abcdefghij:dev' specified for op 'remove'. Must be one of: [/apiStages, /quota, /throttle, /productCode, /apiStages/<apidId:stageName>/throttle/<resourcePath>/<httpMethod>, /apiStages/<apidId:stageName>/throttle]", 400},
	} {
		s.Check(t, apitest.Want{Name: c.send, Line: "PATCH " + at, Send: patch(c.send), Status: c.status, Type: c.errorType, Message: c.message})
	}
	s.Check(t, apitest.Want{Line: "GET " + at, Status: 200, Body: updated + `,"tags":{}}`})
	s.Check(t, apitest.Want{Line: "GET /usageplans", Status: 200, Body: `{"item":[` + updated + `}]}`})
}

// TestMethodThrottlesUnderEverySpelling sends the paths that Terraform, the documentation and the console send.
func TestMethodThrottlesUnderEverySpelling(t *testing.T) {
	s := apitest.New(t, bind)
	s.API(t, "abcdefghij", "dev")
	id := s.Call(t, "POST /usageplans", `{"name":"n","apiStages":[{"apiId":"abcdefghij","stage":"dev","throttle":{"/pets/GET":{"rateLimit":5,"burstLimit":2}}}]}`).String("id")
	at := "/apiStages/abcdefghij:dev/throttle"
	throttles := func(want string, ops ...string) {
		t.Helper()
		s.Check(t, apitest.Want{
			Name: strings.Join(ops, " "), Line: "PATCH /usageplans/" + id, Send: patch(ops...), Status: 200,
			Body: `{"id":"*","name":"n","tags":{},"apiStages":[{"apiId":"abcdefghij","stage":"dev"` + want + `}]}`,
		})
	}
	throttles(`,"throttle":{"/pets/GET":{"rateLimit":1.5,"burstLimit":2}}`, op("replace", at+"//pets/GET/rateLimit", "1.500000"))
	throttles(`,"throttle":{"/pets/GET":{"rateLimit":1.5,"burstLimit":7}}`, op("replace", at+"/~1pets/GET/burstLimit", "7"))
	throttles(`,"throttle":{"/pets/GET":{"rateLimit":3,"burstLimit":7}}`, op("add", at+"/pets/GET/rateLimit", "3"))
	throttles(`,"throttle":{"/pets/GET":{"rateLimit":3,"burstLimit":7},"//GET":{"rateLimit":0,"burstLimit":1}}`, op("replace", at+"/~1/GET/burstLimit", "1"))
	throttles(`,"throttle":{"/pets/GET":{"rateLimit":3,"burstLimit":7},"//GET":{"rateLimit":0,"burstLimit":2}}`, op("replace", at+"///GET/burstLimit", "2"))
	throttles(`,"throttle":{"//GET":{"rateLimit":0,"burstLimit":2}}`, op("remove", at+"//pets/GET", ""))
	throttles(`,"throttle":{"/a/{b}/GET":{"rateLimit":1,"burstLimit":1}}`, op("replace", at, `{"/a/{b}/GET":{"rateLimit":1.0,"burstLimit":1}}`))
	throttles(``, op("remove", at, ""))
	// Terraform removes every stage, adds every stage, and throttles in one go.
	throttles(`,"throttle":{"/pets/GET":{"rateLimit":3,"burstLimit":7}}`,
		op("remove", "/apiStages", "abcdefghij:dev"), op("add", "/apiStages", "abcdefghij:dev"),
		op("replace", at+"//pets/GET/rateLimit", "3.000000"), op("replace", at+"//pets/GET/burstLimit", "7"))
	for _, c := range []struct {
		send, errorType, message string
		status                   int
	}{
		{op("replace", at, `{"/a/GET":{"rate":1}}`), badRequest, "Invalid throttle settings specified for API Stage abcdefghij:dev", 400},
		{op("replace", at, `nope`), badRequest, "Invalid throttle settings specified for API Stage abcdefghij:dev", 400},
		{op("replace", at+"/pets/GET/rateLimit", "many"), badRequest, "Usage Plan throttle rateLimit must be a number", 400},
		{op("replace", at+"/pets/GET/rateLimit", "Inf"), badRequest, "Usage Plan throttle rateLimit must be a number", 400},
		{op("replace", at+"/pets/GET/rateLimit", "NaN"), badRequest, "Usage Plan throttle rateLimit must be a number", 400},
		{op("replace", at+"/pets/GET/burstLimit", "1.5"), badRequest, "Usage Plan throttle burstLimit must be an integer", 400},
		{op("replace", at+"/pets/GET/burstLimit", "-1"), badRequest, "Usage Plan throttle limits must not be negative", 400},
		{op("replace", "/apiStages/abcdefghij:no/throttle/pets/GET/burstLimit", "1"), notFound, "Invalid API Stage {api: abcdefghij, stage: no} specified for usageplan " + id, 404},
		{op("replace", "/apiStages/abcdefghij/throttle/pets/GET/burstLimit", "1"), badRequest, "Invalid API Stage specified", 400},
	} {
		s.Check(t, apitest.Want{Name: c.send, Line: "PATCH /usageplans/" + id, Send: patch(c.send), Status: c.status, Type: c.errorType, Message: c.message})
	}
	var many []string
	for i := range 21 {
		many = append(many, op("replace", fmt.Sprintf("%s/p%d/GET/burstLimit", at, i), "1"))
	}
	if got := s.Call(t, "PATCH /usageplans/"+id, patch(many...)); got.Status != 429 {
		t.Errorf("22 methods: got %d %s", got.Status, got.Text)
	}
}

func TestPlanQuotaAndThrottleAreChecked(t *testing.T) {
	s := apitest.New(t, bind)
	id := s.Call(t, "POST /usageplans", `{"name":"n"}`).String("id")
	for _, c := range []struct{ ops, message string }{
		{op("add", "/quota/limit", "10"), "Usage Plan quota period must be one of: [DAY, WEEK, MONTH]"},
		{op("add", "/quota/period", "YEAR"), "Usage Plan quota period must be one of: [DAY, WEEK, MONTH]"},
		{op("add", "/quota/limit", "ten"), "Usage Plan quota limit must be an integer"},
		{op("add", "/quota/offset", "1") + "," + op("add", "/quota/period", "DAY"), "Usage Plan quota offset must be zero in the DAY period"},
		{op("add", "/quota/offset", "7") + "," + op("add", "/quota/period", "WEEK"), "Usage Plan quota offset must be between 0 and 6 inclusive in the WEEK period"},
		{op("add", "/quota/offset", "28") + "," + op("add", "/quota/period", "MONTH"), "Usage Plan quota offset must be between 0 and 27 inclusive in the MONTH period"},
		{op("replace", "/throttle/rateLimit", "-1"), "Usage Plan throttle limits must not be negative"},
		{op("replace", "/name", ""), "Usage Plan name cannot be blank"},
	} {
		s.Check(t, apitest.Want{Name: c.ops, Line: "PATCH /usageplans/" + id, Send: patch(c.ops), Status: 400, Type: badRequest, Message: c.message})
	}
	s.Check(t, apitest.Want{Line: "GET /usageplans/" + id, Status: 200, Body: `{"id":"*","name":"n","apiStages":[],"tags":{}}`})
	s.Check(t, apitest.Want{
		Line: "PATCH /usageplans/" + id, Status: 200,
		Send: patch(op("add", "/quota/limit", "10"), op("add", "/quota/period", "WEEK"), op("add", "/quota/offset", "6"), op("add", "/throttle/burstLimit", "5"), op("add", "/productCode", "p"), op("replace", "/description", "d")),
		Body: `{"id":"*","name":"n","description":"d","productCode":"p","apiStages":[],"quota":{"limit":10,"offset":6,"period":"WEEK"},"throttle":{"burstLimit":5,"rateLimit":0},"tags":{}}`,
	})
	s.Check(t, apitest.Want{
		Line: "PATCH /usageplans/" + id, Status: 200, Send: patch(op("remove", "/quota", ""), op("remove", "/throttle", ""), op("remove", "/productCode", ""), op("replace", "/description", "")),
		Body: `{"id":"*","name":"n","apiStages":[],"tags":{}}`,
	})
	s.Check(t, apitest.Want{
		Line: "POST /usageplans", Status: 201, Send: `{"name":"m","tags":{"a":"b"},"quota":{"limit":1,"period":"DAY"},"throttle":{"rateLimit":1.5}}`,
		Body: `{"id":"*","name":"m","apiStages":[],"quota":{"limit":1,"offset":0,"period":"DAY"},"throttle":{"burstLimit":0,"rateLimit":1.5},"tags":{"a":"b"}}`,
	})
	if got := s.Call(t, "GET /usageplans", "").Items("name"); !slices.Equal(got, []string{"m", "n"}) {
		t.Errorf("newest first: got %v", got)
	}
	s.State.Limits.UsagePlans = 2
	if got := s.Call(t, "POST /usageplans", `{"name":"o"}`); got.Status != 429 {
		t.Errorf("got %d %s", got.Status, got.Text)
	}
	s.Check(t, apitest.Want{
		Line: "POST /usageplans", Send: `{"name":"o","apiStages":[{"apiId":"x","stage":"y"}]}`, Status: 404, Type: notFound,
		Message: "Invalid API Stage {api: x, stage: y} specified for usageplan o",
	})
	s.Check(t, apitest.Want{
		Line: "POST /usageplans", Send: `{"name":"o","apiStages":[{"apiId":"","stage":""}]}`, Status: 404, Type: notFound,
		Message: "Invalid API Stage {api: %s, stage: %s} specified for usageplan %s",
	})
}

func TestPlanWithStagesIsNotDeleted(t *testing.T) {
	s := apitest.New(t, bind)
	s.API(t, "abcdefghij", "dev", "prod")
	id := s.Call(t, "POST /usageplans", `{"name":"n","apiStages":[{"apiId":"abcdefghij","stage":"dev"}]}`).String("id")
	key := s.Call(t, "POST /apikeys", `{"name":"k"}`).String("id")
	s.Call(t, "POST /usageplans/"+id+"/keys", `{"keyId":"`+key+`","keyType":"API_KEY"}`)
	s.Check(t, apitest.Want{
		Line: "DELETE /usageplans/" + id, Status: 400, Type: badRequest,
		Message: "Cannot delete Usage Plan " + id + " because there are API Stages associated with it, including abcdefghij:dev",
	})
	s.Call(t, "PATCH /usageplans/"+id, patch(op("remove", "/apiStages", "abcdefghij:dev")))
	s.Check(t, apitest.Want{Line: "DELETE /usageplans/" + id, Status: 202})
	s.Check(t, apitest.Want{Line: "DELETE /usageplans/" + id, Status: 404, Type: notFound, Message: "Invalid Usage Plan ID specified"})
	got, err := s.State.Keys.Get(t.Context(), apitest.Scope.Key(key))
	if err != nil || len(got.Plans) != 0 {
		t.Errorf("the key's plans: got %v, %v", got, err)
	}
}

func TestKeyIsInOnePlanPerStage(t *testing.T) {
	s := apitest.New(t, bind)
	s.API(t, "abcdefghij", "dev", "prod")
	plan := func(name, stages string) string {
		return s.Call(t, "POST /usageplans", `{"name":"`+name+`","apiStages":[`+stages+`]}`).String("id")
	}
	dev, prod := `{"apiId":"abcdefghij","stage":"dev"}`, `{"apiId":"abcdefghij","stage":"prod"}`
	one, two, three := plan("one", dev), plan("two", dev+","+prod), plan("three", prod)
	key := s.Call(t, "POST /apikeys", `{"name":"k"}`).String("id")
	join := func(plan string) apitest.Want {
		return apitest.Want{Line: "POST /usageplans/" + plan + "/keys", Send: `{"keyId":"` + key + `","keyType":"API_KEY"}`, Status: 201, Body: `{"id":"*","name":"k","type":"API_KEY","value":"*"}`}
	}
	refused := func(w apitest.Want, status int, errorType, message string) apitest.Want {
		w.Status, w.Type, w.Message = status, errorType, message
		return w
	}
	s.Check(t, join(one))
	twice := key + " cannot reference multiple Usage Plans with the same API stage: abcdefghij:dev"
	s.Check(t, refused(join(two), 409, conflict, twice))
	s.Check(t, join(three))
	s.Check(t, apitest.Want{Line: "PATCH /usageplans/" + three, Send: patch(op("add", "/apiStages", "abcdefghij:dev")), Status: 409, Type: conflict, Message: twice})
	s.Check(t, refused(join(one), 409, conflict, "Usage Plan "+one+" already has the API Key "+key))
	s.Check(t, refused(join("nope"), 404, notFound, "Invalid Usage Plan ID specified"))
	s.Check(t, apitest.Want{Line: "POST /usageplans/" + one + "/keys", Send: `{"keyId":"nope","keyType":"API_KEY"}`, Status: 404, Type: notFound, Message: "Invalid API Key identifier specified"})
	s.Check(t, apitest.Want{Line: "POST /usageplans/" + one + "/keys", Send: `{"keyId":"` + key + `","keyType":"TOKEN"}`, Status: 400, Type: badRequest, Message: "Invalid Usage Plan Key type specified. Valid options are API_KEY"})

	if got := s.Call(t, "GET /usageplans?keyId="+key, "").Items("name"); !slices.Equal(got, []string{"three", "one"}) {
		t.Errorf("plans of the key: got %v", got)
	}
	s.Check(t, apitest.Want{Line: "GET /usageplans?keyId=nope", Status: 404, Type: notFound, Message: "Invalid API Key identifier specified"})
	s.Check(t, apitest.Want{Line: "GET /usageplans/" + one + "/keys/" + key, Status: 200, Body: `{"id":"` + key + `","name":"k","type":"API_KEY","value":"*"}`})
	s.Check(t, apitest.Want{Line: "GET /usageplans/" + two + "/keys/" + key, Status: 404, Type: notFound, Message: "Invalid API Key identifier specified"})
	s.Check(t, apitest.Want{Line: "DELETE /usageplans/" + one + "/keys/" + key, Status: 202})
	s.Check(t, apitest.Want{Line: "DELETE /usageplans/" + one + "/keys/" + key, Status: 404, Type: notFound, Message: "Invalid API Key identifier specified"})
	s.Check(t, apitest.Want{Line: "DELETE /usageplans/nope/keys/" + key, Status: 404, Type: notFound, Message: "Invalid Usage Plan ID specified"})
	s.State.Limits.PlansPerKey = 1
	if got := s.Call(t, "POST /usageplans/"+one+"/keys", `{"keyId":"`+key+`","keyType":"API_KEY"}`); got.Status != 429 {
		t.Errorf("got %d %s", got.Status, got.Text)
	}
}
