package javaregex

import (
	"cmp"
	"slices"
	"sync"
	"unicode"
)

// span is the characters from lo to hi, both included.
type span struct{ lo, hi rune }

// set is a set of characters: spans in order that neither touch nor overlap.
type set []span

func oneOf(chars string) set {
	var s set
	for _, r := range chars {
		s = append(s, span{r, r})
	}
	return s.tidy()
}

func tableSet(t *unicode.RangeTable) set {
	var s set
	add := func(lo, hi, stride rune) {
		if stride == 1 {
			s = append(s, span{lo, hi})
			return
		}
		for r := lo; r <= hi; r += stride {
			s = append(s, span{r, r})
		}
	}
	for _, r := range t.R16 {
		add(rune(r.Lo), rune(r.Hi), rune(r.Stride))
	}
	for _, r := range t.R32 {
		add(rune(r.Lo), rune(r.Hi), rune(r.Stride))
	}
	return s.tidy()
}

// tidy sorts the spans and joins those that touch.
func (s set) tidy() set {
	slices.SortFunc(s, func(a, b span) int { return cmp.Compare(a.lo, b.lo) })
	out := s[:0]
	for _, sp := range s {
		if n := len(out); n > 0 && sp.lo <= out[n-1].hi+1 {
			out[n-1].hi = max(out[n-1].hi, sp.hi)
			continue
		}
		out = append(out, sp)
	}
	return out
}

func (s set) union(t set) set { return slices.Concat(s, t).tidy() }

func (s set) negate() set {
	var out set
	next := rune(0)
	for _, sp := range s {
		if sp.lo > next {
			out = append(out, span{next, sp.lo - 1})
		}
		next = sp.hi + 1
	}
	if next <= unicode.MaxRune {
		out = append(out, span{next, unicode.MaxRune})
	}
	return out
}

func (s set) intersect(t set) set { return s.negate().union(t.negate()).negate() }

// single returns the only character of the set.
func (s set) single() (rune, bool) {
	if len(s) == 1 && s[0].lo == s[0].hi {
		return s[0].lo, true
	}
	return 0, false
}

// foldASCII adds the other case of every ASCII letter in s.
func (s set) foldASCII() set {
	lower := s.intersect(set{{'a', 'z'}})
	upper := s.intersect(set{{'A', 'Z'}})
	out := slices.Clone(s)
	for _, sp := range lower {
		out = append(out, span{sp.lo - 32, sp.hi - 32})
	}
	for _, sp := range upper {
		out = append(out, span{sp.lo + 32, sp.hi + 32})
	}
	return out.tidy()
}

// foldUnicode adds every character that differs from one in s by case only.
// Only characters that have a case are walked, so a huge span costs nothing.
func (s set) foldUnicode() set {
	cased := s.intersect(casedSet())
	out := slices.Clone(s)
	for _, sp := range cased {
		for r := sp.lo; r <= sp.hi; r++ {
			for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
				out = append(out, span{f, f})
			}
		}
	}
	return out.tidy()
}

// casedSet holds every character with a case, and more.
var casedSet = sync.OnceValue(func() set {
	var s set
	for _, t := range []*unicode.RangeTable{unicode.Lu, unicode.Ll, unicode.Lt, unicode.Mn, unicode.Nl, unicode.So} {
		s = append(s, tableSet(t)...)
	}
	return s.tidy()
})
