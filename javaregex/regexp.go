package javaregex

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/dlclark/regexp2"
)

// MatchTimeout bounds one search of the backtracking engine. Patterns that need
// longer on the texts of a gateway are mistakes or attacks.
const MatchTimeout = 250 * time.Millisecond

// ErrTimeout means that a search took longer than MatchTimeout.
var ErrTimeout = errors.New("regular expression took too long")

// Regexp is a compiled pattern.
type Regexp struct {
	pattern  string
	tree     parsed
	text     string // the pattern's text if it isText
	isText   bool
	whole    engine                 // anchored at both ends
	searcher func() (engine, error) // not anchored; made at first use
}

// engine is what finds matches in one text.
type engine interface {
	// each calls yield for every match in order, until it returns false. loc
	// holds the byte offsets of match and groups in pairs, -1 for no match.
	each(s string, yield func(loc []int) bool) error
	matches(s string) (bool, error)
}

// Compile reads a pattern in Java's notation. The error is a *SyntaxError when
// the pattern is at fault.
func Compile(pattern string) (*Regexp, error) {
	tree, err := parse(pattern)
	if err != nil {
		return nil, err
	}
	re := &Regexp{pattern: pattern, tree: tree}
	re.text, re.isText = tree.root.literal()
	if !re.isText {
		if re.whole, err = newEngine(tree.root, true); err != nil {
			return nil, fmt.Errorf("regular expression %q: %w", pattern, err)
		}
	}
	re.searcher = sync.OnceValues(func() (engine, error) {
		if re.isText && re.text != "" {
			return textEngine(re.text), nil
		}
		return newEngine(tree.root, false)
	})
	return re, nil
}

// MustCompile is Compile for patterns that are known to be right.
func MustCompile(pattern string) *Regexp {
	re, err := Compile(pattern)
	if err != nil {
		panic(err)
	}
	return re
}

// String returns the pattern.
func (re *Regexp) String() string { return re.pattern }

// MatchWhole reports whether the pattern matches all of s, as Java's
// String.matches does. The error is ErrTimeout.
func (re *Regexp) MatchWhole(s string) (bool, error) {
	if re.isText {
		return s == re.text, nil
	}
	return re.whole.matches(s)
}

// Find reports whether the pattern matches somewhere in s. The error is
// ErrTimeout.
func (re *Regexp) Find(s string) (bool, error) {
	if re.isText {
		return strings.Contains(s, re.text), nil
	}
	e, err := re.searcher()
	if err != nil {
		return false, err
	}
	return e.matches(s)
}

// newEngine chooses the engine for a pattern, for whole matches or for searches.
// Java finds an empty match right behind another match and package regexp does
// not, so searches for what may be empty backtrack; so do those for what looks
// back, because package regexp cannot begin in the middle of a text.
func newEngine(root *node, whole bool) (engine, error) {
	if root.linear(whole) && (whole || !root.nullable() && !root.looksBack()) {
		if re, err := regexp.Compile(written(root, linear, whole)); err == nil {
			return linearEngine{re}, nil
		} // too many repetitions for it: the other engine counts them
	}
	re, err := regexp2.Compile(written(root, backtracking, whole), regexp2.None)
	if err != nil {
		return nil, err
	}
	re.MatchTimeout = MatchTimeout
	return backtrackEngine{re}, nil
}

func written(root *node, d dialect, whole bool) string {
	var w strings.Builder
	if whole {
		w.WriteString(`\A(?:`)
	}
	root.emit(&w, d)
	if whole {
		w.WriteString(`)\z`)
	}
	return w.String()
}

type textEngine string

func (t textEngine) matches(s string) (bool, error) { return strings.Contains(s, string(t)), nil }

func (t textEngine) each(s string, yield func([]int) bool) error {
	var loc [2]int
	for pos := 0; ; {
		i := strings.Index(s[pos:], string(t))
		if i < 0 {
			return nil
		}
		loc[0] = pos + i
		loc[1] = loc[0] + len(t)
		if pos = loc[1]; !yield(loc[:]) {
			return nil
		}
	}
}

type linearEngine struct{ re *regexp.Regexp }

func (e linearEngine) matches(s string) (bool, error) { return e.re.MatchString(s), nil }

func (e linearEngine) each(s string, yield func([]int) bool) error {
	for pos := 0; ; {
		loc := e.re.FindStringSubmatchIndex(s[pos:])
		if loc == nil {
			return nil
		}
		for i := range loc {
			if loc[i] >= 0 {
				loc[i] += pos
			}
		}
		if pos = loc[1]; !yield(loc) {
			return nil
		}
	}
}

type backtrackEngine struct{ re *regexp2.Regexp }

func (e backtrackEngine) matches(s string) (bool, error) {
	ok, err := e.re.MatchString(s)
	if err != nil { // the engine has no other error
		return false, ErrTimeout
	}
	return ok, nil
}

func (e backtrackEngine) each(s string, yield func([]int) bool) error {
	var offsets []int // of every rune in s, and of its end
	for i := range s {
		offsets = append(offsets, i)
	}
	offsets = append(offsets, len(s))
	started := time.Now()
	m, err := e.re.FindStringMatch(s)
	for ; m != nil && err == nil; m, err = e.re.FindNextMatch(m) {
		if time.Since(started) > MatchTimeout {
			return ErrTimeout
		}
		var loc []int
		for _, g := range m.Groups() {
			if len(g.Captures) == 0 {
				loc = append(loc, -1, -1)
				continue
			}
			loc = append(loc, offsets[g.Index], offsets[g.Index+g.Length])
		}
		if !yield(loc) {
			return nil
		}
	}
	if err != nil {
		return ErrTimeout
	}
	return nil
}
