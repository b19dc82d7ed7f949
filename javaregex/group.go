package javaregex

import "strings"

// group reads from an opening parenthesis. It returns nil for (?flags).
func (p *parser) group() *node {
	outer := p.flags
	rest := p.src[p.pos:]
	for _, form := range []string{"(?<=", "(?<!", "(?=", "(?!", "(?>", "(?:"} {
		if !strings.HasPrefix(rest, form) {
			continue
		}
		p.pos += len(form)
		switch form {
		case "(?:":
			return p.rest(outer)
		case "(?>":
			return &node{op: opAtomic, subs: []*node{p.rest(outer)}}
		}
		return &node{op: opLook, form: form, subs: []*node{p.rest(outer)}}
	}
	switch {
	case strings.HasPrefix(rest, "(?<"):
		p.pos += len("(?<")
		name := p.groupName()
		if _, taken := p.names[name]; taken {
			p.fail("named capturing group <%s> is already defined", name)
		}
		p.names[name] = p.groups + 1
		return p.capture(outer)
	case strings.HasPrefix(rest, "(?"):
		p.pos += len("(?")
		return p.flagGroup(outer)
	}
	p.pos++
	return p.capture(outer)
}

func (p *parser) capture(outer flags) *node {
	p.groups++
	n := &node{op: opGroup, n: p.groups}
	n.subs = []*node{p.rest(outer)}
	return n
}

// rest reads the inside of a group and its closing parenthesis, where the flags
// of the surroundings hold again.
func (p *parser) rest(outer flags) *node {
	n := p.alternatives()
	if !p.accept(')') {
		p.fail("unclosed group")
	}
	p.flags = outer
	return n
}

// flagGroup reads (?i-x) and (?i-x:…) after the question mark.
func (p *parser) flagGroup(outer flags) *node {
	on := true
	for {
		switch c := p.rune(); c {
		case 'i':
			p.flags.i = on
		case 'd':
			p.flags.d = on
		case 'm':
			p.flags.m = on
		case 's':
			p.flags.s = on
		case 'u':
			p.flags.u = on
		case 'x':
			p.flags.x = on
		case 'U':
			p.fail("flag U (UNICODE_CHARACTER_CLASS) is not supported")
		case '-':
			if !on {
				p.fail("unknown inline modifier")
			}
			on = false
		case ')':
			return nil
		case ':':
			return p.rest(outer)
		default:
			p.fail("unknown inline modifier '%c'", c)
		}
	}
}

// groupName reads name> and returns the name.
func (p *parser) groupName() string {
	name, _, closed := strings.Cut(p.src[p.pos:], ">")
	for i := range len(name) {
		if c := name[i]; !isLetter(c) && (i == 0 || !isDigit(c)) {
			p.fail("capturing group name does not start with a letter or contains other than letters and digits")
		}
	}
	if !closed || name == "" {
		p.fail("named capturing group is missing trailing '>'")
	}
	p.pos += len(name) + 1
	return name
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
func isDigit(c byte) bool  { return '0' <= c && c <= '9' }
