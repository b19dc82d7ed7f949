package jsonpath

import (
	"strings"

	"github.com/gatehouse-gateway/gatehouse/jsontree"
)

// filterStep reads ( expr ) after the question mark.
func (p *parser) filterStep() step {
	p.blanks()
	if !p.next("(") {
		p.fail("want '(' after '?'")
		return step{}
	}
	outer := p.inner
	p.inner = true
	e := p.or()
	p.inner = outer
	p.blanks()
	if p.err == nil && !p.next(")") {
		p.fail("want an operator or ')' in the filter")
	}
	return step{kind: stepFilter, filter: e}
}

func (p *parser) or() expr {
	all := orExpr{p.and()}
	for p.blanks(); p.err == nil && p.next("||"); p.blanks() {
		all = append(all, p.and())
	}
	if len(all) == 1 {
		return all[0]
	}
	return all
}

func (p *parser) and() expr {
	all := andExpr{p.term()}
	for p.blanks(); p.err == nil && p.next("&&"); p.blanks() {
		all = append(all, p.term())
	}
	if len(all) == 1 {
		return all[0]
	}
	return all
}

func (p *parser) term() expr {
	defer func() { p.nesting-- }()
	if !p.enter() {
		return nil
	}
	p.blanks()
	if p.next("!") {
		return notExpr{p.term()}
	}
	if p.next("(") {
		e := p.or()
		p.blanks()
		if p.err == nil && !p.next(")") {
			p.fail("want ')'")
		}
		return e
	}
	return p.comparison()
}

func (p *parser) comparison() expr {
	start := p.pos
	left := p.operand()
	p.blanks()
	op := p.operator()
	if op == nil {
		if p.err == nil && left.kind != operandPath {
			p.failAt(start, "want a path or a comparison")
		}
		return existsExpr{left}
	}
	p.blanks()
	return &compareExpr{op: op, left: left, right: p.operand()}
}

// operator reads an operator, or nothing: then a path stands alone.
func (p *parser) operator() *operator {
	for i := range operators {
		op := &operators[i]
		n := len(op.name)
		if len(p.text)-p.pos < n || !strings.EqualFold(p.text[p.pos:p.pos+n], op.name) {
			continue
		}
		word := op.name[0] >= 'a'
		if word && p.pos+n < len(p.text) && isWord(p.text[p.pos+n]) {
			continue
		}
		p.pos += n
		return op
	}
	if c := p.peek(); c != 0 && c != ')' && c != '&' && c != '|' {
		p.fail("unknown operator")
	}
	return nil
}

func isWord(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' }

// operand reads one side of a comparison, or an argument of a function.
func (p *parser) operand() operand {
	defer func() { p.nesting-- }()
	if !p.enter() {
		return operand{}
	}
	switch c := p.peek(); c {
	case '$', '@':
		path := &Path{current: c == '@'}
		p.pos++
		p.steps(path)
		return operand{kind: operandPath, path: path.seal()}
	case '\'', '"':
		return operand{kind: operandValue, value: p.quoted()}
	case '/':
		return p.pattern()
	case '[', '{':
		return p.json()
	}
	return p.word()
}

// word reads a number, true, false or null.
func (p *parser) word() operand {
	start := p.pos
	for p.pos < len(p.text) {
		c := p.text[p.pos]
		if !isWord(c) && c != '+' && c != '-' && c != '.' && (c < '0' || c > '9') {
			break
		}
		p.pos++
	}
	v, err := jsontree.ParseString(p.text[start:p.pos], jsontree.Limits{})
	if err != nil {
		p.failAt(start, "want a path, a string, a number, true, false, null, an array, an object or a pattern")
	}
	return operand{kind: operandValue, value: v}
}

// json reads an array or object literal. Single quotes are usual in them.
func (p *parser) json() operand {
	start, depth := p.pos, 0
	for p.pos < len(p.text) {
		switch p.text[p.pos] {
		case '\'', '"':
			if p.quoted(); p.err != nil {
				return operand{}
			}
			continue
		case '[', '{':
			depth++
		case ']', '}':
			depth--
		}
		p.pos++
		if depth == 0 {
			break
		}
	}
	text := p.text[start:p.pos]
	limits := jsontree.Limits{Depth: maxNesting}
	v, err := jsontree.ParseString(text, limits)
	if err != nil {
		v, err = jsontree.ParseLenient([]byte(text), limits)
	}
	if err != nil {
		p.failAt(start, "not JSON: %v", err)
	}
	return operand{kind: operandValue, value: v}
}

// pattern reads /regular expression/flags.
func (p *parser) pattern() operand {
	start := p.pos
	end := -1
	for i := start + 1; i < len(p.text); i++ {
		if p.text[i] == '\\' {
			i++
		} else if p.text[i] == '/' {
			end = i
			break
		}
	}
	if end < 0 {
		p.fail("the pattern is not closed")
		return operand{}
	}
	p.pos = end + 1
	for p.pos < len(p.text) && isWord(p.text[p.pos]) {
		p.pos++
	}
	re, err := compilePattern(p.text[start+1:end], p.text[end+1:p.pos])
	if err != nil {
		p.failAt(start, "%v", err)
	}
	return operand{kind: operandPattern, pattern: re}
}

// functionCall reads the arguments of a function whose name began at start.
func (p *parser) functionCall(name string, start int) step {
	call, ok := functions[name]
	if !ok {
		p.failAt(start, "function %q does not exist", name)
		return step{}
	}
	outer := p.inner
	p.inner = true
	defer func() { p.inner = outer }()
	s := step{kind: stepCall, name: name, call: call}
	p.pos++
	p.blanks()
	if p.next(")") {
		return s
	}
	for p.err == nil {
		p.blanks()
		if s.args = append(s.args, p.operand()); s.args[len(s.args)-1].kind == operandPattern {
			p.fail("a pattern cannot be an argument")
		}
		p.blanks()
		if p.next(")") {
			break
		}
		if !p.next(",") {
			p.fail("the arguments of %s are not closed", name)
		}
	}
	return s
}
