package vtl

import "github.com/gatehouse-gateway/gatehouse/jsontree"

// Cost in bytes of one place in a list and of one entry in a map.
const (
	itemBytes  = 16
	entryBytes = 96
)

// items reads and changes any kind of list.
type items struct {
	list *List
	json *jsontree.Array
}

func itemsOf(v Value) items {
	switch v := v.(type) {
	case *List:
		return items{list: v}
	case *jsontree.Array:
		return items{json: v}
	case *view:
		return items{list: v.list()}
	}
	return items{list: &List{}}
}

func (l items) len() int {
	if l.json != nil {
		return len(l.json.Items)
	}
	return len(l.list.Items)
}

func (l items) at(i int) Value {
	if l.json != nil {
		return fromJSON(l.json.Items[i])
	}
	return l.list.Items[i]
}

// raw returns an item as it is stored.
func (l items) raw(i int) Value {
	if l.json != nil {
		return l.json.Items[i]
	}
	return l.list.Items[i]
}

func (l items) set(i int, v Value) {
	if l.json != nil {
		l.json.Items[i] = toJSON(v)
		return
	}
	l.list.Items[i] = v
}

func (l items) insert(i int, v Value) {
	if l.json != nil {
		l.json.Items = inserted(l.json.Items, i, toJSON(v))
		return
	}
	l.list.Items = inserted(l.list.Items, i, v)
}

func (l items) remove(i int) {
	if l.json != nil {
		l.json.Items = append(l.json.Items[:i], l.json.Items[i+1:]...)
		return
	}
	l.list.Items = append(l.list.Items[:i], l.list.Items[i+1:]...)
}

func inserted[V any](s []V, i int, v V) []V {
	s = append(s, v)
	copy(s[i+1:], s[i:])
	s[i] = v
	return s
}

// copied returns the items as a slice of its own.
func (l items) copied() []Value {
	out := make([]Value, l.len())
	for i := range out {
		out[i] = l.at(i)
	}
	return out
}

// members reads and changes any kind of map. A Mapping changes only if it is a
// MutableMapping.
type members struct {
	own  *Map
	json *jsontree.Object
	host Mapping
}

func membersOf(v Value) members {
	switch v := v.(type) {
	case *Map:
		return members{own: v}
	case *jsontree.Object:
		return members{json: v}
	case Mapping:
		return members{host: v}
	}
	return members{own: &Map{}}
}

func (m members) len() int {
	switch {
	case m.json != nil:
		return m.json.Len()
	case m.host != nil:
		return len(m.host.Keys())
	}
	return m.own.Len()
}

func (m members) get(key Value) (Value, bool) {
	if m.own != nil {
		return m.own.Get(key)
	}
	name, ok := key.(string)
	if !ok {
		return nil, false
	}
	if m.host != nil {
		return m.host.Get(name)
	}
	v, ok := m.json.Get(name)
	return fromJSON(v), ok
}

// put sets a member and returns the value it replaces.
func (m members) put(key, value Value) (old Value) {
	switch {
	case m.own != nil:
		return m.own.Put(key, value)
	case m.json != nil:
		name := memberName(key)
		v, _ := m.json.Get(name)
		m.json.Set(name, toJSON(value))
		return fromJSON(v)
	}
	if host, ok := m.host.(MutableMapping); ok {
		return host.Put(scalarText(key), value)
	}
	return nil
}

// memberName is a key as the name of a JSON member.
func memberName(key Value) string {
	if key == nil {
		return "null"
	}
	return scalarText(key)
}

func (m members) remove(key Value) (old Value) {
	switch {
	case m.own != nil:
		return m.own.Remove(key)
	case m.json != nil:
		name := scalarText(key)
		v, _ := m.json.Get(name)
		m.json.Delete(name)
		return fromJSON(v)
	}
	if host, ok := m.host.(MutableMapping); ok {
		return host.Remove(scalarText(key))
	}
	return nil
}

func (m members) clear() {
	switch {
	case m.own != nil:
		*m.own = Map{}
	case m.json != nil:
		*m.json = jsontree.Object{}
	default:
		for _, name := range m.host.Keys() {
			m.remove(name)
		}
	}
}

// entries returns the members in order. Changing the map does not change them.
func (m members) entries() []entry {
	switch {
	case m.own != nil:
		return m.own.entries
	case m.json != nil:
		out := make([]entry, 0, m.json.Len())
		for name, v := range m.json.All() {
			out = append(out, entry{name, fromJSON(v)})
		}
		return out
	}
	keys := m.host.Keys()
	out := make([]entry, 0, len(keys))
	for _, name := range keys {
		v, _ := m.host.Get(name)
		out = append(out, entry{name, v})
	}
	return out
}

func jsonItems(list []Value) []jsontree.Value {
	out := make([]jsontree.Value, len(list))
	for i, v := range list {
		out[i] = v
	}
	return out
}
