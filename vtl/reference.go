package vtl

import (
	"errors"

	"github.com/gatehouse-gateway/gatehouse/jsontree"
)

// refExpr is a reference: a variable and a chain of links.
type refExpr struct {
	variable variable
	links    []link
	path     string // the names of the links with dots between them, if they are only names
}

// link is .name, .name(args) or [index].
type link struct {
	at    int
	name  string
	call  bool
	args  []value
	index value
}

// eval follows the chain; behind null everything is null.
func (n *refExpr) eval(r *run) (Value, error) {
	v, last, err := n.evalTo(r)
	if last == nil || v == nil || err != nil {
		return v, err
	}
	if err := r.spend(1); err != nil {
		return nil, err
	}
	return last.follow(r, v)
}

// evalTo follows the chain up to its last link, which it returns, or nil if
// there was none left.
func (n *refExpr) evalTo(r *run) (v Value, last *link, err error) {
	if v, err = n.variable.eval(r); err != nil || v == nil || len(n.links) == 0 {
		return v, nil, err
	}
	links := n.links
	if n.path != "" {
		if host, ok := v.(PathObject); ok {
			if member, ok := host.GetPath(n.path); ok {
				return member, nil, r.spend(len(links))
			}
		}
	}
	for len(links) > 1 && v != nil && err == nil {
		if err = r.spend(1); err == nil {
			v, err = links[0].follow(r, v)
		}
		links = links[1:]
	}
	return v, &links[0], err
}

// print prints what the link leads to, where possible without making a value
// of it. null tells whether there was none.
func (l *link) print(r *run, v Value) (null bool, err error) {
	switch {
	case l.index != nil:
	case l.call:
		if host, ok := v.(Printer); ok && len(l.args) == 1 {
			arg, err := l.args[0].eval(r)
			if err != nil {
				return false, err
			}
			r.at = l.at
			out, known, err := host.Print(&r.env, r.out, l.name, arg)
			if !known && err == nil {
				return r.printCall(v, l.name, arg)
			}
			r.out = out
			return false, errors.Join(err, r.written())
		}
	default:
		if o, ok := v.(*jsontree.Object); ok {
			member, _ := o.Get(l.name)
			kind := jsontree.KindOf(member)
			return kind == jsontree.KindNone || kind == jsontree.KindNull, r.writeMember(member)
		}
	}
	result, err := l.follow(r, v)
	if err != nil {
		return false, err
	}
	return result == nil, r.write(result)
}

func (r *run) printCall(v Value, name string, arg Value) (null bool, err error) {
	r.args = append(r.args, arg)
	last := len(r.args) - 1
	result, err := r.callMethod(v, name, r.args[last:])
	r.args[last] = nil
	r.args = r.args[:last]
	if err != nil {
		return false, err
	}
	return result == nil, r.write(result)
}

func (l *link) follow(r *run, v Value) (Value, error) {
	switch {
	case l.index != nil:
		key, err := l.index.eval(r)
		if err != nil {
			return nil, err
		}
		r.at = l.at
		return r.element(v, key)
	case !l.call:
		r.at = l.at
		return r.property(v, l.name)
	}
	base := len(r.args)
	for _, a := range l.args {
		arg, err := a.eval(r)
		if err != nil {
			r.args = r.args[:base]
			return nil, err
		}
		r.args = append(r.args, arg)
	}
	r.at = l.at
	result, err := r.callMethod(v, l.name, r.args[base:])
	clear(r.args[base:])
	r.args = r.args[:base]
	return result, err
}

// element is v[key]: an item of a list, a member of a map, otherwise get(key).
func (r *run) element(v, key Value) (Value, error) {
	switch kindOf(v) {
	case kindList:
		if !isPositional(v) {
			return nil, nil
		}
		l := itemsOf(v)
		if i, ok := listIndex(l, key); ok {
			return l.at(i), nil
		}
		return nil, nil
	case kindMap:
		member, _ := membersOf(v).get(key)
		return member, nil
	}
	return r.callMethod(v, "get", []Value{key})
}

// property is v.name: a member of a map or a getter of anything else.
// Spec: mapping-templates 3.
func (r *run) property(v Value, name string) (Value, error) {
	switch v := v.(type) {
	case *jsontree.Object:
		member, _ := v.Get(name)
		return fromJSON(member), nil
	case *Map:
		return v.named(name), nil
	case Object:
		member, _ := v.Get(name)
		return member, nil
	case *memberEntry:
		switch name {
		case "key":
			return v.key, nil
		case "value":
			return v.value, nil
		}
		return nil, nil
	case *loop:
		return v.property(name), nil
	}
	for _, prefix := range []string{"get", "is"} {
		if getter := prefix + capitalised(name); r.hasMethod(v, getter) {
			return r.callMethod(v, getter, nil)
		}
	}
	return nil, nil
}

func capitalised(name string) string {
	if name == "" || name[0] < 'a' || name[0] > 'z' {
		return name
	}
	return string(name[0]-32) + name[1:]
}
