package vtl

import "strings"

// The 1.x whitespace rule: some directives swallow what stands around them.
// The tree keeps all text; this file says which part of a text node is printed.
//
//	#if #elseif #else #end #foreach #define #macro #literal #name(…)
//	          blanks and one newline directly after them; blanks before stay
//	#set(…)   the same, but only together: if a newline ends the line, then also
//	          blanks before it, when nothing else (but more #set) is on the line
//	##…       its newline, which is part of the comment
//
// Spec: mapping-templates 6. Velocity 1.7 itself also drops the blanks between
// a reference or directive and a #set on the same line, and keeps those between
// a line of text and a #set on the next.

const blanks = " \t"

// printed returns the part of the text node body[i] that is printed. inside
// says that body is the inside of a directive, whose head stands before it.
func printed(body []stmt, i int, inside bool) string {
	from, to := printedRange(body, i, inside)
	return body[i].(*textNode).text[from:to]
}

// printedRange is where that part begins and ends in the text.
func printedRange(body []stmt, i int, inside bool) (from, to int) {
	text := body[i].(*textNode).text
	to = len(text)
	if i == 0 && inside || i > 0 && swallowsAfter(body[i-1]) {
		text = afterNewline(text)
		from = to - len(text)
	}
	if i+1 < len(body) && isSet(body[i+1]) && endsLine(body, i+1) && startsLine(body, i, inside) {
		to = from + len(strings.TrimRight(text, blanks))
	}
	return from, to
}

// swallowsAfter reports whether a node swallows the newline behind it.
func swallowsAfter(s stmt) bool {
	switch n := s.(type) {
	case *setNode, *ifNode, *foreachNode, *defineNode, *macroNode:
		return true
	case *callNode:
		return n.parens || n.block
	case *literalNode, *rawSource:
		return true
	}
	return false
}

func isSet(s stmt) bool {
	_, ok := s.(*setNode)
	return ok
}

// afterNewline drops leading blanks and one newline, if there is one.
func afterNewline(text string) string {
	rest := strings.TrimLeft(text, blanks)
	for _, newline := range []string{"\r\n", "\n", "\r"} {
		if after, ok := strings.CutPrefix(rest, newline); ok {
			return after
		}
	}
	return text
}

// endsLine reports whether only blanks and more #set stand between body[i] and
// the next newline.
func endsLine(body []stmt, i int) bool {
	for _, s := range body[i+1:] {
		if isSet(s) {
			continue
		}
		t, ok := s.(*textNode)
		if !ok {
			return false
		}
		rest := strings.TrimLeft(t.text, blanks)
		if rest != "" {
			return rest[0] == '\n' || rest[0] == '\r'
		}
	}
	return false
}

// startsLine reports whether only blanks and #set stand between the last
// newline and the end of the text node body[i].
func startsLine(body []stmt, i int, inside bool) bool {
	for ; i >= 0; i-- {
		if isSet(body[i]) {
			continue
		}
		t, ok := body[i].(*textNode)
		if !ok {
			return endedLine(body[i])
		}
		rest := strings.TrimRight(t.text, blanks)
		if rest != "" {
			return strings.HasSuffix(rest, "\n") || strings.HasSuffix(rest, "\r")
		}
	}
	return !inside // the start of the template
}

// endedLine reports whether a node that is not text took its newline along.
func endedLine(s stmt) bool {
	c, ok := s.(*commentNode)
	return ok && strings.HasSuffix(c.text, "\n")
}
