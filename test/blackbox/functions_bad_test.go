package blackbox

import (
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// functionFailed is what a client gets when a function fails, however it does. Spec: rest-api 9.3.
const functionFailed = `{"message": "Internal server error"}`

// badCase is one thing that a bad function does, and what the client gets for it.
type badCase struct {
	do     string
	status int
	body   string
	log    string // a pattern of what the log says then; "": nothing of interest
}

func answers(do, body, log string) badCase { return badCase{do, 200, body, log} }

func fails(do, log string) badCase { return badCase{do, 502, functionFailed, log} }

// hungUp is the log of a runtime that was told something before the platform closed its connection, and then ended.
func hungUp(said string) string { return `(?s)the end: .*` + said + `.*exit status 3` }

const (
	logTimedOut = `Task timed out after 2\.00 seconds`
	logExited   = `Runtime exited with error: exit status 3`
	logCrashed  = `Runtime exited with error: signal: segmentation fault`
	logTooLarge = `Response payload size exceeded maximum allowed payload size`
	logCutOff   = `HTTP request detected as truncated`
	logRefused  = ` 403 \{"errorMessage":"State transition from RuntimeResponseSentState to `
)

// badFunctions are functions by runtime: what the project says about them, their one file, and what each of them does.
var badFunctions = map[string]struct {
	function, name, file string // file is below testdata; a folder is Go code that is built
	cases                []badCase
}{
	"node": {"runtime: nodejs20.x, handler: index.handler", "index.js", "bad.js", []badCase{
		fails("hang", logTimedOut),
		fails("exit", logExited),
		fails("segfault", logCrashed),
		answers("binary", "printed", ""),
		fails("much", logTooLarge),
		answers("fork", "forked", ""),
		fails("unhandled", "Runtime.UnhandledPromiseRejection"),
		answers("called", "first", ""),
		answers("posted", "first", ""),
		fails("close", `Runtime exited`),
	}},
	"python": {"runtime: python3.12, handler: app.handler", "app.py", "bad.py", []badCase{
		fails("hang", logTimedOut),
		fails("exit", logExited),
		fails("sys.exit", logExited),
		fails("segfault", logCrashed),
		answers("binary", "printed", ""),
		fails("no json", ""),
		fails("much", logTooLarge),
		answers("fork", "forked", ""),
		answers("posted", "first", ""),
		fails("close", `Runtime exited`),
	}},
	"go": {"runtime: provided.al2023, handler: bootstrap", "bootstrap", "badfunction", []badCase{
		fails("hang", logTimedOut),
		fails("exit", logExited),
		fails("segfault", `Runtime exited with error: exit status 2`), // Go's own handler
		answers("binary", "printed", ""),
		fails("much", logTooLarge),
		answers("fork", "forked", ""),
		answers("posted", "first", ""),
		fails("close", logTimedOut),
	}},
	"a runtime of its own": {"runtime: provided.al2023, handler: bootstrap", "bootstrap", "badruntime.py", []badCase{
		fails("hang", logTimedOut),
		fails("exit", logExited),
		fails("segfault", logCrashed),
		fails("close and hang", logTimedOut),
		fails("close and exit", `Runtime exited without providing a reason`),
		answers("close and come back", "again", ""),
		fails("head and close", logCutOff),
		fails("half and close", logCutOff),
		fails("half and exit", logCutOff),
		fails("half and hang", logTimedOut),
		fails("half a chunk and close", logCutOff),
		answers("close after the answer", "good", ""),
		answers("close in the answer of next", "good", ""),
		answers("answer and leave", "good", ""),
		answers("answer and exit", "good", ""),
		answers("twice", "first", "second:"+logRefused+"InvocationResponse"),
		answers("twice at once", "first", "second:"+logRefused+"InvocationResponse"),
		answers("error after the answer", "first", "late:"+logRefused+"InvocationErrorResponse"),
		answers("unknown id", "good", `unknown: 400 \{"errorMessage":"Invalid request ID","errorType":"InvalidRequestID"\}`),
		fails("unknown id alone", logTimedOut),
		fails("no HTTP", hungUp(`HTTP/1\.1 400 .*malformed version`)),
		fails("two lengths", hungUp(`HTTP/1\.1 400 .*more than one Content-Length`)),
		fails("length and chunks", hungUp(`HTTP/1\.1 400 `)),
		fails("bad chunk", logCutOff),
		fails("endless head", hungUp(``)),
		answers("no HTTP but right in the end", "good", ""),
		answers("bytes behind the answer", "good", ""),
		fails("no json", ""),
		fails("much", `much: 413 \{"errorMessage":"Exceeded maximum allowed payload size \(6291556 bytes\)\."`),
	}},
}

// TestBadFunctionsDoNotHarmTheNextRequest: functions that hang, exit, crash, print binary, answer twice or too much, fork or close
// their connection to the Runtime API get their clients the documented answer, and the next request is served. Spec: functions A2.4,
// D3, rest-api 9.3.
func TestBadFunctionsDoNotHarmTheNextRequest(t *testing.T) {
	for name, bad := range badFunctions {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := functionProject(t, map[string]string{
				"openapi.yaml":   lambdaDocument("f"),
				"gatehouse.yaml": "functions:\n- {name: f, path: f, timeout: 2, " + bad.function + "}\n",
			})
			install(t, filepath.Join("testdata", bad.file), filepath.Join(dir, "f", bad.name))
			g := serveFile(t, dir)
			for _, c := range bad.cases {
				g.doBadly(c, "/dev/f")
			}
		})
	}
}

// doBadly has a function do a bad thing, and then what is right.
func (g *gatewayProcess) doBadly(c badCase, path string) {
	g.t.Helper()
	from := g.mark()
	if r := g.do("GET", path+"?do="+url.QueryEscape(c.do), ""); r.status != c.status || r.body != c.body {
		g.t.Errorf("%s: got %d %.200s", c.do, r.status, r.body)
	}
	if c.log != "" {
		g.out.wait(g.t, from, c.log)
	}
	if r := g.do("GET", path+"?do=good", ""); r.status != 200 || r.body != "good" {
		g.t.Errorf("after %s: got %d %.200s", c.do, r.status, r.body)
	}
}

// install makes the file of a function that can be executed: a copy, or the program of a folder of Go code.
func install(t *testing.T, from, to string) {
	t.Helper()
	if info, err := os.Stat(from); err == nil && info.IsDir() {
		build := exec.Command("go", "build", "-o", to, "./"+from)
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		return
	}
	text, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	write(t, to, string(text))
	if err := os.Chmod(to, 0o755); err != nil {
		t.Fatal(err)
	}
}
