package lint

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/jsontree"
)

func sprint(v any) string { return fmt.Sprint(v) }

var (
	gatewayVariable = regexp.MustCompile(`\$(\{?)([A-Za-z][A-Za-z0-9_.-]*)(\}?)`)
	gatewayCode     = regexp.MustCompile(`#(set|if|elseif|else|end|foreach|define|macro)\b`)
	errorMembers    = []string{"message", "messageString", "responseType", "validationErrorString"}
)

// gatewayResponse lints the templates of a gateway response, which are no mapping templates: only variables are replaced.
// Spec: rest-api 15.2.
func (l *linter) gatewayResponse(g *definition.GatewayResponse) {
	l.sources(g.Origin, "responseParameters", g.ResponseParameters)
	for _, media := range slices.Sorted(maps.Keys(g.ResponseTemplates)) {
		text := g.ResponseTemplates[media]
		own := readSilencers(strings.Split(text, "\n"))
		p := &plain{linter: l, text: text, media: media, place: l.templatePlaces(text, g.TemplateOrigins[media], &own)}
		p.lint()
	}
}

// plain is a template of a gateway response.
type plain struct {
	*linter
	text, media string
	place       func(line, col int) place
}

func (p *plain) report(offset int, rule, format string, args ...any) {
	before := p.text[:offset]
	line := 1 + strings.Count(before, "\n")
	p.addf(p.place(line, 1+runes(before[strings.LastIndexByte(before, '\n')+1:])), rule, format, args...)
}

func (p *plain) lint() {
	for _, m := range gatewayCode.FindAllStringIndex(p.text, -1) {
		p.report(m[0], ruleGatewayTemplate, "%s is printed as it stands: templates of gateway responses have variables only", p.text[m[0]:m[1]])
	}
	var sample strings.Builder
	var text quotes
	done := 0
	for _, m := range gatewayVariable.FindAllStringSubmatchIndex(p.text, -1) {
		name := strings.TrimRight(p.text[m[4]:m[5]], ".-")
		text.read(p.text[done:m[0]])
		sample.WriteString(p.text[done:m[0]])
		done = m[4] + len(name)
		if m[3] > m[2] && m[7] > m[6] {
			done = m[1]
		}
		sample.WriteString(p.variable(m[0], name, text.quoted))
	}
	sample.WriteString(p.text[done:])
	p.checkJSON(sample.String())
}

// variable judges a variable and returns a sample of it.
func (p *plain) variable(at int, name string, quoted bool) string {
	inner, isContext := strings.CutPrefix(name, "context.")
	isJSON := isJSONMedia(p.media)
	switch {
	case strings.HasPrefix(name, "stageVariables."):
		if wrong := p.unknownStageVariable(strings.TrimPrefix(name, "stageVariables."), ""); wrong != "" {
			p.report(at, ruleUnknownStageVar, "%s", wrong)
		}
	case strings.HasPrefix(name, "method.request."):
		if quoted && isJSON {
			p.report(at, ruleUnescapedResponse, "$%s is text of the client, and a gateway response cannot escape it: a quotation mark breaks this string", name)
		}
	case name == "input" || strings.HasPrefix(name, "input.") || strings.HasPrefix(name, "util."):
		p.report(at, ruleGatewayTemplate, "$%s is printed as it stands: gateway responses have $context, $stageVariables and $method.request only", name)
	case !isContext:
		return "$" + name
	case strings.HasPrefix(inner, "error."):
		return p.errorVariable(at, strings.TrimPrefix(inner, "error."), quoted && isJSON)
	default:
		if wrong := unknownDotted(inner, "$context."); wrong != "" {
			p.report(at, ruleUnknownMember, "%s", wrong)
		}
	}
	return "1"
}

func (p *plain) errorVariable(at int, member string, quoted bool) string {
	switch {
	case !slices.Contains(errorMembers, member):
		p.report(at, ruleUnknownMember, "$context.error.%s does not exist: it has no value%s", member, meant(member, "$context.error.", errorMembers))
	case member == "messageString" && quoted:
		p.report(at, ruleQuotedJSON, "$context.error.messageString brings its own quotes: write it without quotes")
		return "1"
	case member == "messageString":
		return `"1"`
	case member == "validationErrorString" && quoted:
		p.report(at, ruleUnescapedResponse, "$context.error.validationErrorString holds quotation marks for some errors, and cannot be escaped: the answer is then no JSON")
	}
	return "1"
}

// checkJSON reads the template with samples for its variables.
func (p *plain) checkJSON(sample string) {
	trimmed := strings.TrimSpace(sample)
	if !isJSONMedia(p.media) || trimmed == "" || trimmed[0] != '{' && trimmed[0] != '[' {
		return
	}
	if _, err := jsontree.ParseString(sample, jsontree.Limits{}); err != nil {
		p.report(0, ruleInvalidJSON, "the answer is no JSON: %v", err)
	}
}

// quotes follows the strings of JSON through text.
type quotes struct{ quoted, escaped bool }

func (q *quotes) read(text string) {
	for i := range len(text) {
		switch c := text[i]; {
		case q.escaped:
			q.escaped = false
		case c == '\\':
			q.escaped = q.quoted
		case c == '"':
			q.quoted = !q.quoted
		}
	}
}
