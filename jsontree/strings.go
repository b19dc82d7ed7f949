package jsontree

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// string reads a string in double quotes. Without escapes it is a piece of the
// document and costs nothing.
func (p *parser) string() string {
	p.pos++
	start := p.pos
	for i := start; i < len(p.src); i++ {
		switch c := p.src[i]; {
		case c == '"':
			p.pos = i + 1
			return p.wellFormed(p.src[start:i])
		case c == '\\':
			return p.escapedString(start, i)
		case c < ' ':
			p.pos = i
			p.fail("control character %q in a string", rune(c))
			return ""
		}
	}
	p.pos = len(p.src)
	p.fail("unexpected end of input in a string")
	return ""
}

func (p *parser) wellFormed(s string) string {
	if p.valid {
		return s
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

// escapedString reads the rest of a string from the first backslash, at i.
func (p *parser) escapedString(start, i int) string {
	var short [64]byte
	buf := append(short[:0], p.src[start:i]...)
	for i < len(p.src) {
		switch c := p.src[i]; {
		case c == '"':
			p.pos = i + 1
			return p.wellFormed(p.stock.string(buf))
		case c == '\\':
			p.pos = i
			if buf = p.escape(buf); p.err != nil {
				return ""
			}
			i = p.pos
		case c < ' ':
			p.pos = i
			p.fail("control character %q in a string", rune(c))
			return ""
		default:
			buf = append(buf, c)
			i++
		}
	}
	p.pos = len(p.src)
	p.fail("unexpected end of input in a string")
	return ""
}

// escape decodes the escape sequence at the current place.
func (p *parser) escape(buf []byte) []byte {
	if p.pos+1 >= len(p.src) {
		p.pos = len(p.src)
		p.fail("unexpected end of input in a string")
		return buf
	}
	c := p.src[p.pos+1]
	if c == 'u' {
		return p.unicodeEscape(buf)
	}
	i := strings.IndexByte(`"\/bfnrt`, c)
	if i < 0 {
		p.pos++
		p.fail("unknown escape %s in a string", p.here())
		return buf
	}
	p.pos += 2
	return append(buf, "\"\\/\b\f\n\r\t"[i])
}

func (p *parser) unicodeEscape(buf []byte) []byte {
	r, ok := hex4(p.src[p.pos:])
	if !ok {
		p.fail(`\u needs four hexadecimal digits`)
		return buf
	}
	p.pos += 6
	if utf16.IsSurrogate(r) {
		low, ok := hex4(p.src[p.pos:])
		if r = utf16.DecodeRune(r, low); ok && r != utf8.RuneError {
			p.pos += 6
		} else {
			r = utf8.RuneError
		}
	}
	return utf8.AppendRune(buf, r)
}

// hex4 reads \uXXXX at the start of s.
func hex4(s string) (rune, bool) {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(s[2:6], 16, 16)
	return rune(n), err == nil
}
