package jsontree

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

const byteOrderMark = "\uFEFF"

// Parse reads a document that is one JSON value. A byte order mark and blanks
// around the value are accepted. Invalid UTF-8 inside strings, and halves of
// surrogate pairs, become U+FFFD. The error is a *SyntaxError.
func Parse(data []byte, limits Limits) (Value, error) {
	if limits = limits.withDefaults(); len(data) > limits.Size {
		return nil, errorAt("", 0, "", ErrTooLarge)
	}
	return ParseString(string(data), limits)
}

// ParseString is Parse for text that is a string already; the tree shares its
// memory.
func ParseString(src string, limits Limits) (Value, error) {
	limits = limits.withDefaults()
	if len(src) > limits.Size {
		return nil, errorAt("", 0, "", ErrTooLarge)
	}
	p := parser{src: src, depth: limits.Depth, valid: utf8.ValidString(src)}
	if strings.HasPrefix(src, byteOrderMark) {
		p.pos = len(byteOrderMark)
	}
	p.skipBlanks()
	v := p.value()
	if p.err == nil {
		if p.skipBlanks(); p.pos < len(src) {
			p.fail("unexpected %s after the value", p.here())
		}
	}
	if p.err != nil {
		return nil, p.err
	}
	return v, nil
}

// parser walks over src. After the first error every method returns at once.
type parser struct {
	src   string
	pos   int
	depth int  // levels that may still be opened
	valid bool // src is valid UTF-8: strings need no check
	err   error
	stock stock
}

func (p *parser) fail(format string, args ...any) {
	if p.err == nil {
		p.err = errorAt(p.src, p.pos, fmt.Sprintf(format, args...), nil)
	}
}

// here describes the character at the current place for an error message.
func (p *parser) here() string {
	if p.pos >= len(p.src) {
		return "end of input"
	}
	r, _ := utf8.DecodeRuneInString(p.src[p.pos:])
	return fmt.Sprintf("%q", r)
}

func (p *parser) skipBlanks() {
	for p.pos < len(p.src) {
		switch p.src[p.pos] {
		case ' ', '\t', '\n', '\r':
			p.pos++
		default:
			return
		}
	}
}

// enter opens one level of nesting and skips its bracket.
func (p *parser) enter() bool {
	if p.depth == 0 {
		p.err = errorAt(p.src, p.pos, "", ErrTooDeep)
		return false
	}
	p.depth--
	p.pos++
	return true
}

func (p *parser) value() Value {
	if p.pos >= len(p.src) {
		p.fail("unexpected end of input, want a value")
		return nil
	}
	switch c := p.src[p.pos]; {
	case c == '{':
		return p.object()
	case c == '[':
		return p.array()
	case c == '"':
		return p.string()
	case c == '-' || '0' <= c && c <= '9':
		return p.number()
	case c == 't' && p.word("true"):
		return true
	case c == 'f' && p.word("false"):
		return false
	case c == 'n' && p.word("null"):
		return Null{}
	}
	p.fail("unexpected %s, want a value", p.here())
	return nil
}

func (p *parser) word(w string) bool {
	if !strings.HasPrefix(p.src[p.pos:], w) {
		return false
	}
	p.pos += len(w)
	return true
}

func (p *parser) object() Value {
	if !p.enter() {
		return nil
	}
	p.skipBlanks()
	if p.next('}') {
		p.depth++
		return p.stock.object(0)
	}
	start := len(p.stock.open)
	for p.err == nil {
		if p.pos >= len(p.src) || p.src[p.pos] != '"' {
			p.fail("unexpected %s, want a member name in double quotes", p.here())
			break
		}
		name := p.string()
		p.skipBlanks()
		if !p.next(':') {
			p.fail("unexpected %s, want ':' after the member name", p.here())
			break
		}
		p.skipBlanks()
		v := p.value()
		p.stock.hold(member{name, v})
		if p.more('}', "object") {
			continue
		}
		p.depth++
		return p.stock.object(len(p.stock.open) - start)
	}
	return nil
}

func (p *parser) array() Value {
	if !p.enter() {
		return nil
	}
	p.skipBlanks()
	if p.next(']') {
		p.depth++
		return &Array{}
	}
	start := len(p.stock.items)
	for p.err == nil {
		v := p.value()
		p.stock.holdItem(v)
		if p.more(']', "array") {
			continue
		}
		p.depth++
		return p.stock.array(len(p.stock.items) - start)
	}
	return nil
}

// more reads what follows an item: a comma (true) or the closing bracket.
func (p *parser) more(closing byte, of string) bool {
	if p.err != nil {
		return false
	}
	p.skipBlanks()
	if p.next(',') {
		p.skipBlanks()
		return true
	}
	if !p.next(closing) {
		p.fail("unexpected %s, want ',' or '%c' in the %s", p.here(), closing, of)
	}
	return false
}

func (p *parser) next(c byte) bool {
	if p.pos < len(p.src) && p.src[p.pos] == c {
		p.pos++
		return true
	}
	return false
}

func (p *parser) number() Value {
	n := numberLen(p.src[p.pos:])
	if n <= 0 {
		p.pos -= n
		p.fail("unexpected %s in a number", p.here())
		return nil
	}
	num := Number(p.src[p.pos : p.pos+n])
	p.pos += n
	return num
}

// numberLen returns the length of the JSON number that s begins with, or minus
// the place of the first character that cannot be part of one.
func numberLen(s string) int {
	i := 0
	if i < len(s) && s[i] == '-' {
		i++
	}
	switch d := digits(s, i); {
	case d == i:
		return -i
	case s[i] == '0':
		i++
	default:
		i = d
	}
	if i < len(s) && s[i] == '.' {
		d := digits(s, i+1)
		if d == i+1 {
			return -d
		}
		i = d
	}
	if i < len(s) && (s[i] == 'e' || s[i] == 'E') {
		i++
		if i < len(s) && (s[i] == '+' || s[i] == '-') {
			i++
		}
		d := digits(s, i)
		if d == i {
			return -d
		}
		i = d
	}
	return i
}

// digits returns the place of the first non-digit at or after i.
func digits(s string, i int) int {
	for i < len(s) && '0' <= s[i] && s[i] <= '9' {
		i++
	}
	return i
}
