package lint

import (
	"errors"
	"fmt"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/internal/limits"
	"github.com/gatehouse-gateway/gatehouse/jsonpath"
	"github.com/gatehouse-gateway/gatehouse/vtl"
)

// template is one mapping template with what is known of the method around it.
type template struct {
	*linter
	text     string
	response bool
	media    string // of its key; "" when it is a file of its own
	sends    string // the literal Content-Type that a mapping sets, or ""
	mock     bool
	// params are the parameters that the method declares, by name: path, querystring or header. nil: not known.
	params    map[string]string
	validated bool   // the body is validated before the template runs
	body      *shape // what the request model says; nil without one
	place     func(line, col int) place
	parts     []*vtl.Part
}

func (t *template) report(at vtl.Place, rule, format string, args ...any) {
	r, _ := ruleOf(rule)
	t.reportAs(at, rule, r.Severity, format, args...)
}

func (t *template) reportAs(at vtl.Place, rule string, as Severity, format string, args ...any) {
	t.add(t.place(at.Line, at.Column), rule, as, fmt.Sprintf(format, args...))
}

// maxTemplate bounds what is looked at, in bytes; larger ones are refused by the importer.
var maxTemplate = int(limits.AWS().MappingTemplate)

// lint applies all rules for templates.
func (t *template) lint() {
	if len(t.text) > maxTemplate {
		t.report(vtl.Place{Line: 1, Column: 1}, ruleSyntax, "the template has %d bytes; at most %d are possible", len(t.text), maxTemplate)
		return
	}
	var err error
	if t.parts, err = vtl.Outline(t.text); err != nil {
		var syntax *vtl.SyntaxError
		if errors.As(err, &syntax) {
			t.report(vtl.Place{Line: syntax.Line, Column: syntax.Column}, ruleSyntax, "%s: line %d of the template, %q%s",
				syntax.Msg, syntax.Line, shorten(strings.TrimSpace(syntax.Source)), t.slip(syntax.Source))
		}
		return
	}
	t.names()
	t.looks()
	f := newFlow(t)
	f.run()
	t.output(f)
}

// slip is a word that may be the reason why the template does not parse: in the line, or else anywhere.
func (t *template) slip(line string) string {
	for _, text := range []string{line, t.text} {
		for _, m := range likeDirective.FindAllStringSubmatchIndex(text, -1) {
			word := text[m[2]:m[3]]
			if d := directiveMeant(word, strings.HasPrefix(text[m[1]:], "("), true); d != "" && d != word {
				return "; #" + word + " is no directive, did you mean #" + d + "?"
			}
		}
	}
	return ""
}

// maxShown bounds the source that a message repeats, in bytes.
const maxShown = 60

func shorten(s string) string {
	s = strings.ToValidUTF8(strings.Join(strings.Fields(s), " "), "?")
	if len(s) > maxShown {
		return strings.ToValidUTF8(s[:maxShown], "") + "…"
	}
	return s
}

// source is a reference as it is written, for a message.
func written(r *vtl.Reference) string {
	if r.Source != "" {
		return shorten(r.Source)
	}
	return "$" + r.Name
}

// checkPath reports a JSONPath that is a literal and cannot be read.
func (t *template) checkPath(at vtl.Place, e *vtl.Expr) {
	text, ok := constant(e)
	if !ok {
		return
	}
	if _, err := jsonpath.Compile(text); err != nil {
		t.report(at, ruleBadPath, "%q is no JSONPath: %v", shorten(text), err)
	}
}

// constant is the text of a literal that does not depend on anything.
func constant(e *vtl.Expr) (string, bool) {
	if e == nil || e.Kind != vtl.ExprString {
		return "", false
	}
	for _, p := range e.Body {
		if p.Kind != vtl.PartText {
			return "", false
		}
	}
	return e.Text, true
}

// eachReference calls visit for every reference, also those inside of expressions and literals. target says that #set
// writes to it.
func eachReference(parts []*vtl.Part, visit func(r *vtl.Reference, p *vtl.Part, target bool)) {
	vtl.Walk(parts, func(p *vtl.Part) bool {
		exprs := append([]*vtl.Expr{p.Value}, p.Args...)
		for _, b := range p.Branches {
			exprs = append(exprs, b.Cond)
		}
		if p.Ref != nil {
			visit(p.Ref, p, p.Kind == vtl.PartSet)
			exprs = append(exprs, operands(p.Ref)...)
		}
		eachOperand(exprs, func(e *vtl.Expr) {
			if e.Ref != nil {
				visit(e.Ref, p, false)
			}
			if e.Kind == vtl.ExprString && len(e.Body) > 0 {
				eachReference(e.Body, visit)
			}
		})
		return true
	})
}

// operands are the expressions inside of a reference.
func operands(r *vtl.Reference) []*vtl.Expr {
	var all []*vtl.Expr
	for i := range r.Links {
		all = append(all, r.Links[i].Args...)
		if r.Links[i].Index != nil {
			all = append(all, r.Links[i].Index)
		}
	}
	return all
}

func eachOperand(list []*vtl.Expr, visit func(*vtl.Expr)) {
	for _, e := range list {
		if e == nil {
			continue
		}
		visit(e)
		eachOperand(e.Items, visit)
		if e.Ref != nil {
			eachOperand(operands(e.Ref), visit)
		}
	}
}
