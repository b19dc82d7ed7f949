package restapis

import (
	"context"

	"github.com/gatehouse-gateway/gatehouse/internal/control/apigateway/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
)

func (o *Operations) createRequestValidator(ctx context.Context, in *wire.CreateRequestValidatorRequest) (*wire.RequestValidator, error) {
	var v *definition.RequestValidator
	_, err := o.state.ChangeAPI(ctx, in.RestApiId, wire.BadRequest("Invalid REST API identifier specified"), func(d *document) error {
		v = &definition.RequestValidator{
			ID:   wire.FreshID(wire.ShortIDLength, func(id string) bool { return d.API.RequestValidators[id] != nil }),
			Name: wire.Value(in.Name), ValidateRequestBody: wire.Value(in.ValidateRequestBody), ValidateRequestParameters: wire.Value(in.ValidateRequestParameters),
		}
		wire.Set(&d.API.RequestValidators, v.ID, v)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return shownValidator(v), nil
}

func findValidator(d *document, id *string) (*definition.RequestValidator, error) {
	if v := d.API.RequestValidators[wire.Value(id)]; v != nil {
		return v, nil
	}
	return nil, errNoValidator
}

func shownValidator(v *definition.RequestValidator) *wire.RequestValidator {
	return &wire.RequestValidator{
		Id: &v.ID, Name: wire.NonZero(v.Name), ValidateRequestBody: &v.ValidateRequestBody, ValidateRequestParameters: &v.ValidateRequestParameters,
	}
}

func (o *Operations) getRequestValidator(ctx context.Context, in *wire.GetRequestValidatorRequest) (*wire.RequestValidator, error) {
	doc, err := o.state.API(ctx, in.RestApiId, errNoValidator)
	if err != nil {
		return nil, err
	}
	v, err := findValidator(doc, in.RequestValidatorId)
	if err != nil {
		return nil, err
	}
	return shownValidator(v), nil
}

func (o *Operations) getRequestValidators(ctx context.Context, in *wire.GetRequestValidatorsRequest) (*wire.RequestValidators, error) {
	doc, err := o.state.API(ctx, in.RestApiId, nil)
	if err != nil {
		return nil, err
	}
	id := func(v *definition.RequestValidator) string { return v.ID }
	page, next, err := wire.Page(wire.Sorted(doc.API.RequestValidators, id), id, in.Limit, in.Position)
	if err != nil {
		return nil, err
	}
	out := &wire.RequestValidators{Items: make([]wire.RequestValidator, len(page)), Position: next}
	for i, v := range page {
		out.Items[i] = *shownValidator(v)
	}
	return out, nil
}

func (o *Operations) deleteRequestValidator(ctx context.Context, in *wire.DeleteRequestValidatorRequest) (*wire.None, error) {
	_, err := o.state.ChangeAPI(ctx, in.RestApiId, errNoValidator, func(d *document) error {
		v, err := findValidator(d, in.RequestValidatorId)
		if err != nil {
			return err
		}
		for r := range d.API.Ordered() {
			for _, m := range wire.Sorted(r.Methods, func(m *definition.Method) string { return m.HTTPMethod }) {
				if m.RequestValidatorID == v.ID {
					return wire.Conflict("Cannot delete request validator '%s', is referenced in method request: %s/%s", v.Name, r.Path, m.HTTPMethod) // (unconfirmed)
				}
			}
		}
		delete(d.API.RequestValidators, v.ID)
		return nil
	})
	return nil, err
}

type validatorPatch = definition.RequestValidator

func (o *Operations) updateRequestValidator(ctx context.Context, in *wire.UpdateRequestValidatorRequest) (*wire.RequestValidator, error) {
	doc, err := o.state.ChangeAPI(ctx, in.RestApiId, errNoValidator, func(d *document) error {
		v, err := findValidator(d, in.RequestValidatorId)
		if err != nil {
			return err
		}
		return patchValidator.Apply(v, in.PatchOperations)
	})
	if err != nil {
		return nil, err
	}
	return shownValidator(doc.API.RequestValidators[*in.RequestValidatorId]), nil
}

// patchValidator is the table of control-plane 7.16.
var patchValidator = wire.Table[validatorPatch]{Family: wire.Listed, Rows: []wire.Row[validatorPatch]{
	{Path: "/name", Replace: func(v *validatorPatch, op wire.Op) error {
		if op.Text() == "" {
			return wire.BadRequest("Request Validator name cannot be blank")
		}
		v.Name = op.Text()
		return nil
	}},
	{Path: "/validateRequestParameters", Replace: wire.Truth(func(v *validatorPatch) *bool { return &v.ValidateRequestParameters })},
	{Path: "/validateRequestBody", Replace: wire.Truth(func(v *validatorPatch) *bool { return &v.ValidateRequestBody })},
}}
