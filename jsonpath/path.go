package jsonpath

import (
	"fmt"

	"github.com/gatehouse-gateway/gatehouse/jsontree"
)

// Path is a compiled path.
type Path struct {
	steps    []step
	current  bool // starts at @, the candidate of the filter around it
	definite bool
	simple   bool            // names and single indexes only: no bookkeeping needed
	lookup   []jsontree.Step // of a simple path
}

// step is one step of a path.
type step struct {
	kind    stepKind
	deep    bool     // ".." stands before it
	name    string   // stepName, stepCall
	names   []string // stepNames
	indexes []int    // stepIndex: one; stepIndexes: several
	from    int      // stepSlice
	to      int
	hasFrom bool
	hasTo   bool
	filter  expr      // stepFilter
	call    function  // stepCall
	args    []operand // stepCall
}

type stepKind uint8

const (
	stepName stepKind = iota
	stepNames
	stepIndex
	stepIndexes
	stepSlice
	stepWildcard
	stepFilter
	stepCall
)

// SyntaxError says what is wrong with a path and where.
type SyntaxError struct {
	Path   string
	Offset int // bytes before the place
	Msg    string
}

// Error returns the path, the place counted from 1, and the message.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("JSONPath %q, position %d: %s", e.Path, e.Offset+1, e.Msg)
}

// Compile reads a path. The leading "$." or "$" may be left out, as in the
// mapping expression method.request.body.a.b. The error is a *SyntaxError.
func Compile(text string) (*Path, error) {
	p := parser{text: text}
	if len(text) > maxLength {
		p.failAt(maxLength, "path is longer than %d bytes", maxLength)
		return nil, p.err
	}
	path := p.whole()
	if p.err != nil {
		return nil, p.err
	}
	return path, nil
}

// Definite reports whether the path leads to one value at most.
func (p *Path) Definite() bool { return p.definite }

// Eval follows the path from root. A definite path gives the value it leads to,
// or false. Any other path gives a new *jsontree.Array of all matches in
// document order, and true. The values are those of the tree, not copies.
func (p *Path) Eval(root jsontree.Value) (jsontree.Value, bool) {
	if p.simple {
		return p.follow(root)
	}
	r := run{root: root, left: maxSteps}
	v, ok := r.value(p, root)
	if r.left <= 0 {
		v, ok = nil, false
	}
	if p.definite {
		return v, ok
	}
	if !ok {
		return &jsontree.Array{}, true
	}
	return v, true
}

// Lookup follows the path from the root of a JSON text without building its
// tree, see jsontree.Lookup. done is false when that is not possible: then parse
// the text and use Eval.
func (p *Path) Lookup(src string) (v jsontree.Value, done bool) {
	if len(p.lookup) == 0 {
		return nil, false
	}
	return jsontree.Lookup(src, p.lookup, jsontree.Limits{})
}

// lookupSteps returns the steps of a simple path for jsontree, or nil if there
// is one that counts from the end.
func (p *Path) lookupSteps() []jsontree.Step {
	steps := make([]jsontree.Step, len(p.steps))
	for i := range p.steps {
		s := &p.steps[i]
		if !p.simple || s.kind == stepIndex && s.indexes[0] < 0 {
			return nil
		}
		steps[i].Name = s.name
		if s.kind == stepIndex {
			steps[i].Item, steps[i].Index = true, s.indexes[0]
		}
	}
	return steps
}

// follow evaluates a simple path.
func (p *Path) follow(v jsontree.Value) (jsontree.Value, bool) {
	for i := range p.steps {
		var ok bool
		s := &p.steps[i]
		if s.kind == stepName {
			v, ok = member(v, s.name)
		} else {
			v, ok = item(v, s.indexes[0])
		}
		if !ok {
			return nil, false
		}
	}
	return v, v != nil
}

// seal computes what is known about the path before it runs.
func (p *Path) seal() *Path {
	p.definite, p.simple = true, true
	for i := range p.steps {
		s := &p.steps[i]
		single := s.kind == stepName || s.kind == stepIndex
		p.simple = p.simple && single && !s.deep
		merges := s.kind == stepNames && i == len(p.steps)-1
		p.definite = p.definite && (single || merges || s.kind == stepCall) && !s.deep
	}
	p.lookup = p.lookupSteps()
	return p
}

func member(v jsontree.Value, name string) (jsontree.Value, bool) {
	o, ok := v.(*jsontree.Object)
	if !ok {
		return nil, false
	}
	return o.Get(name)
}

func item(v jsontree.Value, i int) (jsontree.Value, bool) {
	a, ok := v.(*jsontree.Array)
	if !ok {
		return nil, false
	}
	if i < 0 {
		i += len(a.Items)
	}
	if i < 0 || i >= len(a.Items) {
		return nil, false
	}
	return a.Items[i], true
}
