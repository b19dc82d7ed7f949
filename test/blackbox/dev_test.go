package blackbox

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// init keeps processes that were built with the race detector from sleeping a second before they end; races are
// reported when they are found.
func init() { _ = os.Setenv("GORACE", "atexit_sleep_ms=0") }

// launch runs `gatehouse dev` without waiting for anything; the test stops it.
func launch(t *testing.T, path string, flags ...string) *gatewayProcess {
	t.Helper()
	g := &gatewayProcess{t: t, file: path, out: newOutput()}
	args := append([]string{"dev", "--gateway-addr", "127.0.0.1:0"}, flags...)
	g.cmd = exec.Command(binary, append(args, path)...)
	g.cmd.Stdout, g.cmd.Stderr = g.out, g.out
	if err := g.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { _ = g.cmd.Wait(); g.out.end() }()
	t.Cleanup(func() { _ = g.cmd.Process.Kill() })
	return g
}

// wait returns the exit code once the process has ended; -1 when a signal ended it.
func (g *gatewayProcess) wait() int {
	g.t.Helper()
	timer := time.AfterFunc(patience, func() {
		g.t.Error("gatehouse did not end")
		_ = g.cmd.Process.Kill()
	})
	defer timer.Stop()
	g.out.mu.Lock()
	defer g.out.mu.Unlock()
	for !g.out.done {
		g.out.cond.Wait()
	}
	return g.cmd.ProcessState.ExitCode()
}

// up waits until the launched gateway serves.
func (g *gatewayProcess) up() {
	g.t.Helper()
	m := g.out.wait(g.t, 0, `(?s)at\n  (http://([^/\s]+)/\S+)\n  http://([a-z0-9]+)\.execute-api.*?\n\n.*?\n\n`)
	g.base, g.addr, g.apiID = m[1], m[2], m[3]
}

// await returns what comes through a channel.
func await[T any](t *testing.T, from <-chan T) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(patience):
		t.Fatal("nothing came")
		panic("unreachable")
	}
}

// mark is where the output is now, for waits for what comes behind it.
func (g *gatewayProcess) mark() int { return len(g.out.String()) }

// run runs the binary until it ends and returns what it says.
func run(t *testing.T, arguments ...string) (output string, code int) {
	t.Helper()
	cmd := exec.Command(binary, arguments...)
	timer := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() })
	defer timer.Stop()
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

// saying is a document whose GET /say answers with a text.
func saying(text string) string {
	return "openapi: 3.0.1\ninfo: {title: Says}\npaths:\n  /say:\n    get:\n      responses: {'200': {description: ok}}\n" +
		"      x-amazon-apigateway-integration:\n        type: mock\n        requestTemplates: {application/json: '{\"statusCode\": 200}'}\n" +
		"        responses: {default: {statusCode: '200', responseTemplates: {application/json: '" + text + "'}}}\n"
}

// say is the answer to GET /say.
func (g *gatewayProcess) say() *response {
	g.t.Helper()
	return g.do("GET", strings.TrimPrefix(g.base, "http://"+g.addr)+"/say", "")
}

// says checks what GET /say answers.
func (g *gatewayProcess) says(want string) {
	g.t.Helper()
	if r := g.say(); r.status != 200 || r.body != want {
		g.t.Errorf("got %s, want %q", r, want)
	}
}

// comesToSay waits until the pattern is printed behind from and GET /say answers with want. On a busy machine a change
// may be reloaded twice, and the second time be printed when the next change is already made.
func (g *gatewayProcess) comesToSay(from int, pattern, want string) {
	g.t.Helper()
	for {
		g.out.wait(g.t, from, pattern)
		from = g.mark() // a reload to come prints behind this
		if r := g.say(); r.status == 200 && r.body == want {
			return
		}
	}
}

const (
	reloadedLine = `reloaded in \d+ ms: `
	notReloaded  = `(?s)not reloaded, the last good version still serves:\n(.*?)\n(?:\d|$)`
)

// TestChangesAreReloaded edits every file that the API is made of, in every way editors do.
func TestChangesAreReloaded(t *testing.T) {
	dir := t.TempDir()
	main, other, settings := filepath.Join(dir, "openapi.yaml"), filepath.Join(dir, "parts", "say.yaml"), filepath.Join(dir, "gatehouse.yaml")
	split := strings.Replace(saying("x"), "responseTemplates: {application/json: 'x'}", "responseTemplates: {$ref: parts/say.yaml}", 1)
	write(t, main, saying("one"))
	g := serveFile(t, dir)
	g.says("one")
	for _, step := range []struct {
		name        string
		edit        func(t *testing.T)
		prints, say string
	}{
		{"main file", func(t *testing.T) { write(t, main, saying("two")) }, reloadedLine + "1 routes", "two"},
		{"replaced by rename", func(t *testing.T) {
			write(t, main+"~", saying("three"))
			if err := os.Rename(main+"~", main); err != nil {
				t.Fatal(err)
			}
		}, reloadedLine, "three"},
		{"deleted", func(t *testing.T) {
			if err := os.Remove(main); err != nil {
				t.Fatal(err)
			}
		}, "not reloaded, the last good version still serves:\n  no API document in ", "three"},
		{"made again", func(t *testing.T) { write(t, main, saying("four")) }, reloadedLine, "four"},
		{"broken", func(t *testing.T) { write(t, main, strings.Replace(saying("x"), "type: mock", "type: mok", 1)) },
			`not reloaded, the last good version still serves:\n  \S*openapi\.yaml:8:9: \$\.paths\['/say'\]\.get\.x-amazon-apigateway-integration\.type: "mok" is not an integration type: HTTP, HTTP_PROXY, AWS, AWS_PROXY, MOCK; did you mean MOCK\?\n`, "four"},
		{"no YAML any more", func(t *testing.T) { write(t, main, "paths: {\n") }, `not reloaded.*\n  \S*openapi\.yaml:\d+:\d+: Invalid OpenAPI input\. `, "four"},
		{"corrected", func(t *testing.T) { write(t, main, saying("five")) }, reloadedLine, "five"},
		{"refers to a file in a folder that is not there", func(t *testing.T) { write(t, main, split) },
			`not reloaded.*\n  \S*openapi\.yaml:10:\d+: \$\S+ file \S*parts/say\.yaml does not exist\n`, "five"},
		{"the file appears", func(t *testing.T) { write(t, other, "application/json: six\n") }, reloadedLine, "six"},
		{"the file changes", func(t *testing.T) { write(t, other, "application/json: seven\n") }, reloadedLine, "seven"},
		{"its folder goes", func(t *testing.T) {
			if err := os.Rename(filepath.Dir(other), filepath.Join(dir, "away")); err != nil {
				t.Fatal(err)
			}
		}, `not reloaded.*\n.*say\.yaml does not exist`, "seven"},
		{"another folder comes under its name", func(t *testing.T) { write(t, other, "application/json: $stageVariables.word\n") }, reloadedLine, ""},
		{"its file changes", func(t *testing.T) { write(t, other, "application/json: eight $stageVariables.word\n") }, reloadedLine, "eight "},
		{"configuration appears", func(t *testing.T) { write(t, settings, "variables: {word: nine}\n") }, reloadedLine, "eight nine"},
		{"a variable changes", func(t *testing.T) { write(t, settings, "variables: {word: ten}\n") }, reloadedLine, "eight ten"},
		{"a wrong configuration", func(t *testing.T) { write(t, settings, "variabels: {word: ten}\n") },
			`not reloaded.*\n  \S*gatehouse\.yaml: (?s:.*)line 1: field variabels not found`, "eight ten"},
		{"stage", func(t *testing.T) { write(t, settings, "stage: v2\nvariables: {word: ten}\n") }, `serving \S*openapi\.yaml, stage v2, at`, "eight ten"},
		{"back ends", func(t *testing.T) { write(t, settings, "stage: v2\nbackends: [{name: x, command: [x]}]\n") }, `the back ends changed: start gatehouse again to use them`, "eight "},
	} {
		t.Run(step.name, func(t *testing.T) {
			from := g.mark()
			step.edit(t)
			if step.name == "stage" {
				g.base = strings.Replace(g.base, "/dev", "/v2", 1)
			}
			g.comesToSay(from, step.prints, step.say)
		})
	}
	if r := g.do("GET", "/dev/say", ""); r.status != 403 || r.body != `{"message":"Forbidden"}` {
		t.Errorf("the stage from before the reloads answers %s", r)
	}
}

// TestRequestsInFlightFinishOnTheirRelease: the answer to a request that began before a reload is mapped as it was then.
func TestRequestsInFlightFinishOnTheirRelease(t *testing.T) {
	arrived, release := make(chan struct{}, 8), make(chan struct{})
	back := newBackEnd(t, func(conn net.Conn, _ *received) {
		arrived <- struct{}{}
		<-release
		reply(conn, 200, "{}")
	})
	document := func(version string) string {
		return "openapi: 3.0.1\ninfo: {title: Slow}\npaths:\n  /slow:\n    get:\n      responses: {'200': {description: ok}}\n      x-amazon-apigateway-integration:\n" +
			"        {type: http, httpMethod: GET, uri: 'http://" + back.addr + "/" + version + "', responses: {default: {statusCode: '200', responseTemplates: {application/json: '" + version + "'}}}}\n"
	}
	g := serve(t, document("old"))
	answers := make(chan *response, 1)
	go func() { answers <- g.do("GET", "/dev/slow", "") }()
	await(t, arrived)
	from := g.mark()
	write(t, g.file, document("new"))
	g.out.wait(t, from, reloadedLine)
	close(release)
	if r := await(t, answers); r.body != "old" {
		t.Errorf("the request from before the reload got %s", r)
	}
	if r := g.do("GET", "/dev/slow", ""); r.body != "new" || back.last().target != "/new" {
		t.Errorf("the request after the reload got %s", r)
	}
}

// TestShutdownDrains: a request in flight at SIGTERM gets its whole answer, with either front.
func TestShutdownDrains(t *testing.T) {
	for _, which := range []string{"gatehouse", "standard"} {
		t.Run(which, func(t *testing.T) {
			arrived, release := make(chan struct{}, 1), make(chan struct{})
			back := newBackEnd(t, func(conn net.Conn, _ *received) {
				arrived <- struct{}{}
				<-release
				reply(conn, 200, strings.Repeat("x", 1<<20))
			})
			file := filepath.Join(t.TempDir(), "openapi.yaml")
			write(t, file, "openapi: 3.0.1\ninfo: {title: Slow}\npaths:\n  /slow:\n    get:\n      responses: {}\n      x-amazon-apigateway-integration: {type: http_proxy, httpMethod: GET, uri: 'http://"+back.addr+"/'}\n")
			g := launch(t, file, "--front", which)
			g.up()
			idle, err := net.Dial("tcp", g.addr)
			if err != nil {
				t.Fatal(err)
			}
			defer idle.Close()
			_ = idle.SetDeadline(time.Now().Add(patience))
			fmt.Fprintf(idle, "GET /dev/nothing HTTP/1.1\r\nHost: a\r\n\r\n")
			reader := bufio.NewReader(idle)
			if r, err := readResponse(reader, "GET"); err != nil || r.status != 403 {
				t.Fatalf("%v %v", r, err)
			}
			answers := make(chan *response, 1)
			go func() { answers <- g.do("GET", "/dev/slow", "") }()
			await(t, arrived)
			_ = g.cmd.Process.Signal(syscall.SIGTERM)
			if _, err := reader.ReadByte(); !errors.Is(err, io.EOF) { // the idle connection ends: the signal has arrived
				t.Errorf("the idle connection: %v", err)
			}
			if !refusesConnections(g.addr) {
				t.Error("connections are accepted after SIGTERM")
			}
			close(release)
			if r := await(t, answers); r.status != 200 || len(r.body) != 1<<20 {
				t.Errorf("status %d, %d bytes", r.status, len(r.body))
			}
			if code := g.wait(); code != 0 || !strings.HasSuffix(g.out.String(), "stopped\n") {
				t.Errorf("exit code %d:\n%s", code, g.out)
			}
		})
	}
}

// refusesConnections reports whether an address comes to refuse connections: the kernel may take a last one while the
// listener is closing.
func refusesConnections(addr string) bool {
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			return true
		}
		conn.Close()
	}
	return false
}

// TestASecondSignalEndsAtOnce: nobody has to wait for a request that hangs.
func TestASecondSignalEndsAtOnce(t *testing.T) {
	arrived := make(chan struct{}, 1)
	back := newBackEnd(t, func(conn net.Conn, _ *received) { arrived <- struct{}{}; _, _ = conn.Read(make([]byte, 1)) })
	file := filepath.Join(t.TempDir(), "openapi.yaml")
	write(t, file, "openapi: 3.0.1\ninfo: {title: Slow}\npaths:\n  /slow:\n    get:\n      responses: {}\n      x-amazon-apigateway-integration: {type: http_proxy, httpMethod: GET, uri: 'http://"+back.addr+"/'}\n")
	g := launch(t, file)
	g.up()
	dial := func() net.Conn {
		conn, err := net.Dial("tcp", g.addr)
		if err != nil {
			t.Fatal(err)
		}
		_ = conn.SetDeadline(time.Now().Add(patience))
		return conn
	}
	idle, busy := dial(), dial()
	defer idle.Close()
	defer busy.Close()
	fmt.Fprintf(busy, "GET /dev/slow HTTP/1.1\r\nHost: a\r\n\r\n")
	await(t, arrived)
	_ = g.cmd.Process.Signal(os.Interrupt)
	_, _ = idle.Read(make([]byte, 1)) // closed by the first signal
	_ = g.cmd.Process.Signal(os.Interrupt)
	if code := g.wait(); code != -1 {
		t.Errorf("exit code %d, want the end by the signal", code)
	}
}

// TestBackEndsThatDoNotStart: each ends the command with the reason, or with SIGTERM in peace; a back end that ends later
// is only reported.
func TestBackEndsThatDoNotStart(t *testing.T) {
	closed := freeAddress(t)
	for _, c := range []struct{ name, config, want string }{
		{"ends before it is ready", "backends: [{name: shop, command: [sh, -c, 'echo no coins; exit 3'], ready: 'tcp://" + closed + "'}]", "starting back end shop\n[shop] no coins\ngatehouse: back end shop ended before it was ready: exit status 3\n"},
		{"ends in peace before it is ready", "backends: [{name: shop, command: ['true'], ready: 'http://" + closed + "/'}]", "starting back end shop\ngatehouse: back end shop ended before it was ready: exit status 0\n"},
		{"no such program", "backends: [{name: shop, command: [no-such-program]}]", "starting back end shop\ngatehouse: back end shop: exec: \"no-such-program\": executable file not found in $PATH\n"},
		{"wrong configuration", "backends: [{name: shop, command: [x], ready: here}]", "gatehouse: DIR/gatehouse.yaml: backends[0]: shop: ready \"here\": must be http://host:port/path or tcp://host:port\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, filepath.Join(dir, "openapi.yaml"), saying("x"))
			write(t, filepath.Join(dir, "gatehouse.yaml"), c.config)
			out, code := run(t, "dev", "--gateway-addr", "127.0.0.1:0", dir)
			if out = strings.ReplaceAll(out, dir, "DIR"); code != 1 || out != c.want {
				t.Errorf("exit code %d, output\n%s\nwant\n%s", code, out, c.want)
			}
		})
	}
	t.Run("never ready", func(t *testing.T) {
		dir := t.TempDir()
		write(t, filepath.Join(dir, "openapi.yaml"), saying("x"))
		write(t, filepath.Join(dir, "gatehouse.yaml"), "backends: [{name: shop, command: [sh, -c, 'echo up; cat'], ready: 'tcp://"+closed+"'}]")
		g := launch(t, dir)
		g.out.wait(t, 0, `\[shop\] up\n`)
		_ = g.cmd.Process.Signal(syscall.SIGTERM)
		if code := g.wait(); code != 0 {
			t.Errorf("exit code %d:\n%s", code, g.out)
		}
	})
	t.Run("ends later", func(t *testing.T) {
		dir := t.TempDir()
		write(t, filepath.Join(dir, "openapi.yaml"), saying("x"))
		write(t, filepath.Join(dir, "gatehouse.yaml"), "backends: [{name: shop, command: [sh, -c, 'cat stop; exit 4']}]")
		if err := syscall.Mkfifo(filepath.Join(dir, "stop"), 0o600); err != nil {
			t.Fatal(err)
		}
		g := serveFile(t, dir)
		write(t, filepath.Join(dir, "stop"), "bye\n")
		g.out.wait(t, 0, `\[shop\] bye\nback end shop ended: exit status 4\n`)
		g.says("x")
	})
}

// numbered gives a text for every number below n.
func numbered(format string, n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf(format, i)
	}
	return all
}

// TestWrongUses: exit code 2 for a wrong command line, 1 for what cannot be served, and a message that says what to do.
func TestWrongUses(t *testing.T) {
	dir, empty, two, named := t.TempDir(), t.TempDir(), t.TempDir(), t.TempDir()
	file := filepath.Join(dir, "openapi.yaml")
	write(t, file, saying("x"))
	write(t, filepath.Join(two, "openapi.yaml"), saying("x"))
	write(t, filepath.Join(two, "swagger.json"), "{}")
	write(t, filepath.Join(named, "gatehouse.yaml"), "api: nothing.yaml\n")
	crowded := t.TempDir()
	write(t, filepath.Join(crowded, "api.yaml"), saying("x"))
	write(t, filepath.Join(crowded, "gatehouse.yaml"), "variables:\n"+strings.Join(numbered("  v%d: x\n", 100), ""))
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	for _, c := range []struct {
		name      string
		arguments []string
		code      int
		want      string // a regular expression
	}{
		{"version", []string{"version"}, 0, `^gatehouse \S.*\n$`},
		{"help", []string{"--help"}, 0, `Usage: gatehouse`},
		{"help of dev", []string{"dev", "--help"}, 0, `--gateway-addr`},
		{"nothing", nil, 2, `gatehouse: `},
		{"unknown command", []string{"serf"}, 2, `gatehouse: unexpected argument serf`},
		{"unknown flag", []string{"dev", "--stages", "x", file}, 2, `gatehouse: unknown flag --stages`},
		{"unknown front", []string{"dev", "--front", "nginx", file}, 2, `--front must be one of`},
		{"no file", []string{"dev"}, 2, `gatehouse: expected "<file>"`},
		{"variable without value", []string{"dev", "--var", "a", file}, 2, `gatehouse: --var: expected "<key>=<value>"`},
		{"variable name", []string{"dev", "--var", "a-b=c", file}, 1, `^gatehouse: stage variable name "a-b": only letters, digits and _, at most 64\n$`},
		{"variable value", []string{"dev", "--var", "a=b c", file}, 1, `^gatehouse: stage variable a: the value may hold letters, digits and -\._~:/\?#&=, at most 512\n$`},
		{"stage name", []string{"dev", "--stage", "a b", file}, 1, `^gatehouse: stage name "a b": only letters, digits, _ and -, at most 128\n$`},
		{"too many variables", []string{"dev", "--var", "more=x", crowded}, 1, `^gatehouse: 101 stage variables: a stage has at most 100\n$`},
		{"missing file", []string{"dev", filepath.Join(dir, "none.yaml")}, 1, `^gatehouse: stat \S+/none\.yaml: no such file or directory\n$`},
		{"folder without document", []string{"dev", empty}, 1, `^gatehouse: no API document in \S+: name one, or call it openapi\.yaml, or write gatehouse\.yaml with .api: FILE.\n$`},
		{"folder with two", []string{"dev", two}, 1, `^gatehouse: several API documents in \S+ \(openapi\.yaml, swagger\.json\): name one, or write gatehouse\.yaml with .api: FILE.\n$`},
		{"configuration that names nothing", []string{"dev", named}, 1, `^file \S+/nothing\.yaml does not exist\ngatehouse: 1 problem in the document\n$`},
		{"busy address", []string{"dev", "--gateway-addr", busy.Addr().String(), file}, 1,
			`^gatehouse: something else already listens at ` + regexp.QuoteMeta(busy.Addr().String()) + `: stop it, or choose another address with --gateway-addr\n$`},
		{"wrong address", []string{"dev", "--gateway-addr", "127.0.0.1:http:x", file}, 1, `^gatehouse: cannot listen at 127\.0\.0\.1:http:x: `},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, code := run(t, c.arguments...)
			if code != c.code || !regexp.MustCompile(c.want).MatchString(out) {
				t.Errorf("exit code %d, want %d; output\n%s\nwant\n%s", code, c.code, out, c.want)
			}
		})
	}
}

// TestOptionsWinOverTheFile: flags, then gatehouse.yaml, then defaults.
func TestOptionsWinOverTheFile(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "api.yaml"), saying("$stageVariables.a $stageVariables.b $stageVariables.c"))
	write(t, filepath.Join(dir, "gatehouse.yaml"), "stage: file\nvariables: {a: file, b: file}\n")
	g := serveFile(t, dir, "--gateway-addr", ":0", "--stage", "flag", "--var", "b=flag", "--var", "c=x=1,y=2&z#", "--quiet")
	if !strings.HasPrefix(g.base, "http://127.0.0.1:") || !strings.HasSuffix(g.base, "/flag") {
		t.Errorf("serving at %s", g.base)
	}
	g.says("file flag x=1,y=2&z#")
	from := g.mark()
	write(t, filepath.Join(dir, "gatehouse.yaml"), "stage: other\nvariables: {a: changed, b: changed}\n")
	g.out.wait(t, from, reloadedLine)
	g.says("changed flag x=1,y=2&z#")
	if strings.Contains(g.out.String(), "GET /flag/say") {
		t.Errorf("--quiet prints requests:\n%s", g.out)
	}
}

// TestLogNamesWhatAnswered: a line per request, a second one for every refusal, and no credentials in either.
func TestLogNamesWhatAnswered(t *testing.T) {
	back := newBackEnd(t, nil)
	g := serve(t, "openapi: 3.0.1\ninfo: {title: Log}\npaths:\n"+
		"  /pets/{id}:\n    get:\n      responses: {}\n      x-amazon-apigateway-integration: {type: http_proxy, httpMethod: GET, uri: 'http://"+back.addr+"/'}\n"+
		"  /gone:\n    get:\n      responses: {}\n      x-amazon-apigateway-integration: {type: http_proxy, httpMethod: GET, uri: 'http://"+freeAddress(t)+"/'}\n"+
		"  /mock:\n    get:\n      responses: {}\n      x-amazon-apigateway-integration: {type: mock}\n")
	const secret = "s3cr3t-t0k3n"
	for _, c := range []struct{ name, target, authorization, log string }{
		{"proxied", "/dev/pets/1?limit=2", "Bearer " + secret, `GET /dev/pets/1 200 \d+\.\dms \(back end \d+\.\dms\) 11B /pets/\{id\}\n`},
		{"no back end", "/dev/gone", "Basic " + secret, `GET /dev/gone 504 .*\n         INTEGRATION_FAILURE: Network error communicating with endpoint \(.*connection refused\)\n`},
		{"configuration error", "/dev/mock", "Basic " + secret, `GET /dev/mock 500 .*\n         API_CONFIGURATION_ERROR: Internal server error \(Execution failed due to configuration error: Unable to parse statusCode\. .*\)\n`},
		{"unknown route", "/dev/none", "", `GET /dev/none 403 .*\n         MISSING_AUTHENTICATION_TOKEN: Missing Authentication Token\n`},
		{"unknown stage", "/prod/pets/1", "", `GET /prod/pets/1 403 .*\n         DEFAULT_4XX: Forbidden\n`},
		{"unknown route with a token", "/dev/none", "Bearer " + secret, `GET /dev/none 403 .*\n         DEFAULT_4XX: Invalid key=value pair \(missing equal-sign\) in Authorization header .*\n`},
		{"unknown route with half a signature", "/dev/none", "Bearer token=" + secret, `GET /dev/none 403 .*\n         DEFAULT_4XX: Authorization header requires 'Credential' parameter\..*'Date' header\.\n`},
		{"control characters", "/dev/a%0A", "", `GET /dev/a%0A 403 .*\n`},
	} {
		t.Run(c.name, func(t *testing.T) {
			from := g.mark()
			var headers []string
			if c.authorization != "" {
				headers = append(headers, "Authorization: "+c.authorization)
			}
			r := g.do("GET", c.target, "", headers...)
			if strings.Contains(c.authorization, "=") && !strings.HasSuffix(r.body, `Authorization=`+c.authorization+`"}`) {
				t.Errorf("the client is told %s", r.body)
			}
			g.out.wait(t, from, `(?m)^\d\d:\d\d:\d\d `+c.log)
		})
	}
	if strings.Contains(g.out.String(), secret) {
		t.Errorf("the log holds a credential:\n%s", g.out)
	}
}

// largeDocument has that many methods, in YAML as people write it.
func largeDocument(methods int, text string) string {
	var b bytes.Buffer
	b.WriteString("openapi: 3.0.1\ninfo: {title: Large}\ncomponents:\n  schemas:\n    Item:\n      type: object\n      properties:\n        id: {type: string}\npaths:\n")
	for i := range methods / 2 {
		fmt.Fprintf(&b, "  /group%d/items%d/{id}:\n    parameters:\n      - {name: id, in: path, required: true, schema: {type: string}}\n", i/50, i)
		for _, verb := range []string{"get", "post"} {
			fmt.Fprintf(&b, largeOperation, verb, text)
		}
	}
	return b.String()
}

const largeOperation = `    %s:
      description: An operation.
      parameters:
        - {name: q, in: query, schema: {type: string}}
      responses:
        "200":
          description: fine
          headers: {X-A: {schema: {type: string}}}
          content: {application/json: {schema: {$ref: "#/components/schemas/Item"}}}
        "400": {description: bad}
      x-amazon-apigateway-integration:
        type: http
        httpMethod: GET
        uri: http://127.0.0.1:1/items/{id}
        requestParameters:
          integration.request.path.id: method.request.path.id
          integration.request.querystring.q: method.request.querystring.q
        requestTemplates:
          application/json: |-
            #set($x = $input.path('$'))
            {"id": "$x.id", "text": "%s"}
        responses:
          default:
            statusCode: "200"
            responseParameters:
              method.response.header.X-A: integration.response.header.X-A
          "4\\d{2}": {statusCode: "400"}
`

// TestLargeDocumentsReload logs how long a reload of 200 methods takes, with the race detector in the binary: a figure to
// look at, not a promise. BenchmarkReload200 of internal/app measures without it.
func TestLargeDocumentsReload(t *testing.T) {
	g := serve(t, largeDocument(200, "a"))
	for _, text := range []string{"b", "c", "d"} {
		from := g.mark()
		start := time.Now()
		write(t, g.file, largeDocument(200, text))
		m := g.out.wait(t, from, `reloaded in (\d+) ms: 200 routes`)
		t.Logf("200 methods reloaded in %s ms, %d ms after the edit began", m[1], time.Since(start).Milliseconds())
	}
}
