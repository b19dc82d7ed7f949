package restapi

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/http1"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
)

// gatewayResponse is one type's answer, resolved: the customised entry, or DEFAULT_4XX/5XX, or built in (nil). Spec: rest-api 15.2.
type gatewayResponse struct {
	status    int // 0 keeps the error's own
	headers   []responseHeader
	templates []plainTemplate // empty: the built-in body
}

// plainTemplate is a gateway response template: text with variables. It is not VTL. Spec: rest-api 15.2.
type plainTemplate struct {
	media string
	parts []plainPart
}

type plainPart struct {
	literal string
	value   func(x *exchange, r *refusal) string // nil: literal
}

// compileGatewayResponses resolves every type against the customised ones.
func (c *compiler) compileGatewayResponses(custom map[string]*definition.GatewayResponse) [responseTypes]*gatewayResponse {
	var own, resolved [responseTypes]*gatewayResponse
	for _, name := range slices.Sorted(maps.Keys(custom)) {
		def := custom[name]
		t, ok := responseTypeOf(name)
		if !ok {
			c.problems.Addf(def.Origin, "%s is not a gateway response type", name)
			continue
		}
		own[t] = c.compileGatewayResponse(def)
	}
	for t := range resolved {
		if resolved[t] = own[t]; resolved[t] == nil {
			resolved[t] = own[typeTable[t].class]
		}
	}
	return resolved
}

func (c *compiler) compileGatewayResponse(def *definition.GatewayResponse) *gatewayResponse {
	g := new(gatewayResponse)
	if def.StatusCode != "" {
		var err error
		if g.status, err = parseStatus(def.StatusCode); err != nil {
			c.problems.Addf(def.Origin.At("statusCode"), "%v", err)
		}
	}
	for _, target := range slices.Sorted(maps.Keys(def.ResponseParameters)) {
		at := def.Origin.At("responseParameters")
		name, ok := strings.CutPrefix(target, "gatewayresponse.header.")
		if !ok || !validToken(name) {
			c.problems.Addf(at, "Invalid mapping expression specified: %s", target)
			continue
		}
		src, err := compileSource(def.ResponseParameters[target], onGateway, c.stage.vars)
		if err != nil {
			c.problems.Addf(at, "%v", err)
			continue
		}
		g.headers = append(g.headers, responseHeader{name, src})
	}
	for _, media := range mediaOrder(def.ResponseTemplates, def.TemplateOrder) {
		g.templates = append(g.templates, plainTemplate{media, compilePlain(def.ResponseTemplates[media], c.stage.vars)})
	}
	return g
}

// parseStatus reads a status code of a definition. Any three digits from 100 to 999 can be sent.
func parseStatus(s string) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil || n < 100 || n > 999 {
		return 0, fmt.Errorf("status code %q is not a number from 100 to 999", s)
	}
	return n, nil
}

// compilePlain splits a template at its variables: $context.x, $stageVariables.x, $method.request.{header|querystring|path}.x,
// with or without braces. Everything else is text. Spec: rest-api 15.2.
func compilePlain(text string, vars map[string]string) []plainPart {
	var parts []plainPart
	for {
		i := strings.IndexByte(text, '$')
		if i < 0 {
			break
		}
		name, length := plainName(text[i:])
		part, known := plainVariable(name, vars)
		if !known {
			parts = appendLiteral(parts, text[:i+1])
			text = text[i+1:]
			continue
		}
		parts = append(appendLiteral(parts, text[:i]), part)
		text = text[i+length:]
	}
	return appendLiteral(parts, text)
}

func appendLiteral(parts []plainPart, text string) []plainPart {
	if text == "" {
		return parts
	}
	if n := len(parts); n > 0 && parts[n-1].value == nil {
		parts[n-1].literal += text
		return parts
	}
	return append(parts, plainPart{literal: text})
}

// plainName reads the variable at the start of s, which begins with "$": its name and how much of s it takes.
func plainName(s string) (name string, length int) {
	if inner, ok := strings.CutPrefix(s, "${"); ok {
		if end := strings.IndexByte(inner, '}'); end >= 0 {
			return inner[:end], end + 3
		}
		return "", 1
	}
	end := 1
	for end < len(s) && nameByte(s[end]) {
		end++
	}
	name = strings.TrimRight(s[1:end], ".-") // "$context.path." is the variable and a full stop
	return name, 1 + len(name)
}

func nameByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '.' || c == '_' || c == '-'
}

func plainVariable(name string, vars map[string]string) (plainPart, bool) {
	if variable, ok := strings.CutPrefix(name, "context."); ok {
		if get := errorVars[variable]; get != nil {
			return plainPart{value: get}, true
		}
		get := compileContext(variable)
		return plainPart{value: func(x *exchange, _ *refusal) string { v, _ := get(x); return v }}, true
	}
	if variable, ok := strings.CutPrefix(name, "stageVariables."); ok {
		return plainPart{literal: vars[variable]}, true
	}
	if strings.HasPrefix(name, "method.request.") {
		if src, err := compileSource(name, onGateway, nil); err == nil {
			return plainPart{value: func(x *exchange, _ *refusal) string { v, _, _ := src.read(x); return v.text }}, true
		}
	}
	return plainPart{}, false
}

// errorVars are the variables that only gateway responses have. Spec: rest-api 15.2.
var errorVars = map[string]func(*exchange, *refusal) string{
	"error.message":               func(_ *exchange, r *refusal) string { return r.message },
	"error.messageString":         func(_ *exchange, r *refusal) string { return messageString(r) },
	"error.responseType":          func(_ *exchange, r *refusal) string { return r.kind.String() },
	"error.validationErrorString": func(_ *exchange, r *refusal) string { return r.validation },
}

// messageString is the message as a JSON string with its quotes, or null without any.
func messageString(r *refusal) string {
	if r.message == "" {
		return "null"
	}
	quoted, err := json.Marshal(r.message)
	if err != nil {
		return "null"
	}
	return string(quoted)
}

// answerRefusal fills the response with the gateway response for r. Whatever the pipeline had put there is dropped.
func (x *exchange) answerRefusal(r *refusal) {
	x.refused = r
	out := &x.wire.Response
	out.Header, out.Body, out.Stream, out.Status = out.Header[:0], nil, nil, r.status
	if r.plain {
		out.Header.Add("Content-Type", "text; charset=utf-8")
		out.Body = []byte(r.message)
		return
	}
	var g *gatewayResponse
	if x.stage != nil && !r.fixed {
		g = x.stage.responses[r.kind]
	}
	media := defaultMediaType
	if g == nil || len(g.templates) == 0 {
		out.Body = builtinBody(r)
	} else {
		t := g.choose(firstAccepted(x.wire.Request.Header.Get("Accept")))
		media, out.Body = t.media, t.render(x, r)
	}
	if x.stage == nil || !x.stage.testing { // recorded: in a test invoke the error type is the only header
		out.Header.Add("Content-Type", media)
	}
	if r.errorType != "" {
		out.Header.Add("x-amzn-ErrorType", r.errorType)
	}
	if g != nil {
		g.apply(x)
	}
}

// apply sets the customised status and headers. A header without a source value is left out.
func (g *gatewayResponse) apply(x *exchange) {
	out := &x.wire.Response
	if g.status != 0 {
		out.Status = g.status
	}
	for i := range g.headers {
		if v, ok, r := g.headers[i].source.read(x); ok && r == nil {
			out.Header.Set(g.headers[i].name, http1.CleanValue(v.text))
		}
	}
}

// choose picks a template by Accept, application/json else, the first else (unconfirmed).
func (g *gatewayResponse) choose(accept string) *plainTemplate {
	chosen := &g.templates[0]
	for i := range g.templates {
		switch t := &g.templates[i]; {
		case http1.EqualFold(t.media, accept):
			return t
		case t.media == defaultMediaType:
			chosen = t
		}
	}
	return chosen
}

func (t *plainTemplate) render(x *exchange, r *refusal) []byte {
	var body []byte
	for i := range t.parts {
		if p := &t.parts[i]; p.value != nil {
			body = append(body, p.value(x, r)...)
		} else {
			body = append(body, p.literal...)
		}
	}
	return body
}

// builtinBody is the built-in answer, with the space after the colon where the service has one. Spec: rest-api 0.
func builtinBody(r *refusal) []byte {
	key := `{"message":`
	if r.kind == accessDenied {
		key = `{"Message":`
	}
	if r.spaced {
		key += " "
	}
	return []byte(key + messageString(r) + "}")
}
