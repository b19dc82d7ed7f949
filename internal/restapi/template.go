package restapi

import (
	"errors"
	"slices"

	"github.com/gatehouse-gateway/gatehouse/http1"
	"github.com/gatehouse-gateway/gatehouse/vtl"
	"github.com/gatehouse-gateway/gatehouse/vtl/gateway"
)

// bodyTemplate is one compiled mapping template with the media type it stands for.
type bodyTemplate struct {
	media    string
	program  *vtl.Program
	fixed    []byte // the output of a template without references and directives
	isFixed  bool
	pass     bool // an empty template text: the body passes through for this type (unconfirmed). Spec: rest-api 7.2
	mock     mockStatus
	mockDone bool // mock was computed from a fixed text when the release was compiled
}

// templates are the mapping templates of one integration request or integration response.
type templates struct {
	list     []bodyTemplate
	fallback *bodyTemplate // $default
	behavior string        // passthroughBehavior; requests only
}

// TemplateTrace is what one run of a mapping template did. The credentials of the request are not in it.
type TemplateTrace struct {
	RequestID, ExtendedID string
	Method, Path          string
	Side                  string // "request" or "response"
	MediaType             string // of the template
	Events                []vtl.Event
}

func (e *Env) compileTemplate(text string) *vtl.Program {
	if e.TraceTemplates != nil {
		return vtl.CompileTraced(text)
	}
	return vtl.Compile(text)
}

// compileTemplates compiles texts by media type; order lists the types as written. A template that does not parse is
// part of the release: it answers 500 when it runs, as on the real service.
func compileTemplates(env *Env, texts map[string]string, order []string, behavior string) templates {
	set := templates{behavior: behavior}
	for _, media := range mediaOrder(texts, order) {
		t := bodyTemplate{media: media, pass: texts[media] == ""}
		if !t.pass {
			t.program = env.compileTemplate(texts[media])
			t.fixed, t.isFixed = t.program.Static()
		}
		if media == "$default" {
			set.fallback = &t
			continue
		}
		set.list = append(set.list, t)
	}
	return set
}

// mediaOrder gives every key of texts: those in order first, the rest sorted.
func mediaOrder(texts map[string]string, order []string) []string {
	keys := make([]string, 0, len(texts))
	for _, k := range order {
		if _, ok := texts[k]; ok && !slices.Contains(keys, k) {
			keys = append(keys, k)
		}
	}
	written := len(keys)
	for k := range texts {
		if !slices.Contains(keys, k) {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys[written:])
	return keys
}

func (t *templates) exact(media string) *bodyTemplate {
	for i := range t.list {
		if http1.EqualFold(t.list[i].media, media) { // comparing without case is unconfirmed
			return &t.list[i]
		}
	}
	return nil
}

// forRequest chooses the template for a request body; nil lets the body pass. Spec: rest-api 7.1, 7.2.
func (t *templates) forRequest(media string) (*bodyTemplate, *refusal) {
	if media == "" {
		media = defaultMediaType
	}
	chosen := t.exact(media)
	if chosen == nil {
		chosen = t.fallback
	}
	switch {
	case chosen != nil && chosen.pass:
		return nil, nil
	case chosen != nil:
		return chosen, nil
	case t.behavior == "NEVER", t.behavior == "WHEN_NO_TEMPLATES" && len(t.list) > 0:
		return nil, wrongMediaType
	}
	return nil, nil
}

// forResponse chooses the template for an integration response; nil leaves the body as it is. Spec: rest-api 10.4.
func (t *templates) forResponse(accept string) *bodyTemplate {
	if len(t.list) == 0 && t.fallback == nil {
		return nil
	}
	if accept == "" {
		accept = defaultMediaType
	}
	chosen := t.exact(accept)
	if chosen == nil {
		chosen = t.exact(defaultMediaType)
	}
	if chosen == nil && len(t.list) > 0 {
		chosen = &t.list[0]
	}
	if chosen == nil {
		chosen = t.fallback
	}
	if chosen.pass {
		return nil
	}
	return chosen
}

// render runs t over body and appends the result to dst. side is "request" or "response", for the log.
func (x *exchange) render(dst []byte, t *bodyTemplate, body []byte, side string) ([]byte, *refusal) {
	if t.isFixed {
		return append(dst, t.fixed...), nil
	}
	x.fillVars()
	x.vars.Body = body
	out, err := x.runTemplate(dst, t, side)
	switch {
	case errors.Is(err, gateway.ErrNotText):
		return nil, internal("Execution failed due to configuration error: Unable to transform " + side + ": the body is not text")
	case err != nil:
		return nil, internal("Execution failed due to configuration error: Unable to transform " + side + ": " + err.Error())
	}
	return out, nil
}

func (x *exchange) runTemplate(dst []byte, t *bodyTemplate, side string) ([]byte, error) {
	env := x.stage.env
	if env.TraceTemplates == nil {
		return gateway.Render(t.program, dst, &x.vars, env.templateLimits())
	}
	trace := TemplateTrace{RequestID: x.requestID, ExtendedID: x.extendedID, Method: x.wire.Request.Method, Path: x.target.path, Side: side, MediaType: t.media}
	secrets := gateway.SecretsOf(&x.vars)
	for _, f := range x.wire.Request.Header { // with those that templates cannot see, but back ends may answer
		secrets.Add(f.Name, f.Value)
	}
	out, err := gateway.RenderTraced(t.program, dst, &x.vars, env.templateLimits(), vtl.Tracer{
		Event: func(e vtl.Event) { trace.Events = append(trace.Events, e) }, Secrets: secrets,
	})
	env.TraceTemplates(trace)
	return out, err
}

// fillVars gives templates their view of the request, once per request.
func (x *exchange) fillVars() {
	if x.vars.Context != nil {
		return
	}
	x.vars.Context = x
	x.vars.Overrides = &x.overrides
	x.vars.StageVariables = x.stage.vars
	x.vars.Path = append(x.vars.Path[:0], x.pathParameters()...)
	x.vars.Query = lastValues(x.vars.Query[:0], x.queryParams())
	x.vars.Header = lastFields(x.vars.Header[:0], x.headers())
}

// lastFields is the single-valued view of a header: the last value of each spelling, in order of first appearance.
func lastFields(dst []gateway.Param, h http1.Header) []gateway.Param {
next:
	for _, f := range h {
		for i := range dst {
			if dst[i].Name == f.Name {
				dst[i].Value = f.Value
				continue next
			}
		}
		dst = append(dst, gateway.Param{Name: f.Name, Value: f.Value})
	}
	return dst
}
