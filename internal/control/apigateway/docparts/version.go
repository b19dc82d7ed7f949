package docparts

import (
	"context"
	"slices"

	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
)

var errNoVersion = wire.NotFound("Invalid Documentation version specified") // (unconfirmed)

// createVersion freezes the parts; it also gives the version to a stage, when the request names one.
func (o *Operations) createVersion(ctx context.Context, in *wire.CreateDocumentationVersionRequest) (*wire.DocumentationVersion, error) {
	var v *definition.DocumentationVersion
	_, err := o.state.ChangeAPI(ctx, in.RestApiId, nil, func(d *document) error {
		name := *in.DocumentationVersion
		switch {
		case name == "":
			return wire.BadRequest("Documentation version must be non-empty") // (unconfirmed)
		case d.DocumentationVersions[name] != nil:
			return wire.Conflict("Documentation version already exists") // (unconfirmed)
		}
		if stage := wire.Value(in.StageName); stage != "" {
			st := d.Stages[stage]
			if st == nil {
				return wire.NotFound("Invalid stage identifier specified")
			}
			st.DocumentationVersion = name
		}
		v = &definition.DocumentationVersion{
			Version: name, Description: wire.Value(in.Description), CreatedDate: o.state.Now().UTC(), Parts: slices.Clone(d.API.Documentation),
		}
		wire.Set(&d.DocumentationVersions, name, v)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return shownVersion(v), nil
}

func shownVersion(v *definition.DocumentationVersion) *wire.DocumentationVersion {
	return &wire.DocumentationVersion{Version: &v.Version, CreatedDate: wire.Time(v.CreatedDate), Description: wire.NonZero(v.Description)}
}

func (o *Operations) getVersion(ctx context.Context, in *wire.GetDocumentationVersionRequest) (*wire.DocumentationVersion, error) {
	doc, err := o.state.API(ctx, in.RestApiId, nil)
	if err != nil {
		return nil, err
	}
	v := doc.DocumentationVersions[wire.Value(in.DocumentationVersion)]
	if v == nil {
		return nil, errNoVersion
	}
	return shownVersion(v), nil
}

func (o *Operations) getVersions(ctx context.Context, in *wire.GetDocumentationVersionsRequest) (*wire.DocumentationVersions, error) {
	doc, err := o.state.API(ctx, in.RestApiId, nil)
	if err != nil {
		return nil, err
	}
	name := func(v *definition.DocumentationVersion) string { return v.Version }
	page, next, err := wire.Page(wire.Sorted(doc.DocumentationVersions, name), name, in.Limit, in.Position)
	if err != nil {
		return nil, err
	}
	out := &wire.DocumentationVersions{Items: make([]wire.DocumentationVersion, len(page)), Position: next}
	for i, v := range page {
		out.Items[i] = *shownVersion(v)
	}
	return out, nil
}

type versionPatch = definition.DocumentationVersion

// patchVersion is the table of control-plane 7.8.
var patchVersion = wire.Table[versionPatch]{Family: wire.Listed, Rows: []wire.Row[versionPatch]{
	{Path: "/description", Replace: wire.Text(func(v *versionPatch) *string { return &v.Description })},
}}

func (o *Operations) updateVersion(ctx context.Context, in *wire.UpdateDocumentationVersionRequest) (*wire.DocumentationVersion, error) {
	doc, err := o.state.ChangeAPI(ctx, in.RestApiId, nil, func(d *document) error {
		v := d.DocumentationVersions[wire.Value(in.DocumentationVersion)]
		if v == nil {
			return errNoVersion
		}
		return patchVersion.Apply(v, in.PatchOperations)
	})
	if err != nil {
		return nil, err
	}
	return shownVersion(doc.DocumentationVersions[*in.DocumentationVersion]), nil
}

func (o *Operations) deleteVersion(ctx context.Context, in *wire.DeleteDocumentationVersionRequest) (*wire.None, error) {
	_, err := o.state.ChangeAPI(ctx, in.RestApiId, nil, func(d *document) error {
		name := wire.Value(in.DocumentationVersion)
		if d.DocumentationVersions[name] == nil {
			return errNoVersion
		}
		for _, st := range wire.Sorted(d.Stages, func(st *definition.Stage) string { return st.Name }) {
			if st.DocumentationVersion == name {
				return wire.Conflict("Cannot delete documentation version '%s', is referenced in stage: %s", name, st.Name) // (unconfirmed)
			}
		}
		delete(d.DocumentationVersions, name)
		return nil
	})
	return nil, err
}
