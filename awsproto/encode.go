package awsproto

import (
	"encoding/base64"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// encode writes an output: its status, its header members, its body. Absent members are left out; empty lists and maps that
// are there are written. Spec: control-plane 2.
func (c *codec) encode(op *Operation, output any) (*Response, error) {
	res := &Response{Status: op.Success}
	value := reflect.ValueOf(output)
	if value.Kind() != reflect.Pointer || value.IsNil() || len(c.fields) == 0 {
		return res, nil
	}
	value = value.Elem()
	var inBody []fieldCodec
	for _, f := range c.fields {
		field := value.Field(f.index)
		switch f.Location {
		case "header":
			if text, ok := f.codec.text(field); ok {
				res.add(f.Wire(), text)
			}
		case "status":
			if !isNil(field) {
				res.Status = int(field.Elem().Int())
			}
		case "payload":
			f.encodePayload(res, field)
		case "headers":
		default:
			inBody = append(inBody, f)
		}
	}
	if len(inBody) > 0 {
		res.add("Content-Type", contentTypeJSON)
		res.Body = appendFields(nil, value, inBody)
	}
	return res, nil
}

// encodePayload writes the member that is the whole body.
func (f *fieldCodec) encodePayload(res *Response, field reflect.Value) {
	if f.codec.shape.Type == "blob" {
		res.Body = field.Bytes()
		return
	}
	if !isNil(field) {
		res.add("Content-Type", contentTypeJSON)
		res.Body = f.codec.append(nil, indirect(field), f.TimestampFormat)
	}
}

func isNil(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		return v.IsNil()
	}
	return false
}

func indirect(v reflect.Value) reflect.Value {
	if v.Kind() == reflect.Pointer {
		return v.Elem()
	}
	return v
}

// text is the form of a scalar in a header.
func (c *codec) text(field reflect.Value) (string, bool) {
	if isNil(field) {
		return "", false
	}
	switch v := indirect(field).Interface().(type) {
	case string:
		return v, true
	case bool:
		return strconv.FormatBool(v), true
	case int64:
		return strconv.FormatInt(v, 10), true
	case time.Time:
		return v.UTC().Format(time.RFC1123), true
	}
	return "", false
}

func appendFields(dst []byte, value reflect.Value, fields []fieldCodec) []byte {
	dst = append(dst, '{')
	first := true
	for _, f := range fields {
		field := value.Field(f.index)
		if isNil(field) {
			continue
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = appendString(dst, f.Wire())
		dst = append(dst, ':')
		dst = f.codec.append(dst, indirect(field), f.TimestampFormat)
	}
	return append(dst, '}')
}

// append writes a value as JSON.
func (c *codec) append(dst []byte, v reflect.Value, timestampFormat string) []byte {
	switch c.shape.Type {
	case "structure":
		return appendFields(dst, v, c.fields)
	case "list":
		dst = append(dst, '[')
		for i := range v.Len() {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = c.elem.append(dst, v.Index(i), timestampFormat)
		}
		return append(dst, ']')
	case "map":
		return c.appendMap(dst, v, timestampFormat)
	}
	return c.appendScalar(dst, v, timestampFormat)
}

// appendMap writes a map with its keys sorted, so that answers are the same every time.
func (c *codec) appendMap(dst []byte, v reflect.Value, timestampFormat string) []byte {
	keys := v.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
	dst = append(dst, '{')
	for i, key := range keys {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendString(dst, key.String())
		dst = append(dst, ':')
		if value := v.MapIndex(key); c.shape.EmptyIsNull && value.Kind() == reflect.String && value.Len() == 0 {
			dst = append(dst, "null"...)
		} else {
			dst = c.elem.append(dst, value, timestampFormat)
		}
	}
	return append(dst, '}')
}

func (c *codec) appendScalar(dst []byte, v reflect.Value, timestampFormat string) []byte {
	switch x := v.Interface().(type) {
	case string:
		return appendString(dst, x)
	case bool:
		return strconv.AppendBool(dst, x)
	case int64:
		return strconv.AppendInt(dst, x, 10)
	case float64:
		return appendFloat(dst, x)
	case []byte:
		return appendString(dst, base64.StdEncoding.EncodeToString(x))
	case time.Time:
		if timestampFormat == "iso8601" || c.shape.TimestampFormat == "iso8601" {
			return appendString(dst, x.UTC().Format("2006-01-02T15:04:05Z"))
		}
		return strconv.AppendInt(dst, x.Unix(), 10)
	}
	return append(dst, "null"...)
}

// appendFloat writes a double with a decimal point, as the service does.
func appendFloat(dst []byte, f float64) []byte {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return append(dst, "null"...)
	}
	start := len(dst)
	dst = strconv.AppendFloat(dst, f, 'f', -1, 64)
	if !strings.Contains(string(dst[start:]), ".") {
		dst = append(dst, ".0"...)
	}
	return dst
}
