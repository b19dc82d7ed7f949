package awsproto

import (
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// validator checks an input against the constraints of the model, before the operation's own rules: required members,
// enum values, patterns, bounds. Spec: control-plane 3.2, functions B1.
type validator struct {
	dialect    Dialect
	violations []string
}

// checkOrder and shortCheckOrder are the orders in which violations are named: those of members at the same places come in the
// order of the model. Recorded for two services.
var (
	checkOrder      = [][]string{{""}, {"path", "query", "header"}}
	shortCheckOrder = [][]string{{""}, {"query", "header"}, {"path"}}
)

// validate returns nil, or one error with every violation.
func (c *codec) validate(op *Operation, d Dialect, input reflect.Value) error {
	v := validator{dialect: d}
	order, root := checkOrder, lowerFirst(op.Name)+"Input."
	if d.ShortNames {
		order, root = shortCheckOrder, ""
	}
	for _, places := range order {
		for _, f := range c.fields {
			if !slices.Contains(places, f.Location) {
				continue
			}
			where := v.name(f)
			if f.Location == "" {
				where = root + where
			}
			v.member(f, input.Field(f.index), where)
		}
	}
	if len(v.violations) == 0 {
		return nil
	}
	count := strconv.Itoa(len(v.violations)) + " validation error"
	if len(v.violations) > 1 {
		count += "s"
	}
	return NewError(400, "ValidationException", count+" detected: "+strings.Join(v.violations, "; "))
}

func lowerFirst(s string) string {
	for i, r := range s {
		return string(unicode.ToLower(r)) + s[i+len(string(r)):]
	}
	return s
}

// name is what a violation calls a member.
func (v *validator) name(f fieldCodec) string {
	if v.dialect.ShortNames {
		return lowerFirst(f.Name)
	}
	return f.Name
}

func (v *validator) fail(value, where, constraint string) {
	v.violations = append(v.violations, "Value "+value+" at '"+where+"' failed to satisfy constraint: "+constraint)
}

func (v *validator) member(f fieldCodec, field reflect.Value, where string) {
	if isNil(field) {
		if f.Required {
			v.fail("null", where, mustBeThere)
		}
		return
	}
	v.value(f.codec, indirect(field), where)
}

const mustBeThere = "Member must not be null"

func (v *validator) value(c *codec, value reflect.Value, where string) {
	switch c.shape.Type {
	case "string":
		for _, constraint := range c.shape.violated(value.String()) {
			v.fail("'"+value.String()+"'", where, constraint)
		}
	case "integer", "long":
		v.number(c, float64(value.Int()), strconv.FormatInt(value.Int(), 10), where)
	case "double":
		v.number(c, value.Float(), string(appendFloat(nil, value.Float())), where)
	case "structure":
		for _, f := range c.fields {
			v.member(f, value.Field(f.index), where+"."+v.name(f))
		}
	case "list":
		v.list(c, value, where)
	case "map":
		v.mapping(c, value, where)
	}
}

func (v *validator) number(c *codec, n float64, text, where string) {
	for _, constraint := range c.shape.outside(n, false) {
		v.fail("'"+text+"'", where, constraint)
	}
}

// list checks how many elements there are, and the elements: structures each under its number from 1, texts all together, as
// the service prints them.
func (v *validator) list(c *codec, list reflect.Value, where string) {
	values := make([]string, list.Len())
	var bad []string
	for i := range list.Len() {
		switch c.elem.shape.Type {
		case "structure":
			v.value(c.elem, list.Index(i), where+"."+strconv.Itoa(i+1)+".member")
		case "string":
			values[i] = list.Index(i).String()
			if violated := c.elem.shape.violated(values[i]); violated != nil {
				bad = violated
			}
		}
	}
	shown := "'[" + strings.Join(values, ", ") + "]'"
	for _, constraint := range c.shape.outside(float64(list.Len()), true) {
		v.fail(shown, where, constraint)
	}
	if bad != nil {
		v.fail(shown, where, "Member must satisfy constraint: ["+strings.Join(v.elements(c, bad), ", ")+"]")
	}
}

// elements is what a violation says of the elements of a list or map: what the last wrong one violates, or all that they must be.
func (v *validator) elements(c *codec, violated []string) []string {
	if !v.dialect.ShortNames {
		return violated[:1]
	}
	return append(c.elem.shape.constraints(), mustBeThere)
}

// mapping checks the values of a map: texts and numbers all together. Keys have no rules that a client can break with an error
// of their own.
func (v *validator) mapping(c *codec, m reflect.Value, where string) {
	for _, constraint := range c.shape.outside(float64(m.Len()), true) {
		v.fail("'"+printMap(m)+"'", where, constraint)
	}
	for _, key := range m.MapKeys() {
		var bad []string
		switch value := m.MapIndex(key); c.elem.shape.Type {
		case "string":
			bad = c.elem.shape.violated(value.String())
		case "double":
			bad = c.elem.shape.outside(value.Float(), false)
		}
		if bad != nil {
			v.fail("'"+printMap(m)+"'", where, "Map value must satisfy constraint: ["+strings.Join(v.elements(c, bad), ", ")+"]")
			return
		}
	}
}

// printMap writes a map as the service's messages do: {2=0.5}.
func printMap(m reflect.Value) string {
	var pairs []string
	for _, key := range m.MapKeys() {
		value := m.MapIndex(key)
		text := value.String()
		if value.Kind() == reflect.Float64 {
			text = string(appendFloat(nil, value.Float()))
		}
		pairs = append(pairs, key.String()+"="+text)
	}
	slices.Sort(pairs)
	return "{" + strings.Join(pairs, ", ") + "}"
}

// violated returns the constraints that a text does not satisfy.
func (s *Shape) violated(text string) []string {
	bad := s.outside(float64(utf8.RuneCountInString(text)), true)
	if len(s.Enum) > 0 && !slices.Contains(s.Enum, text) {
		bad = append(bad, s.enumConstraint())
	}
	if s.pattern != nil && !s.pattern.MatchString(text) {
		bad = append(bad, s.patternConstraint())
	}
	return bad
}

// outside returns the bounds that a number, or the length of something, is beyond.
func (s *Shape) outside(n float64, length bool) (bad []string) {
	if s.Max != nil && n > *s.Max {
		bad = append(bad, s.bound("less", *s.Max, length))
	}
	if s.Min != nil && n < *s.Min {
		bad = append(bad, s.bound("greater", *s.Min, length))
	}
	return bad
}

func (s *Shape) bound(side string, n float64, length bool) string {
	what, text := "value", strconv.FormatFloat(n, 'f', -1, 64)
	if length {
		what = "length"
	}
	if s.Type == "double" {
		text = string(appendFloat(nil, n))
	}
	return "Member must have " + what + " " + side + " than or equal to " + text
}

func (s *Shape) enumConstraint() string {
	return "Member must satisfy enum value set: [" + strings.Join(s.Enum, ", ") + "]"
}

func (s *Shape) patternConstraint() string {
	return "Member must satisfy regular expression pattern: " + s.Pattern
}

// constraints are all that a value of the shape must be.
func (s *Shape) constraints() (all []string) {
	length := s.Type != "integer" && s.Type != "long" && s.Type != "double"
	if s.Max != nil {
		all = append(all, s.bound("less", *s.Max, length))
	}
	if s.Min != nil {
		all = append(all, s.bound("greater", *s.Min, length))
	}
	if len(s.Enum) > 0 {
		all = append(all, s.enumConstraint())
	}
	if s.Pattern != "" {
		all = append(all, s.patternConstraint())
	}
	return all
}

// compilePattern makes the pattern ready. Patterns match the whole text.
func (s *Shape) compilePattern() (err error) {
	expression := s.Pattern
	if s.Match != "" {
		expression = s.Match
	}
	if expression != "" {
		s.pattern, err = regexp.Compile(`^(?:` + expression + `)$`)
	}
	return err
}
