package main

import (
	"context"
	"os"

	"github.com/gatehouse-gateway/gatehouse/internal/app"
)

type backupCommand struct {
	dataDir
	File           string `arg:"" help:"File to write; - is standard output."`
	PassphraseFile string `help:"File with a passphrase that seals the secrets of the backup." placeholder:"FILE"`
}

// Run takes a backup. A signal ends it, and leaves no file.
func (c *backupCommand) Run() error {
	ctx, stop := untilSignal()
	defer stop()
	return app.Backup(ctx, options(c.DataDir, c.File, c.PassphraseFile))
}

type restoreCommand struct {
	dataDir
	File           string `arg:"" help:"Backup to read; - is standard input."`
	PassphraseFile string `help:"File with the passphrase of the backup." placeholder:"FILE"`
}

// Run restores a backup. A signal ends it, and leaves the folder empty.
func (c *restoreCommand) Run() error {
	ctx, stop := untilSignal()
	defer stop()
	return app.Restore(ctx, options(c.DataDir, c.File, c.PassphraseFile))
}

func options(dataDir, file, passphraseFile string) app.BackupOptions {
	return app.BackupOptions{DataDir: dataDir, File: file, PassphraseFile: passphraseFile, In: os.Stdin, Out: os.Stdout, Err: os.Stderr}
}

type healthCommand struct{ dataDir }

// Run asks the server.
func (c *healthCommand) Run() error {
	return app.Healthcheck(context.Background(), c.DataDir, os.Stdout)
}
