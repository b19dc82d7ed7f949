package lint

import (
	"encoding/base64"
	"slices"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/vtl"
)

func encodeBase64(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

// origin says whose text a value holds that nothing has escaped.
type origin uint8

const (
	fromClient origin = 1 << iota
	fromBackend
)

// value is what is known of a value while a template is followed.
type value struct {
	raw    origin // text of others that is in it, not escaped
	shape  *shape // where it stands in the sample, if it is a part of that
	json   bool   // it is text that is JSON: what $input.json gives
	direct bool   // it is the result of $input.path or a member of it, or a parameter: printed without quotes or escapes
	param  bool   // it is a parameter: always text
	host   string // it is an object of the gateway: input, params, params.header …, context …, util
	block  []*vtl.Part
}

// numeric are methods that give numbers or booleans.
var numeric = []string{"size", "length", "isEmpty", "contains", "containsKey", "containsValue", "containsAll", "startsWith", "endsWith", "equals",
	"equalsIgnoreCase", "matches", "indexOf", "lastIndexOf", "hashCode", "compareTo", "compareToIgnoreCase", "intValue", "longValue", "doubleValue",
	"parseInt", "parseLong", "parseDouble", "booleanValue", "count", "codePointAt"}

// Methods that only lists, maps or texts have.
var (
	listOnly = []string{"add", "addAll", "subList", "toArray", "removeAll", "size", "iterator"}
	mapOnly  = []string{"keySet", "entrySet", "values", "containsKey", "put", "getOrDefault"}
	textOnly = []string{"length", "substring", "startsWith", "endsWith", "replace", "replaceAll", "replaceFirst", "matches", "split", "trim",
		"toLowerCase", "toUpperCase", "concat", "charAt", "equalsIgnoreCase"}
)

// step follows one link.
func (f *flow) step(v value, l *vtl.Link) value {
	if v.host != "" {
		return f.hostStep(v, l)
	}
	if name := memberName(l); name != "" {
		if v.shape != nil && (v.shape.kind == textShape || v.shape.kind == numberShape) {
			return value{}
		}
		return value{raw: v.raw, shape: v.shape.child(name), direct: v.direct}
	}
	switch {
	case l.Index != nil:
		f.expr(l.Index)
		return f.indexed(v, l.Index)
	case l.Name == "get" && len(l.Args) == 1:
		f.expr(l.Args[0])
		return f.indexed(v, l.Args[0])
	}
	return f.method(v, l)
}

// indexed is an element of a list, or a member whose name is only known when it runs.
func (f *flow) indexed(v value, by *vtl.Expr) value {
	if by.Kind == vtl.ExprNumber {
		return value{raw: v.raw, shape: v.shape.element(), direct: v.direct}
	}
	return value{raw: v.raw}
}

func (f *flow) method(v value, l *vtl.Link) value {
	var args origin
	for _, a := range l.Args {
		args |= f.expr(a).raw
	}
	if v.shape != nil {
		switch {
		case slices.Contains(mapOnly, l.Name):
			v.shape.become(objectShape)
		case slices.Contains(listOnly, l.Name):
			v.shape.become(listShape)
		case slices.Contains(textOnly, l.Name):
			v.shape.become(textShape)
		}
	}
	switch {
	case slices.Contains(numeric, l.Name):
		if v.shape != nil && (l.Name == "size" || l.Name == "isEmpty") {
			v.shape.asked = true
		}
		return value{}
	case l.Name == "toString":
		return v
	case l.Name == "replace" || l.Name == "replaceAll":
		if len(l.Args) == 2 {
			if what, ok := constant(l.Args[0]); ok && (strings.Contains(what, `"`) || strings.Contains(what, "[^")) {
				return value{} // somebody escapes or drops quotes by hand
			}
		}
		return value{raw: v.raw | args, json: v.json}
	case l.Name == "put" || l.Name == "add":
		return value{}
	}
	return value{raw: v.raw | args}
}

// hostStep follows a link from an object of the gateway.
func (f *flow) hostStep(v value, l *vtl.Link) value {
	switch v.host {
	case "input":
		return f.inputStep(l)
	case "util":
		return f.utilStep(l)
	case "params":
		if name := memberName(l); slices.Contains(paramPlaces, name) {
			return value{host: "params." + name, raw: fromClient}
		}
		if l.Call && l.Name == "keySet" { // path, querystring and header, whatever the client sends
			return value{}
		}
		return value{raw: fromClient}
	case "stageVariables":
		if name := memberName(l); name != "" {
			return value{shape: f.named(f.variables, name)}
		}
		return value{}
	}
	if where, ok := strings.CutPrefix(v.host, "params."); ok {
		if name := memberName(l); name != "" {
			return f.parameter(where, name)
		}
		return value{raw: fromClient}
	}
	return f.contextStep(v, l)
}

func (f *flow) inputStep(l *vtl.Link) value {
	from := fromClient
	if f.response {
		from = fromBackend
	}
	for _, a := range l.Args {
		f.expr(a)
	}
	switch {
	case l.Name == "body":
		return value{raw: from, shape: f.body, json: true, direct: false}
	case l.Name == "params" && len(l.Args) == 0:
		return value{host: "params", raw: fromClient}
	case l.Name == "params" && len(l.Args) == 1:
		if name, ok := constant(l.Args[0]); ok {
			return f.parameter(f.params[name], name)
		}
		return value{raw: fromClient, param: true, direct: true}
	case (l.Name == "path" || l.Name == "json") && len(l.Args) == 1:
		v := value{raw: from, json: l.Name == "json", direct: l.Name == "path"}
		if path, ok := constant(l.Args[0]); ok {
			if found, exact := f.body.ofPath(path); exact {
				v.shape = found
			}
		}
		return v
	}
	return value{}
}

// parameter is one of the client's parameters; where is "" when the method does not declare it.
func (f *flow) parameter(where, name string) value {
	if where == "" {
		where = "querystring"
	}
	if f.sent[where] == nil {
		f.sent[where] = new(shape)
	}
	s := f.named(f.sent[where], name)
	if s != nil {
		s.become(textShape)
	}
	return value{raw: fromClient, shape: s, param: true, direct: true}
}

// named is the shape of a member of a map that has texts only.
func (f *flow) named(s *shape, name string) *shape { return s.child(name) }

func (f *flow) utilStep(l *vtl.Link) value {
	if len(l.Args) != 1 {
		return value{}
	}
	v := f.expr(l.Args[0])
	switch l.Name {
	case "parseJson":
		return value{raw: v.raw, shape: v.shape.jsonOr(v.json), direct: true}
	case "base64Decode":
		if v.shape != nil && v.shape.kind <= textShape && v.shape.kind != objectShape && v.shape.kind != listShape {
			v.shape.become(textShape)
			v.shape.base64 = true
		}
		return value{raw: v.raw, shape: v.shape}
	case "urlDecode":
		return value{raw: v.raw, shape: v.shape}
	}
	return value{} // escaped or encoded
}

// jsonOr is the shape of what the text holds; of text that is the JSON of a part it is that part.
func (s *shape) jsonOr(ofPart bool) *shape {
	if ofPart {
		return s
	}
	return s.json()
}

// clientContext are the members of $context that hold what the client sent.
var clientContext = map[string]bool{"path": true, "identity.userAgent": true, "authorizer": true}

func (f *flow) contextStep(v value, l *vtl.Link) value {
	name := memberName(l)
	for _, a := range l.Args {
		f.expr(a)
	}
	if name == "" {
		return value{raw: v.raw}
	}
	full := strings.TrimPrefix(v.host+"."+name, "context.")
	if strings.HasPrefix(full, "requestOverride") || strings.HasPrefix(full, "responseOverride") {
		return value{host: "context." + full, raw: f.overrides}
	}
	raw := v.raw
	if clientContext[full] && full != "authorizer.integrationLatency" {
		raw = fromClient
	}
	if slices.Contains([]string{"identity", "authorizer", "authorizer.claims", "identity.clientCert", "identity.clientCert.validity"}, full) {
		return value{host: "context." + full, raw: raw}
	}
	s := f.named(f.context, full)
	if s != nil {
		s.become(textShape)
	}
	return value{raw: raw, shape: s}
}
