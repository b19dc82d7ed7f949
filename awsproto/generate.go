package awsproto

import (
	"fmt"
	"go/format"
	"maps"
	"slices"
	"strings"
)

// Generate writes the Go structs of a model: one per structure shape, a field per member in the order of the model.
// header is the comment that the file begins with.
func Generate(m *Model, packageName, header string) ([]byte, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\npackage %s\n", header, packageName)
	if m.uses("timestamp") {
		b.WriteString("\nimport \"time\"\n")
	}
	for _, name := range slices.Sorted(maps.Keys(m.Shapes)) {
		shape := m.Shapes[name]
		if shape.Type != "structure" || shape.Exception {
			continue
		}
		fmt.Fprintf(&b, "\n// %s is the structure of this name in the service model.\ntype %s struct {\n", name, name)
		for _, member := range shape.members() {
			t, err := m.goType(m.Shapes[member.Shape], true)
			if err != nil {
				return nil, fmt.Errorf("%s.%s: %w", name, member.Name, err)
			}
			fmt.Fprintf(&b, "\t%s %s\n", FieldName(member.Name), t)
		}
		b.WriteString("}\n")
	}
	return format.Source([]byte(b.String()))
}

// uses reports whether a member of some structure has this type.
func (m *Model) uses(shapeType string) bool {
	for _, shape := range m.Shapes {
		for _, member := range shape.members() {
			if m.Shapes[member.Shape].Type == shapeType {
				return true
			}
		}
	}
	return false
}

// goType is the Go type of a shape; member says that it is a member of a structure, where scalars are pointers.
func (m *Model) goType(s *Shape, member bool) (string, error) {
	var t string
	switch s.Type {
	case "structure":
		t = s.Name
	case "list":
		element, err := m.goType(m.Shapes[s.Member], false)
		return "[]" + element, err
	case "map":
		element, err := m.goType(m.Shapes[s.Value], false)
		return "map[string]" + element, err
	case "blob":
		return "[]byte", nil
	default:
		known, ok := scalars[s.Type]
		if !ok {
			return "", fmt.Errorf("shape %s has the unknown type %s", s.Name, s.Type)
		}
		t = known.String()
	}
	if member {
		t = "*" + t
	}
	return t, nil
}
