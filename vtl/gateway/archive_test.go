package gateway_test

import (
	"os"
	"strings"
	"testing"
)

// readArchive reads a txtar file: a comment, then sections under "-- name --"
// lines. The last newline of a section belongs to the file format.
func readArchive(t *testing.T, file string) (comment string, sections map[string]string) {
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	sections = map[string]string{}
	name := ""
	for line := range strings.Lines(string(data)) {
		head, isHead := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "-- ")
		if section, ok := strings.CutSuffix(head, " --"); isHead && ok {
			if name = section; sections[name] != "" {
				t.Fatalf("%s: two sections %q", file, name)
			}
			sections[name] = ""
		} else if name == "" {
			comment += line
		} else {
			sections[name] += line
		}
	}
	for name, text := range sections {
		sections[name] = strings.TrimSuffix(text, "\n")
	}
	return comment, sections
}
