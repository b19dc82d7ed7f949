package jsontree

import (
	"math"
	"strconv"
)

// Value is one JSON value: Null, bool, Number, string, *Array or *Object.
// A nil Value is no JSON value at all; functions that look something up return
// it for "not there".
type Value any

// Null is the JSON value null.
type Null struct{}

// Kind names the kind of a Value.
type Kind uint8

// The kinds of JSON values. None is the kind of a nil Value and of anything
// that is not JSON.
const (
	KindNone Kind = iota
	KindNull
	KindBool
	KindNumber
	KindString
	KindArray
	KindObject
)

var kindNames = [...]string{"none", "null", "boolean", "number", "string", "array", "object"}

// String returns the name JSON Schema uses for the kind.
func (k Kind) String() string { return kindNames[k] }

// KindOf returns the kind of v.
func KindOf(v Value) Kind {
	switch v.(type) {
	case Null:
		return KindNull
	case bool:
		return KindBool
	case Number:
		return KindNumber
	case string:
		return KindString
	case *Array:
		return KindArray
	case *Object:
		return KindObject
	}
	return KindNone
}

// Number is a JSON number as it was written. A Number made by hand must follow
// the grammar of JSON numbers.
type Number string

// NumberOf returns the Number of an integer.
func NumberOf(n int64) Number { return Number(strconv.FormatInt(n, 10)) }

// String returns the number as written.
func (n Number) String() string { return string(n) }

// IsInt reports whether the number is written as an integer, without fraction
// and exponent: 10 is, 10.0 and 1e1 are not.
func (n Number) IsInt() bool {
	for i := range len(n) {
		if c := n[i]; c == '.' || c == 'e' || c == 'E' {
			return false
		}
	}
	return len(n) > 0
}

// Int64 returns the number if it is written as an integer that fits.
func (n Number) Int64() (int64, bool) {
	if !n.IsInt() {
		return 0, false
	}
	i, err := strconv.ParseInt(string(n), 10, 64)
	return i, err == nil
}

// Float64 returns the nearest float64, and false when the number is beyond its
// range.
func (n Number) Float64() (float64, bool) {
	f, err := strconv.ParseFloat(string(n), 64)
	return f, err == nil && !math.IsInf(f, 0)
}

// Array is a JSON array. The zero value is an empty array.
type Array struct {
	Items []Value
}

// Len returns the number of items.
func (a *Array) Len() int { return len(a.Items) }

// Equal reports whether two values are the same JSON: numbers by value, arrays
// in order, objects in any order.
func Equal(a, b Value) bool {
	switch a := a.(type) {
	case Number:
		b, ok := b.(Number)
		return ok && equalNumbers(a, b)
	case *Array:
		b, ok := b.(*Array)
		if !ok || len(a.Items) != len(b.Items) {
			return false
		}
		for i := range a.Items {
			if !Equal(a.Items[i], b.Items[i]) {
				return false
			}
		}
		return true
	case *Object:
		b, ok := b.(*Object)
		if !ok || a.Len() != b.Len() {
			return false
		}
		for name, v := range a.All() {
			if w, found := b.Get(name); !found || !Equal(v, w) {
				return false
			}
		}
		return true
	}
	return KindOf(a) == KindOf(b) && a == b
}

func equalNumbers(a, b Number) bool {
	if a == b {
		return true
	}
	i, intA := a.Int64()
	j, intB := b.Int64()
	if intA && intB {
		return i == j
	}
	f, okA := a.Float64()
	g, okB := b.Float64()
	return okA && okB && f == g
}
