package restapi

import (
	"context"
	"fmt"

	"github.com/gatehouse-gateway/gatehouse/http1"
	"github.com/gatehouse-gateway/gatehouse/internal/access/apikeys"
	"github.com/gatehouse-gateway/gatehouse/internal/observe"
	"github.com/gatehouse-gateway/gatehouse/internal/traffic/usageplans"
)

// keyHeader is where clients send their API key.
const keyHeader = "x-api-key"

// keyCheck is the step of a method that asks for an API key: the key must exist, be enabled, and belong to a usage plan with the stage;
// then the plan decides. Keys and plans are those of now, not of the deployment. Spec: traffic 1.3, 3.1, 3.2.
type keyCheck struct {
	ring       *apikeys.Ring
	tiers      *usageplans.Tiers
	stage      usageplans.Stage
	methods    [verbs][2]string // how plans name the method, by the verb of the request
	resourceID string
	path       string
}

// compileKey prepares the step of row 11; nil: the method asks for no key.
func (c *methodCompiler) compileKey() *keyCheck {
	if !c.def.APIKeyRequired || c.testing {
		return nil
	}
	if c.env.Keys == nil || c.env.Plans == nil {
		c.problems.Refusef(c.def.Origin, "methods that require an API key need API keys and usage plans, which are not available here")
		return nil
	}
	k := &keyCheck{
		ring: c.env.Keys.In(c.env.AccountID, c.env.Region), tiers: c.env.Plans.In(c.env.AccountID, c.env.Region),
		stage: usageplans.Stage{APIID: c.api.ID, Name: c.stage.name}, resourceID: c.resource.ID, path: c.resource.Path,
	}
	for v := range verbs { // an entry for the verb comes before one for ANY (unconfirmed)
		k.methods[v] = [2]string{c.resource.Path + "/" + verbNames[v], c.resource.Path + "/" + c.name}
	}
	return k
}

// apiKey is the step of row 11.
func (c *methodCompiler) apiKey() step {
	if c.key == nil {
		return nil
	}
	return c.key.check
}

// The refusals of API keys and their plans, as they are when nobody asks why.
var (
	wrongKey  = refuse(invalidAPIKey)
	tooFast   = refuse(throttled)
	overQuota = refuse(quotaExceeded)
)

// check refuses who has no key for the stage, and what the plan of the key has no room for. It fills the caller.
func (k *keyCheck) check(_ context.Context, x *exchange) *refusal {
	k.identify(x)
	tier, member := k.tier(x.key)
	if tier == nil {
		r := k.refuseKey(x)
		x.apiKey, x.key = "", nil
		return r
	}
	v := tier.Admit(&usageplans.Request{
		KeyID: x.key.ID, Stage: k.stage, Methods: k.methods[x.verb], At: x.wire.Request.Received,
		Extra: member.Extra, ExtraIn: usageplans.Day(member.ExtraIn),
	})
	if v.Refused == usageplans.Admitted {
		return nil
	}
	return k.refuseTier(x, tier, v)
}

// identify finds the key that came with the request.
func (k *keyCheck) identify(x *exchange) {
	if x.apiKey = x.sentKey(); x.apiKey != "" {
		x.key = k.ring.Find(x.apiKey)
	}
	if x.key != nil && x.log != nil {
		x.log.key = x.apiKey
	}
}

// sentKey is the value of the key that came with the request, or "": from its header, the first one, or from its authorizer.
func (x *exchange) sentKey() string {
	if !x.stage.keyByAuthorizer {
		return firstHeader(x.wire.Request.Header, keyHeader)
	}
	if x.authorized == nil {
		return ""
	}
	return x.authorized.UsageIdentifier.Value()
}

func firstHeader(h http1.Header, name string) string {
	for i := range h {
		if http1.EqualFold(h[i].Name, name) {
			return h[i].Value
		}
	}
	return ""
}

// tier finds the usage plan that lets a key call the stage. There is no second one: the management API sees to that.
func (k *keyCheck) tier(key *apikeys.Key) (*usageplans.Tier, apikeys.Membership) {
	if key == nil || !key.Enabled {
		return nil, apikeys.Membership{}
	}
	for _, m := range key.Plans {
		if t := k.tiers.Tier(m.PlanID); t != nil && t.Covers(k.stage) {
			return t, m
		}
	}
	return nil, apikeys.Membership{}
}

// refuseKey says the same to every client, and to the operator which stage the key is not for. Spec: observability 3.3.
func (k *keyCheck) refuseKey(x *exchange) *refusal {
	if !x.explained() {
		return wrongKey
	}
	return wrongKey.with(fmt.Sprintf("API Key %s not authorized because method '%s %s' requires API Key and API Key is not associated with a Usage Plan for API Stage %s/%s: No Usage Plan found for key and API Stage",
		masked(x.apiKey), x.httpMethod(), k.path, k.stage.APIID, k.stage.Name))
}

// refuseTier refuses what is too fast or too much for a plan. The wording for quotas is unconfirmed. Spec: observability 3.3.
func (k *keyCheck) refuseTier(x *exchange, tier *usageplans.Tier, v usageplans.Verdict) *refusal {
	r := tooFast
	if v.Refused == usageplans.OverQuota {
		r = overQuota
	}
	switch {
	case !x.explained():
		return r
	case r == tooFast:
		return r.with(throttleReason(k.stage, k.resourceID, x.httpMethod(), v.Limit))
	}
	return r.with(fmt.Sprintf("Key quota limit exceeded for RestApi %s, Stage %s, Resource %s, HttpMethod %s. Limit: %d Period: %s",
		k.stage.APIID, k.stage.Name, k.resourceID, x.httpMethod(), tier.Quota.Limit, tier.Quota.Period))
}

// explained reports whether somebody reads why a request is refused.
func (x *exchange) explained() bool { return x.log != nil || x.env.Recorder != observe.Discard }

// keyID is the id of the request's API key, "" when it has none.
func (x *exchange) keyID() string {
	if x.key == nil {
		return ""
	}
	return x.key.ID
}

// shownKey is the request's API key in an event; in an event for the log its last characters.
func (x *exchange) shownKey() string {
	if x.masking {
		return masked(x.apiKey)
	}
	return x.apiKey
}
