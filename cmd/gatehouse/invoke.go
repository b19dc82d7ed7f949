package main

import (
	"os"

	"github.com/gatehouse-gateway/gatehouse/internal/app"
)

type invokeCommand struct {
	Name    string `arg:"" help:"Name of the function."`
	Payload string `help:"The event: JSON, @FILE, or - for standard input (default: {})." placeholder:"JSON"`
	Project string `help:"Folder with gatehouse.yaml." default:"." placeholder:"DIR"`
}

// Run invokes a function of a project; exit code 1 when it fails. A signal ends it with its process.
func (c *invokeCommand) Run() error {
	ctx, stop := untilSignal()
	defer stop()
	return app.Invoke(ctx, app.InvokeOptions{Project: c.Project, Name: c.Name, Payload: c.Payload, In: os.Stdin, Out: os.Stdout, Err: os.Stderr})
}
