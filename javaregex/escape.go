package javaregex

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
)

// escape reads a backslash sequence outside of brackets.
func (p *parser) escape() *node {
	if p.pos+1 >= len(p.src) {
		p.fail("unexpected internal error: pattern ends in a backslash")
	}
	places := map[byte]anchor{'A': textStart, 'z': textEnd, 'b': wordEdge, 'B': noWordEdge, 'G': lastMatch}
	c := p.src[p.pos+1]
	if a, ok := places[c]; ok {
		p.pos += 2
		if c == 'b' && p.peek() == '{' {
			p.fail(`\b{g} is not supported`)
		}
		return &node{op: opAnchor, anchor: a}
	}
	switch {
	case c == 'Z':
		p.pos += 2
		return p.lastEnd()
	case c == 'R':
		p.pos += 2
		return lineBreak()
	case c == 'k':
		p.pos += 2
		if !p.accept('<') {
			p.fail(`\k is not followed by '<' for a named capturing group`)
		}
		name := p.groupName()
		n, ok := p.names[name]
		if !ok {
			p.fail("named capturing group <%s> does not exist", name)
		}
		return &node{op: opBackRef, n: n, fold: p.flags.i}
	case '1' <= c && c <= '9':
		p.pos++
		return p.backRef()
	}
	if s, ok := p.predefined(); ok {
		return &node{op: opSet, set: s}
	}
	return p.char(p.escapedChar())
}

// lineBreak is \R: \r\n or any vertical blank.
func lineBreak() *node {
	crlf := &node{op: opConcat, subs: []*node{{op: opSet, set: oneOf("\r")}, {op: opSet, set: newline}}}
	return &node{op: opAlt, subs: []*node{crlf, {op: opSet, set: verticalSet}}}
}

// backRef reads the digits of \n: as many as still name a group opened so far.
func (p *parser) backRef() *node {
	n := int(p.src[p.pos] - '0')
	p.pos++
	for p.pos < len(p.src) && isDigit(p.src[p.pos]) {
		longer := n*10 + int(p.src[p.pos]-'0')
		if longer > p.groups {
			break
		}
		n = longer
		p.pos++
	}
	return &node{op: opBackRef, n: n, fold: p.flags.i}
}

// predefined reads \d, \p{…} and their like, here and in brackets.
func (p *parser) predefined() (set, bool) {
	c := p.src[p.pos+1]
	sets := map[byte]set{'d': digitSet, 'w': wordSet, 's': spaceSet, 'h': horizontalSet, 'v': verticalSet}
	s, ok := sets[c|0x20]
	switch {
	case ok:
		p.pos += 2
	case c == 'p' || c == 'P':
		p.pos += 2
		s = p.property()
	default:
		return nil, false
	}
	if 'A' <= c && c <= 'Z' {
		return s.negate(), true
	}
	return s, true
}

func (p *parser) property() set {
	var name string
	if p.accept('{') {
		var closed bool
		if name, _, closed = strings.Cut(p.src[p.pos:], "}"); !closed {
			p.fail("unclosed character family")
		}
		p.pos += len(name) + 1
	} else {
		name = string(p.rune())
	}
	s, ok := property(name)
	if !ok {
		p.fail("unknown character property name {%s}", name)
	}
	return p.folded(s)
}

// escapedChar reads an escape that stands for one character.
func (p *parser) escapedChar() rune {
	p.pos++ // the backslash
	c := p.rune()
	if i := strings.IndexRune("tnrfae", c); i >= 0 {
		return rune("\t\n\r\f\a\x1b"[i])
	}
	switch {
	case c == '0':
		return p.octal()
	case c == 'x' && p.accept('{'):
		digits, _, closed := strings.Cut(p.src[p.pos:], "}")
		n, err := strconv.ParseUint(digits, 16, 32)
		if !closed || err != nil || n > unicode.MaxRune {
			p.fail("hexadecimal codepoint is not closed, or too big")
		}
		p.pos += len(digits) + 1
		return rune(n)
	case c == 'x':
		return p.hex(2)
	case c == 'u':
		return p.utf16()
	case c == 'c':
		return p.rune() ^ 64
	case c < 0x80 && isLetter(byte(c)):
		p.fail("illegal or unsupported escape sequence \\%c", c)
	}
	return c
}

func (p *parser) octal() rune {
	n, digits := rune(0), 0
	for digits < 3 && p.pos < len(p.src) && '0' <= p.src[p.pos] && p.src[p.pos] <= '7' && n*8 <= 0377 {
		n = n*8 + rune(p.src[p.pos]-'0')
		p.pos++
		digits++
	}
	if digits == 0 {
		p.fail("illegal octal escape sequence")
	}
	return n
}

func (p *parser) hex(digits int) rune {
	end := min(p.pos+digits, len(p.src))
	n, err := strconv.ParseUint(p.src[p.pos:end], 16, 32)
	if err != nil || end-p.pos < digits {
		p.fail("illegal hexadecimal escape sequence")
	}
	p.pos = end
	return rune(n)
}

// utf16 reads the digits of \uhhhh; two halves of a pair are one character.
func (p *parser) utf16() rune {
	r := p.hex(4)
	if utf16.IsSurrogate(r) && strings.HasPrefix(p.src[p.pos:], `\u`) {
		start := p.pos
		p.pos += 2
		if both := utf16.DecodeRune(r, p.hex(4)); both != unicode.ReplacementChar {
			return both
		}
		p.pos = start
	}
	return r
}
