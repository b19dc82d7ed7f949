package model

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/jsontree"
)

// Errors of Check that the service's clients know. Recorded.
var (
	ErrNoName   = errors.New("Model name must be non-empty")
	ErrNoSchema = errors.New("Model schema must have at least 1 property or array items defined")
)

// Check says what keeps m from being stored as a model of api, whether it is new or changed: its name, then its schema.
// Only schemas for JSON are read. Every error is the text of a BadRequestException. Spec: control-plane 8.7.
func Check(api *definition.RestAPI, m *definition.Model) error {
	switch {
	case m.Name == "":
		return ErrNoName
	case !isName(m.Name):
		return fmt.Errorf("Model name must be alphanumeric: %s", m.Name)
	case strings.TrimSpace(m.Schema) == "":
		return ErrNoSchema
	case len(m.Schema) > maxSchema:
		return fmt.Errorf("Model schema must not be larger than %d bytes", maxSchema)
	case !isJSON(m.ContentType):
		return nil
	}
	found := checkSchema(api, m)
	if len(found) == 0 {
		return nil
	}
	return fmt.Errorf("Invalid model specified: Validation Result: warnings : [], errors : [%s]", strings.Join(found, ", "))
}

// isJSON reports whether models of that content type are JSON schemas.
func isJSON(contentType string) bool {
	mime, _, _ := strings.Cut(contentType, ";")
	return contentType == "" || strings.EqualFold(strings.TrimSpace(mime), "application/json")
}

const invalidSchema = "Invalid model schema specified"

// checkSchema returns everything that is wrong with a schema, in the service's words as far as they are known.
func checkSchema(api *definition.RestAPI, m *definition.Model) (found []string) {
	v, err := parse(m.Schema)
	if err != nil {
		return []string{invalidSchema + ". " + err.Error()}
	}
	if jsontree.KindOf(v) != jsontree.KindObject {
		return []string{invalidSchema + ". The schema must be a JSON object"}
	}
	others := map[string]string{m.Name: m.Schema}
	walk(v, func(s *jsontree.Object) {
		if unknown := unknownKeywords(s); len(unknown) > 0 {
			found = append(found, invalidSchema+". Unsupported keyword(s): "+sortedJSON(unknown))
		}
		ref, ok := refOf(s)
		if !ok || strings.HasPrefix(ref, "#") {
			return
		}
		name, apiID, ok := referred(ref)
		switch {
		case !ok || apiID != api.ID:
			found = append(found, "Model reference must be in canonical form")
		case name != m.Name && api.Models[name] == nil:
			found = append(found, "Invalid model reference specified: "+ref)
		case name != m.Name:
			others[name] = "{}" // it was checked when it was stored
		}
	})
	if len(found) > 0 {
		return found
	}
	set, bad := NewSet(api.ID, others)
	if bad[m.Name] != nil {
		return []string{invalidSchema}
	}
	if _, err := set.Validator(m.Name); err != nil {
		return []string{invalidSchema}
	}
	return nil
}

// unknownKeywords are the members of a schema that draft 4 does not have.
func unknownKeywords(s *jsontree.Object) (unknown []string) {
	for key := range s.All() {
		if keywords[key] == 0 && !slices.Contains(unknown, key) {
			unknown = append(unknown, key)
		}
	}
	return unknown
}
