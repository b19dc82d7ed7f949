package runtimes_test

import (
	"os"
	"path/filepath"
	"testing"
)

// withClient is a folder of code that has a public runtime client beside what is in testdata.
func withClient(t *testing.T, language string) string {
	t.Helper()
	clients := os.Getenv("GATEHOUSE_TEST_RUNTIME_CLIENTS")
	if clients == "" {
		clients = filepath.Join("..", "..", "..", ".tools", "runtime-clients")
	}
	code := t.TempDir()
	for _, from := range []string{filepath.Join(clients, language), filepath.Join("testdata", language)} {
		entries, err := os.ReadDir(from)
		if err != nil {
			t.Fatalf("%v: run test/install-tools, or for Node.js test/install-tools node-client", err)
		}
		for _, entry := range entries {
			if entry.Name() == "__pycache__" {
				continue
			}
			target, err := filepath.Abs(filepath.Join(from, entry.Name()))
			if err == nil {
				err = os.Symlink(target, filepath.Join(code, entry.Name()))
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	return code
}

// answersAlike compares what a function answers through our bootstrap and through the public client in the same folder.
func answersAlike(t *testing.T, runtime, code, handler string, normal func(string) string, events ...string) {
	t.Helper()
	var answers [2][]string
	for i, env := range []map[string]string{nil, {"GATEHOUSE_RUNTIME_CLIENT": "official"}} {
		p := start(t, specOf(t, runtime, handler, code, env))
		for _, e := range events {
			var got post
			select {
			case p.events <- event{body: e}:
				got = p.answer()
			case got = <-p.posts: // an error of the initialization
			}
			answers[i] = append(answers[i], got.path+" "+normal(p.inTask(got.body)))
		}
	}
	for i, e := range events {
		if answers[0][i] != answers[1][i] {
			t.Errorf("%s %s\nours     %s\npublic   %s", handler, e, answers[0][i], answers[1][i])
		}
	}
}

func TestPythonAnswersAsThroughThePublicClient(t *testing.T) {
	code := withClient(t, "python")
	for _, test := range []struct {
		runtime, handler string
		events           []string
	}{
		{"python3.13", "app.echo", []string{`{"b":1,"a":[2.50,"ü",null,true]}`, "nul", `"text"`}},
		{"python3.13", "app.dispatch", []string{`{"call":"nothing"}`, `{"call":"text"}`, `{"call":"types"}`, `{"call":"raw"}`, `{"call":"context"}`, `{"call":"raises"}`, `{"call":"deeper"}`, `{"call":"wrong_type"}`, `{"call":"circular"}`}},
		{"python3.11", "app.dispatch", []string{`{"call":"text"}`, `{"call":"raises"}`}},
		{"python3.13", "pkg.mod.handler", []string{"{}"}},
		{"python3.13", "absent.handler", []string{"{}"}},
		{"python3.13", "app.absent", []string{"{}"}},
		{"python3.13", "app", []string{"{}"}},
		{"python3.13", "sys.handler", []string{"{}"}},
		{"python3.13", "broken.syntax.handler", []string{"{}"}},
		{"python3.13", "broken/missing.handler", []string{"{}"}},
	} {
		t.Run(test.handler+" "+test.runtime, func(t *testing.T) {
			t.Parallel()
			answersAlike(t, test.runtime, code, test.handler, func(s string) string { return s }, test.events...)
		})
	}
}
