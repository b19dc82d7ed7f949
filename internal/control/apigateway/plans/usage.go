package plans

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/state"
	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/engine"
	"github.com/gatehouse-gateway/gatehouse/internal/store"
)

// maxUsageDays bounds the days of one answer, and those that are kept. Spec: control-plane 12.4.
const maxUsageDays = 90

const day = 24 * time.Hour

func usageKey(scope state.Scope, planID, keyID string) string {
	return store.Key(scope.AccountID, scope.Region, planID, keyID)
}

func (o *Operations) dropUsage(ctx context.Context, scope state.Scope, planID, keyID string) error {
	return wire.OrNotFound(o.state.Usage.Delete(ctx, usageKey(scope, planID, keyID), nil), nil)
}

func (o *Operations) getUsage(ctx context.Context, in *wire.GetUsageRequest) (*wire.Usage, error) {
	p, err := o.plan(ctx, in.UsagePlanId)
	if err != nil {
		return nil, err
	}
	first, last, err := usageRange(wire.Value(in.StartDate), wire.Value(in.EndDate))
	if err != nil {
		return nil, err
	}
	keys := slices.Sorted(slices.Values(p.Keys))
	if id := wire.Value(in.KeyId); id != "" {
		if !slices.Contains(keys, id) {
			return nil, errNoKey
		}
		keys = []string{id}
	}
	page, next, err := wire.Page(keys, func(id string) string { return id }, in.Limit, in.Position)
	if err != nil {
		return nil, err
	}
	out, err := o.usage(ctx, p, page, first, last)
	if err != nil {
		return nil, err
	}
	out.Position = next
	return out, nil
}

func usageRange(start, end string) (first, last time.Time, err error) {
	first, err = time.Parse(time.DateOnly, start)
	if err == nil {
		last, err = time.Parse(time.DateOnly, end)
	}
	switch { // the words are (unconfirmed)
	case err != nil:
		return first, last, wire.BadRequest("Usage dates must be of the form yyyy-MM-dd")
	case last.Before(first):
		return first, last, wire.BadRequest("Usage end date must not be before the start date")
	case last.Sub(first) > maxUsageDays*day:
		return first, last, wire.BadRequest("Usage date range must not be more than %d days", maxUsageDays)
	}
	return first, last, nil
}

// usage answers what is left of the quota on each day. Nothing counts requests: none is used.
func (o *Operations) usage(ctx context.Context, p *definition.UsagePlan, keys []string, first, last time.Time) (*wire.Usage, error) {
	scope, err := state.ScopeOf(ctx)
	if err != nil {
		return nil, err
	}
	out := &wire.Usage{
		UsagePlanId: &p.ID, StartDate: wire.Ptr(first.Format(time.DateOnly)), EndDate: wire.Ptr(last.Format(time.DateOnly)),
		Items: make(map[string][][]int64, len(keys)),
	}
	for _, id := range keys {
		granted, err := o.state.Usage.Get(ctx, usageKey(scope, p.ID, id))
		if errors.Is(err, engine.ErrNotFound) {
			granted, err = new(definition.Usage), nil
		}
		if err != nil {
			return nil, err
		}
		for d := first; !d.After(last); d = d.Add(day) {
			out.Items[id] = append(out.Items[id], []int64{0, int64(remaining(p.Quota, granted, d))})
		}
	}
	return out, nil
}

// remaining is what was granted last in the quota period of a day, up to it, or the quota; 0 without a quota (unconfirmed).
func remaining(q *definition.Quota, granted *definition.Usage, d time.Time) int {
	if q == nil {
		return 0
	}
	for at := d; !at.Before(periodStart(q, d)); at = at.Add(-day) {
		if n, ok := granted.Remaining[at.Format(time.DateOnly)]; ok {
			return n
		}
	}
	return q.Limit
}

// periodStart is the first day of the quota period that d is in. Spec: traffic 2.3.
func periodStart(q *definition.Quota, d time.Time) time.Time {
	switch q.Period {
	case "WEEK":
		return d.AddDate(0, 0, -(int(d.Weekday())-q.Offset+7)%7)
	case "MONTH":
		start := time.Date(d.Year(), d.Month(), q.Offset+1, 0, 0, 0, 0, time.UTC)
		if start.After(d) {
			return start.AddDate(0, -1, 0)
		}
		return start
	}
	return d
}

func (o *Operations) updateUsage(ctx context.Context, in *wire.UpdateUsageRequest) (*wire.Usage, error) {
	p, err := o.plan(ctx, in.UsagePlanId)
	if err != nil {
		return nil, err
	}
	id := wire.Value(in.KeyId)
	if !slices.Contains(p.Keys, id) {
		return nil, errNoKey
	}
	scope, err := state.ScopeOf(ctx)
	if err != nil {
		return nil, err
	}
	today := o.state.Now().UTC().Truncate(day)
	left := remainingPatch{left: -1}
	for _, op := range in.PatchOperations {
		if wire.Value(op.Op) != "replace" {
			return nil, wire.BadRequest("Invalid patch path  '%s' specified for op '%s'. Must be one of: []", wire.Value(op.Path), wire.Value(op.Op))
		}
	}
	if err := patchUsage.Apply(&left, in.PatchOperations); err != nil {
		return nil, err
	}
	if left.left >= 0 {
		if p.Quota == nil {
			return nil, wire.BadRequest("Usage Plan %s has no quota", p.ID) // (unconfirmed)
		}
		if err := o.grant(ctx, usageKey(scope, p.ID, id), today, left.left); err != nil {
			return nil, err
		}
	}
	return o.usage(ctx, p, []string{id}, today, today)
}

// grant stores what is left from today on, and forgets what no answer can show.
func (o *Operations) grant(ctx context.Context, key string, today time.Time, left int) error {
	if err := o.state.Usage.Create(ctx, key, new(definition.Usage)); err != nil && !errors.Is(err, engine.ErrExists) {
		return err
	}
	oldest := today.AddDate(0, 0, -maxUsageDays-31).Format(time.DateOnly) // and the month before
	_, err := o.state.Usage.Change(ctx, key, func(u *definition.Usage) error {
		maps.DeleteFunc(u.Remaining, func(at string, _ int) bool { return at < oldest })
		if u.Remaining == nil {
			u.Remaining = make(map[string]int)
		}
		u.Remaining[today.Format(time.DateOnly)] = left
		return nil
	})
	return wire.OrNotFound(err, errNoKey)
}

type remainingPatch struct{ left int }

// patchUsage is the table of control-plane 7.20.
var patchUsage = wire.Table[remainingPatch]{Family: wire.Listed, Rows: []wire.Row[remainingPatch]{
	{Path: "/remaining", Replace: func(r *remainingPatch, op wire.Op) error {
		const bad = "Invalid remaining quota specified" // (unconfirmed)
		n, err := op.Int(bad)
		if err == nil && n < 0 {
			return wire.BadRequest(bad)
		}
		r.left = n
		return err
	}},
}}
