package payloadv2

import (
	"encoding/base64"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/gatehouse-gateway/gatehouse/http1"
	"github.com/gatehouse-gateway/gatehouse/internal/integration/jsonscan"
)

// Event is what an event says. One that is used again keeps its memory.
type Event struct {
	Method   string
	Path     string       // still encoded, with the stage if that is named
	Query    string       // still encoded, without "?"
	Header   http1.Header // of AppendHeader
	Body     []byte
	SourceIP netip.Addr
	Received time.Time

	RouteKey, Stage          string
	AccountID, APIID         string
	DomainName, DomainPrefix string
	RequestID                string

	// These are JSON already; "" leaves the member out.
	Authentication, Authorizer     string
	PathParameters, StageVariables string

	query []param
}

// param is a query parameter, decoded.
type param struct {
	name, value string
	next        int
	first       bool
}

// timeLayout is the common log format: 09/Apr/2015:12:34:56 +0000.
const timeLayout = "02/Jan/2006:15:04:05 -0700"

// Append appends the event as JSON. Members without data are left out. Spec: http-api 7.
func (e *Event) Append(dst []byte) []byte {
	path := http1.DecodePath(e.Path)
	dst = member(dst, `{"version":"2.0","routeKey":`, e.RouteKey)
	dst = member(dst, `,"rawPath":`, path)
	dst = member(dst, `,"rawQueryString":`, e.Query)
	dst = e.appendCookies(dst)
	dst = e.appendHeaders(append(dst, `,"headers":{`...))
	if e.Query != "" {
		dst = e.appendQuery(dst)
	}
	dst = e.appendContext(append(dst, `,"requestContext":`...), path)
	dst = raw(dst, `,"pathParameters":`, e.PathParameters)
	dst = raw(dst, `,"stageVariables":`, e.StageVariables)
	return e.appendBody(dst)
}

func member(dst []byte, name, value string) []byte {
	return jsonscan.AppendString(append(dst, name...), value)
}

func raw(dst []byte, name, value string) []byte {
	if value == "" {
		return dst
	}
	return append(append(dst, name...), value...)
}

// appendCookies appends the cookies, one by one, which the headers then lack.
func (e *Event) appendCookies(dst []byte) []byte {
	begun := false
	for _, f := range e.Header {
		if !http1.EqualFold(f.Name, "Cookie") {
			continue
		}
		for rest, more := f.Value, true; more; {
			var one string
			one, rest, more = strings.Cut(rest, ";")
			if one = strings.TrimSpace(one); one == "" {
				continue
			}
			if !begun {
				dst = append(dst, `,"cookies":[`...)
			} else {
				dst = append(dst, ',')
			}
			begun = true
			dst = jsonscan.AppendString(dst, one)
		}
	}
	if begun {
		dst = append(dst, ']')
	}
	return dst
}

// appendHeaders appends the members of headers: names in lower case, the values of one name joined. How many there are is bounded
// by who received them.
func (e *Event) appendHeaders(dst []byte) []byte {
	begun := false
next:
	for i, f := range e.Header {
		if http1.EqualFold(f.Name, "Cookie") {
			continue
		}
		for _, before := range e.Header[:i] {
			if http1.EqualFold(before.Name, f.Name) {
				continue next
			}
		}
		if begun {
			dst = append(dst, ',')
		}
		begun = true
		dst = append(appendLower(append(dst, '"'), f.Name), `":"`...)
		dst = jsonscan.AppendEscaped(dst, f.Value)
		for _, more := range e.Header[i+1:] {
			if http1.EqualFold(more.Name, f.Name) {
				dst = jsonscan.AppendEscaped(append(dst, ','), more.Value)
			}
		}
		dst = append(dst, '"')
	}
	return append(dst, '}')
}

// appendLower appends a header name, which is ASCII that JSON leaves as it is, in lower case.
func appendLower(dst []byte, name string) []byte {
	for i := range len(name) {
		c := name[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		dst = append(dst, c)
	}
	return dst
}

// appendQuery appends queryStringParameters: decoded, the values of one name joined.
func (e *Event) appendQuery(dst []byte) []byte {
	e.query = parseQuery(e.query[:0], e.Query)
	if len(e.query) == 0 {
		return dst
	}
	link(e.query)
	dst = append(dst, `,"queryStringParameters":`...)
	sep := byte('{')
	for i, p := range e.query {
		if !p.first {
			continue
		}
		dst = append(jsonscan.AppendString(append(dst, sep), p.name), `:"`...)
		dst = jsonscan.AppendEscaped(dst, p.value)
		for at := e.query[i].next; at > 0; at = e.query[at].next {
			dst = jsonscan.AppendEscaped(append(dst, ','), e.query[at].value)
		}
		dst = append(dst, '"')
		sep = ','
	}
	return append(dst, '}')
}

// fewParams is the number of parameters up to which the ones of the same name are found without a table: a hostile query may have
// thousands.
const fewParams = 64

// link joins the parameters of one name: the first of them leads, next is the place of the following one, 0 at the end.
func link(all []param) {
	if len(all) > fewParams {
		linkMany(all)
		return
	}
next:
	for i := range all {
		for j := range i {
			if !all[j].first || all[j].name != all[i].name {
				continue
			}
			for all[j].next > 0 {
				j = all[j].next
			}
			all[j].next = i
			continue next
		}
		all[i].first = true
	}
}

func linkMany(all []param) {
	last := make(map[string]int, len(all))
	for i, p := range all {
		at, seen := last[p.name]
		if seen {
			all[at].next = i
		}
		all[i].first = !seen
		last[p.name] = i
	}
}

func parseQuery(dst []param, query string) []param {
	for more := true; more; {
		var pair string
		pair, query, more = strings.Cut(query, "&")
		if pair != "" {
			name, value, _ := strings.Cut(pair, "=")
			dst = append(dst, param{name: http1.DecodeForm(name), value: http1.DecodeForm(value)})
		}
	}
	return dst
}

// appendContext appends requestContext.
func (e *Event) appendContext(dst []byte, path string) []byte {
	received := e.Received.UTC()
	dst = member(dst, `{"accountId":`, e.AccountID)
	dst = member(dst, `,"apiId":`, e.APIID)
	dst = raw(dst, `,"authentication":`, e.Authentication)
	dst = raw(dst, `,"authorizer":`, e.Authorizer)
	dst = member(dst, `,"domainName":`, e.DomainName)
	dst = member(dst, `,"domainPrefix":`, e.DomainPrefix)
	dst = member(dst, `,"http":{"method":`, e.Method)
	dst = member(dst, `,"path":`, path)
	dst = append(dst, `,"protocol":"HTTP/1.1","sourceIp":"`...)
	dst = e.SourceIP.AppendTo(dst)
	dst = member(dst, `","userAgent":`, e.Header.Get("User-Agent"))
	dst = member(dst, `},"requestId":`, e.RequestID)
	dst = member(dst, `,"routeKey":`, e.RouteKey)
	dst = member(dst, `,"stage":`, e.Stage)
	dst = received.AppendFormat(append(dst, `,"time":"`...), timeLayout)
	dst = strconv.AppendInt(append(dst, `","timeEpoch":`...), received.UnixMilli(), 10)
	return append(dst, '}')
}

// appendBody appends the body, if there is one, and how it is encoded.
func (e *Event) appendBody(dst []byte) []byte {
	if len(e.Body) == 0 {
		return append(dst, `,"isBase64Encoded":false}`...)
	}
	dst = append(dst, `,"body":`...)
	if IsText(e.Header) {
		return append(jsonscan.AppendString(dst, e.Body), `,"isBase64Encoded":false}`...)
	}
	dst = base64.StdEncoding.AppendEncode(append(dst, '"'), e.Body)
	return append(dst, `","isBase64Encoded":true}`...)
}

// BodySize is the number of bytes that the body has in the event.
func (e *Event) BodySize() int {
	if IsText(e.Header) {
		return jsonscan.StringLen(e.Body)
	}
	return base64.StdEncoding.EncodedLen(len(e.Body)) + len(`""`)
}

// Release forgets what the event says, and keeps its memory.
func (e *Event) Release() {
	clear(e.Header)
	clear(e.query)
	*e = Event{Header: e.Header[:0], query: e.query[:0]}
}

// textTypes are the media types whose bodies are text, besides text/*, *+json and *+xml. Spec: http-api 7.
var textTypes = []string{"application/json", "application/xml", "application/javascript"}

// IsText reports whether the body of a message with this header goes into an event as it is; all others are base64. A body
// without media type is base64 (unconfirmed).
func IsText(h http1.Header) bool {
	if h.Get("Content-Encoding") != "" {
		return false
	}
	media, _, _ := strings.Cut(h.Get("Content-Type"), ";")
	media = strings.TrimSpace(media)
	if isOneOf(media, textTypes) {
		return true
	}
	kind, sub, _ := strings.Cut(media, "/")
	return http1.EqualFold(kind, "text") || hasSuffixFold(sub, "+json") || hasSuffixFold(sub, "+xml")
}

func hasSuffixFold(s, suffix string) bool {
	return len(s) >= len(suffix) && http1.EqualFold(s[len(s)-len(suffix):], suffix)
}
