package plans_test

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/awsproto"
	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/plans"
	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/state"
	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/control/caller"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/engine/memory"
	"github.com/gatehouse-gateway/gatehouse/internal/limits"
	"github.com/gatehouse-gateway/gatehouse/internal/seal"
)

// called are the operations that the tests called.
var called sync.Map

// TestMain fails when a bound operation was not called by any test.
func TestMain(m *testing.M) {
	code := m.Run()
	if code == 0 && flag.Lookup("test.run").Value.String() == "" {
		for _, name := range operations {
			if _, ok := called.Load(name); !ok {
				fmt.Println("no test calls", name)
				code = 1
			}
		}
	}
	os.Exit(code)
}

var operations = []string{
	"CreateApiKey", "GetApiKey", "GetApiKeys", "UpdateApiKey", "DeleteApiKey", "ImportApiKeys", "CreateUsagePlan", "GetUsagePlan",
	"GetUsagePlans", "UpdateUsagePlan", "DeleteUsagePlan", "CreateUsagePlanKey", "GetUsagePlanKey", "GetUsagePlanKeys",
	"DeleteUsagePlanKey", "GetUsage", "UpdateUsage",
}

// world is a service whose calls come from one account and region.
type world struct {
	t       testing.TB
	state   *state.State
	service *awsproto.Service
	now     time.Time
	ids     map[string]string // by the name that a step gives them
}

var scope = state.Scope{AccountID: "111111111111", Region: "eu-west-1"}

func open(t testing.TB) *world {
	box, err := seal.Ephemeral()
	if err != nil {
		t.Fatal(err)
	}
	model, err := wire.ServiceModel()
	if err != nil {
		t.Fatal(err)
	}
	service, err := awsproto.NewService(model)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, now: time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC), service: service, ids: make(map[string]string)}
	w.state = state.New(state.Options{Engine: memory.New(memory.Options{}), Box: box, Limits: limits.AWS(), Now: func() time.Time { return w.now }})
	plans.New(w.state).Bind(service)
	return w
}

// call returns the status and the body of an answer.
func (w *world) call(method, target, body string) (int, string) {
	path, query, _ := strings.Cut(target, "?")
	r := &awsproto.Request{Method: method, Path: path, Query: query, Body: []byte(body)}
	if op := w.service.Operation(r); op != nil {
		called.Store(op.Name, true)
	}
	ctx := caller.With(context.Background(), caller.Caller{AccountID: scope.AccountID, Region: scope.Region})
	res := w.service.Handle(ctx, r)
	return res.Status, string(res.Body)
}

// step is a call and its answer. {name} in a target or an answer is an id that the test saved.
type step struct {
	method, target, body string
	status               int
	want                 string
}

var idMember = regexp.MustCompile(`"id":"([a-z0-9]+)"`)

func (w *world) run(steps []step) {
	w.t.Helper()
	for _, s := range steps {
		status, got := w.call(s.method, w.fill(s.target), w.fill(s.body))
		want := w.fill(s.want)
		if status != s.status || !same(got, want) {
			w.t.Errorf("%s %s %s\ngot  %d %s\nwant %d %s", s.method, s.target, s.body, status, got, s.status, want)
		}
	}
}

func (w *world) fill(text string) string {
	for name, id := range w.ids {
		text = strings.ReplaceAll(text, "{"+name+"}", id)
	}
	return text
}

// same compares JSON; texts that are none are compared as they are.
func same(got, want string) bool {
	var a, b any
	if json.Unmarshal([]byte(got), &a) != nil || json.Unmarshal([]byte(want), &b) != nil {
		return got == want
	}
	x, _ := json.Marshal(a)
	y, _ := json.Marshal(b)
	return string(x) == string(y)
}

func message(text string) string {
	out, _ := json.Marshal(map[string]string{"message": text})
	return string(out)
}

func patch(op, path, value string) string {
	out, _ := json.Marshal(map[string]any{"patchOperations": []any{map[string]string{"op": op, "path": path, "value": value}}})
	return string(out)
}

// made calls an operation that creates something, and saves its id under a name.
func (w *world) made(name, target, body string) string {
	w.t.Helper()
	status, got := w.call("POST", w.fill(target), w.fill(body))
	m := idMember.FindStringSubmatch(got)
	if status != 201 || m == nil {
		w.t.Fatalf("%s: got %d %s", body, status, got)
	}
	w.ids[name] = m[1]
	return got
}

// api stores an API with stages.
func (w *world) api(id string, stages ...string) {
	doc := &definition.RestAPIDocument{AccountID: scope.AccountID, Region: scope.Region, API: &definition.RestAPI{ID: id}, Stages: make(map[string]*definition.Stage)}
	for _, name := range stages {
		doc.Stages[name] = &definition.Stage{Name: name}
	}
	if err := w.state.Insert(context.Background(), scope, doc); err != nil {
		w.t.Fatal(err)
	}
}

const (
	value1 = "value-0000000000000001"
	value2 = "value-0000000000000002"
	dates  = `"createdDate":1772600767,"lastUpdatedDate":1772600767`
)

func TestAPIKeyAnswers(t *testing.T) { // recorded
	w := open(t)
	got := w.made("k", "/apikeys", `{"name":"","value":"`+value1+`"}`)
	if want := w.fill(`{"id":"{k}","value":"` + value1 + `","enabled":false,` + dates + `,"stageKeys":[]}`); !same(got, want) {
		t.Errorf("got %s\nwant %s", got, want)
	}
	shown := `"id":"{k}","enabled":false,` + dates + `,"stageKeys":[]`
	long, _ := json.Marshal(strings.Repeat("x", 1025))
	longer, _ := json.Marshal(strings.Repeat("x", 125001))
	w.run([]step{
		{"GET", "/apikeys/{k}", "", 200, `{` + shown + `,"tags":{}}`},
		{"GET", "/apikeys/{k}?includeValue=true", "", 200, `{` + shown + `,"tags":{},"value":"` + value1 + `"}`},
		{"GET", "/apikeys", "", 200, `{"item":[{` + shown + `}]}`},
		{"GET", "/apikeys?includeValues=true", "", 200, `{"item":[{` + shown + `,"value":"` + value1 + `"}]}`},
		{"POST", "/apikeys", `{"name":` + string(long) + `}`, 400, message("Invalid API Key name, can be at most 1024 characters.")},
		{"POST", "/apikeys", `{"description":` + string(longer) + `}`, 400, message("Invalid API Key description specified.")},
		{"PATCH", "/apikeys/{k}", patch("replace", "/description", strings.Repeat("x", 125001)), 400, message("Invalid API Key description specified.")},
		{"POST", "/apikeys", `{"value":"short"}`, 400, message("API Key value should be at least 20 characters")},
		{"POST", "/apikeys", `{"value":"` + strings.Repeat("x", 129) + `"}`, 400, message("API Key value exceeds maximum size of 128 characters")},
		{"POST", "/apikeys", `{"value":"` + value1 + `"}`, 409, message("API Key already exists")},
		{"POST", "/apikeys", `{"stageKeys":[{"restApiId":"a","stageName":"b"}]}`, 404, message("Invalid stage identifier specified")},
		{"PATCH", "/apikeys/{k}", patch("replace", "/id", "x"), 400, message("Invalid patch path  '/id' specified for op 'replace'. Must be one of: [/description, /enabled, /name, /customerId]")},
		{"PATCH", "/apikeys/{k}", patch("replace", "/enabled", "true"), 200, `{` + strings.Replace(shown, "false", "true", 1) + `,"tags":{}}`},
		{"PATCH", "/apikeys/{k}", patch("replace", "/enabled", "not-a-boolean"), 200, `{` + shown + `,"tags":{}}`},
		{"PATCH", "/apikeys/none", patch("replace", "/name", "x"), 404, message("Invalid API Key identifier specified")},
		{"DELETE", "/apikeys/{k}", "", 202, ""},
		{"DELETE", "/apikeys/{k}", "", 404, message("Invalid API Key identifier specified")},
		{"GET", "/apikeys/{k}", "", 404, message("Invalid API Key identifier specified")},
	})
	w.made("k", "/apikeys", `{"value":"`+value1+`"}`) // the value is free again
	if got := w.made("g", "/apikeys", `{}`); !regexp.MustCompile(`"value":"[A-Za-z0-9]{40}"`).MatchString(got) {
		t.Errorf("no generated value: %s", got)
	}
}

func TestStoredKeyDoesNotShowItsValue(t *testing.T) {
	w := open(t)
	w.made("k", "/apikeys", `{"value":"`+value1+`"}`)
	docs := w.state.Engine.Docs()
	doc, err := docs.Get(context.Background(), "api-keys", scope.Key(w.ids["k"]))
	if err != nil || strings.Contains(string(doc.Data), value1) {
		t.Errorf("got %s, %v", doc.Data, err)
	}
}

func TestValueIsUniqueAmongConcurrentCreations(t *testing.T) {
	w := open(t)
	var all sync.WaitGroup
	var made atomic.Int64
	for range 16 {
		all.Go(func() {
			switch status, got := w.call("POST", "/apikeys", `{"value":"`+value1+`"}`); status {
			case 201:
				made.Add(1)
			case 409:
			default:
				t.Errorf("got %d %s", status, got)
			}
		})
	}
	all.Wait()
	if made.Load() != 1 {
		t.Errorf("got %d keys of one value", made.Load())
	}
}

func TestClaimWithoutAKeyDoesNotBlockForEver(t *testing.T) {
	w := open(t)
	w.made("k", "/apikeys", `{"value":"`+value1+`"}`)
	if err := w.state.Keys.Delete(context.Background(), scope.Key(w.ids["k"]), nil); err != nil {
		t.Fatal(err) // as if the process had died before it released the claim
	}
	body := `{"value":"` + value1 + `"}`
	w.run([]step{{"POST", "/apikeys", body, 409, message("API Key already exists")}})
	w.now = w.now.Add(time.Minute)
	w.made("k", "/apikeys", body)
	w.run([]step{{"POST", "/apikeys", body, 409, message("API Key already exists")}})
}

func TestKeysOfAPlan(t *testing.T) { // recorded
	w := open(t)
	w.made("k1", "/apikeys", `{"name":"key-1","value":"`+value1+`"}`)
	w.made("k2", "/apikeys", `{"name":"key-2","value":"`+value2+`","customerId":"c"}`)
	w.made("p", "/usageplans", `{"name":"p"}`)
	member1 := `{"id":"{k1}","name":"key-1","type":"API_KEY","value":"` + value1 + `"}`
	member2 := `{"id":"{k2}","name":"key-2","type":"API_KEY","value":"` + value2 + `"}`
	key1, key2 := `{"id":"{k1}","name":"key-1","enabled":false,`+dates+`,"stageKeys":[]}`, `{"id":"{k2}","name":"key-2","customerId":"c","enabled":false,`+dates+`,"stageKeys":[]}`
	w.run([]step{
		{"GET", "/apikeys", "", 200, `{"item":[` + key2 + `,` + key1 + `]}`},
		{"GET", "/apikeys?name=key-1", "", 200, `{"item":[` + key1 + `]}`},
		{"GET", "/apikeys?name=KEY", "", 200, `{"item":[]}`},
		{"GET", "/apikeys?customerId=c", "", 200, `{"item":[` + key2 + `]}`},
		{"GET", "/usageplans/{p}/keys", "", 200, `{"item":[]}`},
		{"POST", "/usageplans/{p}/keys", `{"keyId":"{k1}","keyType":"API_KEY"}`, 201, member1},
		{"POST", "/usageplans/{p}/keys", `{"keyId":"{k2}","keyType":"API_KEY"}`, 201, member2},
		{"POST", "/usageplans/{p}/keys", `{"keyId":"{k2}","keyType":"API_KEY"}`, 409, message("Usage Plan {p} already has API Key {k2}")},
		{"POST", "/usageplans/{p}/keys", `{"keyId":"none","keyType":"API_KEY"}`, 404, message("Invalid API Key identifier specified")},
		{"POST", "/usageplans/none/keys", `{"keyId":"{k1}","keyType":"API_KEY"}`, 404, message("Invalid Usage Plan ID specified")},
		{"GET", "/usageplans/{p}/keys", "", 200, `{"item":[` + member2 + `,` + member1 + `]}`},
		{"GET", "/usageplans/{p}/keys?name=key", "", 200, `{"item":[` + member2 + `,` + member1 + `]}`},
		{"GET", "/usageplans/{p}/keys?name=Key", "", 200, `{"item":[]}`},
		{"GET", "/usageplans/{p}/keys?name=key-1", "", 200, `{"item":[` + member1 + `]}`},
		{"GET", "/usageplans/none/keys", "", 200, `{"item":[]}`},
		{"GET", "/usageplans/{p}/keys/{k1}", "", 200, member1},
		{"GET", "/usageplans?keyId={k1}", "", 200, `{"item":[{"id":"{p}","name":"p","apiStages":[]}]}`},
		{"DELETE", "/usageplans/{p}/keys/{k1}", "", 202, ""},
		{"GET", "/usageplans?keyId={k1}", "", 200, `{"item":[]}`},
		{"GET", "/usageplans/{p}/keys/{k1}", "", 404, message("Invalid API Key identifier specified")},
		{"DELETE", "/apikeys/{k2}", "", 202, ""},
		{"GET", "/usageplans/{p}/keys", "", 200, `{"item":[]}`},
	})
}

func TestUsagePlanAnswers(t *testing.T) { // recorded
	w := open(t)
	w.api("api1", "dev", "prod")
	w.made("p", "/usageplans", `{"name":"n","description":"d","apiStages":[{"apiId":"api1","stage":"dev"}]}`)
	shown := `"id":"{p}","name":"n","description":"d","apiStages":[{"apiId":"api1","stage":"dev"}]`
	full := shown + `,"quota":{"limit":5000,"offset":0,"period":"MONTH"},"throttle":{"burstLimit":100,"rateLimit":200.0}`
	absent := func(api, stage string) string {
		return message("Invalid API Stage {api: " + api + ", stage: " + stage + "} specified for usageplan {p}")
	}
	ops := `{"patchOperations":[{"op":"replace","path":"/throttle/burstLimit","value":"100"},{"op":"replace","path":"/throttle/rateLimit","value":"200"},` +
		`{"op":"replace","path":"/quota/limit","value":"5000"},{"op":"replace","path":"/quota/period","value":"MONTH"}]}`
	w.run([]step{
		{"GET", "/usageplans/{p}", "", 200, `{` + shown + `,"tags":{}}`},
		{"GET", "/usageplans", "", 200, `{"item":[{` + shown + `}]}`},
		{"PATCH", "/usageplans/{p}", ops, 200, `{` + full + `,"tags":{}}`},
		{"GET", "/usageplans", "", 200, `{"item":[{` + full + `}]}`},
		{"PATCH", "/usageplans/{p}", `{"patchOperations":[{"op":"remove","path":"/apiStages"}]}`, 400, message("Invalid API Stage specified")},
		{"PATCH", "/usageplans/{p}", patch("remove", "/apiStages", "fake"), 400, message("Invalid API Stage specified")},
		{"PATCH", "/usageplans/{p}", patch("remove", "/apiStages", "api1b:dev"), 404, absent("api1b", "dev")},
		{"PATCH", "/usageplans/{p}", patch("remove", "/apiStages", "api1:fakestagename"), 404, absent("api1", "fakestagename")},
		{"PATCH", "/usageplans/{p}", patch("add", "/apiStages", "api1:none"), 404, absent("api1", "none")},
		{"PATCH", "/usageplans/{p}", patch("remove", "/apiStages/api1:dev", ""), 400, message("Invalid patch path  '/apiStages/api1:dev' specified for op 'remove'. Must be one of: [/apiStages, /quota, /throttle, /productCode, /apiStages/<apidId:stageName>/throttle/<resourcePath>/<httpMethod>, /apiStages/<apidId:stageName>/throttle]")},
		{"PATCH", "/usageplans/none", patch("replace", "/name", "x"), 404, message("Invalid Usage Plan ID specified")},
		{"PATCH", "/usageplans/{p}", patch("replace", "/quota/offset", "28"), 400, message("Usage Plan quota offset must be between 0 and 27 inclusive in the MONTH period")},
		{"DELETE", "/usageplans/{p}", "", 400, message("Cannot delete Usage Plan {p} because there are API Stages associated with it, including api1:dev")},
		{"GET", "/usageplans/{p}", "", 200, `{` + full + `,"tags":{}}`},
		{"PATCH", "/usageplans/{p}", patch("remove", "/apiStages", "api1:dev"), 200, `{` + strings.Replace(full, `{"apiId":"api1","stage":"dev"}`, "", 1) + `,"tags":{}}`},
		{"DELETE", "/usageplans/{p}", "", 202, ""},
		{"DELETE", "/usageplans/{p}", "", 404, message("Invalid Usage Plan ID specified")},
	})
}

func TestThrottleOfAMethodHoweverItsPathIsSent(t *testing.T) {
	for path, key := range map[string]string{
		"/throttle//pets/GET": "/pets/GET", "/throttle/~1pets/GET": "/pets/GET", "/throttle/pets/GET": "/pets/GET",
		"/throttle///GET": "//GET", "/throttle/~1/GET": "//GET", "/throttle//a/b/ANY": "/a/b/ANY", "/throttle/~1a~1{b+}/PUT": "/a/{b+}/PUT",
	} {
		w := open(t)
		w.api("api1", "dev")
		w.made("p", "/usageplans", `{"name":"n","apiStages":[{"apiId":"api1","stage":"dev"}]}`)
		with := func(throttle string) string {
			return `{"id":"{p}","name":"n","tags":{},"apiStages":[{"apiId":"api1","stage":"dev"` + throttle + `}]}`
		}
		at := "/apiStages/api1:dev" + path
		set := `,"throttle":{"` + key + `":{"burstLimit":0,"rateLimit":1.5}}`
		w.run([]step{
			{"PATCH", "/usageplans/{p}", patch("replace", at+"/rateLimit", "1.5"), 200, with(set)},
			{"PATCH", "/usageplans/{p}", patch("add", at+"/burstLimit", "2"), 200, with(strings.Replace(set, ":0,", ":2,", 1))},
			{"PATCH", "/usageplans/{p}", patch("remove", at, ""), 200, with("")},
			{"PATCH", "/usageplans/{p}", patch("replace", "/apiStages/api1:dev/throttle", `{"`+key+`":{"rateLimit":1.5}}`), 200, with(set)},
			{"PATCH", "/usageplans/{p}", patch("remove", "/apiStages/api1:dev/throttle", ""), 200, with("")},
			{"PATCH", "/usageplans/{p}", patch("replace", at+"/rateLimit", "Inf"), 400, message("Invalid rateLimit specified")},
		})
	}
}

func TestKeyIsInOnePlanOfAStage(t *testing.T) {
	w := open(t)
	w.api("api1", "dev")
	w.made("k", "/apikeys", `{}`)
	w.made("p1", "/usageplans", `{"name":"1","apiStages":[{"apiId":"api1","stage":"dev"}]}`)
	w.made("p2", "/usageplans", `{"name":"2"}`)
	w.made("p3", "/usageplans", `{"name":"3","apiStages":[{"apiId":"api1","stage":"dev"}]}`)
	key := `{"keyId":"{k}","keyType":"API_KEY"}`
	w.made("m", "/usageplans/{p1}/keys", key)
	w.made("m", "/usageplans/{p2}/keys", key)
	refused := message("{k} cannot reference multiple Usage Plans with the same API stage: api1:dev")
	w.run([]step{
		{"POST", "/usageplans/{p3}/keys", key, 409, refused},
		{"PATCH", "/usageplans/{p2}", patch("add", "/apiStages", "api1:dev"), 409, refused},
	})
}

func TestUsageIsTheQuotaOrWhatWasGranted(t *testing.T) {
	w := open(t)
	w.made("k", "/apikeys", `{}`)
	w.made("p", "/usageplans", `{"name":"p","quota":{"limit":10,"period":"WEEK","offset":3}}`)
	w.made("m", "/usageplans/{p}/keys", `{"keyId":"{k}","keyType":"API_KEY"}`)
	usage := "/usageplans/{p}/keys/{k}/usage"
	w.run([]step{ // the 4th of March 2026 is a Wednesday: day 3
		{"GET", "/usageplans/{p}/usage?startDate=2026-03-04&endDate=2026-03-05", "", 200, `{"usagePlanId":"{p}","startDate":"2026-03-04","endDate":"2026-03-05","values":{"{k}":[[0,10],[0,10]]}}`},
		{"PATCH", usage, patch("replace", "/remaining", "7"), 200, `{"usagePlanId":"{p}","startDate":"2026-03-04","endDate":"2026-03-04","values":{"{k}":[[0,7]]}}`},
		{"GET", "/usageplans/{p}/usage?startDate=2026-03-03&endDate=2026-03-05&keyId={k}", "", 200, `{"usagePlanId":"{p}","startDate":"2026-03-03","endDate":"2026-03-05","values":{"{k}":[[0,10],[0,7],[0,7]]}}`},
		{"GET", "/usageplans/{p}/usage?startDate=2026-03-10&endDate=2026-03-11", "", 200, `{"usagePlanId":"{p}","startDate":"2026-03-10","endDate":"2026-03-11","values":{"{k}":[[0,7],[0,10]]}}`},
		{"PATCH", usage, patch("add", "/remaining", "7"), 400, message("Invalid patch path  '/remaining' specified for op 'add'. Must be one of: []")},
		{"PATCH", usage, patch("replace", "/remaining", "-1"), 400, message("Invalid remaining quota specified")},
		{"GET", "/usageplans/{p}/usage?startDate=2026-03-01&endDate=2026-05-31", "", 400, message("Usage date range must not be more than 90 days")},
		{"GET", "/usageplans/{p}/usage?startDate=2026-03-02&endDate=2026-03-01", "", 400, message("Usage end date must not be before the start date")},
		{"GET", "/usageplans/{p}/usage?startDate=yesterday&endDate=2026-03-01", "", 400, message("Usage dates must be of the form yyyy-MM-dd")},
	})
}

func TestImportedKeys(t *testing.T) {
	w := open(t)
	w.made("p", "/usageplans", `{"name":"p"}`)
	w.made("q", "/usageplans", `{"name":"q"}`)
	w.made("old", "/apikeys", `{"name":"old","value":"`+value1+`"}`)
	body := w.fill("KEY,Name,extra,Enabled,UsagePlanIds\n" + value1 + ",new,x,false,\"{p},none\"\n" + value2 + ",second,x,,'{p},{q}'\nshort,third,x,,\n")
	warned := `line 4: API Key value should be at least 20 characters; line 2: Invalid Usage Plan ID specified: none`
	w.run([]step{
		{"POST", "/apikeys?mode=import&format=csv&failonwarnings=true", body, 400, message("API Keys were not imported: " + warned)},
		{"GET", "/apikeys?name=second", "", 200, `{"item":[]}`},
		{"POST", "/apikeys?mode=import&format=csv", "Name\nx\n", 400, message("Invalid CSV: column key is required")},
	})
	status, got := w.call("POST", "/apikeys?mode=import&format=csv", body)
	var made struct{ IDs, Warnings []string }
	if err := json.Unmarshal([]byte(got), &made); err != nil || status != 201 || len(made.IDs) != 2 || made.IDs[0] != w.ids["old"] || strings.Join(made.Warnings, "; ") != warned {
		t.Fatalf("got %d %s, %v", status, got, err)
	}
	w.ids["new"] = made.IDs[1]
	w.run([]step{
		{"GET", "/apikeys/{old}", "", 200, `{"id":"{old}","name":"new","enabled":false,` + dates + `,"stageKeys":[],"tags":{}}`},
		{"GET", "/apikeys/{new}", "", 200, `{"id":"{new}","name":"second","enabled":true,` + dates + `,"stageKeys":[],"tags":{}}`},
		{"GET", "/usageplans/{q}/keys", "", 200, `{"item":[{"id":"{new}","name":"second","type":"API_KEY","value":"` + value2 + `"}]}`},
		{"GET", "/usageplans/{p}/keys/{old}", "", 200, `{"id":"{old}","name":"new","type":"API_KEY","value":"` + value1 + `"}`},
	})
}

func TestKeysHaveALimit(t *testing.T) {
	w := open(t)
	w.state.Limits.APIKeys = 1
	w.made("k", "/apikeys", `{}`)
	w.run([]step{{"POST", "/apikeys", `{}`, 429, message("Maximum number of API Keys for this account has been reached. The limit is 1.")}})
}

func BenchmarkPageOf10000Keys(b *testing.B) {
	w := open(b)
	ctx := context.Background()
	for i := range 10_000 {
		id := fmt.Sprintf("k%09d", i)
		if err := w.state.Keys.Create(ctx, scope.Key(id), &definition.APIKey{ID: id, Name: id, Seq: int64(i)}); err != nil {
			b.Fatal(err)
		}
	}
	w.call("GET", "/apikeys", "")
	b.ReportAllocs()
	for b.Loop() {
		w.call("GET", "/apikeys?name=k00000", "")
	}
}
