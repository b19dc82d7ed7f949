package jsontree

import (
	"strings"
	"unicode/utf8"
)

// ParseLenient reads the relaxed notation in which a MOCK integration's
// template may write its answer. Beyond JSON it accepts names and words without
// quotes, single quotes, and commas too many: {statusCode: 200,, 'a': b,}.
// Missing brackets, quotes that do not match and anything after the value are
// errors, as in Parse.
//
// Spec: rest-api 9.4.
func ParseLenient(data []byte, limits Limits) (Value, error) {
	limits = limits.withDefaults()
	if len(data) > limits.Size {
		return nil, errorAt("", 0, "", ErrTooLarge)
	}
	src := string(data)
	p := lenient{parser{src: src, depth: limits.Depth, valid: utf8.ValidString(src)}}
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

// lenient is the parser with other rules for values, names and commas.
type lenient struct{ parser }

func (p *lenient) value() Value {
	if p.pos < len(p.src) {
		switch p.src[p.pos] {
		case '{':
			return p.object()
		case '[':
			return p.array()
		case '"':
			return p.string()
		case '\'':
			return p.singleQuoted()
		}
	}
	w := p.bareWord()
	switch {
	case w == "":
		p.fail("unexpected %s, want a value", p.here())
		return nil
	case w == "true", w == "false":
		return w == "true"
	case w == "null":
		return Null{}
	case numberLen(w) == len(w):
		return Number(w)
	}
	return w
}

func (p *lenient) object() Value {
	o := &Object{}
	if !p.enter() {
		return nil
	}
	for p.skipCommas(); p.err == nil && !p.next('}'); p.skipCommas() {
		name := p.name()
		p.skipBlanks()
		if !p.next(':') {
			p.fail("unexpected %s, want ':' after the member name", p.here())
			break
		}
		p.skipBlanks()
		o.Set(name, p.value())
		p.separated('}')
	}
	p.depth++
	return o
}

func (p *lenient) array() Value {
	a := &Array{}
	if !p.enter() {
		return nil
	}
	for p.skipCommas(); p.err == nil && !p.next(']'); p.skipCommas() {
		a.Items = append(a.Items, p.value())
		p.separated(']')
	}
	p.depth++
	return a
}

// separated fails unless a comma or the closing bracket comes next.
func (p *lenient) separated(closing byte) {
	p.skipBlanks()
	if p.pos >= len(p.src) || p.src[p.pos] != ',' && p.src[p.pos] != closing {
		p.fail("unexpected %s, want ',' or '%c'", p.here(), closing)
	}
}

func (p *lenient) skipCommas() {
	for p.skipBlanks(); p.err == nil && p.next(','); p.skipBlanks() {
	}
}

func (p *lenient) name() string {
	if p.pos < len(p.src) {
		switch p.src[p.pos] {
		case '"':
			return p.string()
		case '\'':
			return p.singleQuoted()
		}
	}
	w := p.bareWord()
	if w == "" {
		p.fail("unexpected %s, want a member name", p.here())
	}
	return w
}

// bareWord reads a name or a word without quotes, up to a character that has a
// meaning of its own. Blanks inside belong to it, blanks after it do not.
func (p *lenient) bareWord() string {
	rest := p.src[p.pos:]
	end := strings.IndexAny(rest, "{}[]:,\"'")
	if end < 0 {
		end = len(rest)
	}
	w := strings.TrimRight(rest[:end], " \t\r\n")
	p.pos += len(w)
	return p.wellFormed(w)
}

func (p *lenient) singleQuoted() string {
	p.pos++
	var buf []byte
	for p.pos < len(p.src) && p.err == nil {
		switch c := p.src[p.pos]; {
		case c == '\'':
			p.pos++
			return p.wellFormed(string(buf))
		case c == '\\' && strings.HasPrefix(p.src[p.pos:], `\'`):
			buf = append(buf, '\'')
			p.pos += 2
		case c == '\\':
			buf = p.escape(buf)
		default:
			buf = append(buf, c)
			p.pos++
		}
	}
	p.fail("unexpected end of input in a string")
	return ""
}
