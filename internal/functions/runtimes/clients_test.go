package runtimes_test

import (
	"maps"
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

var official = map[string]string{"GATEHOUSE_RUNTIME_CLIENT": "official"}

// answersAlike compares what a function answers through our bootstrap and through the public client in the same folder.
func answersAlike(t *testing.T, runtime, code, handler string, e event, env map[string]string, normal func(string) string) {
	t.Helper()
	withOfficial := maps.Clone(official)
	maps.Copy(withOfficial, env)
	var bodies [2]string
	for i, variables := range []map[string]string{nil, withOfficial} {
		p := start(t, specOf(t, runtime, handler, code, variables))
		var got post
		select {
		case p.events <- e:
			got = p.answer()
		case got = <-p.posts: // an error of the initialization
		}
		bodies[i] = got.path + " " + normal(p.inTask(got.body))
	}
	if bodies[0] != bodies[1] {
		t.Errorf("%s %s\nours     %s\npublic   %s", handler, e.body, bodies[0], bodies[1])
	}
}

func TestPythonAnswersAsThroughThePublicClient(t *testing.T) {
	code := withClient(t, "python")
	for _, test := range []struct{ handler, event string }{
		{"app.echo", `{"b":1,"a":[2.50,"ü",null,true]}`},
		{"app.nothing", "{}"},
		{"app.text", "{}"},
		{"app.types", "{}"},
		{"app.raw", "{}"},
		{"app.context", "{}"},
		{"app.raises", "{}"},
		{"app.deeper", "{}"},
		{"app.wrong_type", "{}"},
		{"app.circular", "{}"},
		{"app.echo", "nul"},
		{"pkg.mod.handler", "{}"},
		{"absent.handler", "{}"},
		{"app.absent", "{}"},
		{"app", "{}"},
		{"sys.handler", "{}"},
		{"broken.syntax.handler", "{}"},
		{"broken/missing.handler", "{}"},
	} {
		for _, runtime := range []string{"python3.11", "python3.13"} {
			t.Run(test.handler+" "+runtime, func(t *testing.T) {
				t.Parallel()
				answersAlike(t, runtime, code, test.handler, event{body: test.event}, nil, func(s string) string { return s })
			})
		}
	}
}
