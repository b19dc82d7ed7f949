package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gatehouse-gateway/gatehouse/internal/config"
	"github.com/gatehouse-gateway/gatehouse/internal/lint"
)

// LintOptions are the options of `gatehouse lint`.
type LintOptions struct {
	Path   string // a document, a .vtl file, or a folder
	Strict bool   // warnings count as errors
	JSON   bool   // one object per line instead of text
	Out    io.Writer
}

// ErrFindings means that there are findings that count; they were written to Out.
var ErrFindings = errors.New("the findings have to be mended, or silenced in place")

// Lint lints a file, or all documents and templates of a folder. A folder without any is an error: nothing looked at must
// not look like success.
func Lint(o LintOptions) error {
	targets, err := lint.Find(o.Path)
	if err != nil {
		return err
	}
	files := len(targets.Documents) + len(targets.Templates)
	if files == 0 {
		return fmt.Errorf("no OpenAPI documents and no .vtl files in %s", o.Path)
	}
	var all []lint.Finding
	for _, file := range targets.Documents {
		options, err := lintOptions(file)
		if err != nil {
			return err
		}
		all = append(all, lint.Document(file, options)...)
	}
	for _, file := range targets.Templates {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		all = append(all, lint.Template(file, text, lint.IsResponse(file), lint.Options{})...)
	}
	return o.report(lint.Sort(all), files)
}

// lintOptions are what the configuration beside a document says. Variables are known when it names at least one.
func lintOptions(file string) (lint.Options, error) {
	c, err := config.Load(filepath.Join(filepath.Dir(file), config.FileName))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return lint.Options{}, nil
	case err != nil:
		return lint.Options{}, err
	}
	o := lint.Options{BasePath: c.BasePath}
	if len(c.Variables) > 0 {
		o.Variables = c.Variables
	}
	return o, nil
}

// report writes the findings and decides whether they count.
func (o *LintOptions) report(all []lint.Finding, files int) error {
	var counts [3]int
	enc := json.NewEncoder(o.Out)
	enc.SetEscapeHTML(false)
	for _, f := range all {
		counts[f.Severity]++
		if !o.JSON {
			fmt.Fprintln(o.Out, f)
			continue
		}
		err := enc.Encode(struct {
			File     string `json:"file"`
			Line     int    `json:"line"`
			Column   int    `json:"column"`
			Severity string `json:"severity"`
			Rule     string `json:"rule"`
			Message  string `json:"message"`
		}{f.File, f.Line, f.Column, f.Severity.String(), f.Rule, f.Message})
		if err != nil {
			return err
		}
	}
	if !o.JSON {
		fmt.Fprintf(o.Out, "%s, %s, %d info in %s\n", plural(counts[lint.Error], "error"), plural(counts[lint.Warning], "warning"),
			counts[lint.Info], plural(files, "file"))
	}
	if counts[lint.Error] > 0 || o.Strict && counts[lint.Warning] > 0 {
		return ErrFindings
	}
	return nil
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}

// LintRules prints the rules, with the severity that most of their findings have.
func LintRules(out io.Writer, asJSON bool) error {
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	for _, r := range lint.Rules() {
		if !asJSON {
			fmt.Fprintf(out, "%-24s %-8s %s\n", r.ID, r.Severity, r.Summary)
			continue
		}
		err := enc.Encode(struct {
			Rule     string `json:"rule"`
			Severity string `json:"severity"`
			Summary  string `json:"summary"`
		}{r.ID, r.Severity.String(), r.Summary})
		if err != nil {
			return err
		}
	}
	return nil
}
