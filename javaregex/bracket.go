package javaregex

import "strings"

// bracket reads a class in brackets: characters, ranges, classes inside
// (a union), && (an intersection), and a leading ^ over all of it.
func (p *parser) bracket() set {
	p.nest()
	p.pos++ // [
	negated := p.accept('^')
	result, first := p.union(true), true
	for first || p.isIntersection() {
		first = false
		if p.isIntersection() {
			p.pos += 2
			for p.isIntersection() { // a && without right side changes nothing
				p.pos += 2
			}
			if right, some := p.operand(); some {
				result = result.intersect(right)
			}
		}
	}
	if !p.accept(']') {
		p.fail("unclosed character class")
	}
	p.nested--
	if negated {
		return result.negate()
	}
	return result
}

func (p *parser) isIntersection() bool {
	return !p.done() && strings.HasPrefix(p.src[p.pos:], "&&")
}

// operand reads the right side of &&; some is false when it is empty.
func (p *parser) operand() (s set, some bool) {
	start := p.pos
	s = p.union(false)
	return s, p.pos > start
}

// union reads elements up to ] or &&. At the start of a class, ] is itself.
func (p *parser) union(atStart bool) set {
	var s set
	for !p.done() {
		switch {
		case p.src[p.pos] == ']' && !atStart, p.isIntersection() && !atStart:
			return s
		case p.src[p.pos] == '[':
			s = s.union(p.bracket())
		case strings.HasPrefix(p.src[p.pos:], `\Q`):
			s = s.union(p.quotedSet())
		default:
			s = s.union(p.element())
		}
		atStart = false
	}
	return s
}

func (p *parser) quotedSet() set {
	text, _, found := strings.Cut(p.src[p.pos+2:], `\E`)
	p.pos += 2 + len(text)
	if found {
		p.pos += 2
	}
	return p.folded(oneOf(text))
}

// element reads a predefined class, a character or a range.
func (p *parser) element() set {
	if p.src[p.pos] == '\\' {
		if p.pos+1 >= len(p.src) {
			p.fail("unclosed character class")
		}
		if s, ok := p.predefined(); ok {
			return s
		}
	}
	lo := p.classChar()
	hi := lo
	if p.peek() == '-' && p.pos+1 < len(p.src) {
		if after := p.src[p.pos+1]; after != ']' && after != '[' {
			p.pos++
			p.done() // blanks under (?x)
			if hi = p.classChar(); hi < lo {
				p.fail("illegal character range")
			}
		}
	}
	return p.folded(set{{lo, hi}})
}

func (p *parser) classChar() rune {
	if p.pos < len(p.src) && p.src[p.pos] == '\\' {
		if p.pos+1 >= len(p.src) {
			p.fail("unclosed character class")
		}
		return p.escapedChar()
	}
	return p.rune()
}
