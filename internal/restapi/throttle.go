package restapi

import (
	"context"
	"fmt"

	"github.com/gatehouse-gateway/gatehouse/internal/traffic"
	"github.com/gatehouse-gateway/gatehouse/internal/traffic/usageplans"
)

// throttle is the step of a method whose settings limit its requests. Spec: traffic 3.2, level 2.
type throttle struct {
	bucket  *traffic.Bucket
	refused [verbs]*refusal // by the verb of the request; made once, so that refusing a flood costs nothing
}

// take takes a token for the request, by the time it arrived at.
func (t *throttle) take(_ context.Context, x *exchange) *refusal {
	if t.bucket.Take(x.wire.Request.Received) {
		return nil
	}
	return t.refused[x.verb]
}

// throttle compiles the step. The bucket belongs to the method of the stage, whichever deployment it comes from: a canary
// shares it. Spec: traffic 3.3, 6.4.
func (c *methodCompiler) throttle() step {
	limit, ok := throttleOf(c.own)
	if !ok {
		return nil
	}
	t := &throttle{bucket: c.throttles.Bucket(traffic.Key{
		AccountID: c.env.AccountID, Region: c.env.Region, APIID: c.api.ID, Stage: c.stage.name, Path: c.resource.Path, Method: c.name,
	}, limit)}
	for v := range verbs {
		if c.name != "ANY" && v != verbOf(c.name) {
			continue
		}
		t.refused[v] = tooFast.with(throttleReason(usageplans.Stage{APIID: c.api.ID, Name: c.stage.name}, c.resource.ID, verbNames[v], limit))
	}
	return t.take
}

// throttleReason is the line of the log. The service writes of keys whether there is one or not. Spec: observability 3.3.
func throttleReason(stage usageplans.Stage, resourceID, verb string, limit traffic.Limit) string {
	return fmt.Sprintf("Key throttle limit exceeded for RestApi %s, Stage %s, Resource %s, HttpMethod %s. Limit: %.2f Burst: %d",
		stage.APIID, stage.Name, resourceID, verb, limit.Rate, limit.Burst)
}
