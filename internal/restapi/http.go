package restapi

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/gatehouse-gateway/gatehouse/http1"
	"github.com/gatehouse-gateway/gatehouse/internal/front"
	"github.com/gatehouse-gateway/gatehouse/internal/integration"
)

// httpIntegration is the compiled part that HTTP and HTTP_PROXY share: where to call and how. Spec: rest-api 6, 8, 9.1.
type httpIntegration struct {
	request  *integrationRequest
	uri      uriTemplate
	endpoint *integration.Endpoint // nil: the host is known only per request
	target   []byte                // the whole target when nothing in it varies
	tls      integration.TLSOptions
	method   string // "" is the client's
	timeout  time.Duration
	stream   bool
	agent    string // User-Agent when nothing else gives one
	apiID    string
}

// bodilessVerbs send no body to the back end (unconfirmed for GET with a template). Spec: rest-api 7.5.
func bodiless(method string) bool { return method == "GET" || method == "HEAD" || method == "OPTIONS" }

// mapHTTP makes the call of a HTTP integration: mapped headers and query only. Spec: rest-api 5, 8.1, 8.2.
func (h *httpIntegration) mapHTTP(_ context.Context, x *exchange) *refusal {
	if r := h.request.mapHeaders(x); r != nil {
		return r
	}
	if r := h.request.overrideHeaders(x); r != nil {
		return r
	}
	h.begin(x)
	if !x.call.Header.Has("Content-Type") && !bodiless(x.httpMethod()) {
		if sent, ok := x.lastHeader("Content-Type"); ok {
			x.call.Header.Add("Content-Type", sent)
		}
	}
	h.defaults(x)
	if !bodiless(x.call.Method) {
		x.call.Body = x.text
	}
	return h.address(x, "")
}

// mapProxy makes the call of a HTTP_PROXY integration: what the client sent, with the mappings on top. Spec: rest-api 5, 8.1.
func (h *httpIntegration) mapProxy(_ context.Context, x *exchange) *refusal {
	x.call.Header = appendForwarded(x.call.Header, x.headers())
	if r := h.request.mapHeaders(x); r != nil {
		return r
	}
	h.begin(x)
	h.defaults(x)
	if r := h.address(x, x.target.query); r != nil {
		return r
	}
	return h.proxyBody(x) // last: a mapping may have read the body, which is then no stream any more
}

// proxyBody hands the body on: as it arrives when its length is known, read first when it is not.
func (h *httpIntegration) proxyBody(x *exchange) *refusal {
	n := x.wire.Request.ContentLength
	switch {
	case bodiless(x.call.Method) || n == 0 && !x.bodyRead:
	case x.bodyRead:
		x.call.Body = x.body
	case n > 0:
		x.call.BodyStream, x.call.BodyLength = x.wire.Request.Body, n
	default:
		r := x.readBody()
		x.call.Body = x.body
		return r
	}
	return nil
}

// appendForwarded appends what a proxy integration forwards of the client's header: repeated fields joined.
func appendForwarded(dst, visible http1.Header) http1.Header {
next:
	for _, f := range visible {
		switch {
		case http1.EqualFold(f.Name, "Host"), http1.EqualFold(f.Name, "Content-Encoding"), http1.EqualFold(f.Name, "Via"):
			continue
		case http1.EqualFold(f.Name, "Authorization") && strings.HasPrefix(f.Value, "AWS4-"):
			continue // a signature for the gateway means nothing to the back end
		}
		for i := range dst {
			if http1.EqualFold(dst[i].Name, f.Name) {
				dst[i].Value += "," + f.Value
				continue next
			}
		}
		dst = append(dst, f)
	}
	return dst
}

// begin sets what does not depend on the body.
func (h *httpIntegration) begin(x *exchange) {
	x.call.Method = h.method
	if h.method == "" {
		x.call.Method = x.httpMethod()
	}
	x.call.Deadline = x.stage.env.Now().Add(h.timeout)
	if !h.stream {
		x.call.MaxBody = x.stage.env.Limits.ResponsePayload
	} else { // of any length. Spec: rest-api 20
		x.call.Stream = true
		x.call.IdleTimeout = time.Duration(x.stage.env.Limits.StreamIdle) * time.Millisecond
	}
}

// defaults adds the headers that every back end gets. Spec: rest-api 8.1, recorded.
func (h *httpIntegration) defaults(x *exchange) {
	header := &x.call.Header
	if !header.Has("Accept") {
		header.Add("Accept", "application/json")
	}
	if !header.Has("User-Agent") {
		header.Add("User-Agent", h.agent)
	}
	header.Set("X-Amzn-Apigateway-Api-Id", h.apiID) // in place of what a client sent
	if !header.Has("X-Amzn-Trace-Id") {
		header.Add("X-Amzn-Trace-Id", x.traceID())
	}
}

// address fills in the URI: placeholders, the URI's own query, the client's query (raw), the mapped query, in that order.
// Spec: rest-api 6.5, recorded.
func (h *httpIntegration) address(x *exchange, clientQuery string) *refusal {
	if h.uri.invalid != "" {
		return misconfigured(h.uri.invalid)
	}
	endpoint := h.endpoint
	if endpoint == nil {
		var r *refusal
		if endpoint, r = h.dynamicEndpoint(x); r != nil {
			return r
		}
	}
	x.endpoint = endpoint
	var r *refusal
	if h.target != nil {
		x.uri = append(x.uri[:0], h.target...)
	} else if x.uri, r = h.fillTarget(x.uri[:0], x); r != nil {
		return r
	}
	if clientQuery != "" {
		x.uri = append(append(x.uri, querySeparator(x.uri)), clientQuery...)
	}
	if x.uri, r = h.request.appendQuery(x.uri, x); r != nil {
		return r
	}
	x.call.Target = string(x.uri)
	x.call.HostHeader = x.host
	return nil
}

func (h *httpIntegration) dynamicEndpoint(x *exchange) (*integration.Endpoint, *refusal) {
	host, r := h.fill(nil, h.uri.authority, x, func(dst []byte, v string, _ bool) []byte { return append(dst, v...) })
	if r != nil {
		return nil, r
	}
	if wrong := checkAuthority(string(host)); wrong != "" {
		return nil, misconfigured("Invalid endpoint address: " + wrong)
	}
	endpoint, err := integration.NewEndpoint(h.uri.scheme, string(host), h.tls)
	if err != nil {
		return nil, misconfigured("Invalid endpoint address: " + err.Error())
	}
	return endpoint, nil
}

func (h *httpIntegration) fillTarget(dst []byte, x *exchange) ([]byte, *refusal) {
	dst, r := h.fill(dst, h.uri.path, x, appendPathEscaped)
	if r != nil {
		return dst, r
	}
	if len(dst) == 0 {
		dst = append(dst, '/')
	}
	if !h.uri.hasQuery {
		return dst, nil
	}
	dst = append(dst, '?')
	return h.fill(dst, h.uri.query, x, func(dst []byte, v string, _ bool) []byte { return appendQueryEscaped(dst, v) })
}

// fill appends parts with their values. A placeholder without a value stays literal on the real service, which makes
// the address invalid. Spec: rest-api 6.2.
func (h *httpIntegration) fill(dst []byte, parts []uriPart, x *exchange, escape func([]byte, string, bool) []byte) ([]byte, *refusal) {
	for _, p := range parts {
		if p.name == "" {
			dst = append(dst, p.literal...)
			continue
		}
		v, keepSlash, ok, r := h.request.pathValue(x, p.name)
		if r != nil {
			return dst, r
		}
		if !ok {
			return dst, misconfigured("Invalid endpoint address: {" + p.name + "} has no value")
		}
		dst = escape(dst, v, keepSlash)
	}
	return dst, nil
}

// send calls the back end. Spec: rest-api 9.1, 9.6.
func (h *httpIntegration) send(ctx context.Context, x *exchange) *refusal {
	x.logCall()
	start := x.stage.env.Now()
	err := x.stage.env.Backends.Do(ctx, x.endpoint, &x.call, &x.result)
	x.integrationTime = x.stage.env.Now().Sub(start)
	if err != nil {
		return refuseFailure(err)
	}
	x.resultLive = true
	x.status, x.payload = x.result.Status, x.result.Body
	x.logAnswer()
	return nil
}

// refuseFailure is the table of rest-api 9.1.
func refuseFailure(err error) *refusal {
	var r *refusal
	switch {
	case errors.Is(err, integration.ErrTimeout):
		r = spaced(refuse(integrationTimeout))
	case errors.Is(err, integration.ErrBadEndpoint), errors.Is(err, integration.ErrUnresolvable):
		return misconfigured("Invalid endpoint address: " + err.Error())
	case errors.Is(err, integration.ErrUntrusted):
		return internal("Execution failed due to configuration error: General SSLEngine problem: " + err.Error())
	case errors.Is(err, integration.ErrResponseTooLarge), errors.Is(err, integration.ErrDenied), errors.Is(err, integration.ErrInvalidCall):
		return internal("Execution failed: " + err.Error())
	case errors.Is(err, front.ErrBodyTooLarge):
		return payloadTooLarge
	case errors.Is(err, integration.ErrBusy):
		return overloaded.because(err)
	case errors.Is(err, integration.ErrBody):
		return badBody(err)
	default:
		r = spaced(refuse(integrationFailure))
	}
	r.reason = err.Error()
	return r
}

// relay passes the back end's answer on as it is, but for the headers that are renamed or dropped. Spec: rest-api 9.1, 11.
func (h *httpIntegration) relay(_ context.Context, x *exchange) *refusal {
	out := &x.wire.Response
	out.Status = x.result.Status
	for _, f := range x.result.Header {
		switch clientHeader(f.Name, true) {
		case passHeader:
			out.Header = append(out.Header, f)
		case renameHeader:
			out.Header = append(out.Header, http1.Field{Name: remapped(f.Name), Value: f.Value})
		case hideHeader:
		}
	}
	if !x.result.Header.Has("Content-Type") {
		out.Header.Add("Content-Type", defaultMediaType)
	}
	if x.result.Stream != nil {
		out.Stream, out.StreamLength = x.result.Stream, -1
		return nil
	}
	out.Body = x.payload
	if x.call.Method == "HEAD" {
		out.StreamLength = x.result.ContentLength // what the back end would have sent
	}
	return nil
}
