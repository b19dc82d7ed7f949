package vtl

import (
	"sort"
	"strings"
	"unicode/utf8"
)

// This file shows the tree of a template to tools that read templates without
// running them. Its types stay what they are when the tree behind them changes.

// PartKind says what a Part is.
type PartKind uint8

// The kinds of parts.
const (
	PartText      PartKind = iota // Text, printed as it stands, also what only looks like a directive
	PartComment                   // Text, with its marks
	PartRaw                       // Text of #[[ ]]# or #literal()
	PartReference                 // Ref, printed
	PartEscaped                   // Ref behind backslashes, or the name of a directive in Text
	PartSet                       // Ref = Value
	PartIf                        // Branches
	PartForeach                   // $Name in Value: Body
	PartDefine                    // $Name: Body
	PartMacro                     // Name, Params, Body
	PartCall                      // of macro Name with Args, and Body for #@name
	PartLeave                     // #break or #stop in Name
	PartRefused                   // #include, #parse or #evaluate in Name: fails when it runs
)

// Place is where something begins.
type Place struct {
	Offset int // bytes before it
	Line   int // from 1
	Column int // in characters, from 1
}

// Part is one statement of a template.
type Part struct {
	Place
	Kind     PartKind
	Text     string
	Name     string
	Ref      *Reference
	Value    *Expr
	Args     []*Expr
	Params   []string
	Branches []Branch
	Body     []*Part
	// Quoted says that the part begins inside a string in double quotes of the
	// surrounding text, as the text of JSON has them.
	Quoted bool
}

// Branch is one arm of an #if; Cond is nil for #else.
type Branch struct {
	Cond *Expr
	Body []*Part
}

// Reference is $name with what follows it.
type Reference struct {
	Place
	Source string // as written; "" inside of a literal with doubled quotes
	Name   string
	Quiet  bool // $!
	Formal bool // ${}
	Links  []Link
}

// Link is .Name, .Name(Args) or [Index].
type Link struct {
	Place
	Name  string
	Call  bool
	Args  []*Expr
	Index *Expr // if not nil
}

// ExprKind says what an Expr is.
type ExprKind uint8

// The kinds of expressions.
const (
	ExprReference ExprKind = iota // Ref
	ExprString                    // Text; Body, if it is in double quotes
	ExprNumber                    // Text
	ExprBool                      // Text is true or false
	ExprList                      // Items
	ExprRange                     // Items: from, to
	ExprMap                       // Items: key, value, key, value …
	ExprNot                       // Items: one
	ExprBinary                    // Text is the operator in its sign form, Items: left, right
)

// Expr is an expression: an operand of a directive or an argument.
type Expr struct {
	Place
	Kind  ExprKind
	Text  string
	Ref   *Reference
	Body  []*Part
	Items []*Expr
}

// Outline returns the parts of a template. The error is the *SyntaxError of one
// that does not parse.
func Outline(src string) ([]*Part, error) {
	tree, err := parse(src)
	if err != nil {
		return nil, err
	}
	o := &outliner{src: src, lines: lineStarts(src)}
	return o.block(tree, false), nil
}

// Walk calls visit for every part, and for those inside of it when visit returns
// true. Texts in double quotes inside of expressions are not visited.
func Walk(parts []*Part, visit func(*Part) bool) {
	for _, p := range parts {
		if !visit(p) {
			continue
		}
		for _, b := range p.Branches {
			Walk(b.Body, visit)
		}
		Walk(p.Body, visit)
	}
}

// outliner copies the tree.
type outliner struct {
	src     string
	lines   []int // offsets
	literal bool  // inside of a literal whose places are not those of the template
	fixed   int   // where that literal stands
	shift   int   // from offsets of the tree to those of the template
	text    jsonText
}

// jsonText follows the strings of JSON through printed text.
type jsonText struct{ quoted, escaped bool }

func (j *jsonText) read(text string) {
	for i := range len(text) {
		switch c := text[i]; {
		case c == '\n':
			*j = jsonText{} // no string of JSON holds one: this is other text, or an error
		case j.escaped:
			j.escaped = false
		case c == '\\':
			j.escaped = j.quoted
		case c == '"':
			j.quoted = !j.quoted
		}
	}
}

func lineStarts(src string) []int {
	lines := []int{0}
	for i := range len(src) {
		if src[i] == '\n' {
			lines = append(lines, i+1)
		}
	}
	return lines
}

func (o *outliner) place(offset int) Place {
	if offset += o.shift; o.literal {
		offset = o.fixed
	}
	offset = min(offset, len(o.src))
	line := sort.SearchInts(o.lines, offset+1)
	return Place{Offset: offset, Line: line, Column: 1 + utf8.RuneCountInString(o.src[o.lines[line-1]:offset])}
}

// block copies statements. inside says that the head of a directive stands
// before them, which swallows a newline.
func (o *outliner) block(body []stmt, inside bool) []*Part {
	parts := make([]*Part, 0, len(body))
	for i, s := range body {
		p := &Part{Place: o.place(s.offset()), Quoted: o.text.quoted}
		parts = append(parts, p)
		if n, ok := s.(*textNode); ok {
			p.Text = n.text
			o.text.read(printed(body, i, inside))
			continue
		}
		o.stmt(p, s)
	}
	return parts
}

func (o *outliner) stmt(p *Part, s stmt) {
	switch n := s.(type) {
	case *commentNode:
		p.Kind, p.Text = PartComment, n.text
	case *rawNode:
		p.Kind, p.Text = PartRaw, n.text
		o.text.read(n.text)
	case *literalNode:
		p.Kind, p.Text = PartRaw, n.text
		o.text.read(n.text)
	case *rawSource:
		p.Text = n.text
		o.text.read(n.text)
	case *escapeNode:
		o.escaped(p, n)
	case *refNode:
		p.Kind, p.Ref = PartReference, o.ref(n)
		o.text.escaped = false
	case *setNode:
		p.Kind, p.Ref, p.Value = PartSet, o.ref(n.target), o.expr(n.value)
	case *ifNode:
		p.Kind = PartIf
		o.branches(p, n)
	case *foreachNode:
		p.Kind, p.Name, p.Value = PartForeach, n.name, o.expr(n.list)
		p.Body = o.block(n.body, true)
	case *defineNode:
		p.Kind, p.Name = PartDefine, n.name
		p.Body = o.apart(n.body)
	case *macroNode:
		p.Kind, p.Name, p.Params = PartMacro, n.name, n.params
		p.Body = o.apart(n.body)
	case *callNode:
		p.Kind, p.Name, p.Args = PartCall, n.name, o.exprs(n.args)
		p.Body = o.block(n.body, true)
	case *leaveNode:
		p.Kind, p.Name, p.Args = PartLeave, n.name, o.exprs(n.args)
	case *refusedNode:
		p.Kind, p.Name, p.Args = PartRefused, n.name, o.exprs(n.args)
	}
}

func (o *outliner) escaped(p *Part, n *escapeNode) {
	p.Kind, p.Text = PartEscaped, n.name
	o.text.read(strings.Repeat(`\`, n.slashes/2))
	p.Quoted = o.text.quoted
	if n.ref == nil {
		return
	}
	if p.Ref = o.ref(n.ref); n.slashes%2 == 0 {
		p.Kind = PartReference
	}
	o.text.escaped = false
}

// branches copies the arms of an #if, all of which begin in the same text. The
// first one says how the text goes on.
func (o *outliner) branches(p *Part, n *ifNode) {
	before := o.text
	var after jsonText
	for i, b := range n.branches {
		o.text = before
		p.Branches = append(p.Branches, Branch{o.expr(b.cond), o.block(b.body, true)})
		if i == 0 {
			after = o.text
		}
	}
	if n.hasElse {
		o.text = before
		p.Branches = append(p.Branches, Branch{nil, o.block(n.orElse, true)})
	}
	o.text = after
}

// apart copies a block that is printed elsewhere.
func (o *outliner) apart(body []stmt) []*Part {
	before := o.text
	o.text = jsonText{}
	parts := o.block(body, true)
	o.text = before
	return parts
}

func (o *outliner) ref(n *refNode) *Reference {
	r := &Reference{Place: o.place(n.offset()), Name: n.name, Quiet: n.quiet, Formal: n.formal}
	if end := int(n.end) + o.shift; !o.literal && r.Offset < end && end <= len(o.src) {
		r.Source = o.src[r.Offset:end]
	}
	for i := range n.steps {
		s := &n.steps[i]
		l := Link{Place: o.place(s.offset()), Name: s.name, Call: s.call, Args: o.exprs(s.args)}
		if s.index != nil {
			l.Index = o.expr(s.index)
		}
		r.Links = append(r.Links, l)
	}
	return r
}

func (o *outliner) exprs(list []expr) []*Expr {
	var all []*Expr
	for _, e := range list {
		all = append(all, o.expr(e))
	}
	return all
}

func (o *outliner) expr(e expr) *Expr {
	x := &Expr{Place: o.place(e.offset())}
	switch n := e.(type) {
	case *refNode:
		x.Kind, x.Ref = ExprReference, o.ref(n)
	case *stringNode:
		x.Kind, x.Text = ExprString, n.text
		o.inLiteral(x, n)
	case *numberNode:
		x.Kind, x.Text = ExprNumber, n.text
	case *boolNode:
		x.Kind, x.Text = ExprBool, "false"
		if n.value {
			x.Text = "true"
		}
	case *listNode:
		x.Kind, x.Items = ExprList, o.exprs(n.items)
	case *rangeNode:
		x.Kind, x.Items = ExprRange, []*Expr{o.expr(n.from), o.expr(n.to)}
	case *mapNode:
		x.Kind = ExprMap
		for i := range n.keys {
			x.Items = append(x.Items, o.expr(n.keys[i]), o.expr(n.values[i]))
		}
	case *notNode:
		x.Kind, x.Items = ExprNot, []*Expr{o.expr(n.of)}
	case *binaryNode:
		x.Kind, x.Text, x.Items = ExprBinary, n.op, []*Expr{o.expr(n.left), o.expr(n.right)}
	case *parenNode:
		return o.expr(n.of)
	}
	return x
}

// inLiteral copies the text of a literal in double quotes. Its places are known
// when it is written as it reads; else it is all at the place of the literal.
func (o *outliner) inLiteral(x *Expr, n *stringNode) {
	if !n.double {
		return
	}
	if !strings.ContainsAny(n.text, "$#") { // its only node stands where the literal does
		x.Body = []*Part{{Place: x.Place, Text: n.text}}
		return
	}
	inner := *o
	o.text, o.shift = jsonText{}, x.Offset+1
	if !inner.literal && !strings.HasPrefix(o.src[min(len(o.src), x.Offset+1):], n.text+`"`) {
		o.literal, o.fixed = true, x.Offset
	}
	x.Body = o.block(n.body, false)
	*o = inner
}
