package restapi

import (
	"fmt"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/jsonpath"
	"github.com/gatehouse-gateway/gatehouse/jsontree"
)

// phase says which source expressions are allowed where.
type phase uint8

const (
	onRequest  phase = iota // requestParameters of an integration
	onResponse              // responseParameters of an integration response
	onGateway               // responseParameters of a gateway response
)

type sourceKind uint8

const (
	fromLiteral sourceKind = iota
	fromPath
	fromQuery
	fromManyQuery
	fromHeader
	fromManyHeader
	fromBody
	fromBodyPath
	fromContext
	fromResponseHeader
	fromManyResponseHeader
	fromResponseBody
	fromResponseBodyPath
)

// source is a compiled mapping expression: where a mapped value comes from. Spec: rest-api 5, 10.2, 15.2.
type source struct {
	kind    sourceKind
	name    string
	literal string
	absent  bool // a stage variable that the stage does not have
	path    *jsonpath.Path
	context contextVar
}

// value is what a source gave: one text, or several for the multi-value expressions.
type value struct {
	text string
	many []string // nil for a single value
}

// sourcePrefixes lists the expressions with a name behind the prefix, by phase.
var sourcePrefixes = [...]struct {
	prefix string
	kind   sourceKind
	phases [3]bool // onRequest, onResponse, onGateway
}{
	{"method.request.path.", fromPath, [3]bool{true, false, true}},
	{"method.request.querystring.", fromQuery, [3]bool{true, false, true}},
	{"method.request.multivaluequerystring.", fromManyQuery, [3]bool{true, false, false}},
	{"method.request.header.", fromHeader, [3]bool{true, false, true}},
	{"method.request.multivalueheader.", fromManyHeader, [3]bool{true, false, false}},
	{"method.request.body.", fromBodyPath, [3]bool{true, false, false}},
	{"integration.response.header.", fromResponseHeader, [3]bool{false, true, false}},
	{"integration.response.multivalueheader.", fromManyResponseHeader, [3]bool{false, true, false}},
	{"integration.response.body.", fromResponseBodyPath, [3]bool{false, true, false}},
	{"context.", fromContext, [3]bool{true, true, true}},
	{"stageVariables.", fromLiteral, [3]bool{true, true, true}},
}

// compileSource compiles a mapping expression; vars are the stage's variables, which are constants of a release.
func compileSource(expr string, at phase, vars map[string]string) (source, error) {
	if len(expr) >= 2 && expr[0] == '\'' && expr[len(expr)-1] == '\'' {
		return source{kind: fromLiteral, literal: expr[1 : len(expr)-1]}, nil
	}
	switch {
	case expr == "method.request.body" && at == onRequest:
		return source{kind: fromBody}, nil
	case expr == "integration.response.body" && at == onResponse:
		return source{kind: fromResponseBody}, nil
	}
	for _, p := range sourcePrefixes {
		if name, ok := strings.CutPrefix(expr, p.prefix); ok && name != "" && p.phases[at] {
			return namedSource(p.kind, p.prefix, name, vars)
		}
	}
	return source{}, fmt.Errorf("Invalid mapping expression specified: %s", expr)
}

func namedSource(kind sourceKind, prefix, name string, vars map[string]string) (source, error) {
	s := source{kind: kind, name: name}
	switch {
	case prefix == "stageVariables.":
		text, ok := vars[name]
		s.literal, s.absent = text, !ok
	case kind == fromContext:
		if !isContextName(name) {
			return s, fmt.Errorf("Invalid mapping expression specified: context.%s", name)
		}
		s.context = compileContext(name)
	case kind == fromBodyPath || kind == fromResponseBodyPath:
		path, err := jsonpath.Compile("$." + name)
		if err != nil {
			return s, fmt.Errorf("Invalid mapping expression specified: %s%s: %w", prefix, name, err)
		}
		s.path = path
	}
	return s, nil
}

// read gives the value for this exchange; ok is false when there is none, and the target is then left out
// altogether. Spec: rest-api 5, recorded.
func (s *source) read(x *exchange) (v value, ok bool, r *refusal) {
	switch s.kind {
	case fromLiteral:
		return value{text: s.literal}, !s.absent, nil
	case fromPath:
		v.text, ok = x.pathParam(s.name)
	case fromQuery:
		v.text, ok = x.lastQuery(s.name)
	case fromManyQuery:
		v, ok = x.allQuery(s.name)
	case fromHeader:
		v.text, ok = x.lastHeader(s.name)
	case fromManyHeader:
		v.text, ok = joined(x.headers().Values(s.name))
	case fromContext:
		v.text, ok = s.context(x)
	case fromBody, fromBodyPath:
		v.text, ok, r = s.readBody(x)
	case fromResponseHeader:
		v.text, ok = findHeader(x.result.Header, s.name)
	case fromManyResponseHeader:
		v.text, ok = joined(x.result.Header.Values(s.name))
	case fromResponseBody, fromResponseBodyPath:
		v.text, ok, r = s.readPayload(x)
	}
	return v, ok, r
}

// readBody gives the method request body, or what the JSONPath finds in it. What begins like JSON must be JSON, and an
// empty body is {}, for the whole body too. Spec: rest-api 5.
func (s *source) readBody(x *exchange) (string, bool, *refusal) {
	if r := x.readBody(); r != nil {
		return "", false, r
	}
	root, err := x.jsonBody()
	switch {
	case err != nil:
		return "", false, badJSONBody
	case s.kind == fromBodyPath:
		text, ok := s.pick(root)
		return text, ok, nil
	case len(x.body) == 0:
		return "{}", true, nil
	}
	return string(x.body), true, nil
}

// readPayload gives the integration response body, or what the JSONPath finds in it. Spec: rest-api 10.2.
func (s *source) readPayload(x *exchange) (string, bool, *refusal) {
	root, err := x.jsonPayload()
	switch {
	case err != nil:
		return "", false, unreadablePayload(err)
	case s.kind == fromResponseBodyPath:
		text, ok := s.pick(root)
		return text, ok, nil
	}
	return string(x.payload), true, nil
}

// unreadablePayload is the answer to a body mapping over a payload that only looks like JSON. Spec: rest-api 10.2.
func unreadablePayload(err error) *refusal {
	r := internal("Execution failed due to configuration error: Invalid JSON in response: " + err.Error())
	r.errorType = "InternalFailureException"
	return r
}

// pick evaluates the JSONPath; scalars come as text, containers as JSON, null and no match as nothing.
func (s *source) pick(root jsontree.Value) (string, bool) {
	if root == nil {
		return "", false
	}
	found, ok := s.path.Eval(root)
	if !ok {
		return "", false
	}
	switch v := found.(type) {
	case nil, jsontree.Null:
		return "", false
	case string:
		return v, true
	}
	return string(jsontree.Append(nil, found)), true
}

func (x *exchange) allQuery(name string) (value, bool) {
	var v value
	n := 0
	for _, p := range x.queryParams() {
		if p.Name == name {
			v.text = p.Value
			v.many = append(v.many, p.Value)
			n++
		}
	}
	if n == 1 {
		v.many = nil
	}
	return v, n > 0
}

func joined(values []string) (string, bool) { return strings.Join(values, ","), len(values) > 0 }
