package restapi

import (
	"math"
	"strings"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/internal/definition"
)

const canaryBody = "$context.isCanaryRequest|$context.deploymentId|$stageVariables.who|$stageVariables.both|$stageVariables.more"

// canaryStage serves canaryBody from two deployments.
func canaryStage(t *testing.T, env *Env, settings *definition.CanarySettings) *API {
	t.Helper()
	deployment := func(id, name string) *definition.Deployment {
		return &definition.Deployment{ID: id, API: apiOf(map[string]*definition.Method{"/m": mockMethod(`{"statusCode": 200}`, name+": "+canaryBody)})}
	}
	st, problems := CompileCanary(env, deployment("dep1", "one"), deployment("dep2", "two"), &definition.Stage{
		Name: "prod", Variables: map[string]string{"who": "stage", "both": "yes"}, Canary: settings,
		MethodSettings: map[string]definition.MethodSettings{"*/*": {LoggingLevel: "INFO", ThrottlingRateLimit: 1, ThrottlingBurstLimit: 4}},
	})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return NewAPI(env, "abcdefghij", st)
}

// TestCanary holds traffic 6.4: the draw, the merged variables, what $context says, the log groups, the shared throttle.
func TestCanary(t *testing.T) {
	overrides := map[string]string{"who": "canary", "more": "added"}
	for _, c := range []struct {
		name   string
		canary *definition.CanarySettings
		draw   float64 // what the request draws, of 1
		want   string
		group  string
	}{
		{"no canary", nil, 0, "one: |dep1|stage|yes|", "abcdefghij/prod"},
		{"below the share", &definition.CanarySettings{DeploymentID: "dep2", PercentTraffic: 40, StageVariableOverrides: overrides}, 0.399, "two: true|dep2|canary|yes|added", "abcdefghij/prod/Canary"},
		{"above the share", &definition.CanarySettings{DeploymentID: "dep2", PercentTraffic: 40, StageVariableOverrides: overrides}, 0.4, "one: false|dep1|stage|yes|", "abcdefghij/prod"},
		{"never", &definition.CanarySettings{DeploymentID: "dep2"}, 0, "one: false|dep1|stage|yes|", "abcdefghij/prod"},
		{"always", &definition.CanarySettings{DeploymentID: "dep2", PercentTraffic: 100}, 1, "two: true|dep2|stage|yes|", "abcdefghij/prod/Canary"},
		{"same deployment, other variables", &definition.CanarySettings{DeploymentID: "dep1", PercentTraffic: 100, StageVariableOverrides: overrides}, 0, "one: true|dep1|canary|yes|added", "abcdefghij/prod/Canary"},
		{"same in all", &definition.CanarySettings{PercentTraffic: 100}, 0, "one: true|dep1|stage|yes|", "abcdefghij/prod/Canary"},
	} {
		log := new(executions)
		env := testEnv(nil)
		env.Executions = log
		env.Random = func() uint64 {
			if c.draw == 1 {
				return math.MaxUint64
			}
			return uint64(c.draw * (1 << 32) * (1 << 32))
		}
		a := canaryStage(t, env, c.canary)
		x := request("GET", "/prod/m", browserHeader)
		serveOnce(a, x)
		if got := string(x.Response.Body); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
		if got := log.all[0].Group(); got != "API-Gateway-Execution-Logs_"+c.group {
			t.Errorf("%s: log group %s", c.name, got)
		}
	}
}

func TestCanarySharesTheThrottlesOfItsStage(t *testing.T) {
	env := testEnv(nil)
	turn := false
	env.Random = func() uint64 {
		if turn = !turn; turn {
			return 0
		}
		return math.MaxUint64
	}
	a := canaryStage(t, env, &definition.CanarySettings{DeploymentID: "dep2", PercentTraffic: 50})
	x := request("GET", "/prod/m", browserHeader)
	seen := map[string]int{}
	for range 12 {
		serveOnce(a, x)
		answer, _, _ := strings.Cut(string(x.Response.Body), ":")
		seen[answer]++
	}
	if seen["one"]+seen["two"] != 4 || seen["one"] == 0 || seen["two"] == 0 {
		t.Errorf("got %v, want both deployments, and 4 requests in all", seen)
	}
}

func TestProblemsOfACanaryAreFound(t *testing.T) {
	good := apiOf(map[string]*definition.Method{"/m": mockMethod("", "")})
	bad := apiOf(map[string]*definition.Method{"/m": {HTTPMethod: "GET", Integration: &definition.Integration{Type: "AWS", URI: "arn:aws:apigateway:us-east-1:sqs:path/q"}}})
	_, problems := CompileCanary(testEnv(nil), &definition.Deployment{ID: "dep1", API: good}, &definition.Deployment{ID: "dep2", API: bad},
		&definition.Stage{Name: "prod", Canary: &definition.CanarySettings{DeploymentID: "dep2"}})
	if len(problems) != 1 || !strings.Contains(problems.Error(), "AWS integrations with the service sqs are not supported yet") {
		t.Errorf("got %v", problems)
	}
}
