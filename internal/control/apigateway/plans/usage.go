package plans

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/state"
	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
)

// maxUsageDays is the longest range of GetUsage.
const maxUsageDays = 90

// withoutQuota is what remains of a plan that has no quota (unconfirmed).
const withoutQuota = -1

// getUsage reports a pair for each day and key: requests used, requests remaining. Spec: traffic 4.
func (o *Operations) getUsage(ctx context.Context, in *wire.GetUsageRequest) (*wire.Usage, error) {
	scope, err := state.ScopeOf(ctx)
	if err != nil {
		return nil, err
	}
	days, err := usageDays(wire.Value(in.StartDate), wire.Value(in.EndDate))
	if err != nil {
		return nil, err
	}
	plan, err := state.Get(ctx, o.state.Plans, in.UsagePlanId, errNoPlan)
	if err != nil {
		return nil, err
	}
	keys, err := o.usageKeys(ctx, scope, plan.ID, in.KeyId)
	if err != nil {
		return nil, err
	}
	page, next, err := wire.Page(keys, func(k *definition.APIKey) string { return k.ID }, in.Limit, in.Position)
	if err != nil {
		return nil, err
	}
	out := &wire.Usage{UsagePlanId: &plan.ID, StartDate: in.StartDate, EndDate: in.EndDate, Position: next, Items: make(map[string][][]int64, len(page))}
	for _, k := range page {
		out.Items[k.ID] = usage(plan, k.Membership(plan.ID), days)
	}
	return out, nil
}

// usageDays returns the days from start to end, both included. The texts are unconfirmed.
func usageDays(start, end string) ([]time.Time, error) {
	from, err1 := time.Parse(time.DateOnly, start)
	to, err2 := time.Parse(time.DateOnly, end)
	if err1 != nil || err2 != nil {
		return nil, wire.BadRequest("Usage Plan startDate and endDate must be formatted as YYYY-MM-DD")
	}
	if to.Before(from) {
		return nil, wire.BadRequest("Usage Plan endDate must not be before startDate")
	}
	if !to.Before(from.AddDate(0, 0, maxUsageDays)) {
		return nil, wire.BadRequest("Usage Plan startDate and endDate must not be more than %d days apart", maxUsageDays)
	}
	var days []time.Time
	for day := from; !day.After(to); day = day.AddDate(0, 0, 1) {
		days = append(days, day)
	}
	return days, nil
}

// usageKeys returns the keys to report, in the order of their ids: one, or all of the plan.
func (o *Operations) usageKeys(ctx context.Context, scope state.Scope, planID string, keyID *string) ([]*definition.APIKey, error) {
	if wire.Value(keyID) == "" {
		all, err := o.members(ctx, scope, planID)
		slices.SortFunc(all, func(a, b *definition.APIKey) int { return strings.Compare(a.ID, b.ID) })
		return all, err
	}
	key, err := state.Get(ctx, o.state.Keys, keyID, state.ErrNoKey)
	if err != nil || key.Membership(planID) == nil {
		return nil, err
	}
	return []*definition.APIKey{key}, nil
}

func usage(plan *definition.UsagePlan, m *definition.PlanMembership, days []time.Time) [][]int64 {
	pairs := make([][]int64, len(days))
	for i, day := range days {
		pairs[i] = []int64{0, remaining(plan, m, day)}
	}
	return pairs
}

// remaining is what is left of the quota at the end of a day: what UpdateUsage left, from its day to the end of that period.
func remaining(plan *definition.UsagePlan, m *definition.PlanMembership, day time.Time) int64 {
	q := plan.Quota
	if q == nil {
		return withoutQuota
	}
	if m.Remaining != nil {
		set, err := time.Parse(time.DateOnly, m.RemainingOn)
		if err == nil && !day.Before(set) && q.Begin(day).Equal(q.Begin(set)) {
			return int64(*m.Remaining)
		}
	}
	return int64(q.Limit)
}

// updateUsage sets what remains of the current period for a key of a plan.
func (o *Operations) updateUsage(ctx context.Context, in *wire.UpdateUsageRequest) (*wire.Usage, error) {
	plan, err := state.Get(ctx, o.state.Plans, in.UsagePlanId, errNoPlan)
	if err != nil {
		return nil, err
	}
	today := o.state.Now().UTC().Truncate(24 * time.Hour)
	on := today.Format(time.DateOnly)
	key, err := state.Change(ctx, o.state.Keys, in.KeyId, state.ErrNoKey, func(k *definition.APIKey) error {
		m := k.Membership(plan.ID)
		if m == nil {
			return state.ErrNoKey
		}
		return patchUsage.Apply(&usagePatch{m, plan.Quota, on}, in.PatchOperations)
	})
	if err != nil {
		return nil, err
	}
	pairs := usage(plan, key.Membership(plan.ID), []time.Time{today})
	return &wire.Usage{UsagePlanId: &plan.ID, StartDate: &on, EndDate: &on, Items: map[string][][]int64{key.ID: pairs}}, nil
}

// usagePatch is the usage of one key of a plan that is patched.
type usagePatch struct {
	*definition.PlanMembership
	quota *definition.Quota
	today string
}

// patchUsage is the table of control-plane 7.20.
var patchUsage = wire.Table[usagePatch]{Family: wire.Listed, ListsNone: true, Rows: []wire.Row[usagePatch]{
	{Path: "/remaining", Replace: replaceRemaining},
}}

func replaceRemaining(p *usagePatch, op wire.Op) error {
	const message = "Usage Plan remaining must be a non-negative integer" // (unconfirmed)
	n, err := op.Int(message)
	if err != nil {
		return err
	}
	if n < 0 {
		return wire.BadRequest(message)
	}
	if p.quota == nil {
		return wire.BadRequest("Usage Plan has no quota, so nothing remains of it")
	}
	p.Remaining, p.RemainingOn = &n, p.today
	return nil
}
