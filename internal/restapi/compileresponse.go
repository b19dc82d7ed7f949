package restapi

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/javaregex"
)

// compileResponses compiles the integration responses. Spec: rest-api 10.
func (c *methodCompiler) compileResponses() *integrationResponses {
	set := &integrationResponses{binary: &c.stage.binary}
	for _, code := range slices.Sorted(maps.Keys(c.def.Integration.Responses)) {
		def := c.def.Integration.Responses[code]
		rule := c.compileResponse(def)
		switch {
		case rule.pattern != nil:
			set.rules = append(set.rules, rule)
		case set.fallback == nil: // of several defaults the lowest status wins, as among patterns (unconfirmed)
			set.fallback = &rule
		}
	}
	return set
}

func (c *methodCompiler) compileResponse(def *definition.IntegrationResponse) responseRule {
	status, err := parseStatus(def.StatusCode)
	if err != nil {
		c.problems.Addf(def.Origin.At("statusCode"), "%v", err)
	}
	rule := responseRule{
		status: status, handling: def.ContentHandling, declared: c.def.Responses[def.StatusCode] != nil,
		templates: c.compileTemplates(def.ResponseTemplates, def.TemplateOrder, "", def.Origin.At("responseTemplates")),
	}
	if def.SelectionPattern != "" {
		rule.pattern, rule.matches = c.compilePattern(def)
	}
	for _, target := range slices.Sorted(maps.Keys(def.ResponseParameters)) {
		c.compileResponseHeader(&rule, def, target)
	}
	return rule
}

// compilePattern compiles a selection pattern and asks it about every status it can meet, once: most APIs repeat a few.
func (c *methodCompiler) compilePattern(def *definition.IntegrationResponse) (*javaregex.Regexp, statusBits) {
	if known, ok := c.patterns[def.SelectionPattern]; ok {
		return known.regexp, known.matches
	}
	var p statusPattern
	var err error
	if p.regexp, err = javaregex.Compile(def.SelectionPattern); err != nil {
		c.problems.Addf(def.Origin.At("selectionPattern"), "%v", err)
		return nil, p.matches
	}
	for status := range statusLimit {
		if ok, err := p.regexp.MatchWhole(strconv.Itoa(status)); ok && err == nil {
			p.matches.set(status)
		}
	}
	c.patterns[def.SelectionPattern] = p
	return p.regexp, p.matches
}

func (c *methodCompiler) compileResponseHeader(rule *responseRule, def *definition.IntegrationResponse, target string) {
	at := def.Origin.At("responseParameters['" + target + "']")
	name, ok := strings.CutPrefix(target, "method.response.header.")
	if !ok || !validToken(name) {
		c.problems.Addf(at, "Invalid mapping expression specified: %s", target)
		return
	}
	src, err := compileSource(def.ResponseParameters[target], onResponse, c.stage.vars)
	if err != nil {
		c.problems.Addf(at, "%v", err)
		return
	}
	switch clientHeader(name, false) {
	case hideHeader:
		return
	case renameHeader:
		name = remapped(name)
	case passHeader:
	}
	rule.headers = append(rule.headers, responseHeader{name, src})
}
