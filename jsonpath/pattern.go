package jsonpath

import (
	"fmt"

	"github.com/gatehouse-gateway/gatehouse/javaregex"
	"github.com/gatehouse-gateway/gatehouse/jsontree"
)

// pattern is a regular expression of a filter: /source/flags, in Java's notation.
type pattern struct {
	source, flags string
	re            *javaregex.Regexp
}

func compilePattern(source, flags string) (*pattern, error) {
	text := source
	if flags != "" {
		text = "(?" + flags + ")" + source
	}
	re, err := javaregex.Compile(text)
	if err != nil {
		return nil, fmt.Errorf("pattern /%s/%s: %w", source, flags, err)
	}
	return &pattern{source: source, flags: flags, re: re}, nil
}

// matchAny reports whether the text of v, or of an item of the array v, matches
// as a whole. A match that takes too long is none.
func (p *pattern) matchAny(v jsontree.Value) bool {
	switch v := v.(type) {
	case nil:
		return false
	case string:
		return p.matches(v)
	case jsontree.Number:
		return p.matches(string(v))
	case bool:
		return p.matches(fmt.Sprint(v))
	case *jsontree.Array:
		for _, it := range v.Items {
			if _, nested := it.(*jsontree.Array); !nested && p.matchAny(it) {
				return true
			}
		}
		return false
	}
	return p.matches("")
}

func (p *pattern) matches(s string) bool {
	ok, err := p.re.MatchWhole(s)
	return ok && err == nil
}

func (p *pattern) append(dst []byte) []byte {
	dst = append(append(dst, '/'), p.source...)
	return append(append(dst, '/'), p.flags...)
}
