package main

import (
	"context"
	"os"

	"github.com/gatehouse-gateway/gatehouse/internal/app"
)

type renderCommand struct {
	Template    string            `arg:"" help:"Mapping template; - is standard input."`
	Request     string            `help:"Sample request as JSON: body, headers, querystring, path, context, stageVariables, response." placeholder:"FILE"`
	Response    string            `help:"Sample integration response as JSON: statusCode, headers, body. Makes the template a response template." placeholder:"FILE"`
	Body        string            `help:"File that replaces the body of the request." placeholder:"FILE"`
	Header      map[string]string `help:"Request header; may be repeated." placeholder:"NAME=VALUE" mapsep:"none"`
	Querystring map[string]string `help:"Query parameter; may be repeated." placeholder:"NAME=VALUE" mapsep:"none"`
	Path        map[string]string `help:"Path parameter; may be repeated." placeholder:"NAME=VALUE" mapsep:"none"`
	Context     map[string]string `help:"Context variable with its dotted name; may be repeated." placeholder:"NAME=VALUE" mapsep:"none"`
	Var         map[string]string `help:"Stage variable; may be repeated." placeholder:"NAME=VALUE" mapsep:"none"`
	JSON        bool              `name:"json" help:"Print output, overrides and error as JSON."`
	Trace       bool              `help:"Say on standard error what the template does, step by step; with --json, in the member trace."`
}

// Run renders the template to standard output; overrides and errors go to standard error.
func (c *renderCommand) Run() error {
	return app.Render(app.RenderOptions{
		Template: c.Template, Request: c.Request, Response: c.Response, Body: c.Body, Headers: c.Header, Query: c.Querystring, Path: c.Path,
		Context: c.Context, Variables: c.Var, JSON: c.JSON, Trace: c.Trace, In: os.Stdin, Out: os.Stdout, Err: os.Stderr,
	})
}

type templateCommand struct {
	Test templateTestCommand `cmd:"" help:"Run template tests."`
}

type templateTestCommand struct {
	Paths       []string `arg:"" help:"Test files, or folders with everything below them."`
	Update      bool     `help:"Write what comes out into the tests that fail."`
	JSON        bool     `name:"json" help:"Print one JSON object per test."`
	JUnit       string   `name:"junit" help:"Write a report in JUnit's form." placeholder:"FILE"`
	Coverage    bool     `help:"Say how much of each template the tests run, and what they do not."`
	CoverageMin float64  `help:"Fail when the tests run less than so many percent of the lines or of the branches; includes --coverage." placeholder:"PERCENT"`
	Watch       bool     `help:"Run again when a test or template changes, until interrupted."`
}

// Run runs the tests; exit code 1 when one fails, or the last run of --watch had one that failed.
func (c *templateTestCommand) Run() error {
	ctx := context.Background()
	if c.Watch {
		var stop context.CancelFunc
		ctx, stop = untilSignal()
		defer stop()
	}
	return app.TemplateTest(ctx, app.TemplateTestOptions{
		Paths: c.Paths, Update: c.Update, JSON: c.JSON, JUnit: c.JUnit, Out: os.Stdout,
		Coverage: c.Coverage || c.CoverageMin > 0, CoverageMin: c.CoverageMin, Watch: c.Watch,
	})
}
