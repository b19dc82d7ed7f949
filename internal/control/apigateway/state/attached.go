package state

import (
	"context"
	"slices"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
)

// Insert stores a new REST API. Its id was drawn at random: should it be taken, that is an error like any other.
func (s *State) Insert(ctx context.Context, scope Scope, doc *definition.RestAPIDocument) error {
	return s.APIs.Create(ctx, scope.Key(doc.API.ID), doc)
}

// CheckUnmapped refuses to delete an API that domains map to. Spec: control-plane 8.1, recorded.
func (s *State) CheckUnmapped(ctx context.Context, scope Scope, apiID string) error {
	domains, err := s.Domains.All(ctx, scope.Prefix())
	if err != nil {
		return err
	}
	var mapped []string
	for _, item := range domains {
		if slices.ContainsFunc(item.Value.Mappings, func(m definition.BasePathMapping) bool { return m.APIID == apiID }) {
			mapped = append(mapped, item.Value.Name)
		}
	}
	if len(mapped) == 0 {
		return nil
	}
	return wire.BadRequest("Deleting RestApi %s failed. Please remove all base path mappings related to the RestApi in your domains: %s", apiID, strings.Join(mapped, ", "))
}

// Detach takes an API that is gone, or one stage of it, out of all usage plans.
func (s *State) Detach(ctx context.Context, scope Scope, apiID, stage string) error {
	gone := func(p definition.PlanStage) bool { return p.APIID == apiID && (stage == "" || p.Stage == stage) }
	plans, err := s.Plans.All(ctx, scope.Prefix())
	if err != nil {
		return err
	}
	for _, item := range plans {
		if !slices.ContainsFunc(item.Value.APIStages, gone) {
			continue
		}
		_, err := s.Plans.Change(ctx, item.Key, func(p *definition.UsagePlan) error {
			p.APIStages = slices.DeleteFunc(p.APIStages, gone)
			return nil
		})
		if err := wire.OrNotFound(err, nil); err != nil {
			return err
		}
	}
	return nil
}
