package model

import (
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// explain appends one text per failure, in the order of the validator. Spec: rest-api 4.4, the table of texts.
func (v *Validator) explain(dst []string, e *jsonschema.ValidationError, doc any) []string {
	switch e.ErrorKind.(type) {
	case *kind.Schema, *kind.Group, *kind.Reference:
		for _, cause := range e.Causes {
			dst = v.explain(dst, cause, doc)
		}
		return dst
	}
	return append(dst, v.text(e, doc))
}

func (v *Validator) text(e *jsonschema.ValidationError, doc any) string {
	switch k := e.ErrorKind.(type) {
	case *kind.Required:
		return "object has missing required properties (" + sortedJSON(k.Missing) + ")"
	case *kind.Type:
		return fmt.Sprintf("instance type (%s) does not match any allowed primitive type (allowed: %s)", typeOf(at(doc, e), k.Got), sortedJSON(k.Want))
	case *kind.Enum:
		return fmt.Sprintf("instance value (%s) not found in enum (possible values: %s)", asJSON(k.Got), asJSON(k.Want))
	case *kind.AdditionalProperties:
		return "object instance has properties which are not allowed by the schema: " + sortedJSON(k.Properties)
	case *kind.Pattern:
		return fmt.Sprintf("ECMA 262 regex %q does not match input string %q", k.Want, k.Got)
	case *kind.UniqueItems:
		return "array must not contain duplicate elements"
	case *kind.Not:
		return "instance matched a schema which it should not have"
	case *kind.AnyOf, *kind.OneOf, *kind.AllOf:
		return v.combination(e)
	case *kind.Format:
		return formatText(k)
	}
	if text := sizeText(e, doc); text != "" {
		return text
	}
	if text := numberText(e); text != "" {
		return text
	}
	return fmt.Sprint(e.ErrorKind)
}

func sizeText(e *jsonschema.ValidationError, doc any) string {
	switch k := e.ErrorKind.(type) {
	case *kind.MinLength:
		return fmt.Sprintf("string %s is too short (length: %d, required minimum: %d)", asJSON(at(doc, e)), k.Got, k.Want)
	case *kind.MaxLength:
		return fmt.Sprintf("string %s is too long (length: %d, maximum allowed: %d)", asJSON(at(doc, e)), k.Got, k.Want)
	case *kind.MinItems:
		return fmt.Sprintf("array is too short: must have at least %d elements but instance has %d elements", k.Want, k.Got)
	case *kind.MaxItems:
		return fmt.Sprintf("array is too long: must have at most %d elements but instance has %d elements", k.Want, k.Got)
	case *kind.MinProperties:
		return fmt.Sprintf("object has too few properties (found %d but schema requires at least %d)", k.Got, k.Want)
	case *kind.MaxProperties:
		return fmt.Sprintf("object has too many properties (found %d but schema requires at most %d)", k.Got, k.Want)
	}
	return ""
}

func numberText(e *jsonschema.ValidationError) string {
	switch k := e.ErrorKind.(type) {
	case *kind.Minimum:
		return fmt.Sprintf("numeric instance is lower than the required minimum (minimum: %s, found: %s)", number(k.Want), number(k.Got))
	case *kind.Maximum:
		return fmt.Sprintf("numeric instance is greater than the required maximum (maximum: %s, found: %s)", number(k.Want), number(k.Got))
	case *kind.ExclusiveMinimum:
		return "numeric instance is not strictly greater than the required minimum " + number(k.Want)
	case *kind.ExclusiveMaximum:
		return "numeric instance is not strictly lower than the required maximum " + number(k.Want)
	case *kind.MultipleOf:
		return fmt.Sprintf("remainder of division is not zero (%s / %s)", number(k.Got), number(k.Want))
	}
	return ""
}

// combination counts how many of the alternatives matched.
func (v *Validator) combination(e *jsonschema.ValidationError) string {
	switch k := e.ErrorKind.(type) {
	case *kind.AnyOf:
		return fmt.Sprintf("instance failed to match at least one required schema among %d", v.alternatives(e, "anyOf"))
	case *kind.OneOf:
		return fmt.Sprintf("instance failed to match exactly one schema (matched %d out of %d)", len(k.Subschemas), v.alternatives(e, "oneOf"))
	}
	n := v.alternatives(e, "allOf")
	return fmt.Sprintf("instance failed to match all required schemas (matched only %d out of %d)", n-len(e.Causes), n)
}

// alternatives is the number of schemas below a combining keyword, read from the schema itself.
func (v *Validator) alternatives(e *jsonschema.ValidationError, keyword string) int {
	url, pointer, _ := strings.Cut(e.SchemaURL, "#")
	schema := v.docs[url]
	for token := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		if token != "" {
			schema = step(schema, strings.NewReplacer("~1", "/", "~0", "~").Replace(token))
		}
	}
	list, _ := step(schema, keyword).([]any)
	return max(len(list), len(e.Causes))
}

// step goes one level down in a JSON document, or to nil.
func step(doc any, token string) any {
	switch d := doc.(type) {
	case map[string]any:
		return d[token]
	case []any:
		if i, err := strconv.Atoi(token); err == nil && i >= 0 && i < len(d) {
			return d[i]
		}
	}
	return nil
}

// at is the value that e speaks of.
func at(doc any, e *jsonschema.ValidationError) any {
	for _, token := range e.InstanceLocation {
		doc = step(doc, token)
	}
	return doc
}

// typeOf tells integers from other numbers by how they are written.
func typeOf(value any, name string) string {
	if n, ok := value.(json.Number); ok && name == "number" && !strings.ContainsAny(string(n), ".eE") {
		return "integer"
	}
	return name
}

func formatText(k *kind.Format) string {
	s := asJSON(k.Got)
	switch k.Want {
	case "email":
		return "string " + s + " is not a valid email address"
	case "date-time":
		return "string " + s + ` is invalid against requested date format(s) [yyyy-MM-dd'T'HH:mm:ssZ, yyyy-MM-dd'T'HH:mm:ss.SSSZ]`
	case "date":
		return "string " + s + " is invalid against requested date format(s) yyyy-MM-dd"
	case "time":
		return "string " + s + " is invalid against requested date format(s) HH:mm:ss"
	case "uri":
		return "string " + s + " is not a valid URI"
	case "ipv4":
		return "string " + s + " is not a valid IPv4 address"
	case "ipv6":
		return "string " + s + " is not a valid IPv6 address"
	}
	return "string " + s + " is not a valid " + k.Want
}

func sortedJSON(list []string) string {
	sorted := slices.Sorted(slices.Values(list))
	return asJSON(sorted)
}

// asJSON writes v as JSON without HTML escapes.
func asJSON(v any) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return fmt.Sprint(v)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// number prints a rational as the decimal it was written as.
func number(r *big.Rat) string {
	if r.IsInt() {
		return r.Num().String()
	}
	s := r.FloatString(20)
	return strings.TrimRight(s, "0")
}
