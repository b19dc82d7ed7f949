package templatetest

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/vtl"
)

// Coverage is what a set of tests ran of their templates. The zero value is ready.
type Coverage struct {
	templates map[string]*templateCoverage
}

// templateCoverage is what the tests ran of one template.
type templateCoverage struct {
	program *vtl.Program
	reached []bool // by point
	offset  int    // lines of the file before the template
}

// of returns the coverage of the template of a test. Tests that name the same file share it.
func (c *Coverage) of(test *Case) *templateCoverage {
	if t, ok := c.templates[test.TemplateFile]; ok {
		return t
	}
	t := &templateCoverage{program: vtl.CompileTraced(test.Template)}
	t.reached = make([]bool, len(t.program.Points()))
	if test.TemplateFile == test.File {
		t.offset = test.templateLine()
	}
	if c.templates == nil {
		c.templates = make(map[string]*templateCoverage)
	}
	c.templates[test.TemplateFile] = t
	return t
}

func (t *templateCoverage) reach(point int) { t.reached[point] = true }

// templateLine is the line of the marker above the template.
func (c *Case) templateLine() int {
	for _, s := range c.sections {
		if s.name == "template" {
			return s.line
		}
	}
	return 0
}

// Share is how many of how many are covered.
type Share struct {
	Covered int     `json:"covered"`
	Total   int     `json:"total"`
	Percent float64 `json:"percent"` // 100 of nothing
}

func shareOf(covered, total int) Share {
	s := Share{covered, total, 100}
	if total > 0 {
		s.Percent = 100 * float64(covered) / float64(total)
	}
	return s
}

// String is "3/4 (75.0%)". It is rounded down: only all is 100%.
func (s Share) String() string {
	return fmt.Sprintf("%d/%d (%.1f%%)", s.Covered, s.Total, float64(int(s.Percent*10))/10)
}

// Summary is a coverage in numbers.
type Summary struct {
	Lines     Share           `json:"lines"`
	Branches  Share           `json:"branches"`
	Templates []TemplateShare `json:"templates"`
}

// TemplateShare is the coverage of one template, and what is missing.
type TemplateShare struct {
	File              string   `json:"file"`
	Lines             Share    `json:"lines"`
	Branches          Share    `json:"branches"`
	UncoveredLines    []int    `json:"uncoveredLines,omitempty"`
	UncoveredBranches []Branch `json:"uncoveredBranches,omitempty"`
}

// Branch is an arm of an #if, or a loop entered or not.
type Branch struct {
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Source  string `json:"source"`
	Outcome string `json:"outcome"` // taken, not taken, entered, not entered
}

// Summary counts. A line counts when it holds a reference or directive, and is covered when one of them ran.
func (c *Coverage) Summary() *Summary {
	s := &Summary{Templates: []TemplateShare{}}
	var lines, branches Share
	for file, t := range c.templates {
		one := t.share(file)
		lines.Covered, lines.Total = lines.Covered+one.Lines.Covered, lines.Total+one.Lines.Total
		branches.Covered, branches.Total = branches.Covered+one.Branches.Covered, branches.Total+one.Branches.Total
		s.Templates = append(s.Templates, one)
	}
	slices.SortFunc(s.Templates, func(a, b TemplateShare) int { return cmp.Compare(a.File, b.File) })
	s.Lines, s.Branches = shareOf(lines.Covered, lines.Total), shareOf(branches.Covered, branches.Total)
	return s
}

func (t *templateCoverage) share(file string) TemplateShare {
	out := TemplateShare{File: file}
	lines := make(map[int]bool)
	covered, branches := 0, 0
	for i, p := range t.program.Points() {
		line := p.Line + t.offset
		switch {
		case p.Kind == vtl.PointStatement:
			lines[line] = lines[line] || t.reached[i]
			continue
		case t.reached[i]:
			covered++
		default:
			out.UncoveredBranches = append(out.UncoveredBranches, Branch{line, p.Column, p.Source, p.What})
		}
		branches++
	}
	for line, ran := range lines {
		if !ran {
			out.UncoveredLines = append(out.UncoveredLines, line)
		}
	}
	slices.Sort(out.UncoveredLines)
	slices.SortStableFunc(out.UncoveredBranches, func(a, b Branch) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	out.Lines = shareOf(len(lines)-len(out.UncoveredLines), len(lines))
	out.Branches = shareOf(covered, branches)
	return out
}

// outcomes are the words for a branch that no test saw.
var outcomes = map[string]string{"taken": "never taken", "not taken": "never skipped", "entered": "never entered", "not entered": "never skipped"}

// Text writes the summary for people.
func (s *Summary) Text(w io.Writer) {
	for _, t := range s.Templates {
		fmt.Fprintf(w, "%s: lines %s, branches %s\n", t.File, t.Lines, t.Branches)
		if len(t.UncoveredLines) > 0 {
			fmt.Fprintf(w, "  lines that never ran: %s\n", ranges(t.UncoveredLines))
		}
		for _, b := range t.UncoveredBranches {
			source, _, more := strings.Cut(b.Source, "\n")
			if more {
				source += " …"
			}
			fmt.Fprintf(w, "  %d:%d %s: %s\n", b.Line, b.Column, source, outcomes[b.Outcome])
		}
	}
	fmt.Fprintf(w, "coverage: lines %s, branches %s\n", s.Lines, s.Branches)
}

// ranges writes sorted numbers, those in a row as first-last.
func ranges(numbers []int) string {
	var parts []string
	for i := 0; i < len(numbers); {
		end := i
		for end+1 < len(numbers) && numbers[end+1] == numbers[end]+1 {
			end++
		}
		if part := fmt.Sprint(numbers[i]); end == i {
			parts = append(parts, part)
		} else {
			parts = append(parts, fmt.Sprintf("%s-%d", part, numbers[end]))
		}
		i = end + 1
	}
	return strings.Join(parts, ", ")
}

// Below reports whether lines or branches are covered by less than so many percent.
func (s *Summary) Below(percent float64) bool {
	return s.Lines.Percent < percent || s.Branches.Percent < percent
}
