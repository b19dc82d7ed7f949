package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/gatehouse-gateway/gatehouse/internal/app"
)

type lintCommand struct {
	Path   string `arg:"" optional:"" help:"OpenAPI document, mapping template (.vtl), or a folder with everything below it."`
	Strict bool   `help:"Exit with 1 for warnings as well."`
	JSON   bool   `name:"json" help:"Print one JSON object per finding."`
	Rules  bool   `help:"List the rules."`
}

// Run lints; exit code 1 when a finding counts, 2 when there is nothing that could be linted.
func (c *lintCommand) Run() error {
	if c.Rules {
		return app.LintRules(os.Stdout, c.JSON)
	}
	err := errors.New("name a document, a template or a folder")
	if c.Path != "" {
		err = app.Lint(app.LintOptions{Path: c.Path, Strict: c.Strict, JSON: c.JSON, Out: os.Stdout})
	}
	if err != nil && !errors.Is(err, app.ErrFindings) {
		fmt.Fprintf(os.Stderr, "gatehouse: %v\n", err)
		os.Exit(exitUsage)
	}
	return err
}
