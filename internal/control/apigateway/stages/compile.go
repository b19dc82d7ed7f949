package stages

import (
	"context"
	"fmt"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/restapi"
	"github.com/gatehouse-gateway/gatehouse/internal/store"
)

// shownProblems is how many problems a refusal lists.
const shownProblems = 10

const cannotBeServed = "This deployment cannot be served"

// refusal is the answer to what does not compile: every place, and why.
func refusal(what string, problems definition.Problems) error {
	lines := make([]string, 0, shownProblems+1)
	for i, p := range problems {
		if i == shownProblems {
			lines = append(lines, fmt.Sprintf("and %d more", len(problems)-i))
			break
		}
		lines = append(lines, p.Error())
	}
	return wire.BadRequest("%s: %s", what, strings.Join(lines, "; "))
}

// frozen returns the API of a deployment, made ready to be compiled.
func (o *Operations) frozen(ctx context.Context, d *document, id string) (*definition.Deployment, error) {
	deployment := d.Deployments[id]
	if deployment == nil {
		return nil, errNoTarget
	}
	api, err := store.ReadSnapshot[definition.RestAPI](ctx, o.state.Engine.Snapshots(), deployment.Snapshot)
	if err != nil {
		return nil, fmt.Errorf("deployment %s of API %s: %w", id, d.API.ID, err)
	}
	definition.FillPlaces(api)
	ready := *deployment
	ready.API = api
	return &ready, nil
}

// checkStage compiles what a stage would serve.
func (o *Operations) checkStage(ctx context.Context, d *document, st *definition.Stage) error {
	deployment, err := o.frozen(ctx, d, st.DeploymentID)
	if err != nil {
		return err
	}
	env := o.state.Env(d.AccountID, d.Region)
	var problems definition.Problems
	if st.Canary != nil && st.Canary.DeploymentID != st.DeploymentID {
		canary, err := o.frozen(ctx, d, st.Canary.DeploymentID)
		if err != nil {
			return err
		}
		_, problems = restapi.CompileCanary(env, deployment, canary, st)
	} else {
		_, problems = restapi.Compile(env, deployment, st)
	}
	if len(problems) > 0 {
		return refusal(cannotBeServed, problems)
	}
	return nil
}

// checkUnattached compiles a deployment that no stage serves yet. Without a stage's variables only what Gatehouse cannot
// do at all is refused.
func (o *Operations) checkUnattached(d *document, deployment *definition.Deployment) error {
	_, problems := restapi.Compile(o.state.Env(d.AccountID, d.Region), deployment, &definition.Stage{Name: "unattached", DeploymentID: deployment.ID})
	var unsupported definition.Problems
	for _, p := range problems {
		if p.Unsupported {
			unsupported = append(unsupported, p)
		}
	}
	if len(unsupported) > 0 {
		return refusal(cannotBeServed, unsupported)
	}
	return nil
}
