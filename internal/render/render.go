package render

import (
	"errors"
	"fmt"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/vtl"
	"github.com/gatehouse-gateway/gatehouse/vtl/gateway"
)

// Result is what a template made of a sample.
type Result struct {
	Output    []byte
	Overrides *gateway.Overrides
}

// Run renders a template over a sample: its response body when it has one, its request body otherwise. overrides, when not
// nil, are what the request template of the same exchange had set; the result adds to them.
func Run(p *vtl.Program, s *Sample, overrides *gateway.Overrides) (*Result, error) {
	vars := s.vars(overrides)
	out, err := gateway.Render(p, nil, vars, vtl.Limits{})
	return &Result{Output: out, Overrides: vars.Overrides}, err
}

// RunTraced is Run of a program that vtl.CompileTraced made; t is told what happens.
func RunTraced(p *vtl.Program, s *Sample, overrides *gateway.Overrides, t vtl.Tracer) (*Result, error) {
	vars := s.vars(overrides)
	out, err := gateway.RenderTraced(p, nil, vars, vtl.Limits{}, t)
	return &Result{Output: out, Overrides: vars.Overrides}, err
}

func (s *Sample) vars(overrides *gateway.Overrides) *gateway.Vars {
	if overrides == nil {
		overrides = new(gateway.Overrides)
	}
	vars := &gateway.Vars{
		Body: s.Body, Path: s.Path, Query: s.Query, Header: s.Header, Context: s.Context, StageVariables: s.StageVariables, Overrides: overrides,
	}
	if s.Response != nil {
		vars.Body = s.Response.Body
	}
	return vars
}

// Lines describes the overrides, one per line; "" when the template set none.
func (r *Result) Lines() string {
	var b strings.Builder
	list := func(kind string, overrides []gateway.Override) {
		for _, o := range overrides {
			fmt.Fprintf(&b, "%s.%s = %s\n", kind, o.Name, strings.Join(o.Values, ","))
		}
	}
	list("requestOverride.header", r.Overrides.RequestHeaders())
	list("requestOverride.querystring", r.Overrides.RequestQuery())
	list("requestOverride.path", r.Overrides.RequestPath())
	if status, ok := r.Overrides.Status(); ok {
		fmt.Fprintf(&b, "responseOverride.status = %d\n", status)
	}
	list("responseOverride.header", r.Overrides.ResponseHeaders())
	return b.String()
}

// Explain describes an error of a template for people: the message with its place, the line itself, and a mark below the column.
func Explain(name, source string, err error) string {
	line, column, message := place(err)
	if line == 0 {
		return name + ": " + err.Error()
	}
	lines := strings.Split(source, "\n")
	if line > len(lines) {
		return fmt.Sprintf("%s:%d:%d: %s", name, line, column, message)
	}
	text := strings.TrimSuffix(lines[line-1], "\r")
	return fmt.Sprintf("%s:%d:%d: %s\n    %s\n    %s^", name, line, column, message, text, blanks(text, column-1))
}

// place finds line, column and message of an error; line 0 when it has none.
func place(err error) (line, column int, message string) {
	var syntax *vtl.SyntaxError
	if errors.As(err, &syntax) {
		return syntax.Line, syntax.Column, syntax.Msg
	}
	var run *vtl.RunError
	if errors.As(err, &run) {
		return run.Line, run.Column, run.Err.Error()
	}
	return 0, 0, err.Error()
}

// blanks are as many as n characters of text take, tabs kept, so that what follows stands below the next one.
func blanks(text string, n int) string {
	var b strings.Builder
	for i, c := range []rune(text) {
		if i >= n {
			break
		}
		if c != '\t' {
			c = ' '
		}
		b.WriteRune(c)
	}
	return b.String()
}
