package lint

import (
	"regexp"
	"strings"
)

// silencers are the comments of a text that silence rules, by line.
type silencers struct {
	byLine map[int][]string
	alone  map[int]bool // lines that hold nothing but a comment
}

// silencer is # or ## or a comment of a block, and the ids behind it. Anything else, such as --, begins a reason.
var silencer = regexp.MustCompile(`#+\*?\s*gatehouse:ignore((?:[ \t,]+[A-Za-z][A-Za-z0-9_-]*)+)`)

// commentLine is a line of YAML or of a template that is nothing but a comment. #set and its like are none.
var commentLine = regexp.MustCompile(`^\s*#(#|\s|\*|$)`)

func readSilencers(lines []string) silencers {
	s := silencers{byLine: map[int][]string{}, alone: map[int]bool{}}
	for i, line := range lines {
		s.alone[i+1] = commentLine.MatchString(line)
		if !strings.Contains(line, "gatehouse:ignore") {
			continue
		}
		if m := silencer.FindStringSubmatch(line); m != nil {
			s.byLine[i+1] = strings.FieldsFunc(m[1], func(c rune) bool { return c == ',' || c == ' ' || c == '\t' })
		}
	}
	return s
}

// silences reports whether a comment on the line, or in the comments right above it, names the rule.
func (s *silencers) silences(line int, rule string) bool {
	if s.names(line, rule) {
		return true
	}
	for above := line - 1; above > 0 && s.alone[above]; above-- {
		if s.names(above, rule) {
			return true
		}
	}
	return false
}

func (s *silencers) names(line int, rule string) bool {
	for _, id := range s.byLine[line] {
		if id == rule {
			return true
		}
	}
	return false
}

// ignoreMember is the member of an object that silences rules for it and all below it.
const ignoreMember = "x-gatehouse-ignore"

// ids are the texts of an x-gatehouse-ignore: one or a list.
func (n *node) ids() []*node {
	switch {
	case n == nil:
		return nil
	case len(n.items) > 0:
		return n.items
	}
	return []*node{n}
}

// silencedAt reports whether an object around the JSON path names the rule.
func (s *source) silencedAt(path, rule string) bool {
	if s.root == nil || len(s.ignores) == 0 {
		return false
	}
	for around, ids := range s.ignores {
		rest, ok := strings.CutPrefix(path, around)
		if !ok || rest != "" && rest[0] != '.' && rest[0] != '[' {
			continue
		}
		for _, id := range ids {
			if id == rule {
				return true
			}
		}
	}
	return false
}

// findIgnores collects the members x-gatehouse-ignore of a file.
func (s *source) findIgnores(n *node, depth int) {
	if n == nil || depth > maxDepth {
		return
	}
	if list := n.members[ignoreMember]; list != nil {
		if s.ignores == nil {
			s.ignores = map[string][]string{}
		}
		for _, id := range list.ids() {
			s.ignores[n.path] = append(s.ignores[n.path], id.text)
			s.named = append(s.named, namedRule{id.text, id.line, id.col})
		}
	}
	for name, m := range n.members {
		if name != ignoreMember {
			s.findIgnores(m, depth+1)
		}
	}
	for _, m := range n.items {
		s.findIgnores(m, depth+1)
	}
}

// namedRule is an id in a silencer, with its place.
type namedRule struct {
	id        string
	line, col int
}

// checkSilencers reports silencers that name no rule.
func (l *linter) checkSilencers() {
	for name, s := range l.files {
		if s == nil {
			continue
		}
		all := s.named
		for line, ids := range s.byLine {
			for _, id := range ids {
				all = append(all, namedRule{id, line, 1 + strings.Index(s.lines[line-1], "gatehouse:ignore")})
			}
		}
		for _, n := range all {
			if _, known := ruleOf(n.id); !known {
				l.addf(place{file: name, line: n.line, col: n.col}, ruleUnknownRule, "there is no rule %q%s", shorten(n.id), meant(n.id, "", ruleIDs()))
			}
		}
	}
}
