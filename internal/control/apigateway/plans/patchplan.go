package plans

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/state"
	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
)

func (o *Operations) updateUsagePlan(ctx context.Context, in *wire.UpdateUsagePlanRequest) (*wire.UsagePlan, error) {
	plan, err := state.Change(ctx, o.state.Plans, in.UsagePlanId, errNoPlan, func(p *definition.UsagePlan) error {
		if err := patchPlan.Apply(&planPatch{p, ctx, o}, in.PatchOperations); err != nil {
			return err
		}
		return o.checkPlan(p)
	})
	if err != nil {
		return nil, err
	}
	return taggedPlan(plan), nil
}

// planPatch is a plan that is patched.
type planPatch struct {
	*definition.UsagePlan
	ctx context.Context
	o   *Operations
}

// patchPlan is the table of control-plane 7.21, in the order of the service's messages; the spelling apidId is theirs.
var patchPlan = wire.Table[planPatch]{Family: wire.Listed, Rows: []wire.Row[planPatch]{
	{Path: "/apiStages", Add: addStage, Remove: removeStage},
	{Path: "/quota", Remove: func(p *planPatch, _ wire.Op) error { p.Quota = nil; return nil }},
	{Path: "/throttle", Remove: func(p *planPatch, _ wire.Op) error { p.Throttle = nil; return nil }},
	{Path: "/name", Replace: wire.Text(func(p *planPatch) *string { return &p.Name })},
	{Path: "/description", Replace: wire.Text(func(p *planPatch) *string { return &p.Description })},
	{
		Path: "/productCode", Add: wire.Text(productCode), Replace: wire.Text(productCode),
		Remove: func(p *planPatch, _ wire.Op) error { p.ProductCode = ""; return nil },
	},
	{Path: "/quota/limit", Add: quotaLimit, Replace: quotaLimit},
	{Path: "/quota/offset", Add: quotaOffset, Replace: quotaOffset},
	{Path: "/quota/period", Add: quotaPeriod, Replace: quotaPeriod},
	{Path: "/throttle/rateLimit", Add: planThrottle(rateLimit), Replace: planThrottle(rateLimit)},
	{Path: "/throttle/burstLimit", Add: planThrottle(burstLimit), Replace: planThrottle(burstLimit)},
	{
		Path: "/apiStages/*/throttle/**/rateLimit", Shown: "/apiStages/<apidId:stageName>/throttle/<resourcePath>/<httpMethod>/rateLimit",
		Add: methodThrottle(rateLimit), Replace: methodThrottle(rateLimit),
	},
	{
		Path: "/apiStages/*/throttle/**/burstLimit", Shown: "/apiStages/<apidId:stageName>/throttle/<resourcePath>/<httpMethod>/burstLimit",
		Add: methodThrottle(burstLimit), Replace: methodThrottle(burstLimit),
	},
	{
		Path: "/apiStages/*/throttle/**", Shown: "/apiStages/<apidId:stageName>/throttle/<resourcePath>/<httpMethod>",
		Remove: removeMethodThrottle,
	},
	{
		Path: "/apiStages/*/throttle", Shown: "/apiStages/<apidId:stageName>/throttle",
		Add: replaceThrottles, Replace: replaceThrottles, Remove: removeThrottles,
	},
}}

func productCode(p *planPatch) *string { return &p.ProductCode }

// splitStage takes "{apiId}:{stage}" apart.
func splitStage(text string) (api, stage string, err error) {
	api, stage, ok := strings.Cut(text, ":")
	if !ok {
		return "", "", wire.BadRequest("Invalid API Stage specified")
	}
	return api, stage, nil
}

func addStage(p *planPatch, op wire.Op) error {
	api, stage, err := splitStage(op.Text())
	if err != nil {
		return err
	}
	if err := p.o.checkStage(p.ctx, api, stage, errPlanStage(api, stage, p.ID)); err != nil {
		return err
	}
	if p.Covers(api, stage) {
		return nil
	}
	if err := p.o.checkMembers(p.ctx, p.ID, api, stage); err != nil {
		return err
	}
	p.APIStages = append(p.APIStages, definition.PlanStage{APIID: api, Stage: stage})
	return nil
}

// removeStage answers a stage that the plan does not have like one that does not exist. Recorded.
func removeStage(p *planPatch, op wire.Op) error {
	api, stage, err := splitStage(op.Text())
	if err != nil {
		return err
	}
	if !p.Covers(api, stage) {
		return errPlanStage(api, stage, p.ID)
	}
	p.APIStages = slices.DeleteFunc(p.APIStages, func(s definition.PlanStage) bool { return s.APIID == api && s.Stage == stage })
	return nil
}

func (p *planPatch) quota() *definition.Quota {
	if p.Quota == nil {
		p.Quota = new(definition.Quota)
	}
	return p.Quota
}

func quotaLimit(p *planPatch, op wire.Op) (err error) {
	p.quota().Limit, err = op.Int("Usage Plan quota limit must be an integer")
	return err
}

func quotaOffset(p *planPatch, op wire.Op) (err error) {
	p.quota().Offset, err = op.Int("Usage Plan quota offset must be an integer")
	return err
}

func quotaPeriod(p *planPatch, op wire.Op) error {
	p.quota().Period = op.Text()
	return nil
}

// A limit stores one value of a throttle.
type limit func(*definition.Throttle, wire.Op) error

func rateLimit(t *definition.Throttle, op wire.Op) (err error) {
	t.RateLimit, err = op.Float("Usage Plan throttle rateLimit must be a number")
	return err
}

func burstLimit(t *definition.Throttle, op wire.Op) (err error) {
	t.BurstLimit, err = op.Int("Usage Plan throttle burstLimit must be an integer")
	return err
}

func planThrottle(set limit) func(*planPatch, wire.Op) error {
	return func(p *planPatch, op wire.Op) error {
		if p.Throttle == nil {
			p.Throttle = new(definition.Throttle)
		}
		return set(p.Throttle, op)
	}
}

// stage finds the stage that a path names in its second part.
func (p *planPatch) stage(op wire.Op) (*definition.PlanStage, error) {
	api, stage, err := splitStage(op.Parts[1])
	if err != nil {
		return nil, err
	}
	s := p.Stage(api, stage)
	if s == nil {
		return nil, errPlanStage(api, stage, p.ID)
	}
	return s, nil
}

// throttleKey is how methods are named: "/pets/GET", "//GET" for the root. Clients send it escaped, with one slash too few, or
// with all of them. Spec: control-plane 7.21.
func throttleKey(text string) string {
	if !strings.HasPrefix(text, "/") {
		return "/" + text
	}
	return text
}

func methodThrottle(set limit) func(*planPatch, wire.Op) error {
	return func(p *planPatch, op wire.Op) error {
		s, err := p.stage(op)
		if err != nil {
			return err
		}
		key := throttleKey(strings.Join(op.Parts[3:len(op.Parts)-1], "/"))
		t := s.Throttle[key]
		if err := set(&t, op); err != nil {
			return err
		}
		if s.Throttle == nil {
			s.Throttle = make(map[string]definition.Throttle)
		}
		s.Throttle[key] = t
		return nil
	}
}

func removeMethodThrottle(p *planPatch, op wire.Op) error {
	s, err := p.stage(op)
	if err != nil {
		return err
	}
	delete(s.Throttle, throttleKey(strings.Join(op.Parts[3:], "/")))
	return nil
}

// replaceThrottles takes the text of a JSON object: {"/pets/GET":{"rateLimit":1.0,"burstLimit":1}}.
func replaceThrottles(p *planPatch, op wire.Op) error {
	s, err := p.stage(op)
	if err != nil {
		return err
	}
	var throttles map[string]definition.Throttle
	d := json.NewDecoder(strings.NewReader(op.Text()))
	d.DisallowUnknownFields()
	if err := d.Decode(&throttles); err != nil || d.More() {
		return wire.BadRequest("Invalid throttle settings specified for API Stage %s", op.Parts[1]) // (unconfirmed)
	}
	s.Throttle = make(map[string]definition.Throttle, len(throttles))
	for key, t := range throttles {
		s.Throttle[throttleKey(key)] = t
	}
	return nil
}

func removeThrottles(p *planPatch, op wire.Op) error {
	s, err := p.stage(op)
	if err != nil {
		return err
	}
	s.Throttle = nil
	return nil
}
