package plans

import (
	"cmp"
	"context"
	"slices"

	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/state"
	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
)

func (o *Operations) createUsagePlan(ctx context.Context, in *wire.CreateUsagePlanRequest) (*wire.UsagePlan, error) {
	scope, err := state.ScopeOf(ctx)
	if err != nil {
		return nil, err
	}
	plan := &definition.UsagePlan{
		ID: wire.NewID(wire.ShortIDLength), Name: wire.Value(in.Name), Description: wire.Value(in.Description), Tags: wire.NonEmptyMap(in.Tags),
	}
	if in.Throttle != nil {
		plan.Throttle = newThrottle(*in.Throttle)
	}
	if in.Quota != nil {
		plan.Quota = &definition.Quota{Limit: int(wire.Value(in.Quota.Limit)), Offset: int(wire.Value(in.Quota.Offset)), Period: wire.Value(in.Quota.Period)}
	}
	if err := o.createStages(ctx, plan, in.ApiStages); err != nil {
		return nil, err
	}
	if err := o.checkPlan(plan); err != nil {
		return nil, err
	}
	if err := wire.CheckTags(plan.Tags); err != nil {
		return nil, err
	}
	all, err := state.List(ctx, o.state.Plans)
	if err != nil {
		return nil, err
	}
	if err := state.CheckRoom(len(all), o.state.Limits.UsagePlans, "Usage Plans"); err != nil {
		return nil, err
	}
	for _, item := range all {
		plan.Seq = max(plan.Seq, item.Value.Seq)
	}
	plan.Seq++
	if err := o.state.Plans.Create(ctx, scope.Key(plan.ID), plan); err != nil {
		return nil, err
	}
	return shownPlan(plan), nil
}

func newThrottle(in wire.ThrottleSettings) *definition.Throttle {
	return &definition.Throttle{BurstLimit: int(wire.Value(in.BurstLimit)), RateLimit: wire.Value(in.RateLimit)}
}

// createStages adds the stages that a new plan names; an error shows the plan's name, which is all it has so far.
func (o *Operations) createStages(ctx context.Context, plan *definition.UsagePlan, in []wire.ApiStage) error {
	for _, s := range in {
		api, stage := wire.Value(s.ApiId), wire.Value(s.Stage)
		if api == "" || stage == "" {
			return wire.NotFound("%s", "Invalid API Stage {api: %s, stage: %s} specified for usageplan %s") // so recorded, unfilled
		}
		if err := o.checkStage(ctx, api, stage, errPlanStage(api, stage, plan.Name)); err != nil {
			return err
		}
		if plan.Covers(api, stage) {
			return wire.Conflict("API Stage %s:%s is specified more than once for usageplan %s", api, stage, plan.Name) // (unconfirmed)
		}
		added := definition.PlanStage{APIID: api, Stage: stage}
		for key, t := range s.Throttle {
			if added.Throttle == nil {
				added.Throttle = make(map[string]definition.Throttle, len(s.Throttle))
			}
			added.Throttle[throttleKey(key)] = *newThrottle(t)
		}
		plan.APIStages = append(plan.APIStages, added)
	}
	return nil
}

// errPlanStage is the answer to a stage that does not exist. Recorded.
func errPlanStage(api, stage, plan string) error {
	return wire.NotFound("Invalid API Stage {api: %s, stage: %s} specified for usageplan %s", api, stage, plan)
}

// checkPlan checks a whole plan. The texts are unconfirmed, but those of quota offsets.
func (o *Operations) checkPlan(p *definition.UsagePlan) error {
	if p.Name == "" {
		return wire.BadRequest("Usage Plan name cannot be blank")
	}
	if err := checkThrottle(p.Throttle); err != nil {
		return err
	}
	for _, s := range p.APIStages {
		if most := o.state.Limits.PlanStageThrottles; int64(len(s.Throttle)) > most {
			return wire.LimitExceeded("Maximum number of method throttles for API Stage %s:%s has been reached. The limit is %d.", s.APIID, s.Stage, most)
		}
		for _, t := range s.Throttle {
			if err := checkThrottle(&t); err != nil {
				return err
			}
		}
	}
	return checkQuota(p.Quota)
}

func checkThrottle(t *definition.Throttle) error {
	if t != nil && (t.BurstLimit < 0 || t.RateLimit < 0) {
		return wire.BadRequest("Usage Plan throttle limits must not be negative")
	}
	return nil
}

func checkQuota(q *definition.Quota) error {
	switch {
	case q == nil:
		return nil
	case q.Limit < 0:
		return wire.BadRequest("Usage Plan quota limit must not be negative")
	case !slices.Contains([]string{definition.PeriodDay, definition.PeriodWeek, definition.PeriodMonth}, q.Period):
		return wire.BadRequest("Usage Plan quota period must be one of: [DAY, WEEK, MONTH]")
	}
	if err := q.CheckOffset(); err != nil {
		return wire.BadRequest("%v", err)
	}
	return nil
}

// shownPlan is a plan as CreateUsagePlan and GetUsagePlans show it: without tags when there are none. Recorded.
func shownPlan(p *definition.UsagePlan) *wire.UsagePlan {
	out := &wire.UsagePlan{
		Id: &p.ID, Name: &p.Name, Description: wire.NonZero(p.Description), ProductCode: wire.NonZero(p.ProductCode),
		ApiStages: []wire.ApiStage{}, Tags: wire.NonEmptyMap(p.Tags),
	}
	for _, s := range p.APIStages {
		shown := wire.ApiStage{ApiId: &s.APIID, Stage: &s.Stage}
		if len(s.Throttle) > 0 {
			shown.Throttle = make(map[string]wire.ThrottleSettings, len(s.Throttle))
		}
		for key, t := range s.Throttle {
			shown.Throttle[key] = *shownThrottle(&t)
		}
		out.ApiStages = append(out.ApiStages, shown)
	}
	if p.Throttle != nil {
		out.Throttle = shownThrottle(p.Throttle)
	}
	if q := p.Quota; q != nil {
		out.Quota = &wire.QuotaSettings{Limit: wire.Int(q.Limit), Offset: wire.Int(q.Offset), Period: &q.Period}
	}
	return out
}

func shownThrottle(t *definition.Throttle) *wire.ThrottleSettings {
	return &wire.ThrottleSettings{BurstLimit: wire.Int(t.BurstLimit), RateLimit: &t.RateLimit}
}

// taggedPlan is a plan as GetUsagePlan and UpdateUsagePlan show it.
func taggedPlan(p *definition.UsagePlan) *wire.UsagePlan {
	out := shownPlan(p)
	out.Tags = wire.Always(out.Tags)
	return out
}

func (o *Operations) getUsagePlan(ctx context.Context, in *wire.GetUsagePlanRequest) (*wire.UsagePlan, error) {
	plan, err := state.Get(ctx, o.state.Plans, in.UsagePlanId, errNoPlan)
	if err != nil {
		return nil, err
	}
	return taggedPlan(plan), nil
}

// getUsagePlans lists the newest first; keyId keeps the plans of a key.
func (o *Operations) getUsagePlans(ctx context.Context, in *wire.GetUsagePlansRequest) (*wire.UsagePlans, error) {
	all, err := o.plansOf(ctx, in.KeyId)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(all, func(a, b *definition.UsagePlan) int {
		return cmp.Or(cmp.Compare(b.Seq, a.Seq), cmp.Compare(a.ID, b.ID))
	})
	page, next, err := wire.Page(all, func(p *definition.UsagePlan) string { return wire.NewestFirst(p.Seq, p.ID) }, in.Limit, in.Position)
	if err != nil {
		return nil, err
	}
	out := &wire.UsagePlans{Items: make([]wire.UsagePlan, len(page)), Position: next}
	for i, plan := range page {
		out.Items[i] = *shownPlan(plan)
	}
	return out, nil
}

// plansOf returns the plans of a key, all plans when there is no keyID.
func (o *Operations) plansOf(ctx context.Context, keyID *string) ([]*definition.UsagePlan, error) {
	items, err := state.List(ctx, o.state.Plans)
	if err != nil {
		return nil, err
	}
	key := new(definition.APIKey)
	if wire.Value(keyID) != "" {
		if key, err = state.Get(ctx, o.state.Keys, keyID, state.ErrNoKey); err != nil {
			return nil, err
		}
	}
	var plans []*definition.UsagePlan
	for _, item := range items {
		if key.ID == "" || key.Membership(item.Value.ID) != nil {
			plans = append(plans, item.Value)
		}
	}
	return plans, nil
}

// deleteUsagePlan refuses while the plan has stages; keys do not hinder.
func (o *Operations) deleteUsagePlan(ctx context.Context, in *wire.DeleteUsagePlanRequest) (*wire.None, error) {
	scope, err := state.ScopeOf(ctx)
	if err != nil {
		return nil, err
	}
	err = state.Delete(ctx, o.state.Plans, in.UsagePlanId, errNoPlan, func(p *definition.UsagePlan) error {
		if len(p.APIStages) == 0 {
			return nil
		}
		return wire.BadRequest("Cannot delete Usage Plan %s because there are API Stages associated with it, including %s:%s", p.ID, p.APIStages[0].APIID, p.APIStages[0].Stage)
	})
	if err != nil {
		return nil, err
	}
	return nil, o.leaveAll(ctx, scope, *in.UsagePlanId)
}

// leaveAll takes the keys out of a plan that is gone. Should it end early, what is left means nothing.
func (o *Operations) leaveAll(ctx context.Context, scope state.Scope, planID string) error {
	members, err := o.members(ctx, scope, planID)
	if err != nil {
		return err
	}
	for _, k := range members {
		err := o.leave(ctx, planID, k.ID)
		if _, gone := refusal(err); err != nil && !gone {
			return err
		}
	}
	return nil
}

// members returns the summaries of the keys of a plan, newest first.
func (o *Operations) members(ctx context.Context, scope state.Scope, planID string) ([]*definition.APIKey, error) {
	all, err := o.state.KeySummaries(ctx, scope)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(k *definition.APIKey) bool { return k.Membership(planID) == nil }), nil
}
