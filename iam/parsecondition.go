package iam

import (
	"maps"
	"slices"
)

// conditions reads a Condition block: operators, in each of them keys, for each of them values.
func (p *parser) conditions(n node, deny bool) []condition {
	if n.kind != nodeObject {
		p.add(n.at, "is %v, want an object", n.kind)
		return nil
	}
	var all []condition
	for i, name := range n.names {
		block := n.items[i]
		base, set, ifExists := splitOperator(name)
		op, known := operators[base]
		switch {
		case !known:
			p.add(block.at, "unknown operator%s", suggest(base, slices.Sorted(maps.Keys(operators))))
		case op.null && (set != quantifierNone || ifExists):
			p.add(block.at, "Null takes neither a set qualifier nor IfExists")
		case block.kind != nodeObject:
			p.add(block.at, "is %v, want an object", block.kind)
		case len(block.items) == 0:
			p.add(block.at, "is an empty object")
		default:
			like := condition{operator: op, set: set, ifExists: ifExists, deny: deny}
			all = append(all, p.conditionKeys(block, like)...)
		}
	}
	return all
}

func (p *parser) conditionKeys(block node, like condition) []condition {
	var all []condition
	for i, key := range block.names {
		c := like
		c.key, c.at = key, block.items[i].at
		if key == "" {
			p.add(c.at, "key is empty")
			continue
		}
		for _, v := range p.items(block.items[i]) {
			if m := p.conditionValue(v, c.operator); m != nil {
				c.values = append(c.values, m)
			}
		}
		all = append(all, c)
	}
	return all
}

// conditionValue reads one value; booleans and numbers count as their text. A value that its operator cannot read is a
// mistake here: a Deny that can never apply should not be stored.
func (p *parser) conditionValue(v node, op operator) matcher {
	switch v.kind {
	case nodeString, nodeBool, nodeNumber:
	default:
		p.add(v.at, "is %v, want a string", v.kind)
		return nil
	}
	m, err := op.compile(v.text, p.variables)
	if err != nil {
		p.add(v.at, "%s %v", quote(v.text), err)
		return nil
	}
	return m
}
