package vtl

import "strings"

// stored returns what the template stored in $foreach.
func (l *loop) stored() *Map {
	if l.own == nil {
		return &Map{}
	}
	return l.own
}

func (l *loop) put(key, v Value) (old Value) {
	if l.own == nil {
		l.own = &Map{}
	}
	return l.own.Put(key, v)
}

// property returns what $foreach has. Spec: mapping-templates 5.3.
func (l *loop) property(name string) Value {
	switch name {
	case "index":
		return int64(l.index)
	case "count":
		return int64(l.index + 1)
	case "hasNext":
		return l.hasNext
	case "first":
		return l.index == 0
	case "last":
		return !l.hasNext
	case "parent":
		if l.parent != nil {
			return l.parent
		}
		return nil
	case "topmost":
		top := l
		for top.parent != nil {
			top = top.parent
		}
		return top
	}
	v, _ := l.stored().Get(name)
	return v
}

// callLoop calls a method of $foreach: a getter, or one of a map of what the
// template stored.
func (r *run) callLoop(l *loop, name string, args []Value) (Value, error) {
	if m, ok := methods[kindMap][name]; ok && name != "get" && name != "put" && m.min <= len(args) && len(args) <= m.max {
		l.own = l.stored()
		return m.run(r, l.own, args)
	}
	if len(args) == 0 {
		if name == "hasNext" {
			return l.hasNext, nil
		}
		for _, prefix := range []string{"get", "is"} {
			if rest, ok := strings.CutPrefix(name, prefix); ok && rest != "" {
				return l.property(strings.ToLower(rest[:1]) + rest[1:]), nil
			}
		}
	}
	if name == "put" && len(args) == 2 {
		return l.put(args[0], args[1]), r.grow(entryBytes)
	}
	if name == "get" && len(args) == 1 {
		return mapGet(r, l.stored(), args)
	}
	if m, ok := anyMethods[name]; ok && len(args) == m.min {
		return m.run(r, l, args)
	}
	return nil, nil
}
