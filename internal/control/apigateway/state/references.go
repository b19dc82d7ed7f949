package state

import (
	"context"
	"slices"

	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/store"
)

// draftStage stands for the draft in references: the name under which a method of it is tested.
const draftStage = "test-invoke-stage"

// CertificateUsers lists the stages, as apiId/stage, that present a client certificate to their back ends.
func (s *State) CertificateUsers(ctx context.Context, scope Scope, id string) ([]string, error) {
	apis, err := s.Summaries.All(ctx, scope.Prefix())
	if err != nil {
		return nil, err
	}
	var users []string
	for _, api := range apis {
		for name, stage := range api.Value.Stages {
			if stage.ClientCertificateID == id {
				users = append(users, api.Value.API.ID+"/"+name)
			}
		}
	}
	slices.Sort(users)
	return users, nil
}

// VPCLinkUsers lists the methods whose integrations use a VPC link, as apiId:VERB:resourceId:stage, of deployed stages and
// drafts. Spec: control-plane 14.3.
func (s *State) VPCLinkUsers(ctx context.Context, scope Scope, id string) ([]string, error) {
	apis, err := s.APIs.All(ctx, scope.Prefix())
	if err != nil {
		return nil, err
	}
	var users []string
	for _, item := range apis {
		doc := item.Value
		users = appendLinkUsers(users, doc.API, doc.API.ID, draftStage, id, nil)
		for name, stage := range doc.Stages {
			if users, err = s.appendStageUsers(ctx, users, doc, name, stage, id); err != nil {
				return nil, err
			}
		}
	}
	slices.Sort(users)
	return slices.Compact(users), nil
}

// appendStageUsers appends the methods of what a stage serves, and of its canary.
func (s *State) appendStageUsers(ctx context.Context, users []string, doc *definition.RestAPIDocument, name string, stage *definition.Stage, id string) ([]string, error) {
	served := []string{stage.DeploymentID}
	if stage.Canary != nil && stage.Canary.DeploymentID != "" {
		served = append(served, stage.Canary.DeploymentID)
	}
	for i, deploymentID := range served {
		d := doc.Deployments[deploymentID]
		if d == nil || d.API == nil && d.Snapshot == "" {
			continue
		}
		api := d.API
		if api == nil {
			var err error
			if api, err = store.ReadSnapshot[definition.RestAPI](ctx, s.Engine.Snapshots(), d.Snapshot); err != nil {
				return nil, err
			}
		}
		variables := []map[string]string{stage.Variables}
		if i > 0 {
			variables = []map[string]string{stage.Canary.StageVariableOverrides, stage.Variables}
		}
		users = appendLinkUsers(users, api, doc.API.ID, name, id, variables)
	}
	return users, nil
}

func appendLinkUsers(users []string, api *definition.RestAPI, apiID, stage, id string, variables []map[string]string) []string {
	for _, r := range api.Resources {
		for verb, m := range r.Methods {
			if in := m.Integration; in != nil && in.ConnectionType == "VPC_LINK" && names(in.ConnectionID, id, variables) {
				users = append(users, apiID+":"+verb+":"+r.ID+":"+stage)
			}
		}
	}
	return users
}

// names says whether a connection id is id, or a reference to the stage variable that holds it.
func names(connection, id string, variables []map[string]string) bool {
	const before, after = "${stageVariables.", "}"
	if n := len(connection) - len(after); n > len(before) && connection[:len(before)] == before && connection[n:] == after {
		for _, of := range variables {
			if value, ok := of[connection[len(before):n]]; ok {
				return value == id
			}
		}
		return false
	}
	return connection == id
}
