package state

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/store"
)

// CertificateUses lists the stages that show a client certificate of the caller, as "{apiId}:{stage}".
func (s *State) CertificateUses(ctx context.Context, id string) ([]string, error) {
	return s.InUse(ctx, func(d *definition.RestAPIDocument) (uses []string) {
		for name, st := range d.Stages {
			if st.ClientCertificateID == id {
				uses = append(uses, d.API.ID+":"+name)
			}
		}
		return uses
	})
}

// draftStage stands for the draft where uses are listed by stage: a test invocation runs in it (unconfirmed).
const draftStage = "test-invoke-stage"

// VPCLinkUses lists the methods that send requests through a VPC link of the caller, deployed ones and those of drafts, as
// "{apiId}:{VERB}:{resourceId}:{stage}". Spec: control-plane 14.3.
func (s *State) VPCLinkUses(ctx context.Context, id string) ([]string, error) {
	var failed error
	uses, err := s.InUse(ctx, func(d *definition.RestAPIDocument) []string {
		found := linkUses(d.API, d.API.ID, draftStage, id)
		for name, st := range d.Stages {
			variables := []map[string]string{st.Variables}
			if st.Canary != nil {
				variables = append(variables, st.Canary.StageVariableOverrides)
			}
			deployed, err := s.deployedAPIs(ctx, d, st)
			if err != nil {
				failed = err
			}
			for _, api := range deployed {
				found = append(found, linkUses(api, d.API.ID, name, id, variables...)...)
			}
		}
		return found
	})
	if err != nil {
		return nil, err
	}
	return uses, failed
}

// deployedAPIs reads what a stage serves: its deployment, and that of its canary.
func (s *State) deployedAPIs(ctx context.Context, d *definition.RestAPIDocument, st *definition.Stage) ([]*definition.RestAPI, error) {
	ids := []string{st.DeploymentID}
	if st.Canary != nil && st.Canary.DeploymentID != st.DeploymentID {
		ids = append(ids, st.Canary.DeploymentID)
	}
	var apis []*definition.RestAPI
	for _, id := range ids {
		deployment := d.Deployments[id]
		if deployment == nil || deployment.Snapshot == "" {
			continue
		}
		api, err := store.ReadSnapshot[definition.RestAPI](ctx, s.Engine.Snapshots(), deployment.Snapshot)
		if err != nil {
			return nil, fmt.Errorf("deployment %s: %w", id, err)
		}
		apis = append(apis, api)
	}
	return apis, nil
}

// linkUses lists the methods of an API that name a link, or a stage variable that has it as its value.
func linkUses(api *definition.RestAPI, apiID, stage, linkID string, variables ...map[string]string) []string {
	var uses []string
	for _, r := range api.Resources {
		for verb, m := range r.Methods {
			if m.Integration == nil {
				continue
			}
			connection := m.Integration.ConnectionID
			variable := strings.TrimSuffix(strings.TrimPrefix(connection, "${stageVariables."), "}")
			named := slices.ContainsFunc(variables, func(v map[string]string) bool { return variable != connection && v[variable] == linkID })
			if connection == linkID || named {
				uses = append(uses, strings.Join([]string{apiID, verb, r.ID, stage}, ":"))
			}
		}
	}
	return uses
}
