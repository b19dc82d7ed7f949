package vtl

// taints follows secrets through a run: which values were computed from one,
// and which variables hold one. It errs towards hiding too much. What it cannot
// follow, like a list under two names, Secrets.Mask still finds by its text.
type taints struct {
	held    map[taint]bool
	derived int // references told so far that a secret went into
	ignored int // reads of secrets that were made to show something
}

// taint is a variable that holds a secret, or only what is below one of its
// members: $context.requestOverride, not $context.
type taint struct {
	variable variable
	member   string // "": all of it
}

// window is a part of a run, to ask whether a secret was read in it.
type window struct {
	ref     *refExpr
	reads   int
	derived int
}

func (t *tracing) open(ref *refExpr) window {
	return window{ref: ref, reads: t.reads(), derived: t.derived}
}

func (t *tracing) reads() int {
	if t.tracer.Secrets == nil {
		return 0
	}
	return t.tracer.Secrets.Reads() - t.ignored
}

// close ends a window and reports whether what was computed in it is secret.
func (t *tracing) close(w window) bool {
	if t.tracer.Secrets == nil {
		return false
	}
	into := t.derived > w.derived
	secret := into || t.reads() > w.reads
	if w.ref == nil {
		return secret
	}
	if into && w.ref.calls() { // $list.add($secret)
		t.taint(taint{w.ref.variable, w.ref.member()}, true)
	}
	secret = secret || t.holds(w.ref)
	if secret {
		t.derived++
	}
	return secret
}

func (n *refExpr) calls() bool {
	for i := range n.links {
		if n.links[i].call {
			return true
		}
	}
	return false
}

// member is the name of the first link, "" if there is no plain one.
func (n *refExpr) member() string {
	if len(n.links) == 0 || n.links[0].index != nil || n.links[0].call {
		return ""
	}
	return n.links[0].name
}

func (t *tracing) holds(n *refExpr) bool {
	if t.held[taint{n.variable, ""}] {
		return true
	}
	member := n.member()
	if member != "" {
		return t.held[taint{n.variable, member}]
	}
	for held := range t.held {
		if held.variable == n.variable {
			return true
		}
	}
	return false
}

func (t *tracing) taint(what taint, secret bool) {
	switch {
	case secret && t.held == nil:
		t.held = map[taint]bool{what: true}
	case secret:
		t.held[what] = true
	case what.member == "":
		for held := range t.held {
			if held.variable == what.variable {
				delete(t.held, held)
			}
		}
	}
}

// assigned notes what a #set did to its variable.
func (t *tracing) assigned(n *set, secret bool) {
	if n.parent == nil {
		if i, ok := n.variable.(slotVar); ok {
			delete(t.unknown, i)
		}
		t.taint(taint{n.variable, ""}, secret)
		return
	}
	if secret {
		path := refExpr{variable: n.variable, links: append(n.parent.links[:len(n.parent.links):len(n.parent.links)], n.last)}
		t.taint(taint{n.variable, path.member()}, true)
	}
}

// shown lets show fill in the value of an event, unless it is secret. Reads that
// show makes hide this event, but do not count for the run.
func (t *tracing) shown(e *Event, secret bool, show func()) {
	before := t.reads()
	if !secret {
		show()
	}
	if more := t.reads() - before; more > 0 {
		t.ignored += more
		secret = true
	}
	if secret {
		e.Value, e.Cut, e.Null, e.Unresolved, e.Secret = "", false, false, false, true
	}
}

// masked bounds a text after the secrets in it were replaced.
func (t *tracing) masked(text string, cut bool) (string, bool) {
	if t.tracer.Secrets != nil {
		text = t.tracer.Secrets.Mask(text, cut)
	}
	text, more := bounded(text)
	return text, cut || more
}
