package web

import (
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/jsontree"
)

// origin is where an event comes from, and so the form of its answer.
type origin int

const (
	passThrough  origin = iota // none of the others: the answer is any JSON
	proxyV1                    // a REST API, or format 1.0 of an HTTP API
	proxyV2                    // format 2.0 of an HTTP API, or a function URL
	loadBalancer               // an Application Load Balancer
)

// request is an HTTP request as an event describes it.
type request struct {
	origin  origin
	method  string
	path    string // as in the event
	query   string // encoded
	header  []field
	body    []byte
	context []byte // the event's requestContext as JSON
}

type field struct{ name, value string }

// parse reads an event. What is no HTTP request is a passThrough.
func parse(event []byte) (request, error) {
	tree, err := jsontree.Parse(event, jsontree.Limits{})
	if err != nil {
		return request{}, fmt.Errorf("the event is no JSON: %w", err)
	}
	root, _ := tree.(*jsontree.Object)
	context := object(root, "requestContext")
	http := object(context, "http")
	var r request
	switch {
	case context != nil && has(root, "httpMethod") && has(root, "path"):
		r = request{origin: proxyV1, method: text(root, "httpMethod"), path: text(root, "path")}
		if object(context, "elb") != nil {
			r.origin = loadBalancer
		}
		r.query = r.parameters(root)
		err = r.multiHeader(root)
	case has(http, "method") && has(root, "rawPath"):
		r = request{origin: proxyV2, method: text(http, "method"), path: text(root, "rawPath"), query: encodeQuery(text(root, "rawQueryString"))}
		err = r.singleHeader(root)
	default:
		return request{origin: passThrough, method: "POST", header: []field{{"content-type", "application/json"}}, body: event, context: []byte("null")}, nil
	}
	if err != nil {
		return request{}, err
	}
	r.context = jsontree.Append(nil, context)
	if r.body, err = bodyOf(root); err != nil {
		return request{}, err
	}
	return r, nil
}

// object is a member that is an object; nil: there is none.
func object(o *jsontree.Object, name string) *jsontree.Object {
	if o == nil {
		return nil
	}
	v, _ := o.Get(name)
	member, _ := v.(*jsontree.Object)
	return member
}

// text is a member that is a string; "": there is none.
func text(o *jsontree.Object, name string) string {
	if o == nil {
		return ""
	}
	v, _ := o.Get(name)
	s, _ := v.(string)
	return s
}

// has reports whether a member is a string with something in it.
func has(o *jsontree.Object, name string) bool { return text(o, name) != "" }

func bodyOf(root *jsontree.Object) ([]byte, error) {
	body := text(root, "body")
	if encoded, _ := root.Get("isBase64Encoded"); encoded != true {
		return []byte(body), nil
	}
	decoded, err := base64.StdEncoding.DecodeString(body)
	if err != nil {
		return nil, fmt.Errorf("the body of the event is no base64: %w", err)
	}
	return decoded, nil
}

// parameters are the query of an event that has it taken apart: of all values of a name if the event has them.
func (r *request) parameters(root *jsontree.Object) string {
	names := object(root, "multiValueQueryStringParameters")
	if names == nil || names.Len() == 0 {
		names = object(root, "queryStringParameters")
	}
	if names == nil {
		return ""
	}
	var query strings.Builder
	for name, value := range names.All() {
		for _, v := range values(value) {
			if query.Len() > 0 {
				query.WriteByte('&')
			}
			query.WriteString(r.component(name) + "=" + r.component(v))
		}
	}
	return query.String()
}

// component encodes a name or value of a query. A load balancer leaves them as the client encoded them.
func (r *request) component(s string) string {
	if r.origin == loadBalancer {
		s = decodeComponent(s)
	}
	return encodeComponent(s)
}

// values are the strings of a value that is one, or a list of them.
func values(v jsontree.Value) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case *jsontree.Array:
		var all []string
		for _, item := range v.Items {
			if s, ok := item.(string); ok {
				all = append(all, s)
			}
		}
		return all
	}
	return nil
}

// multiHeader takes multiValueHeaders, and of headers those that are not among them.
func (r *request) multiHeader(root *jsontree.Object) error {
	seen := map[string]bool{}
	for _, member := range []string{"multiValueHeaders", "headers"} {
		names := object(root, member)
		if names == nil {
			continue
		}
		for name, value := range names.All() {
			lower := strings.ToLower(name)
			if member == "headers" && seen[lower] {
				continue
			}
			seen[lower] = true
			if err := r.add(lower, values(value)); err != nil {
				return err
			}
		}
	}
	return nil
}

// singleHeader takes headers, and puts the cookies back into one.
func (r *request) singleHeader(root *jsontree.Object) error {
	if names := object(root, "headers"); names != nil {
		for name, value := range names.All() {
			if err := r.add(strings.ToLower(name), values(value)); err != nil {
				return err
			}
		}
	}
	cookies, _ := root.Get("cookies")
	if list := values(cookies); len(list) > 0 {
		r.set("cookie", "")
		return r.add("cookie", []string{strings.Join(list, ";")})
	}
	return nil
}

// add adds a field for each value.
func (r *request) add(name string, values []string) error {
	for _, value := range values {
		if !validName(name) || !validValue(value) {
			return fmt.Errorf("the event has a header %q that HTTP does not allow", name)
		}
		r.header = append(r.header, field{name, value})
	}
	return nil
}

// set makes value the only one of name, which is in lower case; "" takes it away.
func (r *request) set(name, value string) {
	kept := r.header[:0]
	for _, f := range r.header {
		if f.name != name {
			kept = append(kept, f)
		}
	}
	if r.header = kept; value != "" {
		r.header = append(r.header, field{name, value})
	}
}

// get is the first value of a header whose name is in lower case.
func (r *request) get(name string) string {
	for _, f := range r.header {
		if f.name == name {
			return f.value
		}
	}
	return ""
}
