package iam

import "strings"

type quantifier uint8

const (
	quantifierNone quantifier = iota
	quantifierAll             // ForAllValues:
	quantifierAny             // ForAnyValue:
)

// A condition is one key under one operator. All conditions of a statement must hold.
type condition struct {
	at       string // its place in the document
	key      string
	operator operator
	set      quantifier
	ifExists bool
	deny     bool // stands in a Deny: what cannot be decided is decided the other way
	values   []matcher
}

// splitOperator takes the prefix and the suffix off an operator's name.
func splitOperator(name string) (base string, set quantifier, ifExists bool) {
	if rest, ok := strings.CutPrefix(name, "ForAllValues:"); ok {
		name, set = rest, quantifierAll
	} else if rest, ok := strings.CutPrefix(name, "ForAnyValue:"); ok {
		name, set = rest, quantifierAny
	}
	base, ifExists = strings.CutSuffix(name, "IfExists")
	return base, set, ifExists
}

// holds decides the condition. Spec: access-control 6.3.
func (c *condition) holds(k *Keys) bool {
	values, _ := k.lookup(c.key)
	if c.operator.null {
		return c.asksFor(len(values) == 0, k)
	}
	if len(values) == 0 {
		return c.ifExists || c.set == quantifierAll || c.set == quantifierNone && c.operator.negated
	}
	// Without a qualifier several values are not a case the language defines: an Allow then asks for all of them, a Deny
	// for any, so that neither lets more through than its author can have meant.
	all := c.set == quantifierAll || c.set == quantifierNone && !c.deny
	if c.set != quantifierNone && blank(values) {
		return all
	}
	for i := range values {
		if c.accepts(&values[i], k) != all {
			return !all
		}
	}
	return all
}

// accepts decides the condition for one value. A value that is not of the operator's type matches nothing; under a
// negated operator of an Allow it does not count as different either, since nobody has looked at it.
func (c *condition) accepts(v *Value, k *Keys) bool {
	misfit := false
	for _, m := range c.values {
		switch m.match(v, k) {
		case yes:
			return !c.operator.negated
		case unfit:
			misfit = true
		}
	}
	return c.operator.negated && (c.deny || !misfit)
}

// asksFor is the Null operator: "true" holds when the key is absent.
func (c *condition) asksFor(absent bool, k *Keys) bool {
	v := &absence[0]
	if absent {
		v = &absence[1]
	}
	for _, m := range c.values {
		if m.match(v, k) == yes {
			return true
		}
	}
	return false
}

// absence holds both answers as values, so that asking does not allocate one.
var absence = [2]Value{Bool(false), Bool(true)}

// blank reports whether a set holds nothing but empty texts, which set qualifiers treat as an empty set.
func blank(values []Value) bool {
	for i := range values {
		if values[i].kind != valueString || values[i].str != "" {
			return false
		}
	}
	return true
}
