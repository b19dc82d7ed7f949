package stages

import (
	"cmp"
	"context"
	"regexp"

	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/state"
	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
)

var (
	stageName     = regexp.MustCompile(`^[A-Za-z0-9_-]{1,128}$`)
	variableName  = regexp.MustCompile(`^[A-Za-z0-9_]+$`)
	variableValue = regexp.MustCompile(`^[A-Za-z0-9\-._~:/?#&=,]*$`)
)

func (o *Operations) createStage(ctx context.Context, in *wire.CreateStageRequest) (*wire.Stage, error) {
	var st *definition.Stage
	doc, err := o.state.ChangeAPI(ctx, in.RestApiId, nil, func(d *document) error {
		now := o.state.Now().UTC()
		st = &definition.Stage{
			Name: *in.StageName, Description: wire.Value(in.Description), DeploymentID: *in.DeploymentId, CreatedDate: now, LastUpdatedDate: now,
			Variables: wire.NonEmptyMap(in.Variables), DocumentationVersion: wire.Value(in.DocumentationVersion),
			CacheClusterEnabled: wire.Value(in.CacheClusterEnabled), CacheClusterSize: wire.Value(in.CacheClusterSize),
			TracingEnabled: wire.Value(in.TracingEnabled), Tags: wire.NonEmptyMap(in.Tags),
		}
		if c := in.CanarySettings; c != nil {
			st.Canary = &definition.CanarySettings{
				DeploymentID: cmp.Or(wire.Value(c.DeploymentId), st.DeploymentID), PercentTraffic: wire.Value(c.PercentTraffic),
				StageVariableOverrides: wire.NonEmptyMap(c.StageVariableOverrides), UseStageCache: wire.Value(c.UseStageCache),
			}
		}
		if err := wire.CheckTags(in.Tags); err != nil {
			return err
		}
		if err := checkVersion(d, st.DocumentationVersion); err != nil {
			return err
		}
		if err := o.insertStage(d, st); err != nil {
			return err
		}
		if err := o.checkSettings(st); err != nil {
			return err
		}
		return o.checkStage(ctx, d, st)
	})
	if err != nil {
		return nil, err
	}
	o.state.Live(ctx, doc)
	return Stage(st), nil
}

// checkVersion refuses to publish a documentation version that is not there (unconfirmed).
func checkVersion(d *document, name string) error {
	if name != "" && d.DocumentationVersions[name] == nil {
		return wire.NotFound("Invalid Documentation version specified")
	}
	return nil
}

// insertStage adds a stage to an API. Spec: control-plane 9.2.
func (o *Operations) insertStage(d *document, st *definition.Stage) error {
	if !stageName.MatchString(st.Name) {
		return wire.BadRequest("Stage name only allows a-zA-Z0-9_-")
	}
	if d.Stages[st.Name] != nil {
		return wire.Conflict("Stage already exists")
	}
	if most := o.state.Limits.StagesPerAPI; int64(len(d.Stages)) >= most {
		return wire.LimitExceeded("Maximum number of stages for this API has been reached. Please contact AWS if you need additional stages. The limit is %d.", most)
	}
	if d.Stages == nil {
		d.Stages = make(map[string]*definition.Stage)
	}
	d.Stages[st.Name] = st
	return nil
}

// checkSettings checks what a stage says without looking at its deployment.
func (o *Operations) checkSettings(st *definition.Stage) error {
	if c := st.Canary; c != nil {
		if c.PercentTraffic < 0 || c.PercentTraffic > 100 {
			return wire.BadRequest("Canary percentTraffic must be between 0.0 and 100.0") // (unconfirmed)
		}
		if err := o.checkVariables(c.StageVariableOverrides); err != nil {
			return err
		}
	}
	return o.checkVariables(st.Variables)
}

func (o *Operations) checkVariables(variables map[string]string) error {
	l := o.state.Limits
	if int64(len(variables)) > l.StageVariables {
		return wire.LimitExceeded("Maximum number of stage variables has been reached. The limit is %d.", l.StageVariables)
	}
	for name, value := range variables {
		switch {
		case !variableName.MatchString(name) || int64(len(name)) > l.StageVariableName:
			return wire.BadRequest("Invalid stage variable name: %s. Stage variable names can only have alphanumeric characters and underscores.", name) // (unconfirmed)
		case !variableValue.MatchString(value) || int64(len(value)) > l.StageVariableValue:
			return wire.BadRequest("Invalid stage variable value: %s. Please use values with alphanumeric characters and the symbols ' ', -', '.', '_', ':', '/', '?', '&', '=', and ','.", value) // (unconfirmed)
		}
	}
	return nil
}

// Stage is a stage as the service shows it. Spec: control-plane 9.2.
func Stage(st *definition.Stage) *wire.Stage {
	status := "NOT_AVAILABLE"
	if st.CacheClusterEnabled {
		status = "AVAILABLE"
	}
	out := &wire.Stage{
		StageName: &st.Name, Description: wire.NonZero(st.Description), DeploymentId: &st.DeploymentID, CreatedDate: wire.Time(st.CreatedDate),
		LastUpdatedDate: wire.Time(st.LastUpdatedDate), ClientCertificateId: wire.NonZero(st.ClientCertificateID),
		CacheClusterEnabled: &st.CacheClusterEnabled, CacheClusterSize: wire.NonZero(st.CacheClusterSize), CacheClusterStatus: &status,
		MethodSettings: make(map[string]wire.MethodSetting, len(st.MethodSettings)), Variables: wire.NonEmptyMap(st.Variables),
		DocumentationVersion: wire.NonZero(st.DocumentationVersion), TracingEnabled: &st.TracingEnabled, Tags: wire.NonEmptyMap(st.Tags),
	}
	for key, s := range st.MethodSettings {
		out.MethodSettings[key] = methodSetting(s)
	}
	if l := st.AccessLog; l != nil {
		out.AccessLogSettings = &wire.AccessLogSettings{DestinationArn: wire.NonZero(l.DestinationARN), Format: wire.NonZero(l.Format)}
	}
	if c := st.Canary; c != nil {
		out.CanarySettings = &wire.CanarySettings{
			DeploymentId: wire.NonZero(c.DeploymentID), PercentTraffic: &c.PercentTraffic,
			StageVariableOverrides: wire.NonEmptyMap(c.StageVariableOverrides), UseStageCache: &c.UseStageCache,
		}
	}
	return out
}

func methodSetting(s definition.MethodSettings) wire.MethodSetting {
	return wire.MethodSetting{
		MetricsEnabled: &s.MetricsEnabled, LoggingLevel: wire.NonZero(s.LoggingLevel), DataTraceEnabled: &s.DataTraceEnabled,
		ThrottlingBurstLimit: wire.Int(s.ThrottlingBurstLimit), ThrottlingRateLimit: &s.ThrottlingRateLimit,
		CachingEnabled: &s.CachingEnabled, CacheTtlInSeconds: wire.Int(s.CacheTTLInSeconds), CacheDataEncrypted: &s.CacheDataEncrypted,
		RequireAuthorizationForCacheControl:    &s.RequireAuthorizationForCacheControl,
		UnauthorizedCacheControlHeaderStrategy: &s.UnauthorizedCacheControlHeaderStrategy,
	}
}

func findStage(d *document, name *string) (*definition.Stage, error) {
	if st := d.Stages[wire.Value(name)]; st != nil {
		return st, nil
	}
	return nil, errNoStage
}

func (o *Operations) getStage(ctx context.Context, in *wire.GetStageRequest) (*wire.Stage, error) {
	doc, err := o.state.API(ctx, in.RestApiId, nil)
	if err != nil {
		return nil, err
	}
	st, err := findStage(doc, in.StageName)
	if err != nil {
		return nil, err
	}
	return Stage(st), nil
}

func (o *Operations) getStages(ctx context.Context, in *wire.GetStagesRequest) (*wire.Stages, error) {
	doc, err := o.state.API(ctx, in.RestApiId, nil)
	if err != nil {
		return nil, err
	}
	out := &wire.Stages{Item: []wire.Stage{}}
	for _, st := range wire.Sorted(doc.Stages, func(st *definition.Stage) string { return st.Name }) {
		if in.DeploymentId == nil || *in.DeploymentId == "" || st.DeploymentID == *in.DeploymentId {
			out.Item = append(out.Item, *Stage(st))
		}
	}
	return out, nil
}

func (o *Operations) deleteStage(ctx context.Context, in *wire.DeleteStageRequest) (*wire.None, error) {
	doc, err := o.state.ChangeAPI(ctx, in.RestApiId, nil, func(d *document) error {
		if _, err := findStage(d, in.StageName); err != nil {
			return err
		}
		delete(d.Stages, *in.StageName)
		return nil
	})
	if err != nil {
		return nil, err
	}
	scope := state.Scope{AccountID: doc.AccountID, Region: doc.Region}
	if err := o.state.Detach(ctx, scope, doc.API.ID, *in.StageName); err != nil {
		return nil, err
	}
	o.state.Live(ctx, doc)
	return nil, nil
}

// flushStageCache has nothing to flush: stages with a cache are refused.
func (o *Operations) flushStageCache(ctx context.Context, in *wire.FlushStageCacheRequest) (*wire.None, error) {
	return nil, o.stageExists(ctx, in.RestApiId, in.StageName)
}

// flushStageAuthorizersCache has nothing to flush: methods with authorizers are refused.
func (o *Operations) flushStageAuthorizersCache(ctx context.Context, in *wire.FlushStageAuthorizersCacheRequest) (*wire.None, error) {
	return nil, o.stageExists(ctx, in.RestApiId, in.StageName)
}

func (o *Operations) stageExists(ctx context.Context, api, name *string) error {
	doc, err := o.state.API(ctx, api, nil)
	if err != nil {
		return err
	}
	_, err = findStage(doc, name)
	return err
}

func (o *Operations) updateStage(ctx context.Context, in *wire.UpdateStageRequest) (*wire.Stage, error) {
	doc, err := o.state.ChangeAPI(ctx, in.RestApiId, nil, func(d *document) error {
		st, err := findStage(d, in.StageName)
		if err != nil {
			return err
		}
		p := &stagePatch{Stage: st, doc: d}
		for _, op := range in.PatchOperations {
			if err := p.apply(wire.ParseOp(op)); err != nil {
				return err
			}
		}
		if len(in.PatchOperations) == 0 {
			return nil
		}
		st.LastUpdatedDate = o.state.Now().UTC()
		if err := o.checkSettings(st); err != nil {
			return err
		}
		return o.checkStage(ctx, d, st)
	})
	if err != nil {
		return nil, err
	}
	o.state.Live(ctx, doc)
	return Stage(doc.Stages[*in.StageName]), nil
}
