package templatetest

import (
	"fmt"
	"strings"
)

// maxDiffLines bounds the texts that are compared line by line; longer ones are shown from the first difference on.
const maxDiffLines = 2000

// Diff shows how got differs from want, line by line: "-" is wanted, "+" is there, "  " is both. Blanks at line ends and
// control characters are made visible, because in templates they are what differs.
func Diff(want, got string) string {
	a, b := strings.Split(want, "\n"), strings.Split(got, "\n")
	if len(a) > maxDiffLines || len(b) > maxDiffLines {
		return firstDifference(a, b)
	}
	var out strings.Builder
	for _, e := range edits(a, b) {
		if e.sign == ' ' {
			fmt.Fprintf(&out, "    %s\n", e.line)
			continue
		}
		fmt.Fprintf(&out, "  %c %s\n", e.sign, visible(e.line))
	}
	return out.String()
}

type edit struct {
	sign byte
	line string
}

// edits finds the longest common subsequence and what stands around it.
func edits(a, b []string) []edit {
	length := make([][]int, len(a)+1)
	for i := range length {
		length[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				length[i][j] = length[i+1][j+1] + 1
			} else {
				length[i][j] = max(length[i+1][j], length[i][j+1])
			}
		}
	}
	var all []edit
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			all = append(all, edit{' ', a[i]})
			i, j = i+1, j+1
		case j == len(b) || i < len(a) && length[i+1][j] >= length[i][j+1]:
			all = append(all, edit{'-', a[i]})
			i++
		default:
			all = append(all, edit{'+', b[j]})
			j++
		}
	}
	return all
}

func firstDifference(a, b []string) string {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	show := func(lines []string) string {
		if i < len(lines) {
			return visible(lines[i])
		}
		return "(end)"
	}
	return fmt.Sprintf("  line %d:\n  - %s\n  + %s\n", i+1, show(a), show(b))
}

// visible shows blanks at the end of a line as · and control characters as Go escapes.
func visible(line string) string {
	trimmed := strings.TrimRight(line, " ")
	line = trimmed + strings.Repeat("·", len(line)-len(trimmed))
	var b strings.Builder
	for _, c := range line {
		if c < ' ' && c != '\t' {
			fmt.Fprintf(&b, "\\x%02x", c)
			continue
		}
		b.WriteRune(c)
	}
	return b.String()
}
