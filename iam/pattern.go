package iam

import (
	"slices"
	"strings"
	"unicode/utf8"
)

type atomKind uint8

const (
	atomText atomKind = iota
	atomOne           // ?: exactly one character
	atomVariable
)

// An atom is what stands between two stars, in pieces.
type atom struct {
	kind     atomKind
	text     string   // atomText
	variable variable // atomVariable, while it is read
	slot     int      // atomVariable: its place in pattern.variables
}

// A run is a sequence of atoms without a star.
type run []atom

// A pattern is text with wildcards and policy variables, ready to match. The runs are separated by stars: the first is
// anchored at the beginning, the last at the end, and each of the others is taken at its leftmost place, which is always
// a right choice. So nothing is tried twice and the work is at most length of pattern times length of text.
type pattern struct {
	runs      []run
	variables []variable // each once; looked up once per match
	fold      bool       // letters match in either case
}

// syntax says which characters of a text are special.
type syntax struct {
	globs     bool // * and ?
	variables bool // ${…}, in documents of version 2012-10-17
	fold      bool
}

// texts are what the variables of a pattern stand for in one request, by slot.
type texts [maxVariables]string

// compilePattern reads text. The only mistakes are those of variables.
func compilePattern(text string, s syntax) (pattern, error) {
	p := pattern{runs: []run{nil}, fold: s.fold}
	for text != "" {
		switch {
		case s.globs && text[0] == '*':
			if last := p.runs[len(p.runs)-1]; len(p.runs) == 1 || len(last) > 0 { // ** is *
				p.runs = append(p.runs, nil)
			}
			text = text[1:]
		case s.globs && text[0] == '?':
			p.push(atom{kind: atomOne})
			text = text[1:]
		case s.variables && strings.HasPrefix(text, "${"):
			a, rest, err := readVariable(text)
			if err != nil {
				return pattern{}, err
			}
			if a.kind == atomVariable {
				if a.slot, err = p.slot(a.variable); err != nil {
					return pattern{}, err
				}
			}
			p.push(a)
			text = rest
		default:
			n := 1
			for n < len(text) && strings.IndexByte("*?$", text[n]) < 0 {
				n++
			}
			p.push(atom{text: text[:n]})
			text = text[n:]
		}
	}
	return p, nil
}

// push adds an atom to the last run; neighbouring texts become one.
func (p *pattern) push(a atom) {
	last := &p.runs[len(p.runs)-1]
	if n := len(*last); a.kind == atomText && n > 0 && (*last)[n-1].kind == atomText {
		(*last)[n-1].text += a.text
		return
	}
	*last = append(*last, a)
}

// wild reports whether the pattern has a wildcard.
func (p *pattern) wild() bool {
	if len(p.runs) > 1 {
		return true
	}
	for _, a := range p.runs[0] {
		if a.kind == atomOne {
			return true
		}
	}
	return false
}

// slot gives the place of a variable among those of the pattern.
func (p *pattern) slot(v variable) (int, error) {
	if i := slices.Index(p.variables, v); i >= 0 {
		return i, nil
	}
	if len(p.variables) == maxVariables {
		return 0, errManyVariables
	}
	p.variables = append(p.variables, v)
	return len(p.variables) - 1, nil
}

// bind looks up every variable, and reports whether all of them have a value in this request.
func (p *pattern) bind(k *Keys, t *texts) bool {
	for i := range p.variables {
		var ok bool
		if t[i], ok = p.variables[i].value(k); !ok {
			return false
		}
	}
	return true
}

// resolvable reports whether every variable has a value in this request.
func (p *pattern) resolvable(k *Keys) bool {
	if len(p.variables) == 0 {
		return true
	}
	var t texts
	return p.bind(k, &t)
}

// match reports whether the whole of s fits. A variable without a value fits nothing.
func (p *pattern) match(s string, k *Keys) bool {
	if len(p.variables) == 0 {
		return p.matchBound(s, nil)
	}
	var t texts
	return p.bind(k, &t) && p.matchBound(s, &t)
}

func (p *pattern) matchBound(s string, t *texts) bool {
	n, ok := p.runs[0].prefix(s, t, p.fold)
	if !ok {
		return false
	}
	stars := len(p.runs) - 1
	if stars == 0 {
		return n == len(s)
	}
	s = s[n:]
	if n, ok = p.runs[stars].suffix(s, t, p.fold); !ok {
		return false
	}
	s = s[:len(s)-n]
	for _, r := range p.runs[1:stars] {
		end := r.find(s, t, p.fold)
		if end < 0 {
			return false
		}
		s = s[end:]
	}
	return true
}

// prefix matches the run at the beginning of s and gives the length of what it took.
func (r run) prefix(s string, t *texts, fold bool) (int, bool) {
	n := 0
	for i := range r {
		if r[i].kind == atomOne {
			if n == len(s) {
				return 0, false
			}
			_, size := utf8.DecodeRuneInString(s[n:])
			n += size
			continue
		}
		text := r[i].literal(t)
		if len(s)-n < len(text) || !same(s[n:n+len(text)], text, fold) {
			return 0, false
		}
		n += len(text)
	}
	return n, true
}

// suffix matches the run at the end of s and gives the length of what it took.
func (r run) suffix(s string, t *texts, fold bool) (int, bool) {
	end := len(s)
	for i := len(r) - 1; i >= 0; i-- {
		if r[i].kind == atomOne {
			if end == 0 {
				return 0, false
			}
			_, size := utf8.DecodeLastRuneInString(s[:end])
			end -= size
			continue
		}
		text := r[i].literal(t)
		if end < len(text) || !same(s[end-len(text):end], text, fold) {
			return 0, false
		}
		end -= len(text)
	}
	return len(s) - end, true
}

// find gives the end of the leftmost place where the run matches, or -1.
func (r run) find(s string, t *texts, fold bool) int {
	lead := ""
	if len(r) > 0 && r[0].kind == atomText && !fold {
		lead = r[0].text
	}
	for start := 0; ; {
		i := strings.Index(s[start:], lead)
		if i < 0 {
			return -1
		}
		start += i
		if n, ok := r.prefix(s[start:], t, fold); ok {
			return start + n
		}
		if start == len(s) {
			return -1
		}
		_, size := utf8.DecodeRuneInString(s[start:])
		start += size
	}
}

// literal gives the text of an atom that is not a wildcard.
func (a *atom) literal(t *texts) string {
	if a.kind == atomVariable {
		return t[a.slot]
	}
	return a.text
}

func same(a, b string, fold bool) bool { return a == b || fold && strings.EqualFold(a, b) }

// resolve writes the pattern, which has no wildcards, as the text it stands for in this request.
func (p *pattern) resolve(k *Keys) (string, bool) {
	var t texts
	if !p.bind(k, &t) {
		return "", false
	}
	switch r := p.runs[0]; len(r) {
	case 0:
		return "", true
	case 1:
		return r[0].literal(&t), true
	}
	var b strings.Builder
	for i := range p.runs[0] {
		b.WriteString(p.runs[0][i].literal(&t))
	}
	return b.String(), true
}
