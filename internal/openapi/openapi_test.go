package openapi_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/openapi"
)

var update = flag.Bool("update", false, "write what is there as what is wanted")

// TestDocuments imports every case of testdata and compares the definition, the warnings or the problems. A case holds
// its documents (the first one is imported), and options in the comment, one a line.
func TestDocuments(t *testing.T) {
	cases, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(cases) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, path := range cases {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) { document(t, path) })
	}
}

func document(t *testing.T, path string) {
	path, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	comment, sections, err := readCase(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	var inputs, wanted []section
	for _, f := range sections {
		if f.Name == "want" || f.Name == "warnings" || f.Name == "problems" {
			wanted = append(wanted, f)
			continue
		}
		inputs = append(inputs, f)
		write(t, f)
	}
	got := outcome(openapi.Load(inputs[0].Name, options(t, comment)))
	again := outcome(openapi.Load(inputs[0].Name, options(t, comment)))
	if show(got) != show(again) {
		t.Errorf("the second import differs:\n%s\n%s", show(got), show(again))
	}
	if *update {
		if err := os.WriteFile(path, formatCase(comment, append(inputs, got...)), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if show(got) != show(wanted) {
		t.Errorf("got\n%s\nwant\n%s", show(got), show(wanted))
	}
}

func write(t *testing.T, f section) {
	if err := os.MkdirAll(filepath.Dir(f.Name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(f.Name, f.Data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// options reads lines such as "basePath: split"; other lines of the comment are for the reader.
func options(t *testing.T, comment string) (o openapi.Options) {
	for line := range strings.Lines(comment) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		switch name {
		case "basePath":
			o.BasePath = value
		case "ignore":
			o.IgnoreDocumentation = true
		case "failOnWarnings": // "true"
			o.FailOnWarnings = true
		case "account":
			o.AccountID = value
		case "region":
			o.Region = value
		}
	}
	return o
}

// outcome is the sections of a case that an import makes.
func outcome(im *openapi.Import, err error) (files []section) {
	if err != nil {
		return []section{{Name: "problems", Data: []byte(err.Error() + "\n")}}
	}
	var warnings []byte
	for _, w := range im.Warnings {
		warnings = append(warnings, w.String()+"\n"...)
	}
	if warnings != nil {
		files = append(files, section{Name: "warnings", Data: warnings})
	}
	im.API.Warnings = nil
	return append(files, section{Name: "want", Data: render(im.API)})
}

func show(files []section) string { return string(formatCase("", files)) }

// render writes a definition without what is empty, with origins as one line.
func render(api *definition.RestAPI) []byte {
	text, err := json.Marshal(api)
	if err != nil {
		return []byte(err.Error())
	}
	var v any
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		return []byte(err.Error())
	}
	v, _ = prune(v)
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return []byte(err.Error())
	}
	return out.Bytes()
}

func prune(v any) (any, bool) {
	switch v := v.(type) {
	case nil:
		return nil, false
	case string:
		return v, v != "" && v != "0001-01-01T00:00:00Z"
	case json.Number:
		return v, v != "0"
	case []any:
		return v, len(v) > 0
	case map[string]any:
		if file, ok := v["file"].(string); ok {
			return fmt.Sprintf("%s:%v:%v: %v", file, v["line"], v["col"], v["path"]), file != ""
		}
		for name, m := range v {
			p, keep := prune(m)
			strict := strings.HasPrefix(name, "method.") || strings.Contains(name, "/") || name == "$default" || name == "resultTtlInSeconds" || name == "minimumCompressionSize"
			if v[name] = p; !keep && !strict {
				delete(v, name)
			}
			if p == nil {
				delete(v, name)
			}
		}
		return v, len(v) > 0
	}
	return v, v != false
}
