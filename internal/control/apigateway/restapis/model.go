package restapis

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/model"
)

func (o *Operations) createModel(ctx context.Context, in *wire.CreateModelRequest) (*wire.Model, error) {
	m := &definition.Model{
		Name: *in.Name, Description: wire.Value(in.Description), ContentType: *in.ContentType, Schema: wire.Value(in.Schema),
	}
	_, err := o.state.ChangeAPI(ctx, in.RestApiId, nil, func(d *document) error {
		if err := model.Check(d.API, m); err != nil {
			return wire.BadRequest("%v", err)
		}
		if d.API.Models[m.Name] != nil {
			return wire.Conflict("Model name already exists for this REST API")
		}
		m.ID = wire.NewID(wire.ShortIDLength)
		wire.Set(&d.API.Models, m.Name, m)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return shownModel(m), nil
}

func findModel(d *document, name *string) (*definition.Model, error) {
	if m := d.API.Models[wire.Value(name)]; m != nil {
		return m, nil
	}
	return nil, wire.NotFound("Invalid model name specified: %s", wire.Value(name))
}

// errNoModel is the answer to a model of an API that does not exist. Recorded.
func errNoModel(name *string) error {
	return wire.NotFound("Invalid model name specified: %s", wire.Value(name))
}

func (o *Operations) getModel(ctx context.Context, in *wire.GetModelRequest) (*wire.Model, error) {
	doc, err := o.state.API(ctx, in.RestApiId, errNoModel(in.ModelName))
	if err != nil {
		return nil, err
	}
	m, err := findModel(doc, in.ModelName)
	if err != nil {
		return nil, err
	}
	out := shownModel(m)
	if wire.Value(in.Flatten) {
		flat, err := model.Flatten(doc.API, m)
		if err != nil {
			return nil, wire.BadRequest("%v", err)
		}
		out.Schema = &flat
	}
	return out, nil
}

func (o *Operations) getModelTemplate(ctx context.Context, in *wire.GetModelTemplateRequest) (*wire.Template, error) {
	doc, err := o.state.API(ctx, in.RestApiId, errNoModel(in.ModelName))
	if err != nil {
		return nil, err
	}
	m, err := findModel(doc, in.ModelName)
	if err != nil {
		return nil, err
	}
	text, err := model.Template(doc.API, m)
	if err != nil {
		return nil, wire.BadRequest("%v", err)
	}
	return &wire.Template{Value: &text}, nil
}

func (o *Operations) getModels(ctx context.Context, in *wire.GetModelsRequest) (*wire.Models, error) {
	doc, err := o.state.API(ctx, in.RestApiId, nil)
	if err != nil {
		return nil, err
	}
	all := wire.Sorted(doc.API.Models, func(m *definition.Model) string { return m.Name })
	page, next, err := wire.Page(all, func(m *definition.Model) string { return m.Name }, in.Limit, in.Position)
	if err != nil {
		return nil, err
	}
	out := &wire.Models{Items: make([]wire.Model, len(page)), Position: next}
	for i, m := range page {
		out.Items[i] = *shownModel(m)
	}
	return out, nil
}

func shownModel(m *definition.Model) *wire.Model {
	return &wire.Model{
		Id: &m.ID, Name: &m.Name, Description: wire.NonZero(m.Description), ContentType: &m.ContentType, Schema: wire.NonZero(m.Schema),
	}
}

func (o *Operations) deleteModel(ctx context.Context, in *wire.DeleteModelRequest) (*wire.None, error) {
	_, err := o.state.ChangeAPI(ctx, in.RestApiId, errNoModel(in.ModelName), func(d *document) error {
		m, err := findModel(d, in.ModelName)
		if err != nil {
			return err
		}
		if user := modelUser(d.API, m.Name); user != "" {
			return wire.Conflict("Cannot delete model '%s', is referenced in %s", m.Name, user)
		}
		delete(d.API.Models, m.Name)
		return nil
	})
	return nil, err
}

// modelUser names one thing that uses a model, or is "": of several methods the last by path. Spec: control-plane 8.7,
// recorded for method requests.
func modelUser(api *definition.RestAPI, name string) string {
	request, response := "", ""
	for r := range api.Ordered() {
		for _, m := range wire.Sorted(r.Methods, func(m *definition.Method) string { return m.HTTPMethod }) {
			for _, used := range m.RequestModels {
				if used == name {
					request = "method request: " + r.Path + "/" + m.HTTPMethod
				}
			}
			for _, mr := range m.Responses {
				for _, used := range mr.ResponseModels {
					if used == name {
						response = "method response: " + r.Path + "/" + m.HTTPMethod + "/" + mr.StatusCode
					}
				}
			}
		}
	}
	if user := cmp.Or(request, response); user != "" {
		return user
	}
	for _, other := range wire.Sorted(api.Models, func(m *definition.Model) string { return m.Name }) {
		if other.Name != name && slices.Contains(model.References(other.Schema), name) {
			return "model: " + other.Name
		}
	}
	return ""
}

// modelPatch is a model that is patched.
type modelPatch = definition.Model

func (o *Operations) updateModel(ctx context.Context, in *wire.UpdateModelRequest) (*wire.Model, error) {
	doc, err := o.state.ChangeAPI(ctx, in.RestApiId, errNoModel(in.ModelName), func(d *document) error {
		m, err := findModel(d, in.ModelName)
		if err != nil {
			return err
		}
		if err := patchModel.Apply(m, in.PatchOperations); err != nil {
			return err
		}
		if err := model.Check(d.API, m); err != nil {
			return wire.BadRequest("%v", err)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return shownModel(doc.API.Models[*in.ModelName]), nil
}

// patchModel is the table of control-plane 7.15.
var patchModel = wire.Table[modelPatch]{Family: wire.Listed, Rows: []wire.Row[modelPatch]{
	{Path: "/description", Replace: wire.Text(func(m *modelPatch) *string { return &m.Description })},
	{Path: "/schema", Replace: func(m *modelPatch, op wire.Op) error {
		if strings.TrimSpace(op.Text()) == "" {
			return wire.BadRequest("%v", model.ErrNoSchema)
		}
		m.Schema = op.Text()
		return nil
	}},
}}
