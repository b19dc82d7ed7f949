package templatetest_test

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/templatetest"
)

// cover runs tests, given as pairs of name and text, and returns the summary with the folder's name removed.
func cover(t *testing.T, files ...string) (summary *templatetest.Summary, text string) {
	t.Helper()
	dir := t.TempDir()
	var cases []string
	for i := 0; i < len(files); i += 2 {
		file := write(t, dir, files[i], files[i+1])
		if strings.HasSuffix(file, templatetest.Ending) {
			cases = append(cases, file)
		}
	}
	var coverage templatetest.Coverage
	for _, file := range cases {
		c, err := templatetest.Load(file, nil)
		if err != nil {
			t.Fatal(err)
		}
		if o := c.Run(time.Now, &coverage); !o.Passed() {
			t.Errorf("%s: %s", file, o.Failure)
		}
	}
	var b bytes.Buffer
	summary = coverage.Summary()
	summary.Text(&b)
	return summary, strings.ReplaceAll(b.String(), dir+string(filepath.Separator), "")
}

const ifTemplate = "#if($input.params('a') == 'x')\n$input.params('a')\n#else\nno\n#end\n"

func TestCoverageOf(t *testing.T) {
	for _, c := range []struct {
		name  string
		files []string
		want  string
	}{
		{"text", []string{"a.test", "-- template --\nx\n-- want --\nx\n"},
			"a.test: lines 0/0 (100.0%), branches 0/0 (100.0%)\ncoverage: lines 0/0 (100.0%), branches 0/0 (100.0%)\n"},
		{"one arm", []string{"t.vtl", ifTemplate, "a.test", "-- template: t.vtl --\n-- want --\nno\n\n"},
			"t.vtl: lines 1/2 (50.0%), branches 1/2 (50.0%)\n  lines that never ran: 2\n  1:1 #if($input.params('a') == 'x'): never taken\n" +
				"coverage: lines 1/2 (50.0%), branches 1/2 (50.0%)\n"},
		{"both arms by two tests", []string{"t.vtl", ifTemplate, "a.test", "-- template: t.vtl --\n-- want --\nno\n\n",
			"sub/b.test", "-- template: ../t.vtl --\n-- request --\n{\"querystring\": {\"a\": \"x\"}}\n-- want --\nx\n\n"},
			"t.vtl: lines 2/2 (100.0%), branches 2/2 (100.0%)\ncoverage: lines 2/2 (100.0%), branches 2/2 (100.0%)\n"},
		{"no else", []string{"a.test", "why\n\n-- template --\nx#if(true)y#end\n-- want --\nxy\n"},
			"a.test: lines 1/1 (100.0%), branches 1/2 (50.0%)\n  4:2 #if(true): never skipped\ncoverage: lines 1/1 (100.0%), branches 1/2 (50.0%)\n"},
		{"loop", []string{"a.test", "-- template --\n#foreach($i in $none)\n$i\n\n$i\n$i\n#end\n-- want --\n"},
			"a.test: lines 1/4 (25.0%), branches 1/2 (50.0%)\n  lines that never ran: 3, 5-6\n  2:1 #foreach($i in $none): never entered\n" +
				"coverage: lines 1/4 (25.0%), branches 1/2 (50.0%)\n"},
		{"failing template", []string{"a.test", "-- template --\n#set($x = 'a')$x.substring(5)\n$x\n-- error --\nout of range\n"},
			"a.test: lines 1/2 (50.0%), branches 0/0 (100.0%)\n  lines that never ran: 3\ncoverage: lines 1/2 (50.0%), branches 0/0 (100.0%)\n"},
		{"unused macro", []string{"a.test", "-- template --\n#macro(m $a)\n$a\n#end\n#define($d)\n$x\n#end\n-- want --\n"},
			"a.test: lines 1/3 (33.3%), branches 0/0 (100.0%)\n  lines that never ran: 3, 6\ncoverage: lines 1/3 (33.3%), branches 0/0 (100.0%)\n"},
		{"two templates", []string{"t.vtl", ifTemplate, "a.test", "-- template: t.vtl --\n-- want --\nno\n\n", "b.test", "-- template --\n$x\n-- want --\n\n"},
			"b.test: lines 1/1 (100.0%), branches 0/0 (100.0%)\nt.vtl: lines 1/2 (50.0%), branches 1/2 (50.0%)\n  lines that never ran: 2\n" +
				"  1:1 #if($input.params('a') == 'x'): never taken\ncoverage: lines 2/3 (66.6%), branches 1/2 (50.0%)\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, got := cover(t, c.files...); got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

func TestCoverageInReports(t *testing.T) {
	s, _ := cover(t, "t.vtl", ifTemplate, "a.test", "-- template: t.vtl --\n-- want --\nno\n\n")
	var lines, junit bytes.Buffer
	if err := s.JSON(&lines); err != nil {
		t.Fatal(err)
	}
	if err := templatetest.JUnit(&junit, nil, s); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ got, want string }{
		{lines.String(), `{"coverage":{"lines":{"covered":1,"total":2,"percent":50},"branches":{"covered":1,"total":2,"percent":50},"templates":[{"file":`},
		{lines.String(), `"uncoveredLines":[2],"uncoveredBranches":[{"line":1,"column":1,"source":"#if($input.params('a') == 'x')","outcome":"taken"}]}]}}` + "\n"},
		{junit.String(), `<property name="coverage.lines" value="50.00">`}, {junit.String(), `<property name="coverage.branches" value="50.00">`},
	} {
		if !strings.Contains(c.got, c.want) {
			t.Errorf("got\n%s\nwant %s", c.got, c.want)
		}
	}
	for percent, below := range map[float64]bool{0: false, 50: false, 50.1: true, 100: true} {
		if s.Below(percent) != below {
			t.Errorf("below %g%%: got %t", percent, !below)
		}
	}
}
