package blackbox

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// functionURI is what an integration says that invokes a function.
func functionURI(name string) string {
	return "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:" + name + "/invocations"
}

// lambdaDocument is an API whose GET /NAME invokes the function of that name.
func lambdaDocument(names ...string) string {
	var b strings.Builder
	b.WriteString("openapi: 3.0.1\ninfo: {title: Functions}\npaths:\n")
	for _, name := range names {
		fmt.Fprintf(&b, "  /%s:\n    x-amazon-apigateway-any-method:\n      x-amazon-apigateway-integration: {type: aws_proxy, httpMethod: POST, uri: '%s'}\n", name, functionURI(name))
	}
	return b.String()
}

// functionProject writes a project: files by name, the document among them.
func functionProject(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		write(t, filepath.Join(dir, name), text)
	}
	return dir
}

// nodeProject is a project with one function in Node.
func nodeProject(t *testing.T, code string) string {
	t.Helper()
	return functionProject(t, map[string]string{
		"openapi.yaml":   lambdaDocument("f"),
		"gatehouse.yaml": "functions:\n- {name: f, runtime: nodejs22.x, handler: index.handler, path: f, timeout: 5}\n",
		"f/index.js":     code,
	})
}

// saysInNode is a function that answers with a text.
func saysInNode(text string) string {
	return "exports.handler = async () => ({ statusCode: 200, body: '" + text + "' });\n"
}

// TestFunctionsOfTheExample drives every kind of function that the example has.
func TestFunctionsOfTheExample(t *testing.T) {
	g := serveFile(t, "../../examples/functions")
	for _, tt := range []struct {
		method, path, body string
		headers            []string
		status             int
		want               string
	}{
		{"GET", "/greet/Ada%20L", "", nil, 200, `"message":"Hello, Ada L!"`},
		{"POST", "/quote", `{"item":"bolt","pieces":100}`, []string{"Content-Type: application/json"}, 200, `{"item": "bolt", "total": 12.0}`},
		{"POST", "/quote", `{"item":"bolt","pieces":0}`, []string{"Content-Type: application/json"}, 400, `{"error": "pieces must be a whole number from 1"}`},
		{"GET", "/stock", "", nil, 401, `{"message":"Unauthorized"}`},
		{"GET", "/stock", "", []string{"Authorization: Bearer nobody"}, 401, `{"message":"Unauthorized"}`},
		{"GET", "/stock", "", []string{"Authorization: Bearer bob-token"}, 403, `explicit deny`},
		{"GET", "/stock", "", []string{"Authorization: Bearer alice-token"}, 200, `"for":"alice"`},
		{"DELETE", "/site/a%2Fb?c=d%20e", "", nil, 200, "<h1>DELETE /site/a%2Fb?c=d%20e</h1>"},
	} {
		r := g.do(tt.method, "/dev"+tt.path, tt.body, tt.headers...)
		if r.status != tt.status || !strings.Contains(r.body, tt.want) {
			t.Errorf("%s %s %v: got %s", tt.method, tt.path, tt.headers, r)
		}
	}
	for _, line := range []string{`\[greet\] START RequestId: `, `\[greet\] .*\tINFO\tgreeting Ada%20L`, `\[quote\] REPORT RequestId: .*Init Duration`, `\[authorizer\] .*Unauthorized`} {
		g.out.wait(t, 0, line)
	}
}

// TestChangedCodeServesWithoutAGap reloads a function under traffic: every request is answered, by the old code or the new.
func TestChangedCodeServesWithoutAGap(t *testing.T) {
	dir := nodeProject(t, saysInNode("0"))
	g := serveFile(t, dir)
	stop := make(chan struct{})
	var traffic sync.WaitGroup
	for range 3 {
		traffic.Go(func() {
			last := 0
			for {
				select {
				case <-stop:
					return
				default:
				}
				r := g.do("GET", "/dev/f", "")
				n, err := strconv.Atoi(r.body)
				if r.status != 200 || err != nil || n < last-1 {
					t.Errorf("after %d: %s", last, r)
					return
				}
				last = max(n, last)
			}
		})
	}
	for n := 1; n <= 5; n++ {
		from := g.mark()
		write(t, filepath.Join(dir, "f", "index.js"), saysInNode(strconv.Itoa(n)))
		g.out.wait(t, from, `function f reloaded in \d+ ms`)
		if r := g.do("GET", "/dev/f", ""); r.body != strconv.Itoa(n) {
			t.Errorf("after change %d: %s", n, r)
		}
	}
	close(stop)
	traffic.Wait()
}

// TestFunctionsFollowTheConfiguration changes gatehouse.yaml while it serves.
func TestFunctionsFollowTheConfiguration(t *testing.T) {
	dir := functionProject(t, map[string]string{
		"openapi.yaml":   lambdaDocument("f", "missing"),
		"f/index.js":     "exports.handler = async () => ({ body: process.env.WORD || 'none' });\n",
		"gatehouse.yaml": "functions:\n- {name: f, runtime: nodejs22.x, handler: index.handler, path: f}\n",
	})
	g := serveFile(t, dir)
	g.out.wait(t, 0, `warning: .*gatehouse.yaml has no function missing, which the document names`)
	if r := g.do("GET", "/dev/missing", ""); r.status != 500 || r.body != `{"message": "Internal server error"}` {
		t.Errorf("a missing function: %s", r)
	}
	if r := g.do("GET", "/dev/f", ""); r.body != "none" {
		t.Errorf("at first: %s", r)
	}
	from := g.mark()
	write(t, filepath.Join(dir, "gatehouse.yaml"), "functions:\n- {name: f, runtime: nodejs22.x, handler: index.handler, path: f, environment: {WORD: changed}}\n")
	g.out.wait(t, from, `reloaded in`)
	if r := g.do("GET", "/dev/f", ""); r.body != "changed" {
		t.Errorf("with another environment: %s", r)
	}
	from = g.mark()
	write(t, filepath.Join(dir, "gatehouse.yaml"), "functions:\n- {name: f, runtime: nodejs22.x, handler: index.handler, path: nowhere}\n")
	g.out.wait(t, from, `(?s)not reloaded.*function f: .*nowhere`)
	if r := g.do("GET", "/dev/f", ""); r.body != "changed" {
		t.Errorf("after a bad change: %s", r)
	}
}

// TestEventsOfAProject has an integration that does not wait for its function.
func TestEventsOfAProject(t *testing.T) {
	integration := "{type: aws, httpMethod: POST, uri: '" + functionURI("f") + `', requestParameters: {integration.request.header.X-Amz-Invocation-Type: "'Event'"}, responses: {default: {statusCode: "200"}}}`
	g := serveFile(t, functionProject(t, map[string]string{
		"openapi.yaml": "openapi: 3.0.1\ninfo: {title: Events}\npaths:\n  /f:\n    post:\n      responses: {'200': {description: accepted}}\n" +
			"      x-amazon-apigateway-integration: " + integration + "\n",
		"f/index.js":     "exports.handler = async (event) => { console.log('heard of ' + event.what); };\n",
		"gatehouse.yaml": "functions:\n- {name: f, runtime: nodejs22.x, handler: index.handler, path: f}\n",
	}))
	from := g.mark()
	if r := g.do("POST", "/dev/f", `{"what":"tea"}`, "Content-Type: application/json"); r.status != 200 || r.body != "" {
		t.Errorf("got %s", r)
	}
	g.out.wait(t, from, `\[f\] .*heard of tea`)
}

// TestBadProjectsSayWhatIsWrong holds what keeps gatehouse dev from starting.
func TestBadProjectsSayWhatIsWrong(t *testing.T) {
	for _, tt := range []struct{ name, function, want string }{
		{"no folder", "{name: f, runtime: nodejs22.x, handler: index.handler, path: nowhere}", "function f: "},
		{"no runtime of ours", "{name: f, runtime: ruby3.4, handler: a.b, path: f}", "ruby3.4 is not supported yet"},
		{"no client of Java", "{name: f, runtime: java21, handler: a.B, path: f}", "the runtime java21 needs a runtime client, and there is none. Amazon's public runtime client of Java is to be in "},
		{"unknown runtime", "{name: f, runtime: cobol, handler: a, path: f}", `"cobol" is no runtime`},
		{"no bootstrap", "{name: f, runtime: provided.al2023, handler: a, path: f}", "Couldn't find valid bootstrap"},
		{"reserved variable", "{name: f, runtime: nodejs22.x, handler: index.handler, path: f, environment: {AWS_REGION: x}}", "AWS_REGION is set by the platform"},
		{"failing build", "{name: f, runtime: nodejs22.x, handler: index.handler, path: f, build: [sh, -c, 'echo broken; exit 3']}", "exit status 3"},
		{"web option", "{name: f, runtime: web, handler: index.js, path: f, environment: {AWS_LWA_INVOKE_MODE: stream}}", "AWS_LWA_INVOKE_MODE"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := functionProject(t, map[string]string{"openapi.yaml": lambdaDocument("f"), "f/index.js": saysInNode("x"), "gatehouse.yaml": "functions:\n- " + tt.function + "\n"})
			out, code := run(t, "dev", "--gateway-addr", "127.0.0.1:0", dir)
			if code != 1 || !strings.Contains(out, tt.want) {
				t.Errorf("exit code %d, %s", code, out)
			}
		})
	}
}

// TestBuildsAreRepeated builds a function at the start and when its source changes, and not because the build wrote something.
func TestBuildsAreRepeated(t *testing.T) {
	dir := functionProject(t, map[string]string{
		"openapi.yaml":   lambdaDocument("f"),
		"gatehouse.yaml": "functions:\n- {name: f, runtime: nodejs22.x, handler: out.handler, path: f, build: [sh, build.sh]}\n",
		"f/build.sh":     "echo built >> ../builds; cp source.js out.js\n",
		"f/source.js":    saysInNode("one"),
	})
	g := serveFile(t, dir)
	if r := g.do("GET", "/dev/f", ""); r.body != "one" {
		t.Errorf("at first: %s", r)
	}
	from := g.mark()
	write(t, filepath.Join(dir, "f", "source.js"), saysInNode("two"))
	g.out.wait(t, from, `function f reloaded`)
	if r := g.do("GET", "/dev/f", ""); r.body != "two" {
		t.Errorf("after a change: %s", r)
	}
	from = g.mark()
	write(t, filepath.Join(dir, "f", "source.js"), saysInNode("three")) // whatever the last build set off has been seen by then
	g.out.wait(t, from, `function f reloaded`)
	builds, err := os.ReadFile(filepath.Join(dir, "builds"))
	if n := strings.Count(string(builds), "built"); err != nil || n != 3 {
		t.Errorf("%d builds, want 3 (%v)", n, err)
	}
}

// TestInvokeRunsAFunctionOnce drives gatehouse invoke.
func TestInvokeRunsAFunctionOnce(t *testing.T) {
	dir := nodeProject(t, "exports.handler = async (e) => { if (e.fail) throw new TypeError('no'); console.log('seen'); return { got: e }; };\n")
	event := filepath.Join(dir, "event.json")
	write(t, event, `{"from":"a file"}`)
	for _, tt := range []struct {
		name string
		args []string
		code int
		want []string
	}{
		{"no payload", nil, 0, []string{`{"got":{}}`, "\tINFO\tseen", "REPORT RequestId: "}},
		{"payload", []string{"--payload", `{"a":1}`}, 0, []string{`{"got":{"a":1}}`}},
		{"file", []string{"--payload", "@" + event}, 0, []string{`{"got":{"from":"a file"}}`}},
		{"failure", []string{"--payload", `{"fail":true}`}, 1, []string{`"errorType":"TypeError","errorMessage":"no"`, "the function failed"}},
		{"no file", []string{"--payload", "@nowhere"}, 1, []string{"nowhere"}},
	} {
		out, code := run(t, append([]string{"invoke", "--project", dir, "f"}, tt.args...)...)
		for _, want := range tt.want {
			if code != tt.code || !strings.Contains(out, want) {
				t.Errorf("%s: exit code %d, %s", tt.name, code, out)
			}
		}
	}
	if out, code := run(t, "invoke", "--project", dir, "g"); code != 1 || !strings.Contains(out, `has no function "g"`) {
		t.Errorf("an unknown function: exit code %d, %s", code, out)
	}
}

// lingering starts two processes more, one of which leaves the group and the session.
const lingering = `
const { spawn } = require('node:child_process');
spawn('sleep', ['1000'], { stdio: 'ignore' });
spawn('setsid', ['sleep', '1000'], { stdio: 'ignore', detached: true });
exports.handler = async () => ({ body: 'up' });
`

// TestNoFunctionOutlivesTheGateway ends gatehouse in every way there is.
func TestNoFunctionOutlivesTheGateway(t *testing.T) {
	for _, tt := range []struct {
		name   string
		signal syscall.Signal
	}{{"stopped", syscall.SIGTERM}, {"killed", syscall.SIGKILL}, {"crashed", syscall.SIGABRT}} {
		t.Run(tt.name, func(t *testing.T) {
			dir := functionProject(t, map[string]string{
				"openapi.yaml":   lambdaDocument("f"),
				"f/index.js":     lingering,
				"gatehouse.yaml": "functions:\n- {name: f, runtime: nodejs22.x, handler: index.handler, path: f, timeout: 5, environment: {LINGERING: '" + t.TempDir() + "'}}\n",
			})
			g := launch(t, dir)
			g.up()
			if r := g.do("GET", "/dev/f", ""); r.body != "up" {
				t.Fatalf("got %s", r)
			}
			mark := "LINGERING=" + filepath.Dir(dir)
			all := func() int { return len(startedWith(mark)) } // one that is being executed has no variables for a moment
			eventually(t, func() string { return fmt.Sprint(all(), " processes of the function are there, want 3") }, func() bool { return all() >= 3 })
			if err := g.cmd.Process.Signal(tt.signal); err != nil {
				t.Fatal(err)
			}
			g.wait()
			awaitNone(t, mark)
		})
	}
}

// awaitNone waits until no process is left that was started with a variable.
func awaitNone(t *testing.T, mark string) {
	t.Helper()
	for deadline := time.Now().Add(patience); len(startedWith(mark)) > 0; {
		if time.Now().After(deadline) {
			t.Errorf("processes %v are still there", startedWith(mark))
			return
		}
		time.Sleep(5 * time.Millisecond) // there is nothing to wait on: they are nobody's children here
	}
}

// startedWith are the processes that were started with a variable whose value begins so. Functions may not know the ids that they have
// here.
func startedWith(mark string) (pids []string) {
	files, _ := filepath.Glob("/proc/[0-9]*/environ")
	for _, file := range files {
		environ, err := os.ReadFile(file)
		if err == nil && strings.Contains("\x00"+string(environ), "\x00"+mark) {
			pids = append(pids, filepath.Base(filepath.Dir(file)))
		}
	}
	return pids
}

// TestFunctionsGetTheirCredentials: those of the developer, and nothing else of the environment.
func TestFunctionsGetTheirCredentials(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIADEVELOPER")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "a secret")
	t.Setenv("AWS_SESSION_TOKEN", "")
	t.Setenv("OTHER_SECRET", "not for functions")
	const code = "const e = process.env;\nexports.handler = async () => ({ body: [e.AWS_ACCESS_KEY_ID, e.AWS_SECRET_ACCESS_KEY, e.AWS_SESSION_TOKEN, e.OTHER_SECRET].join() });\n"
	g := serveFile(t, nodeProject(t, code))
	if r := g.do("GET", "/dev/f", ""); r.body != "AKIADEVELOPER,a secret,," {
		t.Errorf("got %s", r)
	}
}
