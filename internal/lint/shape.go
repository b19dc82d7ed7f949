package lint

import (
	"slices"
	"strconv"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/jsontree"
)

// shapeKind says what a value in a body is.
type shapeKind uint8

const (
	anyShape shapeKind = iota // not known: a text that is a number as well
	objectShape
	listShape
	textShape
	numberShape
	boolShape
)

// shape is what is known of a value in a body or of a parameter: from the model, or from what the template asks of it.
type shape struct {
	kind    shapeKind
	model   bool // the kind is what the model says
	names   []string
	members map[string]*shape
	item    *shape
	content *shape   // a text that holds JSON: of this shape
	base64  bool     // and all of it encoded so
	example string   // a text that the model asks for
	texts   []string // that the template compares it with
	asked   bool     // the template asks whether it is there
}

// Bounds of shapes.
const (
	maxShapeDepth = 24
	maxMembers    = 200
)

func (s *shape) become(k shapeKind) {
	if s.kind == anyShape {
		s.kind = k
	}
}

// child is a member, which is made if it is not there yet.
func (s *shape) child(name string) *shape {
	if s == nil {
		return nil
	}
	s.become(objectShape)
	if c := s.members[name]; c != nil {
		return c
	}
	if len(s.names) >= maxMembers {
		return nil
	}
	if s.members == nil {
		s.members = map[string]*shape{}
	}
	c := new(shape)
	s.members[name] = c
	s.names = append(s.names, name)
	return c
}

func (s *shape) element() *shape {
	if s == nil {
		return nil
	}
	s.become(listShape)
	if s.item == nil {
		s.item = new(shape)
	}
	return s.item
}

// json is the shape of what a text holds.
func (s *shape) json() *shape {
	if s == nil {
		return nil
	}
	if s.kind == objectShape || s.kind == listShape { // the text of a whole part, as $input.body is
		return s
	}
	s.become(textShape)
	if s.content == nil {
		s.content = new(shape)
	}
	return s.content
}

// variant is one of the samples that a shape allows.
type variant struct {
	absent *shape // is left out
	text   *shape // is this text
	value  string
	short  bool // lists have one item
	empty  *shape
}

// append writes a sample. ok is false for what the variant leaves out.
func (v *variant) append(dst []byte, s *shape, depth int) (out []byte, ok bool) {
	switch {
	case s == v.absent, depth > maxShapeDepth:
		return dst, false
	case s == v.text && s.kind != objectShape && s.kind != listShape:
		if s.kind == numberShape || s.kind == boolShape {
			return append(dst, v.value...), true
		}
		return jsontree.AppendString(dst, v.value), true
	}
	switch s.kind {
	case objectShape:
		return v.object(dst, s, depth), true
	case listShape:
		return v.list(dst, s, depth), true
	case numberShape:
		return append(dst, '1'), true
	case boolShape:
		return append(dst, "true"...), true
	}
	return jsontree.AppendString(dst, v.plain(s, depth)), true
}

// plain is the sample of a text. It is "1", which is JSON within quotes and without, unless more is known.
func (v *variant) plain(s *shape, depth int) string {
	text := "1"
	switch {
	case s == v.text:
		text = v.value
	case s.content != nil:
		inner, _ := v.append(nil, s.content, depth+1)
		text = string(inner)
	case s.example != "":
		text = s.example
	}
	if s.base64 {
		return encodeBase64(text)
	}
	return text
}

func (v *variant) object(dst []byte, s *shape, depth int) []byte {
	dst = append(dst, '{')
	for _, name := range s.names {
		before := len(dst)
		if dst[before-1] != '{' {
			dst = append(dst, ',')
		}
		dst = append(jsontree.AppendString(dst, name), ':')
		var ok bool
		if dst, ok = v.append(dst, s.members[name], depth+1); !ok {
			dst = dst[:before]
		}
	}
	return append(dst, '}')
}

func (v *variant) list(dst []byte, s *shape, depth int) []byte {
	n := 2
	switch {
	case s == v.empty || s.item == nil:
		n = 0
	case v.short || depth > 4: // two of two of two …
		n = 1
	}
	dst = append(dst, '[')
	for i := range n {
		if i > 0 {
			dst = append(dst, ',')
		}
		var ok bool
		if dst, ok = v.append(dst, s.item, depth+1); !ok {
			dst = append(dst, "null"...)
		}
	}
	return append(dst, ']')
}

// ofPath follows a JSONPath of names and indexes. exact is false for other paths, of which only the beginning counts.
func (s *shape) ofPath(path string) (found *shape, exact bool) {
	path = strings.TrimSpace(path)
	rest, ok := strings.CutPrefix(path, "$")
	if !ok {
		rest = "." + path
	}
	for rest != "" && s != nil {
		switch {
		case strings.HasPrefix(rest, "['") || strings.HasPrefix(rest, `["`):
			quote := rest[1:2]
			end := strings.Index(rest[2:], quote+"]")
			if end < 0 || strings.Contains(rest[2:2+end], quote) {
				return nil, false
			}
			s, rest = s.child(rest[2:2+end]), rest[4+end:]
		case rest[0] == '[':
			end := strings.IndexByte(rest, ']')
			if end < 0 {
				return nil, false
			}
			if _, err := strconv.Atoi(rest[1:end]); err != nil {
				s.element()
				return nil, false
			}
			s, rest = s.element(), rest[end+1:]
		case rest[0] == '.' && len(rest) > 1:
			end := 1 + strings.IndexAny(rest[1:], ".[")
			if end == 0 {
				end = len(rest)
			}
			name := rest[1:end]
			if name == "" || strings.ContainsAny(name, "*()@?") {
				return nil, false
			}
			s, rest = s.child(name), rest[end:]
		default:
			return nil, false
		}
	}
	return s, s != nil
}

// ofModel makes the shape that a JSON schema describes. models are all of them by name.
func ofModel(schema string, models map[string]string) *shape {
	tree, err := jsontree.ParseString(schema, jsontree.Limits{})
	if err != nil {
		return nil
	}
	m := &modelReader{models: models, parsed: map[string]jsontree.Value{}}
	s := new(shape)
	m.read(s, tree, 0)
	return s
}

// modelReader turns schemas into shapes. count bounds its work.
type modelReader struct {
	models map[string]string
	parsed map[string]jsontree.Value
	count  int
}

// maxModelValues bounds the schemas that are visited for one model: references make them circles.
const maxModelValues = 5000

func (m *modelReader) read(s *shape, v jsontree.Value, depth int) {
	obj, ok := v.(*jsontree.Object)
	if m.count++; !ok || depth > 8 || m.count > maxModelValues {
		return
	}
	if ref, ok := text(obj, "$ref"); ok {
		m.read(s, m.target(ref), depth+1)
		return
	}
	for _, of := range []string{"allOf", "anyOf", "oneOf"} {
		if list, ok := obj.Get(of); ok {
			m.combine(s, of, list, depth)
		}
	}
	if all, ok := obj.Get("enum"); ok {
		if list, ok := all.(*jsontree.Array); ok && len(list.Items) > 0 {
			s.example, _ = list.Items[0].(string)
		}
	}
	kind, _ := text(obj, "type")
	properties, _ := obj.Get("properties")
	items, _ := obj.Get("items")
	switch {
	case kind == "object" || kind == "" && properties != nil:
		s.kind, s.model = objectShape, true
		m.properties(s, properties, depth)
	case kind == "array" || kind == "" && items != nil:
		s.kind, s.model = listShape, true
		s.item = new(shape)
		m.read(s.item, items, depth+1)
	case kind == "string":
		s.kind, s.model = textShape, true
	case kind == "integer" || kind == "number":
		s.kind, s.model = numberShape, true
	case kind == "boolean":
		s.kind, s.model = boolShape, true
	}
}

func (m *modelReader) properties(s *shape, v jsontree.Value, depth int) {
	if obj, ok := v.(*jsontree.Object); ok {
		for name, p := range obj.All() {
			if c := s.child(name); c != nil {
				m.read(c, p, depth+1)
			}
		}
	}
}

// combine reads all of allOf, and the first of the others.
func (m *modelReader) combine(s *shape, of string, v jsontree.Value, depth int) {
	list, ok := v.(*jsontree.Array)
	if !ok {
		return
	}
	for i, part := range list.Items {
		if i == 0 || of == "allOf" {
			m.read(s, part, depth+1)
		}
	}
}

// target is the schema of the model that a reference names.
func (m *modelReader) target(ref string) jsontree.Value {
	name := ref[strings.LastIndexByte(ref, '/')+1:]
	if v, ok := m.parsed[name]; ok {
		return v
	}
	v, err := jsontree.ParseString(m.models[name], jsontree.Limits{})
	if err != nil {
		v = nil
	}
	m.parsed[name] = v
	return v
}

func text(obj *jsontree.Object, name string) (string, bool) {
	v, _ := obj.Get(name)
	s, ok := v.(string)
	return s, ok
}

// clone copies a shape, so that what one template asks of it does not show in another one.
func (s *shape) clone(depth int) *shape {
	if s == nil || depth > maxShapeDepth {
		return nil
	}
	c := *s
	c.names, c.texts = slices.Clone(s.names), nil
	c.item = s.item.clone(depth + 1)
	c.content = s.content.clone(depth + 1)
	c.members = make(map[string]*shape, len(s.members))
	for name, m := range s.members {
		c.members[name] = m.clone(depth + 1)
	}
	return &c
}
