package restapi

import (
	"context"
	"encoding/base64"

	"github.com/gatehouse-gateway/gatehouse/http1"
	"github.com/gatehouse-gateway/gatehouse/internal/integration/jsonscan"
)

// mapProxy makes the event of an AWS_PROXY integration. Mappings have no effect, but one to a header that the gateway writes itself
// fails here, too. Recorded. Spec: rest-api 5, 9.3.
func (l *lambdaIntegration) mapProxy(_ context.Context, x *exchange) *refusal {
	for i := range l.request.headers {
		m := &l.request.headers[i]
		if m.rule != illegalHeader {
			continue
		}
		if v, ok, r := m.source.read(x); r != nil {
			return r
		} else if ok {
			return x.setHeader(m.name, v.text, m.rule)
		}
	}
	if r := l.verbAllowed(x); r != nil {
		return r
	}
	if l.target.invalid != "" {
		return misconfigured(l.target.invalid)
	}
	if r := x.readBody(); r != nil {
		return r
	}
	binary := l.binary.match(x.contentType)
	limit := x.stage.env.Limits.FunctionEvent
	if r := x.eventRoom(binary, limit); r != nil {
		return r
	}
	x.rendered = l.event.append(x.rendered[:0], x, binary)
	if int64(len(x.rendered)) > limit {
		return requestTooLong
	}
	x.invocation.Ref, x.invocation.Caller, x.invocation.Payload = l.target.ref, l.target.caller, x.rendered
	return nil
}

// eventRoom takes what the event of a large body costs from the budget of the node, and refuses a body that no event can hold
// before anything is copied.
func (x *exchange) eventRoom(binary bool, limit int64) *refusal {
	if len(x.body) <= keepBuffer {
		return nil
	}
	size := int64(base64.StdEncoding.EncodedLen(len(x.body)))
	if !binary {
		size = int64(jsonscan.StringLen(x.body))
	}
	switch {
	case size > limit:
		return requestTooLong
	case !x.memory.Grow(x.memory.Taken() + 2*size): // appending doubles
		return overloaded
	}
	return nil
}

// answerProxy turns the function's answer into the method response. Spec: rest-api 9.3, 11.
func (l *lambdaIntegration) answerProxy(_ context.Context, x *exchange) *refusal {
	if x.function.FunctionError != "" {
		return lambdaFailed(502, x.functionError())
	}
	a, err := parseProxyAnswer(x.payload)
	if err != nil {
		return malformedAnswer()
	}
	if r := x.answerHead(&a, nil); r != nil {
		return r
	}
	return l.answerBody(x, &a)
}

// answerHead writes status and header of the method response.
func (x *exchange) answerHead(a *proxyAnswer, cookies []string) *refusal {
	out, most := &x.wire.Response, int(x.stage.env.Limits.HeaderFields)-len(cookies)
	header, err := a.appendHeaders(out.Header, most, appendProxied)
	if err != nil {
		return malformedAnswer()
	}
	out.Header = header
	out.Status, x.status = a.status, a.status
	for _, c := range cookies {
		out.Header.Add("Set-Cookie", http1.CleanValue(c))
	}
	if !out.Header.Has("Content-Type") {
		out.Header.Add("Content-Type", defaultMediaType)
	}
	if !out.Header.Has("X-Amzn-Trace-Id") {
		out.Header.Add("X-Amzn-Trace-Id", x.traceID())
	}
	return nil
}

// appendProxied appends a header of a proxy integration as the client gets to see it.
func appendProxied(dst http1.Header, f http1.Field) http1.Header {
	switch clientHeader(f.Name, true) {
	case renameHeader:
		f.Name = remapped(f.Name)
	case hideHeader:
		return dst
	case passHeader:
	}
	return append(dst, f)
}

// answerBody decodes the body: from base64 only if the function says so and the client accepts bytes. Recorded.
func (l *lambdaIntegration) answerBody(x *exchange, a *proxyAnswer) *refusal {
	if a.body == nil {
		return nil
	}
	text := a.body[1 : len(a.body)-1]
	if !jsonscan.Plain(a.body) {
		x.answerBuf = jsonscan.AppendUnquoted(x.answerBuf[:0], a.body)
		text = x.answerBuf
	}
	if a.base64 && l.binary.match(firstAccepted(x.wire.Request.Header.Get("Accept"))) {
		decoded, err := base64.StdEncoding.AppendDecode(nil, text)
		if err != nil {
			return misconfigured("Unable to base64 decode the body.")
		}
		text = decoded
	}
	x.wire.Response.Body = text
	return nil
}

func malformedAnswer() *refusal {
	return lambdaFailed(502, "Execution failed due to configuration error: "+errMalformed.Error())
}

// functionError is the line of observability 3.3 for what went wrong in the function.
func (x *exchange) functionError() string {
	return "Lambda execution failed with status 200 due to customer function error: " +
		errorMessage(x.payload, x.stage.env.jsonLimits()) + ". Lambda request id: " + x.function.RequestID
}
