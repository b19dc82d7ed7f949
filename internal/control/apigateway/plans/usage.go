package plans

import (
	"context"
	"slices"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/state"
	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/planstore"
	"github.com/gatehouse-gateway/gatehouse/internal/traffic/usageplans"
)

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
	used, err := o.used(ctx, scope, plan, wire.Value(in.KeyId), days)
	if err != nil {
		return nil, err
	}
	out := &wire.Usage{UsagePlanId: &plan.ID, StartDate: in.StartDate, EndDate: in.EndDate, Position: next, Items: make(map[string][][]int64, len(page))}
	for _, k := range page {
		out.Items[k.ID] = usage(plan, k.Membership(plan.ID), used[k.ID], days)
	}
	return out, nil
}

// used returns what the keys of a plan used on some days, and before in the period that the first of them belongs to.
func (o *Operations) used(ctx context.Context, scope state.Scope, plan *definition.UsagePlan, keyID string, days []usageplans.Day) (map[string][]planstore.Used, error) {
	from := days[0]
	if plan.Quota != nil {
		from = periodOf(plan.Quota, from)
	}
	return o.state.Usage.Used(ctx, usageplans.Scope(scope), plan.ID, keyID, from, days[len(days)-1])
}

// periodOf is the first day of the quota's period that a day belongs to.
func periodOf(q *definition.Quota, day usageplans.Day) usageplans.Day {
	return usageplans.DayOf(q.Begin(day.Time()))
}

// usageDays returns the days from start to end, both included. The texts are unconfirmed.
func usageDays(start, end string) ([]usageplans.Day, error) {
	from, err1 := usageplans.ParseDay(start)
	to, err2 := usageplans.ParseDay(end)
	switch {
	case err1 != nil || err2 != nil:
		return nil, wire.BadRequest("Usage Plan startDate and endDate must be formatted as YYYY-MM-DD")
	case to < from:
		return nil, wire.BadRequest("Usage Plan endDate must not be before startDate")
	case to-from >= planstore.HistoryDays:
		return nil, wire.BadRequest("Usage Plan startDate and endDate must not be more than %d days apart", planstore.HistoryDays)
	}
	var days []usageplans.Day
	for day := from; day <= to; day++ {
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

// usage makes the pairs of one key: what it used on each day, and what remained of the quota at the end of it.
func usage(plan *definition.UsagePlan, m *definition.PlanMembership, used []planstore.Used, days []usageplans.Day) [][]int64 {
	pairs := make([][]int64, len(days))
	for i, day := range days {
		pairs[i] = []int64{0, remaining(plan.Quota, m, used, day)}
		for _, u := range used {
			if u.Day == day {
				pairs[i][0] += u.N
			}
		}
	}
	return pairs
}

// remaining is what is left of the quota at the end of a day. What UpdateUsage added or took away counts from its day to the end of
// that period.
func remaining(q *definition.Quota, m *definition.PlanMembership, used []planstore.Used, day usageplans.Day) int64 {
	if q == nil {
		return withoutQuota
	}
	begin := periodOf(q, day)
	left := int64(q.Limit)
	if a := m.Adjusted; a != nil && a.Begin == begin.String() && day.String() >= a.On {
		left += a.Extra
	}
	for _, u := range used {
		if u.Begin == begin && u.Day <= day {
			left -= u.N
		}
	}
	return max(left, 0)
}

// updateUsage sets what remains of the current period for a key of a plan.
func (o *Operations) updateUsage(ctx context.Context, in *wire.UpdateUsageRequest) (*wire.Usage, error) {
	scope, err := state.ScopeOf(ctx)
	if err != nil {
		return nil, err
	}
	plan, err := state.Get(ctx, o.state.Plans, in.UsagePlanId, errNoPlan)
	if err != nil {
		return nil, err
	}
	today := []usageplans.Day{usageplans.DayOf(o.state.Now())}
	all, err := o.used(ctx, scope, plan, wire.Value(in.KeyId), today)
	if err != nil {
		return nil, err
	}
	used := all[wire.Value(in.KeyId)]
	key, err := state.Change(ctx, o.state.Keys, in.KeyId, state.ErrNoKey, func(k *definition.APIKey) error {
		m := k.Membership(plan.ID)
		if m == nil {
			return state.ErrNoKey
		}
		return patchUsage.Apply(&usagePatch{m, plan.Quota, used, today[0]}, in.PatchOperations)
	})
	if err != nil {
		return nil, err
	}
	on, pairs := today[0].String(), usage(plan, key.Membership(plan.ID), used, today)
	return &wire.Usage{UsagePlanId: &plan.ID, StartDate: &on, EndDate: &on, Items: map[string][][]int64{key.ID: pairs}}, nil
}

// usagePatch is the usage of one key of a plan that is patched.
type usagePatch struct {
	*definition.PlanMembership
	quota *definition.Quota
	used  []planstore.Used
	today usageplans.Day
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
	p.Adjusted = nil
	if extra := int64(n) - p.left(); extra != 0 {
		p.Adjusted = &definition.QuotaAdjustment{Extra: extra, Begin: periodOf(p.quota, p.today).String(), On: p.today.String()}
	}
	return nil
}

// left is what remains without an adjustment; less than nothing when there was one before, or the limit was higher.
func (p *usagePatch) left() int64 {
	left, begin := int64(p.quota.Limit), periodOf(p.quota, p.today)
	for _, u := range p.used {
		if u.Begin == begin {
			left -= u.N
		}
	}
	return left
}
