package model

import (
	"maps"
	"slices"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/jsontree"
)

// keywords are those of draft 4, and what of a schema is below each.
var keywords = map[string]shape{
	"$ref": plain, "$schema": plain, "id": plain, "title": plain, "description": plain, "default": plain, "format": plain,
	"multipleOf": plain, "maximum": plain, "exclusiveMaximum": plain, "minimum": plain, "exclusiveMinimum": plain,
	"maxLength": plain, "minLength": plain, "pattern": plain, "maxItems": plain, "minItems": plain, "uniqueItems": plain,
	"maxProperties": plain, "minProperties": plain, "required": plain, "enum": plain, "type": plain,
	"items": schemas, "additionalItems": schemas, "additionalProperties": schemas, "not": schemas,
	"allOf": schemas, "anyOf": schemas, "oneOf": schemas,
	"properties": named, "patternProperties": named, "definitions": named, "dependencies": named,
}

// shape is what the value of a keyword holds.
type shape uint8

const (
	plain   shape = iota + 1 // no schemas
	schemas                  // a schema or a list of schemas
	named                    // schemas by name
)

// walk visits every schema in v, outer ones first.
func walk(v jsontree.Value, visit func(*jsontree.Object)) {
	switch v := v.(type) {
	case *jsontree.Array:
		for _, item := range v.Items {
			walk(item, visit)
		}
	case *jsontree.Object:
		visit(v)
		for key, value := range v.All() {
			below, isObject := value.(*jsontree.Object)
			switch {
			case keywords[key] == schemas:
				walk(value, visit)
			case keywords[key] == named && isObject:
				for _, schema := range below.All() {
					walk(schema, visit)
				}
			}
		}
	}
}

// References returns the names of the models to which a schema refers, sorted. A text that is no JSON refers to none.
func References(schema string) []string {
	v, err := parse(schema)
	if err != nil {
		return nil
	}
	names := map[string]bool{}
	walk(v, func(s *jsontree.Object) {
		if ref, ok := refOf(s); ok {
			if name, _, ok := referred(ref); ok {
				names[name] = true
			}
		}
	})
	return slices.Sorted(maps.Keys(names))
}

// refOf is the $ref of a schema.
func refOf(s *jsontree.Object) (ref string, ok bool) {
	v, _ := s.Get("$ref")
	ref, ok = v.(string)
	return ref, ok
}

// addressBegin and addressModels are around the API's id in the address of a model.
const (
	addressBegin  = "https://apigateway.amazonaws.com/restapis/"
	addressModels = "/models/"
)

// referred takes the address of a model apart: https://apigateway.amazonaws.com/restapis/{id}/models/{Name}.
func referred(ref string) (name, apiID string, ok bool) {
	rest, ok := strings.CutPrefix(ref, addressBegin)
	if !ok {
		return "", "", false
	}
	apiID, name, ok = strings.Cut(rest, addressModels)
	return name, apiID, ok && isName(name)
}

// isName reports whether s can be the name of a model: letters and digits.
func isName(s string) bool {
	for i := range len(s) {
		if c := s[i]; !(c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9') {
			return false
		}
	}
	return s != ""
}

// parse reads a schema, which may not be larger than maxSchema.
func parse(schema string) (jsontree.Value, error) {
	return jsontree.ParseString(schema, jsontree.Limits{Size: maxSchema})
}

// maxSchema is the largest schema, in bytes. Spec: rest-api 4.4.
const maxSchema = 400 << 10
