package awsproto

import (
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// validator checks an input against the constraints of the model, before the operation's own rules: required members,
// enum values, patterns. Spec: control-plane 3.2.
type validator struct {
	violations []string
}

// validate returns nil, or one error with every violation: those of the body first, then those of labels and query.
func (c *codec) validate(op *Operation, input reflect.Value) error {
	var v validator
	root := lowerFirst(op.Name) + "Input"
	for _, inBody := range []bool{true, false} {
		for _, f := range c.fields {
			if (f.Location == "") != inBody || f.Location == "payload" {
				continue
			}
			where := f.Name
			if inBody {
				where = root + "." + f.Name
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

func (v *validator) fail(value, where, constraint string) {
	v.violations = append(v.violations, "Value "+value+" at '"+where+"' failed to satisfy constraint: "+constraint)
}

func (v *validator) member(f fieldCodec, field reflect.Value, where string) {
	if isNil(field) {
		if f.Required {
			v.fail("null", where, "Member must not be null")
		}
		return
	}
	v.value(f.codec, indirect(field), where)
}

func (v *validator) value(c *codec, value reflect.Value, where string) {
	switch c.shape.Type {
	case "string":
		if constraint := c.shape.violated(value.String()); constraint != "" {
			v.fail("'"+value.String()+"'", where, constraint)
		}
	case "structure":
		for _, f := range c.fields {
			v.member(f, value.Field(f.index), where+"."+f.Name)
		}
	case "list":
		v.list(c, value, where)
	}
}

// list checks the elements: structures each under its number from 1, texts all together, as the service prints them.
func (v *validator) list(c *codec, list reflect.Value, where string) {
	switch c.elem.shape.Type {
	case "structure":
		for i := range list.Len() {
			v.value(c.elem, list.Index(i), where+"."+strconv.Itoa(i+1)+".member")
		}
	case "string":
		constraint := ""
		values := make([]string, list.Len())
		for i := range list.Len() {
			values[i] = list.Index(i).String()
			if bad := c.elem.shape.violated(values[i]); bad != "" {
				constraint = bad
			}
		}
		if constraint != "" {
			v.fail("'["+strings.Join(values, ", ")+"]'", where, "Member must satisfy constraint: ["+constraint+"]")
		}
	}
}

// violated returns the constraint that a text does not satisfy, or "".
func (s *Shape) violated(text string) string {
	if len(s.Enum) > 0 && !slices.Contains(s.Enum, text) {
		return "Member must satisfy enum value set: [" + strings.Join(s.Enum, ", ") + "]"
	}
	if s.pattern != nil && !s.pattern.MatchString(text) {
		return "Member must satisfy regular expression pattern: " + s.Pattern
	}
	return ""
}

// compilePattern makes the pattern ready. Patterns match the whole text.
func (s *Shape) compilePattern() (err error) {
	if s.Pattern != "" {
		s.pattern, err = regexp.Compile(`^(?:` + s.Pattern + `)$`)
	}
	return err
}
