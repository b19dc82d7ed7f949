package vtl

import (
	"errors"
	"strconv"
)

// value is an expression, ready to run.
type value interface{ eval(r *run) (Value, error) }

// variable is a name resolved: a slot of the run or a parameter of a macro.
type variable interface {
	eval(r *run) (Value, error)
	load(r *run) slot // as it is, without asking anyone
	store(r *run, s slot)
}

type slotVar int

func (i slotVar) load(r *run) slot     { return r.slots[i] }
func (i slotVar) store(r *run, s slot) { r.slots[i] = s }

func (i slotVar) eval(r *run) (Value, error) {
	s := &r.slots[i]
	if !s.known && r.scope != nil {
		s.known = true
		if v, ok := r.scope.Lookup(r.program.names[i]); ok {
			s.v = v
		} else if r.trace != nil {
			r.trace.unknown[i] = true
		}
	}
	return s.v, nil
}

type paramVar int

func (i paramVar) load(r *run) slot     { return r.frame.own[i] }
func (i paramVar) store(r *run, s slot) { r.frame.own[i] = s }

func (i paramVar) eval(r *run) (Value, error) {
	f := r.frame
	if f.own[i].known {
		return f.own[i].v, nil
	}
	if int(i) >= len(f.args) {
		return nil, nil
	}
	if err := r.spend(1); err != nil {
		return nil, err
	}
	r.frame = f.caller
	v, err := f.args[i].eval(r)
	r.frame = f
	return v, err
}

type constant struct{ v Value }

func (n constant) eval(*run) (Value, error) { return n.v, nil }

// interpolation is a double-quoted string with something in it.
type interpolation struct{ body []node }

func (n *interpolation) eval(r *run) (Value, error) {
	return r.captured(func() error { return r.execAll(n.body) })
}

type listExpr struct{ items []value }

func (n *listExpr) eval(r *run) (Value, error) {
	if err := errors.Join(r.spend(len(n.items)), r.grow(itemBytes*(2+len(n.items)))); err != nil {
		return nil, err
	}
	l := &List{Items: make([]Value, len(n.items))}
	for i, item := range n.items {
		v, err := item.eval(r)
		if err != nil {
			return nil, err
		}
		l.Items[i] = v
	}
	return l, nil
}

type rangeExpr struct{ from, to value }

func (n *rangeExpr) eval(r *run) (Value, error) {
	from, ok1, err := n.bound(r, n.from)
	if err != nil {
		return nil, err
	}
	to, ok2, err := n.bound(r, n.to)
	if err != nil || !ok1 || !ok2 {
		return nil, err
	}
	length, step := to-from+1, int64(1)
	if from > to {
		length, step = from-to+1, -1
	}
	if err := errors.Join(r.spend(int(length/8)), r.grow(int(2*itemBytes*length))); err != nil {
		return nil, err
	}
	l := &List{Items: make([]Value, length)}
	for i := range l.Items {
		l.Items[i] = from + int64(i)*step
	}
	return l, nil
}

// bound evaluates one end of a range: an integer of 32 bits, or its text.
func (n *rangeExpr) bound(r *run, e value) (int64, bool, error) {
	v, err := e.eval(r)
	if err != nil {
		return 0, false, err
	}
	if s, ok := v.(string); ok {
		i, err := strconv.ParseInt(s, 10, 32)
		return i, err == nil, nil
	}
	i, ok := v.(int64)
	return i, ok && i == int64(int32(i)), nil
}

type mapExpr struct{ keys, values []value }

func (n *mapExpr) eval(r *run) (Value, error) {
	if err := r.spend(len(n.keys)); err != nil {
		return nil, err
	}
	m := &Map{}
	if err := r.grow(entryBytes); err != nil {
		return nil, err
	}
	for i := range n.keys {
		k, err := n.keys[i].eval(r)
		if err != nil {
			return nil, err
		}
		v, err := n.values[i].eval(r)
		if err != nil {
			return nil, err
		}
		if _, err = r.putMember(members{own: m}, k, v); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// mathExpr is + - * / %. With a string on either side, + joins texts.
type mathExpr struct {
	op          byte
	left, right value
}

func (n *mathExpr) eval(r *run) (Value, error) {
	a, err := n.left.eval(r)
	if err != nil {
		return nil, err
	}
	b, err := n.right.eval(r)
	if err != nil {
		return nil, err
	}
	if err := r.spend(1); err != nil {
		return nil, err
	}
	if n.op == '+' && (joins(a) || joins(b)) {
		return r.join(a, b)
	}
	return arithmetic(n.op, a, b), nil
}

func joins(v Value) bool {
	k := kindOf(v)
	return k == kindString || k == kindBlock
}

func (r *run) join(a, b Value) (Value, error) {
	s, err := r.textOf(a)
	if err != nil {
		return nil, err
	}
	t, err := r.textOf(b)
	if err != nil {
		return nil, err
	}
	if err := r.grow(itemBytes + len(s) + len(t)); err != nil {
		return nil, err
	}
	return s + t, nil
}

// boolExpr is a condition as a value.
type boolExpr struct{ test test }

func (n boolExpr) eval(r *run) (Value, error) {
	ok, err := n.test.test(r)
	return ok, err
}

// test is a condition, ready to run.
type test interface{ test(r *run) (bool, error) }

type boolTest bool

func (n boolTest) test(*run) (bool, error) { return bool(n), nil }

type refTest struct{ ref *refExpr }

func (n *refTest) test(r *run) (bool, error) {
	v, err := n.ref.eval(r)
	return truth(v), err
}

type notTest struct{ of test }

func (n *notTest) test(r *run) (bool, error) {
	ok, err := n.of.test(r)
	return !ok, err
}

type logicTest struct {
	and         bool
	left, right test
}

func (n *logicTest) test(r *run) (bool, error) {
	ok, err := n.left.test(r)
	if err != nil || ok != n.and {
		return ok, err
	}
	return n.right.test(r)
}

type equalTest struct {
	not         bool
	left, right value
}

func (n *equalTest) test(r *run) (bool, error) {
	a, err := n.left.eval(r)
	if err != nil {
		return false, err
	}
	b, err := n.right.eval(r)
	if err != nil {
		return false, err
	}
	same, err := r.equal(a, b)
	return same != n.not, err
}

// orderTest compares numbers; with anything else the condition is false.
type orderTest struct {
	op          string
	left, right value
}

func (n *orderTest) test(r *run) (bool, error) {
	a, err := n.left.eval(r)
	if err != nil {
		return false, err
	}
	b, err := n.right.eval(r)
	if err != nil {
		return false, err
	}
	order, ok := compareNumbers(a, b)
	switch n.op {
	case "<":
		ok = ok && order < 0
	case "<=":
		ok = ok && order <= 0
	case ">":
		ok = ok && order > 0
	default:
		ok = ok && order >= 0
	}
	return ok, nil
}
