package host_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/functions"
	"github.com/gatehouse-gateway/gatehouse/internal/functions/host"
)

// testExtension builds the extension that tests run, once, in the folder of the function, which goes when they are over.
var testExtension = sync.OnceValues(func() (string, error) {
	dir, err := testFunction()
	if err != nil {
		return "", err
	}
	file := filepath.Join(dir, "extension")
	if out, err := exec.Command("go", "build", "-o", file, "./testextension").CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return file, nil
})

// layer makes a folder for /opt: names that end in + are executable.
func layer(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		mode := os.FileMode(0o644)
		if bare, ok := strings.CutSuffix(name, "+"); ok {
			name, mode = bare, 0o755
		}
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// with gives a function external extensions of these names.
func with(t testing.TB, names ...string) func(*functions.Function) {
	t.Helper()
	file, err := testExtension()
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	files := make(map[string]string, len(names))
	for _, name := range names {
		files["extensions/"+name+"+"] = string(program)
	}
	dir := layer(t, files)
	return func(f *functions.Function) { f.Opt = dir }
}

// TestExtensionsTakePart from the start of an environment to its end. Spec: functions A3, A4.
func TestExtensionsTakePart(t *testing.T) {
	w := start(t)
	p := w.Open(function(t, with(t, "both", "quiet")))
	want(t, "echo", call(t, p, `1`), `1`)
	want(t, "echo", call(t, p, `{"do":"count"}`), `2`)
	w.stop()
	log := w.logs.text()
	for _, line := range []string{
		"EXTENSION\tName: both\tState: Ready\tEvents: [INVOKE, SHUTDOWN]", "EXTENSION\tName: quiet\tState: Ready\tEvents: []",
		`both registered for {"functionName":"test","functionVersion":"$LATEST","handler":"main.handler"}`,
		"both got INVOKE " + id + " true", "both got SHUTDOWN SPINDOWN true", "both leaves",
	} {
		if !strings.Contains(log, line+"\n") {
			t.Errorf("the log has no %q", line)
		}
	}
	if strings.Count(log, "got INVOKE") != 2 || strings.Count(log, "got SHUTDOWN") != 1 || strings.Count(log, "INIT_START") != 1 {
		t.Errorf("the log is\n%s", log)
	}
}

// TestInvocationsEndWithTheirExtensions: the report waits for them, as its end of the log does.
func TestInvocationsEndWithTheirExtensions(t *testing.T) {
	w := start(t)
	p := w.Open(function(t, with(t, "slow")))
	var r functions.Result
	if err := p.Invoke(context.Background(), &functions.Invocation{RequestID: id, Payload: []byte("1"), Tail: true}, &r); err != nil {
		t.Fatal(err)
	}
	defer r.Release()
	if log := string(r.Log); !strings.Contains(log, "slow is done") || strings.Index(log, "slow is done") > strings.Index(log, "REPORT") {
		t.Errorf("the log is\n%s", log)
	}
}

// TestExtensionsThatFail end the function as the service does; the words are unconfirmed.
func TestExtensionsThatFail(t *testing.T) {
	failure := func(kind, message string) string {
		return `!{"errorType":"` + kind + `","errorMessage":"RequestId: ` + id + ` Error: ` + message + `"}`
	}
	for _, tt := range []struct {
		name, extension, event, want string
	}{
		{"crash at the start", "crashes", "1", failure("Extension.Crash", "exit code 3")},
		{"crash in an invocation", "dies", `{"do":"hang"}`, failure("Extension.Crash", "exit code 4")},
		{"init error", "initerror", "1", failure("Extension.InitError", "extension initerror: Extension.NoKey")},
		{"exit error", "exiterror", `{"do":"hang"}`, failure("Extension.ExitError", "extension exiterror: Extension.NoKey")},
		{"no registration", "never", "1", timeoutError("1.00")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := start(t, func(o *host.Options) { o.Limits.FunctionInit = 500 })
			p := w.Open(function(t, with(t, tt.extension, "both"), func(f *functions.Function) {
				if tt.extension == "never" {
					f.Timeout = time.Second
				}
			}))
			want(t, tt.name, call(t, p, tt.event), tt.want)
			w.stop()
			if log := w.logs.text(); tt.extension != "never" && !strings.Contains(log, "Status: error\tError Type: Extension.") {
				t.Errorf("the log is\n%s", log)
			}
		})
	}
}

// TestExtensionsThatCannotBeStarted: no program, and more than there may be.
func TestExtensionsThatCannotBeStarted(t *testing.T) {
	w := start(t)
	p := w.Open(function(t, func(f *functions.Function) {
		f.Opt = layer(t, map[string]string{"extensions/text": "x", "extensions/folder/x": ""})
	}))
	if got := call(t, p, "1"); !strings.HasPrefix(got, `!{"errorType":"Extension.LaunchError","errorMessage":"RequestId: `+id+` Error: fork/exec `) || !strings.Contains(got, "extensions/text: permission denied") {
		t.Errorf("got %s", got)
	}
	many := map[string]string{}
	for i := range 11 {
		many[fmt.Sprint("extensions/x", i, "+")] = ""
	}
	p = w.Open(function(t, func(f *functions.Function) { f.Opt = layer(t, many) }))
	want(t, "eleven", call(t, p, "1"), `!{"errorType":"Extension.TooManyExtensions","errorMessage":"RequestId: `+id+` Error: Extension limit (10) reached"}`)
}

// TestExtensionsHearWhyTheyEnd: a timeout, a crash; and the next invocation has new ones.
func TestExtensionsHearWhyTheyEnd(t *testing.T) {
	for name, tt := range map[string]struct{ event, want, reason string }{
		"timeout": {`{"do":"hang"}`, timeoutError("1.00"), "TIMEOUT"},
		"crash":   {`{"do":"exit","n":7}`, exitError("Runtime exited with error: exit status 7"), "FAILURE"},
	} {
		t.Run(name, func(t *testing.T) {
			w := start(t)
			p := w.Open(function(t, with(t, "both"), timeout(time.Second)))
			want(t, name, call(t, p, tt.event), tt.want)
			w.logs.await(t, "both got SHUTDOWN "+tt.reason+" true")
			w.logs.await(t, "both leaves")
			want(t, "after that", call(t, p, `{"do":"count"}`), `1`)
			w.logs.awaitCount(t, "both registered", 2)
		})
	}
}

// TestACrashBetweenInvocations of an extension, or of the runtime, costs the next invocation a start.
func TestACrashBetweenInvocations(t *testing.T) {
	w := start(t)
	p := w.Open(function(t, with(t, "dies", "both")))
	if got := call(t, p, `1`); got != "1" && !strings.Contains(got, "Extension.Crash") { // it dies meanwhile, or afterwards
		t.Errorf("got %s", got)
	}
	w.logs.await(t, "both got SHUTDOWN FAILURE")
	if got := call(t, p, `1`); got != "1" && !strings.Contains(got, "Extension.Crash") {
		t.Errorf("got %s", got)
	}
}

// TestStubbornExtensionsAreKilled when their time is over.
func TestStubbornExtensionsAreKilled(t *testing.T) {
	w := start(t)
	p := w.Open(function(t, with(t, "stubborn")))
	call(t, p, "1")
	w.stop()
	if log := w.logs.text(); !strings.Contains(log, "stubborn got SHUTDOWN SPINDOWN true") {
		t.Errorf("the log is\n%s", log)
	}
}

// TestSIGTERMReachesTheRuntimeWithAnExtensionOnly. Spec: functions A4, E25.
func TestSIGTERMReachesTheRuntimeWithAnExtensionOnly(t *testing.T) {
	for _, tt := range []struct {
		name, mode string
		extensions []string
		asked      bool
	}{
		{"none", "listens", nil, false},
		{"external", "listens", []string{"quiet"}, true},
		{"internal", "sigterm", nil, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := start(t)
			p := w.Open(function(t, with(t, tt.extensions...), func(f *functions.Function) { f.Environment["MODE"] = tt.mode }))
			want(t, "echo", call(t, p, "1"), "1")
			w.stop()
			if asked := strings.Contains(w.logs.text(), "asked to end"); asked != tt.asked {
				t.Errorf("asked: %v; the log is\n%s", asked, w.logs.text())
			}
		})
	}
}

// TestVariablesOfExtensions: the function's, without those of its runtime. Spec: functions A3.
func TestVariablesOfExtensions(t *testing.T) {
	w := start(t)
	f := function(t, with(t, "env"), func(f *functions.Function) { f.Environment["MINE"] = "yes" })
	call(t, w.Open(f), "1")
	line := regexp.MustCompile(`env is in (\S+) with (.*)`).FindStringSubmatch(w.logs.text())
	if line == nil || line[1] != w.taskRoot(f) {
		t.Fatalf("got %q", line)
	}
	for _, name := range []string{"AWS_LAMBDA_RUNTIME_API", "AWS_REGION", "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "TMPDIR", "PATH", "MINE"} {
		if !strings.Contains(" "+line[2], " "+name+"=") {
			t.Errorf("%s is missing", name)
		}
	}
	for _, name := range []string{"_HANDLER", "AWS_EXECUTION_ENV", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR", "AWS_XRAY_CONTEXT_MISSING", "AWS_XRAY_DAEMON_ADDRESS", "_AWS_XRAY_DAEMON_ADDRESS", "_AWS_XRAY_DAEMON_PORT"} {
		if strings.Contains(" "+line[2], " "+name+"=") {
			t.Errorf("%s is there", name)
		}
	}
}

// TestExtensionsOfWebFunctions, for which the adapter that is built in stands in for the runtime.
func TestExtensionsOfWebFunctions(t *testing.T) {
	w := start(t)
	server := "import http.server, os\nclass H(http.server.BaseHTTPRequestHandler):\n  def do_POST(self):\n    self.send_response(200); self.end_headers(); self.wfile.write(b'\"served\"')\n  do_GET = do_POST\nhttp.server.HTTPServer(('127.0.0.1', int(os.environ['PORT'])), H).serve_forever()\n"
	f := function(t, with(t, "both"), func(f *functions.Function) {
		f.Runtime, f.Handler, f.Code = functions.RuntimeWeb, "app.py", layer(t, map[string]string{"app.py": server})
	})
	p := w.Open(f)
	want(t, "web", call(t, p, `{"a":1}`), `"served"`)
	want(t, "web", call(t, p, `{"a":1}`), `"served"`)
	w.stop()
	if log := w.logs.text(); strings.Count(log, "both got INVOKE "+id+" true") != 2 || !strings.Contains(log, "both leaves") {
		t.Errorf("the log is\n%s", log)
	}
}

// TestRetiredExtensionsAreNotWaitedFor: whoever publishes a new version goes on.
func TestRetiredExtensionsAreNotWaitedFor(t *testing.T) {
	w := start(t)
	p := w.Open(function(t, with(t, "stubborn")))
	call(t, p, "1")
	p.Retire()
	left, err := os.ReadDir(filepath.Join(w.dir, "environments"))
	if err != nil || len(left) != 1 {
		t.Errorf("%d environments are left (%v)", len(left), err)
	}
	w.logs.await(t, "stubborn got SHUTDOWN SPINDOWN true")
}

// TestChaosWithExtensions: whatever ends when, callers get an outcome, and nothing is left in the end.
func TestChaosWithExtensions(t *testing.T) {
	w := start(t, func(o *host.Options) { o.Limits.Environments = 6 })
	var group sync.WaitGroup
	mark := "-" + seconds() // so that its processes can be told from others
	for _, names := range [][]string{{"both" + mark}, {"dies" + mark, "quiet" + mark}, {"slow" + mark, "both" + mark}} {
		pools := []*host.Pool{w.Open(function(t, with(t, names...), timeout(time.Second))), w.Open(function(t, with(t, names...), timeout(time.Second)))}
		for i := range 4 {
			group.Go(func() {
				for n := range 6 {
					event := []string{`1`, `{"do":"exit","n":1}`, `{"do":"count"}`, `{"do":"hang"}`}[(i+n)%4]
					ctx, cancel := context.WithTimeout(context.Background(), soon)
					var r functions.Result
					err := pools[n/3].Invoke(ctx, &functions.Invocation{Payload: []byte(event)}, &r)
					cancel()
					var throttled *functions.ThrottledError
					if err != nil && !errors.As(err, &throttled) {
						t.Errorf("%s: %v", event, err)
					}
					r.Release()
				}
				if i == 0 {
					pools[0].Retire()
				}
			})
		}
	}
	group.Wait()
	w.stop()
	if left := processes(t, mark); left != 0 {
		t.Errorf("%d extensions are left", left)
	}
}
