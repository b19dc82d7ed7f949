package payloadv2

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"

	"github.com/gatehouse-gateway/gatehouse/http1"
	"github.com/gatehouse-gateway/gatehouse/internal/integration/jsonscan"
)

// Answer is what a function answered, checked but not decoded. It refers to the memory of what was parsed.
type Answer struct {
	Status int
	// Explicit answers have said their status. Others are 200 and JSON, whatever they are.
	Explicit bool
	// BodyIsJSON marks an explicit answer whose body is no string, but any other JSON.
	BodyIsJSON bool

	headers []byte // the object; nil: none
	cookies []byte // the array; nil: none
	body    []byte // as JSON; nil: none
	base64  bool
}

// ErrMalformed means that the answer of a function is none of format 2.0.
var ErrMalformed = errors.New("malformed answer of format 2.0")

// The statuses that a function can answer. One below 200 would not end an exchange.
const firstStatus, lastStatus = 200, 599

// Parse reads the result of a function: an object with a statusCode is an answer, any other JSON is the body of one. Members of an
// answer that the format does not have mean nothing. Of a member that stands twice the last one counts. Spec: http-api 9.1.
func Parse(payload []byte) (Answer, error) {
	s := jsonscan.New(payload, 0)
	s.Blanks()
	if s.Peek() != '{' {
		return parseOther(payload, &s)
	}
	found, err := parseObject(&s)
	switch {
	case err != nil:
		return Answer{}, err
	case found.status == nil:
		return Answer{Status: firstStatus, body: payload}, nil
	}
	return found.answer()
}

// ParsePrelude reads what a function that streams says before the body: an answer whose status is 200 if it says none. A body is
// of no use in it. Spec: functions A2.5.
func ParsePrelude(text []byte) (Answer, error) {
	s := jsonscan.New(text, 0)
	found, err := parseObject(&s)
	if err != nil {
		return Answer{}, err
	}
	found.body, found.base64 = nil, nil
	if found.status == nil {
		found.status = []byte("200")
	}
	return found.answer()
}

// null is the result of a function that returns nothing.
var null = []byte("null")

func parseOther(payload []byte, s *jsonscan.Scanner) (Answer, error) {
	if s.Peek() == 0 && s.End() {
		return Answer{Status: firstStatus, body: null}, nil // (unconfirmed)
	}
	start := s.At()
	if !s.Skip() {
		return Answer{}, malformed("it is no JSON")
	}
	value := s.Since(start)
	if !s.End() {
		return Answer{}, malformed("it is no JSON")
	}
	return Answer{Status: firstStatus, body: value}, nil
}

func malformed(why string) error { return fmt.Errorf("%w: %s", ErrMalformed, why) }

// members are those of an object that could be an answer, as JSON; nil: missing, or null.
type members struct{ status, headers, cookies, body, base64 []byte }

func parseObject(s *jsonscan.Scanner) (found members, err error) {
	var ignored []byte
	s.Object(func(name []byte) bool {
		to := &ignored
		switch string(name) {
		case "statusCode":
			to = &found.status
		case "headers":
			to = &found.headers
		case "cookies":
			to = &found.cookies
		case "body":
			to = &found.body
		case "isBase64Encoded":
			to = &found.base64
		}
		start := s.At()
		if *to = nil; s.Null() {
			return true
		}
		ok := s.Skip()
		*to = s.Since(start)
		return ok
	})
	if !s.End() {
		return members{}, malformed("it is no JSON")
	}
	return found, nil
}

// answer checks the members, each of which is JSON.
func (m *members) answer() (a Answer, err error) {
	a = Answer{Explicit: true, headers: m.headers, cookies: m.cookies, body: m.body, base64: string(m.base64) == "true"}
	if a.Status, err = status(m.status); err != nil {
		return Answer{}, err
	}
	a.BodyIsJSON = len(m.body) > 0 && m.body[0] != '"'
	switch {
	case m.base64 != nil && !a.base64 && string(m.base64) != "false":
		return Answer{}, malformed("isBase64Encoded is no boolean")
	case a.base64 && a.BodyIsJSON:
		return Answer{}, malformed("the body is no string, and cannot be base64")
	case m.cookies != nil && !isListOfStrings(m.cookies):
		return Answer{}, malformed("cookies is no list of strings")
	case m.headers != nil && !isHeaders(m.headers):
		return Answer{}, malformed("headers is no object of strings, numbers and booleans")
	}
	return a, nil
}

// status reads a number, or the text of one.
func status(text []byte) (int, error) {
	if len(text) > 1 && text[0] == '"' {
		text = text[1 : len(text)-1]
	}
	n, err := strconv.ParseFloat(string(text), 64)
	if err != nil || n != float64(int(n)) || n < firstStatus || n > lastStatus {
		return 0, malformed("the statusCode is none")
	}
	return int(n), nil
}

func isListOfStrings(list []byte) bool {
	s := jsonscan.New(list, 0)
	return s.Array(func() bool {
		_, ok := s.String()
		return ok
	})
}

func isHeaders(object []byte) bool {
	s := jsonscan.New(object, 0)
	return s.Object(func([]byte) bool { return s.HeaderValue() || s.Null() })
}

// hiddenHeaders are not the function's to say: they are about the connection, or the gateway writes them. Spec: http-api 9.3.
var hiddenHeaders = []string{"Connection", "Keep-Alive", "Proxy-Connection", "TE", "Trailer", "Transfer-Encoding", "Upgrade",
	"Proxy-Authenticate", "Proxy-Authorization", "Content-Length", "Date"}

// AppendHeader appends the header of an answer: its headers, then a Set-Cookie for each cookie. The error is ErrMalformed for more
// than most fields, and for what cannot be the name of a header. All values share one piece of memory.
func (a *Answer) AppendHeader(dst http1.Header, most int) (http1.Header, error) {
	from := len(dst)
	valid := true
	add := func(name, value string) {
		if valid = valid && http1.ValidName(name) && len(dst)-from < most; valid && !isOneOf(name, hiddenHeaders) {
			dst = append(dst, http1.Field{Name: name, Value: http1.CleanValue(value)})
		}
	}
	if a.headers != nil {
		text, s := string(a.headers), jsonscan.New(a.headers, 0)
		s.Object(func([]byte) bool {
			start, name := s.At(), s.Name(text)
			if s.Null() { // a header that is null is none (unconfirmed)
				return true
			}
			s.HeaderValue()
			add(name, s.Text(text, start))
			return true
		})
	}
	if a.cookies != nil {
		text, s := string(a.cookies), jsonscan.New(a.cookies, 0)
		s.Array(func() bool {
			start := s.At()
			s.String()
			add("Set-Cookie", s.Text(text, start))
			return true
		})
	}
	if !valid {
		return dst[:from], malformed("a header has a name that is none, or there are too many")
	}
	return dst, nil
}

// Body returns the body of an answer, in memory of the function's result where that is possible, and else in that of buf, which it
// may grow. The error is ErrMalformed when it is not the base64 that it says.
func (a *Answer) Body(buf *[]byte) (body []byte, err error) {
	if len(a.body) == 0 || a.body[0] != '"' {
		return a.body, nil
	}
	text := a.body[1 : len(a.body)-1]
	switch plain := jsonscan.Plain(a.body); {
	case plain && !a.base64:
		return text, nil
	case !plain && a.base64: // hardly anybody escapes a slash
		text = jsonscan.AppendUnquoted(nil, a.body)
	case !plain:
		*buf = jsonscan.AppendUnquoted((*buf)[:0], a.body)
		return *buf, nil
	}
	if *buf, err = base64.StdEncoding.AppendDecode((*buf)[:0], text); err != nil {
		return nil, malformed("the body is no base64")
	}
	return *buf, nil
}
