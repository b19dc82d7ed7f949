package restapis

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
)

// pathPart is what a part of a resource's path may be. Spec: control-plane 8.2.
var pathPart = regexp.MustCompile(`^(?:[a-zA-Z0-9._\-:,]+|\{[a-zA-Z0-9._\-:]+\+?\})$`)

func (o *Operations) createResource(ctx context.Context, in *wire.CreateResourceRequest) (*wire.Resource, error) {
	var id string
	doc, err := o.state.ChangeAPI(ctx, in.RestApiId, errNoResource, func(d *document) error {
		parent, err := findResource(d, in.ParentId)
		if err != nil {
			return err
		}
		if most := o.state.Limits.ResourcesPerAPI; int64(len(d.API.Resources)) > most { // the root does not count
			return wire.LimitExceeded("Maximum number of resources for this API has been reached. Please contact AWS if you need additional resources. The limit is %d.", most)
		}
		id = wire.FreshID(wire.ShortIDLength, func(id string) bool { return d.API.Resources[id] != nil })
		r := &definition.Resource{ID: id, ParentID: parent.ID, PathPart: wire.Value(in.PathPart)}
		if err := checkPlace(d.API, r, parent); err != nil {
			return err
		}
		r.Path = pathBelow(parent, r.PathPart)
		d.API.Resources[id] = r
		return nil
	})
	if err != nil {
		return nil, err
	}
	return resource(doc.API.Resources[id], false), nil
}

func pathBelow(parent *definition.Resource, part string) string {
	return strings.TrimSuffix(parent.Path, "/") + "/" + part
}

// checkPlace checks that a resource can stand below a parent, in the service's order. Spec: control-plane 8.2.
func checkPlace(api *definition.RestAPI, r, parent *definition.Resource) error {
	if !pathPart.MatchString(r.PathPart) {
		return wire.BadRequest("Resource's path part only allow a-zA-Z0-9._-:, and curly braces at the beginning and the end and an optional plus sign before the closing brace.")
	}
	if parent.Greedy() {
		return wire.BadRequest("Cannot create a child of a resource with a greedy path variable: %s", parent.PathPart)
	}
	for _, other := range api.Resources {
		if other.ParentID != parent.ID || other.ID == r.ID {
			continue
		}
		if other.PathPart == r.PathPart {
			return wire.Conflict("Another resource with the same parent already has this name: %s", r.PathPart)
		}
	}
	for other := range api.Ordered() {
		if other.ParentID == parent.ID && other.ID != r.ID && other.Variable() != "" && r.Variable() != "" {
			return wire.BadRequest("A sibling (%s) of this resource already has a variable path part -- only one is allowed", other.PathPart)
		}
	}
	return nil
}

func (o *Operations) getResource(ctx context.Context, in *wire.GetResourceRequest) (*wire.Resource, error) {
	embed, err := embedsMethods(in.Embed)
	if err != nil {
		return nil, err
	}
	doc, err := o.state.API(ctx, in.RestApiId, errNoResource)
	if err != nil {
		return nil, err
	}
	r, err := findResource(doc, in.ResourceId)
	if err != nil {
		return nil, err
	}
	return resource(r, embed), nil
}

// embedsMethods reads the embed parameter, which knows one value.
func embedsMethods(embed []string) (bool, error) {
	for _, e := range embed {
		if e != "methods" && e != "" {
			return false, wire.BadRequest("Invalid embed parameter specified: %s. Only methods can be embedded.", e)
		}
	}
	return slices.Contains(embed, "methods"), nil
}

func (o *Operations) getResources(ctx context.Context, in *wire.GetResourcesRequest) (*wire.Resources, error) {
	embed, err := embedsMethods(in.Embed)
	if err != nil {
		return nil, err
	}
	doc, err := o.state.API(ctx, in.RestApiId, nil)
	if err != nil {
		return nil, err
	}
	all := slices.Collect(doc.API.Ordered())
	page, next, err := wire.Page(all, func(r *definition.Resource) string { return r.Path }, in.Limit, in.Position)
	if err != nil {
		return nil, err
	}
	out := &wire.Resources{Items: make([]wire.Resource, len(page)), Position: next}
	for i, r := range page {
		out.Items[i] = *resource(r, embed)
	}
	return out, nil
}

// resource is a resource as the service shows it: with its methods empty unless they are embedded. Spec: control-plane 4, 8.2.
func resource(r *definition.Resource, embed bool) *wire.Resource {
	out := &wire.Resource{Id: &r.ID, ParentId: wire.NonZero(r.ParentID), PathPart: wire.NonZero(r.PathPart), Path: &r.Path}
	if len(r.Methods) == 0 {
		return out
	}
	out.ResourceMethods = make(map[string]wire.Method, len(r.Methods))
	for verb, m := range r.Methods {
		if embed {
			out.ResourceMethods[verb] = *method(m)
		} else {
			out.ResourceMethods[verb] = wire.Method{}
		}
	}
	return out
}

func (o *Operations) deleteResource(ctx context.Context, in *wire.DeleteResourceRequest) (*wire.None, error) {
	_, err := o.state.ChangeAPI(ctx, in.RestApiId, errNoResource, func(d *document) error {
		r, err := findResource(d, in.ResourceId)
		if err != nil {
			return err
		}
		if r.ParentID == "" {
			return wire.BadRequest("Root resource cannot be deleted.") // (unconfirmed)
		}
		for _, below := range subtree(d.API, r) {
			delete(d.API.Resources, below.ID)
		}
		return nil
	})
	return nil, err
}

// subtree lists a resource and everything below it.
func subtree(api *definition.RestAPI, r *definition.Resource) []*definition.Resource {
	all := []*definition.Resource{r}
	for _, other := range api.Resources {
		if strings.HasPrefix(other.Path, strings.TrimSuffix(r.Path, "/")+"/") && other != r {
			all = append(all, other)
		}
	}
	return all
}

// resourcePatch is a resource that is patched, with its API.
type resourcePatch struct {
	*definition.Resource
	api *definition.RestAPI
}

func (o *Operations) updateResource(ctx context.Context, in *wire.UpdateResourceRequest) (*wire.Resource, error) {
	doc, err := o.state.ChangeAPI(ctx, in.RestApiId, errNoResource, func(d *document) error {
		r, err := findResource(d, in.ResourceId)
		if err != nil {
			return err
		}
		return patchResource.Apply(&resourcePatch{r, d.API}, in.PatchOperations)
	})
	if err != nil {
		return nil, err
	}
	return resource(doc.API.Resources[*in.ResourceId], false), nil
}

// patchResource is the table of control-plane 7.17.
var patchResource = wire.Table[resourcePatch]{Family: wire.Listed, Rows: []wire.Row[resourcePatch]{
	{Path: "/parentId", Replace: func(p *resourcePatch, op wire.Op) error {
		if p.ParentID == "" {
			return wire.BadRequest("Root resource cannot update its parentId.")
		}
		parent := p.api.Resources[op.Text()]
		if parent == nil {
			return errNoResource
		}
		if slices.Contains(subtree(p.api, p.Resource), parent) {
			return wire.BadRequest("Resources cannot be cyclical.")
		}
		return p.move(parent, p.PathPart)
	}},
	{Path: "/pathPart", Replace: func(p *resourcePatch, op wire.Op) error {
		if p.ParentID == "" {
			return wire.BadRequest("Root resource cannot update its pathPart.")
		}
		return p.move(p.api.Resources[p.ParentID], op.Text())
	}},
}}

// move gives a resource another parent or name; the paths below follow.
func (p *resourcePatch) move(parent *definition.Resource, part string) error {
	moved := &definition.Resource{ID: p.ID, ParentID: parent.ID, PathPart: part}
	if err := checkPlace(p.api, moved, parent); err != nil {
		return err
	}
	below := subtree(p.api, p.Resource)
	if moved.Greedy() && len(below) > 1 {
		return wire.BadRequest("Cannot create a child of a resource with a greedy path variable: %s", part)
	}
	old, path := p.Path, pathBelow(parent, part)
	p.ParentID, p.PathPart = parent.ID, part
	for _, r := range below {
		r.Path = path + strings.TrimPrefix(r.Path, old)
	}
	return nil
}
