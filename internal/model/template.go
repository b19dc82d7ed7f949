package model

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/jsontree"
)

// Bounds of a sample: models may refer to each other in circles, and many times.
const (
	maxSampleDepth = 16
	maxSample      = 300 << 10 // bytes, as of any mapping template
)

// Template returns a mapping template that makes a sample of the model m: what GetModelTemplate answers. Values are
// constants, for their author to replace; arrays are loops over the input. The error is the text of a
// BadRequestException. Spec: control-plane 8.7; recorded for an object of numbers and texts.
func Template(api *definition.RestAPI, m *definition.Model) (string, error) {
	if !isJSON(m.ContentType) {
		return "", fmt.Errorf("Model %s is for content type %s; templates are made for application/json", m.Name, m.ContentType)
	}
	v, err := parse(m.Schema)
	if err != nil {
		return "", fmt.Errorf("%s. %w", invalidSchema, err)
	}
	s := &sampler{api: api, root: v}
	s.out.WriteString("#set($inputRoot = $input.path('$'))\n")
	s.value(v, "$inputRoot", 0)
	if s.out.Len() > maxSample {
		return "", fmt.Errorf("the template of model %s would be larger than %d bytes", m.Name, maxSample)
	}
	return s.out.String(), nil
}

// sampler writes the sample of one model.
type sampler struct {
	api   *definition.RestAPI
	out   strings.Builder
	root  jsontree.Value // the model that # stands for
	loops int
}

// value writes a sample of a schema. from is the expression for what the input has there, "" when none can be written.
func (s *sampler) value(v jsontree.Value, from string, depth int) {
	schema, root := s.resolve(v)
	defer func(before jsontree.Value) { s.root = before }(s.root)
	s.root = root
	if depth > maxSampleDepth || s.out.Len() > maxSample {
		s.out.WriteString("null")
		return
	}
	if list, ok := get(schema, "enum").(*jsontree.Array); ok && len(list.Items) > 0 {
		s.out.WriteString(inTemplate(string(jsontree.Append(nil, list.Items[0]))))
		return
	}
	switch kindOf(schema) {
	case "object":
		s.object(schema, from, depth)
	case "array":
		s.array(schema, from, depth)
	case "number":
		s.out.WriteString("3.1415")
	case "integer":
		s.out.WriteString("42")
	case "boolean":
		s.out.WriteString("true")
	case "null":
		s.out.WriteString("null")
	default:
		s.out.WriteString(`"foo"`)
	}
}

// resolve follows references and the first of several alternatives.
func (s *sampler) resolve(v jsontree.Value) (schema *jsontree.Object, root jsontree.Value) {
	root = s.root
	for range maxSampleDepth {
		o, ok := v.(*jsontree.Object)
		if !ok {
			return &jsontree.Object{}, root
		}
		ref, ok := refOf(o)
		name, _, ofModel := referred(ref)
		m := s.api.Models[name]
		alternatives, _ := firstOf(o).(*jsontree.Array)
		switch {
		case ok && strings.HasPrefix(ref, "#"):
			v = pointed(root, ref[1:])
		case ok && ofModel && m != nil:
			if v, _ = parse(m.Schema); v == nil {
				return &jsontree.Object{}, root
			}
			root = v
		case !ok && alternatives != nil && len(alternatives.Items) > 0:
			v = alternatives.Items[0]
		default:
			return o, root
		}
	}
	return &jsontree.Object{}, root // a circle
}

// firstOf is the list of alternatives of a schema that says nothing itself, or nil.
func firstOf(o *jsontree.Object) jsontree.Value {
	for _, key := range []string{"oneOf", "anyOf", "allOf"} {
		if v := get(o, key); v != nil && get(o, "properties") == nil {
			return v
		}
	}
	return nil
}

func get(o *jsontree.Object, name string) jsontree.Value {
	v, _ := o.Get(name)
	return v
}

// pointed follows a JSON pointer, or is nil.
func pointed(v jsontree.Value, pointer string) jsontree.Value {
	for token := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		o, ok := v.(*jsontree.Object)
		if token == "" {
			continue
		}
		if !ok {
			return nil
		}
		v = get(o, strings.NewReplacer("~1", "/", "~0", "~").Replace(token))
	}
	return v
}

// kindOf is the type of a schema: the first that is not null, else what its keywords suggest.
func kindOf(o *jsontree.Object) string {
	switch t := get(o, "type").(type) {
	case string:
		return t
	case *jsontree.Array:
		for _, item := range t.Items {
			if kind, ok := item.(string); ok && kind != "null" {
				return kind
			}
		}
	}
	switch {
	case o.Has("properties"):
		return "object"
	case o.Has("items"):
		return "array"
	}
	return ""
}

func (s *sampler) object(schema *jsontree.Object, from string, depth int) {
	properties, _ := get(schema, "properties").(*jsontree.Object)
	if properties == nil || properties.Len() == 0 {
		s.out.WriteString("{ }")
		return
	}
	indent := strings.Repeat("  ", depth)
	separator := "{\n"
	for name, property := range properties.All() {
		s.out.WriteString(separator + indent + "  " + inTemplate(string(jsontree.AppendString(nil, name))) + " : ")
		s.value(property, member(from, name), depth+1)
		separator = ",\n"
	}
	s.out.WriteString("\n" + indent + "}")
}

// member is the expression for a member of what from is.
func member(from, name string) string {
	switch {
	case from == "" || strings.ContainsAny(name, "'\\\n\r"):
		return ""
	case isIdentifier(name):
		return from + "." + name
	}
	return from + ".get('" + name + "')"
}

func isIdentifier(s string) bool {
	for i := range len(s) {
		c := s[i]
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		if !letter && (i == 0 || !(c >= '0' && c <= '9' || c == '_')) {
			return false
		}
	}
	return s != ""
}

// array writes a loop, in the service's own words.
func (s *sampler) array(schema *jsontree.Object, from string, depth int) {
	if from == "" {
		from = "[]"
	}
	item := "$elem"
	if s.loops > 0 {
		item += strconv.Itoa(s.loops + 1)
	}
	s.loops++
	s.out.WriteString("[\n##TODO: Update this foreach loop to reference array from input json\n#foreach(" + item + " in " + from + ")\n ")
	items := get(schema, "items")
	if many, ok := items.(*jsontree.Array); ok {
		items = nil
		if len(many.Items) > 0 {
			items = many.Items[0]
		}
	}
	s.value(items, item, depth)
	s.out.WriteString(" \n#if($foreach.hasNext),#end\n#end\n]")
	s.loops--
}

// inTemplate writes JSON so that a template prints it as it is: without $ and #.
func inTemplate(json string) string {
	return strings.NewReplacer("$", `\u0024`, "#", `\u0023`).Replace(json)
}
