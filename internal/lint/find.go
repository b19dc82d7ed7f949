package lint

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// maxFile bounds a file that is looked into to see what it is, in bytes: the largest document an import reads.
const maxFile = 8 << 20

// Targets are what is to be linted.
type Targets struct {
	Documents []string // OpenAPI documents
	Templates []string // .vtl files
}

// Find lists what there is to lint at path: the file itself, or every OpenAPI document and every .vtl file below a folder.
// A document is known by its member openapi or swagger. Folders with a dot, and node_modules, are left out.
func Find(path string) (Targets, error) {
	var t Targets
	info, err := os.Stat(path)
	if err != nil {
		return t, err
	}
	if !info.IsDir() {
		if strings.EqualFold(filepath.Ext(path), ".vtl") {
			t.Templates = append(t.Templates, path)
		} else {
			t.Documents = append(t.Documents, path)
		}
		return t, nil
	}
	return t, filepath.WalkDir(path, func(file string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir():
			if name := d.Name(); file != path && (strings.HasPrefix(name, ".") || name == "node_modules") {
				return fs.SkipDir
			}
			return nil
		case !d.Type().IsRegular():
			return nil
		}
		switch strings.ToLower(filepath.Ext(file)) {
		case ".vtl":
			t.Templates = append(t.Templates, file)
		case ".yaml", ".yml", ".json":
			if isDocument(file) {
				t.Documents = append(t.Documents, file)
			}
		}
		return nil
	})
}

// isDocument reports whether a file is an OpenAPI document. One that cannot be read as YAML or JSON is, if it says so in
// its text: its author wants to know.
func isDocument(file string) bool {
	info, err := os.Stat(file)
	if err != nil || info.Size() > maxFile {
		return false
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return false
	}
	if s := readSource(file, data); s.root != nil {
		return s.root.get("openapi") != nil || s.root.get("swagger") != nil
	}
	for line := range strings.SplitSeq(string(data), "\n") {
		line = strings.TrimSpace(line)
		for _, key := range []string{"openapi:", "swagger:", `"openapi":`, `"swagger":`, `{"openapi":`, `{"swagger":`} {
			if strings.HasPrefix(line, key) {
				return true
			}
		}
	}
	return false
}

// IsResponse guesses from the name of a .vtl file whether it is a response template.
func IsResponse(file string) bool {
	return strings.Contains(strings.ToLower(filepath.Base(file)), "response")
}
