package awsproto

import (
	"fmt"
	"reflect"
	"strings"
	"time"
)

// codec is a shape matched with a Go type, once, when an operation is bound. Structures are structs, members of
// structures that are scalars or structures are pointers (absent is nil), lists are slices, maps are maps; elements of lists
// and maps are plain values.
type codec struct {
	shape  *Shape
	fields []fieldCodec // of a structure
	elem   *codec       // of a list or map
}

// fieldCodec is a member with the struct field that holds it.
type fieldCodec struct {
	*Member
	index int
	codec *codec
}

// FieldName is the Go name of a member: restApiId is RestApiId.
func FieldName(member string) string {
	if member == "" {
		return ""
	}
	return strings.ToUpper(member[:1]) + member[1:]
}

// scalars are the Go types of scalar shapes.
var scalars = map[string]reflect.Type{
	"string": reflect.TypeFor[string](), "boolean": reflect.TypeFor[bool](), "integer": reflect.TypeFor[int64](), "long": reflect.TypeFor[int64](),
	"double": reflect.TypeFor[float64](), "timestamp": reflect.TypeFor[time.Time](), "blob": reflect.TypeFor[[]byte](),
}

// codecFor matches a shape with T. An operation without that shape takes any struct.
func codecFor[T any](m *Model, s *Shape) (*codec, error) {
	if s == nil {
		return &codec{shape: &Shape{Type: "structure"}}, nil
	}
	return makeCodec(m, s, reflect.TypeFor[T](), make(map[string]*codec))
}

// makeCodec plans a shape; known breaks the circles of shapes that contain themselves.
func makeCodec(m *Model, s *Shape, t reflect.Type, known map[string]*codec) (*codec, error) {
	if c := known[s.Name]; c != nil {
		return c, nil
	}
	c := &codec{shape: s}
	known[s.Name] = c
	var err error
	switch s.Type {
	case "structure":
		err = c.matchStruct(m, t, known)
	case "list":
		if t.Kind() != reflect.Slice {
			return nil, fmt.Errorf("the list %s needs a slice, not %s", s.Name, t)
		}
		c.elem, err = makeCodec(m, m.Shapes[s.Member], t.Elem(), known)
	case "map":
		if t.Kind() != reflect.Map || t.Key().Kind() != reflect.String {
			return nil, fmt.Errorf("the map %s needs a map with strings for keys, not %s", s.Name, t)
		}
		c.elem, err = makeCodec(m, m.Shapes[s.Value], t.Elem(), known)
	default:
		if want := scalars[s.Type]; want == nil || t != want {
			return nil, fmt.Errorf("%s %s needs %v, not %s", s.Type, s.Name, want, t)
		}
	}
	return c, err
}

func (c *codec) matchStruct(m *Model, t reflect.Type, known map[string]*codec) error {
	if t.Kind() != reflect.Struct {
		return fmt.Errorf("the structure %s needs a struct, not %s", c.shape.Name, t)
	}
	for _, member := range c.shape.members() {
		field, ok := t.FieldByName(FieldName(member.Name))
		if !ok {
			return fmt.Errorf("%s has no field for the member %s", t, member.Name)
		}
		inner := field.Type
		if pointed(m.Shapes[member.Shape]) {
			if inner.Kind() != reflect.Pointer {
				return fmt.Errorf("%s.%s must be a pointer", t, field.Name)
			}
			inner = inner.Elem()
		}
		below, err := makeCodec(m, m.Shapes[member.Shape], inner, known)
		if err != nil {
			return fmt.Errorf("%s.%s: %w", t, field.Name, err)
		}
		c.fields = append(c.fields, fieldCodec{member, field.Index[0], below})
	}
	return nil
}

// pointed reports whether a member of this shape is a pointer in a struct.
func pointed(s *Shape) bool { return s.Type != "list" && s.Type != "map" && s.Type != "blob" }
