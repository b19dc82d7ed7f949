package lint

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/gatehouse-gateway/gatehouse/vtl"
)

var directiveNames = []string{"set", "if", "elseif", "else", "end", "foreach", "define", "macro", "break", "stop"}

// slips are words of other languages where a directive is meant.
var slips = map[string]string{
	"elsif": "elseif", "elif": "elseif", "else-if": "elseif", "endif": "end", "endfor": "end", "endforeach": "end", "fi": "end", "done": "end",
	"for": "foreach", "each": "foreach", "return": "stop", "unless": "if", "let": "set", "var": "set", "assign": "set",
}

var (
	likeDirective = regexp.MustCompile(`#\{?@?([A-Za-z]+)\}?`)
	likeReference = regexp.MustCompile(`\$[ \t]+!?\{[ \t]*[A-Za-z_][\w.]*[ \t]*\}|\$!?\{[ \t]+!?[A-Za-z_][^{}"\n]*\}|\$\{\$[A-Za-z]`)
)

// looks reports text that looks like code and is printed as it stands.
func (t *template) looks() {
	set := t.setNames()
	inText := func(parts []*vtl.Part) {
		vtl.Walk(parts, func(p *vtl.Part) bool {
			if p.Kind == vtl.PartText {
				t.looksLikeDirective(p)
				t.looksLikeReference(p)
			}
			return true
		})
	}
	inText(t.parts)
	vtl.Walk(t.parts, func(p *vtl.Part) bool {
		for _, b := range p.Branches {
			t.calledVariable(b.Body, set)
		}
		t.calledVariable(p.Body, set)
		if p.Kind == vtl.PartRefused {
			t.report(p.Place, ruleRefused, "#%s is not available: the request answers 500 when it comes here", p.Name)
		}
		return true
	})
	t.calledVariable(t.parts, set)
}

// inside is the place of the byte at offset i of the text of p.
func inside(p *vtl.Part, i int) vtl.Place {
	at := vtl.Place{Offset: p.Offset + i, Line: p.Line, Column: p.Column}
	before := p.Text[:i]
	if n := strings.Count(before, "\n"); n > 0 {
		at.Line += n
		at.Column = 1
		before = before[strings.LastIndexByte(before, '\n')+1:]
	}
	at.Column += utf8.RuneCountInString(before)
	return at
}

func (t *template) looksLikeDirective(p *vtl.Part) {
	for _, m := range likeDirective.FindAllStringSubmatchIndex(p.Text, -1) {
		if m[0] > 0 && p.Text[m[0]-1] == '\\' {
			continue
		}
		word, whole := p.Text[m[2]:m[3]], p.Text[m[0]:m[1]]
		called := strings.HasPrefix(strings.TrimLeft(p.Text[m[1]:], " \t"), "(")
		meant := directiveMeant(word, called, m[0] > 0 && strings.IndexByte("/?&=", p.Text[m[0]-1]) >= 0)
		if meant == "" {
			continue
		}
		if meant == word { // a call of no macro
			t.report(inside(p, m[0]), rulePrintsItself, "%s is no directive or macro: it is printed as it stands", whole)
			continue
		}
		t.report(inside(p, m[0]), rulePrintsItself, "%s is no directive: it is printed as it stands; did you mean #%s?", whole, meant)
	}
}

// directiveMeant is the directive that a word is a slip of, the word itself if it is called without being anything, or "".
func directiveMeant(word string, called, inURL bool) string {
	if m := slips[strings.ToLower(word)]; m != "" && (called || len(word) > 4) {
		return m
	}
	for _, d := range directiveNames {
		if strings.EqualFold(word, d) && (word != d || d == "set") {
			if word == d && !called {
				return "" // "#set theory" is text that somebody may mean
			}
			return d
		}
	}
	if !inURL {
		for _, d := range []string{"else", "end"} {
			if rest, ok := strings.CutPrefix(word, d); ok && rest != "" {
				return "{" + d + "}" + rest
			}
		}
	}
	if !called {
		return ""
	}
	if m := nearest(word, directiveNames); m != "" {
		return m
	}
	return word
}

func (t *template) looksLikeReference(p *vtl.Part) {
	for _, m := range likeReference.FindAllStringIndex(p.Text, -1) {
		found := p.Text[m[0]:m[1]]
		t.report(inside(p, m[0]), rulePrintsItself, "%s is no reference: it is printed as it stands; write ${name} without blanks", shorten(found))
	}
}

// calledVariable reports $name(…): the variable is printed, then the parenthesis.
func (t *template) calledVariable(parts []*vtl.Part, set map[string]bool) {
	for i := 0; i+1 < len(parts); i++ {
		r, next := parts[i].Ref, parts[i+1]
		if parts[i].Kind != vtl.PartReference || r.Formal || next.Kind != vtl.PartText || !strings.HasPrefix(next.Text, "(") {
			continue
		}
		if len(r.Links) == 0 && !set[r.Name] && !slices.Contains(loopNames, r.Name) {
			t.report(r.Place, rulePrintsItself, "$%s is not a function: what is in the parentheses is printed as it stands", r.Name)
		}
	}
}
