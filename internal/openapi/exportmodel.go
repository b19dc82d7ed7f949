package openapi

import (
	"maps"
	"slices"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/jsontree"
)

// exportable reports whether a model can stand in a document: its schema is JSON.
func exportable(m *definition.Model) bool {
	mime, _, _ := strings.Cut(m.ContentType, ";")
	return m.ContentType == "" || strings.EqualFold(strings.TrimSpace(mime), "application/json")
}

// models writes the schemas of all models for JSON.
func (e *exporter) models() *jsontree.Object {
	all := &jsontree.Object{}
	for _, name := range slices.Sorted(maps.Keys(e.api.Models)) {
		m := e.api.Models[name]
		if !exportable(m) {
			continue
		}
		v, err := jsontree.ParseString(m.Schema, jsontree.Limits{})
		if err == nil && jsontree.KindOf(v) != jsontree.KindObject {
			err = errNotExportable
		}
		if err != nil {
			e.fail("Invalid model schema specified for model %s: %s", name, err.Error())
			continue
		}
		all.Set(name, e.schema(name, v))
	}
	return all
}

// modelRef is the reference to a model inside of the document.
func (e *exporter) modelRef(name string) string {
	if e.oas {
		return "#/components/schemas/" + name
	}
	return "#/definitions/" + name
}

// schema writes a schema of the model called name: with references that hold in the document, and without $schema.
func (e *exporter) schema(name string, v jsontree.Value) jsontree.Value {
	from, ok := v.(*jsontree.Object)
	if !ok {
		return v
	}
	o := jsontree.NewObject(from.Len())
	for key, value := range from.All() {
		switch key {
		case "$schema":
			continue
		case "$ref":
			value = e.ref(name, value)
		case "properties", "patternProperties", "definitions", "dependencies":
			value = e.schemaMap(name, value)
		case "items", "additionalProperties", "additionalItems", "not", "allOf", "anyOf", "oneOf":
			value = e.schemas(name, value)
		}
		o.Set(key, value)
	}
	return o
}

func (e *exporter) schemaMap(name string, v jsontree.Value) jsontree.Value {
	from, ok := v.(*jsontree.Object)
	if !ok {
		return v
	}
	o := jsontree.NewObject(from.Len())
	for key, value := range from.All() {
		o.Set(key, e.schema(name, value))
	}
	return o
}

// schemas writes a schema or a list of them.
func (e *exporter) schemas(name string, v jsontree.Value) jsontree.Value {
	from, ok := v.(*jsontree.Array)
	if !ok {
		return e.schema(name, v)
	}
	a := &jsontree.Array{Items: make([]jsontree.Value, len(from.Items))}
	for i, item := range from.Items {
		a.Items[i] = e.schema(name, item)
	}
	return a
}

// ref turns the address of a model into a reference to it, and a reference inside of the model called name into one that
// begins at the document.
func (e *exporter) ref(name string, v jsontree.Value) jsontree.Value {
	ref, ok := v.(string)
	if !ok {
		return v
	}
	if inside, ok := strings.CutPrefix(ref, "#"); ok {
		return e.modelRef(name) + inside
	}
	other, ours := strings.CutPrefix(ref, modelURL+e.api.ID+"/models/")
	if m := e.api.Models[other]; ours && m != nil && exportable(m) {
		return e.modelRef(other)
	}
	return ref
}
