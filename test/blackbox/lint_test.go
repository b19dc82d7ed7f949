package blackbox

import (
	"encoding/json"
	"errors"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// lintRun runs `gatehouse lint` and returns what it prints, with names of files as they are in folder.
func lintRun(t *testing.T, folder string, args ...string) (out, complaint string, code int) {
	t.Helper()
	cmd := exec.Command(binary, append([]string{"lint"}, args...)...)
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var failed *exec.ExitError
	if err != nil && !errors.As(err, &failed) {
		t.Fatal(err)
	}
	return strings.ReplaceAll(stdout.String(), folder+string(filepath.Separator), ""), stderr.String(), cmd.ProcessState.ExitCode()
}

const lintDocument = `openapi: 3.0.1
info: {title: t, version: "1"}
paths:
  /a:
    get:
      responses: {"200": {description: x}}
      x-amazon-apigateway-integration:
        type: mock
        requestTemplates: {application/json: '{"statusCode": 200}'}
        responses:
          default:
            statusCode: "200"
            responseTemplates:
              application/json: |-
                {
                  "a": "$input.params('x')",
                  "b": "$stageVariables.bakend"
                }
`

func TestLintExitsAsScriptsExpect(t *testing.T) {
	folder := t.TempDir()
	write(t, filepath.Join(folder, "gatehouse.yaml"), "variables: {backend: x}\n")
	write(t, filepath.Join(folder, "openapi.yaml"), lintDocument)
	write(t, filepath.Join(folder, "templates", "a.vtl"), "$input.json('$.a')\n")
	write(t, filepath.Join(folder, "broken", "b.vtl"), "#if($x)\n")
	write(t, filepath.Join(folder, "empty", "c.txt"), "x")
	const warnings = `openapi.yaml:16:25: warning unescaped-value: a client can end this string and go on with JSON of its own: write $util.escapeJavaScript($input.params('x'))
openapi.yaml:17:40: warning unknown-stage-variable: the stage has no variable bakend: it prints nothing; did you mean $stageVariables.backend?
`
	for _, c := range []struct {
		name      string
		args      []string
		out       string
		complaint string
		code      int
	}{
		{"warnings are allowed", []string{filepath.Join(folder, "openapi.yaml")}, warnings + "0 errors, 2 warnings, 0 info in 1 file\n", "", 0},
		{"unless strict", []string{"--strict", filepath.Join(folder, "openapi.yaml")}, warnings + "0 errors, 2 warnings, 0 info in 1 file\n", "gatehouse: the findings", 1},
		{"nothing found", []string{filepath.Join(folder, "templates")}, "0 errors, 0 warnings, 0 info in 1 file\n", "", 0},
		{"an error", []string{filepath.Join(folder, "broken")}, "broken/b.vtl:1:1: error template-syntax: #if without #end: line 1 of the template, \"#if($x)\"\n1 error, 0 warnings, 0 info in 1 file\n", "gatehouse: the findings", 1},
		{"no such file", []string{filepath.Join(folder, "nope.yaml")}, "", "gatehouse: stat ", 2},
		{"nothing to lint", []string{filepath.Join(folder, "empty")}, "", "gatehouse: no OpenAPI documents", 2},
		{"no argument", nil, "", "gatehouse: name a document", 2},
		{"unknown flag", []string{"--nope"}, "", "gatehouse: unknown flag", 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, complaint, code := lintRun(t, folder, c.args...)
			if out != c.out && code != 2 || !strings.Contains(complaint, c.complaint) || code != c.code {
				t.Errorf("exit code %d, %q\n%s\nwant %d, %q\n%s", code, complaint, out, c.code, c.complaint, c.out)
			}
		})
	}
	out, _, code := lintRun(t, folder, folder)
	if code != 1 || !strings.HasSuffix(out, "1 error, 2 warnings, 0 info in 3 files\n") || !strings.HasPrefix(out, "broken/b.vtl") {
		t.Errorf("exit code %d\n%s", code, out)
	}
}

func TestLintPrintsJSON(t *testing.T) {
	folder := t.TempDir()
	write(t, filepath.Join(folder, "openapi.yaml"), lintDocument)
	out, _, code := lintRun(t, folder, "--json", folder)
	var f struct {
		File, Severity, Rule, Message string
		Line, Column                  int
	}
	if err := json.Unmarshal([]byte(out), &f); err != nil || code != 0 {
		t.Fatalf("exit code %d, %v\n%s", code, err, out)
	}
	if f.File != "openapi.yaml" || f.Line != 16 || f.Column != 25 || f.Severity != "warning" || f.Rule != "unescaped-value" || f.Message == "" {
		t.Errorf("%+v", f)
	}
	out, _, code = lintRun(t, folder, "--rules")
	if code != 0 || !strings.Contains(out, "\nunescaped-value          warning  ") {
		t.Errorf("exit code %d\n%s", code, out)
	}
}
