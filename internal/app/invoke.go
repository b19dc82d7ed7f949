package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/internal/config"
	"github.com/gatehouse-gateway/gatehouse/internal/functions"
	"github.com/gatehouse-gateway/gatehouse/internal/limits"
)

// InvokeOptions are the options of `gatehouse invoke`.
type InvokeOptions struct {
	// Project is a folder with gatehouse.yaml, or a file beside one.
	Project string
	Name    string
	// Payload is the event: JSON, @FILE, or - for standard input; "" is {}.
	Payload string
	In      io.Reader
	Out     io.Writer // the result
	Err     io.Writer // the log
}

// ErrFunction means that the function failed; what it said is printed.
var ErrFunction = errors.New("the function failed")

// Invoke runs a function of a project once, in a process of its own.
func Invoke(ctx context.Context, opts InvokeOptions) error {
	project, err := openConfig(opts.Project)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(project.config.Functions, func(f config.Function) bool { return f.Name == opts.Name })
	if i < 0 {
		return fmt.Errorf("%s has no function %q", project.configFile, opts.Name)
	}
	payload, err := readPayload(opts)
	if err != nil {
		return err
	}
	run, err := startProjectFunctions(&lockedWriter{out: opts.Err})
	if err != nil {
		return err
	}
	err = invoke(ctx, run, project, i, payload, opts.Out)
	return errors.Join(err, run.close())
}

// invoke prints what a function answers to a payload.
func invoke(ctx context.Context, run *projectFunctions, project *project, index int, payload []byte, out io.Writer) error {
	f := project.config.Functions[index]
	if err := run.use(ctx, []config.Function{f}, project.folder()); err != nil {
		return err
	}
	var res functions.Result
	defer res.Release()
	if err := run.Invoke(ctx, &functions.Call{Ref: projectRef(f.Name), Invocation: functions.Invocation{Payload: payload}}, &res); err != nil {
		return fmt.Errorf("function %s: %w", f.Name, err)
	}
	if _, err := fmt.Fprintf(out, "%s\n", res.Payload); err != nil {
		return err
	}
	if res.FunctionError != "" {
		return ErrFunction
	}
	return nil
}

// readPayload is the event that the options name.
func readPayload(opts InvokeOptions) ([]byte, error) {
	most := limits.Laptop().FunctionEvent
	file, isFile := strings.CutPrefix(opts.Payload, "@")
	in := opts.In
	switch {
	case opts.Payload == "":
		return []byte("{}"), nil
	case isFile:
		f, err := os.Open(file)
		if err != nil {
			return nil, fmt.Errorf("payload: %w", err)
		}
		defer f.Close()
		in = f
	case opts.Payload != "-":
		in = strings.NewReader(opts.Payload)
	}
	payload, err := io.ReadAll(io.LimitReader(in, most+1))
	if err != nil {
		return nil, fmt.Errorf("payload: %w", err)
	}
	if int64(len(payload)) > most {
		return nil, fmt.Errorf("payload: larger than %d bytes", most)
	}
	return payload, nil
}
