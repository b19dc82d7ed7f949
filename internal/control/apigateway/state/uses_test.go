package state

import (
	"slices"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/internal/control/caller"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/store"
)

func TestUsesOfAVPCLinkAreThoseOfDraftsAndOfWhatIsDeployed(t *testing.T) {
	s, _ := newState(t)
	ctx := caller.With(t.Context(), caller.Caller{AccountID: testScope.AccountID, Region: testScope.Region})
	apiWith := func(connection string) *definition.RestAPI {
		return &definition.RestAPI{ID: "api", Resources: map[string]*definition.Resource{"res": {ID: "res", Path: "/", Methods: map[string]*definition.Method{
			"GET": {Integration: &definition.Integration{ConnectionID: connection}}, "PUT": {},
		}}}}
	}
	deployed := func(connection string) *definition.Deployment {
		digest, err := store.PutSnapshot(ctx, s.Engine.Snapshots(), apiWith(connection))
		if err != nil {
			t.Fatal(err)
		}
		return &definition.Deployment{Snapshot: digest}
	}
	doc := &definition.RestAPIDocument{
		AccountID: testScope.AccountID, Region: testScope.Region, API: apiWith("drafted"),
		Deployments: map[string]*definition.Deployment{"one": deployed("served"), "two": deployed("${stageVariables.link}"), "old": deployed("forgotten")},
		Stages: map[string]*definition.Stage{
			"dev":  {Name: "dev", DeploymentID: "one"},
			"prod": {Name: "prod", DeploymentID: "two", Variables: map[string]string{"link": "named"}},
			"next": {Name: "next", DeploymentID: "one", Canary: &definition.CanarySettings{DeploymentID: "two", StageVariableOverrides: map[string]string{"link": "tried"}}},
		},
	}
	if err := s.Insert(ctx, testScope, doc); err != nil {
		t.Fatal(err)
	}
	for link, want := range map[string][]string{
		"drafted":   {"api:GET:res:test-invoke-stage"},
		"served":    {"api:GET:res:dev", "api:GET:res:next"},
		"named":     {"api:GET:res:prod"},
		"tried":     {"api:GET:res:next"},
		"forgotten": nil,
	} {
		if got, err := s.VPCLinkUses(ctx, link); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: got %v, %v; want %v", link, got, err, want)
		}
	}
}
