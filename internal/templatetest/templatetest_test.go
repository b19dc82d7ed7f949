package templatetest_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/templatetest"
)

func write(t *testing.T, dir, name, text string) string {
	t.Helper()
	file := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

func run(t *testing.T, file string) *templatetest.Outcome {
	t.Helper()
	c, err := templatetest.Load(file, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c.Run(time.Now, nil)
}

func TestCasesPassAndFail(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "templates/t.vtl", "$input.body")
	for name, c := range map[string]struct{ text, failure string }{
		"pass":           {"-- template --\n$input.path('$.a')\n-- request --\n{\"body\": {\"a\": 1}}\n-- want --\n1\n", ""},
		"comment":        {"what it is\n\n-- template --\nx\n-- want --\nx\n", ""},
		"empty output":   {"-- template --\n#set($a = 1)\n-- want --\n", ""},
		"line end":       {"-- template --\nx\n\n-- want --\nx\n\n", ""},
		"differs":        {"-- template --\na\nb \n-- want --\na\nb\n", "output:\n    a\n  - b\n  + b·\n"},
		"file":           {"-- template: templates/t.vtl --\n-- request --\n{\"body\": \"x\"}\n-- want --\nx\n", ""},
		"response":       {"-- template --\n$input.body\n-- response --\n{\"body\": [1]}\n-- want --\n[1]\n", ""},
		"overrides":      {"-- template --\n#set($context.responseOverride.status = 201)\n-- want --\n-- overrides --\nresponseOverride.status = 201\n", ""},
		"other override": {"-- template --\n#set($context.responseOverride.status = 201)\n-- want --\n-- overrides --\nresponseOverride.status = 202\n", "overrides:\n"},
		"error":          {"-- template --\n#if($x\n-- error --\n.test:1:\n", ""},
		"no error":       {"-- template --\nx\n-- error --\nboom\n", "no error, want \"boom\""},
		"other error":    {"-- template --\n#if($x\n-- error --\nboom\n", "#if($x"},
		"bad sample":     {"-- template --\nx\n-- request --\n{\n-- want --\nx\n", "line 1, column 2"},
	} {
		t.Run(name, func(t *testing.T) {
			o := run(t, write(t, dir, strings.ReplaceAll(name, " ", "-")+".test", c.text))
			if c.failure == "" && !o.Passed() || !strings.Contains(o.Failure, c.failure) || c.failure != "" && o.Passed() {
				t.Errorf("got %q, want %q", o.Failure, c.failure)
			}
		})
	}
}

func TestBadFilesAreNamed(t *testing.T) {
	for text, want := range map[string]string{
		"-- want --\nx\n": "-- template -- is missing", "-- template --\nx\n": "one of the sections", "-- template --\n-- tmeplate --\n-- want --\n": "f:2: unknown section",
		"-- template --\n-- template --\n-- want --\n": "f:2: a second section", "-- template: a --\ntext\n-- want --\n": "has no text here",
		"-- template --\n-- want: x --\n": "only a template can be named by path",
	} {
		if _, err := templatetest.Parse("f", text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
}

func TestUpdateWritesWhatComesOut(t *testing.T) {
	file := write(t, t.TempDir(), "a.test", "why\n\n-- template --\nnew\n-- request --\n{}\n-- want --\nold\n")
	o := run(t, file)
	if err := o.Case.Update(o.Output, o.Overrides); err != nil {
		t.Fatal(err)
	}
	text, _ := os.ReadFile(file)
	if want := "why\n\n-- template --\nnew\n-- request --\n{}\n-- want --\nnew\n"; string(text) != want {
		t.Errorf("got %q", text)
	}
	if o := run(t, file); !o.Passed() {
		t.Error(o.Failure)
	}
}

func TestReports(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a.test", "good\n\n-- template --\nx\n-- want --\nx\n")
	write(t, dir, "sub/b.test", "bad & \"odd\"\n\n-- template --\nx\n-- want --\ny\n")
	write(t, dir, "sub/ignored.txt", "-")
	files, err := templatetest.Find(dir)
	if err != nil || len(files) != 2 {
		t.Fatalf("got %v, %v", files, err)
	}
	outcomes := []*templatetest.Outcome{run(t, files[0]), run(t, files[1])}
	var text, lines, junit bytes.Buffer
	templatetest.Text(&text, outcomes)
	if err := templatetest.JSON(&lines, outcomes); err != nil {
		t.Fatal(err)
	}
	if err := templatetest.JUnit(&junit, outcomes, nil); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ got, want string }{
		{text.String(), "FAIL " + files[1] + ": bad & \"odd\"\n  output:\n    - y\n    + x\n1 passed, 1 failed in "},
		{lines.String(), `"passed":true`}, {lines.String(), `"passed":false`},
		{junit.String(), `<testsuite name="templates" tests="2" failures="1"`}, {junit.String(), `<failure message="output:"`},
	} {
		if !strings.Contains(c.got, c.want) {
			t.Errorf("got\n%s\nwant %s", c.got, c.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("c\n\n-- template --\nx\n-- want --\nx\n")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := templatetest.Parse("f.test", text)
		if err == nil && c.Template == "" && strings.Contains(text, "-- template --\nx\n--") {
			t.Errorf("lost the template of %q", text)
		}
	})
}
