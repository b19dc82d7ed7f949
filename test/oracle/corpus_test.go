package oracle

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// example is a case of the corpus. One that differs says why it may: the
// section of the specification that asks for it, and the reason.
type example struct {
	name     string
	question question
	differs  string
}

// readCorpus reads files of cases, one a line:
//
//	# comment
//	vars {…}          the variables, or the document, of what follows
//	== heading        of the cases below; with their number it is their name
//	the template or path, with ⏎ ⇥ ␠ for a newline, a tab, a blank at the end
//	~ 3: reason       the case above differs, as section 3 wants it
func readCorpus(t *testing.T, kind byte, pattern string) []example {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: no files, %v", pattern, err)
	}
	var all []example
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, parseCorpus(kind, strings.TrimSuffix(filepath.Base(file), ".txt"), string(data))...)
	}
	return all
}

var visible = strings.NewReplacer("⏎", "\n", "⇥", "\t", "␠", " ")

func parseCorpus(kind byte, file, text string) (all []example) {
	var heading, vars string
	number := 0
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		switch {
		case line == "" || strings.HasPrefix(line, "# "):
		case strings.HasPrefix(line, "vars "):
			vars = line[len("vars "):]
		case strings.HasPrefix(line, "== "):
			heading, number = line[len("== "):], 0
		case strings.HasPrefix(line, "~ "):
			all[len(all)-1].differs = line[len("~ "):]
		default:
			number++
			name := fmt.Sprintf("%s/%s %d", file, heading, number)
			all = append(all, example{name, question{kind, visible.Replace(line), vars}, ""})
		}
	}
	return all
}

func TestTemplates(t *testing.T) { compareCorpus(t, 'V', "testdata/templates/*.txt") }

func TestPaths(t *testing.T) { compareCorpus(t, 'P', "testdata/paths/*.txt") }

func compareCorpus(t *testing.T, kind byte, pattern string) {
	examples := readCorpus(t, kind, pattern)
	questions := make([]question, len(examples))
	for i, e := range examples {
		questions[i] = e.question
	}
	marked := 0
	for i, java := range oracle(t).ask(t, questions) {
		e := examples[i]
		our := ours(t, e.question)
		agree := same(kind, java, our)
		if e.differs != "" {
			marked++
		}
		switch {
		case !agree && e.differs == "":
			t.Errorf("%s: %q\noracle: %c %.300q\n  ours: %c %.300q", e.name, e.question.text, java.verdict, java.text, our.verdict, our.text)
		case agree && e.differs != "":
			t.Errorf("%s: %q differs no more: remove the mark %q", e.name, e.question.text, e.differs)
		}
	}
	t.Logf("%d cases, %d of them differ as marked", len(examples), marked)
}
