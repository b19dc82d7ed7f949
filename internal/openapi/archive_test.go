package openapi_test

import (
	"bytes"
	"os"
	"strings"
)

// section is a file in a case: a line "-- name --" and what follows it.
type section struct {
	Name string
	Data []byte
}

// readCase reads a case: a comment and sections.
func readCase(path string) (comment string, sections []section, err error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return "", nil, err
	}
	var text strings.Builder
	for line := range bytes.Lines(data) {
		if name, ok := heading(line); ok {
			sections = append(sections, section{Name: name})
			continue
		}
		if len(sections) == 0 {
			text.Write(line)
			continue
		}
		last := &sections[len(sections)-1]
		last.Data = append(last.Data, line...)
	}
	return text.String(), sections, nil
}

func heading(line []byte) (string, bool) {
	s := strings.TrimRight(string(line), "\n")
	s, ok := strings.CutPrefix(s, "-- ")
	if !ok {
		return "", false
	}
	return strings.CutSuffix(s, " --")
}

func formatCase(comment string, sections []section) []byte {
	out := []byte(comment)
	for _, s := range sections {
		out = append(append(append(out, "-- "...), s.Name...), " --\n"...)
		out = append(out, s.Data...)
	}
	return out
}
