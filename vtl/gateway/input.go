package gateway

import (
	"strings"

	"github.com/gatehouse-gateway/gatehouse/jsontree"
	"github.com/gatehouse-gateway/gatehouse/vtl"
)

// input is $input. Spec: mapping-templates 9.
type input struct {
	vars   *Vars
	text   string         // the body, once somebody asked for it
	tree   jsontree.Value // the body, nil if it is not JSON
	parsed bool
	looked int // times that the text was searched instead
}

// maxLookups is how often the body's text is searched for one value before it is
// parsed: parsing costs about as much as three searches.
const maxLookups = 2

// nothing is what $input.json gives for no match, null and what is not JSON.
// Measured on the service, except for null (unconfirmed).
const nothing = `""`

// scanCost is how much dearer it is to search a byte of a tree than of a text.
const scanCost = 8

// Get returns $input.body; other members do not exist.
func (in *input) Get(name string) (vtl.Value, bool) {
	if name != "body" {
		return nil, false
	}
	return in.body(), true
}

// body is the body as text. An empty one reads as {}. Recorded.
func (in *input) body() string {
	if in.text == "" {
		if in.text = string(in.vars.Body); in.text == "" {
			in.text = "{}"
		}
	}
	return in.text
}

// Call runs path, json, params and the getter of body.
func (in *input) Call(env *vtl.Env, method string, args []vtl.Value) (v vtl.Value, known bool, err error) {
	switch {
	case method == "path" && len(args) == 1:
		found, err := in.find(env, args[0])
		return vtl.FromJSON(found), true, err
	case method == "json" && len(args) == 1:
		v, err = in.json(env, args[0])
		return v, true, err
	case method == "params" && len(args) == 0:
		return &allParams{in.vars}, true, nil
	case method == "params" && len(args) == 1:
		return in.param(args[0]), true, nil
	case method == "getBody" && len(args) == 0:
		return in.body(), true, nil
	}
	return nil, false, nil
}

// find evaluates a JSONPath; nil means no match, or a body that is not JSON.
func (in *input) find(env *vtl.Env, path vtl.Value) (jsontree.Value, error) {
	text, ok := path.(string)
	if !ok {
		return nil, nil
	}
	p, err := paths.get(text)
	if err != nil {
		return nil, err
	}
	if !in.parsed && in.looked < maxLookups {
		in.looked++
		if v, done := p.Lookup(in.body()); done {
			return v, nil
		}
	}
	if !in.parsed {
		in.parsed = true
		if tree, err := jsontree.ParseString(in.body(), jsontree.Limits{}); err == nil {
			in.tree = tree
		}
	}
	if in.tree == nil {
		return nil, nil
	}
	if !p.Definite() || strings.Contains(text, "(") { // may go through all of it
		if err := env.Scan(scanCost * len(in.body())); err != nil {
			return nil, err
		}
	}
	v, _ := p.Eval(in.tree)
	return v, nil
}

func (in *input) json(env *vtl.Env, path vtl.Value) (vtl.Value, error) {
	v, err := in.find(env, path)
	if err != nil {
		return nil, err
	}
	if k := jsontree.KindOf(v); k == jsontree.KindNone || k == jsontree.KindNull {
		return nothing, nil
	}
	text, err := env.JSON(v)
	return text, err
}

// param is $input.params(name): path, then query, then header.
func (in *input) param(name vtl.Value) vtl.Value {
	text, ok := name.(string)
	if !ok {
		return ""
	}
	for _, list := range [][]Param{in.vars.Path, in.vars.Query, in.vars.Header} {
		if v, ok := paramMap(list).Get(text); ok {
			return v
		}
	}
	return ""
}

// allParams is $input.params().
type allParams struct{ vars *Vars }

func (p *allParams) Get(name string) (vtl.Value, bool) {
	switch name {
	case "path":
		return paramMap(p.vars.Path), true
	case "querystring":
		return paramMap(p.vars.Query), true
	case "header":
		return paramMap(p.vars.Header), true
	}
	return nil, false
}

func (p *allParams) Keys() []string { return []string{"path", "querystring", "header"} }

// Text prints the maps like Java does.
func (p *allParams) Text() string {
	return "{path=" + paramMap(p.vars.Path).Text() + ", querystring=" + paramMap(p.vars.Query).Text() +
		", header=" + paramMap(p.vars.Header).Text() + "}"
}

// paramMap is one of the maps in $input.params(). Names are case-sensitive.
type paramMap []Param

func (m paramMap) Get(name string) (vtl.Value, bool) {
	for i := range m {
		if m[i].Name == name {
			return m[i].Value, true
		}
	}
	return nil, false
}

func (m paramMap) Keys() []string {
	names := make([]string, len(m))
	for i := range m {
		names[i] = m[i].Name
	}
	return names
}

func (m paramMap) Text() string {
	text := []byte{'{'}
	for i, p := range m {
		if i > 0 {
			text = append(text, ", "...)
		}
		text = append(append(append(text, p.Name...), '='), p.Value...)
	}
	return string(append(text, '}'))
}
