package javaregex

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Bounds of a pattern.
const (
	// MaxPattern is the longest pattern accepted, in bytes. Patterns are written
	// by people; a longer one is data that strayed in.
	MaxPattern = 32 << 10
	// maxNesting is how deep groups and classes may be nested.
	maxNesting = 100
	// maxRepeat is the largest count in {n,m}, Java's own.
	maxRepeat = 1<<31 - 1
)

// SyntaxError says what is wrong with a pattern, and where.
type SyntaxError struct {
	Pattern string
	Offset  int // bytes before the place
	Msg     string
}

// Error shows the message, the place and the pattern.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("%s near index %d of %q", e.Msg, e.Offset, e.Pattern)
}

// flags are the inline flags of Java; they hold up to the end of their group.
type flags struct{ i, d, m, s, u, x bool }

type parser struct {
	src    string
	pos    int
	flags  flags
	groups int // capturing groups opened so far
	names  map[string]int
	nested int
}

// parsed is a pattern as a tree.
type parsed struct {
	root   *node
	groups int
	names  map[string]int
}

// parse reads a pattern. Errors travel as panics of *SyntaxError inside the
// parser only.
func parse(pattern string) (result parsed, err error) {
	p := &parser{src: pattern, names: map[string]int{}}
	defer func() {
		if r := recover(); r != nil {
			e, ok := r.(*SyntaxError)
			if !ok {
				panic(r)
			}
			result, err = parsed{}, e
		}
	}()
	if len(pattern) > MaxPattern {
		p.fail("pattern longer than %d bytes", MaxPattern)
	}
	if !utf8.ValidString(pattern) {
		p.fail("pattern is not valid UTF-8")
	}
	root := p.alternatives()
	if p.pos < len(p.src) {
		p.fail("unmatched closing ')'")
	}
	resolveBackRefs(root, p.groups)
	return parsed{root, p.groups, p.names}, nil
}

// resolveBackRefs makes references to groups that do not exist match nothing.
func resolveBackRefs(n *node, groups int) {
	if n.op == opBackRef && n.n > groups {
		n.op = opNever
	}
	for _, s := range n.subs {
		resolveBackRefs(s, groups)
	}
}

func (p *parser) fail(format string, args ...any) {
	panic(&SyntaxError{Pattern: p.src, Offset: p.pos, Msg: fmt.Sprintf(format, args...)})
}

func (p *parser) nest() {
	if p.nested++; p.nested > maxNesting {
		p.fail("nested too deeply")
	}
}

func (p *parser) done() bool {
	if p.flags.x {
		p.skipComments()
	}
	return p.pos >= len(p.src)
}

// skipComments skips what (?x) ignores: blanks, and # to the end of the line.
func (p *parser) skipComments() {
	for p.pos < len(p.src) {
		switch c := p.src[p.pos]; {
		case strings.IndexByte(" \t\n\v\f\r", c) >= 0:
			p.pos++
		case c == '#':
			end := strings.IndexAny(p.src[p.pos:], "\n\r\u0085\u2028\u2029")
			if end < 0 {
				p.pos = len(p.src)
				return
			}
			p.pos += end
		default:
			return
		}
	}
}

// peek returns the next byte, or 0 at the end.
func (p *parser) peek() byte {
	if p.done() {
		return 0
	}
	return p.src[p.pos]
}

func (p *parser) accept(c byte) bool {
	if p.peek() == c && p.pos < len(p.src) {
		p.pos++
		return true
	}
	return false
}

func (p *parser) rune() rune {
	if p.pos >= len(p.src) {
		p.fail("unexpected end of pattern")
	}
	r, size := utf8.DecodeRuneInString(p.src[p.pos:])
	p.pos += size
	return r
}

func (p *parser) alternatives() *node {
	p.nest()
	subs := []*node{p.sequence()}
	for p.accept('|') {
		subs = append(subs, p.sequence())
	}
	p.nested--
	if len(subs) == 1 {
		return subs[0]
	}
	return &node{op: opAlt, subs: subs}
}

func (p *parser) sequence() *node {
	var subs []*node
	for !p.done() {
		c := p.src[p.pos]
		if c == '|' || c == ')' {
			break
		}
		if strings.HasPrefix(p.src[p.pos:], `\Q`) {
			subs = p.quoted(subs)
			continue
		}
		n := p.atom()
		if n == nil { // flags for the rest of the group
			continue
		}
		subs = append(subs, p.repeated(n))
	}
	switch len(subs) {
	case 0:
		return &node{op: opEmpty}
	case 1:
		return subs[0]
	}
	return &node{op: opConcat, subs: subs}
}

// quoted reads \Q…\E. A quantifier after it belongs to its last character.
func (p *parser) quoted(subs []*node) []*node {
	text, _, found := strings.Cut(p.src[p.pos+2:], `\E`)
	p.pos += 2 + len(text)
	if found {
		p.pos += 2
	}
	for _, r := range text {
		subs = append(subs, p.char(r))
	}
	if text != "" {
		subs[len(subs)-1] = p.repeated(subs[len(subs)-1])
	}
	return subs
}

func (p *parser) char(r rune) *node { return p.class(set{{r, r}}) }

// class makes the node for a set, in both cases under (?i).
func (p *parser) class(s set) *node { return &node{op: opSet, set: p.folded(s)} }

func (p *parser) folded(s set) set {
	switch {
	case p.flags.i && p.flags.u:
		return s.foldUnicode()
	case p.flags.i:
		return s.foldASCII()
	}
	return slices.Clone(s)
}

// atom reads one element; nil means that it only changed flags.
func (p *parser) atom() *node {
	switch c := p.src[p.pos]; c {
	case '(':
		return p.group()
	case '[':
		return &node{op: opSet, set: p.bracket()}
	case '\\':
		return p.escape()
	case '*', '+', '?':
		p.fail("dangling meta character '%c'", c)
	case '{':
		return &node{op: opEmpty} // Java repeats nothing in a{2}{3}
	case '^':
		p.pos++
		return p.caret()
	case '$':
		p.pos++
		return p.dollar()
	case '.':
		p.pos++
		switch {
		case p.flags.s:
			return &node{op: opSet, set: allSet}
		case p.flags.d:
			return &node{op: opSet, set: newline.negate()}
		}
		return &node{op: opSet, set: lineTerminators.negate()}
	}
	return p.char(p.rune())
}

func (p *parser) caret() *node {
	switch {
	case p.flags.m && p.flags.d:
		return &node{op: opAnchor, anchor: unixStart}
	case p.flags.m:
		return &node{op: opAnchor, anchor: lineStart}
	}
	return &node{op: opAnchor, anchor: textStart}
}

func (p *parser) dollar() *node {
	switch {
	case p.flags.m && p.flags.d:
		return &node{op: opAnchor, anchor: unixEnd}
	case p.flags.m:
		return &node{op: opAnchor, anchor: lineEnd}
	}
	return p.lastEnd()
}

func (p *parser) lastEnd() *node {
	if p.flags.d {
		return &node{op: opAnchor, anchor: unixLastEnd}
	}
	return &node{op: opAnchor, anchor: lastLineEnd}
}

// repeated reads the quantifier after n, if there is one.
func (p *parser) repeated(n *node) *node {
	r := &node{op: opRepeat, subs: []*node{n}, max: unlimited}
	switch p.peek() {
	case '*':
		p.pos++
	case '+':
		p.pos++
		r.min = 1
	case '?':
		p.pos++
		r.max = 1
	case '{':
		p.pos++
		p.counts(r)
	default:
		return n
	}
	switch p.peek() {
	case '?':
		p.pos++
		r.greed = lazy
	case '+':
		p.pos++
		r.greed = possessive
	}
	if n.op == opEmpty {
		return n
	}
	return r
}

func (p *parser) counts(r *node) {
	var ok bool
	if r.min, ok = p.decimal(); !ok {
		p.fail("illegal repetition")
	}
	r.max = r.min
	if p.accept(',') {
		if r.max, ok = p.decimal(); !ok {
			r.max = unlimited
		}
	}
	if !p.accept('}') {
		p.fail("unclosed counted closure")
	}
	if r.max != unlimited && r.max < r.min {
		p.fail("illegal repetition range")
	}
}

func (p *parser) decimal() (n int, ok bool) {
	for p.pos < len(p.src) && '0' <= p.src[p.pos] && p.src[p.pos] <= '9' {
		if n, ok = n*10+int(p.src[p.pos]-'0'), true; n > maxRepeat {
			p.fail("illegal repetition range")
		}
		p.pos++
	}
	return n, ok
}
