package docparts

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/openapi"
)

const (
	maxParts        = 2000 // per API. Spec: control-plane 19.
	emptyProperties = "Documentation part properties must be non-empty"
)

var errNoPart = wire.NotFound("Invalid Documentation part identifier specified")

func (o *Operations) createPart(ctx context.Context, in *wire.CreateDocumentationPartRequest) (*wire.DocumentationPart, error) {
	var made part
	_, err := o.state.ChangeAPI(ctx, in.RestApiId, nil, func(d *document) error {
		made = part{Location: locationOf(in.Location), Properties: *in.Properties}
		if err := check(made); err != nil {
			return err
		}
		for _, p := range d.API.Documentation {
			if openapi.SameLocation(p.Location, made.Location) {
				return wire.Conflict("%s", openapi.PartExists(made.Location))
			}
		}
		if err := checkCount(len(d.API.Documentation) + 1); err != nil {
			return err
		}
		made.ID = wire.FreshID(wire.ShortIDLength, func(id string) bool { return find(d, &id) >= 0 })
		d.API.Documentation = append(d.API.Documentation, made)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return shown(made), nil
}

func checkCount(parts int) error {
	if parts > maxParts {
		return wire.LimitExceeded("Maximum number of documentation parts for this API has been reached. The limit is %d.", maxParts)
	}
	return nil
}

func check(p part) error {
	if err := openapi.CheckLocation(p.Location); err != nil {
		return wire.BadRequest("%v", err)
	}
	return checkProperties(p.Properties)
}

func checkProperties(properties string) error {
	switch {
	case strings.TrimSpace(properties) == "":
		return wire.BadRequest(emptyProperties)
	case !json.Valid([]byte(properties)):
		return wire.BadRequest("Documentation part properties must be valid JSON") // (unconfirmed)
	}
	return nil
}

// locationOf keeps what was sent, and only that.
func locationOf(l *wire.DocumentationPartLocation) map[string]string {
	at := make(map[string]string)
	for name, value := range map[string]*string{"type": l.Type, "path": l.Path, "method": l.Method, "statusCode": l.StatusCode, "name": l.Name} {
		if value != nil {
			at[name] = *value
		}
	}
	return at
}

func shown(p part) *wire.DocumentationPart {
	member := func(name string) *string {
		if v, ok := p.Location[name]; ok {
			return &v
		}
		return nil
	}
	return &wire.DocumentationPart{Id: &p.ID, Properties: &p.Properties, Location: &wire.DocumentationPartLocation{
		Type: member("type"), Path: member("path"), Method: member("method"), StatusCode: member("statusCode"), Name: member("name"),
	}}
}

// find is the place of a part in its API, or -1.
func find(d *document, id *string) int {
	return slices.IndexFunc(d.API.Documentation, func(p part) bool { return p.ID == wire.Value(id) })
}

func (o *Operations) getPart(ctx context.Context, in *wire.GetDocumentationPartRequest) (*wire.DocumentationPart, error) {
	doc, err := o.state.API(ctx, in.RestApiId, errNoPart)
	if err != nil {
		return nil, err
	}
	i := find(doc, in.DocumentationPartId)
	if i < 0 {
		return nil, errNoPart
	}
	return shown(doc.API.Documentation[i]), nil
}

// numbered is a part with its place in the list, by which pages are cut.
type numbered struct {
	part
	key string
}

func (o *Operations) getParts(ctx context.Context, in *wire.GetDocumentationPartsRequest) (*wire.DocumentationParts, error) {
	doc, err := o.state.API(ctx, in.RestApiId, nil)
	if err != nil {
		return nil, err
	}
	var all []numbered
	for i, p := range doc.API.Documentation {
		if matches(p, in) {
			all = append(all, numbered{p, fmt.Sprintf("%06d", i)})
		}
	}
	page, next, err := wire.Page(all, func(n numbered) string { return n.key }, in.Limit, in.Position)
	if err != nil {
		return nil, err
	}
	out := &wire.DocumentationParts{Items: make([]wire.DocumentationPart, len(page)), Position: next}
	for i, n := range page {
		out.Items[i] = *shown(n.part)
	}
	return out, nil
}

// matches applies the filters of a list. Only documented places are kept, so that there are no undocumented ones to list.
func matches(p part, in *wire.GetDocumentationPartsRequest) bool {
	return wire.Value(in.LocationStatus) != "UNDOCUMENTED" &&
		(in.Type == nil || p.Location["type"] == *in.Type) &&
		(in.Path == nil || p.Location["path"] == *in.Path) &&
		strings.HasPrefix(p.Location["name"], wire.Value(in.NameQuery))
}

// patchPart is the table of control-plane 7.7.
var patchPart = wire.Table[part]{Family: wire.Listed, Rows: []wire.Row[part]{
	{Path: "/properties", Replace: func(p *part, op wire.Op) error {
		p.Properties = op.Text()
		return checkProperties(p.Properties)
	}},
}}

func (o *Operations) updatePart(ctx context.Context, in *wire.UpdateDocumentationPartRequest) (*wire.DocumentationPart, error) {
	var changed part
	_, err := o.state.ChangeAPI(ctx, in.RestApiId, errNoPart, func(d *document) error {
		i := find(d, in.DocumentationPartId)
		if i < 0 {
			return errNoPart
		}
		if err := patchPart.Apply(&d.API.Documentation[i], in.PatchOperations); err != nil {
			return err
		}
		changed = d.API.Documentation[i]
		return nil
	})
	if err != nil {
		return nil, err
	}
	return shown(changed), nil
}

func (o *Operations) deletePart(ctx context.Context, in *wire.DeleteDocumentationPartRequest) (*wire.None, error) {
	_, err := o.state.ChangeAPI(ctx, in.RestApiId, nil, func(d *document) error {
		i := find(d, in.DocumentationPartId)
		if i < 0 {
			return errNoPart
		}
		d.API.Documentation = slices.Delete(d.API.Documentation, i, i+1)
		return nil
	})
	return nil, err
}

// importParts adds the parts of a document, or replaces all parts by them, with new ids. Recorded.
func (o *Operations) importParts(ctx context.Context, in *wire.ImportDocumentationPartsRequest) (*wire.DocumentationPartIds, error) {
	out := &wire.DocumentationPartIds{}
	_, err := o.state.ChangeAPI(ctx, in.RestApiId, nil, func(d *document) error {
		parts, warnings, err := openapi.ParseDocumentation(in.Body, openapi.Options{
			APIID: d.API.ID, Seed: wire.NewID(wire.APIIDLength), Tolerant: true, FailOnWarnings: wire.Value(in.FailOnWarnings), Limits: &o.state.Limits,
			AccountID: d.AccountID, Region: d.Region, Partition: "aws",
			ReadFile: func(string) ([]byte, error) { return nil, openapi.ErrDocumentation },
		})
		if err != nil {
			return wire.BadRequest("%v", err)
		}
		var old []part
		if wire.Value(in.Mode) != "overwrite" {
			old = d.API.Documentation
		}
		d.API.Documentation, out.Ids = openapi.MergeDocumentation(old, parts)
		out.Warnings = wire.NonEmpty(warnings)
		return checkCount(len(d.API.Documentation))
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
