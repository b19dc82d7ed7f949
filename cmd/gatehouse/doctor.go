package main

import (
	"os"

	"github.com/gatehouse-gateway/gatehouse/internal/app"
)

type doctorCommand struct {
	JSON bool `name:"json" help:"Print one JSON object."`
}

// Run prints what the machine has; exit code 0 whatever that is.
func (c *doctorCommand) Run() error { return app.Doctor(os.Stdout, c.JSON) }
