package main

import (
	"context"
	"os"

	"github.com/gatehouse-gateway/gatehouse/internal/app"
)

// dataDir is the flag of commands that work on a data directory.
type dataDir struct {
	DataDir string `help:"Folder of the state." default:"./gatehouse-data" env:"GATEHOUSE_DATA_DIR" placeholder:"DIR"`
}

type keysCommand struct {
	Create  keysCreateCommand  `cmd:"" help:"Make an access key; its secret is printed this once."`
	List    keysListCommand    `cmd:"" help:"List the access keys."`
	Disable keysDisableCommand `cmd:"" help:"Disable an access key: it signs nothing any more, until it is enabled."`
	Enable  keysEnableCommand  `cmd:"" help:"Enable an access key again."`
	Delete  keysDeleteCommand  `cmd:"" help:"Delete an access key for good."`
}

// keysFlags are the flags of all of them.
type keysFlags struct {
	dataDir
	JSON bool `name:"json" help:"Print JSON."`
}

func (f keysFlags) options() app.KeysOptions {
	return app.KeysOptions{DataDir: f.DataDir, JSON: f.JSON, Out: os.Stdout, Err: os.Stderr}
}

type keysCreateCommand struct {
	keysFlags
	Account string `help:"Account of the key, 12 digits." default:"000000000000" env:"GATEHOUSE_ACCOUNT" placeholder:"ID"`
	Name    string `help:"Name of its user (default: the key's id)." placeholder:"NAME"`
	Root    bool   `help:"Make a root key, which may operate the server as well."`
}

// Run makes a key.
func (c *keysCreateCommand) Run() error {
	return app.CreateKey(context.Background(), c.options(), c.Account, c.Name, c.Root)
}

type keysListCommand struct{ keysFlags }

// Run lists the keys.
func (c *keysListCommand) Run() error { return app.ListKeys(context.Background(), c.options()) }

type keysDisableCommand struct {
	keysFlags
	ID    string `arg:"" name:"id" help:"Access key id."`
	Force bool   `help:"Even if it is the last enabled root key."`
}

// Run disables a key.
func (c *keysDisableCommand) Run() error {
	return app.DisableKey(context.Background(), c.options(), c.ID, true, c.Force)
}

type keysEnableCommand struct {
	keysFlags
	ID string `arg:"" name:"id" help:"Access key id."`
}

// Run enables a key.
func (c *keysEnableCommand) Run() error {
	return app.DisableKey(context.Background(), c.options(), c.ID, false, false)
}

type keysDeleteCommand struct {
	keysFlags
	ID    string `arg:"" name:"id" help:"Access key id."`
	Force bool   `help:"Even if it is the last enabled root key."`
}

// Run deletes a key.
func (c *keysDeleteCommand) Run() error {
	return app.DeleteKey(context.Background(), c.options(), c.ID, c.Force)
}
