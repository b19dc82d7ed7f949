package stages

import (
	"context"

	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/openapi"
	"github.com/gatehouse-gateway/gatehouse/internal/store"
)

// createDeployment freezes the draft, and moves or makes the stage that the request names. Spec: control-plane 9.1.
func (o *Operations) createDeployment(ctx context.Context, in *wire.CreateDeploymentRequest) (*wire.Deployment, error) {
	var deployment *definition.Deployment
	doc, err := o.state.ChangeAPI(ctx, in.RestApiId, nil, func(d *document) error {
		var err error
		deployment, err = o.freeze(ctx, d, in)
		if err != nil {
			return err
		}
		return o.attach(ctx, d, deployment, in)
	})
	if err != nil {
		return nil, err
	}
	if wire.Value(in.StageName) != "" {
		o.state.Live(ctx, doc)
	}
	return shownDeployment(deployment), nil
}

// freeze stores the draft as a snapshot, and adds it to the API's deployments. A snapshot whose deployment is then refused
// stays without a name; the same draft uses it again.
func (o *Operations) freeze(ctx context.Context, d *document, in *wire.CreateDeploymentRequest) (*definition.Deployment, error) {
	if in.CanarySettings != nil {
		if err := checkCanaryStage(d, in.StageName); err != nil {
			return nil, err
		}
	}
	if problems := openapi.CheckDeployable(d.API); len(problems) > 0 {
		return nil, wire.BadRequest("%s", problems[0].Message)
	}
	if most := maxDeployments; len(d.Deployments) >= most {
		return nil, wire.LimitExceeded("Maximum number of deployments for this API has been reached. The limit is %d.", most)
	}
	api, err := store.Clone(d.API)
	if err != nil {
		return nil, err
	}
	api.Documentation, api.Warnings, api.Tags = nil, nil, nil
	deployment := &definition.Deployment{
		ID:          wire.FreshID(wire.ShortIDLength, func(id string) bool { return d.Deployments[id] != nil }),
		Description: wire.Value(in.Description), CreatedDate: o.state.Now().UTC(),
	}
	if deployment.Snapshot, err = store.PutSnapshot(ctx, o.state.Engine.Snapshots(), api); err != nil {
		return nil, err
	}
	if wire.Value(in.StageName) == "" {
		definition.FillPlaces(api)
		if err := o.checkUnattached(d, &definition.Deployment{ID: deployment.ID, API: api}); err != nil {
			return nil, err
		}
	}
	if d.Deployments == nil {
		d.Deployments = make(map[string]*definition.Deployment)
	}
	d.Deployments[deployment.ID] = deployment
	return deployment, nil
}

// maxDeployments bounds the deployments of one API, so that its document stays one that can be written quickly.
const maxDeployments = 1000

// checkCanaryStage checks the stage of a canary deployment. Recorded.
func checkCanaryStage(d *document, name *string) error {
	switch {
	case name == nil:
		return wire.BadRequest("Invalid deployment content specified.Non null and non empty stageName must be provided for canary deployment. Provided value is null")
	case *name == "":
		return wire.BadRequest("Invalid deployment content specified.Non null and non empty stageName must be provided for canary deployment. Provided value is ")
	case d.Stages[*name] == nil:
		return wire.BadRequest("Invalid deployment content specified.Stage %s must already be created before making a canary release deployment", *name)
	}
	return nil
}

// attach gives the deployment to a stage: a new one, an existing one, or the canary of one.
func (o *Operations) attach(ctx context.Context, d *document, deployment *definition.Deployment, in *wire.CreateDeploymentRequest) error {
	name := wire.Value(in.StageName)
	if name == "" {
		return nil
	}
	now := o.state.Now().UTC()
	st := d.Stages[name]
	switch {
	case st == nil:
		st = &definition.Stage{Name: name, DeploymentID: deployment.ID, CreatedDate: now}
		if err := o.insertStage(d, st); err != nil {
			return err
		}
	case in.CanarySettings != nil:
		st.Canary = &definition.CanarySettings{
			DeploymentID: deployment.ID, PercentTraffic: wire.Value(in.CanarySettings.PercentTraffic),
			StageVariableOverrides: wire.NonEmptyMap(in.CanarySettings.StageVariableOverrides), UseStageCache: wire.Value(in.CanarySettings.UseStageCache),
		}
	case st.Canary != nil:
		// While a canary is on, a deployment goes to its slot (unconfirmed). Spec: traffic 6.2.
		st.Canary.DeploymentID = deployment.ID
	default:
		st.DeploymentID = deployment.ID
	}
	st.LastUpdatedDate = now
	if in.StageDescription != nil {
		st.Description = *in.StageDescription
	}
	if in.Variables != nil {
		st.Variables = wire.NonEmptyMap(in.Variables)
	}
	if in.CacheClusterEnabled != nil {
		st.CacheClusterEnabled = *in.CacheClusterEnabled
	}
	if in.CacheClusterSize != nil {
		st.CacheClusterSize = *in.CacheClusterSize
	}
	if in.TracingEnabled != nil {
		st.TracingEnabled = *in.TracingEnabled
	}
	if err := o.checkSettings(st); err != nil {
		return err
	}
	return o.checkStage(ctx, d, st)
}

func shownDeployment(d *definition.Deployment) *wire.Deployment {
	return &wire.Deployment{Id: &d.ID, Description: wire.NonZero(d.Description), CreatedDate: wire.Time(d.CreatedDate)}
}

func (o *Operations) getDeployment(ctx context.Context, in *wire.GetDeploymentRequest) (*wire.Deployment, error) {
	doc, err := o.state.API(ctx, in.RestApiId, nil)
	if err != nil {
		return nil, err
	}
	d := doc.Deployments[wire.Value(in.DeploymentId)]
	if d == nil {
		return nil, errNoDeployment
	}
	out := shownDeployment(d)
	for _, e := range in.Embed {
		if e != "apisummary" && e != "" {
			return nil, wire.BadRequest("Invalid embed parameter specified: %s. Only apisummary can be embedded.", e)
		}
		if e == "apisummary" {
			if out.ApiSummary, err = o.apiSummary(ctx, doc, d.ID); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// apiSummary lists the methods of a deployment by path and verb.
func (o *Operations) apiSummary(ctx context.Context, doc *document, id string) (map[string]map[string]wire.MethodSnapshot, error) {
	frozen, err := o.frozen(ctx, doc, id)
	if err != nil {
		return nil, err
	}
	all := make(map[string]map[string]wire.MethodSnapshot)
	for r := range frozen.API.Ordered() {
		for verb, m := range r.Methods {
			if all[r.Path] == nil {
				all[r.Path] = make(map[string]wire.MethodSnapshot)
			}
			all[r.Path][verb] = wire.MethodSnapshot{AuthorizationType: &m.AuthorizationType, ApiKeyRequired: &m.APIKeyRequired}
		}
	}
	return all, nil
}

func (o *Operations) getDeployments(ctx context.Context, in *wire.GetDeploymentsRequest) (*wire.Deployments, error) {
	doc, err := o.state.API(ctx, in.RestApiId, nil)
	if err != nil {
		return nil, err
	}
	id := func(d *definition.Deployment) string { return d.ID }
	page, next, err := wire.Page(wire.Sorted(doc.Deployments, id), id, in.Limit, in.Position)
	if err != nil {
		return nil, err
	}
	out := &wire.Deployments{Items: make([]wire.Deployment, len(page)), Position: next}
	for i, d := range page {
		out.Items[i] = *shownDeployment(d)
	}
	return out, nil
}

type deploymentPatch = definition.Deployment

// patchDeployment is the table of control-plane 7.6.
var patchDeployment = wire.Table[deploymentPatch]{Family: wire.Plain, Rows: []wire.Row[deploymentPatch]{
	{Path: "/description", Replace: wire.Text(func(d *deploymentPatch) *string { return &d.Description })},
}}

func (o *Operations) updateDeployment(ctx context.Context, in *wire.UpdateDeploymentRequest) (*wire.Deployment, error) {
	doc, err := o.state.ChangeAPI(ctx, in.RestApiId, nil, func(d *document) error {
		deployment := d.Deployments[wire.Value(in.DeploymentId)]
		if deployment == nil {
			return errNoDeployment
		}
		return patchDeployment.Apply(deployment, in.PatchOperations)
	})
	if err != nil {
		return nil, err
	}
	return shownDeployment(doc.Deployments[*in.DeploymentId]), nil
}

// deleteDeployment refuses one that a stage serves. Its snapshot may be that of another deployment, and stays. Recorded.
func (o *Operations) deleteDeployment(ctx context.Context, in *wire.DeleteDeploymentRequest) (*wire.None, error) {
	_, err := o.state.ChangeAPI(ctx, in.RestApiId, nil, func(d *document) error {
		id := wire.Value(in.DeploymentId)
		if d.Deployments[id] == nil {
			return errNoDeployment
		}
		for _, st := range d.Stages {
			if st.DeploymentID == id {
				return wire.BadRequest("Active stages pointing to this deployment must be moved or deleted")
			}
		}
		for _, st := range d.Stages {
			if st.Canary != nil && st.Canary.DeploymentID == id {
				return wire.BadRequest("Active stages with canary settings pointing to this deployment must be moved or deleted")
			}
		}
		delete(d.Deployments, id)
		return nil
	})
	return nil, err
}
