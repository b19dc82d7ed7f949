// Package model knows models: JSON schemas of draft 4. It checks them as they are stored ([Check]), reads the references
// between them ([References], [Flatten]), makes mapping templates of them ([Template]), and validates request bodies
// against them ([Set], [Validator]), with the service's own error texts.
//
// Models refer to each other by absolute URL, https://apigateway.amazonaws.com/restapis/{id}/models/{Name}; references
// to anything else outside the model are refused. Spec: rest-api 4.3, 4.4.
package model

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/gatehouse-gateway/gatehouse/javaregex"
)

// URL is the address of a model of an API, as other models refer to it.
func URL(apiID, name string) string {
	return addressBegin + apiID + addressModels + name
}

// Set holds the models of one API and compiles those that methods use.
type Set struct {
	apiID    string
	compiler *jsonschema.Compiler
	known    map[string]bool
	docs     map[string]any // by URL
}

// errNoFetch answers references that leave the API.
var errNoFetch = errors.New("models can only refer to models of the same API")

type noLoader struct{}

func (noLoader) Load(string) (any, error) { return nil, errNoFetch }

// NewSet reads the schemas of an API by model name. A schema that is no JSON object is in the returned map of errors;
// a model nobody uses does not matter beyond that.
func NewSet(apiID string, schemas map[string]string) (*Set, map[string]error) {
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft4)
	c.UseLoader(noLoader{})
	c.UseRegexpEngine(pattern)
	s := &Set{apiID: apiID, compiler: c, known: make(map[string]bool), docs: make(map[string]any)}
	bad := make(map[string]error)
	for name, text := range schemas {
		if err := s.add(name, text); err != nil {
			bad[name] = err
		}
	}
	return s, bad
}

func (s *Set) add(name, text string) error {
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		return fmt.Errorf("schema of model %s is not JSON: %w", name, err)
	}
	obj, ok := doc.(map[string]any)
	if !ok {
		return fmt.Errorf("schema of model %s is not a JSON object", name)
	}
	if !numbersBounded(obj) {
		return fmt.Errorf("schema of model %s: %w", name, errHugeNumber)
	}
	delete(obj, "$schema") // the service reads every model as draft 4
	url := URL(s.apiID, name)
	if err := s.compiler.AddResource(url, obj); err != nil {
		return fmt.Errorf("model %s: %w", name, err)
	}
	s.known[name], s.docs[url] = true, obj
	return nil
}

// Validator compiles the model called name.
func (s *Set) Validator(name string) (*Validator, error) {
	if !s.known[name] {
		return nil, fmt.Errorf("model %q does not exist", name)
	}
	schema, err := s.compiler.Compile(URL(s.apiID, name))
	if err != nil {
		return nil, fmt.Errorf("model %s: %w", name, err)
	}
	return &Validator{schema: schema, docs: s.docs}, nil
}

// Validator checks bodies against one model. It may be used by many goroutines.
type Validator struct {
	schema *jsonschema.Schema
	docs   map[string]any
}

// errNotJSON is the text for a body that cannot be parsed.
var errNotJSON = errors.New("the body is not JSON")

// Validate checks a body; an empty one is validated as {}. It returns what is wrong in the service's words, nil when
// nothing is. Spec: rest-api 4.3.
func (v *Validator) Validate(body []byte) []string {
	if len(bytes.TrimSpace(body)) == 0 {
		body = []byte("{}")
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return []string{errNotJSON.Error()}
	}
	if !numbersBounded(doc) {
		return []string{errHugeNumber.Error()}
	}
	err = v.schema.Validate(doc)
	var failed *jsonschema.ValidationError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &failed):
		return v.explain(nil, failed, doc)
	}
	return []string{err.Error()}
}

// maxNumber bounds the digits and the exponent of a number. The validator computes with exact fractions, in which
// 1e999999 has a million digits: one short number could otherwise cost a second, or more.
const maxNumber = 1000

var errHugeNumber = fmt.Errorf("a number has more than %d digits", maxNumber)

// numbersBounded reports whether every number in doc stays below maxNumber digits when written out.
func numbersBounded(doc any) bool {
	switch d := doc.(type) {
	case json.Number:
		mantissa, exponent, _ := strings.Cut(strings.ToLower(string(d)), "e")
		e, err := strconv.Atoi(cmp.Or(exponent, "0"))
		return err == nil && e > -maxNumber && e < maxNumber && len(mantissa) < maxNumber
	case map[string]any:
		for _, member := range d {
			if !numbersBounded(member) {
				return false
			}
		}
	case []any:
		for _, item := range d {
			if !numbersBounded(item) {
				return false
			}
		}
	}
	return true
}

// regexpFor adapts a pattern to the validator's interface; a search that takes too long does not match.
type regexpFor struct{ *javaregex.Regexp }

func (r regexpFor) MatchString(s string) bool {
	found, err := r.Find(s)
	return found && err == nil
}

func pattern(text string) (jsonschema.Regexp, error) {
	re, err := javaregex.Compile(text)
	if err != nil {
		return nil, err
	}
	return regexpFor{re}, nil
}
