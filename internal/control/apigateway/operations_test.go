package apigateway_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway"
	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/state"
	"github.com/gatehouse-gateway/gatehouse/internal/engine/memory"
	"github.com/gatehouse-gateway/gatehouse/internal/limits"
	"github.com/gatehouse-gateway/gatehouse/internal/restapi"
	"github.com/gatehouse-gateway/gatehouse/internal/seal"
)

var update = flag.Bool("update", false, "rewrite the page of operations")

// remarks say what differs in operations that work.
var remarks = map[string]string{
	"CreateApiKey":               "stored; methods that require a key are refused at deployment",
	"CreateAuthorizer":           "TOKEN and REQUEST; methods that use one of type COGNITO_USER_POOLS are refused at deployment",
	"CreateBasePathMapping":      "stored; carries no traffic yet",
	"CreateDeployment":           "what cannot be served is refused by name and place; live on this node when the call returns",
	"CreateDomainName":           "stored; serves no traffic yet. PRIVATE domains, mutual TLS, policies and STRICT access are refused by name",
	"CreateStage":                "a cache cluster is refused by name",
	"CreateUsagePlan":            "stored; counts and limits no traffic yet",
	"CreateVpcLink":              "stored; methods that use one are refused at deployment",
	"FlushStageAuthorizersCache": "the cache of the node that is called",
	"FlushStageCache":            "there is nothing to flush yet",
	"GetSdk":                     "javascript; other types are refused by name",
	"GetUsage":                   "no traffic is counted yet",
	"ImportRestApi":              "references to files are refused",
	"PutMethod":                  "what cannot be served yet is stored, and refused at deployment",
	"TestInvokeAuthorizer":       "TOKEN and REQUEST; needs Lambda functions",
	"TestInvokeMethod":           "integrations that can be served",
	"UpdateStage":                "access log settings and tracing are stored and have no effect yet; a cache cluster is refused by name",
}

func newState(t *testing.T) *state.State {
	t.Helper()
	e := memory.New(memory.Options{})
	t.Cleanup(func() { _ = e.Close() })
	box, err := seal.Ephemeral()
	if err != nil {
		t.Fatal(err)
	}
	env := &restapi.Env{AccountID: "111111111111", Region: "us-east-1", Limits: limits.AWS(), Random: func() uint64 { return 1 }, Now: time.Now}
	return state.New(state.Options{Engine: e, Box: box, Limits: limits.AWS(), Now: time.Now, Env: env.In})
}

// TestPageOfOperationsIsFresh compares docs/management-operations.md with what is bound.
func TestPageOfOperationsIsFresh(t *testing.T) {
	service, err := apigateway.NewService(newState(t))
	if err != nil {
		t.Fatal(err)
	}
	var page strings.Builder
	works := 0
	var rows strings.Builder
	for _, name := range service.Model.OperationNames() {
		op, status, remark := service.Model.Operations[name], "works", remarks[name]
		if refused := service.Refusal(name); refused != nil {
			status, remark = "refused", refused.Message
		} else {
			works++
		}
		delete(remarks, name)
		fmt.Fprintf(&rows, "| %s | `%s %s` | %s | %s |\n", name, op.Method, strings.TrimSuffix(op.URI+"?"+op.QueryFixed, "?"), status, remark)
	}
	for name := range remarks {
		t.Errorf("there is a remark on %s, which is no operation", name)
	}
	fmt.Fprintf(&page, "# Operations of the management API\n\nWritten by the tests from what is bound: %d of %d operations work. A remark says what differs from the real service.\n\n", works, len(service.Model.Operations))
	fmt.Fprintf(&page, "| operation | call | state | remark |\n| --- | --- | --- | --- |\n%s", rows.String())
	const file = "../../../docs/management-operations.md"
	if *update {
		if err := os.WriteFile(file, []byte(page.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(file); err != nil || string(got) != page.String() {
		t.Errorf("%s is not what is bound (%v): run go test ./internal/control/apigateway -update", file, err)
	}
}
