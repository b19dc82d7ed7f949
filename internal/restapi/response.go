package restapi

import (
	"context"
	"strconv"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/http1"
	"github.com/gatehouse-gateway/gatehouse/javaregex"
)

// responseRule is an integration response ready to run. Spec: rest-api 10.
type responseRule struct {
	status    int
	pattern   *javaregex.Regexp // nil: the default entry
	matches   statusBits        // which HTTP statuses the pattern matches, computed once
	headers   []responseHeader
	templates templates
	handling  string
	declared  bool // the method response exists
}

type responseHeader struct {
	name   string // as the client sees it
	source source
}

// statusBits holds a bit for every status from 0 to 639.
type statusBits [10]uint64

func (b *statusBits) set(status int)      { b[status>>6] |= 1 << (status & 63) }
func (b *statusBits) has(status int) bool { return b[status>>6]&(1<<(status&63)) != 0 }

const statusLimit = 640

// integrationResponses are the entries of one integration.
type integrationResponses struct {
	rules    []responseRule // with a pattern, by ascending status
	fallback *responseRule
	binary   *binaryTypes
	lambda   bool // patterns look at the errorMessage of a function's answer instead of a status. Spec: rest-api 10.1
	trace    bool // answers carry X-Amzn-Trace-Id: all but MOCK. Spec: rest-api 11, recorded
}

// choose picks the entry for an integration status, or the error message of a function: of those that match, the one with that
// very status, else the lowest. Spec: rest-api 10.1, recorded.
func (s *integrationResponses) choose(x *exchange) *responseRule {
	var first *responseRule
	status, message := x.status, ""
	if s.lambda && len(s.rules) > 0 {
		message = errorMessage(x.payload, x.stage.env.jsonLimits())
	}
	for i := range s.rules {
		rule := &s.rules[i]
		if s.lambda && !rule.acceptsText(message) || !s.lambda && !rule.accepts(status) {
			continue
		}
		if rule.status == status {
			return rule
		}
		if first == nil {
			first = rule
		}
	}
	if first == nil {
		return s.fallback
	}
	return first
}

func (r *responseRule) accepts(status int) bool {
	if 0 <= status && status < statusLimit {
		return r.matches.has(status)
	}
	return r.acceptsText(strconv.Itoa(status))
}

func (r *responseRule) acceptsText(value string) bool {
	ok, err := r.pattern.MatchWhole(value)
	return ok && err == nil
}

// mapResponse turns the integration response into the answer. Spec: rest-api 10.
func (s *integrationResponses) mapResponse(_ context.Context, x *exchange) *refusal {
	rule := s.choose(x)
	if rule == nil {
		return misconfigured("No match for output mapping and no default output mapping configured. Endpoint Response Status Code: " + strconv.Itoa(x.status))
	}
	if !rule.declared {
		return internal("Execution failed due to configuration error: Output mapping refers to an invalid method response: " + strconv.Itoa(rule.status))
	}
	if rule.status < 200 {
		return misconfigured("status " + strconv.Itoa(rule.status) + " cannot end an exchange")
	}
	out := &x.wire.Response
	out.Status = rule.status
	if s.trace {
		out.Header.Add("X-Amzn-Trace-Id", x.traceID()) // first, as recorded; mappings and overrides replace it
	}
	for i := range rule.headers {
		h := &rule.headers[i]
		v, ok, r := h.source.read(x)
		if r != nil {
			return r
		}
		if ok {
			out.Header.Set(h.name, http1.CleanValue(v.joined()))
		}
	}
	if r := s.mapPayload(x, rule); r != nil {
		return r
	}
	x.overrideAnswer()
	if !out.Header.Has("Content-Type") {
		out.Header.Add("Content-Type", defaultMediaType)
	}
	return nil
}

// mapPayload converts the payload and renders the response template. Spec: rest-api 10.3, 10.4.
func (s *integrationResponses) mapPayload(x *exchange, rule *responseRule) *refusal {
	accept := x.wire.Request.Header.Get("Accept")
	template := rule.templates.forResponse(firstAccepted(accept))
	if template != nil && template.isFixed && len(x.payload) == 0 {
		x.wire.Response.Body = template.fixed
		return nil
	}
	payloadType := mediaType(x.result.Header.Get("Content-Type"))
	how := responseConversion(rule.handling, s.binary.match(payloadType), s.binary.match(firstAccepted(accept)))
	if !x.resultLive {
		how = toText // MOCK: there is no payload to convert
	}
	body, err := how.apply(x.payload)
	if err != nil {
		return internal("Execution failed due to configuration error: Unable to base64 decode the body.")
	}
	if template == nil {
		x.wire.Response.Body = body
		return nil
	}
	var r *refusal
	x.answerBuf, r = x.render(x.answerBuf[:0], template, body, "response")
	x.wire.Response.Body = x.answerBuf
	return r
}

// overrideAnswer applies $context.responseOverride. Spec: rest-api 10.4, mapping-templates 10.3.
func (x *exchange) overrideAnswer() {
	if x.vars.Context == nil {
		return // no template has run
	}
	out := &x.wire.Response
	if status, ok := x.overrides.Status(); ok && status >= 200 { // 1xx cannot end an exchange
		out.Status = status
	}
	for _, o := range x.overrides.ResponseHeaders() {
		if !validToken(o.Name) {
			continue
		}
		switch clientHeader(o.Name, false) {
		case passHeader:
			out.Header.Set(o.Name, http1.CleanValue(strings.Join(o.Values, ",")))
		case renameHeader:
			out.Header.Set(remapped(o.Name), http1.CleanValue(strings.Join(o.Values, ",")))
		case hideHeader:
		}
	}
}

// remappedPrefix marks headers of an integration that would collide with the gateway's own. Spec: rest-api 11.
const remappedPrefix = "x-amzn-Remapped-"

type clientRule uint8

const (
	passHeader clientRule = iota
	renameHeader
	hideHeader
)

// remappedHeaders are renamed on their way to the client. Spec: rest-api 11, recorded for HTTP.
var remappedHeaders = []string{"Connection", "Content-Length", "Date", "Server", "Authorization", "Content-MD5", "Expect", "Host",
	"Max-Forwards", "Proxy-Authenticate", "Trailer", "Upgrade", "User-Agent", "WWW-Authenticate", "x-amzn-RequestId", "x-amz-apigw-id"}

// remappedNames holds the new names of the usual spellings, so that renaming those costs nothing.
var remappedNames = func() map[string]string {
	names := make(map[string]string)
	for _, name := range remappedHeaders {
		names[name] = remappedPrefix + name
	}
	return names
}()

// remapped is the name under which a renamed header reaches the client; the spelling stays.
func remapped(name string) string {
	if known := remappedNames[name]; known != "" {
		return known
	}
	return remappedPrefix + name
}

// clientHeader says what happens to a header of an integration on its way to the client.
func clientHeader(name string, proxy bool) clientRule {
	switch {
	case isOneOf(name, remappedHeaders):
		return renameHeader
	case http1.EqualFold(name, "Transfer-Encoding"), proxy && http1.EqualFold(name, "Via"):
		return hideHeader
	}
	return passHeader
}
