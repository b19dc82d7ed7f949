package docparts

import (
	"context"
	"slices"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
)

// errNoVersion and the texts below are unconfirmed.
var errNoVersion = wire.NotFound("Invalid Documentation version specified")

func (o *Operations) createVersion(ctx context.Context, in *wire.CreateDocumentationVersionRequest) (*wire.DocumentationVersion, error) {
	name := wire.Value(in.DocumentationVersion)
	made := &definition.DocumentationVersion{Version: name, Description: wire.Value(in.Description), CreatedDate: o.state.Now().UTC()}
	_, err := o.state.ChangeAPI(ctx, in.RestApiId, nil, func(d *document) error {
		if name == "" || strings.Contains(name, "/") {
			return wire.BadRequest("Invalid Documentation version specified")
		}
		if d.DocumentationVersions[name] != nil {
			return wire.Conflict("Documentation version already exists: %s", name)
		}
		if stageName := wire.Value(in.StageName); stageName != "" {
			stage := d.Stages[stageName]
			if stage == nil {
				return wire.NotFound("Invalid stage identifier specified")
			}
			stage.DocumentationVersion, stage.LastUpdatedDate = name, made.CreatedDate
		}
		made.Parts = slices.Clone(d.API.Documentation)
		wire.Set(&d.DocumentationVersions, name, made)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return shownVersion(made), nil
}

func shownVersion(v *definition.DocumentationVersion) *wire.DocumentationVersion {
	return &wire.DocumentationVersion{Version: &v.Version, CreatedDate: wire.Time(v.CreatedDate), Description: wire.NonZero(v.Description)}
}

func (o *Operations) getVersion(ctx context.Context, in *wire.GetDocumentationVersionRequest) (*wire.DocumentationVersion, error) {
	d, err := o.state.API(ctx, in.RestApiId, nil)
	if err != nil {
		return nil, err
	}
	v := d.DocumentationVersions[wire.Value(in.DocumentationVersion)]
	if v == nil {
		return nil, errNoVersion
	}
	return shownVersion(v), nil
}

func (o *Operations) getVersions(ctx context.Context, in *wire.GetDocumentationVersionsRequest) (*wire.DocumentationVersions, error) {
	d, err := o.state.API(ctx, in.RestApiId, nil)
	if err != nil {
		return nil, err
	}
	name := func(v *definition.DocumentationVersion) string { return v.Version }
	page, next, err := wire.Page(wire.Sorted(d.DocumentationVersions, name), name, in.Limit, in.Position)
	if err != nil {
		return nil, err
	}
	out := &wire.DocumentationVersions{Items: make([]wire.DocumentationVersion, len(page)), Position: next}
	for i, v := range page {
		out.Items[i] = *shownVersion(v)
	}
	return out, nil
}

func (o *Operations) updateVersion(ctx context.Context, in *wire.UpdateDocumentationVersionRequest) (*wire.DocumentationVersion, error) {
	name := wire.Value(in.DocumentationVersion)
	d, err := o.state.ChangeAPI(ctx, in.RestApiId, nil, func(d *document) error {
		v := d.DocumentationVersions[name]
		if v == nil {
			return errNoVersion
		}
		return patchVersion.Apply(v, in.PatchOperations)
	})
	if err != nil {
		return nil, err
	}
	return shownVersion(d.DocumentationVersions[name]), nil
}

// patchVersion is the table of control-plane 7.8.
var patchVersion = wire.Table[definition.DocumentationVersion]{Family: wire.Listed, Rows: []wire.Row[definition.DocumentationVersion]{
	{Path: "/description", Replace: wire.Text(func(v *definition.DocumentationVersion) *string { return &v.Description })},
}}

// deleteVersion refuses while a stage names the version.
func (o *Operations) deleteVersion(ctx context.Context, in *wire.DeleteDocumentationVersionRequest) (*wire.None, error) {
	name := wire.Value(in.DocumentationVersion)
	_, err := o.state.ChangeAPI(ctx, in.RestApiId, nil, func(d *document) error {
		if d.DocumentationVersions[name] == nil {
			return errNoVersion
		}
		for _, stage := range wire.Sorted(d.Stages, func(s *definition.Stage) string { return s.Name }) {
			if stage.DocumentationVersion == name {
				return wire.Conflict("Cannot delete Documentation version %s because it is associated with stage %s", name, stage.Name)
			}
		}
		delete(d.DocumentationVersions, name)
		return nil
	})
	return nil, err
}
