package vtl

import "errors"

// What keySet, values, entrySet and iterator give looks at the map or list all
// the time, as in Java: it shows later changes, and what is removed from a view
// is removed from the map.

// view is keySet, values or entrySet of a map. It cannot be added to.
type view struct {
	of   members
	side viewSide
}

type viewSide uint8

const (
	viewKeys viewSide = iota
	viewValues
	viewEntries
)

// memberEntry is an entry of a map as entrySet hands it out.
type memberEntry struct {
	entry
	of members
}

// errFixed is why a view or an array cannot grow.
var errFixed = errors.New("unsupported operation")

// errChanged is why a loop or iterator ends when its list gained or lost items.
var errChanged = errors.New("changed while something goes through it")

func (v *view) len() int { return v.of.len() }

// list returns what the view shows now.
func (v *view) list() *List {
	l := &List{Items: make([]Value, 0, v.of.len()), set: v.side != viewValues}
	if v.side == viewKeys && v.of.host != nil { // names alone, without asking for the values
		for _, name := range v.of.host.Keys() {
			l.Items = append(l.Items, name)
		}
		return l
	}
	for _, e := range v.of.entries() {
		l.Items = append(l.Items, v.item(e))
	}
	return l
}

func (v *view) item(e entry) Value {
	switch v.side {
	case viewKeys:
		return e.key
	case viewValues:
		return e.value
	}
	return &memberEntry{e, v.of}
}

// keep removes from the map all that f does not want, at most limit of it, and
// reports whether that was anything.
func (v *view) keep(limit int, f func(Value) (bool, error)) (changed bool, err error) {
	entries := append([]entry(nil), v.of.entries()...)
	removed := 0
	for _, e := range entries {
		if removed == limit {
			break
		}
		wanted, err := f(v.item(e))
		if err != nil {
			return removed > 0, err
		}
		if !wanted {
			v.of.remove(e.key)
			removed++
		}
	}
	return removed > 0, nil
}

// setValue changes a member through its entry and returns the value before.
func (e *memberEntry) setValue(r *run, v Value) (Value, error) {
	e.value = v
	return r.putMember(e.of, e.key, v)
}

// iterator is what iterator() gives: it goes through a list once.
type iterator struct {
	over Value
	next int
	size int // of the list, when the iterator was made
}

func (i *iterator) hasNext() bool { return i.next < itemsOf(i.over).len() }

func (i *iterator) take() (Value, error) {
	l := itemsOf(i.over)
	if l.len() != i.size {
		return nil, errChanged
	}
	if i.next >= l.len() {
		return nil, errRange
	}
	i.next++
	return l.at(i.next - 1), nil
}

func iteratorMethods() map[string]method {
	return map[string]method{
		"hasNext": {0, 0, func(_ *run, v Value, _ []Value) (Value, error) { return v.(*iterator).hasNext(), nil }},
		"next":    {0, 0, func(_ *run, v Value, _ []Value) (Value, error) { return v.(*iterator).take() }},
	}
}

func entryMethods() map[string]method {
	return map[string]method{
		"getKey":   {0, 0, func(_ *run, v Value, _ []Value) (Value, error) { return v.(*memberEntry).key, nil }},
		"getValue": {0, 0, func(_ *run, v Value, _ []Value) (Value, error) { return v.(*memberEntry).value, nil }},
		"setValue": {1, 1, func(r *run, v Value, args []Value) (Value, error) { return v.(*memberEntry).setValue(r, args[0]) }},
	}
}

func isView(v Value) bool {
	_, ok := v.(*view)
	return ok
}
