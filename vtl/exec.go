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
	trace      *tracing // nil unless somebody looks on
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
	if p.fixed {
		return p.copy(dst, limits)
	}
	return p.exec(dst, scope, limits, nil)
}

// copy appends the output of a program that needs no run.
func (p *Program) copy(dst []byte, limits Limits) ([]byte, error) {
	if len(p.static) > limits.withDefaults().Output {
		return dst, &RunError{1, 1, ErrOutput}
	}
	return append(dst, p.static...), nil
}

func (p *Program) exec(dst []byte, scope Scope, limits Limits, trace *tracing) ([]byte, error) {
	if p.err != nil {
		return dst, p.err
	}
	if p.fixed {
		return p.copy(dst, limits)
	}
	limits = limits.withDefaults()
	r := runs.Get().(*run)
	defer r.release()
	r.limits, r.program, r.scope, r.trace = limits, p, scope, trace
	r.env.run = r
	r.meter = newMeter(limits)
	r.out, r.base = dst, len(dst)
	if cap(r.slots) < len(p.names) {
		r.slots = make([]slot, len(p.names))
	}
	r.slots = r.slots[:len(p.names)]
	err := r.execAll(p.body)
	if err == nil || errors.Is(err, errStop) || errors.Is(err, errBreak) {
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
		if r.steps--; r.steps < r.look || r.steps < 0 {
			if err := r.check(); err != nil {
				return err
			}
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
		r.out = r.out[:start] // #break may go on behind the loop
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
	v, last, err := n.ref.evalTo(r)
	if err != nil || v == nil {
		return err
	}
	if last == nil {
		return r.write(v)
	}
	if err := r.spend(1); err != nil {
		return err
	}
	_, err = last.print(r, v)
	return err
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
	return stopHere(err)
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
	_, err = n.assign(r, v)
	return err
}

// assign reports whether there was something to assign to.
func (n *set) assign(r *run, v Value) (stored bool, err error) {
	if n.parent == nil {
		n.variable.store(r, slot{v, true})
		return true, nil
	}
	parent, err := n.parent.eval(r)
	if err != nil || parent == nil || n.last.call {
		return false, err
	}
	r.at = n.last.at
	switch kindOf(parent) {
	case kindMap, kindLoop, kindList:
		stored = true
	}
	if n.last.index == nil {
		return stored, r.setMember(parent, n.last.name, v)
	}
	key, err := n.last.index.eval(r)
	if err != nil {
		return false, err
	}
	return stored, r.setMember(parent, key, v)
}

// setMember assigns to a member of a map or to a place in a list. Other values
// have nothing to assign to, and the assignment is lost.
func (r *run) setMember(parent, key, v Value) error {
	switch kindOf(parent) {
	case kindMap:
		_, err := r.putMember(membersOf(parent), key, v)
		return err
	case kindLoop:
		parent.(*loop).put(key, v)
		return r.grow(entryBytes)
	case kindList:
		if _, isInt := intArg(key); !isInt || isView(parent) {
			return nil
		}
		l := itemsOf(parent)
		i, ok := listIndex(l, key)
		if !ok {
			return errRange
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
	n, ok := intArg(key)
	if n < 0 {
		n += int64(l.len())
	}
	return int(n), ok && 0 <= n && n < int64(l.len())
}
