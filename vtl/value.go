package vtl

import (
	"fmt"
	"iter"
	"math/big"
	"slices"

	"github.com/gatehouse-gateway/gatehouse/jsontree"
)

// Value is what an expression yields. The values of a template are
//
//	nil                 null, also for everything that does not exist
//	bool, string
//	int64, *big.Int     integers; big ones only beyond 64 bits
//	float64             decimals
//	jsontree.Number     a decimal with more digits than a float64 holds
//	*jsontree.Array     a JSON array, *jsontree.Object a JSON object
//	*List, *Map         made by the template, or by a method
//	Mapping and others  what the Scope brought in
//
// plus entries of maps, blocks of #define and the $foreach of a loop, which
// never leave a run alive.
type Value any

// Scope gives the variables that a template finds without setting them. A name
// is asked for once per run.
type Scope interface {
	Lookup(name string) (Value, bool)
}

// Object is a host value with properties: $o.name and $o["name"].
type Object interface {
	Get(name string) (Value, bool)
}

// PathObject is an Object that knows members of its members by a path of names
// with dots between them. What it does not know is looked up name by name.
type PathObject interface {
	Object
	GetPath(path string) (v Value, known bool)
}

// Printer is a Caller that can print what a method of one argument gives right
// to the output. known tells whether it can; if not, Call is asked. It must not
// change what is in dst.
type Printer interface {
	Caller
	Print(env *Env, dst []byte, method string, arg Value) (out []byte, known bool, err error)
}

// Mapping is an Object that reads like a map: get, containsKey, keySet, values,
// entrySet, size and #foreach work on it. It prints nothing unless it is a
// Texter.
type Mapping interface {
	Object
	Keys() []string
}

// MutableMapping is a Mapping that templates may change: with #set, put, remove
// and their like. Put returns the value it replaces, Remove the one it removes.
type MutableMapping interface {
	Mapping
	Put(name string, v Value) (old Value)
	Remove(name string) (old Value)
}

// Caller is a host value with methods of its own. They come before those that
// it has as a Mapping; known tells whether there was one of that name. A method
// must not keep args.
type Caller interface {
	Call(env *Env, method string, args []Value) (v Value, known bool, err error)
}

// Texter is a host value that prints as something.
type Texter interface{ Text() string }

// Map is an ordered map made by a template. The zero value is an empty map.
// Keys are compared like Java does: "1" and 1 are different keys.
type Map struct {
	entries []entry
	index   map[mapKey]int // nil while the map is small
}

// entry is a member of a map.
type entry struct{ key, value Value }

type mapKey struct {
	kind kind
	text string
}

// indexFrom is the number of entries above which a map keeps an index.
const indexFrom = 8

func keyOf(key Value) mapKey {
	switch k := key.(type) {
	case string:
		return mapKey{kindString, k}
	case long:
		return mapKey{kindInt, scalarText(k) + "L"}
	case int64, float64, bool, nil, char, *big.Int, jsontree.Number:
		return mapKey{kindOf(k), scalarText(k)}
	}
	return mapKey{kindOf(key), fmt.Sprintf("%p", key)} // containers: by identity
}

// Len returns the number of entries.
func (m *Map) Len() int { return len(m.entries) }

// Get returns the value of a key.
func (m *Map) Get(key Value) (Value, bool) {
	if i := m.find(key); i >= 0 {
		return m.entries[i].value, true
	}
	return nil, false
}

// named is Get for a name, without a Value made of it.
func (m *Map) named(name string) Value {
	i := -1
	if m.index == nil {
		i = slices.IndexFunc(m.entries, func(e entry) bool { return e.key == name })
	} else if place, ok := m.index[mapKey{kindString, name}]; ok {
		i = place
	}
	if i < 0 {
		return nil
	}
	return m.entries[i].value
}

// Put sets the value of a key and returns the one it replaces, if any.
func (m *Map) Put(key, value Value) (old Value) {
	if i := m.find(key); i >= 0 {
		old, m.entries[i].value = m.entries[i].value, value
		return old
	}
	m.entries = append(m.entries, entry{key, value})
	switch {
	case m.index != nil:
		m.index[keyOf(key)] = len(m.entries) - 1
	case len(m.entries) > indexFrom:
		m.reindex()
	}
	return nil
}

// Remove deletes a key and returns its value.
func (m *Map) Remove(key Value) (old Value) {
	i := m.find(key)
	if i < 0 {
		return nil
	}
	old = m.entries[i].value
	m.entries = append(m.entries[:i:i], m.entries[i+1:]...)
	if m.index != nil {
		m.reindex()
	}
	return old
}

// All goes through the entries in the order in which their keys came.
func (m *Map) All() iter.Seq2[Value, Value] {
	return func(yield func(Value, Value) bool) {
		for _, e := range m.entries {
			if !yield(e.key, e.value) {
				return
			}
		}
	}
}

func (m *Map) find(key Value) int {
	if name, ok := key.(string); ok && m.index == nil {
		for i := range m.entries {
			if m.entries[i].key == name {
				return i
			}
		}
		return -1
	}
	k := keyOf(key)
	if m.index != nil {
		if i, ok := m.index[k]; ok {
			return i
		}
		return -1
	}
	for i := range m.entries {
		if keyOf(m.entries[i].key) == k {
			return i
		}
	}
	return -1
}

func (m *Map) reindex() {
	m.index = make(map[mapKey]int, 2*len(m.entries))
	for i := range m.entries {
		m.index[keyOf(m.entries[i].key)] = i
	}
}

// List is a list made by a template, the array of String.split, or the copy of
// a map's keys. The zero value is an empty list.
type List struct {
	Items []Value
	set   bool // add keeps values unique
	fixed bool // an array: it cannot grow or shrink
}

// loop is the $foreach of one loop.
type loop struct {
	index   int
	hasNext bool
	parent  *loop
	own     *Map // what the template stored in it
}

// block is the value of a variable that #define made.
type block struct {
	body    []node
	frame   *frame   // where it was defined, for the parameters of a macro
	program *Program // a block that was carried to another program is empty there
}

// kind is the kind of a Value, as far as methods and comparison care.
type kind uint8

const (
	kindNull kind = iota
	kindBool
	kindString
	kindInt
	kindDouble
	kindList
	kindMap
	kindEntry
	kindIterator
	kindLoop
	kindBlock
	kindChar
	kindHost
)

func kindOf(v Value) kind {
	switch v.(type) {
	case nil:
		return kindNull
	case bool:
		return kindBool
	case string:
		return kindString
	case int64, long, *big.Int:
		return kindInt
	case char:
		return kindChar
	case float64, jsontree.Number:
		return kindDouble
	case *jsontree.Array, *List, *view:
		return kindList
	case *jsontree.Object, *Map, Mapping:
		return kindMap
	case *memberEntry:
		return kindEntry
	case *iterator:
		return kindIterator
	case *loop:
		return kindLoop
	case *block:
		return kindBlock
	}
	return kindHost
}

// truth is the condition of #if: everything but null and false.
func truth(v Value) bool { return v != nil && v != false }

// fromJSON turns an item of a JSON tree into a Value.
func fromJSON(v jsontree.Value) Value {
	switch v := v.(type) {
	case jsontree.Null:
		return nil
	case jsontree.Number:
		return FromNumber(v)
	}
	return v
}

// FromJSON returns a JSON value as a template sees it.
func FromJSON(v jsontree.Value) Value { return fromJSON(v) }

// toJSON makes a Value fit to stand in a JSON tree. Containers stay what they
// are, so that they can still change.
func toJSON(v Value) jsontree.Value {
	switch v := v.(type) {
	case nil:
		return jsontree.Null{}
	case int64, long, *big.Int, float64:
		return jsontree.Number(scalarText(v))
	case char:
		return string(v)
	}
	return v
}
