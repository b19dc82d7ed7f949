package gateway

import (
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/gatehouse-gateway/gatehouse/vtl"
)

// ErrNotText means that the body is not valid UTF-8, so no template can read
// it. Spec: mapping-templates 1, recorded.
var ErrNotText = errors.New("body is not text")

// Param is a request parameter with its last value, decoded.
type Param struct{ Name, Value string }

// Vars is what one run of a template can see. It is plain data and may be used
// again for the next run.
type Vars struct {
	// Body is the method request's body in a request template, and the
	// integration response's body in a response template, after content handling.
	Body []byte
	// Path, Query and Header are the parameters of the method request, in the
	// order in which their names appeared first.
	Path, Query, Header []Param
	Context             ContextSource // nil: $context has only the overrides
	StageVariables      map[string]string
	Overrides           *Overrides // nil: a run's overrides are lost
}

// ContextSource gives the values of $context.
type ContextSource interface {
	// Var returns a leaf by its dotted name, without "$context.":
	// "identity.sourceIp".
	Var(name string) (string, bool)
	// Members returns the names directly below "" or a dotted prefix, nil if the
	// prefix is no map.
	Members(prefix string) []string
}

// Render runs a template over v and appends its output to dst. The error is
// ErrNotText or an error of vtl; then dst comes back as it was, but overrides
// may have been set.
func Render(p *vtl.Program, dst []byte, v *Vars, limits vtl.Limits) ([]byte, error) {
	if !utf8.Valid(v.Body) {
		return dst, ErrNotText
	}
	if _, fixed := p.Static(); fixed {
		return p.Exec(dst, nil, limits)
	}
	s := &scope{vars: v, input: input{vars: v}}
	return p.Exec(dst, s, limits)
}

// scope holds the variables of one run.
type scope struct {
	vars    *Vars
	input   input
	context contextMap
}

// Lookup returns the variables that the service defines.
func (s *scope) Lookup(name string) (vtl.Value, bool) {
	switch name {
	case "input":
		return &s.input, true
	case "context":
		o := s.vars.Overrides
		if o == nil {
			o = new(Overrides)
		}
		s.context = contextMap{source: s.vars.Context, overrides: o}
		return &s.context, true
	case "util":
		return util{}, true
	case "stageVariables":
		return stageVariables(s.vars.StageVariables), true
	}
	return nil, false
}

// stageVariables is $stageVariables. Spec: mapping-templates 11.
type stageVariables map[string]string

func (m stageVariables) Get(name string) (vtl.Value, bool) {
	v, ok := m[name]
	if !ok {
		return nil, false
	}
	return v, true
}

func (m stageVariables) Keys() []string { return sortedKeys(m) }

// contextMap is $context, or one of the maps in it. It prints nothing.
// Spec: mapping-templates 10, recorded.
type contextMap struct {
	source    ContextSource
	prefix    string     // "" or ends in a dot
	overrides *Overrides // of $context itself
}

func (m *contextMap) Get(name string) (vtl.Value, bool) {
	if m.overrides != nil {
		switch name {
		case "requestOverride":
			return m.overrides.requestMap(), true
		case "responseOverride":
			return m.overrides.responseMap(), true
		}
	}
	if m.source == nil {
		return nil, false
	}
	full := m.prefix + name
	if v, ok := m.source.Var(full); ok {
		if full == "requestTimeEpoch" { // the one number among strings
			if ms, err := strconv.ParseInt(v, 10, 64); err == nil {
				return ms, true
			}
		}
		return v, true
	}
	if m.source.Members(full) == nil {
		return nil, false
	}
	return &contextMap{source: m.source, prefix: full + "."}, true
}

// GetPath is one question for $context.identity.sourceIp, instead of a map for
// identity first. Overrides are found name by name.
func (m *contextMap) GetPath(path string) (vtl.Value, bool) {
	if m.source == nil || m.overrides != nil && (strings.HasPrefix(path, "requestOverride.") || strings.HasPrefix(path, "responseOverride.")) {
		return nil, false
	}
	if m.prefix != "" {
		path = m.prefix + path
	}
	v, ok := m.source.Var(path)
	return v, ok
}

func (m *contextMap) Keys() []string {
	var names []string
	if m.source != nil {
		prefix := m.prefix
		if prefix != "" {
			prefix = prefix[:len(prefix)-1]
		}
		names = m.source.Members(prefix)
	}
	if m.overrides == nil {
		return names
	}
	return union(names, "requestOverride", "responseOverride")
}
