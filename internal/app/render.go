package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"

	"github.com/gatehouse-gateway/gatehouse/internal/render"
	"github.com/gatehouse-gateway/gatehouse/vtl"
	"github.com/gatehouse-gateway/gatehouse/vtl/gateway"
)

// RenderOptions are the options of `gatehouse render`. Files may be "-" for standard input.
type RenderOptions struct {
	Template string
	Request  string // file with a sample, or ""
	Response string // file with a sample of the integration response; makes the template a response template
	Body     string // file that replaces the sample's body, or ""
	// Headers and the like replace single values of the sample.
	Headers, Query, Path, Context, Variables map[string]string
	JSON                                     bool
	Trace                                    bool // say step by step what the template does, on Err, or in the JSON
	In                                       io.Reader
	Out, Err                                 io.Writer
}

// ErrTemplate means that the template failed; what and where was written to Err.
var ErrTemplate = errors.New("the template failed")

// Render runs one template on a sample. The output is exactly what the gateway would make of it.
func Render(o RenderOptions) error {
	source, err := o.file(o.Template)
	if err != nil {
		return err
	}
	sample, err := o.sample()
	if err != nil {
		return err
	}
	result, trace, err := o.run(string(source), sample)
	if o.JSON {
		return o.printJSON(string(source), result, trace, err)
	}
	if traceErr := trace.Lines(o.Err, ""); traceErr != nil {
		return traceErr
	}
	if err != nil {
		fmt.Fprintln(o.Err, render.Explain(o.Template, string(source), err))
		return ErrTemplate
	}
	if _, err := o.Out.Write(result.Output); err != nil {
		return err
	}
	if lines := result.Lines(); lines != "" {
		fmt.Fprintf(o.Err, "\n%s", lines)
	}
	return nil
}

func (o *RenderOptions) run(source string, sample *render.Sample) (*render.Result, *render.Trace, error) {
	trace := new(render.Trace)
	if !o.Trace {
		result, err := render.Run(vtl.Compile(source), sample, nil)
		return result, trace, err
	}
	result, err := render.RunTraced(vtl.CompileTraced(source), sample, nil, vtl.Tracer{Event: trace.Add})
	return result, trace, err
}

func (o *RenderOptions) file(name string) ([]byte, error) {
	if name == "-" {
		return io.ReadAll(o.In)
	}
	return os.ReadFile(name)
}

// sample is the sample of the files, with the values of single flags on top.
func (o *RenderOptions) sample() (*render.Sample, error) {
	sample := render.NewSample()
	if o.Request != "" {
		data, err := o.file(o.Request)
		if err != nil {
			return nil, err
		}
		if sample, err = render.ParseSample(o.Request, data); err != nil {
			return nil, err
		}
	}
	if o.Response != "" {
		data, err := o.file(o.Response)
		if err != nil {
			return nil, err
		}
		if sample.Response, err = render.ParseResponse(o.Response, data); err != nil {
			return nil, err
		}
	}
	if o.Body != "" {
		data, err := o.file(o.Body)
		if err != nil {
			return nil, err
		}
		sample.Body = data
	}
	for _, flags := range []struct {
		values map[string]string
		list   *[]gateway.Param
	}{{o.Headers, &sample.Header}, {o.Query, &sample.Query}, {o.Path, &sample.Path}} {
		for _, name := range slices.Sorted(maps.Keys(flags.values)) { // templates see the order
			*flags.list = render.SetParam(*flags.list, name, flags.values[name])
		}
	}
	for _, name := range slices.Sorted(maps.Keys(o.Context)) {
		sample.Context.Set(name, o.Context[name])
	}
	for name, value := range o.Variables {
		sample.StageVariables[name] = value
	}
	return sample, nil
}

func (o *RenderOptions) printJSON(source string, result *render.Result, trace *render.Trace, failed error) error {
	answer := struct {
		Output    string              `json:"output"`
		Overrides string              `json:"overrides,omitempty"`
		Error     string              `json:"error,omitempty"`
		Trace     []render.TraceEvent `json:"trace,omitzero"`
	}{}
	if o.Trace {
		answer.Trace = trace.JSON()
	}
	if failed != nil {
		answer.Error = render.Explain(o.Template, source, failed)
	} else {
		answer.Output, answer.Overrides = string(result.Output), result.Lines()
	}
	enc := json.NewEncoder(o.Out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(answer); err != nil {
		return err
	}
	if failed != nil {
		return ErrTemplate
	}
	return nil
}
