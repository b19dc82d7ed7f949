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

// leave makes the node of #break and #stop. #break leaves the innermost loop,
// and outside of loops ends the template; #stop always ends it. The output so
// far stays. Spec: mapping-templates 5.6, 5.7.
func leave(name string) node {
	if name == "break" {
		return leaveBy{errBreak}
	}
	return leaveBy{errStop}
}

type leaveBy struct{ how error }

func (n leaveBy) exec(*run) error { return n.how }

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
	return err
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
