package lint

import (
	"maps"
	"slices"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/vtl"
)

// method is what the rules look at: one method with its integration.
type method struct {
	*linter
	resource *definition.Resource
	verb     string
	def      *definition.Method
	in       *definition.Integration
	// What the templates of the method do, as far as it is written in them.
	setsStatus bool            // $context.responseOverride.status
	setsPath   map[string]bool // $context.requestOverride.path.NAME; "" is a name that is only known when it runs
}

func (m *method) lint() {
	if m.in == nil {
		m.addf(m.placeOf(m.def.Origin), ruleImport, "No integration defined for method: it can be imported, but not deployed")
		return
	}
	if !m.proxy() {
		m.templates()
		m.passthrough()
		m.responses()
	}
	m.placeholders()
	m.mappings()
	m.ownValidator()
}

// proxy reports whether the integration passes everything through: neither templates nor responses are used.
func (m *method) proxy() bool { return strings.HasSuffix(m.in.Type, "_PROXY") }

// templates lints all templates of the method.
func (m *method) templates() {
	m.setsPath = map[string]bool{}
	for _, media := range slices.Sorted(maps.Keys(m.in.RequestTemplates)) {
		t := m.template(m.in.RequestTemplates[media], media, m.in.TemplateOrigins[media])
		t.sends = literalHeader(m.in.RequestParameters, "integration.request.header.")
		m.lintTemplate(t)
	}
	for _, status := range slices.Sorted(maps.Keys(m.in.Responses)) {
		r := m.in.Responses[status]
		for _, media := range slices.Sorted(maps.Keys(r.ResponseTemplates)) {
			t := m.template(r.ResponseTemplates[media], media, r.TemplateOrigins[media])
			t.response = true
			t.sends = literalHeader(r.ResponseParameters, "method.response.header.")
			m.lintTemplate(t)
		}
	}
}

// literalHeader is the Content-Type that a mapping sets to a literal, or "".
func literalHeader(mappings map[string]string, prefix string) string {
	for target, source := range mappings {
		if strings.EqualFold(target, prefix+"Content-Type") && len(source) > 2 && source[0] == '\'' {
			return strings.Trim(source, "'")
		}
	}
	return ""
}

// template prepares one template of the method.
func (m *method) template(text, media string, origin definition.Origin) *template {
	t := &template{linter: m.linter, text: text, media: media, mock: m.in.Type == "MOCK", params: map[string]string{}}
	own := readSilencers(strings.Split(text, "\n"))
	t.place = m.templatePlaces(text, origin, &own)
	for name := range m.def.RequestParameters {
		where, name, _ := strings.Cut(strings.TrimPrefix(name, "method.request."), ".")
		t.params[name] = where
	}
	for part := range strings.SplitSeq(m.resource.Path, "/") {
		if name := strings.TrimSuffix(strings.Trim(part, "{}"), "+"); strings.HasPrefix(part, "{") {
			t.params[name] = "path"
		}
	}
	model := m.def.RequestModels[media]
	if model == "" {
		model = m.def.RequestModels["$default"]
	}
	if model == "" && media == "$default" {
		model = m.def.RequestModels["application/json"]
	}
	if model != "" {
		t.body = m.modelBody(model)
	}
	if v := m.api.RequestValidators[m.def.RequestValidatorID]; v != nil && model != "" {
		t.validated = v.ValidateRequestBody
	}
	return t
}

func (m *method) lintTemplate(t *template) {
	if t.text == "" {
		return
	}
	t.lint()
	vtl.Walk(t.parts, func(p *vtl.Part) bool {
		m.override(p)
		return true
	})
}

// override notes what a template sets for the integration or the answer.
func (m *method) override(p *vtl.Part) {
	if p.Ref == nil || p.Ref.Name != "context" || len(p.Ref.Links) < 2 {
		return
	}
	links := p.Ref.Links
	switch first, second := memberName(&links[0]), memberName(&links[1]); {
	case first == "responseOverride" && (second == "status" || second == ""):
		m.setsStatus = true
	case first == "requestOverride" && (second == "path" || second == ""):
		name := ""
		if len(links) > 2 {
			name = memberName(&links[2])
		}
		m.setsPath[name] = true
	}
}

// templatePlaces turns lines and columns of a template into places of the document. In a block of YAML every line has
// its own; else all of them are where the template stands.
func (l *linter) templatePlaces(text string, o definition.Origin, own *silencers) func(line, col int) place {
	s := l.file(o.File)
	n := s.at(o)
	first := strings.Split(text, "\n")
	if n != nil && s.byLine == nil { // the comments of the file do not count
		for _, ids := range own.byLine {
			for _, id := range ids {
				s.named = append(s.named, namedRule{id, n.line, n.col})
			}
		}
	}
	return func(line, col int) place {
		at := l.placeOf(o)
		at.template, at.tline = own, line
		if n == nil {
			return at
		}
		at.lines = []int{at.line, n.line}
		at.line, at.col = n.line, n.col
		content := line - 1
		switch {
		case n.literal:
			content += n.line + 1
		case line > 1 || strings.Contains(text, "\n"):
			return at
		default:
			content += n.line
		}
		if content > len(s.lines) || line > len(first) {
			return at
		}
		if indent := strings.Index(s.lines[content-1], strings.TrimSuffix(first[line-1], "\r")); indent >= 0 && first[line-1] != "" {
			if n.literal {
				at.line = content
			}
			at.col = runes(s.lines[content-1][:indent]) + max(col, 1)
		} else if n.literal {
			at.line, at.col = content, max(col, 1)
		}
		return at
	}
}

func runes(s string) int { return len([]rune(s)) }
