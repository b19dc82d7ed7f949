package vtl

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// decorator wraps the nodes of a traced program while they are planned; see
// trace.go for what the wrappers do. A plain program has none: the methods of a
// nil decorator give back what they get.
type decorator struct {
	src    string
	places outliner
	points []Point
	// shift is from offsets of the tree to those of the template; lost says that
	// there is no such number inside of the literal at the offset at.
	shift int
	lost  bool
	at    int
	// emptied has what was eaten in bodies of which nothing is left, by their text.
	emptied map[*textNode][]Event
}

func newDecorator(src string) *decorator {
	return &decorator{src: src, places: outliner{src: src, lines: lineStarts(src)}, emptied: map[*textNode][]Event{}}
}

func (d *decorator) found() []Point {
	if d == nil {
		return nil
	}
	return d.points
}

func (d *decorator) place(offset at) Place {
	if d.lost {
		return d.places.place(d.at)
	}
	return d.places.place(int(offset) + d.shift)
}

// event begins the event of a node. Where its source is not known, print writes
// it.
func (d *decorator) event(kind EventKind, s span, print func(w *printer)) Event {
	e := Event{Kind: kind, Place: d.place(s.from)}
	if !d.lost {
		e.Source = d.src[int(s.from)+d.shift : int(s.to)+d.shift]
	} else {
		var w printer
		print(&w)
		e.Source = w.String()
	}
	e.Source, _ = bounded(e.Source)
	return e
}

func (d *decorator) point(kind PointKind, e Event, what string) int {
	d.points = append(d.points, Point{e.Place, kind, e.Source, what})
	return len(d.points) - 1
}

// bounded cuts a text at MaxEventText.
func bounded(s string) (text string, cut bool) {
	if len(s) <= MaxEventText {
		return s, false
	}
	end := MaxEventText
	for end > MaxEventText-utf8.UTFMax && !utf8.RuneStart(s[end]) {
		end--
	}
	return strings.Clone(s[:end]), true
}

// enterLiteral says that the nodes to come stand inside of a literal; leave ends
// that.
func (d *decorator) enterLiteral(n *stringNode) (leave func()) {
	if d == nil {
		return func() {}
	}
	shift, lost, at := d.shift, d.lost, d.at
	if !lost {
		start := n.offset() + shift
		d.at = start
		if strings.HasPrefix(d.src[start+1:], n.text+`"`) {
			d.shift = start + 1
		} else {
			d.lost = true
		}
	}
	return func() { d.shift, d.lost, d.at = shift, lost, at }
}

func (d *decorator) value(e expr, v value) value {
	if ref, ok := v.(*refExpr); ok && d != nil {
		if n, ok := e.(*refNode); ok {
			return &tracedRef{ref, d.refEvent(n)}
		}
	}
	return v
}

func (d *decorator) test(e expr, t test) test {
	if ref, ok := t.(*refTest); ok && d != nil {
		if n, ok := e.(*refNode); ok {
			return &tracedRefTest{tracedRef{ref.ref, d.refEvent(n)}}
		}
	}
	return t
}

func (d *decorator) refEvent(n *refNode) Event {
	return d.event(EventReference, span{n.at, n.end}, func(w *printer) { w.ref(n) })
}

// stmt wraps a statement.
func (d *decorator) stmt(s stmt, n node) node {
	if d == nil || n == nil {
		return n
	}
	print := func(w *printer) { w.stmt(s) }
	var e Event
	switch n := n.(type) {
	case text:
		return n
	case *output:
		e = d.refEvent(s.(*refNode))
		return d.reached(&tracedOutput{n, e}, e)
	case *escaped:
		e = d.refEvent(s.(*escapeNode).ref)
		return d.reached(&tracedEscaped{n, e}, e)
	case *set:
		from := s.(*setNode)
		e = d.event(EventSet, from.head, print)
		e.Target = d.refEvent(from.target).Source
		return d.reached(&tracedSet{n, e}, e)
	case *ifElse:
		return d.ifElse(s.(*ifNode), n)
	case *foreach:
		return d.foreach(s.(*foreachNode), n, print)
	case *define:
		e = d.event(EventCall, s.(*defineNode).head, print)
		return d.reached(n, e)
	case *call:
		e = d.event(EventCall, s.(*callNode).head, print)
		return d.reached(&announced{n, e}, e)
	case *refusal:
		e = d.event(EventLeave, s.(*refusedNode).head, print)
		return d.reached(n, e)
	default: // leaveBy, *leaveLoop
		e = d.event(EventLeave, s.(*leaveNode).head, print)
		return d.reached(&announced{n, e}, e)
	}
}

func (d *decorator) reached(n node, e Event) node {
	return &reached{node: n, point: d.point(PointStatement, e, "")}
}

// ifElse wraps the conditions.
func (d *decorator) ifElse(from *ifNode, n *ifElse) node {
	var out node
	for i := range n.branches {
		e := d.event(EventBranch, from.branches[i].head, func(w *printer) {
			w.write([]string{"#if(", "#elseif("}[min(i, 1)])
			w.expr(from.branches[i].cond)
			w.write(")")
		})
		if i == 0 {
			out = d.reached(n, e)
		}
		t := &tracedArm{cond: n.branches[i].cond, event: e, taken: d.point(PointBranch, e, "taken"), eaten: d.eatenIn(from.branches[i].body)}
		n.branches[i].cond = t
		if i < len(n.branches)-1 {
			continue
		}
		if t.orElse = d.point(PointBranch, e, "not taken"); from.hasElse {
			e = d.event(EventBranch, from.elseHead, func(w *printer) { w.write("#else") })
			d.points[t.orElse] = Point{e.Place, PointBranch, e.Source, "taken"}
			e.Taken = true
			t.elseEvent = &e
		}
		t.last, t.elseEaten = true, d.eatenIn(from.orElse)
	}
	return out
}

func (d *decorator) foreach(from *foreachNode, n *foreach, print func(w *printer)) node {
	e := d.event(EventRound, from.head, print)
	n.trace = &loopTrace{event: e, eaten: d.eatenIn(from.body)}
	out := d.reached(&tracedForeach{n}, e)
	n.trace.entered = d.point(PointBranch, e, "entered")
	n.trace.skipped = d.point(PointBranch, e, "not entered")
	return out
}

// gobbling collects, for one block, the whitespace that is not printed.
type gobbling struct {
	head    []Event // before the first node that can tell of it
	pending []Event // to be told before the next node
}

// text takes note of what is cut from a text. What stands at its beginning was
// eaten by the directive before it, what stands at its end by the #set behind.
func (g *gobbling) text(d *decorator, out []node, t *textNode, from, to int) {
	if d == nil {
		return
	}
	eaten := func(from, to int) Event {
		text, _ := bounded(t.text[from:to])
		return Event{Kind: EventEaten, Place: d.place(t.at + at(from)), Value: text}
	}
	if from > 0 {
		if last := lastReached(out); last != nil {
			last.after = append(last.after, eaten(0, from))
		} else {
			g.head = append(g.head, eaten(0, from))
		}
	}
	if to < len(t.text) {
		g.pending = append(g.pending, eaten(to, len(t.text)))
	}
}

func isReached(n node) bool {
	_, ok := n.(*reached)
	return ok
}

func lastReached(out []node) *reached {
	for i := len(out) - 1; i >= 0; i-- {
		if r, ok := out[i].(*reached); ok {
			return r
		}
	}
	return nil
}

// before hands what is pending to a node.
func (g *gobbling) before(n node) node {
	if r, ok := n.(*reached); ok {
		r.before = append(r.before, g.pending...)
		g.pending = nil
	}
	return n
}

// tell makes a block tell of what was eaten at its beginning.
func (g *gobbling) tell(d *decorator, body []stmt, out []node, inside bool) {
	if d == nil || len(g.head) == 0 {
		return
	}
	if !inside { // behind a #macro; a block that is only text must stay so
		if i := slices.IndexFunc(out, isReached); i >= 0 {
			first := out[i].(*reached)
			first.before = append(g.head, first.before...)
		}
		return
	}
	if len(out) == 0 {
		if t, ok := body[0].(*textNode); ok {
			d.emptied[t] = g.head
		}
		return
	}
	if r, ok := out[0].(*reached); ok {
		r.before = append(g.head, r.before...)
	} else {
		out[0] = &reached{node: out[0], point: unused, before: g.head}
	}
}

// eatenIn is what was eaten in a body of which nothing is left.
func (d *decorator) eatenIn(body []stmt) []Event {
	if len(body) > 0 {
		if t, ok := body[0].(*textNode); ok {
			return d.emptied[t]
		}
	}
	return nil
}
