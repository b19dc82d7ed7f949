package plans

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/state"
	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/store"
)

const keyType = "API_KEY"

func (o *Operations) createUsagePlanKey(ctx context.Context, in *wire.CreateUsagePlanKeyRequest) (*wire.UsagePlanKey, error) {
	p, err := o.plan(ctx, in.UsagePlanId)
	if err != nil {
		return nil, err
	}
	if wire.Value(in.KeyType) != keyType {
		return nil, wire.BadRequest("Invalid Key type specified. Valid options are %s", keyType) // (unconfirmed)
	}
	key, err := state.KeyOf(ctx, in.KeyId, errNoKey)
	if err != nil {
		return nil, err
	}
	k, err := o.state.Keys.Get(ctx, key)
	if err != nil {
		return nil, wire.OrNotFound(err, errNoKey)
	}
	scope, err := state.ScopeOf(ctx)
	if err != nil {
		return nil, err
	}
	if err := o.join(ctx, scope, p.ID, k.ID); err != nil {
		return nil, err
	}
	return o.member(key, k)
}

// join makes a key a member of a plan.
func (o *Operations) join(ctx context.Context, scope state.Scope, planID, keyID string) error {
	all, err := o.all(ctx, scope)
	if err != nil {
		return err
	}
	_, err = o.state.Plans.Change(ctx, scope.Key(planID), func(p *definition.UsagePlan) error {
		if slices.Contains(p.Keys, keyID) {
			return wire.Conflict("Usage Plan %s already has API Key %s", p.ID, keyID) // (unconfirmed)
		}
		p.Keys = append(p.Keys, keyID)
		return o.checkMember(all, p, keyID)
	})
	return wire.OrNotFound(err, errNoPlan)
}

// checkMember checks the other plans of a key of p. Two changes of different plans at the same time do not see each other.
func (o *Operations) checkMember(all []store.Item[definition.UsagePlan], p *definition.UsagePlan, keyID string) error {
	plans := int64(1)
	for _, item := range all {
		other := item.Value
		if other.ID == p.ID || !slices.Contains(other.Keys, keyID) {
			continue
		}
		plans++
		for _, s := range p.APIStages {
			if covers(other, s.APIID, s.Stage) {
				return errTwoPlans(keyID, s)
			}
		}
	}
	if most := o.state.Limits.PlansPerKey; plans > most {
		return wire.LimitExceeded("Maximum number of Usage Plans for this API Key has been reached. The limit is %d.", most)
	}
	return nil
}

func covers(p *definition.UsagePlan, apiID, stage string) bool {
	return slices.ContainsFunc(p.APIStages, func(s definition.PlanStage) bool { return s.APIID == apiID && s.Stage == stage })
}

func (o *Operations) getUsagePlanKey(ctx context.Context, in *wire.GetUsagePlanKeyRequest) (*wire.UsagePlanKey, error) {
	p, err := o.plan(ctx, in.UsagePlanId)
	if err != nil {
		return nil, err
	}
	key, err := state.KeyOf(ctx, in.KeyId, errNoKey)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(p.Keys, *in.KeyId) {
		return nil, errNoKey
	}
	k, err := o.state.Keys.Get(ctx, key)
	if err != nil {
		return nil, wire.OrNotFound(err, errNoKey)
	}
	return o.member(key, k)
}

// getUsagePlanKeys answers an unknown plan with an empty list, as the service does.
func (o *Operations) getUsagePlanKeys(ctx context.Context, in *wire.GetUsagePlanKeysRequest) (*wire.UsagePlanKeys, error) {
	scope, err := state.ScopeOf(ctx)
	if err != nil {
		return nil, err
	}
	members := make(map[string]bool)
	p, err := o.plan(ctx, in.UsagePlanId)
	if err != nil && !errors.Is(err, errNoPlan) {
		return nil, err
	}
	if err == nil {
		for _, id := range p.Keys {
			members[id] = true
		}
	}
	chosen, err := o.choose(ctx, scope, func(k *keySummary) bool {
		return members[k.ID] && strings.HasPrefix(k.Name, wire.Value(in.NameQuery))
	})
	if err != nil {
		return nil, err
	}
	page, next, err := wire.Page(chosen, func(k *keySummary) string { return newestFirst(k.Seq, k.ID) }, in.Limit, in.Position)
	if err != nil {
		return nil, err
	}
	out := &wire.UsagePlanKeys{Items: make([]wire.UsagePlanKey, 0, len(page)), Position: next}
	err = o.each(ctx, scope, page, func(key string, k *definition.APIKey) error {
		shown, err := o.member(key, k)
		if err == nil {
			out.Items = append(out.Items, *shown)
		}
		return err
	})
	return out, err
}

func (o *Operations) deleteUsagePlanKey(ctx context.Context, in *wire.DeleteUsagePlanKeyRequest) (*wire.None, error) {
	p, err := o.plan(ctx, in.UsagePlanId)
	if err != nil {
		return nil, err
	}
	scope, err := state.ScopeOf(ctx)
	if err != nil {
		return nil, err
	}
	return nil, o.leave(ctx, scope, p.ID, wire.Value(in.KeyId))
}

// leave takes a key out of a plan.
func (o *Operations) leave(ctx context.Context, scope state.Scope, planID, keyID string) error {
	_, err := o.state.Plans.Change(ctx, scope.Key(planID), func(p *definition.UsagePlan) error {
		i := slices.Index(p.Keys, keyID)
		if i < 0 {
			return errNoKey
		}
		p.Keys = slices.Delete(p.Keys, i, i+1)
		return nil
	})
	if err != nil {
		return wire.OrNotFound(err, errNoPlan)
	}
	return o.dropUsage(ctx, scope, planID, keyID)
}

// leaveAll takes a key that is gone out of all plans.
func (o *Operations) leaveAll(ctx context.Context, scope state.Scope, keyID string) error {
	all, err := o.all(ctx, scope)
	if err != nil {
		return err
	}
	for _, item := range all {
		if !slices.Contains(item.Value.Keys, keyID) {
			continue
		}
		if err := o.leave(ctx, scope, item.Value.ID, keyID); err != nil && !errors.Is(err, errNoKey) && !errors.Is(err, errNoPlan) {
			return err
		}
	}
	return nil
}

// member is a key as a plan shows it.
func (o *Operations) member(key string, k *definition.APIKey) (*wire.UsagePlanKey, error) {
	value, err := o.value(key, k)
	if err != nil {
		return nil, err
	}
	return &wire.UsagePlanKey{Id: &k.ID, Type: wire.Ptr(keyType), Value: value, Name: wire.NonZero(k.Name)}, nil
}
