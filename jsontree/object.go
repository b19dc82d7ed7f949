package jsontree

import (
	"iter"
	"slices"
)

// indexFrom is the number of members above which an object keeps an index.
// Below it, comparing names one by one is faster than hashing.
const indexFrom = 8

// Object is a JSON object: named members in order. The zero value is an empty
// object.
type Object struct {
	members []member
	index   map[string]int // name → place; nil while the object is small
}

type member struct {
	name  string
	value Value
}

// NewObject returns an empty object with room for n members.
func NewObject(n int) *Object { return &Object{members: make([]member, 0, n)} }

// Len returns the number of members.
func (o *Object) Len() int { return len(o.members) }

// Get returns the member with that name.
func (o *Object) Get(name string) (Value, bool) {
	if i := o.find(name); i >= 0 {
		return o.members[i].value, true
	}
	return nil, false
}

// Has reports whether there is a member with that name.
func (o *Object) Has(name string) bool { return o.find(name) >= 0 }

// At returns the member at place i, which must be in range.
func (o *Object) At(i int) (name string, value Value) {
	return o.members[i].name, o.members[i].value
}

// Set gives the named member a value: in its place if it exists, else at the end.
func (o *Object) Set(name string, value Value) {
	if i := o.find(name); i >= 0 {
		o.members[i].value = value
		return
	}
	o.members = append(o.members, member{name, value})
	switch {
	case o.index != nil:
		o.index[name] = len(o.members) - 1
	case len(o.members) > indexFrom:
		o.reindex()
	}
}

// Delete removes the named member and reports whether there was one.
func (o *Object) Delete(name string) bool {
	i := o.find(name)
	if i < 0 {
		return false
	}
	o.members = slices.Delete(o.members, i, i+1)
	if o.index != nil {
		delete(o.index, name)
		for j, m := range o.members[i:] {
			o.index[m.name] = i + j
		}
	}
	return true
}

// All goes through the members in order. The object must not gain or lose
// members meanwhile.
func (o *Object) All() iter.Seq2[string, Value] {
	return func(yield func(string, Value) bool) {
		for i := range o.members {
			if !yield(o.members[i].name, o.members[i].value) {
				return
			}
		}
	}
}

func (o *Object) find(name string) int {
	if o.index != nil {
		if i, ok := o.index[name]; ok {
			return i
		}
		return -1
	}
	for i := range o.members {
		if o.members[i].name == name {
			return i
		}
	}
	return -1
}

func (o *Object) reindex() {
	o.index = make(map[string]int, 2*len(o.members))
	for i := range o.members {
		o.index[o.members[i].name] = i
	}
}
