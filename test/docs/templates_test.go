package docs

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/internal/render"
	"github.com/gatehouse-gateway/gatehouse/vtl"
	"github.com/gatehouse-gateway/gatehouse/vtl/gateway"
)

// fewestExamples is how many examples the page of mapping templates has at least.
const fewestExamples = 100

// example is one template of a page with what it must give:
//
//	```vtl            the template; "vtl next" runs as the response template of the exchange that the example above began
//	```json           what it sees, as package render reads it; without it, the json block under the same heading that
//	                  belongs to no template
//	```output         what it prints, or
//	```error          how it fails, as `gatehouse render` says it
//	```overrides      the overrides it sets, after the output
//
// The line end before the closing fence belongs to no block. In a block marked picture, · stands for a blank, ⏎ for the end of
// a line, and ░ for a blank or an end of line that is swallowed; its output has the same signs. A table whose head has the
// columns Template and Prints has an example in each row: `code` is the output, "nothing" is none, 500 `code` an error that
// contains the code.
type example struct {
	line      int
	template  string
	picture   string // as drawn; "" for other examples
	sample    string
	next      bool
	want      string
	wantError bool
	partly    bool // the error contains want
	overrides *string
	done      bool // the output is known
}

func TestTemplatesOnPages(t *testing.T) {
	pages, err := filepath.Glob(root + "/docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(text), "\n```output\n") {
			continue // a page without examples of this form
		}
		t.Run(filepath.Base(page), func(t *testing.T) {
			var before *render.Result
			for _, e := range examplesOf(t, page) {
				before = e.run(t, before)
			}
		})
	}
}

func TestMappingTemplatesHaveManyExamples(t *testing.T) {
	if n := len(examplesOf(t, root+"/docs/mapping-templates.md")); n < fewestExamples {
		t.Errorf("got %d examples, want at least %d", n, fewestExamples)
	}
}

func TestBrokenPagesAreNamed(t *testing.T) {
	for text, want := range map[string]string{
		"```vtl\na\n```\n":                                     "line 1: the template has no output",
		"```vtl\na\n```\n## x\n```output\na\n```":              "line 1: the template has no output",
		"```vtl\na\n```\n```vtl\n```\n```output\n```":          "line 1: the template has no output",
		"```output\na\n```\n":                                  "line 1: output without a template",
		"```vtl\na\n":                                          "line 1: the block does not end",
		"```vtl\na\n```\n```output\na\n```\n```output\na\n```": "line 7: a second output",
		"| Template | Prints |\n| --- | --- |\n| `a` | a |\n":  "line 3: the cell Prints",
		"| Template | Prints |\n| --- | --- |\n| a | `a` |\n":  "line 3: the cell Template",
	} {
		if _, err := parsePage(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
}

func examplesOf(t *testing.T, page string) []*example {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	all, err := parsePage(string(text))
	if err != nil {
		t.Fatalf("%s: %v", page, err)
	}
	return all
}

// run renders the example and returns what came out, for the example after it.
func (e *example) run(t *testing.T, before *render.Result) *render.Result {
	t.Helper()
	sample := render.NewSample()
	if e.sample != "" {
		var err error
		if sample, err = render.ParseSample(fmt.Sprintf("line %d", e.line), []byte(e.sample)); err != nil {
			t.Error(err)
			return nil
		}
	}
	var overrides *gateway.Overrides
	if e.next && before != nil {
		overrides = before.Overrides
	}
	result, err := render.Run(vtl.Compile(e.template), sample, overrides)
	if err != nil {
		got := render.Explain("template", e.template, err)
		if !e.wantError || got != e.want && !(e.partly && strings.Contains(got, e.want)) {
			t.Errorf("line %d: the template fails with\n%s\nthe page shows\n%s", e.line, got, e.want)
		}
		return result
	}
	if got := string(result.Output); e.wantError || got != e.want {
		t.Errorf("line %d: the template prints\n%s\nthe page shows\n%s", e.line, got, e.want)
	}
	if got := strings.TrimSuffix(result.Lines(), "\n"); e.overrides != nil && got != *e.overrides {
		t.Errorf("line %d: the overrides are\n%s\nthe page shows\n%s", e.line, got, *e.overrides)
	}
	e.checkPicture(t)
	return result
}

// printsNothing are the directives that a picture may hold: each stands for nothing in the output.
var printsNothing = regexp.MustCompile(`#\*.*?\*#|##[^⏎░]*|#(set|if|elseif|else|end|define|macro)\b( ?\([^)]*\))?`)

// checkPicture compares what a picture says is swallowed with what is missing in the output. It cannot do so where a
// template repeats, leaves out or fills in text.
func (e *example) checkPicture(t *testing.T) {
	t.Helper()
	if e.picture == "" || strings.Contains(e.picture, "#foreach") || strings.Contains(e.picture, "#else") {
		return
	}
	left := printsNothing.ReplaceAllString(e.picture, "")
	if strings.Contains(left, "$") {
		return
	}
	left = unmarked(strings.NewReplacer("░\n", "", "░", "").Replace(left))
	if left != e.want {
		t.Errorf("line %d: without what the picture says is swallowed, the template prints\n%q\nthe page shows\n%q", e.line, left, e.want)
	}
}

// unmarked is the text that a picture draws.
func unmarked(picture string) string {
	return strings.NewReplacer("⏎\n", "\n", "░\n", "\n", "·", " ", "░", " ").Replace(picture)
}

// page is a page on its way to examples.
type page struct {
	all    []*example
	sample string   // of the heading
	head   []string // of the table that is being read
}

func parsePage(text string) ([]*example, error) {
	p := new(page)
	lines := strings.Split(text, "\n")
	for i := 0; i < len(lines); i++ {
		line := lines[i]
		if info, ok := strings.CutPrefix(line, "```"); ok {
			end := i + 1
			for end < len(lines) && lines[end] != "```" {
				end++
			}
			if end == len(lines) {
				return nil, fmt.Errorf("line %d: the block does not end", i+1)
			}
			if err := p.block(i+1, info, strings.Join(lines[i+1:end], "\n")); err != nil {
				return nil, err
			}
			i = end
			continue
		}
		if err := p.text(i+1, line); err != nil {
			return nil, err
		}
	}
	return p.all, p.complete()
}

// complete reports a template without its output.
func (p *page) complete() error {
	if n := len(p.all); n > 0 && !p.all[n-1].done {
		return fmt.Errorf("line %d: the template has no output", p.all[n-1].line)
	}
	return nil
}

func (p *page) block(line int, info, body string) error {
	var last *example
	if n := len(p.all); n > 0 {
		last = p.all[n-1]
	}
	switch info {
	case "vtl", "vtl next", "picture":
		if err := p.complete(); err != nil {
			return err
		}
		e := &example{line: line, template: body, sample: p.sample, next: info == "vtl next"}
		if info == "picture" {
			e.picture, e.template = body, unmarked(body)
		}
		p.all = append(p.all, e)
	case "json":
		if last != nil && !last.done {
			last.sample = body
		} else {
			p.sample = body
		}
	case "output", "error":
		switch {
		case last == nil:
			return fmt.Errorf("line %d: %s without a template", line, info)
		case last.done:
			return fmt.Errorf("line %d: a second output", line)
		}
		last.want, last.wantError, last.done = body, info == "error", true
		if last.picture != "" {
			last.want = unmarked(body)
		}
	case "overrides":
		if last == nil || !last.done {
			return fmt.Errorf("line %d: overrides without an output", line)
		}
		last.overrides = &body
	}
	return nil
}

// text reads what stands outside of blocks: headings and tables.
func (p *page) text(line int, text string) error {
	if strings.HasPrefix(text, "#") {
		p.sample = ""
		return p.complete()
	}
	if !strings.HasPrefix(text, "|") {
		p.head = nil
		return nil
	}
	cells := cellsOf(text)
	switch {
	case p.head == nil:
		p.head = cells
	case !strings.HasPrefix(text, "| ---"):
		return p.row(line, cells)
	}
	return nil
}

// cellsOf takes a line of a table apart; \| is a bar inside a cell.
func cellsOf(line string) []string {
	const bar = "\x00"
	cells := strings.Split(strings.Trim(strings.ReplaceAll(line, `\|`, bar), "|"), "|")
	for i, c := range cells {
		cells[i] = strings.ReplaceAll(strings.TrimSpace(c), bar, "|")
	}
	return cells
}

// row reads a line of a table of examples.
func (p *page) row(line int, cells []string) error {
	e := &example{line: line, sample: p.sample, done: true}
	found := 0
	for i, cell := range cells {
		if i >= len(p.head) {
			break
		}
		code, isCode := inCode(cell)
		switch p.head[i] {
		case "Template":
			if !isCode {
				return fmt.Errorf("line %d: the cell Template is not code", line)
			}
			e.template = code
			found++
		case "Prints":
			failure, fails := strings.CutPrefix(cell, "500 ")
			if fails {
				code, isCode = inCode(failure)
				e.wantError, e.partly = true, true
			}
			if !isCode && cell != "nothing" {
				return fmt.Errorf("line %d: the cell Prints is neither code nor the word nothing", line)
			}
			e.want = code
			found++
		}
	}
	if found == 2 {
		p.all = append(p.all, e)
	}
	return nil
}

// inCode takes the text out of `text` or, where it holds backticks, “ text “.
func inCode(cell string) (string, bool) {
	for _, fence := range []string{"``", "`"} {
		if len(cell) > 2*len(fence) && strings.HasPrefix(cell, fence) && strings.HasSuffix(cell, fence) {
			return cell[len(fence) : len(cell)-len(fence)], true
		}
	}
	return "", false
}
