package vtl

import (
	"errors"
	"sync"
)

// run is the state of one execution.
type run struct {
	meter
	limits     Limits
	program    *Program
	scope      Scope
	out        []byte
	base       int // where the output begins in out
	slots      []slot
	frame      *frame  // of the macro being run
	args       []Value // stack of the arguments of methods being called
	env        Env
	at         int // offset of what is being run, for errors
	valueDepth int
}

// slot is a variable: unknown until it is set or the scope was asked.
type slot struct {
	v     Value
	known bool
}

// frame holds the arguments of one macro call. They are evaluated anew at each
// use, where the call stands, unless the macro has set them.
type frame struct {
	caller *frame
	args   []value
	own    []slot
}

// node is a statement, ready to run.
type node interface{ exec(r *run) error }

var runs = sync.Pool{New: func() any { return new(run) }}

// Exec runs the program and appends its output to dst. The scope may be nil.
// On failure dst comes back as it was, and the error is a *SyntaxError if the
// template does not parse, otherwise a *RunError.
func (p *Program) Exec(dst []byte, scope Scope, limits Limits) ([]byte, error) {
	if p.err != nil {
		return dst, p.err
	}
	limits = limits.withDefaults()
	if p.fixed {
		if len(p.static) > limits.Output {
			return dst, &RunError{1, 1, ErrOutput}
		}
		return append(dst, p.static...), nil
	}
	r := runs.Get().(*run)
	defer r.release()
	r.limits, r.program, r.scope = limits, p, scope
	r.env.run = r
	r.meter = meter{steps: limits.Steps, memory: limits.Memory, depth: limits.Depth}
	r.out, r.base = dst, len(dst)
	if cap(r.slots) < len(p.names) {
		r.slots = make([]slot, len(p.names))
	}
	r.slots = r.slots[:len(p.names)]
	err := r.execAll(p.body)
	if err == nil || err == errStop || err == errBreak {
		return r.out, nil
	}
	line, column, _ := place(p.src, r.at)
	return dst, &RunError{line, column, err}
}

func (r *run) release() {
	clear(r.slots)
	clear(r.args[:cap(r.args)])
	*r = run{slots: r.slots, args: r.args[:0]}
	runs.Put(r)
}

func (r *run) execAll(body []node) error {
	for _, n := range body {
		if r.steps--; r.steps < 0 {
			return ErrSteps
		}
		if err := n.exec(r); err != nil {
			return err
		}
	}
	return nil
}

// captured returns what f prints as a string.
func (r *run) captured(f func() error) (string, error) {
	start := len(r.out)
	if err := f(); err != nil {
		return "", err
	}
	s := string(r.out[start:])
	r.out = r.out[:start]
	return s, r.grow(itemBytes + len(s))
}

// text is text to be copied.
type text string

func (n text) exec(r *run) error { return r.put(string(n)) }

// output is a reference in text.
type output struct {
	at  int
	ref *refExpr
}

func (n *output) exec(r *run) error {
	r.at = n.at
	v, err := n.ref.eval(r)
	if err != nil {
		return err
	}
	return r.write(v)
}

// writeBlock renders a block with the variables of now.
func (r *run) writeBlock(b *block) error {
	if b.program != r.program {
		return nil
	}
	if err := r.enter(); err != nil {
		return err
	}
	frame := r.frame
	r.frame = b.frame
	err := r.execAll(b.body)
	r.frame = frame
	r.leave()
	return err
}

type define struct {
	variable variable
	body     []node
}

func (n *define) exec(r *run) error {
	n.variable.store(r, slot{&block{n.body, r.frame, r.program}, true})
	return nil
}

type ifElse struct {
	branches []arm
	orElse   []node
}

type arm struct {
	at   int
	cond test
	body []node
}

func (n *ifElse) exec(r *run) error {
	for i := range n.branches {
		b := &n.branches[i]
		r.at = b.at
		ok, err := b.cond.test(r)
		if err != nil {
			return err
		}
		if ok {
			return r.execAll(b.body)
		}
	}
	return r.execAll(n.orElse)
}

// set is #set. parent is nil if the target is a plain variable.
type set struct {
	at       int
	variable variable
	parent   *refExpr
	last     link
	value    value
}

// exec assigns. A null value clears a variable that was set before.
// Spec: mapping-templates 5.1, unconfirmed.
func (n *set) exec(r *run) error {
	r.at = n.at
	v, err := n.value.eval(r)
	if err != nil {
		return err
	}
	if n.parent == nil {
		n.variable.store(r, slot{v, true})
		return nil
	}
	parent, err := n.parent.eval(r)
	if err != nil || parent == nil || n.last.call {
		return err
	}
	r.at = n.last.at
	if n.last.index == nil {
		return r.setMember(parent, n.last.name, v)
	}
	key, err := n.last.index.eval(r)
	if err != nil {
		return err
	}
	return r.setMember(parent, key, v)
}

// setMember assigns to a member of a map or to a place in a list. Other values
// have nothing to assign to, and the assignment is lost.
func (r *run) setMember(parent, key, v Value) error {
	switch kindOf(parent) {
	case kindMap:
		_, err := r.putMember(membersOf(parent), key, v)
		return err
	case kindList:
		l := itemsOf(parent)
		i, ok := listIndex(l, key)
		if !ok {
			return errors.New("list index out of range")
		}
		l.set(i, v)
	}
	return nil
}

func (r *run) putMember(m members, key, v Value) (old Value, err error) {
	if m.host != nil {
		if b, ok := v.(*block); ok { // the host cannot render it later
			if v, err = r.textOf(b); err != nil {
				return nil, err
			}
		}
		return m.put(key, v), r.grow(entryBytes)
	}
	before := m.len()
	old = m.put(key, v)
	if m.len() > before {
		err = r.grow(entryBytes)
	}
	return old, err
}

// listIndex resolves an index; a negative one counts from the end.
func listIndex(l items, key Value) (i int, ok bool) {
	n, ok := key.(int64)
	if n < 0 {
		n += int64(l.len())
	}
	return int(n), ok && 0 <= n && n < int64(l.len())
}

const unused = -1

// foreach is #foreach. status, count and hasNext are the slots of $foreach,
// $velocityCount and $velocityHasNext, or unused.
type foreach struct {
	at                     int
	variable               variable
	list                   value
	body                   []node
	status, count, hasNext int
}

func (n *foreach) exec(r *run) error {
	r.at = n.at
	v, err := n.list.eval(r)
	if err != nil {
		return err
	}
	var l items
	switch kindOf(v) {
	case kindList:
		l = itemsOf(v)
	case kindMap:
		l = items{list: &List{Items: valuesOf(membersOf(v))}}
		err = errors.Join(r.spend(l.len()/8), r.grow(itemBytes*l.len()))
	}
	if err != nil || l == (items{}) || l.len() == 0 {
		return err
	}
	saved := [...]slot{n.variable.load(r), r.slotAt(n.status), r.slotAt(n.count), r.slotAt(n.hasNext)}
	err = n.rounds(r, l)
	n.variable.store(r, saved[0])
	for i, s := range []int{n.status, n.count, n.hasNext} {
		r.setSlot(s, saved[i+1])
	}
	return err
}

// rounds runs the body for every item. Past the limit of rounds the loop ends
// without error. Spec: mapping-templates 1, unconfirmed.
func (n *foreach) rounds(r *run, l items) error {
	var state *loop
	if n.status != unused {
		state = new(loop)
		state.parent, _ = r.slots[n.status].v.(*loop)
	}
	for i := 0; i < l.len() && i < r.limits.Loop; i++ {
		if err := r.spend(1); err != nil {
			return err
		}
		n.variable.store(r, slot{l.at(i), true})
		hasNext := i+1 < l.len()
		if state != nil {
			state.index, state.hasNext = i, hasNext
			r.setSlot(n.status, slot{state, true})
		}
		r.setSlot(n.count, slot{int64(i + 1), true})
		r.setSlot(n.hasNext, slot{hasNext, true})
		err := r.execAll(n.body)
		if err == errBreak {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (r *run) slotAt(i int) slot {
	if i == unused {
		return slot{}
	}
	return r.slots[i]
}

func (r *run) setSlot(i int, s slot) {
	if i != unused {
		r.slots[i] = s
	}
}

func valuesOf(m members) []Value {
	var out []Value
	for _, e := range m.entries() {
		out = append(out, e.value)
	}
	return out
}
