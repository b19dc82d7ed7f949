package restapis

import (
	"context"
	"maps"
	"regexp"
	"slices"

	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
)

func (o *Operations) putMethodResponse(ctx context.Context, in *wire.PutMethodResponseRequest) (*wire.MethodResponse, error) {
	var out *definition.MethodResponse
	_, err := o.state.ChangeAPI(ctx, in.RestApiId, errNoResource, func(d *document) error {
		_, m, err := findMethod(d, in.ResourceId, in.HttpMethod)
		if err != nil {
			return err
		}
		status := *in.StatusCode
		if m.Responses[status] != nil {
			return wire.Conflict("Response already exists for this resource")
		}
		// What was sent is shown again, even empty. Recorded.
		out = &definition.MethodResponse{StatusCode: status, ResponseParameters: in.ResponseParameters, ResponseModels: in.ResponseModels}
		if err := checkMethodResponse(d.API, out); err != nil {
			return err
		}
		wire.Set(&m.Responses, status, out)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return methodResponse(out), nil
}

// responseHeader is a parameter of a method response.
var responseHeader = regexp.MustCompile(`^method\.response\.(?:header|multivalueheader)\.[a-zA-Z0-9!#$%&'*+\-.^_` + "`" + `|~]+$`)

func checkMethodResponse(api *definition.RestAPI, r *definition.MethodResponse) error {
	for _, name := range slices.Sorted(maps.Keys(r.ResponseParameters)) {
		if !responseHeader.MatchString(name) {
			return wire.BadRequest("Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression parameter specified: %s]", name)
		}
	}
	for _, media := range slices.Sorted(maps.Keys(r.ResponseModels)) {
		if err := checkModelName(api, r.ResponseModels[media]); err != nil {
			return err
		}
	}
	return nil
}

func findMethodResponse(d *document, resourceID, verb, status *string) (*definition.Method, *definition.MethodResponse, error) {
	_, m, err := findMethod(d, resourceID, verb)
	if err != nil {
		return nil, nil, err
	}
	if r := m.Responses[wire.Value(status)]; r != nil {
		return m, r, nil
	}
	return nil, nil, errNoStatus
}

func (o *Operations) getMethodResponse(ctx context.Context, in *wire.GetMethodResponseRequest) (*wire.MethodResponse, error) {
	doc, err := o.state.API(ctx, in.RestApiId, errNoResource)
	if err != nil {
		return nil, err
	}
	_, r, err := findMethodResponse(doc, in.ResourceId, in.HttpMethod, in.StatusCode)
	if err != nil {
		return nil, err
	}
	return methodResponse(r), nil
}

func methodResponse(r *definition.MethodResponse) *wire.MethodResponse {
	return &wire.MethodResponse{StatusCode: &r.StatusCode, ResponseParameters: r.ResponseParameters, ResponseModels: r.ResponseModels}
}

func (o *Operations) deleteMethodResponse(ctx context.Context, in *wire.DeleteMethodResponseRequest) (*wire.None, error) {
	_, err := o.state.ChangeAPI(ctx, in.RestApiId, errNoResource, func(d *document) error {
		m, r, err := findMethodResponse(d, in.ResourceId, in.HttpMethod, in.StatusCode)
		if err != nil {
			return err
		}
		delete(m.Responses, r.StatusCode)
		return nil
	})
	return nil, err
}

// methodResponsePatch is a method response that is patched, with its API.
type methodResponsePatch struct {
	*definition.MethodResponse
	api *definition.RestAPI
}

func (o *Operations) updateMethodResponse(ctx context.Context, in *wire.UpdateMethodResponseRequest) (*wire.MethodResponse, error) {
	var out *definition.MethodResponse
	_, err := o.state.ChangeAPI(ctx, in.RestApiId, errNoResource, func(d *document) error {
		_, r, err := findMethodResponse(d, in.ResourceId, in.HttpMethod, in.StatusCode)
		if err != nil {
			return err
		}
		if err := patchMethodResponse.Apply(&methodResponsePatch{r, d.API}, in.PatchOperations); err != nil {
			return err
		}
		out = r
		return checkMethodResponse(d.API, r)
	})
	if err != nil {
		return nil, err
	}
	return methodResponse(out), nil
}

var (
	errNoParameter   = wire.NotFound("Invalid parameter name specified")
	errNoContentType = wire.NotFound("Content-Type specified was not found")
)

// patchMethodResponse is the table of control-plane 7.14. A map that a patch empties disappears. Recorded.
var patchMethodResponse = wire.Table[methodResponsePatch]{Family: wire.Plain, Rows: []wire.Row[methodResponsePatch]{
	{
		Path: "/responseParameters/*",
		Add: func(p *methodResponsePatch, op wire.Op) error {
			wire.Set(&p.ResponseParameters, op.Last(), op.Bool())
			return nil
		},
		Replace: func(p *methodResponsePatch, op wire.Op) error {
			return replaceIn(p.ResponseParameters, op.Last(), op.Bool(), errNoParameter)
		},
		Remove: func(p *methodResponsePatch, op wire.Op) error {
			return removeFrom(&p.ResponseParameters, op.Last(), errNoParameter)
		},
	},
	{
		Path: "/responseModels/*",
		Add: func(p *methodResponsePatch, op wire.Op) error {
			wire.Set(&p.ResponseModels, op.Last(), op.Text())
			return nil
		},
		Replace: func(p *methodResponsePatch, op wire.Op) error {
			return replaceIn(p.ResponseModels, op.Last(), op.Text(), errNoContentType)
		},
		Remove: func(p *methodResponsePatch, op wire.Op) error {
			return removeFrom(&p.ResponseModels, op.Last(), errNoContentType)
		},
	},
}}

// replaceIn changes a value that must be there.
func replaceIn[V any](m map[string]V, name string, value V, missing error) error {
	if _, ok := m[name]; !ok {
		return missing
	}
	m[name] = value
	return nil
}

// removeFrom removes a value that must be there, and the map with its last one.
func removeFrom[V any](m *map[string]V, name string, missing error) error {
	if _, ok := (*m)[name]; !ok {
		return missing
	}
	if delete(*m, name); len(*m) == 0 {
		*m = nil
	}
	return nil
}
