package lint

import (
	"cmp"
	"fmt"
	"slices"
)

// Finding is one thing that a rule found.
type Finding struct {
	File     string
	Line     int // from 1; 0: no place in the file
	Column   int // in characters, from 1
	Severity Severity
	Rule     string
	Message  string
}

// String is "file:line:col: severity rule: message".
func (f Finding) String() string {
	at := f.File
	if f.Line > 0 {
		at = fmt.Sprintf("%s:%d:%d", f.File, f.Line, f.Column)
	}
	return fmt.Sprintf("%s: %s %s: %s", at, f.Severity, f.Rule, f.Message)
}

// Sort puts findings in the order of the files, and drops repetitions: what several methods share is read several times.
func Sort(all []Finding) []Finding {
	slices.SortFunc(all, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column),
			cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Message, b.Message))
	})
	return slices.Compact(all)
}

// maxFindings bounds what one document gives; nobody reads more.
const maxFindings = 5000

// place is where a finding is, with the other places at which it can be silenced.
type place struct {
	file   string
	line   int
	col    int
	inside string // JSON path in the file, for x-gatehouse-ignore
	lines  []int  // lines besides its own at which a comment silences it
	// template, with the line in it: its own comments count too, also when it is a JSON string.
	template *silencers
	tline    int
}
