package apigateway_test

import (
	"flag"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway"
	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/state"
	"github.com/gatehouse-gateway/gatehouse/internal/control/operationspage"
	"github.com/gatehouse-gateway/gatehouse/internal/engine/memory"
	"github.com/gatehouse-gateway/gatehouse/internal/limits"
	"github.com/gatehouse-gateway/gatehouse/internal/restapi"
	"github.com/gatehouse-gateway/gatehouse/internal/seal"
)

var update = flag.Bool("update", false, "rewrite the page of operations")

// remarks say what differs in operations that work.
var remarks = map[string]string{
	"CreateAuthorizer":           "TOKEN and REQUEST; methods that use one of type COGNITO_USER_POOLS are refused at deployment",
	"CreateBasePathMapping":      "stored; carries no traffic yet",
	"CreateDeployment":           "what cannot be served is refused by name and place; live on this node when the call returns",
	"CreateDomainName":           "stored; serves no traffic yet. PRIVATE domains, mutual TLS, policies and STRICT access are refused by name",
	"CreateStage":                "a cache cluster is refused by name",
	"CreateVpcLink":              "stored; methods that use one are refused at deployment",
	"FlushStageAuthorizersCache": "the cache of the node that is called",
	"FlushStageCache":            "there is nothing to flush yet",
	"GetSdk":                     "javascript; other types are refused by name",
	"GetUsage":                   "includes every request before the call; without a quota -1 remains",
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
	operationspage.Check(t, service, "Operations of the management API", "../../../docs/management-operations.md", remarks, *update)
}
