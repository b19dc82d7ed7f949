package vtl

import (
	"errors"
	"fmt"
)

// tracing is the state of a traced run. A traced program is a plain one with
// nodes wrapped around its nodes (trace_plan.go): they spend no steps and no
// memory of the run, so that it gives what a plain run gives.
type tracing struct {
	tracer Tracer
	left   int // events that may still be told
	cut    bool
	loops  []loopState
	// unknown are the variables that nothing gave a value, not even null.
	unknown map[slotVar]bool
	taints
}

// ExecTraced is Exec of a program that CompileTraced made, and tells t what
// happens. Of another program it tells only how the run failed.
func (p *Program) ExecTraced(dst []byte, scope Scope, limits Limits, t Tracer) ([]byte, error) {
	state := &tracing{tracer: t, left: MaxEvents, unknown: map[slotVar]bool{}}
	out, err := p.exec(dst, scope, limits, state)
	if err != nil {
		state.failed(err)
	}
	return out, err
}

func (t *tracing) failed(err error) {
	e := Event{Kind: EventError}
	var syntax *SyntaxError
	var failed *RunError
	if errors.As(err, &syntax) {
		e.Line, e.Column, e.Value = syntax.Line, syntax.Column, syntax.Msg
	} else if errors.As(err, &failed) {
		e.Line, e.Column, e.Value = failed.Line, failed.Column, failed.Err.Error()
	}
	e.Value, e.Cut = t.masked(e.Value, false)
	t.left = max(t.left, 1) // the end is worth more than what came before
	t.tell(e)
}

func (t *tracing) tell(e Event) {
	switch {
	case t.tracer.Event == nil:
	case t.left > 0:
		t.left--
		t.tracer.Event(e)
	case !t.cut:
		t.cut = true
		t.tracer.Event(Event{Kind: EventCut, Place: e.Place})
	}
}

func (t *tracing) tellAll(events []Event) {
	for _, e := range events {
		t.tell(e)
	}
}

func (t *tracing) reach(point int) {
	if point != unused && t.tracer.Reach != nil {
		t.tracer.Reach(point)
	}
}

// show puts a value into an event. It does not run blocks.
func (t *tracing) show(e *Event, v Value) {
	if t.tracer.Event == nil || t.left == 0 {
		return
	}
	switch v := v.(type) {
	case nil:
		e.Null = true
		return
	case string:
		e.Value, e.Cut = t.masked(v, false)
		return
	case *block:
		e.Value = "(block of a #define)"
		return
	}
	r := run{limits: DefaultLimits, meter: meter{memory: DefaultLimits.Memory, depth: DefaultLimits.Depth}}
	r.limits.Output = MaxEventText + 1
	err := r.write(v)
	e.Value, e.Cut = t.masked(string(r.out), err != nil)
	if e.Value == "" && kindOf(v) != kindString {
		e.Value = "(prints nothing)"
	}
}

// announced tells its event and goes on.
type announced struct {
	node
	event Event
}

func (n *announced) exec(r *run) error {
	if r.trace != nil {
		r.trace.tell(n.event)
	}
	return n.node.exec(r)
}

// reached is a statement that counts for the coverage. It also tells which
// blanks were eaten around it.
type reached struct {
	node
	point         int
	before, after []Event
}

func (n *reached) exec(r *run) error {
	t := r.trace
	if t == nil {
		return n.node.exec(r)
	}
	t.tellAll(n.before)
	t.reach(n.point)
	if err := n.node.exec(r); err != nil {
		return err
	}
	t.tellAll(n.after)
	return nil
}

// tracedRef is a reference in an expression.
type tracedRef struct {
	ref   *refExpr
	event Event
}

func (n *tracedRef) eval(r *run) (Value, error) {
	t := r.trace
	if t == nil {
		return n.ref.eval(r)
	}
	w := t.open(n.ref)
	v, last, err := n.ref.evalTo(r)
	cut := v == nil && len(n.ref.links) > 0
	if last != nil && v != nil && err == nil {
		if err = r.spend(1); err == nil {
			v, err = last.follow(r, v)
		}
	}
	if err == nil {
		t.tellRef(r, n.event, w, v, cut)
	}
	return v, err
}

type tracedRefTest struct{ tracedRef }

func (n *tracedRefTest) test(r *run) (bool, error) {
	v, err := n.eval(r)
	return truth(v), err
}

// tellRef tells the value of a reference.
func (t *tracing) tellRef(r *run, e Event, w window, v Value, cut bool) {
	if e.Unresolved = cut; v == nil && len(w.ref.links) == 0 {
		e.Unresolved = t.missing(r, w)
	}
	secret := t.close(w)
	t.shown(&e, secret, func() { t.show(&e, v) })
	t.tell(e)
}

// missing reports whether a variable without value was never given one.
func (t *tracing) missing(r *run, w window) bool {
	switch i := w.ref.variable.(type) {
	case paramVar:
		return !r.frame.own[i].known && int(i) >= len(r.frame.args)
	case slotVar:
		return r.scope == nil && !r.slots[i].known || t.unknown[i]
	}
	return false
}

// tracedOutput is a reference in text. It does what output does.
type tracedOutput struct {
	*output
	event Event
}

func (n *tracedOutput) exec(r *run) error {
	t := r.trace
	if t == nil {
		return n.output.exec(r)
	}
	r.at = n.at
	w := t.open(n.ref)
	v, last, err := n.ref.evalTo(r)
	if err != nil {
		return err
	}
	if v == nil {
		t.tellRef(r, n.event, w, nil, len(n.ref.links) > 0)
		return nil
	}
	start, null := len(r.out), false
	if last == nil {
		if _, ok := v.(*block); ok {
			e := n.event
			e.Kind = EventCall
			t.tell(e)
		}
		err = r.write(v)
	} else if err = r.spend(1); err == nil {
		null, err = last.print(r, v)
	}
	if err != nil {
		return err
	}
	e := n.event
	secret := t.close(w)
	t.shown(&e, secret, func() {
		if e.Null = null; !null && t.tracer.Event != nil && t.left > 0 {
			e.Value, e.Cut = t.masked(string(r.out[start:]), false)
		}
	})
	t.tell(e)
	return nil
}

// tracedEscaped is a reference behind backslashes.
type tracedEscaped struct {
	*escaped
	event Event
}

func (n *tracedEscaped) exec(r *run) error {
	t := r.trace
	if t == nil {
		return n.escaped.exec(r)
	}
	w := t.open(n.ref)
	start := len(r.out)
	if err := n.escaped.exec(r); err != nil {
		return err
	}
	e := n.event
	secret := t.close(w)
	t.shown(&e, secret, func() { e.Value, e.Cut = t.masked(string(r.out[start:]), false) })
	t.tell(e)
	return nil
}

type tracedSet struct {
	*set
	event Event
}

func (n *tracedSet) exec(r *run) error {
	t := r.trace
	if t == nil {
		return n.set.exec(r)
	}
	r.at = n.at
	w := t.open(nil)
	v, err := n.value.eval(r)
	if err != nil {
		return err
	}
	secret := t.close(w)
	stored, err := n.assign(r, v)
	if err != nil {
		return err
	}
	t.assigned(n.set, secret)
	e := n.event
	e.Unresolved = !stored
	t.shown(&e, secret, func() { t.show(&e, v) })
	t.tell(e)
	return nil
}

// tracedArm is the condition of an arm; the last one also stands for #else.
type tracedArm struct {
	cond             test
	event            Event
	taken            int
	last             bool
	orElse           int
	elseEvent        *Event
	eaten, elseEaten []Event // in an empty arm
}

func (n *tracedArm) test(r *run) (bool, error) {
	ok, err := n.cond.test(r)
	t := r.trace
	if t == nil || err != nil {
		return ok, err
	}
	e := n.event
	e.Taken = ok
	t.tell(e)
	switch {
	case ok:
		t.reach(n.taken)
		t.tellAll(n.eaten)
	case n.last:
		t.reach(n.orElse)
		if n.elseEvent != nil {
			t.tell(*n.elseEvent)
		}
		t.tellAll(n.elseEaten)
	}
	return ok, nil
}

// loopTrace is what a traced loop tells.
type loopTrace struct {
	event            Event
	entered, skipped int
	eaten            []Event // in an empty body
}

// loopState is one running loop.
type loopState struct {
	rounds int
	broken bool
	secret bool // all of its items are
	cut    bool // ended by the limit of rounds
	window window
}

type tracedForeach struct{ *foreach }

func (n *tracedForeach) exec(r *run) error {
	t := r.trace
	if t == nil {
		return n.foreach.exec(r)
	}
	t.loops = append(t.loops, loopState{window: t.open(nil)})
	err := n.foreach.exec(r)
	state := t.loops[len(t.loops)-1]
	t.loops = t.loops[:len(t.loops)-1]
	if err != nil {
		return err
	}
	e := n.trace.event
	e.Kind, e.Index = EventLoopEnd, state.rounds
	switch {
	case state.rounds == 0:
		t.reach(n.trace.skipped)
		e.Value = "nothing to go through"
	case state.broken:
		e.Value = "#break"
	case state.cut:
		e.Value = fmt.Sprintf("the limit of %d rounds", r.limits.Loop)
	default:
		e.Value = "no more items"
	}
	t.tell(e)
	return nil
}

func (l *loopTrace) round(r *run, n *foreach, i int, item Value, hasNext bool) error {
	t := r.trace
	state := &t.loops[len(t.loops)-1]
	state.rounds++
	state.cut = hasNext && state.rounds == r.limits.Loop
	t.reach(l.entered)
	secret := t.close(state.window) || state.secret
	state.secret = secret && i == 0 || state.secret
	t.taint(taint{n.variable, ""}, secret)
	e := l.event
	e.Index = i
	t.shown(&e, secret, func() { t.show(&e, item) })
	t.tell(e)
	t.tellAll(l.eaten)
	err := r.execAll(n.body)
	state = &t.loops[len(t.loops)-1]
	state.window = t.open(nil)
	state.broken = err != nil
	return err
}
