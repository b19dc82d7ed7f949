package plans

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/state"
	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
)

// keyType is the only type of a plan's key.
const keyType = "API_KEY"

func (o *Operations) createUsagePlanKey(ctx context.Context, in *wire.CreateUsagePlanKeyRequest) (*wire.UsagePlanKey, error) {
	scope, err := state.ScopeOf(ctx)
	if err != nil {
		return nil, err
	}
	if wire.Value(in.KeyType) != keyType {
		return nil, wire.BadRequest("Invalid Usage Plan Key type specified. Valid options are %s", keyType) // (unconfirmed)
	}
	key, err := o.join(ctx, wire.Value(in.UsagePlanId), wire.Value(in.KeyId))
	if err != nil {
		return nil, err
	}
	return o.shownPlanKey(scope, key)
}

// join makes a key a member of a plan. What a key may not have twice is checked in the write of the key.
func (o *Operations) join(ctx context.Context, planID, keyID string) (*definition.APIKey, error) {
	plan, err := state.Get(ctx, o.state.Plans, &planID, errNoPlan)
	if err != nil {
		return nil, err
	}
	return state.Change(ctx, o.state.Keys, &keyID, state.ErrNoKey, func(k *definition.APIKey) error {
		if k.Membership(planID) != nil {
			return wire.Conflict("Usage Plan %s already has the API Key %s", planID, k.ID) // (unconfirmed)
		}
		others, err := o.otherPlans(ctx, k, planID)
		if err != nil {
			return err
		}
		if most := o.state.Limits.PlansPerKey; int64(len(others)) >= most {
			return wire.LimitExceeded("Maximum number of Usage Plans for API Key %s has been reached. The limit is %d.", k.ID, most)
		}
		for _, s := range plan.APIStages {
			if err := checkOnce(k.ID, others, s.APIID, s.Stage); err != nil {
				return err
			}
		}
		k.Plans = append(k.Plans, definition.PlanMembership{PlanID: planID})
		return nil
	})
}

// otherPlans returns the plans of a key besides one.
func (o *Operations) otherPlans(ctx context.Context, key *definition.APIKey, planID string) ([]*definition.UsagePlan, error) {
	var plans []*definition.UsagePlan
	for _, m := range key.Plans {
		if m.PlanID == planID {
			continue
		}
		plan, err := state.Get(ctx, o.state.Plans, &m.PlanID, errNoPlan)
		if err != nil && !errors.Is(err, errNoPlan) {
			return nil, err
		}
		if err == nil {
			plans = append(plans, plan)
		}
	}
	return plans, nil
}

// checkOnce refuses a second plan that covers a stage for one key. Spec: traffic 2.1; the text is unconfirmed.
func checkOnce(keyID string, others []*definition.UsagePlan, api, stage string) error {
	for _, other := range others {
		if other.Covers(api, stage) {
			return wire.Conflict("%s cannot reference multiple Usage Plans with the same API stage: %s:%s", keyID, api, stage)
		}
	}
	return nil
}

// checkMembers asks checkOnce for every key of a plan that a stage is added to.
func (o *Operations) checkMembers(ctx context.Context, planID, api, stage string) error {
	scope, err := state.ScopeOf(ctx)
	if err != nil {
		return err
	}
	members, err := o.members(ctx, scope, planID)
	if err != nil || len(members) == 0 {
		return err
	}
	all, err := state.List(ctx, o.state.Plans)
	if err != nil {
		return err
	}
	for _, item := range all {
		if item.Value.ID == planID || !item.Value.Covers(api, stage) {
			continue
		}
		if i := slices.IndexFunc(members, func(k *definition.APIKey) bool { return k.Membership(item.Value.ID) != nil }); i >= 0 {
			return checkOnce(members[i].ID, []*definition.UsagePlan{item.Value}, api, stage)
		}
	}
	return nil
}

// shownPlanKey is a key of a plan; its value is always shown. Recorded.
func (o *Operations) shownPlanKey(scope state.Scope, key *definition.APIKey) (*wire.UsagePlanKey, error) {
	value, err := o.state.KeyValue(scope, key)
	if err != nil {
		return nil, err
	}
	return &wire.UsagePlanKey{Id: &key.ID, Type: wire.Ptr(keyType), Value: &value, Name: wire.NonZero(key.Name)}, nil
}

func (o *Operations) getUsagePlanKey(ctx context.Context, in *wire.GetUsagePlanKeyRequest) (*wire.UsagePlanKey, error) {
	scope, err := state.ScopeOf(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := state.Get(ctx, o.state.Plans, in.UsagePlanId, errNoPlan); err != nil {
		return nil, err
	}
	key, err := state.Get(ctx, o.state.Keys, in.KeyId, state.ErrNoKey)
	if err != nil {
		return nil, err
	}
	if key.Membership(*in.UsagePlanId) == nil {
		return nil, state.ErrNoKey
	}
	return o.shownPlanKey(scope, key)
}

// getUsagePlanKeys lists the newest keys first. A plan that does not exist has no keys. Recorded.
func (o *Operations) getUsagePlanKeys(ctx context.Context, in *wire.GetUsagePlanKeysRequest) (*wire.UsagePlanKeys, error) {
	scope, err := state.ScopeOf(ctx)
	if err != nil {
		return nil, err
	}
	out := &wire.UsagePlanKeys{Items: []wire.UsagePlanKey{}}
	if _, err := state.Get(ctx, o.state.Plans, in.UsagePlanId, errNoPlan); err != nil {
		if errors.Is(err, errNoPlan) {
			return out, nil
		}
		return nil, err
	}
	all, err := o.members(ctx, scope, *in.UsagePlanId)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(k *definition.APIKey) bool { return !strings.HasPrefix(k.Name, wire.Value(in.NameQuery)) })
	page, next, err := wire.Page(all, keyOrder, in.Limit, in.Position)
	if err != nil {
		return nil, err
	}
	out.Position = next
	for _, summary := range page {
		key, err := o.state.Keys.Get(ctx, scope.Key(summary.ID))
		gone, err := deletedMeanwhile(err)
		if err != nil {
			return nil, err
		}
		if gone {
			continue
		}
		shown, err := o.shownPlanKey(scope, key)
		if err != nil {
			return nil, err
		}
		out.Items = append(out.Items, *shown)
	}
	return out, nil
}

func (o *Operations) deleteUsagePlanKey(ctx context.Context, in *wire.DeleteUsagePlanKeyRequest) (*wire.None, error) {
	if _, err := state.Get(ctx, o.state.Plans, in.UsagePlanId, errNoPlan); err != nil {
		return nil, err
	}
	return nil, o.leave(ctx, *in.UsagePlanId, wire.Value(in.KeyId))
}

// leave takes a key out of a plan.
func (o *Operations) leave(ctx context.Context, planID, keyID string) error {
	_, err := state.Change(ctx, o.state.Keys, &keyID, state.ErrNoKey, func(k *definition.APIKey) error {
		if k.Membership(planID) == nil {
			return state.ErrNoKey
		}
		k.Plans = slices.DeleteFunc(k.Plans, func(m definition.PlanMembership) bool { return m.PlanID == planID })
		return nil
	})
	return err
}
