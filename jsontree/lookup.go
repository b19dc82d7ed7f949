package jsontree

import (
	"errors"
	"strings"
)

// Step is one step of a Lookup: to the member Name of an object, or to the item
// Index of an array if Item is set.
type Step struct {
	Name  string
	Item  bool
	Index int // from 0
}

// Lookup reads a document only to find one value that is no array and no object.
// The rest of the document is checked, not built: this is what Parse would find,
// for a fraction of its cost.
//
// done is false when the steps lead to an array or object, or a limit is passed;
// then nothing is known and Parse has to be asked. Otherwise v is the value, nil
// if the steps lead nowhere or the document is not JSON.
func Lookup(src string, steps []Step, limits Limits) (v Value, done bool) {
	limits = limits.withDefaults()
	if len(src) > limits.Size {
		return nil, false
	}
	s := seeker{parser: parser{src: src, depth: limits.Depth, valid: true}, found: -1}
	if strings.HasPrefix(src, byteOrderMark) {
		s.pos = len(byteOrderMark)
	}
	s.skipBlanks()
	s.seek(steps)
	if s.skipBlanks(); s.container || s.tooDeep() {
		return nil, false
	}
	if s.err != nil || s.pos < len(src) || s.found < 0 {
		return nil, true
	}
	p := parser{src: src, pos: s.found} // valid is false: the one value is checked
	return p.value(), true
}

// seeker walks over a document without building it.
type seeker struct {
	parser
	found     int  // where the value begins, or -1
	container bool // it is an array or object
}

func (s *seeker) tooDeep() bool {
	return errors.Is(s.err, ErrTooDeep)
}

// seek passes over the value at the current place and remembers where the value
// is to which the steps lead in it. Of two members with one name the last counts.
func (s *seeker) seek(steps []Step) {
	s.found = -1
	if s.pos >= len(s.src) {
		s.fail("unexpected end of input, want a value")
		return
	}
	switch c := s.src[s.pos]; {
	case len(steps) == 0:
		start := s.pos
		if s.container = c == '{' || c == '['; s.container {
			s.err = errContainer
			return
		}
		s.skip()
		s.found = start
	case c == '{' && !steps[0].Item:
		s.object(steps[0].Name, steps[1:])
	case c == '[' && steps[0].Item:
		s.array(steps[0].Index, steps[1:])
	default:
		s.skip()
	}
}

// errContainer ends a walk that found an array or object.
var errContainer = &SyntaxError{}

// skip passes over a value.
func (s *seeker) skip() {
	if s.pos >= len(s.src) {
		s.fail("unexpected end of input, want a value")
		return
	}
	switch c := s.src[s.pos]; {
	case c == '{':
		s.object("", nil)
	case c == '[':
		s.array(-1, nil)
	case c == '"':
		s.skipString()
	case c == '-' || '0' <= c && c <= '9':
		if n := numberLen(s.src[s.pos:]); n > 0 {
			s.pos += n
		} else {
			s.fail("no number")
		}
	case c == 't' && s.word("true"), c == 'f' && s.word("false"), c == 'n' && s.word("null"):
	default:
		s.fail("no value")
	}
}

// object passes over an object. With steps that are not nil it follows them in
// the member of that name.
func (s *seeker) object(name string, steps []Step) {
	found := -1
	if !s.enter() {
		return
	}
	if s.skipBlanks(); s.next('}') {
		s.depth++
		return
	}
	for s.err == nil {
		if s.pos >= len(s.src) || s.src[s.pos] != '"' {
			s.fail("no member name")
			return
		}
		wanted := s.skipName(name) && steps != nil
		s.skipBlanks()
		if !s.next(':') {
			s.fail("no colon")
			return
		}
		s.skipBlanks()
		if wanted {
			s.seek(steps)
			found = s.found
		} else {
			s.skip()
		}
		if !s.more('}', "object") {
			break
		}
	}
	s.depth++
	s.found = found
}

func (s *seeker) array(index int, steps []Step) {
	found := -1
	if !s.enter() {
		return
	}
	if s.skipBlanks(); s.next(']') {
		s.depth++
		return
	}
	for i := 0; s.err == nil; i++ {
		if i == index && steps != nil {
			s.seek(steps)
			found = s.found
		} else {
			s.skip()
		}
		if !s.more(']', "array") {
			break
		}
	}
	s.depth++
	s.found = found
}

// skipName passes over a member name and reports whether it is the given one.
func (s *seeker) skipName(name string) bool {
	start := s.pos + 1
	escaped := s.skipString()
	if s.err != nil {
		return false
	}
	if !escaped {
		return s.src[start:s.pos-1] == name
	}
	p := parser{src: s.src, pos: start - 1, valid: true}
	return p.string() == name
}

// skipString passes over a string and reports whether it has escapes.
func (s *seeker) skipString() (escaped bool) {
	s.pos++
	for s.pos < len(s.src) {
		switch c := s.src[s.pos]; {
		case c == '"':
			s.pos++
			return escaped
		case c == '\\':
			var buf [8]byte
			if s.escape(buf[:0]); s.err != nil {
				return true
			}
			escaped = true
		case c < ' ':
			s.fail("control character in a string")
			return escaped
		default:
			s.pos++
		}
	}
	s.fail("unexpected end of input in a string")
	return escaped
}
