package jsonscan

import "bytes"

// Scanner reads a JSON text from its beginning. Its methods report whether what they are asked for stands there, and leave the
// scanner behind it; what is no JSON makes it Bad for good.
type Scanner struct {
	src           []byte
	at            int
	name, nameEnd int // the last member name, with its quotes
	bad           bool
}

// New returns a scanner that stands at a place of src, which must not change.
func New(src []byte, at int) Scanner { return Scanner{src: src, at: at} }

// At is where the scanner stands.
func (s *Scanner) At() int { return s.at }

// Since is what was read since the scanner stood at start.
func (s *Scanner) Since(start int) []byte { return s.src[start:s.at] }

// Peek is the byte that comes next; 0 at the end.
func (s *Scanner) Peek() byte {
	if s.at < len(s.src) {
		return s.src[s.at]
	}
	return 0
}

// End reports whether nothing but blanks is left, and all before it was JSON.
func (s *Scanner) End() bool {
	s.Blanks()
	return !s.bad && s.at == len(s.src)
}

func (s *Scanner) fail() bool {
	s.bad = true
	return false
}

// Blanks reads blanks.
func (s *Scanner) Blanks() {
	for s.at < len(s.src) && (s.src[s.at] == ' ' || s.src[s.at] == '\n' || s.src[s.at] == '\r' || s.src[s.at] == '\t') {
		s.at++
	}
}

// Next reads c behind blanks.
func (s *Scanner) Next(c byte) bool {
	s.Blanks()
	if s.at < len(s.src) && s.src[s.at] == c {
		s.at++
		return true
	}
	return false
}

// Object reads an object; value reads the value of each member, before which the scanner stands.
func (s *Scanner) Object(value func(name []byte) bool) bool {
	if !s.Next('{') {
		return s.fail()
	}
	if s.Next('}') {
		return true
	}
	for {
		s.Blanks()
		start := s.at
		name, ok := s.String()
		if !ok || !s.Next(':') {
			return s.fail()
		}
		s.Blanks()
		s.name, s.nameEnd = start, start+len(name)
		if !value(name[1:len(name)-1]) || s.bad {
			return s.fail()
		}
		if !s.Next(',') {
			return s.Next('}') || s.fail()
		}
	}
}

// Array reads an array; value reads each element, before which the scanner stands.
func (s *Scanner) Array(value func() bool) bool {
	if !s.Next('[') {
		return s.fail()
	}
	if s.Next(']') {
		return true
	}
	for {
		s.Blanks()
		if !value() {
			return s.fail()
		}
		if !s.Next(',') {
			return s.Next(']') || s.fail()
		}
	}
}

// HeaderValue reads a value that can be one of a header: a string, true, false or a number (numbers are unconfirmed).
func (s *Scanner) HeaderValue() bool {
	if _, ok := s.Boolean(); ok {
		return true
	}
	if _, ok := s.Number(); ok {
		return true
	}
	_, ok := s.String()
	return ok
}

func (s *Scanner) literal(text string) bool {
	if bytes.HasPrefix(s.src[s.at:], []byte(text)) {
		s.at += len(text)
		return true
	}
	return false
}

// Null reads null.
func (s *Scanner) Null() bool { return s.literal("null") }

// Boolean reads true or false.
func (s *Scanner) Boolean() (value, ok bool) {
	if s.literal("true") {
		return true, true
	}
	return false, s.literal("false")
}

// Number reads a JSON number.
func (s *Scanner) Number() ([]byte, bool) {
	start, i := s.at, s.at
	if i < len(s.src) && s.src[i] == '-' {
		i++
	}
	whole := digits(s.src, i)
	if whole == i || s.src[i] == '0' && whole > i+1 {
		return nil, false
	}
	i = whole
	if i < len(s.src) && s.src[i] == '.' {
		end := digits(s.src, i+1)
		if end == i+1 {
			return nil, false
		}
		i = end
	}
	if i < len(s.src) && (s.src[i] == 'e' || s.src[i] == 'E') {
		i++
		if i < len(s.src) && (s.src[i] == '+' || s.src[i] == '-') {
			i++
		}
		end := digits(s.src, i)
		if end == i {
			return nil, false
		}
		i = end
	}
	s.at = i
	return s.src[start:i], true
}

func digits(src []byte, i int) int {
	for i < len(src) && '0' <= src[i] && src[i] <= '9' {
		i++
	}
	return i
}

// String reads a string and returns it with its quotes, its escapes checked.
func (s *Scanner) String() ([]byte, bool) {
	start := s.at
	if start >= len(s.src) || s.src[start] != '"' {
		return nil, false
	}
	for i := start + 1; i < len(s.src); i++ {
		switch c := s.src[i]; {
		case c == '"':
			s.at = i + 1
			return s.src[start:s.at], true
		case c < ' ':
			return nil, false
		case c == '\\':
			n := escapeLength(s.src[i:])
			if n == 0 {
				return nil, false
			}
			i += n - 1
		}
	}
	return nil, false
}

// escapeLength is the length of the escape at the start of src, 0 when it is none.
func escapeLength(src []byte) int {
	if len(src) < 2 {
		return 0
	}
	if src[1] != 'u' {
		if bytes.IndexByte([]byte(`"\/bfnrt`), src[1]) < 0 {
			return 0
		}
		return 2
	}
	if len(src) < 6 || !isHex(src[2]) || !isHex(src[3]) || !isHex(src[4]) || !isHex(src[5]) {
		return 0
	}
	return 6
}

// Name is the last member name that was read, as text of source: the text that the scanner reads, as a string whose memory names
// and values then share.
func (s *Scanner) Name(source string) string { return s.text(source, s.name, s.nameEnd) }

// Text is the string, number or boolean that was read since start, as text of source.
func (s *Scanner) Text(source string, start int) string { return s.text(source, start, s.at) }

// text is a value between two places: a string without quotes and escapes, a piece of source where it has none.
func (s *Scanner) text(source string, start, end int) string {
	if source[start] != '"' {
		return source[start:end]
	}
	if Plain(s.src[start:end]) {
		return source[start+1 : end-1]
	}
	return string(AppendUnquoted(nil, s.src[start:end]))
}

// maxDepth is how deep a value may nest that Skip reads.
const maxDepth = 512

// Skip reads any value.
func (s *Scanner) Skip() bool { return s.skip(maxDepth) || s.fail() }

func (s *Scanner) skip(depth int) bool {
	if depth == 0 {
		return false
	}
	switch s.Peek() {
	case '{':
		name, end := s.name, s.nameEnd
		ok := s.Object(func([]byte) bool { return s.skip(depth - 1) })
		s.name, s.nameEnd = name, end
		return ok
	case '[':
		return s.Array(func() bool { return s.skip(depth - 1) })
	case '"':
		_, ok := s.String()
		return ok
	case 't', 'f':
		_, ok := s.Boolean()
		return ok
	case 'n':
		return s.Null()
	}
	_, ok := s.Number()
	return ok
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

func unhex(c byte) byte {
	switch {
	case c <= '9':
		return c - '0'
	case c >= 'a':
		return c - 'a' + 10
	}
	return c - 'A' + 10
}
