package vtl

import "strings"

// lexer cuts source into tokens. It has no state but its place: the parser says
// in which mode it wants the next token.
type lexer struct {
	src    string
	pos    int
	macros map[string]bool // names defined anywhere in the template
}

// text reads the next token of text mode.
func (l *lexer) text() token {
	start := l.pos
	for i := start; ; {
		n := strings.IndexAny(l.src[i:], "$#\\")
		if n < 0 {
			return l.take(tokText, start, len(l.src))
		}
		i += n
		t := l.special(i)
		switch {
		case t.kind == tokText:
			i = t.end
		case i > start:
			return l.take(tokText, start, i)
		default:
			l.pos = t.end
			return t
		}
	}
}

func (l *lexer) take(kind tokenKind, pos, end int) token {
	if l.pos = end; pos == end {
		kind = tokEOF
	}
	return token{kind: kind, pos: pos, end: end}
}

// special classifies what begins at one of $ # \. It may be text after all.
func (l *lexer) special(i int) token {
	switch l.src[i] {
	case '$':
		if l.isRef(i) {
			return token{kind: tokRef, pos: i, end: i}
		}
	case '#':
		return l.hash(i)
	case '\\':
		end := i
		for end < len(l.src) && l.src[end] == '\\' {
			end++
		}
		if end < len(l.src) && (l.isRef(end) || l.src[end] == '#' && l.hash(end).kind == tokDirective) {
			return token{kind: tokEscape, pos: i, end: end}
		}
		if end < len(l.src) && l.src[end] == '#' && (end-i)%2 == 1 && l.hash(end).kind == tokUnknown {
			end = l.hash(end).end // its parentheses mean nothing
		}
		return token{kind: tokText, pos: i, end: end}
	}
	return token{kind: tokText, pos: i, end: i + 1}
}

// isRef reports whether a reference begins at i: $ ! { letter.
func (l *lexer) isRef(i int) bool {
	if l.src[i] != '$' {
		return false
	}
	for _, optional := range []byte{'!', '{'} {
		if i+1 < len(l.src) && l.src[i+1] == optional {
			i++
		}
	}
	return i+1 < len(l.src) && isNameStart(l.src[i+1])
}

// hash classifies what begins with #.
func (l *lexer) hash(i int) token {
	rest := l.src[i:]
	switch {
	case strings.HasPrefix(rest, "##"):
		return token{kind: tokComment, pos: i, end: i + lineLen(rest)}
	case strings.HasPrefix(rest, "#*"):
		return token{kind: tokComment, pos: i, end: i + through(rest, 2, "*#")}
	case strings.HasPrefix(rest, "#[["):
		return token{kind: tokRaw, pos: i, end: i + through(rest, 3, "]]#")}
	case strings.HasPrefix(rest, "#@"):
		if name, size := directiveName(rest[2:]); name != "" {
			return token{kind: tokBlockCall, pos: i, end: i + 2 + size, name: name}
		}
		return token{kind: tokText, pos: i, end: i + 2}
	}
	name, size := directiveName(rest[1:])
	t := token{kind: tokText, pos: i, end: i + 1 + size, name: name}
	called := strings.HasPrefix(strings.TrimLeft(l.src[t.end:], whitespace), "(")
	switch {
	case name == "":
	case name == "set" && !strings.HasPrefix(strings.TrimLeft(l.src[t.end:], " "), "("):
		// "#set theory" is text; with a tab before the parenthesis it is nothing known
		if called {
			t.kind = tokUnknown
		}
	case directives[name], l.macros[name]:
		t.kind = tokDirective
	case called:
		t.kind = tokUnknown
	}
	return t
}

// directiveName reads name or {name}.
func directiveName(s string) (name string, size int) {
	inside, braced := strings.CutPrefix(s, "{")
	for size < len(inside) && (isLetter(inside[size]) || size > 0 && (isDigit(inside[size]) || inside[size] == '_')) {
		size++
	}
	name = inside[:size]
	if !braced {
		return name, size
	}
	if name == "" || !strings.HasPrefix(inside[size:], "}") {
		return "", 0
	}
	return name, size + 2
}

// lineLen returns the length of the first line of s with its end.
func lineLen(s string) int {
	if i := strings.IndexByte(s, '\n'); i >= 0 {
		return i + 1
	}
	return len(s)
}

// through returns the length of s up to and with the closing text, which is
// looked for after the first skip bytes; without one it is all of s.
func through(s string, skip int, closing string) int {
	if i := strings.Index(s[skip:], closing); i >= 0 {
		return skip + i + len(closing)
	}
	return len(s)
}

const whitespace = " \t\r\n"

// signs of expression mode, longer ones first.
var signs = []string{"==", "!=", "<=", ">=", "&&", "||", "..",
	"(", ")", "[", "]", "{", "}", ",", ":", "=", "<", ">", "!", "+", "-", "*", "/", "%"}

// expression reads the next token of expression mode.
func (l *lexer) expression() token {
	for l.pos < len(l.src) && strings.IndexByte(whitespace, l.src[l.pos]) >= 0 {
		l.pos++
	}
	start := l.pos
	if start == len(l.src) {
		return token{kind: tokEOF, pos: start, end: start}
	}
	rest := l.src[start:]
	switch c := rest[0]; {
	case c == '$' && l.isRef(start):
		return token{kind: tokRef, pos: start, end: start}
	case isLetter(c):
		n := 1
		for n < len(rest) && (isLetter(rest[n]) || isDigit(rest[n]) || rest[n] == '_') {
			n++
		}
		return l.take(tokWord, start, start+n)
	case c == '"' || c == '\'':
		n := stringLen(rest)
		if n == 0 {
			return l.take(tokBad, start, len(l.src))
		}
		return l.take(tokString, start, start+n)
	}
	if n := numberLen(rest); n > 0 {
		return l.take(tokNumber, start, start+n)
	}
	for _, s := range signs {
		if strings.HasPrefix(rest, s) {
			return l.take(tokSign, start, start+len(s))
		}
	}
	return l.take(tokBad, start, start+1)
}

// stringLen returns the length of the string literal s begins with; a doubled
// quote inside stands for itself. It is 0 when the literal has no end.
func stringLen(s string) int {
	quote := s[0]
	for i := 1; i < len(s); i++ {
		if s[i] != quote {
			continue
		}
		if i+1 == len(s) || s[i+1] != quote {
			return i + 1
		}
		i++
	}
	return 0
}

// numberLen returns the length of -?digits(.digits(e±digits)?)? at the start
// of s. Spec: mapping-templates 2; "1." and ".5" are no numbers.
func numberLen(s string) int {
	i := 0
	if s[0] == '-' {
		i++
	}
	n := digits(s, i)
	if n == i {
		return 0
	}
	if n+1 >= len(s) || s[n] != '.' || !isDigit(s[n+1]) {
		return n
	}
	n = digits(s, n+1)
	if n < len(s) && s[n]|0x20 == 'e' {
		e := n + 1
		if e < len(s) && (s[e] == '+' || s[e] == '-') {
			e++
		}
		if end := digits(s, e); end > e {
			return end
		}
	}
	return n
}

// digits returns the place of the first non-digit at or after i.
func digits(s string, i int) int {
	for i < len(s) && isDigit(s[i]) {
		i++
	}
	return i
}

// identifier returns the length of the name s begins with. A hyphen is part of
// a name.
func identifier(s string) int {
	i := 0
	for i < len(s) && (isNameStart(s[i]) || i > 0 && (isDigit(s[i]) || s[i] == '-')) {
		i++
	}
	return i
}

func isNameStart(c byte) bool { return isLetter(c) || c == '_' }

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
func isDigit(c byte) bool  { return '0' <= c && c <= '9' }
