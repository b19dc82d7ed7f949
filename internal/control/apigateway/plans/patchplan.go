package plans

import (
	"context"
	"encoding/json"
	"math"
	"slices"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/state"
	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/store"
)

const badStage = "Invalid API Stage specified"

// planPatch is a plan that is patched.
type planPatch struct {
	*definition.UsagePlan
	ctx context.Context // of the call: a stage that is added must exist
	all []store.Item[definition.UsagePlan]
	o   *Operations
}

type planAction = func(*planPatch, wire.Op) error

func (o *Operations) updateUsagePlan(ctx context.Context, in *wire.UpdateUsagePlanRequest) (*wire.UsagePlan, error) {
	key, err := state.KeyOf(ctx, in.UsagePlanId, errNoPlan)
	if err != nil {
		return nil, err
	}
	scope, err := state.ScopeOf(ctx)
	if err != nil {
		return nil, err
	}
	all, err := o.all(ctx, scope)
	if err != nil {
		return nil, err
	}
	ops := slices.Clone(in.PatchOperations)
	for i := range ops {
		if ops[i].Path != nil {
			ops[i].Path = wire.Ptr(throttlePath(*ops[i].Path))
		}
	}
	p, err := o.state.Plans.Change(ctx, key, func(p *definition.UsagePlan) error {
		if err := patchPlan.Apply(&planPatch{p, ctx, all, o}, ops); err != nil {
			return err
		}
		return o.checkPlan(p)
	})
	if err != nil {
		return nil, wire.OrNotFound(err, errNoPlan)
	}
	return taggedPlan(p), nil
}

// throttlePath makes the resource path within the path of a method throttle one escaped part, however it was sent: Terraform
// sends /apiStages/a:dev/throttle//pets/GET/rateLimit, others ~1pets or pets. Spec: control-plane 7.21.
func throttlePath(path string) string {
	const before, middle = "/apiStages/", "/throttle/"
	rest, ok := strings.CutPrefix(path, before)
	stage, at, found := strings.Cut(rest, middle)
	if !ok || !found || strings.Contains(stage, "/") {
		return path
	}
	end := ""
	for _, limit := range [...]string{"/rateLimit", "/burstLimit"} {
		if cut, ok := strings.CutSuffix(at, limit); ok {
			at, end = cut, limit
			break
		}
	}
	i := strings.LastIndexByte(at, '/')
	if i < 0 {
		return path
	}
	resource := wire.Unescape(at[:i])
	if !strings.HasPrefix(resource, "/") {
		resource = "/" + resource
	}
	resource = strings.ReplaceAll(strings.ReplaceAll(resource, "~", "~0"), "/", "~1")
	return before + stage + middle + resource + at[i:] + end
}

// patchPlan is the table of control-plane 7.21; the order is that of the messages.
var patchPlan = wire.Table[planPatch]{Family: wire.Listed, Rows: []wire.Row[planPatch]{
	{Path: "/name", Replace: func(p *planPatch, op wire.Op) error {
		if op.Text() == "" {
			return wire.BadRequest("Usage plan name cannot be blank") // (unconfirmed)
		}
		p.Name = op.Text()
		return nil
	}},
	{Path: "/description", Replace: wire.Text(func(p *planPatch) *string { return &p.Description })},
	{Path: "/apiStages", Add: addStage, Remove: removeStage},
	{Path: "/quota", Remove: func(p *planPatch, _ wire.Op) error { p.Quota = nil; return nil }},
	{Path: "/quota/limit", Add: setQuota, Replace: setQuota},
	{Path: "/quota/offset", Add: setQuota, Replace: setQuota},
	{Path: "/quota/period", Add: setQuota, Replace: setQuota},
	{Path: "/throttle", Remove: func(p *planPatch, _ wire.Op) error { p.Throttle = nil; return nil }},
	{Path: "/throttle/rateLimit", Add: setThrottle, Replace: setThrottle},
	{Path: "/throttle/burstLimit", Add: setThrottle, Replace: setThrottle},
	{
		Path: "/productCode", Add: wire.Text(func(p *planPatch) *string { return &p.ProductCode }),
		Replace: wire.Text(func(p *planPatch) *string { return &p.ProductCode }),
		Remove:  func(p *planPatch, _ wire.Op) error { p.ProductCode = ""; return nil },
	},
	{Path: "/apiStages/*/throttle/*/*", Remove: onStage(removeMethod), Shown: "/apiStages/<apidId:stageName>/throttle/<resourcePath>/<httpMethod>"},
	{
		Path: "/apiStages/*/throttle/*/*/rateLimit", Add: onStage(setMethod), Replace: onStage(setMethod),
		Shown: "/apiStages/<apidId:stageName>/throttle/<resourcePath>/<httpMethod>/rateLimit",
	},
	{
		Path: "/apiStages/*/throttle/*/*/burstLimit", Add: onStage(setMethod), Replace: onStage(setMethod),
		Shown: "/apiStages/<apidId:stageName>/throttle/<resourcePath>/<httpMethod>/burstLimit",
	},
	{
		Path: "/apiStages/*/throttle", Add: onStage(setMethods), Replace: onStage(setMethods),
		Remove: onStage(func(s *definition.PlanStage, _ wire.Op) error { s.Throttle = nil; return nil }),
		Shown:  "/apiStages/<apidId:stageName>/throttle",
	},
}}

func splitStage(text string) (apiID, stage string, err error) {
	apiID, stage, ok := strings.Cut(text, ":")
	if !ok {
		return "", "", wire.BadRequest(badStage)
	}
	return apiID, stage, nil
}

func addStage(p *planPatch, op wire.Op) error {
	api, stage, err := splitStage(op.Text())
	if err != nil {
		return err
	}
	if covers(p.UsagePlan, api, stage) {
		return nil
	}
	if err := p.o.checkStage(p.ctx, api, stage, errNoPlanStage(api, stage, p.ID)); err != nil {
		return err
	}
	p.APIStages = append(p.APIStages, definition.PlanStage{APIID: api, Stage: stage})
	for _, item := range p.all {
		if item.Value.ID == p.ID || !covers(item.Value, api, stage) {
			continue
		}
		for _, id := range item.Value.Keys {
			if slices.Contains(p.Keys, id) {
				return errTwoPlans(id, definition.PlanStage{APIID: api, Stage: stage})
			}
		}
	}
	return nil
}

func removeStage(p *planPatch, op wire.Op) error {
	api, stage, err := splitStage(op.Text())
	if err != nil {
		return err
	}
	if !covers(p.UsagePlan, api, stage) {
		return errNoPlanStage(api, stage, p.ID)
	}
	p.APIStages = slices.DeleteFunc(p.APIStages, func(s definition.PlanStage) bool { return s.APIID == api && s.Stage == stage })
	return nil
}

// setQuota makes the quota the first time, without an offset.
func setQuota(p *planPatch, op wire.Op) (err error) {
	if p.Quota == nil {
		p.Quota = new(definition.Quota)
	}
	switch op.Last() {
	case "limit":
		p.Quota.Limit, err = op.Int("Invalid quota limit specified")
	case "offset":
		p.Quota.Offset, err = op.Int("Invalid quota offset specified")
	default:
		p.Quota.Period = op.Text()
	}
	return err
}

func setThrottle(p *planPatch, op wire.Op) error {
	if p.Throttle == nil {
		p.Throttle = new(definition.Throttle)
	}
	return setLimit(p.Throttle, op)
}

func setLimit(t *definition.Throttle, op wire.Op) (err error) {
	if op.Last() == "burstLimit" {
		t.BurstLimit, err = op.Int("Invalid burstLimit specified")
		return err
	}
	const bad = "Invalid rateLimit specified"
	if t.RateLimit, err = op.Float(bad); err == nil && math.IsInf(t.RateLimit, 0) {
		return wire.BadRequest(bad)
	}
	return err
}

// onStage lets an action work on the stage that the path names.
func onStage(do func(*definition.PlanStage, wire.Op) error) planAction {
	return func(p *planPatch, op wire.Op) error {
		api, stage, err := splitStage(op.Parts[1])
		if err != nil {
			return err
		}
		for i := range p.APIStages {
			if s := &p.APIStages[i]; s.APIID == api && s.Stage == stage {
				return do(s, op)
			}
		}
		return errNoPlanStage(api, stage, p.ID)
	}
}

// methodOf is the key of the throttle that a path names: /pets/GET, //GET of the root.
func methodOf(op wire.Op) string { return op.Parts[3] + "/" + op.Parts[4] }

func setMethod(s *definition.PlanStage, op wire.Op) error {
	if s.Throttle == nil {
		s.Throttle = make(map[string]definition.Throttle)
	}
	t := s.Throttle[methodOf(op)]
	err := setLimit(&t, op)
	s.Throttle[methodOf(op)] = t
	return err
}

func removeMethod(s *definition.PlanStage, op wire.Op) error {
	if _, ok := s.Throttle[methodOf(op)]; !ok {
		return wire.NotFound("Invalid method throttle specified: %s", methodOf(op)) // (unconfirmed)
	}
	delete(s.Throttle, methodOf(op))
	return nil
}

func setMethods(s *definition.PlanStage, op wire.Op) error {
	var all map[string]definition.Throttle
	if err := json.Unmarshal([]byte(op.Text()), &all); err != nil {
		return wire.BadRequest("Invalid throttle specified: it must be a JSON object") // (unconfirmed)
	}
	s.Throttle = all
	return nil
}
