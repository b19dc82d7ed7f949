package restapi

import (
	"bytes"
	"errors"
	"math"
	"strconv"

	"github.com/gatehouse-gateway/gatehouse/http1"
)

// proxyAnswer is what a function of AWS_PROXY answered, checked but not decoded: pieces of its JSON. Spec: rest-api 9.3.
type proxyAnswer struct {
	status  int
	headers []byte // the object, nil: none
	multi   []byte // multiValueHeaders likewise
	body    []byte // the string with its quotes, nil: none
	base64  bool
}

// errMalformed means that a function's answer is not one that AWS_PROXY can use.
var errMalformed = errors.New("Malformed Lambda proxy response")

// lastStatus is the greatest status that can be sent; the least is 200, because a smaller one does not end an exchange.
const firstStatus, lastStatus = 200, 999

// parseProxyAnswer reads an answer strictly: JSON, one object, no other members than those of the contract, each of its type. A
// member that stands twice counts with its last value.
func parseProxyAnswer(payload []byte) (proxyAnswer, error) {
	a := proxyAnswer{status: 200}
	s := answerScanner{src: payload}
	s.object(func(name []byte) bool { return a.member(&s, name) })
	s.blanks()
	if s.bad || s.at != len(s.src) {
		return proxyAnswer{}, errMalformed
	}
	return a, nil
}

// parseMetadata reads what a function that streams says before its body: the same, with cookies. A body is of no use in it.
// Spec: rest-api 20.
func parseMetadata(text []byte) (a proxyAnswer, cookies []string, err error) {
	a.status = 200
	s := answerScanner{src: text}
	s.object(func(name []byte) bool {
		if string(name) != "cookies" {
			return a.member(&s, name)
		}
		cookies = nil
		return s.null() || s.array(func() bool {
			quoted, ok := s.string()
			if ok {
				cookies = append(cookies, string(appendUnquoted(nil, quoted)))
			}
			return ok
		})
	})
	s.blanks()
	if s.bad || s.at != len(s.src) {
		return proxyAnswer{}, nil, errMalformed
	}
	return a, cookies, nil
}

// member reads one member's value; false: it is not of the contract.
func (a *proxyAnswer) member(s *answerScanner, name []byte) (ok bool) {
	start := s.at
	switch string(name) {
	case "statusCode":
		a.status, ok = readStatus(s)
		return ok
	case "headers":
		a.headers, ok = nil, s.null() || s.object(func([]byte) bool { return s.headerValue() })
		if ok && s.src[start] == '{' {
			a.headers = s.src[start:s.at]
		}
		return ok
	case "multiValueHeaders":
		a.multi, ok = nil, s.null() || s.object(func([]byte) bool { return s.array(s.headerValue) })
		if ok && s.src[start] == '{' {
			a.multi = s.src[start:s.at]
		}
		return ok
	case "body":
		a.body, ok = nil, s.null()
		if !ok {
			a.body, ok = s.string()
		}
		return ok
	case "isBase64Encoded":
		a.base64, ok = s.boolean()
		return ok || s.null()
	}
	return false
}

// readStatus reads a number or the text of one; null is as if there were none.
func readStatus(s *answerScanner) (int, bool) {
	if s.null() {
		return 200, true
	}
	text, ok := s.number()
	if !ok {
		var quoted []byte
		if quoted, ok = s.string(); ok {
			text = quoted[1 : len(quoted)-1]
		}
	}
	status, err := strconv.Atoi(string(text))
	if err != nil { // 200.0 is a status, 200.5 is none
		f, ferr := strconv.ParseFloat(string(text), 64)
		if ferr != nil || f != math.Trunc(f) || math.Abs(f) > lastStatus {
			return 0, false
		}
		status = int(f)
	}
	return status, ok && firstStatus <= status && status <= lastStatus
}

// appendHeaders appends the answer's header to dst: of a name that stands in both maps the many values first, under the spelling
// they have there, then the single one; a value that is there already is not repeated. Recorded. The error is errMalformed for
// more than most fields and for what cannot be the name of a header (unconfirmed).
func (a *proxyAnswer) appendHeaders(dst http1.Header, most int, keep func(http1.Header, http1.Field) http1.Header) (http1.Header, error) {
	from, valid := len(dst), true
	add := func(f http1.Field) {
		if valid = valid && validToken(f.Name) && len(dst)-from < most; !valid {
			return
		}
		f.Value = cleanValue(f.Value)
		for _, g := range dst[from:] {
			if !http1.EqualFold(g.Name, f.Name) {
				continue
			}
			if f.Name = g.Name; g.Value == f.Value {
				return
			}
		}
		dst = append(dst, f)
	}
	eachHeader(a.multi, add)
	eachHeader(a.headers, add)
	if !valid {
		return dst[:from], errMalformed
	}
	fields := dst[from:]
	dst = dst[:from]
	for _, f := range fields {
		dst = keep(dst, f)
	}
	return dst, nil
}

// eachHeader calls add for every value of an object that parseProxyAnswer has checked. All strings share one piece of memory.
func eachHeader(object []byte, add func(http1.Field)) {
	if object == nil {
		return
	}
	text := string(object)
	s := answerScanner{src: object}
	s.object(func([]byte) bool {
		name := s.textOf(text, s.name, s.nameEnd)
		one := func() bool {
			start := s.at
			s.headerValue()
			add(http1.Field{Name: name, Value: s.textOf(text, start, s.at)})
			return true
		}
		if s.src[s.at] == '[' {
			return s.array(one)
		}
		return one()
	})
}

// answerScanner reads JSON as far as an answer may have it: nothing nests deeper than a list in an object.
type answerScanner struct {
	src           []byte
	at            int
	name, nameEnd int // the last member name, with its quotes
	bad           bool
}

func (s *answerScanner) fail() bool {
	s.bad = true
	return false
}

func (s *answerScanner) blanks() {
	for s.at < len(s.src) && (s.src[s.at] == ' ' || s.src[s.at] == '\n' || s.src[s.at] == '\r' || s.src[s.at] == '\t') {
		s.at++
	}
}

// next consumes c behind blanks.
func (s *answerScanner) next(c byte) bool {
	s.blanks()
	if s.at < len(s.src) && s.src[s.at] == c {
		s.at++
		return true
	}
	return false
}

// object reads an object; value reads the value of each member, before which the scanner stands.
func (s *answerScanner) object(value func(name []byte) bool) bool {
	if !s.next('{') {
		return s.fail()
	}
	if s.next('}') {
		return true
	}
	for {
		s.blanks()
		start := s.at
		name, ok := s.string()
		if !ok || !s.next(':') {
			return s.fail()
		}
		s.blanks()
		s.name, s.nameEnd = start, start+len(name)
		if !value(name[1:len(name)-1]) || s.bad {
			return s.fail()
		}
		if !s.next(',') {
			return s.next('}') || s.fail()
		}
	}
}

func (s *answerScanner) array(value func() bool) bool {
	if !s.next('[') {
		return s.fail()
	}
	if s.next(']') {
		return true
	}
	for {
		s.blanks()
		if !value() {
			return s.fail()
		}
		if !s.next(',') {
			return s.next(']') || s.fail()
		}
	}
}

// headerValue reads a value that can be one of a header: a string, true, false or a number (numbers are unconfirmed).
func (s *answerScanner) headerValue() bool {
	if _, ok := s.boolean(); ok {
		return true
	}
	if _, ok := s.number(); ok {
		return true
	}
	_, ok := s.string()
	return ok
}

func (s *answerScanner) literal(text string) bool {
	if bytes.HasPrefix(s.src[s.at:], []byte(text)) {
		s.at += len(text)
		return true
	}
	return false
}

func (s *answerScanner) null() bool { return s.literal("null") }

func (s *answerScanner) boolean() (value, ok bool) {
	if s.literal("true") {
		return true, true
	}
	return false, s.literal("false")
}

// number reads a JSON number.
func (s *answerScanner) number() ([]byte, bool) {
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

// string reads a string and returns it with its quotes, its escapes checked.
func (s *answerScanner) string() ([]byte, bool) {
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
	if len(src) < 6 || !ishex(src[2]) || !ishex(src[3]) || !ishex(src[4]) || !ishex(src[5]) {
		return 0
	}
	return 6
}

// textOf is the text of a value between two places: that of a string without quotes and escapes, a piece of text where it has none.
func (s *answerScanner) textOf(text string, start, end int) string {
	if text[start] != '"' {
		return text[start:end]
	}
	if plainString(s.src[start:end]) {
		return text[start+1 : end-1]
	}
	return string(appendUnquoted(nil, s.src[start:end]))
}
