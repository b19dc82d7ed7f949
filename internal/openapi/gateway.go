package openapi

import (
	"slices"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/internal/definition"
)

// responseTypes are the gateway responses that can be customised, in the service's order. Spec: rest-api 15.1, recorded.
var responseTypes = []string{
	"REQUEST_TOO_LARGE", "RESOURCE_NOT_FOUND", "AUTHORIZER_CONFIGURATION_ERROR", "MISSING_AUTHENTICATION_TOKEN", "BAD_REQUEST_BODY",
	"INVALID_SIGNATURE", "INVALID_API_KEY", "BAD_REQUEST_PARAMETERS", "AUTHORIZER_FAILURE", "UNAUTHORIZED", "INTEGRATION_TIMEOUT",
	"ACCESS_DENIED", "DEFAULT_4XX", "DEFAULT_5XX", "WAF_FILTERED", "QUOTA_EXCEEDED", "THROTTLED", "API_CONFIGURATION_ERROR",
	"UNSUPPORTED_MEDIA_TYPE", "INTEGRATION_FAILURE", "EXPIRED_TOKEN",
}

func (im *importer) gatewayResponses() {
	for _, m := range im.members(im.doc.get(extension + "gateway-responses")) {
		if !slices.Contains(responseTypes, m.name) {
			im.addf(m.value, "%q is not a gateway response type: [%s]%s", m.name, strings.Join(responseTypes, ", "), didYouMean(m.name, responseTypes))
			continue
		}
		if n := im.object(m.value); n != nil {
			im.gatewayResponse(m, n)
		}
	}
}

func (im *importer) gatewayResponse(m member, n *node) {
	im.only(n, "a gateway response", "statusCode", "responseParameters", "responseTemplates")
	g := &definition.GatewayResponse{Type: m.name, Origin: n.origin()}
	if s := n.get("statusCode"); s != nil && s.kind != null {
		if g.StatusCode = im.str(s); !isStatus(g.StatusCode) {
			im.addf(s, "%q is not a status code from 100 to 599", g.StatusCode)
		}
	}
	for _, p := range im.members(n.get("responseParameters")) {
		source := im.str(p.value)
		wrong := checkTarget(p.name, "gatewayresponse.header.")
		if wrong == "" {
			wrong = checkSource(source, gatewaySources, "", nil)
		}
		if wrong != "" {
			im.addf(p.value, "%s", wrong)
			continue
		}
		set(&g.ResponseParameters, p.name, source)
	}
	g.ResponseTemplates, g.TemplateOrder, g.TemplateOrigins = im.templates(n.get("responseTemplates"))
	im.api.GatewayResponses[m.name] = g
}
