package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/templatetest"
)

// TemplateTestOptions are the options of `gatehouse template test`.
type TemplateTestOptions struct {
	Paths    []string // files, or folders with everything below them
	Update   bool     // write what comes out into the files
	JSON     bool     // one object per line instead of text
	JUnit    string   // file for a report in JUnit's form, or ""
	Coverage bool     // say what the tests ran of their templates
	// CoverageMin is how many percent of the lines and of the branches must be covered.
	CoverageMin float64
	Watch       bool // run again when a file changes
	Out         io.Writer
}

// Why template tests are not good enough. The details were written to Out.
var (
	// ErrTestsFailed means that at least one test failed.
	ErrTestsFailed = errors.New("template tests failed")
	// ErrCoverage means that the tests ran too little of their templates.
	ErrCoverage = errors.New("coverage is below the minimum")
)

// TemplateTest runs template tests. A folder without any test is an error: nothing tested must not look like success.
// With Watch it runs them again and again until ctx ends, and returns what the last run gave.
func TemplateTest(ctx context.Context, o TemplateTestOptions) error {
	if o.CoverageMin < 0 || o.CoverageMin > 100 {
		return fmt.Errorf("a coverage of %g percent cannot be asked for", o.CoverageMin)
	}
	if !o.Watch {
		return o.run(func(string) {})
	}
	w, err := newWatcher()
	if err != nil {
		return err
	}
	last := o.watched(w)
	err = w.run(ctx, func() {
		if !o.JSON {
			fmt.Fprintf(o.Out, "\n---- %s ----\n", time.Now().Format("15:04:05"))
		}
		last = o.watched(w)
	})
	return errors.Join(last, err)
}

// watched runs the tests and watches every file that they are made of.
func (o *TemplateTestOptions) watched(w *watcher) error {
	w.begin()
	for _, path := range o.Paths {
		w.add(path)
	}
	err := o.run(w.add)
	if err != nil && !errors.Is(err, ErrTestsFailed) && !errors.Is(err, ErrCoverage) {
		fmt.Fprintln(o.Out, err)
	}
	return errors.Join(err, w.settle())
}

// run runs the tests once; uses is told each file before it is read.
func (o *TemplateTestOptions) run(uses func(file string)) error {
	files, err := templatetest.Find(o.Paths...)
	if err != nil {
		return err
	}
	if len(files) == 0 {
		return fmt.Errorf("no template tests (*%s) in %v", templatetest.Ending, o.Paths)
	}
	for _, file := range files {
		uses(file)
	}
	cases, err := load(files, uses)
	if err != nil {
		return err
	}
	var coverage *templatetest.Coverage
	if o.Coverage {
		coverage = new(templatetest.Coverage)
	}
	var outcomes []*templatetest.Outcome
	for _, c := range cases {
		outcome, err := o.runCase(c, coverage)
		if err != nil {
			return err
		}
		outcomes = append(outcomes, outcome)
	}
	return o.report(outcomes, coverage)
}

// load reads all tests, so that all their files are known even when one is broken.
func load(files []string, uses func(file string)) (cases []*templatetest.Case, err error) {
	for _, file := range files {
		c, failed := templatetest.Load(file, uses)
		err = errors.Join(err, failed)
		cases = append(cases, c)
	}
	return cases, err
}

func (o *TemplateTestOptions) runCase(c *templatetest.Case, coverage *templatetest.Coverage) (*templatetest.Outcome, error) {
	outcome := c.Run(time.Now, coverage)
	if o.Update && !outcome.Passed() && !c.WantError && outcome.Output != "" {
		if err := c.Update(outcome.Output, outcome.Overrides); err != nil {
			return nil, err
		}
		outcome.Failure = ""
		fmt.Fprintf(o.Out, "updated %s\n", c.File)
	}
	return outcome, nil
}

// report writes what came out, and says whether that is good enough.
func (o *TemplateTestOptions) report(outcomes []*templatetest.Outcome, coverage *templatetest.Coverage) error {
	var summary *templatetest.Summary
	if coverage != nil {
		summary = coverage.Summary()
	}
	if err := o.write(outcomes, summary); err != nil {
		return err
	}
	for _, outcome := range outcomes {
		if !outcome.Passed() {
			return ErrTestsFailed
		}
	}
	if summary != nil && summary.Below(o.CoverageMin) {
		return fmt.Errorf("%w of %g%%: lines %s, branches %s", ErrCoverage, o.CoverageMin, summary.Lines, summary.Branches)
	}
	return nil
}

func (o *TemplateTestOptions) write(outcomes []*templatetest.Outcome, summary *templatetest.Summary) error {
	if o.JUnit != "" {
		f, err := os.Create(o.JUnit)
		if err != nil {
			return err
		}
		if err := errors.Join(templatetest.JUnit(f, outcomes, summary), f.Close()); err != nil {
			return err
		}
	}
	if o.JSON {
		if err := templatetest.JSON(o.Out, outcomes); err != nil || summary == nil {
			return err
		}
		return summary.JSON(o.Out)
	}
	templatetest.Text(o.Out, outcomes)
	if summary != nil {
		summary.Text(o.Out)
	}
	return nil
}
