package openapi

import (
	"strings"

	"github.com/gatehouse-gateway/gatehouse/internal/definition"
)

// The rules that an import shares with the operations of the management API. Each returns what is wrong, in the
// service's words, or "".

// CheckRequestMapping checks a mapping to the integration request of m. Spec: rest-api 5.
func CheckRequestMapping(m *definition.Method, target, source string) string {
	if wrong := checkTarget(target, "integration.request.path.", "integration.request.querystring.", "integration.request.header."); wrong != "" {
		return wrong
	}
	return checkSource(source, requestSources, "method.request.body", func(s string) bool {
		_, ok := m.RequestParameters[s]
		return ok
	})
}

// CheckResponseMapping checks a mapping to the method response mr, which is nil when it is not declared. Spec: rest-api 10.2.
func CheckResponseMapping(mr *definition.MethodResponse, target, source string) string {
	if wrong := checkTarget(target, "method.response.header."); wrong != "" {
		return wrong
	}
	if wrong := checkSource(source, responseSources, "integration.response.body", nil); wrong != "" {
		return wrong
	}
	if mr != nil {
		if _, ok := mr.ResponseParameters[target]; ok {
			return ""
		}
	}
	return undeclared(target)
}

// CheckGatewayMapping checks a mapping to a gateway response. Spec: rest-api 15.2.
func CheckGatewayMapping(target, source string) string {
	if wrong := checkTarget(target, "gatewayresponse.header."); wrong != "" {
		return wrong
	}
	return checkSource(source, gatewaySources, "", nil)
}

// CheckURI checks where an integration leads. Spec: control-plane 8.5.
func CheckURI(i *definition.Integration) string { return checkURI(i) }

// CheckMediaType checks the key of a template.
func CheckMediaType(media string) string {
	if isMediaType(media) {
		return ""
	}
	return "Validation Result: warnings : [], errors : [Invalid content type specified: " + media + "]"
}

// IsStatus reports whether s is a status code that a response can have.
func IsStatus(s string) bool { return isStatus(strings.TrimSpace(s)) }
