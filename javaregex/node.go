package javaregex

import "slices"

// op says what a node of a parsed pattern is.
type op uint8

const (
	opEmpty   op = iota
	opSet        // one character of set
	opConcat     // subs one after the other
	opAlt        // one of subs
	opGroup      // capturing group number n around subs[0]
	opRepeat     // subs[0], min to max times
	opLook       // look-around with subs[0]; form is its opening, like "(?="
	opAtomic     // (?>subs[0])
	opBackRef    // what group n matched
	opAnchor     // a place, named by anchor
	opNever      // matches nothing
)

// anchor names a place between characters.
type anchor uint8

const (
	textStart   anchor = iota // \A, ^
	textEnd                   // \z
	lastLineEnd               // $, \Z
	unixLastEnd               // $ and \Z with (?d)
	lineStart                 // (?m)^
	lineEnd                   // (?m)$
	unixStart                 // (?md)^
	unixEnd                   // (?md)$
	wordEdge                  // \b
	noWordEdge                // \B
	lastMatch                 // \G
)

// greed says how a repetition chooses.
type greed uint8

const (
	greedy greed = iota
	lazy
	possessive
)

// unlimited is the max of a repetition without upper bound.
const unlimited = -1

type node struct {
	op       op
	anchor   anchor
	greed    greed
	fold     bool // opBackRef: ignore case
	n        int  // group number
	min, max int
	form     string
	set      set
	subs     []*node
}

// nullable reports whether the node can match without consuming a character.
func (n *node) nullable() bool {
	switch n.op {
	case opSet, opNever:
		return false
	case opConcat:
		for _, s := range n.subs {
			if !s.nullable() {
				return false
			}
		}
		return true
	case opAlt:
		for _, s := range n.subs {
			if s.nullable() {
				return true
			}
		}
		return false
	case opGroup, opAtomic:
		return n.subs[0].nullable()
	case opRepeat:
		return n.min == 0 || n.subs[0].nullable()
	}
	return true
}

// linear reports whether the standard library's engine gives the same answer.
// In a whole match, atEnd says that nothing can follow the node, so that '$'
// there is the end of the text.
func (n *node) linear(atEnd bool) bool {
	switch n.op {
	case opLook, opAtomic, opBackRef:
		return false
	case opAnchor:
		switch n.anchor {
		case lastLineEnd, unixLastEnd:
			return atEnd
		case unixStart, lineStart, lineEnd, lastMatch:
			return false
		}
		return true
	case opRepeat:
		// An empty round of a loop is where engines disagree.
		if n.greed == possessive || n.max != 1 && n.subs[0].nullable() && n.subs[0].op != opEmpty {
			return false
		}
		return n.subs[0].linear(false)
	case opConcat:
		for _, s := range slices.Backward(n.subs) {
			if !s.linear(atEnd) {
				return false
			}
			atEnd = atEnd && (s.op == opAnchor || s.op == opEmpty)
		}
		return true
	}
	for _, s := range n.subs {
		if !s.linear(atEnd) {
			return false
		}
	}
	return true
}

// literal returns the text of a pattern that is nothing but text.
func (n *node) literal() (string, bool) {
	switch n.op {
	case opEmpty:
		return "", true
	case opSet:
		r, ok := n.set.single()
		return string(r), ok
	case opConcat:
		text := ""
		for _, s := range n.subs {
			part, ok := s.literal()
			if !ok {
				return "", false
			}
			text += part
		}
		return text, true
	}
	return "", false
}

// looksBack reports whether a match depends on what stands before it, so that a
// search cannot go on in the rest of the text alone.
func (n *node) looksBack() bool {
	if n.op == opAnchor && (n.anchor == textStart || n.anchor == wordEdge || n.anchor == noWordEdge) {
		return true
	}
	return slices.ContainsFunc(n.subs, (*node).looksBack)
}
