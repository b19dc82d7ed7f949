package awsproto

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// decode fills input from where its members are: path labels, query, header, body. Unknown members of the body are ignored,
// null is absent. Spec: control-plane 1.2, 2.
func (c *codec) decode(r *Request, op *Operation, labels []string, query url.Values, input any) error {
	target := reflect.ValueOf(input).Elem()
	names := labelNames(op.URI)
	var inBody []fieldCodec
	for _, f := range c.fields {
		var err error
		switch f.Location {
		case "path":
			if i := slices.Index(names, f.Wire()); i >= 0 && i < len(labels) {
				err = f.setText(target, labels[i])
			}
		case "query":
			err = f.fromQuery(target, query, c.queryNames(), op)
		case "header":
			if value, ok := r.header(f.Wire()); ok {
				err = f.setText(target, value)
			}
		case "payload":
			err = f.fromPayload(target, r.Body)
		case "headers", "status":
		default:
			inBody = append(inBody, f)
		}
		if err != nil {
			return err
		}
	}
	if len(inBody) == 0 {
		return nil
	}
	return decodeBody(target, inBody, r.Body)
}

func (r *Request) header(name string) (string, bool) {
	for _, f := range r.Header {
		if strings.EqualFold(f.Name, name) {
			return f.Value, true
		}
	}
	return "", false
}

// queryNames lists the query parameters that members of their own take.
func (c *codec) queryNames() []string {
	var names []string
	for _, f := range c.fields {
		if f.Location == "query" && f.codec.shape.Type != "map" {
			names = append(names, f.Wire())
		}
	}
	return names
}

// fromQuery sets a member from the query: a scalar, a list (repeated or comma-joined), or a map, which takes every
// parameter that no other member has.
func (f *fieldCodec) fromQuery(target reflect.Value, query url.Values, taken []string, op *Operation) error {
	field := target.Field(f.index)
	switch f.codec.shape.Type {
	case "list":
		values, ok := query[f.Wire()]
		if !ok {
			return nil
		}
		var list []string
		for _, v := range values {
			for one := range strings.SplitSeq(v, ",") {
				list = append(list, strings.TrimSpace(one))
			}
		}
		field.Set(reflect.ValueOf(list))
		return nil
	case "map":
		fixed, _, _ := strings.Cut(op.QueryFixed, "=")
		rest := make(map[string]string)
		for name, values := range query {
			if name != fixed && !slices.Contains(taken, name) && len(values) > 0 {
				rest[name] = values[len(values)-1]
			}
		}
		if len(rest) > 0 {
			field.Set(reflect.ValueOf(rest))
		}
		return nil
	}
	if !query.Has(f.Wire()) {
		return nil
	}
	return f.setText(target, query.Get(f.Wire()))
}

// setText sets a scalar member from its text form. A text's bytes that are not UTF-8 become U+FFFD, as in JSON: no identifier
// has them, so that it names nothing, whatever a store thinks of such bytes.
func (f *fieldCodec) setText(target reflect.Value, text string) error {
	value := reflect.New(scalars[f.codec.shape.Type])
	switch into := value.Interface().(type) {
	case *string:
		*into = strings.ToValidUTF8(text, "\uFFFD")
	case *bool:
		b, err := strconv.ParseBool(text)
		if err != nil {
			return errSerialization("Invalid boolean value: " + text)
		}
		*into = b
	case *int64:
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return errSerialization("Invalid number value: " + text)
		}
		*into = n
	case *float64:
		n, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return errSerialization("Invalid number value: " + text)
		}
		*into = n
	case *time.Time:
		t, err := time.Parse(time.RFC3339, text)
		if err != nil {
			return errSerialization("Invalid timestamp value: " + text)
		}
		*into = t
	}
	target.Field(f.index).Set(value)
	return nil
}

// fromPayload sets the member that is the whole body.
func (f *fieldCodec) fromPayload(target reflect.Value, body []byte) error {
	field := target.Field(f.index)
	if f.codec.shape.Type == "blob" {
		field.SetBytes(slices.Clone(body))
		return nil
	}
	tree, err := parseBody(body)
	if err != nil || tree == nil {
		return err
	}
	return f.codec.set(pointee(field), tree)
}

func decodeBody(target reflect.Value, fields []fieldCodec, body []byte) error {
	tree, err := parseBody(body)
	if err != nil || tree == nil {
		return err
	}
	object, ok := tree.(map[string]any)
	if !ok {
		return errSerialization("Start of structure or map found where not expected.")
	}
	return setFields(target, fields, object)
}

// parseBody reads JSON; an empty body is none.
func parseBody(body []byte) (any, error) {
	if body = bytes.TrimSpace(body); len(body) == 0 {
		return nil, nil
	}
	body, large := cutLargeTexts(body)
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var tree any
	if err := dec.Decode(&tree); err != nil || dec.More() {
		return nil, errSerialization("Unable to parse the request body as JSON")
	}
	if large != nil {
		tree = putBack(tree, large)
	}
	return tree, nil
}

func setFields(target reflect.Value, fields []fieldCodec, object map[string]any) error {
	for _, f := range fields {
		value, ok := object[f.Wire()]
		if !ok || value == nil {
			continue
		}
		into := target.Field(f.index)
		if pointed(f.codec.shape) {
			into = pointee(into)
		}
		if err := f.codec.set(into, value); err != nil {
			return err
		}
	}
	return nil
}

// pointee makes a pointer field point to a new value and returns that.
func pointee(field reflect.Value) reflect.Value {
	if field.Kind() != reflect.Pointer {
		return field
	}
	field.Set(reflect.New(field.Type().Elem()))
	return field.Elem()
}

// set stores a JSON value in a Go value of the codec's type.
func (c *codec) set(into reflect.Value, value any) error {
	switch c.shape.Type {
	case "structure":
		object, ok := value.(map[string]any)
		if !ok {
			return wrongType(value, "structure")
		}
		return setFields(into, c.fields, object)
	case "list":
		items, ok := value.([]any)
		if !ok {
			return wrongType(value, "list")
		}
		list := reflect.MakeSlice(into.Type(), 0, len(items))
		for _, item := range items {
			element := reflect.New(into.Type().Elem()).Elem()
			if item != nil {
				if err := c.elem.set(element, item); err != nil {
					return err
				}
			}
			list = reflect.Append(list, element)
		}
		into.Set(list)
		return nil
	case "map":
		object, ok := value.(map[string]any)
		if !ok {
			return wrongType(value, "map")
		}
		m := reflect.MakeMapWithSize(into.Type(), len(object))
		for name, item := range object {
			element := reflect.New(into.Type().Elem()).Elem()
			if item != nil {
				if err := c.elem.set(element, item); err != nil {
					return err
				}
			}
			m.SetMapIndex(reflect.ValueOf(name).Convert(into.Type().Key()), element)
		}
		into.Set(m)
		return nil
	}
	return c.setScalar(into, value)
}

func (c *codec) setScalar(into reflect.Value, value any) error {
	switch c.shape.Type {
	case "string":
		switch s := value.(type) {
		case string:
			into.SetString(s)
			return nil
		case largeText:
			into.SetString(string(s))
			return nil
		}
	case "boolean":
		if b, ok := value.(bool); ok {
			into.SetBool(b)
			return nil
		}
	case "integer", "long":
		if n, ok := value.(json.Number); ok {
			if i, err := n.Int64(); err == nil {
				into.SetInt(i)
				return nil
			}
		}
	case "double":
		if n, ok := value.(json.Number); ok {
			if f, err := n.Float64(); err == nil {
				into.SetFloat(f)
				return nil
			}
		}
	case "timestamp":
		if t, ok := timeOf(value); ok {
			into.Set(reflect.ValueOf(t))
			return nil
		}
	case "blob":
		return setBlob(into, value)
	}
	return wrongType(value, c.shape.Type)
}

// setBlob stores bytes that base64 stands for.
func setBlob(into reflect.Value, value any) error {
	var data []byte
	var err error
	switch s := value.(type) {
	case string:
		data, err = base64.StdEncoding.DecodeString(s)
	case largeText:
		data, err = s.decode()
	default:
		return wrongType(value, "blob")
	}
	if err != nil {
		return errSerialization("A binary member is not valid base64")
	}
	into.SetBytes(data)
	return nil
}

// timeOf reads either form of a timestamp: seconds since the epoch, or ISO 8601.
func timeOf(value any) (time.Time, bool) {
	switch v := value.(type) {
	case json.Number:
		if f, err := v.Float64(); err == nil {
			return time.UnixMilli(int64(f * 1000)).UTC(), true
		}
	case string:
		if t, err := time.Parse(time.RFC3339, v); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}

// javaNames are the names that the service's messages use for JSON types. Recorded.
var javaNames = map[string]string{"string": "String", "boolean": "Boolean", "integer": "Integer", "long": "Long", "double": "Double"}

// wrongType is the answer to a member of another JSON type. Spec: control-plane 3.2, recorded for booleans and numbers.
func wrongType(value any, want string) *Error {
	name := javaNames[want]
	switch value.(type) {
	case bool:
		return errSerialization("class java.lang.Boolean can not be converted to an " + name)
	case json.Number:
		return errSerialization("class com.amazon.coral.value.json.numbers.TruncatingBigNumber can not be converted to an " + name)
	case string, largeText:
		return errSerialization("class java.lang.String can not be converted to an " + name)
	case map[string]any:
		return errSerialization("Start of structure or map found where not expected.")
	case []any:
		return errSerialization("Start of list found where not expected")
	}
	return errSerialization(fmt.Sprintf("unexpected value for %s", want))
}
