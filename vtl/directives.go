package vtl

import (
	"errors"
	"strings"
)

// This file holds what the directives do whose fate on the service is not
// certain, one function each. (#return is no directive at all: it is text.)

// Ways out of a block that are no failures.
var (
	errBreak = errors.New("break")
	errStop  = errors.New("stop")
)

// stopHere turns the #break of a block into its end. Loops, macros and #define
// blocks end so, and else the template.
func stopHere(err error) error {
	if errors.Is(err, errBreak) {
		return nil
	}
	return err
}

// leave makes the node of #break and #stop. #break leaves the loop, macro or
// #define block around it, and outside of all ends the template; with a
// $foreach as argument it leaves that loop. #stop always ends the template. The
// output so far stays. Spec: mapping-templates 5.6, 5.7.
func (c *compiler) leave(n *leaveNode) node {
	if n.name == "stop" {
		return leaveBy{errStop}
	}
	if len(n.args) == 0 {
		return leaveBy{errBreak}
	}
	return &leaveLoop{c.place(n), c.expr(n.args[0])}
}

type leaveBy struct{ how error }

func (n leaveBy) exec(*run) error { return n.how }

// leaveLoop is #break($foreach), or of another loop around it.
type leaveLoop struct {
	at   int
	loop value
}

// leaving is how a run gets out of the loop that #break names.
type leaving struct{ loop *loop }

func (*leaving) Error() string { return "break of a loop that is not running" }

func (n *leaveLoop) exec(r *run) error {
	v, err := n.loop.eval(r)
	if err != nil {
		return err
	}
	r.at = n.at
	l, ok := v.(*loop)
	if !ok {
		return errNoLoop
	}
	return &leaving{l}
}

var errNoLoop = errors.New("#break of something that is not a $foreach")

// errNoResources is why #include, #parse and #evaluate fail.
var errNoResources = errors.New("not available in mapping templates")

// refused makes the node of #include, #parse and #evaluate, which fail when
// they are reached. Spec: mapping-templates 5.9, unconfirmed.
func (c *compiler) refused(n *refusedNode) node {
	return &refusal{c.place(n), &directiveError{n.name}}
}

type directiveError struct{ name string }

func (e *directiveError) Error() string { return "#" + e.name + " is " + errNoResources.Error() }

type refusal struct {
	at  int
	err error
}

func (n *refusal) exec(r *run) error {
	r.at = n.at
	return n.err
}

// call is the call of a macro. Spec: mapping-templates 5.5, unconfirmed.
type call struct {
	at      int
	macro   *macro
	args    []value
	content []node // of #@name
}

func (n *call) exec(r *run) error {
	r.at = n.at
	if err := errors.Join(r.spend(1+n.macro.params), r.enter()); err != nil {
		return err
	}
	caller := r.frame
	f := &frame{caller: caller, args: n.args, own: make([]slot, n.macro.params+1)}
	f.own[n.macro.params] = slot{known: true}
	if n.content != nil {
		f.own[n.macro.params].v = &block{n.content, caller, r.program}
	}
	r.frame = f
	err := r.execAll(n.macro.body)
	r.frame = caller
	r.leave()
	return stopHere(err)
}

// escaped is a reference behind backslashes, which pair up. Behind an odd one,
// the source of the reference is printed, and if it has no value, the backslash
// too. Spec: mapping-templates 2; without value unconfirmed, as in Velocity.
type escaped struct {
	at      int
	ref     *refExpr
	live    bool
	slashes string
	source  string
}

func (n *escaped) exec(r *run) error {
	r.at = n.at
	v, err := n.ref.eval(r)
	if err != nil {
		return err
	}
	if err = r.put(n.slashes); err != nil {
		return err
	}
	if n.live {
		return r.write(v)
	}
	if v == nil {
		err = r.put(`\`)
	}
	return errors.Join(err, r.put(n.source))
}

func slashes(n int) string { return strings.Repeat(`\`, n) }
