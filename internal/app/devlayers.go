package app

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gatehouse-gateway/gatehouse/internal/functionstore"
)

// layersOf makes the folder of a function's layers; "" without any. A single folder is used as it is; several, and zip files, are
// unpacked into a folder below dir that is named after what they are.
func layersOf(ctx context.Context, dir, id string, layers []string) (folder string, err error) {
	if len(layers) == 0 {
		return "", nil
	}
	files := make([]func() ([]byte, error), len(layers))
	for i, name := range layers {
		info, err := os.Stat(name)
		switch {
		case err != nil:
			return "", fmt.Errorf("layer: %w", err)
		case info.IsDir() && len(layers) == 1:
			return name, nil
		case info.IsDir():
			files[i] = func() ([]byte, error) { return zipFolder(name) }
		default:
			files[i] = func() ([]byte, error) { return readUpTo(name, functionstore.MaxZipped) }
		}
	}
	folder = filepath.Join(dir, "layers", id)
	if _, err := os.Stat(folder); err == nil {
		return folder, nil
	}
	if err := os.MkdirAll(filepath.Dir(folder), 0o700); err != nil {
		return "", fmt.Errorf("layers: %w", err)
	}
	tmp, err := os.MkdirTemp(filepath.Dir(folder), ".new-")
	if err != nil {
		return "", fmt.Errorf("layers: %w", err)
	}
	if err := functionstore.Unzip(ctx, tmp, files); err != nil {
		return "", errors.Join(fmt.Errorf("layers: %w", err), os.RemoveAll(tmp))
	}
	return folder, os.Rename(tmp, folder)
}

// zipFolder makes a zip file of a folder, in memory.
func zipFolder(root string) ([]byte, error) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || path == root {
			return err
		}
		return addToZip(w, root, path, entry)
	})
	if err != nil {
		return nil, fmt.Errorf("layer %s: %w", root, err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("layer %s: %w", root, err)
	}
	return b.Bytes(), nil
}

func addToZip(w *zip.Writer, root, path string, entry fs.DirEntry) error {
	info, err := entry.Info()
	if err != nil {
		return err
	}
	header, err := zip.FileInfoHeader(info)
	if err != nil {
		return err
	}
	name, err := filepath.Rel(root, path)
	if err != nil {
		return err
	}
	header.Name = filepath.ToSlash(name)
	if entry.IsDir() {
		header.Name += "/"
		_, err = w.CreateHeader(header)
		return err
	}
	out, err := w.CreateHeader(header)
	if err != nil {
		return err
	}
	if info.Mode()&fs.ModeSymlink != 0 {
		target, err := os.Readlink(path)
		if err == nil {
			_, err = io.WriteString(out, target)
		}
		return err
	}
	in, err := os.Open(path)
	if err != nil {
		return err
	}
	defer in.Close()
	_, err = io.Copy(out, io.LimitReader(in, functionstore.MaxUnzipped+1))
	return err
}
