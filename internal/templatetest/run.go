package templatetest

import (
	"fmt"
	"strings"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/render"
	"github.com/gatehouse-gateway/gatehouse/vtl"
)

// Outcome is how one test ended.
type Outcome struct {
	Case *Case
	// Failure says what is wrong, with a difference; "" when the test passed.
	Failure string
	// Rendered says that the template did not fail; Output and Overrides are what it gave.
	Rendered  bool
	Output    string
	Overrides string
	Took      time.Duration
}

// Passed reports whether the test passed.
func (o *Outcome) Passed() bool { return o.Failure == "" }

// Run runs one test. coverage, if not nil, takes note of what it ran of its template.
func (c *Case) Run(now func() time.Time, coverage *Coverage) *Outcome {
	start := now()
	o := c.run(coverage)
	o.Took = now().Sub(start)
	return o
}

func (c *Case) run(coverage *Coverage) *Outcome {
	o := &Outcome{Case: c}
	sample, err := c.sample()
	if err != nil {
		o.Failure = err.Error()
		return o
	}
	result, err := c.render(sample, coverage)
	if err != nil {
		explained := render.Explain(c.TemplateFile, c.Template, err)
		if !c.WantError || !strings.Contains(explained, c.Error) {
			o.Failure = explained
		}
		return o
	}
	o.Rendered, o.Output, o.Overrides = true, string(result.Output), result.Lines()
	switch {
	case c.WantError:
		o.Failure = fmt.Sprintf("no error, want %q; the output is\n%s", c.Error, o.Output)
	case o.Output != c.Want:
		o.Failure = "output:\n" + Diff(c.Want, o.Output)
	case c.HasOverrides && strings.TrimSuffix(o.Overrides, "\n") != strings.TrimSpace(c.Overrides):
		o.Failure = "overrides:\n" + Diff(strings.TrimSpace(c.Overrides), strings.TrimSuffix(o.Overrides, "\n"))
	}
	return o
}

func (c *Case) render(sample *render.Sample, coverage *Coverage) (*render.Result, error) {
	if coverage == nil {
		return render.Run(vtl.Compile(c.Template), sample, nil)
	}
	t := coverage.of(c)
	return render.RunTraced(t.program, sample, nil, vtl.Tracer{Reach: t.reach})
}

func (c *Case) sample() (*render.Sample, error) {
	text := c.Request
	if strings.TrimSpace(text) == "" {
		text = "{}"
	}
	sample, err := render.ParseSample(c.File+": request", []byte(text))
	if err != nil || !c.HasResponse {
		return sample, err
	}
	response := c.Response
	if strings.TrimSpace(response) == "" {
		response = "{}"
	}
	sample.Response, err = render.ParseResponse(c.File+": response", []byte(response))
	return sample, err
}
