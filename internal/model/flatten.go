package model

import (
	"fmt"

	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/jsontree"
)

// maxFlat bounds a flattened schema, in schemas: models that refer to each other many times grow without end.
const maxFlat = 20_000

// Flatten returns the schema of m with the models it refers to in the place of the references, as GetModel does with
// flatten=true. A model inside of itself stays a reference, and so does one that does not exist. The error is the text of
// a BadRequestException. Spec: control-plane 8.7.
func Flatten(api *definition.RestAPI, m *definition.Model) (string, error) {
	v, err := parse(m.Schema)
	if err != nil || !isJSON(m.ContentType) {
		return m.Schema, nil //nolint:nilerr // nothing in it can be a reference
	}
	f := &flattener{api: api, open: map[string]bool{m.Name: true}}
	flat := f.schema(v, m.Name, true)
	if f.count > maxFlat {
		return "", fmt.Errorf("Model %s is too large when flattened: more than %d schemas", m.Name, maxFlat)
	}
	return string(jsontree.Append(nil, flat)), nil
}

// flattener copies schemas and puts models in.
type flattener struct {
	api   *definition.RestAPI
	open  map[string]bool // models that are being put in
	count int
}

// schema copies a schema of the model called name; own says that it is the one that is flattened.
func (f *flattener) schema(v jsontree.Value, name string, own bool) jsontree.Value {
	from, ok := v.(*jsontree.Object)
	if f.count++; !ok || f.count > maxFlat {
		return v
	}
	if ref, ok := refOf(from); ok {
		return f.ref(from, ref, name, own)
	}
	o := jsontree.NewObject(from.Len())
	for key, value := range from.All() {
		if key == "$schema" && !own {
			continue
		}
		o.Set(key, f.keyword(key, value, name, own))
	}
	return o
}

func (f *flattener) keyword(key string, v jsontree.Value, name string, own bool) jsontree.Value {
	switch below := v.(type) {
	case *jsontree.Array:
		if keywords[key] != schemas {
			return v
		}
		a := &jsontree.Array{Items: make([]jsontree.Value, len(below.Items))}
		for i, item := range below.Items {
			a.Items[i] = f.schema(item, name, own)
		}
		return a
	case *jsontree.Object:
		if keywords[key] == schemas {
			return f.schema(below, name, own)
		}
		if keywords[key] == named {
			o := jsontree.NewObject(below.Len())
			for member, schema := range below.All() {
				o.Set(member, f.schema(schema, name, own))
			}
			return o
		}
	}
	return v
}

// ref returns what stands behind a reference, or a reference that holds where it is put.
func (f *flattener) ref(from *jsontree.Object, ref, name string, own bool) jsontree.Value {
	if ref != "" && ref[0] == '#' {
		if own {
			return from
		}
		o := &jsontree.Object{}
		o.Set("$ref", URL(f.api.ID, name)+ref)
		return o
	}
	other, _, ok := referred(ref)
	m := f.api.Models[other]
	if !ok || m == nil || f.open[other] || !isJSON(m.ContentType) {
		return from
	}
	v, err := parse(m.Schema)
	if err != nil {
		return from
	}
	f.open[other] = true
	flat := f.schema(v, other, false)
	delete(f.open, other)
	return flat
}
