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
		{"cache cluster", definition.Stage{CacheClusterEnabled: true}, nil, "stages['prod'].cacheClusterEnabled: the cache is not supported yet"},
		{"method cache on a stage without cluster", definition.Stage{MethodSettings: with(func(s *definition.MethodSettings) { s.CachingEnabled = true })}, nil, ""},
		{"method cache", definition.Stage{CacheClusterEnabled: true, MethodSettings: with(func(s *definition.MethodSettings) { s.CachingEnabled = true })}, nil, "the cache is not supported yet"},
		{"canary of an unknown deployment", definition.Stage{Canary: &definition.CanarySettings{DeploymentID: "other"}}, nil, "stages['prod'].canarySettings: Deployment id does not exist"},
		{"canary of more than everything", definition.Stage{Canary: &definition.CanarySettings{PercentTraffic: 101}}, nil, "percentTraffic 101 is not a number from 0 to 100"},
		{"client certificate", definition.Stage{ClientCertificateID: "abc"}, nil, "stages['prod'].clientCertificateId: Invalid Client Certificate ID specified: abc"},
		{"settings of nothing", definition.Stage{MethodSettings: map[string]definition.MethodSettings{"pets": {}}}, nil, `stages['prod'].methodSettings: method settings for "pets": the key is not {resource}/{METHOD} or */*`},
		{"settings of no verb", definition.Stage{MethodSettings: map[string]definition.MethodSettings{"pets/FETCH": {}}}, nil, `method settings for "pets/FETCH"`},
		{"logging level", definition.Stage{MethodSettings: with(func(s *definition.MethodSettings) { s.LoggingLevel = "LOUD" })}, nil, `"LOUD" is not a logging level`},
		{"resource policy", definition.Stage{}, func(a *definition.RestAPI) { a.Policy = "{}" }, "resource policies are not supported yet"},
		{"private endpoint", definition.Stage{}, func(a *definition.RestAPI) { a.EndpointConfiguration.Types = []string{"PRIVATE"} }, "PRIVATE endpoints are not supported yet"},
		{"API key", definition.Stage{}, func(a *definition.RestAPI) { a.Resources["/m"].Methods["GET"].APIKeyRequired = true }, "methods that require an API key need API keys and usage plans, which are not available here"},
		{"authorizer", definition.Stage{}, func(a *definition.RestAPI) {
			a.Authorizers = map[string]*definition.Authorizer{"x": {ID: "x", Name: "guard"}}
			m := a.Resources["/m"].Methods["GET"]
			m.AuthorizationType, m.AuthorizerID = "COGNITO_USER_POOLS", "x"
		}, "authorization type COGNITO_USER_POOLS is not supported yet (authorizer guard"},
		{"IAM", definition.Stage{}, func(a *definition.RestAPI) { a.Resources["/m"].Methods["GET"].AuthorizationType = "AWS_IAM" }, "authorization type AWS_IAM is not supported yet"},
		{"authorizer without functions", definition.Stage{}, func(a *definition.RestAPI) {
			guarded(a, &definition.Authorizer{Type: "TOKEN", URI: invocationURI(functionARN), IdentitySource: "method.request.header.A"})
		}, "Lambda authorizers need Lambda functions, which are not available here"},
		{"authorizer that is none", definition.Stage{}, func(a *definition.RestAPI) {
			guarded(a, &definition.Authorizer{Type: "COGNITO_USER_POOLS"})
		}, "authorizers of type COGNITO_USER_POOLS are not supported yet"},
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
