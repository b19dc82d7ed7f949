package docparts

import (
	"strings"

	"github.com/gatehouse-gateway/gatehouse/internal/definition"
)

// undocumented is the locationStatus that lists the places without a part.
const undocumented = "UNDOCUMENTED"

// undocumentedParts lists every place of an API that could have a part and has none: parts without id and properties.
func undocumentedParts(api *definition.RestAPI) []part {
	known := make(map[place]bool, len(api.Documentation))
	for _, p := range api.Documentation {
		known[placeOf(p)] = true
	}
	var found []part
	add := func(kind string, fields ...string) {
		at := map[string]string{"type": kind}
		for i := 0; i < len(fields); i += 2 {
			at[fields[i]] = fields[i+1]
		}
		p := part{Location: at}
		if !known[placeOf(p)] {
			known[placeOf(p)] = true
			found = append(found, p)
		}
	}
	add("API")
	for _, a := range api.Authorizers {
		add("AUTHORIZER", "name", a.Name)
	}
	for name := range api.Models {
		add("MODEL", "name", name)
	}
	for _, r := range api.Resources {
		add("RESOURCE", "path", r.Path)
		for verb, m := range r.Methods {
			placesOfMethod(m, func(kind string, fields ...string) {
				add(kind, append([]string{"path", r.Path, "method", verb}, fields...)...)
			})
		}
	}
	return found
}

// parameterParts are the types of the parts of parameters, by the location in a parameter's name.
var parameterParts = map[string]string{"path": "PATH_PARAMETER", "querystring": "QUERY_PARAMETER", "header": "REQUEST_HEADER"}

// placesOfMethod adds the places of a method and of what it takes and answers; fields are those besides its path and verb.
func placesOfMethod(m *definition.Method, add func(kind string, fields ...string)) {
	add("METHOD")
	for parameter := range m.RequestParameters {
		where, name, _ := strings.Cut(strings.TrimPrefix(parameter, "method.request."), ".")
		if kind := parameterParts[where]; kind != "" {
			add(kind, "name", name)
		}
	}
	if len(m.RequestModels) > 0 {
		add("REQUEST_BODY")
	}
	for code, r := range m.Responses {
		add("RESPONSE", "statusCode", code)
		if len(r.ResponseModels) > 0 {
			add("RESPONSE_BODY", "statusCode", code)
		}
		for parameter := range r.ResponseParameters {
			add("RESPONSE_HEADER", "statusCode", code, "name", strings.TrimPrefix(parameter, "method.response.header."))
		}
	}
}
