package iam

import "strings"

// Keys holds the condition keys of one request. The zero value has none. Names are compared without case; setting a key
// again replaces it. A Keys must not change while a policy is evaluated.
type Keys struct{ list []contextKey }

type contextKey struct {
	name  string
	one   [1]Value // a single value lives here and costs no slice
	many  []Value
	multi bool
}

// Set gives a key its single value.
func (k *Keys) Set(name string, v Value) { *k.slot(name) = contextKey{name: name, one: [1]Value{v}} }

// SetAll makes a multi-valued key: one for which policies use ForAllValues and ForAnyValue. Without values the key counts
// as absent. The values are kept, not copied.
func (k *Keys) SetAll(name string, values ...Value) {
	*k.slot(name) = contextKey{name: name, many: values, multi: true}
}

// Reset removes all keys and keeps the room, for the next request.
func (k *Keys) Reset() {
	clear(k.list)
	k.list = k.list[:0]
}

func (k *Keys) slot(name string) *contextKey {
	for i := range k.list {
		if sameKey(k.list[i].name, name) {
			return &k.list[i]
		}
	}
	k.list = append(k.list, contextKey{})
	return &k.list[len(k.list)-1]
}

// lookup gives the values of a key, none when it is absent, and whether it is a multi-valued key.
func (k *Keys) lookup(name string) (values []Value, multi bool) {
	for i := range k.list {
		e := &k.list[i]
		if !sameKey(e.name, name) {
			continue
		}
		if e.multi {
			return e.many, true
		}
		return e.one[:], false
	}
	return nil, false
}

// sameKey compares names without case. Names of different length differ, which is the common answer and a cheap one.
func sameKey(a, b string) bool { return len(a) == len(b) && strings.EqualFold(a, b) }
