package openapi

import (
	"fmt"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/jsonpath"
)

// mappingError is the service's message about a mapping expression. Recorded.
func mappingError(reason string) string {
	return fmt.Sprintf("Invalid mapping expression specified: Validation Result: warnings : [], errors : [%s]", reason)
}

func unknownExpression(s string) string {
	return mappingError("Invalid mapping expression specified: " + s)
}

func undeclared(s string) string {
	return mappingError("Invalid mapping expression parameter specified: " + s)
}

// sources are the prefixes with a name behind them that a mapping may read, by where it stands.
var (
	requestSources = map[string]string{
		"method.request.path.": "method.request.path.", "method.request.querystring.": "method.request.querystring.",
		"method.request.multivaluequerystring.": "method.request.querystring.", "method.request.header.": "method.request.header.",
		"method.request.multivalueheader.": "method.request.header.",
	}
	responseSources = map[string]string{"integration.response.header.": "", "integration.response.multivalueheader.": ""}
	gatewaySources  = map[string]string{"method.request.path.": "", "method.request.querystring.": "", "method.request.header.": ""}
)

// checkSource says what is wrong with the source of a mapping, or "". body is the expression for the whole body, or "".
// declared tells whether a parameter of the method is declared; nil: all are. Spec: rest-api 5, 10.2, 15.2.
func checkSource(s string, prefixes map[string]string, body string, declared func(string) bool) string {
	if len(s) >= 2 && s[0] == '\'' && s[len(s)-1] == '\'' {
		return ""
	}
	if body != "" && s == body {
		return ""
	}
	if path, ok := strings.CutPrefix(s, body+"."); ok && body != "" {
		if _, err := jsonpath.Compile(path); err != nil {
			return unknownExpression(s)
		}
		return ""
	}
	for _, free := range []string{"context.", "stageVariables."} {
		if name, ok := strings.CutPrefix(s, free); ok && isParameterName(name) {
			return ""
		}
	}
	for prefix, parameter := range prefixes {
		name, ok := strings.CutPrefix(s, prefix)
		if !ok {
			continue
		}
		switch {
		case !isParameterName(name):
			return unknownExpression(s)
		case declared != nil && !declared(parameter+name):
			return undeclared(s)
		}
		return ""
	}
	return unknownExpression(s)
}

// checkTarget says what is wrong with the target of a mapping, or "".
func checkTarget(s string, prefixes ...string) string {
	for _, p := range prefixes {
		if name, ok := strings.CutPrefix(s, p); ok && isParameterName(name) {
			return ""
		}
	}
	return unknownExpression(s)
}

// requestMappings reads the requestParameters of an integration.
func (im *importer) requestMappings(m *definition.Method, n *node) map[string]string {
	var all map[string]string
	for _, p := range im.members(n) {
		source := im.str(p.value)
		wrong := checkTarget(p.name, "integration.request.path.", "integration.request.querystring.", "integration.request.header.")
		if wrong == "" {
			wrong = checkSource(source, requestSources, "method.request.body", func(s string) bool {
				_, ok := m.RequestParameters[s]
				return ok
			})
		}
		if wrong != "" {
			im.addf(p.value, "%s", wrong)
			continue
		}
		set(&all, p.name, source)
	}
	return all
}

// responseMappings reads the responseParameters of an integration response.
func (im *importer) responseMappings(mr *definition.MethodResponse, n *node) map[string]string {
	var all map[string]string
	for _, p := range im.members(n) {
		source := im.str(p.value)
		wrong := checkTarget(p.name, "method.response.header.")
		if wrong == "" {
			wrong = checkSource(source, responseSources, "integration.response.body", nil)
		}
		if wrong == "" && mr != nil {
			if _, ok := mr.ResponseParameters[p.name]; !ok {
				wrong = undeclared(p.name)
			}
		}
		if wrong == "" && mr == nil {
			wrong = undeclared(p.name)
		}
		if wrong != "" {
			im.addf(p.value, "%s", wrong)
			continue
		}
		set(&all, p.name, source)
	}
	return all
}
