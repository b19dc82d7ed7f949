package restapi

import (
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/traffic"
)

// TestSettingsKeysMeanTheSameHoweverTheyAreSpelled holds the spellings of control-plane 7.18.
func TestSettingsKeysMeanTheSameHoweverTheyAreSpelled(t *testing.T) {
	for spelled, want := range map[string]settingsKey{
		"pets/GET": {"/pets", "GET"}, "/pets/GET": {"/pets", "GET"}, "~1pets/GET": {"/pets", "GET"},
		"~1pets~1{id}/GET": {"/pets/{id}", "GET"}, "pets/{id}/GET": {"/pets/{id}", "GET"}, "/pets~1{id}/ANY": {"/pets/{id}", "ANY"},
		"~1/GET": {"/", "GET"}, "//GET": {"/", "GET"}, "/GET": {"/", "GET"}, "a~01b/GET": {"/a~1b", "GET"},
		"*/*": {"*", "*"}, "*/GET": {"*", "GET"}, "pets/*": {"/pets", "*"},
	} {
		if got, ok := readSettingsKey(spelled); !ok || got != want {
			t.Errorf("%s: got %v %v", spelled, got, ok)
		}
	}
	for _, bad := range []string{"", "pets", "pets/", "pets/get", "pets/GET/", "*"} {
		if got, ok := readSettingsKey(bad); ok {
			t.Errorf("%q: got %v", bad, got)
		}
	}
}

func TestTheMostSpecificSettingsCount(t *testing.T) {
	entry := func(rate float64) definition.MethodSettings {
		return definition.MethodSettings{ThrottlingRateLimit: rate}
	}
	settings, err := compileSettings(map[string]definition.MethodSettings{
		"*/*": entry(1), "*/PUT": entry(2), "pets/*": entry(3), "pets/GET": entry(4), "~1pets/GET": entry(5), "/GET": entry(6),
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		path, verb string
		want       float64
	}{{"/pets", "GET", 4}, {"/pets", "PUT", 3}, {"/dogs", "PUT", 2}, {"/dogs", "GET", 1}, {"/", "GET", 6}} {
		if got := settings.of(c.path, c.verb).ThrottlingRateLimit; got != c.want {
			t.Errorf("%s %s: got %v, want %v", c.verb, c.path, got, c.want)
		}
	}
	if _, limited := throttleOf(methodSettings{}.of("/", "GET")); limited {
		t.Error("a method without settings is limited")
	}
}

// TestThrottleDefaults holds the table of traffic 3.3.
func TestThrottleDefaults(t *testing.T) {
	for _, c := range []struct {
		rate    float64
		burst   int
		want    traffic.Limit
		limited bool
	}{
		{10000, 5000, traffic.Limit{Rate: 10000, Burst: 5000}, false}, {-1, -1, traffic.Limit{Rate: 10000, Burst: 5000}, false},
		{5, -1, traffic.Limit{Rate: 5, Burst: 5000}, true}, {-1, 5, traffic.Limit{Rate: 10000, Burst: 5}, true},
		{0, 0, traffic.Limit{}, true}, {0, 5000, traffic.Limit{Burst: 5000}, true},
	} {
		got, limited := throttleOf(definition.MethodSettings{ThrottlingRateLimit: c.rate, ThrottlingBurstLimit: c.burst})
		if got != c.want || limited != c.limited {
			t.Errorf("%v/%v: got %v %v", c.rate, c.burst, got, limited)
		}
	}
}

// throttledStage has GET and ANY methods, of which one passes per second.
func throttledStage(t testing.TB, env *Env, settings map[string]definition.MethodSettings) *API {
	t.Helper()
	some := proxyMethod()
	some.Integration = mockMethod(`{"statusCode": 200}`, "any").Integration
	some.Responses = map[string]*definition.MethodResponse{"200": {StatusCode: "200"}}
	api := apiOf(map[string]*definition.Method{"/pets": mockMethod(`{"statusCode": 200}`, "ok"), "/dogs": mockMethod(`{"statusCode": 200}`, "ok"), "/any": some})
	st, problems := Compile(env, &definition.Deployment{ID: "dep", API: api}, &definition.Stage{Name: "prod", MethodSettings: settings})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return NewAPI(env, api.ID, st)
}

func onePerSecond(change ...func(*definition.MethodSettings)) definition.MethodSettings {
	s := definition.MethodSettings{ThrottlingRateLimit: 1, ThrottlingBurstLimit: 1}
	for _, c := range change {
		c(&s)
	}
	return s
}

// askAt sends a request that arrives at a time and returns its status.
func askAt(a *API, method, target string, at time.Time) int {
	x := request(method, target, browserHeader)
	x.Request.Received = at
	serveOnce(a, x)
	return x.Response.Status
}

func TestMethodsAreThrottledEachOnItsOwn(t *testing.T) {
	now := time.Date(2026, 11, 25, 10, 0, 0, 0, time.UTC)
	a := throttledStage(t, testEnv(nil), map[string]definition.MethodSettings{"*/*": onePerSecond(), "any/PUT": onePerSecond(func(s *definition.MethodSettings) { s.ThrottlingBurstLimit = 2 })})
	for i, c := range []struct {
		method, target string
		after          time.Duration
		want           int
	}{
		{"GET", "/prod/pets", 0, 200}, {"GET", "/prod/pets", 0, 429}, {"GET", "/prod/dogs", 0, 200}, {"GET", "/prod/pets", 999 * time.Millisecond, 429},
		{"GET", "/prod/pets", time.Second, 200}, {"GET", "/prod/any", time.Second, 200}, {"DELETE", "/prod/any", time.Second, 429},
		{"PUT", "/prod/any", time.Second, 200}, {"PUT", "/prod/any", time.Second, 200}, {"PUT", "/prod/any", time.Second, 429},
	} {
		if got := askAt(a, c.method, c.target, now.Add(c.after)); got != c.want {
			t.Errorf("%d: %s %s: got %d, want %d", i, c.method, c.target, got, c.want)
		}
	}
}

// TestThrottledAnswer holds the row of traffic 3.1, the log of observability 3.3, and that nothing asks for patience.
func TestThrottledAnswer(t *testing.T) {
	log := new(executions)
	env := testEnv(nil)
	env.Executions = log
	a := throttledStage(t, env, map[string]definition.MethodSettings{"pets/GET": onePerSecond(func(s *definition.MethodSettings) { s.LoggingLevel = "INFO" })})
	x := request("GET", "/prod/pets", browserHeader)
	serveOnce(a, x)
	serveOnce(a, x)
	r := &x.Response
	if r.Status != 429 || string(r.Body) != `{"message":"Too Many Requests"}` || r.Header.Get("x-amzn-ErrorType") != "TooManyRequestsException" || r.Header.Has("Retry-After") {
		t.Errorf("got %d %s %v", r.Status, r.Body, r.Header)
	}
	e := log.all[1]
	want := "Extended Request Id: " + r.Header.Get("x-amz-apigw-id") + "\n" +
		"Verifying Usage Plan for request: " + e.RequestID + ". API Key:  API Stage: abcdefghij/prod\n" +
		"Key throttle limit exceeded for RestApi abcdefghij, Stage prod, Resource /pets, HttpMethod GET. Limit: 1.00 Burst: 1\n" +
		"Method completed with status: 429"
	if got := strings.Join(e.Lines, "\n"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestPublishingAgainKeepsTheFillOfUnchangedThrottles(t *testing.T) {
	now := time.Date(2026, 11, 25, 10, 0, 0, 0, time.UTC)
	env := testEnv(nil)
	env.Throttles = traffic.NewThrottles()
	settings := map[string]definition.MethodSettings{"pets/GET": onePerSecond(), "dogs/GET": onePerSecond()}
	first := throttledStage(t, env, settings)
	for _, target := range []string{"/prod/pets", "/prod/dogs"} {
		if got := askAt(first, "GET", target, now); got != 200 {
			t.Fatalf("%s: got %d", target, got)
		}
	}
	settings["dogs/GET"] = onePerSecond(func(s *definition.MethodSettings) { s.ThrottlingBurstLimit = 2 })
	again := throttledStage(t, env, settings)
	if got := askAt(again, "GET", "/prod/pets", now); got != 429 {
		t.Errorf("the unchanged throttle was filled: got %d", got)
	}
	if got := askAt(again, "GET", "/prod/dogs", now); got != 200 {
		t.Errorf("the changed throttle was not made anew: got %d", got)
	}
	if got := askAt(first, "GET", "/prod/pets", now); got != 429 {
		t.Errorf("requests of the old release: got %d", got)
	}
}

func TestThrottleComesBeforeValidation(t *testing.T) {
	m := mockMethod(`{"statusCode": 200}`, "ok")
	m.RequestValidatorID, m.RequestParameters = "v", map[string]bool{"method.request.header.X-Needed": true}
	api := apiOf(map[string]*definition.Method{"/pets": m})
	api.RequestValidators = map[string]*definition.RequestValidator{"v": {ID: "v", ValidateRequestParameters: true}}
	env := testEnv(nil)
	st, problems := Compile(env, &definition.Deployment{API: api}, &definition.Stage{Name: "prod", MethodSettings: map[string]definition.MethodSettings{"*/*": {}}})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if got := askAt(NewAPI(env, api.ID, st), "GET", "/prod/pets", time.Now()); got != 429 {
		t.Errorf("got %d", got)
	}
}

func TestThrottleAllocatesNothing(t *testing.T) {
	env := testEnv(nil)
	for name, c := range map[string]struct {
		settings definition.MethodSettings
		status   int
		ceiling  float64
	}{
		"passing": {definition.MethodSettings{ThrottlingRateLimit: 1, ThrottlingBurstLimit: 1 << 30}, 200, maxMockAllocs},
		"refused": {definition.MethodSettings{}, 429, maxMockAllocs + 4}, // the built-in body
	} {
		a := throttledStage(t, env, map[string]definition.MethodSettings{"*/*": c.settings})
		x := request("GET", "/prod/pets", browserHeader)
		got := testing.AllocsPerRun(200, func() { serveOnce(a, x) })
		if x.Response.Status != c.status || !raceEnabled && got > c.ceiling {
			t.Errorf("%s: status %d, %v allocations, the ceiling is %v", name, x.Response.Status, got, c.ceiling)
		}
	}
}

func BenchmarkThrottle(b *testing.B) {
	a := throttledStage(b, testEnv(nil), map[string]definition.MethodSettings{"*/*": {ThrottlingRateLimit: 1, ThrottlingBurstLimit: 1 << 30}})
	x := request("GET", "/prod/pets", browserHeader)
	b.ReportAllocs()
	for b.Loop() {
		serveOnce(a, x)
	}
}

func FuzzSettingsKey(f *testing.F) {
	for _, s := range []string{"pets/GET", "~1pets~1{id}/GET", "//GET", "/GET", "*/*", "~0~1/ANY", "~"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		key, ok := readSettingsKey(text)
		if !ok {
			return
		}
		if key.path != "*" && (key.path[0] != '/' || len(key.path) > 1 && strings.HasSuffix(key.path, "/")) {
			t.Errorf("%q: path %q", text, key.path)
		}
	})
}
