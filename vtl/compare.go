package vtl

import (
	"math"
	"math/big"

	"github.com/gatehouse-gateway/gatehouse/jsontree"
)

// equal is the operator ==. Null equals null and the empty string, numbers
// compare by value, values of one kind like Java's equals, and all others by
// their text. Spec: mapping-templates 3 and 4, recorded.
func (r *run) equal(a, b Value) (bool, error) {
	if a == nil || b == nil {
		return (a == nil || a == "") && (b == nil || b == ""), nil
	}
	if s, ok := a.(string); ok {
		if t, ok := b.(string); ok {
			return s == t, r.scan(len(s))
		}
	}
	if order, ok := compareNumbers(a, b); ok {
		return order == 0, nil
	}
	if kindOf(a) == kindOf(b) && kindOf(a) != kindHost && kindOf(a) != kindBlock {
		return r.javaEqual(a, b)
	}
	s, err := r.textOf(a)
	if err != nil {
		return false, err
	}
	t, err := r.textOf(b)
	return s == t, err
}

// javaEqual is Object.equals: strict about kinds, deep for lists and maps.
func (r *run) javaEqual(a, b Value) (bool, error) {
	if err := r.spend(1); err != nil {
		return false, err
	}
	k := kindOf(a)
	if k != kindOf(b) {
		return false, nil
	}
	switch k {
	case kindNull:
		return true, nil
	case kindString:
		return a == b, r.scan(len(a.(string)))
	case kindBool, kindLoop, kindBlock, kindChar, kindIterator:
		return a == b, nil
	case kindInt, kindDouble:
		order, _ := compareNumbers(a, b)
		return order == 0 && isLong(a) == isLong(b), nil
	}
	if err := r.enterValue(); err != nil {
		return false, err
	}
	defer r.leaveValue()
	switch k {
	case kindList:
		return r.equalLists(a, b)
	case kindMap:
		return r.equalMaps(a, b)
	case kindEntry:
		x, y := a.(*memberEntry), b.(*memberEntry)
		same, err := r.javaEqual(x.key, y.key)
		if !same || err != nil {
			return false, err
		}
		return r.javaEqual(x.value, y.value)
	}
	return sameHost(a, b), nil
}

// sameHost compares host values, which need not be comparable.
func sameHost(a, b Value) (same bool) {
	defer func() { _ = recover() }()
	return a == b
}

func (r *run) equalLists(a, b Value) (bool, error) {
	x, y := itemsOf(a), itemsOf(b)
	if x.len() != y.len() {
		return false, nil
	}
	for i := range x.len() {
		if same, err := r.javaEqual(x.at(i), y.at(i)); !same || err != nil {
			return false, err
		}
	}
	return true, nil
}

func (r *run) equalMaps(a, b Value) (bool, error) {
	x, y := membersOf(a), membersOf(b)
	if x.len() != y.len() {
		return false, nil
	}
	if err := r.spend(x.len() / 8); err != nil {
		return false, err
	}
	for _, e := range x.entries() {
		other, ok := y.get(e.key)
		if !ok {
			return false, nil
		}
		if same, err := r.javaEqual(e.value, other); !same || err != nil {
			return false, err
		}
	}
	return true, nil
}

// hashOf is Object.hashCode, as far as it does not depend on memory addresses.
func (r *run) hashOf(v Value) (int32, error) {
	if err := r.spend(1); err != nil {
		return 0, err
	}
	switch v := v.(type) {
	case nil:
		return 0, nil
	case bool:
		if v {
			return 1231, nil
		}
		return 1237, nil
	case string:
		return hashString(v), nil
	case int64:
		return hashInteger(v), nil
	case long:
		return int32(v ^ v>>32), nil
	case float64:
		bits := math.Float64bits(v)
		return int32(bits ^ bits>>32), nil
	case *big.Int, jsontree.Number, char:
		return hashString(scalarText(v)), nil
	case *memberEntry:
		return r.hashEntry(v.entry)
	}
	if err := r.enterValue(); err != nil {
		return 0, err
	}
	defer r.leaveValue()
	switch kindOf(v) {
	case kindMap:
		return r.hashEntries(membersOf(v).entries())
	case kindList:
		return r.hashItems(itemsOf(v))
	}
	return 0, nil
}

// hashInteger is the hash of an Integer, or of a Long if it is too large.
func hashInteger(i int64) int32 {
	if fits32(i) {
		return int32(i)
	}
	return int32(i ^ i>>32)
}

func (r *run) hashEntry(e entry) (int32, error) {
	k, err := r.hashOf(e.key)
	if err != nil {
		return 0, err
	}
	v, err := r.hashOf(e.value)
	return k ^ v, err
}

func (r *run) hashEntries(entries []entry) (h int32, err error) {
	for _, e := range entries {
		one, err := r.hashEntry(e)
		if err != nil {
			return 0, err
		}
		h += one
	}
	return h, nil
}

// hashItems is the hash of a list; that of a set does not depend on the order.
func (r *run) hashItems(l items) (int32, error) {
	set := l.list != nil && l.list.set
	h := int32(1)
	if set {
		h = 0
	}
	for i := range l.len() {
		one, err := r.hashOf(l.at(i))
		if err != nil {
			return 0, err
		}
		if set {
			h += one
		} else {
			h = 31*h + one
		}
	}
	return h, nil
}
