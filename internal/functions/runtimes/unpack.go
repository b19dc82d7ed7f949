package runtimes

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

//go:embed node/*.cjs python/*.py
var bootstraps embed.FS

// Where the bootstraps begin, below the folder they are unpacked in.
const (
	nodeMain   = "node/bootstrap.cjs"
	pythonMain = "python/bootstrap.py"
)

// Unpack writes the embedded bootstraps below dir, which it makes for this user alone if there is none. Files that are right
// already stay; others are replaced each in one step, so that a process that starts meanwhile finds old or new, never half.
func Unpack(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("unpacking the runtimes: %w", err)
	}
	if err := os.RemoveAll(filepath.Join(dir, familyJava)); err != nil { // libraries of clients, which may be used no more
		return fmt.Errorf("unpacking the runtimes: %w", err)
	}
	err := fs.WalkDir(bootstraps, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		target := filepath.Join(dir, filepath.FromSlash(name))
		if entry.IsDir() {
			return os.MkdirAll(target, 0o700)
		}
		return unpackFile(target, name)
	})
	if err != nil {
		return fmt.Errorf("unpacking the runtimes: %w", err)
	}
	return nil
}

func unpackFile(target, name string) error {
	want, err := bootstraps.ReadFile(name)
	if err != nil {
		return err
	}
	if have, err := os.ReadFile(target); err == nil && bytes.Equal(have, want) {
		return nil
	}
	return replaceFile(target, want)
}

// replaceFile writes a file in one step: who reads it meanwhile finds the old one or the new one.
func replaceFile(target string, content []byte) (err error) {
	file, err := os.CreateTemp(filepath.Dir(target), ".unpack-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(file.Name()))
		}
	}()
	_, err = file.Write(content)
	if err = errors.Join(err, file.Close()); err != nil {
		return err
	}
	return os.Rename(file.Name(), target)
}
