package openapi

import (
	"maps"
	"slices"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/jsontree"
)

// exportVerbs are the methods in the order in which a path lists them.
var exportVerbs = []string{"GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "ANY"}

// paths writes every resource with methods, and those at the end of the tree: others come back as their parents. Recorded.
func (e *exporter) paths() *jsontree.Object {
	parents := map[string]bool{"": true}
	for _, r := range e.api.Resources {
		parents[r.ParentID] = true
	}
	paths := &jsontree.Object{}
	for r := range e.api.Ordered() {
		if len(r.Methods) == 0 && (parents[r.ID] || r.ParentID == "") {
			continue
		}
		path := &jsontree.Object{}
		for _, verb := range exportVerbs {
			switch m := r.Methods[verb]; {
			case m == nil:
			case verb == "ANY":
				path.Set(extension+"any-method", e.method(r, m))
			default:
				path.Set(strings.ToLower(verb), e.method(r, m))
			}
		}
		paths.Set(r.Path, path)
	}
	return paths
}

func (e *exporter) method(r *definition.Resource, m *definition.Method) *jsontree.Object {
	o := &jsontree.Object{}
	setText(o, "operationId", m.OperationName)
	if !e.oas {
		setList(o, "consumes", e.consumes(m))
		setList(o, "produces", e.produces(m))
	}
	parameters := e.parameters(m)
	if body, name := e.body(r, m); body != nil && e.oas {
		o.Set("requestBody", body)
	} else if body != nil {
		p := object("in", "body")
		p.Set("name", name)
		p.Set("required", true)
		p.Set("schema", body)
		parameters.Items = append(parameters.Items, p)
	}
	if len(parameters.Items) > 0 {
		o.Set("parameters", parameters)
	}
	responses := &jsontree.Object{}
	for _, status := range slices.Sorted(maps.Keys(m.Responses)) {
		responses.Set(status, e.response(r, m, m.Responses[status]))
	}
	if responses.Len() > 0 || e.oas {
		o.Set("responses", responses)
	}
	if security := e.security(m); len(security.Items) > 0 {
		o.Set("security", security)
	}
	if e.extensions["apigateway"] {
		setText(o, extension+"request-validator", e.validators[m.RequestValidatorID])
	}
	if m.Integration != nil && e.extensions["integrations"] {
		o.Set(extension+"integration", e.integration(r, m.Integration))
	}
	e.postman(o, r.Path+" "+m.HTTPMethod)
	return o
}

func setList(o *jsontree.Object, name string, texts []string) {
	if len(texts) > 0 {
		o.Set(name, list(texts...))
	}
}

// consumes are the media types of the request: those of its models, else those of its templates. Recorded: what a
// document said it consumes is not kept.
func (e *exporter) consumes(m *definition.Method) []string {
	all := maps.Collect(maps.All(m.RequestModels))
	if len(all) == 0 && m.Integration != nil {
		all = maps.Collect(maps.All(m.Integration.RequestTemplates))
	}
	return mediaTypesOf(all)
}

// produces are the media types of the responses, likewise.
func (e *exporter) produces(m *definition.Method) []string {
	all := map[string]string{}
	for _, r := range m.Responses {
		maps.Copy(all, r.ResponseModels)
	}
	if len(all) == 0 && m.Integration != nil {
		for _, r := range m.Integration.Responses {
			maps.Copy(all, r.ResponseTemplates)
		}
	}
	return mediaTypesOf(all)
}

// mediaTypesOf sorts media types; $default is none, and stays only where a model has no other.
func mediaTypesOf(all map[string]string) []string {
	types := slices.Sorted(maps.Keys(all))
	if len(types) > 1 {
		types = slices.DeleteFunc(types, func(t string) bool { return t == "$default" })
	}
	return types
}

// parameters writes those in path, query and header.
func (e *exporter) parameters(m *definition.Method) *jsontree.Array {
	all := &jsontree.Array{}
	for _, key := range hashOrder(slices.Collect(maps.Keys(m.RequestParameters))) {
		where, name, _ := strings.Cut(strings.TrimPrefix(key, "method.request."), ".")
		in := map[string]string{"path": "path", "querystring": "query", "multivaluequerystring": "query", "header": "header", "multivalueheader": "header"}[where]
		p := object("name", name)
		p.Set("in", in)
		if required := m.RequestParameters[key]; required || !e.oas {
			p.Set("required", required)
		}
		e.ofTypeString(p)
		all.Items = append(all.Items, p)
	}
	return all
}

// ofTypeString says that a parameter or a header is a text.
func (e *exporter) ofTypeString(o *jsontree.Object) {
	if e.oas {
		o.Set("schema", object("type", "string"))
	} else {
		o.Set("type", "string")
	}
}

// body writes the models of the request body: in 3.0 all of them, in 2.0 the one for JSON or the first, and its name.
func (e *exporter) body(r *definition.Resource, m *definition.Method) (body *jsontree.Object, name string) {
	models := e.jsonModels(r, m, m.RequestModels)
	if len(models) == 0 {
		return nil, ""
	}
	if !e.oas {
		return e.oneSchema(models)
	}
	o := object("content", e.content(models))
	o.Set("required", true)
	return o, ""
}

// oneSchema is the schema that stands for all media types in 2.0.
func (e *exporter) oneSchema(models map[string]string) (schema *jsontree.Object, name string) {
	name, ok := models["application/json"]
	if !ok {
		name = models[slices.Min(slices.Collect(maps.Keys(models)))]
	}
	return object("$ref", e.modelRef(name)), name
}

func (e *exporter) content(models map[string]string) *jsontree.Object {
	content := &jsontree.Object{}
	for _, mime := range slices.Sorted(maps.Keys(models)) {
		content.Set(mime, object("schema", object("$ref", e.modelRef(models[mime]))))
	}
	return content
}

// jsonModels leaves out models that do not exist and those of other content types; it is an error when only such are left.
// Spec: control-plane 10.2.
func (e *exporter) jsonModels(r *definition.Resource, m *definition.Method, all map[string]string) map[string]string {
	models, others := map[string]string{}, false
	for mime, name := range all {
		switch model := e.api.Models[name]; {
		case model == nil:
		case !exportable(model):
			others = true
		default:
			models[mime] = name
		}
	}
	if len(models) == 0 && others {
		e.fail("Only found non-JSON body models for %s %s", m.HTTPMethod, r.Path)
	}
	return models
}

func (e *exporter) response(r *definition.Resource, m *definition.Method, mr *definition.MethodResponse) *jsontree.Object {
	o := object("description", undocumented(mr.StatusCode))
	models := e.jsonModels(r, m, mr.ResponseModels)
	if !e.oas && len(models) > 0 {
		schema, _ := e.oneSchema(models)
		o.Set("schema", schema)
	}
	headers := &jsontree.Object{}
	for _, key := range slices.Sorted(maps.Keys(mr.ResponseParameters)) {
		header := &jsontree.Object{}
		e.ofTypeString(header)
		headers.Set(strings.TrimPrefix(key, "method.response.header."), header)
	}
	setObject(o, "headers", headers)
	if e.oas {
		o.Set("content", e.content(models)) // recorded: {} without a model
	}
	return o
}

// hashOrder sorts keys as a hash map of Java lists them. Recorded: an export has its parameters in this order.
func hashOrder(keys []string) []string {
	size := uint32(16)
	for len(keys)*4 > int(size)*3 {
		size *= 2
	}
	bucket := func(key string) uint32 {
		var h uint32
		for i := range len(key) {
			h = 31*h + uint32(key[i]) // keys are ASCII
		}
		return (h ^ h>>16) & (size - 1)
	}
	slices.SortFunc(keys, func(a, b string) int {
		if d := int(bucket(a)) - int(bucket(b)); d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
	return keys
}
