package jsonpath

import (
	"strings"
	"unicode/utf16"

	"github.com/gatehouse-gateway/gatehouse/jsontree"
)

// expr is a condition of a filter.
type expr interface {
	match(r *run, candidate jsontree.Value) bool
	append(dst []byte) []byte
}

type (
	orExpr      []expr
	andExpr     []expr
	notExpr     struct{ not expr }
	existsExpr  struct{ path operand }
	compareExpr struct {
		op          *operator
		left, right operand
	}
)

func (e orExpr) match(r *run, v jsontree.Value) bool {
	for _, x := range e {
		if x.match(r, v) {
			return true
		}
	}
	return false
}

func (e andExpr) match(r *run, v jsontree.Value) bool {
	for _, x := range e {
		if !x.match(r, v) {
			return false
		}
	}
	return true
}

func (e notExpr) match(r *run, v jsontree.Value) bool { return !e.not.match(r, v) }

// match asks whether the path leads anywhere. Where it ends in several names,
// all of them must be there.
func (e existsExpr) match(r *run, v jsontree.Value) bool {
	found := e.path.eval(r, v)
	if steps := e.path.path.steps; e.path.path.definite && len(steps) > 0 && steps[len(steps)-1].kind == stepNames {
		for _, name := range steps[len(steps)-1].names {
			if _, ok := member(found, name); !ok {
				return false
			}
		}
	}
	return found != nil
}

func (e *compareExpr) match(r *run, v jsontree.Value) bool {
	if e.op.regex {
		left, right := &e.left, &e.right
		if right.kind != operandPattern {
			left, right = right, left
		}
		return right.kind == operandPattern && right.pattern.matchAny(left.eval(r, v))
	}
	left, right := e.left.eval(r, v), e.right.eval(r, v)
	if r.left -= (1 + weight(left)) * (1 + weight(right)); r.left <= 0 {
		return false
	}
	if left != nil && right != nil || e.op.onNothing {
		return e.op.holds(left, right)
	}
	return false
}

// weight is what comparing with v may cost, in visited values.
func weight(v jsontree.Value) int {
	switch v := v.(type) {
	case string:
		return len(v) / 1024
	case *jsontree.Array:
		return v.Len()
	case *jsontree.Object:
		return v.Len()
	}
	return 0
}

// operand is one side of a comparison or an argument of a function.
type operand struct {
	kind    operandKind
	path    *Path
	value   jsontree.Value
	pattern *pattern
}

type operandKind uint8

const (
	operandValue operandKind = iota
	operandPath
	operandPattern
)

// eval returns nil for a path that leads nowhere.
func (o *operand) eval(r *run, candidate jsontree.Value) jsontree.Value {
	if o.kind != operandPath {
		return o.value
	}
	from := r.root
	if o.path.current {
		from = candidate
	}
	if v, ok := r.value(o.path, from); ok {
		return v
	}
	return nil
}

// operator compares two values. onNothing says that it may hold when a path
// leads nowhere (the value is nil then).
type operator struct {
	name      string
	holds     func(left, right jsontree.Value) bool
	onNothing bool
	regex     bool
}

// operators in the order in which they are tried: longer ones first.
var operators = [...]operator{
	{name: "===", holds: jsontree.Equal},
	{name: "!==", holds: func(l, r jsontree.Value) bool { return !jsontree.Equal(l, r) }},
	{name: "==", holds: equal},
	{name: "!=", holds: func(l, r jsontree.Value) bool { return !equal(l, r) }, onNothing: true},
	{name: "<=", holds: func(l, r jsontree.Value) bool { c, ok := compare(l, r); return ok && c <= 0 }},
	{name: ">=", holds: func(l, r jsontree.Value) bool { c, ok := compare(l, r); return ok && c >= 0 }},
	{name: "<", holds: func(l, r jsontree.Value) bool { c, ok := compare(l, r); return ok && c < 0 }},
	{name: ">", holds: func(l, r jsontree.Value) bool { c, ok := compare(l, r); return ok && c > 0 }},
	{name: "=~", regex: true},
	{name: "in", holds: in},
	{name: "nin", holds: func(l, r jsontree.Value) bool { return !in(l, r) }, onNothing: true},
	{name: "contains", holds: contains},
	{name: "subsetof", holds: func(l, r jsontree.Value) bool { _, outside, ok := overlap(l, r); return ok && outside == 0 }},
	{name: "anyof", holds: func(l, r jsontree.Value) bool { inside, _, ok := overlap(l, r); return ok && inside > 0 }},
	{name: "noneof", holds: func(l, r jsontree.Value) bool { inside, _, ok := overlap(l, r); return ok && inside == 0 }},
	{name: "all", holds: func(l, r jsontree.Value) bool { _, outside, ok := overlap(r, l); return ok && outside == 0 }},
	{name: "size", holds: hasSize},
	{name: "empty", holds: isEmpty},
}

// equal is ==: a number on the left takes a string for a number, a string on the
// left takes a number for its digits.
func equal(left, right jsontree.Value) bool {
	switch l := left.(type) {
	case jsontree.Number:
		if s, ok := right.(string); ok {
			n, err := jsontree.ParseString(s, jsontree.Limits{})
			return err == nil && jsontree.KindOf(n) == jsontree.KindNumber && jsontree.Equal(l, n)
		}
	case string:
		if n, ok := right.(jsontree.Number); ok {
			return l == string(n)
		}
	}
	return left != nil && jsontree.Equal(left, right)
}

// compare orders two numbers or two strings; nothing else has an order.
func compare(left, right jsontree.Value) (int, bool) {
	switch l := left.(type) {
	case string:
		r, ok := right.(string)
		return strings.Compare(l, r), ok
	case jsontree.Number:
		r, ok := right.(jsontree.Number)
		if !ok {
			return 0, false
		}
		return compareNumbers(l, r)
	}
	return 0, false
}

func in(left, right jsontree.Value) bool {
	a, ok := right.(*jsontree.Array)
	if !ok || left == nil {
		return false
	}
	for _, it := range a.Items {
		if equal(left, it) {
			return true
		}
	}
	return false
}

func contains(left, right jsontree.Value) bool {
	if s, ok := left.(string); ok {
		part, ok := right.(string)
		return ok && strings.Contains(s, part)
	}
	return in(right, left)
}

// overlap counts the items of a that are inside and outside b.
func overlap(a, b jsontree.Value) (inside, outside int, ok bool) {
	list, isList := a.(*jsontree.Array)
	if _, ok = b.(*jsontree.Array); !ok || !isList {
		return 0, 0, false
	}
	for _, it := range list.Items {
		if in(it, b) {
			inside++
		} else {
			outside++
		}
	}
	return inside, outside, true
}

func hasSize(left, right jsontree.Value) bool {
	n, ok := right.(jsontree.Number)
	if !ok {
		return false
	}
	want, _ := n.Float64()
	switch l := left.(type) {
	case string:
		return float64(len(utf16.Encode([]rune(l)))) == want // Java counts UTF-16 units
	case *jsontree.Array:
		return float64(l.Len()) == want
	}
	return false
}

func isEmpty(left, right jsontree.Value) bool {
	want, ok := right.(bool)
	if !ok {
		return false
	}
	switch l := left.(type) {
	case string:
		return (l == "") == want
	case *jsontree.Array:
		return (l.Len() == 0) == want
	case *jsontree.Object:
		return (l.Len() == 0) == want
	}
	return false
}
