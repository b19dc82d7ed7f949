package openapi

import (
	"slices"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/internal/definition"
)

// operation makes the method verb of r.
func (im *importer) operation(r *definition.Resource, verb string, at *node, shared []*node) {
	op := im.object(at)
	if op == nil {
		return
	}
	im.places[op] = atOperation
	if _, exists := r.Methods[verb]; exists {
		im.addf(at, "Method already exists for this resource: another path is the same up to slashes")
		return
	}
	m := &definition.Method{
		HTTPMethod:         verb,
		AuthorizationType:  "NONE",
		OperationName:      im.str(op.get("operationId")),
		RequestValidatorID: im.defaultValidator,
		Responses:          map[string]*definition.MethodResponse{},
		Origin:             op.origin(),
	}
	r.Methods[verb] = m
	if v := op.get(extension + "request-validator"); v != nil {
		m.RequestValidatorID = im.validator(v)
	}
	where := location{path: r.Path, method: verb}
	im.document.method(where, op)
	im.parameters(m, op, shared, where)
	im.requestBody(m, op, where)
	im.responses(m, op, where)
	im.secure(m, op)
	if n := op.get(extension + "integration"); n != nil {
		im.integration(r, m, n)
	}
}

// parameterList returns the parameters of a path or an operation, behind their references.
func (im *importer) parameterList(n *node) []*node {
	if n == nil || n.kind == null {
		return nil
	}
	if n = im.deref(n); n == nil {
		return nil
	}
	if n.kind != sequence {
		im.addf(n, "must be a list, not %s", n.kind)
		return nil
	}
	var all []*node
	for _, item := range n.items {
		if p := im.object(item); p != nil {
			all = append(all, p)
		}
	}
	return all
}

// parameters reads the parameters of a method: its own, and those of the path that it does not replace.
func (im *importer) parameters(m *definition.Method, op *node, shared []*node, where location) {
	own := im.parameterList(op.get("parameters"))
	last := map[[2]string]*node{} // by name and place: the one that counts
	key := func(p *node) [2]string { return [2]string{im.str(p.get("name")), im.str(p.get("in"))} }
	for _, p := range slices.Concat(shared, own) {
		last[key(p)] = p
	}
	used := map[string]string{} // name → where
	for _, p := range shared {
		if p.get("name") == nil || last[key(p)] == p {
			im.parameter(m, op, p, used, where)
		}
	}
	for _, p := range own {
		im.parameter(m, op, p, used, where)
	}
}

// locations maps where a parameter is, in OpenAPI, to its name in a mapping expression.
var locations = map[string]string{"path": "path", "query": "querystring", "header": "header"}

func (im *importer) parameter(m *definition.Method, op, p *node, used map[string]string, where location) {
	in, name := im.str(p.get("in")), im.str(p.get("name"))
	switch in {
	case "path", "query", "header":
	case "cookie":
		im.warnf(p, "cookie parameters have no effect")
		return
	case "body":
		im.bodyParameter(m, op, p, where)
		return
	case "formData":
		im.warnf(p, "form parameters have no effect")
		return
	default:
		im.addf(p, "a parameter is in path, query, header, cookie or body, not in %q", in)
		return
	}
	if !isParameterName(name) {
		im.addf(p, "%s", mappingError("Parameter name should match the following regular expression: ^[a-zA-Z0-9._$-]+$"))
		return
	}
	if other, twice := used[name]; twice && other != in {
		im.addf(p, "Parameter names must be unique across querystring, header and path")
		return
	}
	used[name] = in
	if m.RequestParameters == nil {
		m.RequestParameters = map[string]bool{}
	}
	m.RequestParameters["method.request."+locations[in]+"."+name] = in == "path" || im.flag(p.get("required"))
	im.document.parameter(where, in, name, p)
}

// bodyParameter reads the body of a 2.0 operation.
func (im *importer) bodyParameter(m *definition.Method, op, p *node, where location) {
	im.document.describe("REQUEST_BODY", where, p)
	schema := p.get("schema")
	if schema == nil {
		return
	}
	for _, mime := range im.mediaTypes(op, "consumes") {
		set(&m.RequestModels, mime, im.modelFor(schema))
	}
}

// mediaTypes returns what a 2.0 operation consumes or produces.
func (im *importer) mediaTypes(op *node, member string) []string {
	for _, n := range []*node{op.get(member), im.doc.get(member)} {
		if all := im.strings(n); len(all) > 0 {
			return all
		}
	}
	return []string{"application/json"}
}

// requestBody reads the body of a 3.0 operation.
func (im *importer) requestBody(m *definition.Method, op *node, where location) {
	body := im.object(op.get("requestBody"))
	if body == nil {
		return
	}
	im.document.describe("REQUEST_BODY", where, body)
	for _, content := range im.members(body.get("content")) {
		if schema := im.object(content.value).get("schema"); schema != nil {
			set(&m.RequestModels, content.name, im.modelFor(schema))
		}
	}
}

func (im *importer) responses(m *definition.Method, op *node, where location) {
	for _, r := range im.members(op.get("responses")) {
		switch {
		case r.name == "default":
			im.warnf(r.value, "a default response has no counterpart in a REST API and has no effect")
		case !isStatus(r.name):
			im.addf(r.value, "%q is not a status code from 100 to 599", r.name)
		default:
			im.response(m, op, r, where)
		}
	}
}

// undocumented is the description that an export gives a response nobody documented. Recorded.
func undocumented(status string) string { return status + " response" }

func isStatus(s string) bool {
	return len(s) == 3 && s[0] >= '1' && s[0] <= '5' && s[1] >= '0' && s[1] <= '9' && s[2] >= '0' && s[2] <= '9'
}

func (im *importer) response(m *definition.Method, op *node, r member, where location) {
	n := im.object(r.value)
	if n == nil {
		return
	}
	where.status = r.name
	if im.str(n.get("description")) != undocumented(r.name) {
		im.document.describe("RESPONSE", where, n)
	}
	mr := &definition.MethodResponse{StatusCode: r.name, Origin: n.origin()}
	m.Responses[r.name] = mr
	for _, h := range im.named(n.get("headers")) {
		if !isParameterName(h.name) {
			im.addf(h.value, "%s", mappingError("Parameter name should match the following regular expression: ^[a-zA-Z0-9._$-]+$"))
			continue
		}
		if mr.ResponseParameters == nil {
			mr.ResponseParameters = map[string]bool{}
		}
		mr.ResponseParameters["method.response.header."+h.name] = false
		if header := im.object(h.value); header != nil {
			of := where
			of.name = h.name
			im.document.describe("RESPONSE_HEADER", of, header)
		}
	}
	for _, content := range im.members(n.get("content")) {
		if schema := im.object(content.value).get("schema"); schema != nil {
			set(&mr.ResponseModels, content.name, im.modelFor(schema))
		}
	}
	if schema := n.get("schema"); schema != nil && im.swagger && im.str(schema.get("type")) != "file" {
		for _, mime := range im.mediaTypes(op, "produces") {
			set(&mr.ResponseModels, mime, im.modelFor(schema))
		}
	}
}

// set enters a value into a map that need not be there yet; empty values are errors that are known already.
func set(m *map[string]string, key, value string) {
	if value == "" {
		return
	}
	if *m == nil {
		*m = map[string]string{}
	}
	(*m)[key] = value
}

// location is a place in an API that documentation speaks of.
type location struct{ path, method, status, name string }

func (l location) of(kind string) map[string]string {
	at := map[string]string{"type": kind, "path": l.path, "method": strings.ToUpper(l.method)}
	if l.status != "" {
		at["statusCode"] = l.status
	}
	if l.name != "" {
		at["name"] = l.name
	}
	return at
}
