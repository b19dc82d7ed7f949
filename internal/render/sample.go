package render

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/jsontree"
	"github.com/gatehouse-gateway/gatehouse/vtl/gateway"
)

// Sample is what a template sees: a request, and for a response template what the integration answered.
type Sample struct {
	Body           []byte
	Header         []gateway.Param // the last value of repeated ones, as templates see them
	Query          []gateway.Param
	Path           []gateway.Param
	Context        *Context
	StageVariables map[string]string
	// Response is nil for a request template.
	Response *Response
}

// Response is a sample of what an integration answered.
type Response struct {
	Status int
	Body   []byte
}

// NewSample is an empty GET request on a stage called test.
func NewSample() *Sample {
	return &Sample{Context: NewContext(), StageVariables: make(map[string]string)}
}

// maxSample bounds a sample in bytes: a payload at its limit, and room for the rest.
const maxSample = 12 << 20

// ParseSample reads a sample; name is for messages.
func ParseSample(name string, data []byte) (*Sample, error) {
	s := NewSample()
	if err := s.read(data); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return s, nil
}

func (s *Sample) read(data []byte) error {
	if len(data) > maxSample {
		return fmt.Errorf("larger than %d bytes", maxSample)
	}
	tree, err := jsontree.Parse(data, jsontree.Limits{})
	if err != nil {
		return err
	}
	root, ok := tree.(*jsontree.Object)
	if !ok {
		return errors.New("must be a JSON object")
	}
	for name, v := range root.All() {
		if err := s.set(name, v); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// members are the names a sample may have.
var members = []string{"body", "context", "headers", "path", "querystring", "response", "stageVariables"}

func (s *Sample) set(name string, v jsontree.Value) (err error) {
	switch name {
	case "body":
		s.Body = text(v)
	case "headers":
		s.Header, err = params(v)
	case "querystring":
		s.Query, err = params(v)
	case "path":
		s.Path, err = params(v)
	case "context":
		err = s.Context.merge("", v)
	case "stageVariables":
		err = s.variables(v)
	case "response":
		s.Response, err = response(v)
	default:
		return fmt.Errorf("unknown member; a sample has %s", strings.Join(members, ", "))
	}
	return err
}

// text is a body as it is sent: a string as it is, anything else as compact JSON; null is none.
func text(v jsontree.Value) []byte {
	switch v := v.(type) {
	case string:
		return []byte(v)
	case jsontree.Null:
		return nil
	}
	return jsontree.Append(nil, v)
}

// params reads an object of parameters: strings, numbers, booleans, or lists of them, of which the last counts.
func params(v jsontree.Value) ([]gateway.Param, error) {
	obj, ok := v.(*jsontree.Object)
	if !ok {
		return nil, errors.New("must be an object")
	}
	var list []gateway.Param
	for name, member := range obj.All() {
		if many, ok := member.(*jsontree.Array); ok {
			if len(many.Items) == 0 {
				continue
			}
			member = many.Items[len(many.Items)-1]
		}
		value, err := scalar(member)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		list = append(list, gateway.Param{Name: name, Value: value})
	}
	return list, nil
}

func scalar(v jsontree.Value) (string, error) {
	switch v := v.(type) {
	case string:
		return v, nil
	case jsontree.Number, bool:
		return string(jsontree.Append(nil, v)), nil
	}
	return "", errors.New("must be a string, a number or a boolean")
}

func (s *Sample) variables(v jsontree.Value) error {
	list, err := params(v)
	for _, p := range list {
		s.StageVariables[p.Name] = p.Value
	}
	return err
}

func response(v jsontree.Value) (*Response, error) {
	obj, ok := v.(*jsontree.Object)
	if !ok {
		return nil, errors.New("must be an object")
	}
	r := &Response{Status: 200}
	for name, member := range obj.All() {
		switch name {
		case "body":
			r.Body = text(member)
		case "statusCode":
			n, ok := member.(jsontree.Number)
			status, whole := n.Int64()
			if !ok || !whole {
				return nil, errors.New("statusCode must be a whole number")
			}
			r.Status = int(status)
		case "headers":
			if _, err := params(member); err != nil { // templates cannot see them; they are checked all the same
				return nil, fmt.Errorf("headers: %w", err)
			}
		default:
			return nil, fmt.Errorf("unknown member %q; a response has statusCode, headers, body", name)
		}
	}
	return r, nil
}

// SetParam adds or replaces a parameter.
func SetParam(list []gateway.Param, name, value string) []gateway.Param {
	i := slices.IndexFunc(list, func(p gateway.Param) bool { return p.Name == name })
	if i < 0 {
		return append(list, gateway.Param{Name: name, Value: value})
	}
	list[i].Value = value
	return list
}

// ParseResponse reads a sample of an integration response on its own; name is for messages.
func ParseResponse(name string, data []byte) (*Response, error) {
	if len(data) > maxSample {
		return nil, fmt.Errorf("%s: larger than %d bytes", name, maxSample)
	}
	tree, err := jsontree.Parse(data, jsontree.Limits{})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	r, err := response(tree)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return r, nil
}
