package openapi

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// The functions below read values of a document. Each reports what is wrong, once, and then returns a zero value.
// They may be asked of nil, which is a member that is not there.

// str reads a string; numbers and booleans are taken as they are written.
func (im *importer) str(n *node) string {
	switch {
	case n == nil || n.kind == null:
		return ""
	case n.kind == mapping && len(n.members) == 1 && isIntrinsic(n.members[0].name):
		im.addf(n, "%s is resolved by CloudFormation, not by an import; write the value itself", n.members[0].name)
		return ""
	case n.kind == mapping || n.kind == sequence:
		im.addf(n, "must be a string, not %s", n.kind)
		return ""
	}
	return n.text
}

func isIntrinsic(name string) bool { return strings.HasPrefix(name, "Fn::") || name == "Ref" }

// word reads one of the known words, in any letter case.
func (im *importer) word(n *node, what string, known ...string) string {
	s := im.str(n)
	if s == "" {
		return ""
	}
	for _, k := range known {
		if strings.EqualFold(s, k) {
			return k
		}
	}
	im.addf(n, "%q is not %s: %s%s", s, what, strings.Join(known, ", "), didYouMean(s, known))
	return ""
}

// flag reads true or false; a string that says so counts.
func (im *importer) flag(n *node) bool {
	if n == nil || n.kind == null {
		return false
	}
	s := strings.ToLower(n.text)
	if n.kind == mapping || n.kind == sequence || s != "true" && s != "false" {
		im.addf(n, "must be true or false")
	}
	return s == "true"
}

// whole reads an integer; ok is false when there is none.
func (im *importer) whole(n *node) (i int, ok bool) {
	if n == nil || n.kind == null {
		return 0, false
	}
	f, err := strconv.ParseFloat(n.text, 64)
	if n.kind != number && n.kind != text || err != nil || f != math.Trunc(f) || math.Abs(f) > math.MaxInt32 {
		im.addf(n, "must be an integer")
		return 0, false
	}
	return int(f), true
}

// strings reads a list of strings.
func (im *importer) strings(n *node) []string {
	if n == nil || n.kind == null {
		return nil
	}
	if n.kind != sequence {
		im.addf(n, "must be a list, not %s", n.kind)
		return nil
	}
	if !im.visit(n, len(n.items)) {
		return nil
	}
	var all []string
	for _, item := range n.items {
		all = append(all, im.str(item))
	}
	return all
}

// object reads an object and follows references. Nil: there is none, or it is reported.
func (im *importer) object(n *node) *node {
	if n == nil || n.kind == null {
		return nil
	}
	ref := n
	if n = im.deref(n); n == nil {
		return nil
	}
	if n != ref {
		im.beside(ref)
	}
	if n.kind != mapping {
		im.addf(n, "must be an object, not %s", n.kind)
		return nil
	}
	return n
}

// beside warns of members next to $ref: they have no effect. Descriptions do no harm.
func (im *importer) beside(ref *node) {
	for _, m := range ref.members {
		if m.name != "$ref" && m.name != "description" && m.name != "summary" && !strings.HasPrefix(m.name, "x-") {
			im.warnf(m.value, "has no effect beside $ref")
		}
	}
}

// named returns the members of an object whose names are the user's own, such as headers: "x-request-id" is one.
func (im *importer) named(n *node) []member {
	if n = im.object(n); n == nil || !im.visit(n, len(n.members)) {
		return nil
	}
	return n.members
}

// members returns the members of an object, without extensions.
func (im *importer) members(n *node) []member {
	return slices.DeleteFunc(slices.Clone(im.named(n)), func(m member) bool { return strings.HasPrefix(m.name, "x-") })
}

// only warns of members that are not known.
func (im *importer) only(n *node, what string, known ...string) {
	for _, m := range n.members {
		if !slices.Contains(known, m.name) && !strings.HasPrefix(m.name, "x-") {
			im.warnf(m.value, "is not a member of %s and has no effect%s", what, didYouMean(m.name, known))
		}
	}
}

// json returns an object or list as compact JSON, and a string as it is.
func (im *importer) json(n *node) string {
	if n == nil || n.kind == null {
		return ""
	}
	if n = im.deref(n); n == nil {
		return ""
	}
	if n.kind == text {
		return n.text
	}
	text := string(n.appendJSON(nil))
	im.visit(n, len(text)/8)
	return text
}
