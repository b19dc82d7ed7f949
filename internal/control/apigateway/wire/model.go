package wire

import (
	_ "embed"

	"github.com/gatehouse-gateway/gatehouse/awsproto"
)

//go:embed model.json
var modelJSON []byte

// printedEnums are the values of enums in the order in which the service's messages print them. Spec: control-plane 3.2, recorded.
var printedEnums = map[string][]string{
	"Op":              {"add", "remove", "move", "test", "replace", "copy"},
	"EndpointType":    {"PRIVATE", "EDGE", "REGIONAL"},
	"IpAddressType":   {"ipv4", "dualstack"},
	"IntegrationType": {"HTTP", "MOCK", "AWS_PROXY", "HTTP_PROXY", "AWS"},
	"DocumentationPartType": {
		"RESPONSE_BODY", "RESPONSE", "METHOD", "MODEL", "AUTHORIZER", "RESPONSE_HEADER", "RESOURCE", "PATH_PARAMETER",
		"REQUEST_BODY", "QUERY_PARAMETER", "API", "REQUEST_HEADER",
	},
	"GatewayResponseType": {
		"REQUEST_TOO_LARGE", "RESOURCE_NOT_FOUND", "AUTHORIZER_CONFIGURATION_ERROR", "MISSING_AUTHENTICATION_TOKEN", "BAD_REQUEST_BODY",
		"INVALID_SIGNATURE", "INVALID_API_KEY", "BAD_REQUEST_PARAMETERS", "AUTHORIZER_FAILURE", "UNAUTHORIZED", "INTEGRATION_TIMEOUT",
		"ACCESS_DENIED", "DEFAULT_4XX", "DEFAULT_5XX", "WAF_FILTERED", "QUOTA_EXCEEDED", "THROTTLED", "API_CONFIGURATION_ERROR",
		"UNSUPPORTED_MEDIA_TYPE", "INTEGRATION_FAILURE", "EXPIRED_TOKEN",
	},
}

// optional are members that the model requires and the service checks with words of its own.
var optional = map[string][]string{
	"PutMethodRequest": {"authorizationType"},
}

// templateMaps is the shape of maps whose empty texts are written as null. Spec: control-plane 8.5, recorded.
const templateMaps = "MapOfTemplates"

// ServiceModel returns the model of the service, corrected where the service departs from it.
func ServiceModel() (*awsproto.Model, error) {
	m, err := awsproto.ParseModel(modelJSON)
	if err != nil {
		return nil, err
	}
	for shape, values := range printedEnums {
		m.Shapes[shape].Enum = values
	}
	for shape, members := range optional {
		for _, name := range members {
			m.Shapes[shape].Members.ByName[name].Required = false
		}
	}
	templates := *m.Shapes["MapOfStringToString"]
	templates.Name, templates.EmptyIsNull = templateMaps, true
	m.Shapes[templateMaps] = &templates
	m.Shapes["Integration"].Members.ByName["requestTemplates"].Shape = templateMaps
	m.Shapes["IntegrationResponse"].Members.ByName["responseTemplates"].Shape = templateMaps
	return m, nil
}
