package lint

import (
	"slices"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/vtl"
)

// Bounds of following one template.
const (
	maxSteps  = 50_000 // parts and expressions visited
	maxInside = 8      // macros and blocks inside each other
)

// flow follows a template once, from its first part to its last: which text of others reaches which reference, and what
// the template asks of the body. Branches are all taken; what they set differently is joined.
type flow struct {
	*template
	vars      map[string]value
	macros    map[string]*vtl.Part
	body      *shape
	sent      map[string]*shape // parameters by where they are
	context   *shape            // by dotted name
	variables *shape
	overrides origin // what the template has put into the overrides
	asked     []*shape
	steps     int
	depth     int
	branches  int // how many #if and #foreach are around
	json      bool
	quiet     bool // the first of two rounds, which only learns the shapes
}

func newFlow(t *template) *flow {
	f := &flow{template: t, vars: map[string]value{}, macros: map[string]*vtl.Part{}, sent: map[string]*shape{},
		context: new(shape), variables: new(shape), body: new(shape)}
	if t.body != nil && !t.response {
		f.body = t.body.clone(0)
	}
	for name, where := range t.params {
		f.parameter(where, name)
	}
	f.json = t.writesJSON()
	vtl.Walk(t.parts, func(p *vtl.Part) bool {
		if p.Kind == vtl.PartMacro {
			f.macros[p.Name] = p
		}
		return true
	})
	return f
}

// run follows the template twice: what it asks of a value in its last line tells what the value is in the first.
func (f *flow) run() {
	for _, f.quiet = range []bool{true, false} {
		clear(f.vars)
		for _, host := range topNames {
			f.vars[host] = value{host: host}
		}
		f.steps, f.overrides = 0, 0
		f.parts(f.template.parts)
	}
}

func (f *flow) spend() bool {
	f.steps++
	return f.steps < maxSteps
}

func (f *flow) parts(list []*vtl.Part) {
	for _, p := range list {
		if !f.spend() {
			return
		}
		switch p.Kind {
		case vtl.PartReference:
			f.print(p)
		case vtl.PartSet:
			f.set(p)
		case vtl.PartIf:
			f.ifElse(p)
		case vtl.PartForeach:
			f.foreach(p)
		case vtl.PartDefine:
			f.vars[p.Name] = value{block: p.Body}
		case vtl.PartCall:
			f.call(p)
		}
	}
}

func (f *flow) set(p *vtl.Part) {
	v := f.expr(p.Value)
	r := p.Ref
	if len(r.Links) > 0 {
		target := f.follow(r, len(r.Links)-1)
		switch {
		case strings.HasPrefix(target.host, "context.requestOverride"), strings.HasPrefix(target.host, "context.responseOverride"):
			f.overrides |= v.raw
		case f.vars[r.Name].host == "":
			f.vars[r.Name] = joined(f.vars[r.Name], value{raw: v.raw})
		}
		return
	}
	if old, ok := f.vars[r.Name]; ok && f.branches > 0 {
		v = joined(v, old)
	}
	f.vars[r.Name] = v
}

// joined is a value that is one or the other.
func joined(a, b value) value {
	a.raw |= b.raw
	if a.shape == nil {
		a.shape = b.shape
	}
	return a
}

func (f *flow) ifElse(p *vtl.Part) {
	f.branches++
	for _, b := range p.Branches {
		if b.Cond != nil {
			f.condition(b.Cond)
		}
		f.parts(b.Body)
	}
	f.branches--
}

// condition follows a condition: what is asked for may be missing.
func (f *flow) condition(e *vtl.Expr) {
	switch {
	case e.Kind == vtl.ExprNot, e.Kind == vtl.ExprBinary && (e.Text == "&&" || e.Text == "||"):
		for _, item := range e.Items {
			f.condition(item)
		}
		return
	case e.Kind == vtl.ExprReference:
		if v := f.expr(e); v.shape != nil {
			f.ask(v.shape)
		}
		return
	}
	f.expr(e)
}

func (f *flow) ask(s *shape) {
	s.asked = true
	if !slices.Contains(f.asked, s) {
		f.asked = append(f.asked, s)
	}
}

func (f *flow) foreach(p *vtl.Part) {
	list := f.expr(p.Value)
	item := value{raw: list.raw, direct: list.direct}
	switch s := list.shape; {
	case s == nil:
	case s.kind == objectShape:
		if len(s.names) == 0 {
			s.child("name")
		}
		item.shape = s.members[s.names[0]]
	default:
		item.shape = s.element()
	}
	before, had := f.vars[p.Name]
	f.vars[p.Name] = item
	f.branches++
	f.parts(p.Body)
	f.branches--
	if delete(f.vars, p.Name); had {
		f.vars[p.Name] = before
	}
}

// call follows a macro with its arguments.
func (f *flow) call(p *vtl.Part) {
	m := f.macros[p.Name]
	if m == nil || f.depth >= maxInside {
		return
	}
	before, args := map[string]value{}, make([]value, len(m.Params))
	for i, name := range m.Params {
		if v, ok := f.vars[name]; ok {
			before[name] = v
		}
		if i < len(p.Args) {
			args[i] = f.expr(p.Args[i])
		}
	}
	for i, name := range m.Params {
		f.vars[name] = args[i]
	}
	f.vars["bodyContent"] = value{block: p.Body}
	f.depth++
	f.parts(m.Body)
	f.depth--
	for _, name := range m.Params {
		delete(f.vars, name)
	}
	for name, v := range before {
		f.vars[name] = v
	}
}

// follow evaluates the first n links of a reference.
func (f *flow) follow(r *vtl.Reference, n int) value {
	v, ok := f.vars[r.Name]
	if !ok {
		for i := range r.Links {
			for _, a := range r.Links[i].Args {
				f.expr(a)
			}
		}
		return value{}
	}
	for i := range n {
		v = f.step(v, &r.Links[i])
	}
	return v
}

func (f *flow) expr(e *vtl.Expr) value {
	if e == nil || !f.spend() {
		return value{}
	}
	switch e.Kind {
	case vtl.ExprReference:
		v := f.follow(e.Ref, len(e.Ref.Links))
		if v.block != nil {
			f.block(v.block)
		}
		return v
	case vtl.ExprString:
		return f.interpolated(e)
	case vtl.ExprList, vtl.ExprMap, vtl.ExprRange:
		var all value
		for _, item := range e.Items {
			v := f.expr(item)
			all.raw |= v.raw
			if e.Kind == vtl.ExprRange && v.shape != nil {
				v.shape.become(numberShape)
			}
		}
		return all
	case vtl.ExprNot:
		f.condition(e)
	case vtl.ExprBinary:
		return f.binary(e)
	}
	return value{}
}

// interpolated is a literal. One that is a single reference is what that is.
func (f *flow) interpolated(e *vtl.Expr) value {
	var all value
	before := f.json
	f.json = strings.HasPrefix(strings.TrimLeft(e.Text, " \t\r\n"), "{") // else its quotes are no JSON
	for _, p := range e.Body {
		if p.Kind != vtl.PartReference {
			f.parts([]*vtl.Part{p})
			continue
		}
		v := f.print(p)
		all.raw |= v.raw
		all.shape = v.shape
		if len(e.Body) == 1 {
			f.json = before
			return value{raw: v.raw, shape: v.shape, json: v.json}
		}
	}
	f.json = before
	all.shape = nil
	return all
}

func (f *flow) binary(e *vtl.Expr) value {
	if e.Text == "&&" || e.Text == "||" {
		f.condition(e)
		return value{}
	}
	left, right := f.expr(e.Items[0]), f.expr(e.Items[1])
	switch e.Text {
	case "==", "!=":
		f.compared(left, e.Items[1])
		f.compared(right, e.Items[0])
		return value{}
	case "+":
		if e.Items[0].Kind != vtl.ExprNumber && e.Items[1].Kind != vtl.ExprNumber {
			return value{raw: left.raw | right.raw}
		}
	}
	for _, v := range []value{left, right} {
		if v.shape != nil && !v.param {
			v.shape.become(numberShape)
		}
	}
	if e.Text == "+" {
		return value{raw: left.raw | right.raw}
	}
	return value{}
}

// compared remembers what a template compares a value with: texts that it may have, or nothing at all.
func (f *flow) compared(v value, with *vtl.Expr) {
	if v.shape == nil {
		return
	}
	const most = 8 // texts for one value
	text, ok := constant(with)
	switch {
	case ok && text == "", with.Kind == vtl.ExprReference && slices.Contains(nullNames, strings.ToLower(with.Ref.Name)):
		f.ask(v.shape)
	case ok || with.Kind == vtl.ExprNumber || with.Kind == vtl.ExprBool:
		if with.Kind != vtl.ExprString {
			text = with.Text
			if !v.param && v.shape.kind == anyShape {
				v.shape.kind = map[vtl.ExprKind]shapeKind{vtl.ExprNumber: numberShape, vtl.ExprBool: boolShape}[with.Kind]
			}
		}
		if len(v.shape.texts) < most && !slices.Contains(v.shape.texts, text) {
			v.shape.texts = append(v.shape.texts, text)
			if !slices.Contains(f.asked, v.shape) {
				f.asked = append(f.asked, v.shape)
			}
		}
	}
}

// block follows a #define where it is printed.
func (f *flow) block(body []*vtl.Part) {
	if f.depth < maxInside {
		f.depth++
		f.parts(body)
		f.depth--
	}
}

// print judges a reference that is printed.
func (f *flow) print(p *vtl.Part) value {
	v := f.follow(p.Ref, len(p.Ref.Links))
	if v.block != nil {
		f.block(v.block)
		return v
	}
	if !f.json || f.quiet {
		return v
	}
	if p.Quoted {
		f.quoted(p, v)
	} else {
		f.bare(p, v)
	}
	return v
}

func (f *flow) quoted(p *vtl.Part, v value) {
	if v.json && (v.shape == nil || !v.shape.model || v.shape.kind == textShape || v.shape.kind == objectShape || v.shape.kind == listShape) {
		f.report(p.Place, ruleQuotedJSON, "%s is JSON and brings its own quotes: write it without quotes, or as $util.escapeJavaScript(%s)", written(p.Ref), written(p.Ref))
		return
	}
	if v.raw == 0 || v.shape != nil && v.shape.model && f.validated && (v.shape.kind == numberShape || v.shape.kind == boolShape) {
		return
	}
	if v.raw&fromClient != 0 {
		f.report(p.Place, ruleUnescapedValue, "a client can end this string and go on with JSON of its own: write $util.escapeJavaScript(%s)", written(p.Ref))
		return
	}
	f.report(p.Place, ruleUnescapedResponse, "a quotation mark or backslash in the back end's answer breaks this string: write $util.escapeJavaScript(%s)", written(p.Ref))
}

func (f *flow) bare(p *vtl.Part, v value) {
	s := v.shape
	switch {
	case v.json || !v.direct:
	case v.param:
		f.report(p.Place, ruleBareValue, "a parameter is text, and without quotes a client can write any JSON here: write \"$util.escapeJavaScript(%s)\"", written(p.Ref))
	case s == nil:
	case s.kind == objectShape:
		f.report(p.Place, ruleBareValue, "%s prints an object as {name=value}, which is no JSON: use $input.json", written(p.Ref))
	case s.kind == textShape && s.model:
		f.report(p.Place, ruleBareValue, "the model says that %s is a string: it is printed without quotes; use $input.json", written(p.Ref))
	}
}
