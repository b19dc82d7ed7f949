package domains

import (
	"cmp"
	"context"
	"regexp"
	"slices"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/state"
	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
)

// none is how the empty base path is written in addresses and answers.
const none = "(none)"

var errNoMapping = wire.NotFound("Invalid base path mapping identifier specified")

type mapping = definition.BasePathMapping

// basePathText is what one segment of a base path has. Spec: domains 3.1.
var basePathText = regexp.MustCompile(`^[A-Za-z0-9$_.+!*'()-]{0,300}$`)

// basePath reads a base path, or the name of a stage, as it was sent.
func basePath(sent *string) string {
	if path := wire.Value(sent); path != none {
		return path
	}
	return ""
}

func (o *Operations) createMapping(ctx context.Context, in *wire.CreateBasePathMappingRequest) (*wire.BasePathMapping, error) {
	made := mapping{BasePath: basePath(in.BasePath), APIID: *in.RestApiId, Stage: basePath(in.Stage)}
	_, _, err := o.change(ctx, in.DomainName, in.DomainNameId, func(_ state.Scope, d *domain) error {
		if err := o.checkMapping(ctx, made); err != nil {
			return err
		}
		if err := checkPath(d, made.BasePath, -1); err != nil {
			return err
		}
		if err := state.CheckRoom(len(d.Mappings), o.state.Limits.BasePathMappings, "base path mappings"); err != nil {
			return err
		}
		d.Mappings = append(d.Mappings, made)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return shownMapping(made), nil
}

// checkMapping checks where a mapping leads. Spec: control-plane 13.2.
func (o *Operations) checkMapping(ctx context.Context, m mapping) error {
	doc, err := o.state.API(ctx, &m.APIID, wire.BadRequest("Invalid REST API identifier specified"))
	if err != nil {
		return err
	}
	if slices.Contains(doc.API.EndpointConfiguration.Types, private) {
		return wire.BadRequest("Invalid REST API identifier specified") // private APIs have private domains
	}
	if m.Stage != "" && doc.Stages[m.Stage] == nil {
		return wire.BadRequest("Invalid stage identifier specified")
	}
	return nil
}

// checkPath checks a base path beside the others of its domain; except is the mapping's own place.
func checkPath(d *domain, path string, except int) error {
	if strings.Contains(path, "/") {
		return wire.BadRequest("API Gateway V1 doesn't support the slash character (/) in base path mappings. To create a multi-level base path mapping, use API Gateway V2.")
	}
	if !basePathText.MatchString(path) {
		return wire.BadRequest("Invalid base path specified: %s", path) // (unconfirmed)
	}
	for i, other := range d.Mappings {
		switch {
		case i == except || other.BasePath != path:
		case path == "": // the empty path takes what the others leave: it is no obstacle to them. Spec: domains 3.3
			return wire.Conflict("Only one base path mapping is allowed if the base path is empty.")
		default:
			return wire.Conflict("Base path already exists for this domain name")
		}
	}
	return nil
}

func shownMapping(m mapping) *wire.BasePathMapping {
	return &wire.BasePathMapping{BasePath: wire.Ptr(cmp.Or(m.BasePath, none)), RestApiId: &m.APIID, Stage: wire.NonZero(m.Stage)}
}

func place(d *domain, path *string) (int, error) {
	i := slices.IndexFunc(d.Mappings, func(m mapping) bool { return m.BasePath == basePath(path) })
	if i < 0 {
		return i, errNoMapping
	}
	return i, nil
}

func (o *Operations) getMapping(ctx context.Context, in *wire.GetBasePathMappingRequest) (*wire.BasePathMapping, error) {
	_, d, err := o.find(ctx, in.DomainName, in.DomainNameId)
	if err != nil {
		return nil, err
	}
	i, err := place(d, in.BasePath)
	if err != nil {
		return nil, err
	}
	return shownMapping(d.Mappings[i]), nil
}

func (o *Operations) getMappings(ctx context.Context, in *wire.GetBasePathMappingsRequest) (*wire.BasePathMappings, error) {
	_, d, err := o.find(ctx, in.DomainName, in.DomainNameId)
	if err != nil {
		return nil, err
	}
	all := slices.Clone(d.Mappings)
	slices.SortFunc(all, func(a, b mapping) int { return cmp.Compare(a.BasePath, b.BasePath) })
	page, next, err := wire.Page(all, func(m mapping) string { return "/" + m.BasePath }, in.Limit, in.Position)
	if err != nil {
		return nil, err
	}
	out := &wire.BasePathMappings{Position: next}
	for _, m := range page {
		out.Items = append(out.Items, *shownMapping(m))
	}
	return out, nil
}

// patchMapping is the table of control-plane 7.4.
var patchMapping = wire.Table[mapping]{Family: wire.Listed, Rows: []wire.Row[mapping]{
	{Path: "/basePath", Replace: replaceBasePath},
	{Path: "/basepath", Hidden: true, Replace: replaceBasePath},
	{Path: "/restapiId", Replace: wire.Text(func(m *mapping) *string { return &m.APIID })},
	{Path: "/restApiId", Hidden: true, Replace: wire.Text(func(m *mapping) *string { return &m.APIID })},
	{Path: "/stage", Replace: func(m *mapping, op wire.Op) error {
		m.Stage = basePath(op.Value)
		return nil
	}},
}}

func replaceBasePath(m *mapping, op wire.Op) error {
	m.BasePath = basePath(op.Value)
	return nil
}

func (o *Operations) updateMapping(ctx context.Context, in *wire.UpdateBasePathMappingRequest) (*wire.BasePathMapping, error) {
	var changed mapping
	_, _, err := o.change(ctx, in.DomainName, in.DomainNameId, func(_ state.Scope, d *domain) error {
		i, err := place(d, in.BasePath)
		if err != nil {
			return err
		}
		if err := patchMapping.Apply(&d.Mappings[i], in.PatchOperations); err != nil {
			return err
		}
		changed = d.Mappings[i]
		if err := o.checkMapping(ctx, changed); err != nil {
			return err
		}
		return checkPath(d, changed.BasePath, i)
	})
	if err != nil {
		return nil, err
	}
	return shownMapping(changed), nil
}

func (o *Operations) deleteMapping(ctx context.Context, in *wire.DeleteBasePathMappingRequest) (*wire.None, error) {
	_, _, err := o.change(ctx, in.DomainName, in.DomainNameId, func(_ state.Scope, d *domain) error {
		i, err := place(d, in.BasePath)
		if err != nil {
			return err
		}
		d.Mappings = slices.Delete(d.Mappings, i, i+1)
		return nil
	})
	return nil, err
}
