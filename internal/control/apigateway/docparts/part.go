package docparts

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/openapi"
)

var errNoPart = wire.NotFound("Invalid Documentation part identifier specified") // recorded

func (o *Operations) createPart(ctx context.Context, in *wire.CreateDocumentationPartRequest) (*wire.DocumentationPart, error) {
	made := part{Location: location(in.Location), Properties: wire.Value(in.Properties)}
	_, err := o.state.ChangeAPI(ctx, in.RestApiId, nil, func(d *document) error {
		if err := openapi.CheckLocation(made.Location); err != nil {
			return wire.BadRequest("%v", err)
		}
		if err := checkProperties(made.Properties); err != nil {
			return err
		}
		parts := d.API.Documentation
		if slices.ContainsFunc(parts, func(p part) bool { return placeOf(p) == placeOf(made) }) {
			return wire.Conflict("%s", openapi.PartExists(made.Location))
		}
		made.ID = freshID(parts)
		d.API.Documentation = append(parts, made)
		return o.checkRoom(d)
	})
	if err != nil {
		return nil, err
	}
	return shownPart(made), nil
}

// location keeps only what was sent. Recorded.
func location(in *wire.DocumentationPartLocation) map[string]string {
	at := make(map[string]string)
	for name, value := range map[string]*string{"type": in.Type, "path": in.Path, "method": in.Method, "statusCode": in.StatusCode, "name": in.Name} {
		if wire.Value(value) != "" {
			at[name] = *value
		}
	}
	return at
}

func checkProperties(text string) error {
	if strings.TrimSpace(text) == "" {
		return wire.BadRequest("Documentation part properties must be non-empty")
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &object); err != nil || object == nil {
		return wire.BadRequest("Documentation part properties must be a JSON object") // (unconfirmed)
	}
	return nil
}

func (o *Operations) checkRoom(d *document) error {
	if most := o.state.Limits.DocumentationParts; int64(len(d.API.Documentation)) > most {
		return wire.LimitExceeded("Maximum number of documentation parts for this API has been reached. The limit is %d.", most)
	}
	return nil
}

func freshID(parts []part) string {
	return wire.FreshID(wire.ShortIDLength, func(id string) bool { return slices.ContainsFunc(parts, func(p part) bool { return p.ID == id }) })
}

// place is a location, complete with what it may leave out. Two parts of one place are one too many.
type place struct{ kind, path, method, statusCode, name string }

func placeOf(p part) place {
	at := p.Location
	return place{at["type"], cmp.Or(at["path"], "/"), cmp.Or(at["method"], "*"), cmp.Or(at["statusCode"], "*"), at["name"]}
}

// pathless are the types of parts that are not of a path.
var pathless = []string{"API", "AUTHORIZER", "MODEL"}

func (p place) hasPath(path string) bool { return p.path == path && !slices.Contains(pathless, p.kind) }

// order is how parts are listed: by place, which is how the service was recorded to list them.
func (p place) order() string {
	return strings.Join([]string{p.kind, p.path, p.method, p.statusCode, p.name}, "\x00")
}

func shownPart(p part) *wire.DocumentationPart {
	at := func(name string) *string { return wire.NonZero(p.Location[name]) }
	return &wire.DocumentationPart{
		Id: wire.NonZero(p.ID), Properties: wire.NonZero(p.Properties), Location: &wire.DocumentationPartLocation{
			Type: at("type"), Path: at("path"), Method: at("method"), StatusCode: at("statusCode"), Name: at("name"),
		},
	}
}

// find returns the index of a part of the draft, or errNoPart.
func find(d *document, id *string) (int, error) {
	if i := slices.IndexFunc(d.API.Documentation, func(p part) bool { return p.ID == wire.Value(id) }); i >= 0 {
		return i, nil
	}
	return 0, errNoPart
}

func (o *Operations) getPart(ctx context.Context, in *wire.GetDocumentationPartRequest) (*wire.DocumentationPart, error) {
	d, err := o.state.API(ctx, in.RestApiId, errNoPart)
	if err != nil {
		return nil, err
	}
	i, err := find(d, in.DocumentationPartId)
	if err != nil {
		return nil, err
	}
	return shownPart(d.API.Documentation[i]), nil
}

// getParts lists the parts that there are, or with locationStatus UNDOCUMENTED the places that have none.
func (o *Operations) getParts(ctx context.Context, in *wire.GetDocumentationPartsRequest) (*wire.DocumentationParts, error) {
	d, err := o.state.API(ctx, in.RestApiId, nil)
	if err != nil {
		return nil, err
	}
	all := slices.Clone(d.API.Documentation)
	if wire.Value(in.LocationStatus) == undocumented {
		all = undocumentedParts(d.API)
	}
	all = slices.DeleteFunc(all, func(p part) bool {
		at := placeOf(p)
		return in.Type != nil && at.kind != *in.Type || in.NameQuery != nil && at.name != *in.NameQuery || in.Path != nil && !at.hasPath(*in.Path)
	})
	order := func(p part) string { return placeOf(p).order() }
	slices.SortStableFunc(all, func(a, b part) int { return strings.Compare(order(a), order(b)) })
	page, next, err := wire.Page(all, order, in.Limit, in.Position)
	if err != nil {
		return nil, err
	}
	out := &wire.DocumentationParts{Items: make([]wire.DocumentationPart, len(page)), Position: next}
	for i, p := range page {
		out.Items[i] = *shownPart(p)
	}
	return out, nil
}

func (o *Operations) updatePart(ctx context.Context, in *wire.UpdateDocumentationPartRequest) (*wire.DocumentationPart, error) {
	var updated part
	_, err := o.state.ChangeAPI(ctx, in.RestApiId, errNoPart, func(d *document) error {
		i, err := find(d, in.DocumentationPartId)
		if err != nil {
			return err
		}
		if err := patchPart.Apply(&d.API.Documentation[i], in.PatchOperations); err != nil {
			return err
		}
		updated = d.API.Documentation[i]
		return nil
	})
	if err != nil {
		return nil, err
	}
	return shownPart(updated), nil
}

// patchPart is the table of control-plane 7.7.
var patchPart = wire.Table[part]{Family: wire.Listed, Rows: []wire.Row[part]{
	{Path: "/properties", Replace: func(p *part, op wire.Op) error {
		p.Properties = op.Text()
		return checkProperties(p.Properties)
	}},
}}

func (o *Operations) deletePart(ctx context.Context, in *wire.DeleteDocumentationPartRequest) (*wire.None, error) {
	_, err := o.state.ChangeAPI(ctx, in.RestApiId, nil, func(d *document) error {
		i, err := find(d, in.DocumentationPartId)
		if err == nil {
			d.API.Documentation = slices.Delete(d.API.Documentation, i, i+1)
		}
		return err
	})
	return nil, err
}

const (
	seedLength    = 20
	modeOverwrite = "overwrite"
)

// importParts stores the parts of an API definition: beside those that are there, or with mode overwrite instead of them.
func (o *Operations) importParts(ctx context.Context, in *wire.ImportDocumentationPartsRequest) (*wire.DocumentationPartIds, error) {
	out := new(wire.DocumentationPartIds)
	_, err := o.state.ChangeAPI(ctx, in.RestApiId, nil, func(d *document) error {
		parts, warnings, err := openapi.ParseDocumentation(in.Body, openapi.Options{
			APIID: d.API.ID, Seed: wire.NewID(seedLength), FailOnWarnings: wire.Value(in.FailOnWarnings), Limits: &o.state.Limits,
			AccountID: d.AccountID, Region: d.Region, ReadFile: noFiles,
		})
		if err != nil {
			return wire.BadRequest("%v", err)
		}
		old := d.API.Documentation
		renew(parts, old)
		if wire.Value(in.Mode) == modeOverwrite {
			old = nil
		}
		align(parts, old)
		d.API.Documentation, out.Ids = openapi.MergeDocumentation(old, parts)
		out.Ids, out.Warnings = append([]string{}, out.Ids...), wire.NonEmpty(warnings)
		return o.checkRoom(d)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// renew gives parts whose ids the old ones have others: an id is never used again.
func renew(parts, old []part) {
	for i := range parts {
		if slices.ContainsFunc(old, func(p part) bool { return p.ID == parts[i].ID }) {
			parts[i].ID = freshID(append(slices.Clone(old), parts...))
		}
	}
}

// align gives parts the locations of the old ones of their place: what was created with less of its location said is the
// same place.
func align(parts, old []part) {
	for i := range parts {
		if j := slices.IndexFunc(old, func(p part) bool { return placeOf(p) == placeOf(parts[i]) }); j >= 0 {
			parts[i].Location = maps.Clone(old[j].Location)
		}
	}
}

// noFiles keeps imports from reading this machine's files.
func noFiles(string) ([]byte, error) { return nil, openapi.ErrDocumentation }
