package restapi

import (
	"maps"

	"github.com/gatehouse-gateway/gatehouse/internal/definition"
)

// canary is what a stage with canary settings has besides itself. Spec: traffic 6.4.
type canary struct {
	percent float64 // of the requests, 0 to 100
	stage   *Stage  // what they run on
}

// drawn decides about one request. Every request is drawn on its own; there is no memory of clients.
func (c *canary) drawn(random uint64) bool {
	return float64(random>>11)/(1<<53)*100 < c.percent
}

// compileCanary gives the stage its canary: another deployment, or the same one, under the stage variables merged with the
// overrides. d is the stage's own deployment, other that of the canary when it is another one.
func (in *stageInput) compileCanary(stage *Stage, d, other *definition.Deployment) definition.Problems {
	var problems definition.Problems
	settings := in.definition.Canary
	at := stageOrigin(in.definition.Name).At("canarySettings")
	deployment := d
	if id := settings.DeploymentID; id != "" && id != d.ID {
		if other == nil || other.ID != id {
			problems.Addf(at, "Deployment id does not exist")
			return problems
		}
		deployment = other
	}
	if settings.PercentTraffic < 0 || settings.PercentTraffic > 100 {
		problems.Addf(at, "percentTraffic %g is not a number from 0 to 100", settings.PercentTraffic)
		return problems
	}
	vars := maps.Clone(in.definition.Variables)
	if vars == nil {
		vars = make(map[string]string, len(settings.StageVariableOverrides))
	}
	maps.Copy(vars, settings.StageVariableOverrides)
	var of *Stage
	if deployment == d && maps.Equal(vars, in.definition.Variables) {
		same := *stage
		of = &same // nothing differs but what $context says
	} else if of, problems = in.compile(deployment, vars); len(problems) > 0 {
		return problems
	}
	stage.isCanary, of.isCanary = "false", "true"
	stage.canary = &canary{settings.PercentTraffic, of}
	return nil
}
