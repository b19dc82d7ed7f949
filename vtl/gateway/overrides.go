package gateway

import (
	"maps"
	"slices"
	"strconv"

	"github.com/gatehouse-gateway/gatehouse/jsontree"
	"github.com/gatehouse-gateway/gatehouse/vtl"
)

// Overrides is $context.requestOverride and $context.responseOverride of one
// request. The zero value is ready. It is not safe for concurrent use.
// Spec: mapping-templates 10.3.
type Overrides struct {
	request, response *overrideMap // nil until a template asks
}

// Override is one overridden parameter. A list gives several values.
type Override struct {
	Name   string
	Values []string
}

// RequestHeaders returns the headers to set in the integration request.
func (o *Overrides) RequestHeaders() []Override { return o.request.overrides("header") }

// RequestQuery returns the query parameters to set in the integration request.
func (o *Overrides) RequestQuery() []Override { return o.request.overrides("querystring") }

// RequestPath returns the path parameters that feed {name} in the URI.
func (o *Overrides) RequestPath() []Override { return o.request.overrides("path") }

// ResponseHeaders returns the headers to set in the method response.
func (o *Overrides) ResponseHeaders() []Override { return o.response.overrides("header") }

// Status returns the status code to answer with, if one from 100 to 599 was
// set. Its text counts too (unconfirmed).
func (o *Overrides) Status() (int, bool) {
	if o.response == nil {
		return 0, false
	}
	v, _ := o.response.Get("status")
	text, err := vtl.Text(v)
	if err != nil {
		return 0, false
	}
	code, err := strconv.Atoi(text)
	return code, err == nil && 100 <= code && code <= 599
}

// Empty reports whether nothing was stored, be it of effect or not.
func (o *Overrides) Empty() bool {
	return o.request.pristine(3) && o.response.pristine(1)
}

// Reset forgets everything.
func (o *Overrides) Reset() { *o = Overrides{} }

func (o *Overrides) requestMap() *overrideMap {
	if o.request == nil {
		o.request = newOverrideMap("path", "header", "querystring")
	}
	return o.request
}

func (o *Overrides) responseMap() *overrideMap {
	if o.response == nil {
		o.response = newOverrideMap("header")
	}
	return o.response
}

// overrideMap is a map that templates fill. It prints nothing. Recorded.
type overrideMap struct{ entries vtl.Map }

func newOverrideMap(members ...string) *overrideMap {
	m := new(overrideMap)
	for _, name := range members {
		m.entries.Put(name, new(overrideMap))
	}
	return m
}

func (m *overrideMap) Get(name string) (vtl.Value, bool) { return m.entries.Get(name) }

func (m *overrideMap) Put(name string, v vtl.Value) vtl.Value { return m.entries.Put(name, v) }

func (m *overrideMap) Remove(name string) vtl.Value { return m.entries.Remove(name) }

func (m *overrideMap) Keys() []string {
	var names []string
	for key := range m.entries.All() {
		names = append(names, key.(string))
	}
	return names
}

// pristine reports whether m is as it was made, with n empty maps in it.
func (m *overrideMap) pristine(n int) bool {
	if m == nil {
		return true
	}
	for _, v := range m.entries.All() {
		if inner, ok := v.(*overrideMap); !ok || inner.entries.Len() > 0 {
			return false
		}
	}
	return m.entries.Len() == n
}

// overrides returns the parameters stored in one of the inner maps. A null
// value is no override (unconfirmed).
func (m *overrideMap) overrides(name string) []Override {
	if m == nil {
		return nil
	}
	var out []Override
	add := func(name string, v vtl.Value) {
		if values := valueTexts(v); len(values) > 0 {
			out = append(out, Override{name, values})
		}
	}
	switch inner, _ := m.entries.Get(name); inner := inner.(type) {
	case *overrideMap:
		for key, v := range inner.entries.All() {
			add(key.(string), v)
		}
	case *vtl.Map: // #set($context.requestOverride.header = {…})
		for key, v := range inner.All() {
			if name, ok := key.(string); ok {
				add(name, v)
			}
		}
	case *jsontree.Object:
		for name, v := range inner.All() {
			add(name, vtl.FromJSON(v))
		}
	}
	return out
}

func valueTexts(v vtl.Value) []string {
	var values []vtl.Value
	switch v := v.(type) {
	case nil:
		return nil
	case *vtl.List:
		values = v.Items
	case *jsontree.Array:
		for _, item := range v.Items {
			values = append(values, vtl.FromJSON(item))
		}
	default:
		values = []vtl.Value{v}
	}
	var out []string
	for _, v := range values {
		if text, err := vtl.Text(v); v != nil && err == nil {
			out = append(out, text)
		}
	}
	return out
}

func sortedKeys(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }

// union returns names with those of more that are missing, as a new slice.
func union(names []string, more ...string) []string {
	out := slices.Clone(names)
	for _, name := range more {
		if !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}
