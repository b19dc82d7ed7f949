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
	for _, test := range []struct{ runtime, handler, event string }{
		{"python3.13", "app.echo", `{"b":1,"a":[2.50,"ü",null,true]}`},
		{"python3.13", "app.nothing", "{}"},
		{"python3.13", "app.text", "{}"},
		{"python3.11", "app.text", "{}"},
		{"python3.13", "app.types", "{}"},
		{"python3.13", "app.raw", "{}"},
		{"python3.13", "app.context", "{}"},
		{"python3.11", "app.raises", "{}"},
		{"python3.13", "app.deeper", "{}"},
		{"python3.13", "app.wrong_type", "{}"},
		{"python3.13", "app.circular", "{}"},
		{"python3.13", "app.echo", "nul"},
		{"python3.13", "pkg.mod.handler", "{}"},
		{"python3.13", "absent.handler", "{}"},
		{"python3.13", "app.absent", "{}"},
		{"python3.13", "app", "{}"},
		{"python3.13", "sys.handler", "{}"},
		{"python3.13", "broken.syntax.handler", "{}"},
		{"python3.13", "broken/missing.handler", "{}"},
	} {
		t.Run(test.handler+" "+test.runtime, func(t *testing.T) {
			t.Parallel()
			answersAlike(t, test.runtime, code, test.handler, event{body: test.event}, nil, func(s string) string { return s })
		})
	}
}
