package restapi

import (
	"context"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/http1"
	"github.com/gatehouse-gateway/gatehouse/vtl/gateway"
)

// integrationRequest is the compiled integration request of the types that map: HTTP, AWS and MOCK. It fills
// the outgoing part of the exchange. Spec: rest-api 5–8.
type integrationRequest struct {
	templates templates
	handling  string // contentHandling
	binary    *binaryTypes
	rules     headerRules
	headers   []mappedParam
	query     []mappedParam
	path      []mappedParam
}

// mappedParam is a compiled entry of requestParameters.
type mappedParam struct {
	name      string
	source    source
	rule      headerRule // headers only
	keepSlash bool       // path only: the value of a greedy parameter spreads over several segments
}

// selectTemplate decides which template makes the body, or that the body passes. Spec: rest-api 7.1, 7.2.
func (q *integrationRequest) selectTemplate(_ context.Context, x *exchange) (r *refusal) {
	x.template, r = q.templates.forRequest(x.contentType)
	return r
}

// mapBody converts the body and renders the template. Spec: rest-api 7.3.
func (q *integrationRequest) mapBody(_ context.Context, x *exchange) *refusal {
	how := requestConversion(q.handling, q.binary.match(x.contentType))
	if x.template != nil && x.template.mockDone && (how == toText || how == toBase64) {
		return nil // the answer does not depend on the body
	}
	if r := x.readBody(); r != nil {
		return r
	}
	text, err := how.apply(x.body)
	if err != nil {
		return misconfigured("Unable to transform request: " + err.Error())
	}
	x.text = text
	if x.template == nil {
		return nil
	}
	if how == keep {
		return internal("Execution failed due to configuration error: Unable to transform request: the body is binary, contentHandling is not CONVERT_TO_TEXT")
	}
	var r *refusal
	x.rendered, r = x.render(x.rendered[:0], x.template, text, "request")
	if r != nil {
		return r
	}
	x.text = x.rendered
	return nil
}

// headerRule says what happens to a header that a mapping or an override writes. Spec: rest-api 8.2.
type headerRule uint8

const (
	sendHeader headerRule = iota
	dropHeader
	illegalHeader
	hostHeader
)

// headerRules are the exceptions of an integration type; every other header is sent.
type headerRules map[headerRule][]string

// httpHeaders are those of HTTP and HTTP_PROXY, awsHeaders those of AWS and AWS_PROXY. Recorded.
var (
	httpHeaders = headerRules{
		illegalHeader: {"Content-Length", "Transfer-Encoding", "X-Amzn-Trace-Id", "X-Amzn-Apigateway-Api-Id"},
		dropHeader:    {"Connection", "Expect", "Proxy-Authenticate", "TE", "Via"},
		hostHeader:    {"Host"},
	}
	awsHeaders = headerRules{
		illegalHeader: {"Content-Length", "Transfer-Encoding", "X-Amzn-Trace-Id", "X-Amzn-Apigateway-Api-Id", "Authorization",
			"Connection", "Expect", "Proxy-Authenticate", "TE"},
		dropHeader: {"Via", "Referer"},
	}
)

func (r headerRules) of(name string) headerRule {
	for rule, names := range r {
		if isOneOf(name, names) {
			return rule
		}
	}
	return sendHeader
}

// setHeader writes one mapped header into the call.
func (x *exchange) setHeader(name, value string, rule headerRule) *refusal {
	switch rule {
	case illegalHeader:
		return internal("Execution failed due to configuration error: " + name + " header already present")
	case dropHeader:
		return nil
	case hostHeader:
		x.host = http1.CleanValue(value)
		return nil
	}
	x.call.Header.Set(name, http1.CleanValue(value))
	return nil
}

// mapHeaders evaluates the header mappings. Mappings never see each other's results. Spec: rest-api 5.
func (q *integrationRequest) mapHeaders(x *exchange) *refusal {
	for i := range q.headers {
		m := &q.headers[i]
		v, ok, r := m.source.read(x)
		if r != nil {
			return r
		}
		if !ok {
			continue
		}
		if r := x.setHeader(m.name, v.joined(), m.rule); r != nil {
			return r
		}
	}
	return nil
}

func (v value) joined() string {
	if v.many != nil {
		return strings.Join(v.many, ",")
	}
	return v.text
}

// overrideHeaders applies $context.requestOverride.header. Spec: rest-api 5, mapping-templates 10.3.
func (q *integrationRequest) overrideHeaders(x *exchange) *refusal {
	for _, o := range x.overrides.RequestHeaders() {
		if !validToken(o.Name) {
			return misconfigured("Invalid header name " + o.Name)
		}
		if r := x.setHeader(o.Name, strings.Join(o.Values, ","), q.rules.of(o.Name)); r != nil {
			return r
		}
	}
	return nil
}

// validToken reports whether s can be a header name.
func validToken(s string) bool {
	for i := range len(s) {
		c := s[i]
		if c <= ' ' || c >= 0x7f || strings.IndexByte(`"(),/:;<=>?@[\]{}`, c) >= 0 {
			return false
		}
	}
	return s != ""
}

// appendQuery appends the mapped query parameters, overrides in place of the mappings they replace.
func (q *integrationRequest) appendQuery(dst []byte, x *exchange) ([]byte, *refusal) {
	overrides := x.overrides.RequestQuery()
	for i := range q.query {
		m := &q.query[i]
		if overridden(overrides, m.name) {
			continue
		}
		v, ok, r := m.source.read(x)
		if r != nil {
			return dst, r
		}
		switch {
		case !ok:
		case v.many != nil:
			for _, one := range v.many {
				dst = appendPair(dst, m.name, one)
			}
		default:
			dst = appendPair(dst, m.name, v.text)
		}
	}
	for _, o := range overrides {
		for _, one := range o.Values {
			dst = appendPair(dst, o.Name, one)
		}
	}
	return dst, nil
}

func overridden(overrides []gateway.Override, name string) bool {
	for _, o := range overrides {
		if o.Name == name {
			return true
		}
	}
	return false
}

// appendPair appends name=value with the separator that the target needs: dst is a target with or without a query.
func appendPair(dst []byte, name, value string) []byte {
	dst = append(dst, querySeparator(dst))
	dst = appendQueryEscaped(dst, name)
	dst = append(dst, '=')
	return appendQueryEscaped(dst, value)
}

func querySeparator(target []byte) byte {
	for _, c := range target {
		if c == '?' {
			return '&'
		}
	}
	return '?'
}

// pathValue finds the value for a {name} of the URI: override, then mapping. Only mapped names are replaced.
// Spec: rest-api 6.1, recorded.
func (q *integrationRequest) pathValue(x *exchange, name string) (text string, keepSlash, ok bool, r *refusal) {
	for _, o := range x.overrides.RequestPath() {
		if o.Name == name {
			return strings.Join(o.Values, ","), true, true, nil
		}
	}
	for i := range q.path {
		if m := &q.path[i]; m.name == name {
			v, ok, r := m.source.read(x)
			return v.joined(), m.keepSlash, ok, r
		}
	}
	return "", false, false, nil
}
