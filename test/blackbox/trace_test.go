package blackbox

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// inFolder runs the binary in a folder until it ends.
func inFolder(t *testing.T, folder string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	cmd := exec.Command(binary, args...)
	cmd.Dir = folder
	var out, complaint strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &complaint
	timer := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() })
	defer timer.Stop()
	var failed *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &failed) {
		t.Fatal(err)
	}
	return out.String(), complaint.String(), cmd.ProcessState.ExitCode()
}

const tracedTemplate = `#set($o = $input.path('$'))
{"id": "$o.id", "none": "$nothing",#foreach($i in $o.items)
 "$i": #if($i > 1)1#{else}0#end#if($foreach.hasNext),#end
#end}
#set($context.responseOverride.status = 201)
`

func TestRenderTraces(t *testing.T) {
	folder := t.TempDir()
	write(t, filepath.Join(folder, "t.vtl"), tracedTemplate)
	write(t, filepath.Join(folder, "broken.vtl"), "$input.body\n$input.body.substring(99)\n")
	write(t, filepath.Join(folder, "r.json"), `{"body": {"id": "7", "items": [1, 2]}}`)
	plain, quiet, _ := inFolder(t, folder, "render", "t.vtl", "--request", "r.json")
	out, trace, code := inFolder(t, folder, "render", "t.vtl", "--request", "r.json", "--trace")
	if out != plain || code != 0 || strings.Contains(quiet, "1:1") {
		t.Errorf("traced: %q, exit code %d, plain: %q, %q", out, code, plain, quiet)
	}
	want := `1:11  $input.path('$')  = {id=7, items=[1,2]}
1:1  #set($o = $input.path('$'))  = {id=7, items=[1,2]}
1:28  eaten: "\n"
2:9  $o.id  = 7
2:26  $nothing  (unresolved)
2:51  $o.items  = [1,2]
2:36  #foreach($i in $o.items)  round 1: 1
2:60  eaten: "\n"
3:3  $i  = 1
3:12  $i  = 1
3:8  #if($i > 1)  not taken
3:20  #{else}  taken
3:36  $foreach.hasNext  = true
3:32  #if($foreach.hasNext)  taken
3:58  eaten: "\n"
2:36  #foreach($i in $o.items)  round 2: 2
2:60  eaten: "\n"
3:3  $i  = 2
3:12  $i  = 2
3:8  #if($i > 1)  taken
3:36  $foreach.hasNext  = false
3:32  #if($foreach.hasNext)  not taken
3:58  eaten: "\n"
2:36  #foreach($i in $o.items)  ended after 2: no more items
5:1  #set($context.responseOverride.status = 201)  = 201  (override)
5:45  eaten: "\n"

responseOverride.status = 201
`
	if trace != want {
		t.Errorf("got\n%s\nwant\n%s", trace, want)
	}
	out, trace, code = inFolder(t, folder, "render", "broken.vtl", "--request", "r.json", "--trace")
	if out != "" || code != 1 || !strings.HasPrefix(trace, "1:1  $input.body  = {\"id\":\"7\",\"items\":[1,2]}\n2:12  error: substring: index out of range\nbroken.vtl:2:12: ") {
		t.Errorf("got %q, %q, exit code %d", out, trace, code)
	}
}

func TestRenderTracesAsJSON(t *testing.T) {
	folder := t.TempDir()
	write(t, filepath.Join(folder, "t.vtl"), "$input.body $none#if(true)#end#foreach($i in [5])#end")
	out, _, code := inFolder(t, folder, "render", "t.vtl", "--json", "--trace")
	var answer struct {
		Output string
		Trace  []map[string]any
	}
	if err := json.Unmarshal([]byte(out), &answer); err != nil || code != 0 || answer.Output != "{} " || len(answer.Trace) != 5 {
		t.Fatalf("got %s, exit code %d, %v", out, code, err)
	}
	for i, want := range []string{
		`{"column":1,"kind":"reference","line":1,"source":"$input.body","value":"{}"}`,
		`{"column":13,"kind":"reference","line":1,"null":true,"source":"$none","unresolved":true}`,
		`{"column":18,"kind":"branch","line":1,"source":"#if(true)","taken":true}`,
		`{"column":31,"index":0,"kind":"round","line":1,"source":"#foreach($i in [5])","value":"5"}`,
		`{"column":31,"kind":"loop-end","line":1,"rounds":1,"source":"#foreach($i in [5])","value":"no more items"}`,
	} {
		if got, _ := json.Marshal(answer.Trace[i]); string(got) != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	if out, _, _ = inFolder(t, folder, "render", "t.vtl", "--json"); strings.Contains(out, "trace") {
		t.Errorf("a trace nobody asked for: %s", out)
	}
}

func coveredFolder(t *testing.T) string {
	folder := t.TempDir()
	write(t, filepath.Join(folder, "t.vtl"), "#if($input.params('a') == 'x')\n$input.params('a')\n#else\nno\n#end\n")
	write(t, filepath.Join(folder, "tests", "a.test"), "-- template: ../t.vtl --\n-- want --\nno\n\n")
	return folder
}

func TestTemplateTestsTellTheirCoverage(t *testing.T) {
	folder := coveredFolder(t)
	const table = `t.vtl: lines 1/2 (50.0%), branches 1/2 (50.0%)
  lines that never ran: 2
  1:1 #if($input.params('a') == 'x'): never taken
coverage: lines 1/2 (50.0%), branches 1/2 (50.0%)
`
	for _, c := range []struct {
		args      []string
		code      int
		complaint string
	}{
		{[]string{"--coverage"}, 0, ""}, {[]string{"--coverage-min", "50"}, 0, ""},
		{[]string{"--coverage-min", "50.5"}, 1, "gatehouse: coverage is below the minimum of 50.5%: lines 1/2 (50.0%), branches 1/2 (50.0%)\n"},
	} {
		out, complaint, code := inFolder(t, folder, append([]string{"template", "test", "tests"}, c.args...)...)
		if !strings.HasSuffix(out, table) || code != c.code || complaint != c.complaint {
			t.Errorf("%v: got\n%s%s, exit code %d", c.args, out, complaint, code)
		}
	}
	if out, _, _ := inFolder(t, folder, "template", "test", "tests"); strings.Contains(out, "coverage") {
		t.Errorf("coverage nobody asked for: %s", out)
	}
	if _, complaint, code := inFolder(t, folder, "template", "test", "tests", "--coverage-min", "101"); code != 1 || !strings.Contains(complaint, "cannot be asked for") {
		t.Errorf("got %q, exit code %d", complaint, code)
	}
	out, _, _ := inFolder(t, folder, "template", "test", "tests", "--coverage", "--json", "--junit", "j.xml")
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if len(lines) != 2 || !strings.HasPrefix(lines[1], `{"coverage":{"lines":{"covered":1,"total":2,"percent":50},`) {
		t.Errorf("got %s", out)
	}
	junit, err := os.ReadFile(filepath.Join(folder, "j.xml"))
	if err != nil || !strings.Contains(string(junit), `<property name="coverage.lines:t.vtl" value="50.00">`) {
		t.Errorf("got %s, %v", junit, err)
	}
}

// watchTests runs `gatehouse template test --watch` in a folder; end interrupts it and returns its exit code.
func watchTests(t *testing.T, folder string, args ...string) (out *output, end func() int) {
	t.Helper()
	out = newOutput()
	cmd := exec.Command(binary, append([]string{"template", "test", "--watch"}, args...)...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = folder, out, out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan int, 1)
	go func() {
		_ = cmd.Wait()
		out.end()
		ended <- cmd.ProcessState.ExitCode()
	}()
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	return out, func() int {
		t.Helper()
		_ = cmd.Process.Signal(syscall.SIGINT)
		return await(t, ended)
	}
}

func TestTemplateTestsRunAgainOnChange(t *testing.T) {
	folder := coveredFolder(t)
	out, end := watchTests(t, folder, "tests")
	out.wait(t, 0, `1 passed, 0 failed`)
	steps := []struct{ file, text, pattern string }{
		{"t.vtl", "yes\n", `(?s)\n---- \d\d:\d\d:\d\d ----\n.*FAIL tests/a.test.*0 passed, 1 failed`},
		{"tests/a.test", "-- template: ../t.vtl --\n-- want --\nyes\n\n", `(?s)----\n.*1 passed, 0 failed`},
		{"tests/a.test", "-- tmeplate --\n", `unknown section "tmeplate"`},
		{"tests/a.test", "-- template: ../u.vtl --\n-- want --\nyes\n\n", `u.vtl: no such file`},
		{"u.vtl", "yes\n", `(?s)----\n.*1 passed, 0 failed`},
	}
	for _, s := range steps {
		from := len(out.String())
		write(t, filepath.Join(folder, s.file), s.text)
		out.wait(t, from, s.pattern)
	}
	if code := end(); code != 0 {
		t.Errorf("exit code %d; output:\n%s", code, out)
	}
}

func TestWatchedTemplateTestsEndAsTheLastRunDid(t *testing.T) {
	folder := coveredFolder(t)
	out, end := watchTests(t, folder, "--coverage-min", "90", "tests")
	out.wait(t, 0, `coverage: lines 1/2`)
	if code := end(); code != 1 {
		t.Errorf("exit code %d; output:\n%s", code, out)
	}
}

const tracedDocument = `openapi: 3.0.1
info: {title: Traced}
paths:
  /pets/{id}:
    post:
      responses: {'200': {description: ok}}
      x-amazon-apigateway-integration:
        type: mock
        requestTemplates:
          application/json: |-
            #set($t = $input.params('Authorization').replaceAll("Bearer ", ""))
            #set($context.requestOverride.header.T = $t)
            {"statusCode": 200, "id": "$input.params('id')", "all": "$input.params()", "k": "$input.params().header.get('x-api-key')$t"}
        responses:
          default:
            statusCode: '200'
            responseTemplates:
              application/json: '{"id": "$input.params(''id'')", "cookie": "$input.params(''Cookie'')", "t": "$context.requestOverride.header.T"}'
  /fixed:
    get:
      responses: {'200': {description: ok}}
      x-amazon-apigateway-integration:
        type: mock
        requestTemplates: {application/json: '{"statusCode": 200}'}
        responses: {default: {statusCode: '200', responseTemplates: {application/json: 'ok'}}}
`

func TestDevTracesTemplatesBeforeTheLineOfARequest(t *testing.T) {
	g := serve(t, tracedDocument, "--trace-templates")
	from := g.mark()
	res := g.do("POST", "/dev/pets/4", "{}", "Authorization: Bearer sesame-token", "x-api-key: sesame-key", "Cookie: sid=sesame-cookie")
	want := `{"id": "4", "cookie": "sid=sesame-cookie", "t": "sesame-token"}`
	if res.status != 200 || res.body != want {
		t.Errorf("got %s, want %s", res, want)
	}
	g.out.wait(t, from, `POST /dev/pets/4 200 .*\n`)
	got := g.out.String()[from:]
	id := regexp.MustCompile(`[0-9a-f-]{36}`).FindString(got)
	got = regexp.MustCompile(`(?m)^\d\d:\d\d:\d\d POST .*$`).ReplaceAllString(strings.ReplaceAll(got, id, "ID"), "LINE")
	lines := `  request template application/json of POST /dev/pets/4, request ID
    1:11  $input.params('Authorization').replaceAll("Bearer ", "")  = (secret)
    1:1  #set($t = $input.params('Authorization').replaceAll("Bearer ", ""))  = (secret)
    1:68  eaten: "\n"
    2:42  $t  = (secret)
    2:1  #set($context.requestOverride.header.T = $t)  = (secret)  (override)
    2:45  eaten: "\n"
    3:28  $input.params('id')  = 4
    3:58  $input.params()  = (secret)
    3:82  $input.params().header.get('x-api-key')  = (secret)
    3:121  $t  = (secret)
  response template application/json of POST /dev/pets/4, request ID
    1:9  $input.params('id')  = 4
    1:42  $input.params('Cookie')  = (secret)
    1:74  $context.requestOverride.header.T  = (secret)
LINE
`
	if got != lines || id == "" || res.get("x-amzn-RequestId") != id {
		t.Errorf("got\n%s\nwant\n%s", got, lines)
	}
	from = g.mark()
	if res := g.do("GET", "/dev/fixed", ""); res.body != "ok" {
		t.Errorf("got %s", res)
	}
	g.out.wait(t, from, `^\d\d:\d\d:\d\d GET /dev/fixed 200`) // text has nothing to trace
}

func TestDevTracesTemplatesWithoutLines(t *testing.T) {
	g := serve(t, tracedDocument, "--trace-templates", "--quiet")
	from := g.mark()
	g.do("POST", "/dev/pets/4", "")
	g.out.wait(t, from, `(?s)request template.*response template.*1:74 .*\n`)
	if got := g.out.String()[from:]; strings.Contains(got, "POST /dev/pets/4 200") {
		t.Errorf("got\n%s", got)
	}
}

func TestDevDoesNotTraceUnlessAsked(t *testing.T) {
	g := serve(t, tracedDocument)
	from := g.mark()
	g.do("POST", "/dev/pets/4", "")
	g.out.wait(t, from, `^\d\d:\d\d:\d\d POST /dev/pets/4 200`)
}
