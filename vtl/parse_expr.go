package vtl

import (
	"strconv"
	"strings"
)

// advance reads the next token of expression mode.
func (p *parser) advance() { p.tok = p.expression() }

func (p *parser) tokText() string { return p.src[p.tok.pos:p.tok.end] }

func (p *parser) isSign(s string) bool { return p.tok.kind == tokSign && p.tokText() == s }

// word returns the current token if it is a word.
func (p *parser) word() string {
	if p.tok.kind != tokWord {
		return ""
	}
	return p.tokText()
}

func (p *parser) sign(s string) {
	if !p.isSign(s) {
		p.unexpected("'" + s + "'")
	}
	p.advance()
}

func (p *parser) unexpected(want string) {
	got := "end of template"
	switch {
	case p.tok.kind == tokRef:
		got = "reference"
	case p.tok.kind == tokBad && strings.IndexByte(`'"`, p.src[p.tok.pos]) >= 0:
		p.fail(p.tok.pos, "string without end")
	case p.tok.kind != tokEOF:
		got = strconv.Quote(p.tokText())
	}
	p.fail(p.tok.pos, "unexpected %s, want %s", got, want)
}

// levels are the binary operators from the loosest to the tightest, by sign
// and by word.
var levels = [][]string{
	{"||", "or"},
	{"&&", "and"},
	{"==", "eq", "!=", "ne"},
	{"<", "lt", ">", "gt", "<=", "le", ">=", "ge"},
	{"+", "-"},
	{"*", "/", "%"},
}

var wordSigns = map[string]string{
	"or": "||", "and": "&&", "eq": "==", "ne": "!=", "lt": "<", "gt": ">", "le": "<=", "ge": ">=",
}

func (p *parser) expr() expr { return p.binary(0) }

func (p *parser) binary(level int) expr {
	if level == len(levels) {
		return p.unary()
	}
	left := p.binary(level + 1)
	for chain := 0; ; chain++ {
		op := p.operator(levels[level])
		if op == "" {
			p.nesting -= chain
			return left
		}
		p.nest(p.tok.pos) // a chain is a tree as deep as it is long
		pos := p.tok.pos
		p.advance()
		left = &binaryNode{at(pos), op, left, p.binary(level + 1)}
	}
}

// operator returns the sign of the current token if it is one of ops.
func (p *parser) operator(ops []string) string {
	if p.tok.kind != tokSign && p.tok.kind != tokWord {
		return ""
	}
	text := p.tokText()
	for _, op := range ops {
		if op != text {
			continue
		}
		if s, ok := wordSigns[op]; ok {
			return s
		}
		return op
	}
	return ""
}

func (p *parser) unary() expr {
	if p.isSign("!") || p.word() == "not" {
		n := &notNode{at: at(p.tok.pos)}
		p.nest(p.tok.pos)
		p.advance()
		n.of = p.unary()
		p.nesting--
		return n
	}
	if p.isSign("(") {
		n := &parenNode{at: at(p.tok.pos)}
		p.nest(p.tok.pos)
		p.advance()
		n.of = p.expr()
		p.sign(")")
		p.nesting--
		return n
	}
	return p.operand()
}

// operand reads a literal or a reference: all that Velocity 1.7 takes as an
// argument, an index, an item of a list or map, and behind "in" of #foreach.
func (p *parser) operand() expr {
	pos := p.tok.pos
	switch p.tok.kind {
	case tokRef:
		return p.refOperand()
	case tokNumber:
		n := &numberNode{at(pos), p.tokText()}
		p.advance()
		return n
	case tokString:
		n := p.literal()
		p.advance()
		return n
	case tokWord:
		if w := p.tokText(); w == "true" || w == "false" {
			p.advance()
			return &boolNode{at(pos), w == "true"}
		}
	case tokSign:
		switch p.tokText() {
		case "[":
			return p.list()
		case "{":
			return p.mapping()
		}
	}
	p.unexpected("a value")
	return nil
}

// refOperand reads the reference that the current token begins.
func (p *parser) refOperand() *refNode {
	ref := p.reference()
	p.advance()
	return ref
}

// list reads [a, b] or [a..b].
func (p *parser) list() expr {
	pos := p.tok.pos
	p.nest(pos)
	defer func() { p.nesting-- }()
	p.advance()
	n := &listNode{at: at(pos)}
	if p.isSign("]") && p.tok.pos > pos+1 {
		p.unexpected("a value: an empty list has no blanks")
	}
	for !p.isSign("]") {
		item := p.operand()
		if p.isSign("..") && len(n.items) == 0 && isBound(item) {
			p.advance()
			r := &rangeNode{at(pos), item, p.operand()}
			if !isBound(r.to) {
				p.fail(r.to.offset(), "want an integer or a reference")
			}
			p.sign("]")
			return r
		}
		n.items = append(n.items, item)
		if !p.isSign("]") {
			if p.sign(","); p.isSign("]") {
				p.unexpected("a value")
			}
		}
	}
	p.advance()
	return n
}

// isBound reports whether an operand may be an end of a range.
func isBound(e expr) bool {
	switch n := e.(type) {
	case *refNode:
		return true
	case *numberNode:
		return !strings.Contains(n.text, ".")
	}
	return false
}

func (p *parser) mapping() expr {
	n := &mapNode{at: at(p.tok.pos)}
	p.nest(p.tok.pos)
	defer func() { p.nesting-- }()
	for p.advance(); !p.isSign("}"); {
		n.keys = append(n.keys, p.operand())
		p.sign(":")
		n.values = append(n.values, p.operand())
		if !p.isSign("}") {
			if p.sign(","); p.isSign("}") {
				p.unexpected("a key")
			}
		}
	}
	p.advance()
	return n
}

// literal makes the node of a string token. A double-quoted one is a template
// of its own.
func (p *parser) literal() *stringNode {
	source := p.tokText()
	quote := source[:1]
	n := &stringNode{at: at(p.tok.pos), double: quote == `"`}
	n.text = strings.ReplaceAll(source[1:len(source)-1], quote+quote, quote)
	if !n.double {
		return n
	}
	n.text = decodeUnicode(n.text)
	if !strings.ContainsAny(n.text, "$#") {
		n.body = []stmt{&textNode{n.at, n.text}}
		return n
	}
	p.nest(p.tok.pos)
	inner := &parser{lexer: lexer{src: n.text, macros: p.macros}, nesting: p.nesting, outer: p.outer, base: p.base}
	if inner.outer == "" {
		inner.outer, inner.base = p.src, p.tok.pos
	}
	var end token
	if n.body, end = inner.block(nil); end.kind != tokEOF {
		inner.fail(end.pos, "#%s without a directive to belong to", end.name)
	}
	p.nesting--
	return n
}

// decodeUnicode resolves \uXXXX.
func decodeUnicode(s string) string {
	before, after, found := strings.Cut(s, `\u`)
	if !found {
		return s
	}
	var w strings.Builder
	for ; found; before, after, found = strings.Cut(after, `\u`) {
		w.WriteString(before)
		n, err := strconv.ParseUint(after[:min(4, len(after))], 16, 16)
		if err != nil || len(after) < 4 || 0xD800 <= n && n < 0xE000 {
			w.WriteString(`\u`)
			continue
		}
		w.WriteRune(rune(n))
		after = after[4:]
	}
	w.WriteString(before)
	return w.String()
}

// reference reads a reference from its dollar sign. Nothing but its own text is
// consumed.
func (p *parser) reference() *refNode {
	n := &refNode{at: at(p.pos)}
	p.pos++
	n.quiet = p.skip('!')
	n.formal = p.skip('{')
	n.name = p.name()
	for p.pos < len(p.src) {
		switch {
		case p.src[p.pos] == '.' && identifier(p.src[p.pos+1:]) > 0:
			n.steps = append(n.steps, p.member())
		case p.src[p.pos] == '[':
			n.steps = append(n.steps, p.index())
		default:
			return p.closed(n)
		}
	}
	return p.closed(n)
}

// endsInName reports whether a reference ends in .name without braces. There
// Velocity 1.7 takes a ## for text.
func endsInName(n *refNode) bool {
	last := len(n.steps) - 1
	return !n.formal && last >= 0 && n.steps[last].index == nil && !n.steps[last].call
}

func (p *parser) closed(n *refNode) *refNode {
	if n.formal && !p.skip('}') {
		p.fail(p.pos, "reference ${%s without '}'", n.name)
	}
	n.end = at(p.pos)
	return n
}

func (p *parser) skip(c byte) bool {
	if p.pos < len(p.src) && p.src[p.pos] == c {
		p.pos++
		return true
	}
	return false
}

func (p *parser) name() string {
	n := identifier(p.src[p.pos:])
	p.pos += n
	return p.src[p.pos-n : p.pos]
}

// member reads .name or .name(args).
func (p *parser) member() step {
	s := step{at: at(p.pos)}
	p.pos++
	s.name = p.name()
	if !p.skip('(') {
		return s
	}
	s.call = true
	p.nest(p.pos)
	for p.advance(); !p.isSign(")"); {
		s.args = append(s.args, p.operand())
		if !p.isSign(")") {
			if p.sign(","); p.isSign(")") {
				p.unexpected("an argument")
			}
		}
	}
	p.nesting--
	p.close(")")
	return s
}

func (p *parser) index() step {
	s := step{at: at(p.pos)}
	p.pos++
	p.nest(p.pos)
	p.advance()
	s.index = p.operand()
	p.nesting--
	p.close("]")
	return s
}
