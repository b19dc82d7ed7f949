package main

import (
	"context"
	"os"

	"github.com/gatehouse-gateway/gatehouse/internal/app"
)

type layerCommand struct {
	Import layerImportCommand `cmd:"" help:"Store a layer of another account, such as one that AWS publishes, so that functions find it by its ARN."`
	List   layerListCommand   `cmd:"" help:"List the versions of all layers, published and imported."`
	Remove layerRemoveCommand `cmd:"" help:"Remove a version of a layer; functions that use it go on to."`
}

// layerFlags are the flags of all of them.
type layerFlags struct {
	dataDir
	JSON bool `name:"json" help:"Print JSON."`
}

func (f layerFlags) options() app.LayerOptions {
	return app.LayerOptions{DataDir: f.DataDir, JSON: f.JSON, Out: os.Stdout, Err: os.Stderr}
}

type layerImportCommand struct {
	layerFlags
	ARN  string `arg:"" name:"arn" help:"ARN of the version: arn:aws:lambda:{region}:{account}:layer:{name}:{version}."`
	File string `arg:"" name:"file.zip" help:"Zip file with what /opt is to hold."`
}

// Run imports a version.
func (c *layerImportCommand) Run() error {
	return app.ImportLayer(context.Background(), c.options(), c.ARN, c.File)
}

type layerListCommand struct{ layerFlags }

// Run lists the versions.
func (c *layerListCommand) Run() error { return app.ListLayers(context.Background(), c.options()) }

type layerRemoveCommand struct {
	layerFlags
	ARN string `arg:"" name:"arn" help:"ARN of the version."`
}

// Run removes a version.
func (c *layerRemoveCommand) Run() error {
	return app.RemoveLayer(context.Background(), c.options(), c.ARN)
}
