package sdk

import (
	"maps"
	"slices"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/jsontree"
)

// verbs are those that ANY stands for, in the order in which a client lists them.
var verbs = []string{"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"}

// method is one function of a client.
type method struct {
	name, verb, path string
	of               *definition.Method
}

// methods lists the functions of an API. ANY becomes a function for every verb that the resource does not have itself.
func methods(api *definition.RestAPI) (all []method) {
	taken := names{}
	for r := range api.Ordered() {
		for _, verb := range verbs {
			m := r.Methods[verb]
			if m == nil {
				m = r.Methods["ANY"]
			}
			if m != nil {
				all = append(all, method{taken.of(r.Path, verb), verb, r.Path, m})
			}
		}
	}
	return all
}

// appendMethod appends the function for m.
func appendMethod(dst []byte, m method) []byte {
	o := &jsontree.Object{}
	o.Set("verb", m.verb)
	o.Set("path", m.path)
	required := &jsontree.Array{}
	for _, kind := range []struct{ member, location string }{{"pathParams", "path"}, {"queryParams", "querystring"}, {"headerParams", "header"}} {
		all := &jsontree.Array{}
		for _, key := range slices.Sorted(maps.Keys(m.of.RequestParameters)) {
			name, ok := strings.CutPrefix(strings.TrimPrefix(strings.TrimPrefix(key, "method.request."), "multivalue"), kind.location+".")
			if !ok {
				continue
			}
			all.Items = append(all.Items, name)
			if m.of.RequestParameters[key] {
				required.Items = append(required.Items, name)
			}
		}
		o.Set(kind.member, all)
	}
	o.Set("required", undeclaredPath(m.path, required))
	o.Set("authType", m.of.AuthorizationType)
	dst = append(dst, "    apigClient["...)
	dst = appendJS(dst, m.name)
	dst = append(dst, "] = function (params, body, additionalParams) {\n        return request("...)
	dst = appendJS(dst, o)
	return append(dst, ", params, body, additionalParams);\n    };\n\n"...)
}

// undeclaredPath adds the path's own variables, which a request cannot do without even if the method does not declare them.
func undeclaredPath(path string, required *jsontree.Array) *jsontree.Array {
	for part := range strings.SplitSeq(path, "/") {
		name := strings.TrimSuffix(strings.Trim(part, "{}"), "+")
		if strings.HasPrefix(part, "{") && !slices.Contains(required.Items, jsontree.Value(name)) {
			required.Items = append(required.Items, name)
		}
	}
	return required
}

// appendJS appends a value as JavaScript that may also stand in a page: JSON in which nothing can end a script or a line.
func appendJS(dst []byte, v jsontree.Value) []byte {
	text := strings.NewReplacer("<", `\u003c`, "\u2028", `\u2028`, "\u2029", `\u2029`).Replace(string(jsontree.Append(nil, v)))
	return append(dst, text...)
}
