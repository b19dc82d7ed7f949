package app

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/gatehouse-gateway/gatehouse/internal/access/apikeys"
	"github.com/gatehouse-gateway/gatehouse/internal/config"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/traffic"
	"github.com/gatehouse-gateway/gatehouse/internal/traffic/usageplans"
)

// projectKey is an API key of a project's configuration. It has a usage plan of its own, with its id.
type projectKey struct {
	key    *apikeys.Key
	digest apikeys.Digest
	plan   usageplans.Plan
}

// projectKeys reads the keys of a configuration, for one stage.
func projectKeys(c *config.Dev, stage usageplans.Stage) ([]projectKey, error) {
	names := make(map[apikeys.Digest]string)
	var keys []projectKey
	for i := range c.APIKeys {
		k := &c.APIKeys[i]
		value, err := k.Secret()
		if err != nil {
			return nil, err
		}
		p := newProjectKey(k, value, stage)
		if other, taken := names[p.digest]; taken {
			return nil, fmt.Errorf("apiKeys: %s and %s have the same value", other, k.Name)
		}
		names[p.digest] = k.Name
		keys = append(keys, p)
	}
	return keys, nil
}

func newProjectKey(k *config.APIKey, value string, stage usageplans.Stage) projectKey {
	sum := sha256.Sum256([]byte(k.Name))
	id := hex.EncodeToString(sum[:])[:10] // the same after a reload
	p := projectKey{
		key:    &apikeys.Key{ID: id, Enabled: k.Enabled == nil || *k.Enabled, Plans: []apikeys.Membership{{PlanID: id}}},
		digest: apikeys.DigestOf(value),
		plan:   usageplans.Plan{ID: id, Stages: map[usageplans.Stage]map[string]traffic.Limit{stage: nil}},
	}
	if t := k.Throttle; t != nil {
		p.plan.Throttle = &traffic.Limit{Rate: t.RateLimit, Burst: t.BurstLimit}
	}
	if q := k.Quota; q != nil {
		p.plan.Quota = &definition.Quota{Limit: q.Limit, Period: q.Period}
	}
	return p
}

// useKeys makes keys what requests find, instead of those from before. Nothing is stored: counts end with the process, and keys that
// go take theirs with them.
func (d *dev) useKeys(keys []projectKey) {
	ring, tiers := d.env.Keys.In(devAccount, devRegion), d.env.Plans.In(devAccount, devRegion)
	before := d.keys
	d.keys = make(map[string]bool, len(keys))
	for _, k := range keys {
		d.keys[k.key.ID] = true
		tiers.Put(k.plan)
		ring.Put(k.digest, k.key)
	}
	for id := range before {
		if !d.keys[id] {
			ring.Remove(id)
			tiers.Remove(id)
		}
	}
}

// warnOfKeys says that methods ask for keys that nobody has.
func (d *dev) warnOfKeys(api *definition.RestAPI) {
	if len(d.project.config.APIKeys) > 0 {
		return
	}
	asking := 0
	for r := range api.Ordered() {
		for _, m := range r.Methods {
			if m.APIKeyRequired {
				asking++
			}
		}
	}
	if asking > 0 {
		fmt.Fprintf(d.out, "warning: methods that require an API key: %d; %s has no apiKeys, so requests for them are refused\n", asking, d.project.configFile)
	}
}
