package app

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/templatetest"
)

// TemplateTestOptions are the options of `gatehouse template test`.
type TemplateTestOptions struct {
	Paths  []string // files, or folders with everything below them
	Update bool     // write what comes out into the files
	JSON   bool     // one object per line instead of text
	JUnit  string   // file for a report in JUnit's form, or ""
	Out    io.Writer
}

// ErrTestsFailed means that at least one template test failed; which was written to Out.
var ErrTestsFailed = errors.New("template tests failed")

// TemplateTest runs template tests. A folder without any test is an error: nothing tested must not look like success.
func TemplateTest(o TemplateTestOptions) error {
	files, err := templatetest.Find(o.Paths...)
	if err != nil {
		return err
	}
	if len(files) == 0 {
		return fmt.Errorf("no template tests (*%s) in %v", templatetest.Ending, o.Paths)
	}
	var outcomes []*templatetest.Outcome
	failed := false
	for _, file := range files {
		c, err := templatetest.Load(file)
		if err != nil {
			return err
		}
		outcome := c.Run(time.Now)
		if o.Update && !outcome.Passed() && !c.WantError && outcome.Rendered {
			if err := c.Update(outcome.Output, outcome.Overrides); err != nil {
				return err
			}
			outcome.Failure = ""
			if !o.JSON {
				fmt.Fprintf(o.Out, "updated %s\n", file)
			}
		}
		failed = failed || !outcome.Passed()
		outcomes = append(outcomes, outcome)
	}
	if err := o.report(outcomes); err != nil {
		return err
	}
	if failed {
		return ErrTestsFailed
	}
	return nil
}

func (o *TemplateTestOptions) report(outcomes []*templatetest.Outcome) error {
	if o.JUnit != "" {
		f, err := os.Create(o.JUnit)
		if err != nil {
			return err
		}
		if err := errors.Join(templatetest.JUnit(f, outcomes), f.Close()); err != nil {
			return err
		}
	}
	if o.JSON {
		return templatetest.JSON(o.Out, outcomes)
	}
	templatetest.Text(o.Out, outcomes)
	return nil
}
