package blackbox

import (
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
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
	logTimedOut = `Task timed out after 5\.00 seconds`
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
		answers(hangsUpOnNext, "good", ""),
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
				"gatehouse.yaml": "functions:\n- {name: f, path: f, timeout: 5, " + bad.function + "}\n",
			})
			install(t, bad.file, filepath.Join(dir, "f", bad.name))
			g := serveFile(t, dir)
			for _, c := range bad.cases {
				g.doBadly(c, "/dev/f")
			}
		})
	}
}

// badServers are web functions, by the file of their server.
var badServers = map[string][]badCase{
	"badweb.js": {
		fails("hang", logTimedOut),
		fails("exit", logExited),
		fails("segfault", logCrashed),
		answers("binary", "printed", ""),
		fails("much", logTooLarge),
		answers("fork", "forked", ""),
		fails("deaf", "it takes no connections any more"),
		fails("close", "the web server did not answer: "),
		fails("close in the head", "the web server did not answer: "),
		fails("close after the head", "the answer of the web server: unexpected EOF"),
		fails("close in the body", "the answer of the web server: unexpected EOF"),
		fails("close in a chunk", "the answer of the web server: unexpected EOF"),
		fails("close between chunks", "the answer of the web server: unexpected EOF"),
		answers("close after the answer", "done", ""),
		answers("twice", "first", ""),
		fails("no HTTP", "the web server did not answer: "),
		fails("two lengths", "the web server did not answer: "),
		fails("endless head", "the web server did not answer: "),
	},
	"badweb.py": {
		fails("hang", logTimedOut),
		fails("exit", logExited),
		fails("segfault", logCrashed),
		answers("binary", "printed", ""),
		fails("much", logTooLarge),
		answers("fork", "forked", ""),
		fails("close", "the web server did not answer: "),
		fails("close in the body", "the answer of the web server: unexpected EOF"),
		answers("twice", "first", ""),
	},
}

// TestBadWebServersDoNotHarmTheNextRequest is the same for web functions, whose connection is the one on which they are asked.
func TestBadWebServersDoNotHarmTheNextRequest(t *testing.T) {
	for file, cases := range badServers {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			g := serveFile(t, badServer(t, file))
			for _, c := range cases {
				g.doBadly(c, "/dev/f")
				g.doBadly(c, "/dev/m")
			}
		})
	}
}

// badServer is a project with a web function: f answers one request at a time, m several, s streams its answers.
func badServer(t *testing.T, file string) string {
	t.Helper()
	streamed := strings.Replace(lambdaDocument("s"), "type: aws_proxy", "responseTransferMode: STREAM, type: aws_proxy", 1)
	streamed = strings.NewReplacer("2015-03-31", "2021-11-15", "/invocations", "/response-streaming-invocations").Replace(streamed)
	_, streamed, _ = strings.Cut(streamed, "paths:\n")
	dir := functionProject(t, map[string]string{
		"openapi.yaml": lambdaDocument("f", "m") + streamed,
		"gatehouse.yaml": "functions:\n- {name: f, path: f, timeout: 5, runtime: web, handler: " + file + "}\n" +
			"- {name: m, path: f, timeout: 5, runtime: web, handler: " + file + ", environment: {GATEHOUSE_ENVIRONMENT_CONCURRENCY: '10'}}\n" +
			"- {name: s, path: f, timeout: 5, runtime: web, handler: " + file + ", environment: {AWS_LWA_INVOKE_MODE: response_stream}}\n",
	})
	write(t, filepath.Join(dir, "f", file), testFile(t, file))
	return dir
}

// TestBadWebServersThatStream: what goes wrong before the answer has begun is a 502; afterwards the client has its beginning, and then
// an end of the connection that he can tell from the answer's.
func TestBadWebServersThatStream(t *testing.T) {
	t.Parallel()
	g := serveFile(t, badServer(t, "badweb.js"))
	for _, do := range []string{"close", "close in the head", "no HTTP", "two lengths", "hang", "exit"} {
		g.doBadly(fails(do, ""), "/dev/s")
	}
	for do, begun := range map[string]string{"close after the head": "", "close in the body": "ha", "close in a chunk": "ha", "close between chunks": "half"} {
		rd, got := g.open("GET", "/dev/s?do="+url.QueryEscape(do)), ""
		chunk, err := rd.tryChunk()
		for ; err == nil && chunk != ""; chunk, err = rd.tryChunk() {
			got += chunk
		}
		if rd.res.status != 200 || got != begun || err == nil {
			t.Errorf("%s: got %s %q and then %v", do, rd.res, got, err)
		}
		g.doBadly(answers("good", "good", ""), "/dev/s")
	}
}

// hangsUpOnNext is what a runtime does that asks for an event and does not wait for it.
const hangsUpOnNext = "close in the answer of next"

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
	r := g.do("GET", path+"?do=good", "")
	if c.do == hangsUpOnNext && r.status == 502 { // it was sent to a runtime that hung up at that moment, which nobody can know
		r = g.do("GET", path+"?do=good", "")
	}
	if r.status != 200 || r.body != "good" {
		g.t.Errorf("after %s: got %d %.200s", c.do, r.status, r.body)
	}
}

// install makes the file of a function that can be executed: a copy, or the program of a folder of Go code.
func install(t *testing.T, name, to string) {
	t.Helper()
	if info, err := os.Stat(filepath.Join("testdata", name)); err == nil && info.IsDir() {
		build := exec.Command("go", "build", "-o", to, "./testdata/"+name)
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		return
	}
	write(t, to, testFile(t, name))
	if err := os.Chmod(to, 0o755); err != nil {
		t.Fatal(err)
	}
}

// testFile is the text of a file of testdata.
func testFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
