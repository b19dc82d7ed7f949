package plans

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/state"
	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/store"
)

var errNoPlan = wire.NotFound("Invalid Usage Plan ID specified")

func errNoPlanStage(apiID, stage, plan string) error {
	return wire.NotFound("Invalid API Stage {api: %s, stage: %s} specified for usageplan %s", apiID, stage, plan)
}

func (o *Operations) createUsagePlan(ctx context.Context, in *wire.CreateUsagePlanRequest) (*wire.UsagePlan, error) {
	scope, err := state.ScopeOf(ctx)
	if err != nil {
		return nil, err
	}
	if wire.Value(in.Name) == "" {
		return nil, wire.BadRequest("Usage plan name cannot be blank") // (unconfirmed)
	}
	p := &definition.UsagePlan{ID: wire.NewID(wire.ShortIDLength), Name: *in.Name, Description: wire.Value(in.Description), Tags: wire.NonEmptyMap(in.Tags), Seq: o.next()}
	if in.Throttle != nil {
		p.Throttle = wire.Ptr(throttleOf(*in.Throttle))
	}
	if q := in.Quota; q != nil {
		p.Quota = &definition.Quota{Limit: int(wire.Value(q.Limit)), Offset: int(wire.Value(q.Offset)), Period: wire.Value(q.Period)}
	}
	for _, s := range in.ApiStages {
		api, stage := wire.Value(s.ApiId), wire.Value(s.Stage)
		if err := o.checkStage(ctx, api, stage, errNoPlanStage(api, stage, p.Name)); err != nil {
			return nil, err
		}
		covered := definition.PlanStage{APIID: api, Stage: stage}
		for at, t := range s.Throttle {
			if covered.Throttle == nil {
				covered.Throttle = make(map[string]definition.Throttle)
			}
			covered.Throttle[at] = throttleOf(t)
		}
		p.APIStages = append(p.APIStages, covered)
	}
	if err := cmp.Or(o.checkPlan(p), wire.CheckTags(in.Tags)); err != nil {
		return nil, err
	}
	entries, _, err := o.state.Plans.Entries(ctx, scope.Prefix())
	if err != nil {
		return nil, err
	}
	if most := o.state.Limits.UsagePlans; int64(len(entries)) >= most {
		return nil, wire.LimitExceeded("Maximum number of Usage Plans for this account has been reached. The limit is %d.", most)
	}
	if err := o.state.Plans.Create(ctx, scope.Key(p.ID), p); err != nil {
		return nil, err
	}
	return usagePlan(p), nil
}

func throttleOf(t wire.ThrottleSettings) definition.Throttle {
	return definition.Throttle{BurstLimit: int(wire.Value(t.BurstLimit)), RateLimit: wire.Value(t.RateLimit)}
}

// offsets are the largest offset of each period. Spec: traffic 2.3.
var offsets = map[string]int{"DAY": 0, "WEEK": 6, "MONTH": 27}

// checkPlan checks a plan as it would be stored.
func (o *Operations) checkPlan(p *definition.UsagePlan) error {
	if q := p.Quota; q != nil {
		most, ok := offsets[q.Period]
		switch {
		case !ok:
			return wire.BadRequest("Usage Plan quota period must be one of DAY, WEEK, MONTH") // (unconfirmed)
		case q.Limit < 0:
			return wire.BadRequest("Usage Plan quota limit must not be negative") // (unconfirmed)
		case q.Period == "DAY" && q.Offset != 0:
			return wire.BadRequest("Usage Plan quota offset must be zero in the DAY period")
		case q.Offset < 0 || q.Offset > most:
			return wire.BadRequest("Usage Plan quota offset must be between 0 and %d inclusive in the %s period", most, q.Period)
		}
	}
	if p.Throttle != nil {
		if err := checkThrottle(*p.Throttle); err != nil {
			return err
		}
	}
	for i, s := range p.APIStages {
		if slices.ContainsFunc(p.APIStages[:i], func(other definition.PlanStage) bool { return other.APIID == s.APIID && other.Stage == s.Stage }) {
			return wire.BadRequest("Duplicate API Stage %s:%s specified", s.APIID, s.Stage) // (unconfirmed)
		}
		if most := o.state.Limits.PlanStageThrottles; int64(len(s.Throttle)) > most {
			return wire.LimitExceeded("Maximum number of method throttles for this API stage has been reached. The limit is %d.", most)
		}
		for at, t := range s.Throttle {
			if i := strings.LastIndexByte(at, '/'); !strings.HasPrefix(at, "/") || i < 1 || i == len(at)-1 {
				return wire.BadRequest("Invalid method throttle path specified: %s", at) // (unconfirmed)
			}
			if err := checkThrottle(t); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkThrottle(t definition.Throttle) error {
	if t.BurstLimit < 0 || t.RateLimit < 0 {
		return wire.BadRequest("Usage Plan throttle limits must not be negative") // (unconfirmed)
	}
	return nil
}

func (o *Operations) getUsagePlan(ctx context.Context, in *wire.GetUsagePlanRequest) (*wire.UsagePlan, error) {
	p, err := o.plan(ctx, in.UsagePlanId)
	if err != nil {
		return nil, err
	}
	return taggedPlan(p), nil
}

// plan returns a usage plan of the caller.
func (o *Operations) plan(ctx context.Context, id *string) (*definition.UsagePlan, error) {
	key, err := state.KeyOf(ctx, id, errNoPlan)
	if err != nil {
		return nil, err
	}
	p, err := o.state.Plans.Get(ctx, key)
	return p, wire.OrNotFound(err, errNoPlan)
}

func (o *Operations) getUsagePlans(ctx context.Context, in *wire.GetUsagePlansRequest) (*wire.UsagePlans, error) {
	scope, err := state.ScopeOf(ctx)
	if err != nil {
		return nil, err
	}
	all, err := o.all(ctx, scope)
	if err != nil {
		return nil, err
	}
	if id := wire.Value(in.KeyId); id != "" {
		all = slices.DeleteFunc(all, func(i store.Item[definition.UsagePlan]) bool { return !slices.Contains(i.Value.Keys, id) })
	}
	at := func(i store.Item[definition.UsagePlan]) string { return newestFirst(i.Value.Seq, i.Value.ID) }
	slices.SortFunc(all, func(a, b store.Item[definition.UsagePlan]) int { return cmp.Compare(at(a), at(b)) })
	page, next, err := wire.Page(all, at, in.Limit, in.Position)
	if err != nil {
		return nil, err
	}
	out := &wire.UsagePlans{Items: make([]wire.UsagePlan, len(page)), Position: next}
	for i, item := range page {
		out.Items[i] = *usagePlan(item.Value)
	}
	for i := range out.Items {
		out.Items[i].Tags = nil // lists do not show them
	}
	return out, nil
}

func (o *Operations) deleteUsagePlan(ctx context.Context, in *wire.DeleteUsagePlanRequest) (*wire.None, error) {
	p, err := o.plan(ctx, in.UsagePlanId)
	if err != nil {
		return nil, err
	}
	scope, err := state.ScopeOf(ctx)
	if err != nil {
		return nil, err
	}
	err = o.state.Plans.Delete(ctx, scope.Key(p.ID), func(p *definition.UsagePlan) error {
		if len(p.APIStages) > 0 {
			s := p.APIStages[0]
			return wire.BadRequest("Cannot delete Usage Plan %s because there are API Stages associated with it, including %s:%s", p.ID, s.APIID, s.Stage)
		}
		return nil
	})
	if err != nil {
		return nil, wire.OrNotFound(err, errNoPlan)
	}
	for _, id := range p.Keys {
		if err := o.dropUsage(ctx, scope, p.ID, id); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

func usagePlan(p *definition.UsagePlan) *wire.UsagePlan {
	out := &wire.UsagePlan{
		Id: &p.ID, Name: &p.Name, Description: wire.NonZero(p.Description), ProductCode: wire.NonZero(p.ProductCode),
		ApiStages: make([]wire.ApiStage, len(p.APIStages)), Tags: wire.NonEmptyMap(p.Tags),
	}
	for i := range p.APIStages {
		s := &p.APIStages[i]
		out.ApiStages[i] = wire.ApiStage{ApiId: &s.APIID, Stage: &s.Stage}
		for at, t := range s.Throttle {
			if out.ApiStages[i].Throttle == nil {
				out.ApiStages[i].Throttle = make(map[string]wire.ThrottleSettings)
			}
			out.ApiStages[i].Throttle[at] = *throttle(t)
		}
	}
	if p.Throttle != nil {
		out.Throttle = throttle(*p.Throttle)
	}
	if q := p.Quota; q != nil {
		out.Quota = &wire.QuotaSettings{Limit: wire.Int(q.Limit), Offset: wire.Int(q.Offset), Period: &q.Period}
	}
	return out
}

func throttle(t definition.Throttle) *wire.ThrottleSettings {
	return &wire.ThrottleSettings{BurstLimit: wire.Int(t.BurstLimit), RateLimit: &t.RateLimit}
}

func taggedPlan(p *definition.UsagePlan) *wire.UsagePlan {
	out := usagePlan(p)
	out.Tags = wire.Always(out.Tags)
	return out
}

// errTwoPlans refuses a key in two plans that cover the same stage. Spec: traffic 2.1; the words are (unconfirmed).
func errTwoPlans(keyID string, s definition.PlanStage) error {
	return wire.Conflict("%s", fmt.Sprintf("%s cannot reference multiple Usage Plans with the same API stage: %s:%s", keyID, s.APIID, s.Stage))
}
