package restapi

import (
	"errors"
	"math"
	"strconv"

	"github.com/gatehouse-gateway/gatehouse/http1"
	"github.com/gatehouse-gateway/gatehouse/internal/integration/jsonscan"
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
	s := jsonscan.New(payload, 0)
	s.Object(func(name []byte) bool { return a.member(&s, name) })
	if !s.End() {
		return proxyAnswer{}, errMalformed
	}
	return a, nil
}

// parseMetadata reads what a function that streams says before its body: the same, with cookies. A body is of no use in it.
// Spec: rest-api 20.
func parseMetadata(text []byte) (a proxyAnswer, cookies []string, err error) {
	a.status = 200
	s := jsonscan.New(text, 0)
	s.Object(func(name []byte) bool {
		if string(name) != "cookies" {
			return a.member(&s, name)
		}
		cookies = nil
		return s.Null() || s.Array(func() bool {
			quoted, ok := s.String()
			if ok {
				cookies = append(cookies, string(jsonscan.AppendUnquoted(nil, quoted)))
			}
			return ok
		})
	})
	if !s.End() {
		return proxyAnswer{}, nil, errMalformed
	}
	return a, cookies, nil
}

// member reads one member's value; false: it is not of the contract.
func (a *proxyAnswer) member(s *jsonscan.Scanner, name []byte) (ok bool) {
	start, object := s.At(), s.Peek() == '{'
	switch string(name) {
	case "statusCode":
		a.status, ok = readStatus(s)
		return ok
	case "headers":
		a.headers, ok = nil, s.Null() || s.Object(func([]byte) bool { return s.HeaderValue() })
		if ok && object {
			a.headers = s.Since(start)
		}
		return ok
	case "multiValueHeaders":
		a.multi, ok = nil, s.Null() || s.Object(func([]byte) bool { return s.Array(s.HeaderValue) })
		if ok && object {
			a.multi = s.Since(start)
		}
		return ok
	case "body":
		a.body, ok = nil, s.Null()
		if !ok {
			a.body, ok = s.String()
		}
		return ok
	case "isBase64Encoded":
		a.base64, ok = s.Boolean()
		return ok || s.Null()
	}
	return false
}

// readStatus reads a number or the text of one; null is as if there were none.
func readStatus(s *jsonscan.Scanner) (int, bool) {
	if s.Null() {
		return 200, true
	}
	text, ok := s.Number()
	if !ok {
		var quoted []byte
		if quoted, ok = s.String(); ok {
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
		f.Value = http1.CleanValue(f.Value)
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
	s := jsonscan.New(object, 0)
	s.Object(func([]byte) bool {
		name := s.Name(text)
		one := func() bool {
			start := s.At()
			s.HeaderValue()
			add(http1.Field{Name: name, Value: s.Text(text, start)})
			return true
		}
		if s.Peek() == '[' {
			return s.Array(one)
		}
		return one()
	})
}
