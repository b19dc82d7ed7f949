package host_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/functions"
	"github.com/gatehouse-gateway/gatehouse/internal/functions/host"
)

// hostile is a function of testdata/hostile, in a copy of its own, in one language.
func hostile(t *testing.T, runtime, handler string, change ...func(*functions.Function)) *functions.Function {
	t.Helper()
	code := t.TempDir()
	if err := os.CopyFS(code, os.DirFS("testdata/hostile")); err != nil {
		t.Fatal(err)
	}
	switch handler {
	case "Hostile":
		compile(t, code, filepath.Join(code, "Hostile.java"))
	case "bootstrap":
		program, err := testFunction()
		if err == nil {
			err = os.CopyFS(code, os.DirFS(program))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return function(t, append(change, func(f *functions.Function) {
		f.Code, f.Runtime, f.Handler, f.MemorySize = code, runtime, handler, 512
		if handler == "bootstrap" {
			f.Environment["MODE"] = "hostile"
		}
	})...)
}

// attack is an event of a hostile function.
func attack(t *testing.T, do, path, text string) string {
	t.Helper()
	event, err := json.Marshal(map[string]string{"do": do, "path": path, "text": text})
	if err != nil {
		t.Fatal(err)
	}
	return string(event)
}

// TestHostileFunctions: each attack at each level ends as docs/isolation.md says, by what holds on this machine.
func TestHostileFunctions(t *testing.T) {
	const ours, theirs = "a-secret-of-the-gateway", "a-secret-of-another-function"
	javaClient := javaClient(t)
	t.Setenv("GATEHOUSE_TEST_SECRET", ours)
	for runtime, handler := range map[string]string{
		"python3.12": "app.handler", "nodejs22.x": "index.handler", "java17": "Hostile", "provided.al2023": "bootstrap", functions.RuntimeWeb: "serve",
	} {
		for _, level := range []host.Isolation{host.IsolationAuto, host.IsolationProcess} {
			if (handler == "Hostile" || handler == "serve") && level == host.IsolationProcess {
				continue // they start slowly, and nothing of them is new at this level
			}
			t.Run(runtime+" "+string(level), func(t *testing.T) {
				private, elsewhere := t.TempDir(), t.TempDir()
				secret := filepath.Join(private, "root-credentials")
				if err := os.WriteFile(secret, []byte("key"), 0o600); err != nil {
					t.Fatal(err)
				}
				w := start(t, func(o *host.Options) { o.Isolation, o.Private, o.JavaClient = level, []string{private}, javaClient })
				victim := hostile(t, runtime, handler, func(f *functions.Function) { f.Environment["PASSWORD"] = theirs })
				other := w.Open(victim)
				own := hostile(t, runtime, handler)
				p := w.Open(own)
				want(t, "the other one serves", call(t, other, attack(t, "listing", w.taskRoot(victim), "")), "true")

				holds, err := w.Isolation()
				if err != nil {
					t.Fatal(err)
				}
				t.Logf("what holds: %s", holds)
				unless := func(held bool, outcome string) string {
					if held {
						return `"refused"`
					}
					return outcome
				}
				found := func(hidden bool) string {
					if hidden {
						return `"not found"`
					}
					return `"found"`
				}
				for _, test := range []struct{ what, event, want string }{
					{"its own code", attack(t, "listing", w.taskRoot(own), ""), "true"},
					{"the state of the gateway", attack(t, "read", secret, ""), unless(holds.Confines(), `"key"`)},
					{"code of another function", attack(t, "read", filepath.Join(victim.Code, "index.js"), ""), unless(holds.Confines(), "")},
					{"its code, to write", attack(t, "write", filepath.Join(w.taskRoot(own), "new"), ""), unless(holds.Confines(), `"written"`)},
					{"a folder of the machine", attack(t, "write", filepath.Join(elsewhere, "new"), ""), unless(holds.Confines(), `"written"`)},
					{"/tmp", attack(t, "temporary", "", ""), map[bool]string{true: "true", false: "false"}[holds.Mounts]},
					{"variables of another function", attack(t, "spy", "", theirs), found(holds.Landlock > 0)},
					{"variables of the gateway", attack(t, "spy", "", ours), found(holds.Confines() || holds.Processes)},
					{"the metadata address", attack(t, "metadata", "", ""), `"not forbidden"`},
				} {
					got := call(t, p, test.event)
					if test.want == "" && got != `"refused"` || test.want != "" && got == test.want {
						continue
					}
					t.Errorf("%s: got %.200s, want %s", test.what, got, test.want)
				}

				if got := call(t, p, attack(t, "fill", "", "")); got != `"refused"` && !strings.Contains(got, "signal: file size limit exceeded") {
					t.Errorf("a large file: got %s", got)
				}
				if holds.Landlock >= 6 {
					call(t, p, attack(t, "killall", "", "TERM"))
					want(t, "the other one serves after kill(-1)", call(t, other, attack(t, "listing", w.taskRoot(victim), "")), "true")
				}
				want(t, "forking without end", call(t, p, attack(t, "fork", "", "6000")), unless(holds.Groups.Processes, exitError("Runtime exited with error: signal: killed")))
				want(t, "after that", call(t, p, attack(t, "listing", w.taskRoot(own), "")), "true")

				long := seconds()
				brief := w.Open(hostile(t, runtime, handler, timeout(2*time.Second)))
				want(t, "outliving", call(t, brief, attack(t, "outlive", "", long)), timeoutError("2.00"))
				if n := processes(t, "sleep\x00"+long); n != 0 {
					t.Errorf("%d processes outlive the timeout", n)
				}
			})
		}
	}
}

// TestEventsAreForTheirFunction: another one that asks the port of the Runtime API for them is refused, at each level.
func TestEventsAreForTheirFunction(t *testing.T) {
	for _, level := range []host.Isolation{host.IsolationAuto, host.IsolationProcess, host.IsolationNone} {
		w := start(t, func(o *host.Options) { o.Isolation = level })
		holds, err := w.Isolation()
		if err != nil {
			t.Fatal(err)
		}
		if !holds.Peers {
			t.Fatal("it is not found out here which processes connections come from: the kernel needs CONFIG_INET_DIAG")
		}
		victim := w.Open(function(t))
		var variables []string
		if err := json.Unmarshal([]byte(call(t, victim, `{"do":"environment"}`)), &variables); err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(variables, func(v string) bool { return strings.HasPrefix(v, "AWS_LAMBDA_RUNTIME_API=") })
		thief := w.Open(hostile(t, "python3.12", "app.handler"))
		want(t, "stealing", call(t, thief, attack(t, "steal", strings.TrimPrefix(variables[i], "AWS_LAMBDA_RUNTIME_API="), "secret")), `"refused"`)
		want(t, "afterwards", call(t, victim, `"secret"`), `"secret"`)
	}
}
