package jsonpath

import (
	"fmt"
	"strconv"
	"strings"
)

// parser reads a path. After the first error every method returns at once.
type parser struct {
	text    string
	pos     int
	nesting int
	inner   bool // inside a filter or an argument, where a name ends earlier
	err     error
}

func (p *parser) failAt(pos int, format string, args ...any) {
	if p.err == nil {
		p.err = &SyntaxError{Path: p.text[:min(len(p.text), maxLength)], Offset: pos, Msg: fmt.Sprintf(format, args...)}
	}
}

func (p *parser) fail(format string, args ...any) { p.failAt(p.pos, format, args...) }

func (p *parser) peek() byte {
	if p.pos < len(p.text) {
		return p.text[p.pos]
	}
	return 0
}

func (p *parser) next(s string) bool {
	if strings.HasPrefix(p.text[p.pos:], s) {
		p.pos += len(s)
		return true
	}
	return false
}

func (p *parser) blanks() {
	for p.pos < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.pos]) >= 0 {
		p.pos++
	}
}

// enter opens a level of nesting; the caller leaves it with p.nesting--.
func (p *parser) enter() bool {
	if p.nesting++; p.nesting > maxNesting {
		p.fail("nested more than %d levels deep", maxNesting)
	}
	return p.err == nil
}

// whole reads the complete text as one path.
func (p *parser) whole() *Path {
	p.text = strings.TrimSpace(p.text)
	if p.text == "" {
		p.fail("path is empty")
		return nil
	}
	path := &Path{}
	if c := p.peek(); c == '$' || c == '@' {
		p.pos++
	} else if c != '[' {
		dots := len(p.text) - len(strings.TrimLeft(p.text, "."))
		p.pos = min(dots, 2)
		p.step(path, dots >= 2, true)
	}
	p.steps(path)
	if p.err == nil && p.pos < len(p.text) {
		p.fail("unexpected %q, want '.' or '['", p.text[p.pos])
	}
	return path.seal()
}

// steps reads steps as long as there are any.
func (p *parser) steps(path *Path) {
	for p.err == nil {
		switch {
		case p.next(".."):
			p.step(path, true, p.peek() != '[')
		case p.next("."):
			p.step(path, false, p.peek() != '[')
		case p.peek() == '[':
			p.step(path, false, false)
		default:
			return
		}
	}
}

// step reads a step: a name after a dot, or a bracket.
func (p *parser) step(path *Path, deep, dotted bool) {
	start := p.pos
	var s step
	if dotted {
		s = p.dotted()
	} else {
		s = p.bracket()
	}
	if s.deep = deep; p.err != nil {
		return
	}
	if s.kind == stepCall {
		if deep {
			p.failAt(start, "a function cannot follow '..'")
			return
		}
		p.addCall(path, s)
		return
	}
	if n := len(path.steps); n > 0 && path.steps[n-1].kind == stepCall {
		p.failAt(start, "only another function can follow a function")
		return
	}
	path.steps = append(path.steps, s)
}

// addCall adds a function. Behind a path that begins with "..", $..a.sum() means
// $.sum($..a): one answer for all matches, in place of
// what stands in the parentheses. A function that takes no arguments sees the
// document.
func (p *parser) addCall(path *Path, s step) {
	if len(path.steps) == 0 || !path.steps[0].deep {
		path.steps = append(path.steps, s)
		return
	}
	over := &Path{steps: path.steps, current: path.current}
	s.args = []operand{{kind: operandPath, path: over.seal()}}
	path.steps = []step{s}
}

// dotted reads what follows a dot: *, a name, or a function with its arguments.
func (p *parser) dotted() step {
	if p.next("*") {
		if c := p.peek(); c == 0 || c == '.' || c == '[' || p.inner {
			return step{kind: stepWildcard}
		}
		p.pos--
	}
	start := p.pos
	for p.pos < len(p.text) && !p.endsName(p.text[p.pos]) {
		p.pos++
	}
	name := p.text[start:p.pos]
	switch {
	case name == "" && p.pos == len(p.text):
		p.fail("path must not end with a dot")
	case name == "":
		p.fail("unexpected %q, want a name", p.text[p.pos])
	case p.peek() == '(':
		return p.functionCall(name, start)
	case !p.inner && strings.IndexByte(" \t\r\n", p.peek()) >= 0 && p.pos < len(p.text):
		p.fail("a name with blanks needs brackets: ['my name']")
	}
	return step{kind: stepName, name: name}
}

func (p *parser) endsName(c byte) bool {
	switch c {
	case '.', '[', '(', ' ', '\t', '\r', '\n':
		return true
	case ')', ']', ',', '=', '!', '<', '>', '~', '&', '|':
		return p.inner
	}
	return false
}

// bracket reads [ … ].
func (p *parser) bracket() step {
	start := p.pos
	p.pos++
	p.blanks()
	var s step
	switch c := p.peek(); {
	case c == '\'' || c == '"':
		s = p.quotedNames()
	case c == '*':
		p.pos++
		s = step{kind: stepWildcard}
	case c == '?':
		p.pos++
		s = p.filterStep()
	case c == '-' || c == ':' || '0' <= c && c <= '9':
		s = p.indexesOrSlice()
	default:
		p.failAt(start, "want a name in quotes, a number, '*' or '?' in the brackets")
	}
	p.blanks()
	if p.err == nil && !p.next("]") {
		p.fail("the brackets are not closed")
	}
	return s
}

func (p *parser) quotedNames() step {
	var names []string
	for p.err == nil {
		if c := p.peek(); c != '\'' && c != '"' {
			p.fail("want a name in quotes")
			break
		}
		names = append(names, p.quoted())
		p.blanks()
		if !p.next(",") {
			break
		}
		p.blanks()
	}
	if len(names) == 1 {
		return step{kind: stepName, name: names[0]}
	}
	return step{kind: stepNames, names: names}
}

// quoted reads a string in single or double quotes.
func (p *parser) quoted() string {
	start, quote := p.pos, p.text[p.pos]
	var b strings.Builder
	for i := p.pos + 1; i < len(p.text); i++ {
		switch c := p.text[i]; c {
		case quote:
			p.pos = i + 1
			return b.String()
		case '\\':
			i = p.escape(&b, i+1)
		default:
			b.WriteByte(c)
		}
	}
	p.failAt(start, "the string is not closed")
	return ""
}

// escape decodes the escape whose character after the backslash is at i, and
// returns the place of its last character. Unknown ones stand for themselves.
func (p *parser) escape(b *strings.Builder, i int) int {
	if i >= len(p.text) {
		return i
	}
	c := p.text[i]
	if j := strings.IndexByte("bfnrt", c); j >= 0 {
		b.WriteByte("\b\f\n\r\t"[j])
		return i
	}
	if c == 'u' && i+4 < len(p.text) {
		if n, err := strconv.ParseUint(p.text[i+1:i+5], 16, 16); err == nil {
			b.WriteRune(rune(n))
			return i + 4
		}
	}
	b.WriteByte(c)
	return i
}

// indexesOrSlice reads 1 or 1,2 or 1:2. Jayway reads a third number of a slice
// and ignores it; so do we.
func (p *parser) indexesOrSlice() step {
	start := p.pos
	for p.pos < len(p.text) && p.text[p.pos] != ']' {
		p.pos++
	}
	text := p.text[start:p.pos]
	if strings.Contains(text, ":") {
		return p.slice(text, start)
	}
	var indexes []int
	for part := range strings.SplitSeq(text, ",") {
		indexes = append(indexes, p.number(part, start))
	}
	if len(indexes) == 1 {
		return step{kind: stepIndex, indexes: indexes}
	}
	return step{kind: stepIndexes, indexes: indexes}
}

func (p *parser) slice(text string, start int) step {
	s := step{kind: stepSlice}
	parts := strings.Split(text, ":")
	if len(parts) > 3 || len(parts) == 3 && parts[0] == "" && parts[1] == "" || parts[0] == "" && parts[1] == "" {
		p.failAt(start, "a slice needs a start or an end, as in [1:3]")
		return s
	}
	if s.hasFrom = parts[0] != ""; s.hasFrom {
		s.from = p.number(parts[0], start)
	}
	if s.hasTo = parts[1] != ""; s.hasTo {
		s.to = p.number(parts[1], start)
	}
	if len(parts) == 3 && parts[2] != "" {
		p.number(parts[2], start)
	}
	return s
}

func (p *parser) number(s string, start int) int {
	s = strings.TrimSpace(s)
	n, err := strconv.ParseInt(s, 10, 32)
	if err != nil || s[0] == '+' {
		p.failAt(start, "%q is not a number of an item", s)
	}
	return int(n)
}
