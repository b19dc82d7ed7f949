package restapi

import (
	"strings"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/internal/definition"
)

// TestWhatIsNotSupportedIsRefusedByName holds that nothing that guards access or shapes traffic is accepted and then skipped.
// What a document can ask for is tested through the binary; these are settings of stages and APIs.
func TestWhatIsNotSupportedIsRefusedByName(t *testing.T) {
	fresh := definition.MethodSettings{ThrottlingRateLimit: 10000, ThrottlingBurstLimit: 5000}
	with := func(change func(*definition.MethodSettings)) map[string]definition.MethodSettings {
		s := fresh
		change(&s)
		return map[string]definition.MethodSettings{"/m/GET": s}
	}
	for _, c := range []struct {
		name  string
		stage definition.Stage
		api   func(*definition.RestAPI)
		want  string
	}{
		{"fresh settings", definition.Stage{MethodSettings: with(func(*definition.MethodSettings) {})}, nil, ""},
		{"canary", definition.Stage{Canary: &definition.CanarySettings{}}, nil, "canary settings are not supported yet"},
		{"client certificate", definition.Stage{ClientCertificateID: "abc"}, nil, "client certificates are not supported yet"},
		{"cache cluster", definition.Stage{CacheClusterEnabled: true}, nil, "the cache is not supported yet"},
		{"method cache", definition.Stage{MethodSettings: with(func(s *definition.MethodSettings) { s.CachingEnabled = true })}, nil, "caching by method settings is not supported yet"},
		{"method throttle", definition.Stage{MethodSettings: with(func(s *definition.MethodSettings) { s.ThrottlingRateLimit = 1 })}, nil, "throttling by method settings is not supported yet"},
		{"logging level", definition.Stage{MethodSettings: with(func(s *definition.MethodSettings) { s.LoggingLevel = "LOUD" })}, nil, `"LOUD" is not a logging level`},
		{"resource policy", definition.Stage{}, func(a *definition.RestAPI) { a.Policy = "{}" }, "resource policies are not supported yet"},
		{"private endpoint", definition.Stage{}, func(a *definition.RestAPI) { a.EndpointConfiguration.Types = []string{"PRIVATE"} }, "PRIVATE endpoints are not supported yet"},
		{"API key", definition.Stage{}, func(a *definition.RestAPI) { a.Resources["/m"].Methods["GET"].APIKeyRequired = true }, "API key are not supported yet"},
		{"authorizer", definition.Stage{}, func(a *definition.RestAPI) {
			a.Authorizers = map[string]*definition.Authorizer{"x": {ID: "x", Name: "guard"}}
			m := a.Resources["/m"].Methods["GET"]
			m.AuthorizationType, m.AuthorizerID = "CUSTOM", "x"
		}, "authorization type CUSTOM is not supported yet (authorizer guard"},
		{"unknown validator", definition.Stage{}, func(a *definition.RestAPI) { a.Resources["/m"].Methods["GET"].RequestValidatorID = "nope" }, "Invalid Request Validator identifier specified"},
	} {
		t.Run(c.name, func(t *testing.T) {
			api := apiOf(map[string]*definition.Method{"/m": mockMethod(`{"statusCode": 200}`, `{}`)})
			if c.api != nil {
				c.api(api)
			}
			c.stage.Name = "prod"
			stage, problems := Compile(testEnv(nil), &definition.Deployment{API: api}, &c.stage)
			switch {
			case c.want == "" && (stage == nil || problems != nil):
				t.Errorf("refused: %v", problems)
			case c.want != "" && (stage != nil || problems == nil || !strings.Contains(problems.Error(), c.want)):
				t.Errorf("got %v, want %q", problems, c.want)
			}
		})
	}
}
