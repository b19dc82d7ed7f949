package planstore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/internal/access/apikeys"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/seal"
	"github.com/gatehouse-gateway/gatehouse/internal/store"
	"github.com/gatehouse-gateway/gatehouse/internal/traffic/usageplans"
)

// Options are what a Store is made of. All are required.
type Options struct {
	Keys  *store.Collection[definition.APIKey]    // by account/region/id
	Plans *store.Collection[definition.UsagePlan] // by account/region/id
	Box   *seal.Box                               // opens the values of keys
	// Rings and Tiers are what requests look into; nobody else puts anything there.
	Rings *apikeys.Keys
	Tiers *usageplans.Plans
}

// Store makes stored keys and plans what requests find. It is safe for concurrent use.
type Store struct {
	Options
	keys  *followed[definition.APIKey]
	plans *followed[definition.UsagePlan]
}

// New returns a Store that has read nothing yet.
func New(o Options) *Store {
	s := &Store{Options: o}
	s.keys = newFollowed("API keys", o.Keys, s.putKey, func(at place) { o.Rings.In(at.account, at.region).Remove(at.id) })
	s.plans = newFollowed("usage plans", o.Plans, s.putPlan, func(at place) { o.Tiers.In(at.account, at.region).Remove(at.id) })
	return s
}

// Load reads every key and plan. What cannot be read is logged, and lets nobody in; an error means that the store could not even list
// them.
func (s *Store) Load(ctx context.Context) error {
	return errors.Join(s.plans.follower.Load(ctx), s.keys.follower.Load(ctx))
}

// Run follows the changes until ctx ends or the store does, and returns why.
func (s *Store) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan error, 2)
	go func() { ended <- s.keys.follower.Run(ctx) }()
	go func() { ended <- s.plans.follower.Run(ctx) }()
	err := <-ended
	cancel()
	return cmp.Or(err, <-ended)
}

// RefreshKey makes the newest revision of a key, account/region/id, what requests find. When it returns nil, every request that begins
// from then on finds that revision or a newer one.
func (s *Store) RefreshKey(ctx context.Context, key string) error { return s.keys.refresh(ctx, key) }

// RefreshPlan is RefreshKey for a usage plan.
func (s *Store) RefreshPlan(ctx context.Context, key string) error { return s.plans.refresh(ctx, key) }

// SealName is the name under which the value of the key at account/region/id is sealed, and with account/region/ that under which values
// have their digests.
func SealName(key string) string { return "api-key/" + key }

// putKey opens the value of a key only to take its digest.
func (s *Store) putKey(at place, def *definition.APIKey) error {
	if def.ID != at.id {
		return fmt.Errorf("the document is of key %q", def.ID)
	}
	value, err := s.Box.Unseal(SealName(at.key), def.Value)
	if err != nil {
		return err
	}
	k := &apikeys.Key{ID: strings.Clone(def.ID), Enabled: def.Enabled}
	for _, m := range def.Plans {
		member := apikeys.Membership{PlanID: strings.Clone(m.PlanID)}
		if m.Adjusted != nil {
			begin, err := usageplans.ParseDay(m.Adjusted.Begin)
			if err != nil {
				return fmt.Errorf("usage plan %s: %w", m.PlanID, err)
			}
			member.Extra, member.ExtraIn = m.Adjusted.Extra, int32(begin)
		}
		k.Plans = append(k.Plans, member)
	}
	s.Rings.In(at.account, at.region).Put(apikeys.DigestOf(string(value)), k)
	return nil
}

func (s *Store) putPlan(at place, def *definition.UsagePlan) error {
	if def.ID != at.id {
		return fmt.Errorf("the document is of usage plan %q", def.ID)
	}
	s.Tiers.In(at.account, at.region).Put(usageplans.NewPlan(def))
	return nil
}

// failed tells what is not in use as it is stored.
func failed(ctx context.Context, key string, err error) {
	slog.ErrorContext(ctx, "an API key or usage plan is not in use as it is stored", "key", key, "error", err)
}
