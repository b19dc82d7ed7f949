package blackbox

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// outcome is how a command ended.
type outcome struct {
	stdout, stderr string
	code           int
}

func (o outcome) String() string {
	return fmt.Sprintf("exit code %d, output %q, errors %q", o.code, o.stdout, o.stderr)
}

// command runs gatehouse in folder with a text on standard input.
func command(t *testing.T, folder, stdin string, args ...string) outcome {
	t.Helper()
	cmd := exec.Command(binary, args...)
	cmd.Dir, cmd.Stdin = folder, strings.NewReader(stdin)
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	var failed *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &failed) {
		t.Fatal(err)
	}
	return outcome{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}
}

// sampleRequest is a request with something in every place that a template can see.
const sampleRequest = `{
  "body": {"id": 1.50, "name": "Ann"}, "headers": {"X-One": "h", "X-Many": ["a", "b"]}, "querystring": {"q": "sample"}, "path": {"p": "sample"},
  "context": {"stage": "prod", "identity": {"sourceIp": "192.0.2.1"}}, "stageVariables": {"v": "sample"}
}`

func TestRenderReadsItsFilesAndFlags(t *testing.T) {
	folder := t.TempDir()
	write(t, filepath.Join(folder, "request.json"), sampleRequest)
	write(t, filepath.Join(folder, "response.json"), `{"statusCode": 404, "headers": {"A": "b"}, "body": {"answer": [1]}}`)
	write(t, filepath.Join(folder, "body"), " raw body \n")
	write(t, filepath.Join(folder, "t.vtl"), "$input.body")
	for _, c := range []struct {
		name, template string
		args           []string // behind "render -"
		want           string
	}{
		{"no sample", `$input.body $context.stage [$input.params("q")]`, nil, `{} test []`},
		{"output byte for byte", " a\r\n\t\n", nil, " a\r\n\t\n"},
		{"request", `$input.json("$") $input.params("X-One") $input.params("X-Many") $input.params("q") $input.params("p")`, []string{"--request", "request.json"},
			`{"id":1.50,"name":"Ann"} h b sample sample`},
		{"context and variables", `$context.stage $context.identity.sourceIp $context.httpMethod $stageVariables.v`, []string{"--request", "request.json"},
			`prod 192.0.2.1 GET sample`},
		{"body", `[$input.body]`, []string{"--body", "body"}, "[ raw body \n]"},
		{"body over the sample's", `$input.body`, []string{"--request", "request.json", "--body", "body"}, " raw body \n"},
		{"response", `$input.body $input.json("$.answer")`, []string{"--response", "response.json"}, `{"answer":[1]} [1]`},
		{"response with the request's parameters", `$input.json("$.answer") $input.params("q")`,
			[]string{"--response", "response.json", "--request", "request.json"}, `[1] sample`},
		{"single flags", `$input.params("A") $input.params("b") $input.params("c") $context.identity.user $stageVariables.d`,
			[]string{"--header", "A=1", "--querystring", "b=2", "--path", "c=3", "--context", "identity.user=4", "--var", "d=5"}, `1 2 3 4 5`},
		{"single flags over the sample", `$input.params("X-Many") $input.params("q") $input.params("p") $context.stage $stageVariables.v $input.params("X-One")`,
			[]string{"--request", "request.json", "--header", "X-Many=1", "--querystring", "q=2", "--path", "p=3", "--context", "stage=4", "--var", "v=5"}, `1 2 3 4 5 h`},
		{"repeated flags and odd values", `$input.params("A") $input.params("B") [$input.params("C")]`,
			[]string{"--header", "A=x=y,z;w", "--header", "B= b ", "--header", "C="}, `x=y,z;w  b  []`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := command(t, folder, c.template, append([]string{"render", "-"}, c.args...)...)
			if got != (outcome{stdout: c.want}) {
				t.Errorf("got %v, want %q", got, c.want)
			}
		})
	}
	t.Run("files from standard input", func(t *testing.T) {
		for flag, input := range map[string]string{"--request": `{"body": "in"}`, "--response": `{"body": "in"}`, "--body": "in"} {
			if got := command(t, folder, input, "render", "t.vtl", flag, "-"); got != (outcome{stdout: "in"}) {
				t.Errorf("%s: got %v, want in", flag, got)
			}
		}
	})
}

func TestRenderPrintsOverridesOnStandardError(t *testing.T) {
	const template = `#set($context.requestOverride.header.A = ["x", "y"])#set($context.requestOverride.querystring.b = 1)#set($context.requestOverride.path.c = "p")` +
		`#set($context.responseOverride.status = 418)#set($context.responseOverride.header.D = "d")out`
	const overrides = "requestOverride.header.A = x,y\nrequestOverride.querystring.b = 1\nrequestOverride.path.c = p\n" +
		"responseOverride.status = 418\nresponseOverride.header.D = d\n"
	if got := command(t, ".", template, "render", "-"); got != (outcome{"out", "\n" + overrides, 0}) {
		t.Errorf("got %v", got)
	}
	got := command(t, ".", template, "render", "-", "--json")
	var answer struct{ Output, Overrides, Error string }
	if err := json.Unmarshal([]byte(got.stdout), &answer); err != nil {
		t.Fatalf("%v: %s", err, got.stdout)
	}
	if answer.Output != "out" || answer.Overrides != overrides || answer.Error != "" || got.code != 0 || got.stderr != "" {
		t.Errorf("got %+v, %v", answer, got)
	}
}

func TestRenderShowsWhereATemplateFails(t *testing.T) {
	folder := t.TempDir()
	write(t, filepath.Join(folder, "t.vtl"), "{\n\t\"é\": #if($x\n}")
	write(t, filepath.Join(folder, "bytes"), "\xff")
	const syntax = "t.vtl:3:1: unexpected \"}\", want ')'\n    }\n    ^"
	for _, c := range []struct {
		name, template string
		args           []string
		stderr         string
	}{
		{"syntax", "", []string{"t.vtl"}, syntax + "\ngatehouse: the template failed\n"},
		{"column behind a tab", "a\n\té $util.parseJson(\"{\")", []string{"-"},
			"-:2:9: $util.parseJson: line 1, column 2: unexpected end of input, want a member name in double quotes\n" +
				"    \té $util.parseJson(\"{\")\n    \t       ^\ngatehouse: the template failed\n"},
		{"no place", "$input.body", []string{"-", "--body", "bytes"}, "-: body is not text\ngatehouse: the template failed\n"},
		{"no such template", "", []string{"none.vtl"}, "gatehouse: open none.vtl: no such file or directory\n"},
		{"no such sample", "x", []string{"-", "--request", "none.json"}, "gatehouse: open none.json: no such file or directory\n"},
		{"bad sample", `{"bodi": 1}`, []string{"t.vtl", "--request", "-"},
			"gatehouse: -: bodi: unknown member; a sample has body, context, headers, path, querystring, response, stageVariables\n"},
		{"bad response", `{"status": 1}`, []string{"t.vtl", "--response", "-"}, "gatehouse: -: unknown member \"status\"; a response has statusCode, headers, body\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := command(t, folder, c.template, append([]string{"render"}, c.args...)...); got != (outcome{"", c.stderr, 1}) {
				t.Errorf("got %v, want %q and exit code 1", got, c.stderr)
			}
		})
	}
	got := command(t, folder, "", "render", "t.vtl", "--json")
	var answer struct{ Output, Error string }
	if err := json.Unmarshal([]byte(got.stdout), &answer); err != nil || answer.Error != syntax || answer.Output != "" || got.code != 1 {
		t.Errorf("got %v, %v", got, err)
	}
	if got := command(t, folder, "", "render", "t.vtl", "--nope"); got.code != 2 || !strings.Contains(got.stderr, "--nope") {
		t.Errorf("got %v, want exit code 2", got)
	}
}

// speaking are templates that touch everything whose value is the same in the gateway and in a sample.
var speaking = []string{
	"plain text, 100 $ and #1\n",
	"{\n  #set($a = 7)\n  #foreach($i in [1..3])\n    $i#if($foreach.hasNext),#end\n\n  #end\n}\n",
	"$input.body|$input.json('$')|$input.path('$.a')|$input.json('$.none')|[$input.path('$.none')]",
	"#foreach($k in $input.params().keySet())$k;#end $input.params('id') $input.params('q') $input.params('X-H') [$input.params('none')]",
	"$input.params().querystring $input.params().path $input.params().header.get('X-H')",
	`"$util.escapeJavaScript($input.params('q')).replaceAll("\\'", "'")" $util.urlEncode($input.params('q')) $util.base64Encode($input.params('q'))`,
	"$stageVariables.v [$stageVariables.none] $context.httpMethod $context.resourcePath $context.stage $context.identity.sourceIp [$context.authorizer] [$context.none]",
	"#define($d)<$x>#end#macro(m $y)[$y]#end#set($x = 1.0)$d#m($x) #set($m = {\"k\": [1, \"a\"]})$m $m.k.size() #stop gone",
	"#set($context.responseOverride.header.X-Out = 'set')$context.responseOverride.header.X-Out",
}

// TestRenderPrintsWhatTheGatewayAnswers: byte by byte, for the response templates of a MOCK and for the request templates of
// an HTTP integration.
func TestRenderPrintsWhatTheGatewayAnswers(t *testing.T) {
	b := newBackEnd(t, nil)
	var operations []operation
	for i, template := range speaking {
		operations = append(operations, answeringBy(fmt.Sprintf("/mock%d/{id}", i), template),
			httpTo(fmt.Sprintf("/http%d/{id}", i), "http://"+b.addr+"/", obj{"httpMethod": "POST", "requestTemplates": obj{"application/json": template}}))
	}
	g := serve(t, document(t, obj{}, operations...), "--var", "v=a:b/c", "--stage", "prod")
	const target, body = "/7?q=it%27s+%22%C3%A9%22%2F", `{"a": [1, {"b": null}], "c": 2.50}`
	folder := t.TempDir()
	write(t, filepath.Join(folder, "response"), "{}")
	write(t, filepath.Join(folder, "body"), body)
	for i, template := range speaking {
		send := func(kind string) *response {
			return g.do("POST", fmt.Sprintf("/prod/%s%d%s", kind, i, target), body, "Content-Type: application/json", "X-H: h")
		}
		rendered := func(kind string, more ...string) string {
			got := command(t, folder, template, append([]string{"render", "-", "--path", "id=7", "--querystring", `q=it's "é"/`, "--header", "X-H=h",
				"--var", "v=a:b/c", "--context", "httpMethod=POST", "--context", "stage=prod",
				"--context", fmt.Sprintf("resourcePath=/%s%d/{id}", kind, i)}, more...)...)
			if got.code != 0 {
				t.Fatalf("gatehouse render: %v", got)
			}
			return got.stdout
		}
		if got, want := send("mock").body, rendered("mock", "--response", "response"); got != want {
			t.Errorf("%s\nthe gateway answers\n%q, gatehouse render prints\n%q", template, got, want)
		}
		if want200(t, template, send("http")) {
			if got, want := b.last().body, rendered("http", "--body", "body"); got != want {
				t.Errorf("%s\nthe back end gets\n%q, gatehouse render prints\n%q", template, got, want)
			}
		}
	}
}

// answeringBy is a MOCK with a response template.
func answeringBy(path, template string) operation {
	return mock(path, `{"statusCode": 200}`, obj{"responses": obj{"default": obj{"statusCode": "200", "responseTemplates": obj{"application/json": template}}}})
}

// TestWhatRenderRefusesTheGatewayAnswersWith500: the same templates fail in both.
func TestWhatRenderRefusesTheGatewayAnswersWith500(t *testing.T) {
	templates := []string{`$util.parseJson("{")`, `a #if($x`, `#include("x")`, `#macro(m)#m()#end#m()`, `$input.json("$[")`}
	var operations []operation
	for i, template := range templates {
		operations = append(operations, answeringBy(fmt.Sprintf("/%d", i), template))
	}
	g := serve(t, document(t, obj{}, operations...))
	for i, template := range templates {
		wantInternalError(t, template, g.do("GET", fmt.Sprintf("/dev/%d", i), ""))
		if got := command(t, ".", template, "render", "-"); got.code != 1 || got.stdout != "" {
			t.Errorf("%s: got %v, want exit code 1", template, got)
		}
	}
}

const (
	passing = "It is one.\n\n-- template --\n$input.path('$.a')\n-- request --\n{\"body\": {\"a\": 1}}\n-- want --\n1\n"
	failing = "It is two.\n\n-- template: t.vtl --\n-- request --\n{\"body\": {\"a\": 1}}\n-- want --\n2 \n-- overrides --\n"
)

// templateFolder has one test that passes and one that fails.
func templateFolder(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	write(t, filepath.Join(folder, "good.test"), passing)
	write(t, filepath.Join(folder, "sub", "bad.test"), failing)
	write(t, filepath.Join(folder, "sub", "t.vtl"), "$input.path('$.a')#set($context.responseOverride.status = 201)")
	write(t, filepath.Join(folder, "sub", "notes.txt"), "-- template --\n")
	return folder
}

func TestTemplateTestsPassAndFail(t *testing.T) {
	folder := templateFolder(t)
	bad := filepath.Join("sub", "bad.test")
	complaint := "FAIL " + bad + ": It is two.\n  output:\n    - 2·\n    + 1\n1 passed, 1 failed in "
	for _, c := range []struct {
		name           string
		args           []string
		stdout, stderr string
		code           int
	}{
		{"pass", []string{"good.test"}, "1 passed, 0 failed in ", "", 0},
		{"fail", []string{"."}, complaint, "gatehouse: template tests failed\n", 1},
		{"files and folders, each once", []string{"good.test", "sub", bad}, complaint, "gatehouse: template tests failed\n", 1},
		{"no such file", []string{"none.test"}, "", "gatehouse: stat none.test: no such file or directory\n", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := command(t, folder, "", append([]string{"template", "test"}, c.args...)...)
			if !strings.HasPrefix(got.stdout, c.stdout) || got.stderr != c.stderr || got.code != c.code {
				t.Errorf("got %v, want %q, %q, exit code %d", got, c.stdout, c.stderr, c.code)
			}
		})
	}
	if got := command(t, folder, "", "template", "test"); got.code != 2 {
		t.Errorf("without a path: got %v, want exit code 2", got)
	}
}

func TestFolderWithoutTemplateTestsIsAnError(t *testing.T) {
	folder := t.TempDir()
	write(t, filepath.Join(folder, "t.vtl"), "x")
	if got := command(t, folder, "", "template", "test", "."); got != (outcome{"", "gatehouse: no template tests (*.test) in [.]\n", 1}) {
		t.Errorf("got %v", got)
	}
}

func TestMalformedTemplateTestIsAnError(t *testing.T) {
	folder := t.TempDir()
	write(t, filepath.Join(folder, "a.test"), "-- template --\nx\n-- wnat --\nx\n")
	want := "gatehouse: a.test:3: unknown section \"wnat\"; a test has template, request, response, want, error, overrides\n"
	if got := command(t, folder, "", "template", "test", "."); got != (outcome{"", want, 1}) {
		t.Errorf("got %v", got)
	}
	write(t, filepath.Join(folder, "a.test"), "-- template: none.vtl --\n-- want --\nx\n")
	if got := command(t, folder, "", "template", "test", "."); got.code != 1 || !strings.Contains(got.stderr, "a.test: template: open none.vtl") {
		t.Errorf("got %v", got)
	}
}

func TestUpdateRewritesOnlyTestsThatFail(t *testing.T) {
	folder := templateFolder(t)
	broken := "-- template --\n$util.parseJson(\"{\")\n-- want --\nold\n"
	wrong := "-- template --\nx\n-- error --\nboom\n"
	write(t, filepath.Join(folder, "broken.test"), broken)
	write(t, filepath.Join(folder, "wrong.test"), wrong)
	got := command(t, folder, "", "template", "test", "--update", ".")
	if got.code != 1 || !strings.HasPrefix(got.stdout, "updated "+filepath.Join("sub", "bad.test")+"\n") ||
		strings.Count(got.stdout, "updated") != 1 || !strings.Contains(got.stdout, "2 passed, 2 failed in ") {
		t.Errorf("got %v", got)
	}
	updated := strings.Replace(failing, "-- want --\n2 \n-- overrides --\n", "-- want --\n1\n-- overrides --\nresponseOverride.status = 201\n", 1)
	for name, want := range map[string]string{"good.test": passing, filepath.Join("sub", "bad.test"): updated, "broken.test": broken, "wrong.test": wrong} {
		if text, err := os.ReadFile(filepath.Join(folder, name)); err != nil || string(text) != want {
			t.Errorf("%s is\n%s%v, want\n%s", name, text, err, want)
		}
	}
	if got := command(t, folder, "", "template", "test", "good.test", "sub"); got.code != 0 || !strings.HasPrefix(got.stdout, "2 passed, 0 failed in ") {
		t.Errorf("got %v", got)
	}
}

func TestTemplateTestReports(t *testing.T) {
	folder := templateFolder(t)
	got := command(t, folder, "", "template", "test", "--json", "--junit", "report.xml", ".")
	if got.code != 1 || got.stderr != "gatehouse: template tests failed\n" {
		t.Errorf("got %v", got)
	}
	type result struct {
		File, Comment, Failure, Output string
		Passed                         bool
	}
	want := []result{
		{File: "good.test", Comment: "It is one.", Output: "1", Passed: true},
		{File: filepath.Join("sub", "bad.test"), Comment: "It is two.", Output: "1", Failure: "output:\n  - 2·\n  + 1\n"},
	}
	lines := strings.Split(strings.TrimSuffix(got.stdout, "\n"), "\n")
	if len(lines) != len(want) {
		t.Fatalf("got %q, want %d lines", got.stdout, len(want))
	}
	for i, line := range lines {
		var r result
		if err := json.Unmarshal([]byte(line), &r); err != nil || r != want[i] {
			t.Errorf("got %+v, %v, want %+v", r, err, want[i])
		}
	}
	data, err := os.ReadFile(filepath.Join(folder, "report.xml"))
	if err != nil {
		t.Fatal(err)
	}
	var suite struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
		Cases    []struct {
			Class   string `xml:"classname,attr"`
			Name    string `xml:"name,attr"`
			Failure *struct {
				Message string `xml:"message,attr"`
				Text    string `xml:",chardata"`
			} `xml:"failure"`
		} `xml:"testcase"`
	}
	if err := xml.Unmarshal(data, &suite); err != nil {
		t.Fatalf("%v: %s", err, data)
	}
	if suite.Tests != 2 || suite.Failures != 1 || len(suite.Cases) != 2 || suite.Cases[0].Failure != nil || suite.Cases[1].Name != "bad.test" ||
		suite.Cases[1].Class != "sub" || suite.Cases[1].Failure == nil || suite.Cases[1].Failure.Text != want[1].Failure {
		t.Errorf("got %+v from\n%s", suite, data)
	}
}
