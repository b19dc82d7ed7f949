package lint

import (
	"maps"
	"slices"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/internal/definition"
)

// placeholders compares the {names} of the URI with the path mappings. Spec: rest-api 6.
func (m *method) placeholders() {
	if m.in.URI == "" || m.in.Type == "AWS_PROXY" {
		return
	}
	inURI := placeholdersOf(m.in.URI)
	mapped := map[string]bool{}
	for _, target := range slices.Sorted(maps.Keys(m.in.RequestParameters)) {
		name, ok := strings.CutPrefix(target, "integration.request.path.")
		if !ok {
			continue
		}
		mapped[name] = true
		if !slices.Contains(inURI, name) {
			m.addf(m.below(m.in.Origin, "requestParameters", target), ruleUnusedPathMapping, "the URI has no {%s}: the mapping has no effect%s", name, meant(name, "", inURI))
		}
	}
	for _, name := range inURI {
		if mapped[name] || m.setsPath[name] || m.setsPath[""] {
			continue
		}
		hint := ""
		if _, declared := m.def.RequestParameters["method.request.path."+name]; declared || strings.Contains(m.resource.Path, "{"+name) {
			hint = "; path parameters come in by a mapping only: integration.request.path." + name + ": method.request.path." + name
		}
		m.addf(m.below(m.in.Origin, "uri"), ruleUnmappedURI, "nothing fills in {%s}: it stays in the URL as it stands%s", name, hint)
	}
	m.uriVariables()
}

// placeholdersOf lists the {names} of a URI, without its ${stageVariables.…}.
func placeholdersOf(uri string) []string {
	var names []string
	for i := 0; i < len(uri); i++ {
		if uri[i] != '{' {
			continue
		}
		end := strings.IndexByte(uri[i:], '}')
		if end < 0 {
			break
		}
		name := strings.TrimSuffix(uri[i+1:i+end], "+")
		if (i == 0 || uri[i-1] != '$') && name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
		i += end
	}
	return names
}

// uriVariables checks the stage variables of the URI.
func (m *method) uriVariables() {
	at := m.below(m.in.Origin, "uri")
	for rest := m.in.URI; ; {
		_, after, ok := strings.Cut(rest, "${")
		if !ok {
			break
		}
		name, tail, closed := strings.Cut(after, "}")
		if !closed {
			break
		}
		rest = tail
		variable, ok := strings.CutPrefix(name, "stageVariables.")
		switch {
		case !ok:
			m.addf(at, rulePrintsItself, "${%s} stays in the URL as it stands: only ${stageVariables.name} is replaced", shorten(name))
		default:
			if wrong := m.unknownStageVariable(variable, ""); wrong != "" {
				m.addf(at, ruleUnknownStageVar, "%s", wrong)
			}
		}
	}
	if strings.Contains(strings.ReplaceAll(m.in.URI, "${", ""), "$stageVariables.") {
		m.addf(at, rulePrintsItself, "$stageVariables without braces stays in the URL as it stands: write ${stageVariables.name}")
	}
}

// mappings checks the sources of all mappings of the method. What is not declared the importer refuses.
func (m *method) mappings() {
	m.sources(m.in.Origin, "requestParameters", m.in.RequestParameters)
	if m.proxy() {
		return
	}
	for _, status := range slices.Sorted(maps.Keys(m.in.Responses)) {
		r := m.in.Responses[status]
		m.sources(r.Origin, "responseParameters", r.ResponseParameters)
	}
}

// sources checks context.X and stageVariables.X.
func (l *linter) sources(o definition.Origin, member string, mappings map[string]string) {
	for _, target := range slices.Sorted(maps.Keys(mappings)) {
		source := mappings[target]
		if name, ok := strings.CutPrefix(source, "stageVariables."); ok {
			if wrong := l.unknownStageVariable(name, ""); wrong != "" {
				l.addf(l.below(o, member, target), ruleUnknownStageVar, "%s", wrong)
			}
		}
		if name, ok := strings.CutPrefix(source, "context."); ok {
			if wrong := unknownDotted(name, "context."); wrong != "" {
				l.addf(l.below(o, member, target), ruleUnknownMember, "%s", wrong)
			}
		}
	}
}

// unknownDotted says what is wrong with a dotted $context name, or "".
func unknownDotted(name, prefix string) string {
	first, rest, _ := strings.Cut(name, ".")
	if wrong := unknownContext(first, prefix, contextNames); wrong != "" {
		return wrong
	}
	if inner, _, _ := strings.Cut(rest, "."); first == "identity" && !slices.Contains(identityNames, inner) {
		return prefix + name + " does not exist: it has no value" + meant(inner, "", identityNames)
	}
	return ""
}

// passthrough reports bodies that reach the back end although the method has templates, and those that never do.
// Spec: rest-api 7.2.
func (m *method) passthrough() {
	at := m.below(m.in.Origin, "passthroughBehavior")
	templates := m.in.RequestTemplates
	switch _, catchAll := templates["$default"]; {
	case m.in.PassthroughBehavior == "NEVER" && len(templates) == 0:
		m.addf(at, ruleNeverNoTemplate, "passthroughBehavior is never and there is no request template: every request answers 415")
	case m.in.PassthroughBehavior != "WHEN_NO_MATCH" || len(templates) == 0 || catchAll || !slices.Contains([]string{"POST", "PUT", "PATCH", "ANY"}, m.verb):
	case m.in.Type == "MOCK":
		m.add(at, ruleBodyPassthrough, Info, "of a body of another content type than "+mediaList(templates)+" the client decides the statusCode of this MOCK: set passthroughBehavior to never")
	default:
		m.addf(at, ruleBodyPassthrough, "a body of another content type than %s reaches the back end as the client sent it: set passthroughBehavior to never or when_no_templates", mediaList(templates))
	}
}

func mediaList(templates map[string]string) string {
	return strings.Join(slices.Sorted(maps.Keys(templates)), ", ")
}

const validatorMember = "x-amazon-apigateway-request-validator"

// ownValidator reports a validator that the operation itself asks for and that has nothing to do.
func (m *method) ownValidator() {
	v := m.api.RequestValidators[m.def.RequestValidatorID]
	if v == nil || m.file(m.def.Origin.File).at(m.def.Origin).get(validatorMember) == nil {
		return
	}
	body, params := m.validates(v)
	at := m.below(m.def.Origin, validatorMember)
	switch {
	case body || params:
	case !v.ValidateRequestBody && !v.ValidateRequestParameters:
		m.addf(at, ruleEmptyValidator, "the validator %s validates neither body nor parameters", v.Name)
	case v.ValidateRequestBody && v.ValidateRequestParameters:
		m.addf(at, ruleEmptyValidator, "the validator %s has nothing to validate: the method has neither a model nor a required query parameter or header", v.Name)
	case v.ValidateRequestBody:
		m.addf(at, ruleEmptyValidator, "the validator %s has nothing to validate: the method has no model for its body", v.Name)
	default:
		m.addf(at, ruleEmptyValidator, "the validator %s has nothing to validate: the method requires no query parameter or header", v.Name)
	}
}

// validates says what of the method a validator looks at. Path parameters are always there.
func (m *method) validates(v *definition.RequestValidator) (body, params bool) {
	body = v.ValidateRequestBody && len(m.def.RequestModels) > 0
	for name, required := range m.def.RequestParameters {
		params = params || required && v.ValidateRequestParameters && !strings.HasPrefix(name, "method.request.path.")
	}
	return body, params
}

// validators reports validators that no method uses.
func (l *linter) validators() {
	used := map[string]bool{}
	for _, r := range l.api.Resources {
		for _, m := range r.Methods {
			used[m.RequestValidatorID] = true
		}
	}
	for _, id := range slices.Sorted(maps.Keys(l.api.RequestValidators)) {
		if v := l.api.RequestValidators[id]; !used[id] {
			l.addf(l.placeOf(v.Origin), ruleUnusedValidator, "no method uses the validator %s", v.Name)
		}
	}
}
