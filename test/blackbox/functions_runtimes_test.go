package blackbox

import (
	"encoding/base64"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// invokedOnce makes a function with one file, invokes it once, deletes it, and returns the answer.
func invokedOnce(s *serveProcess, runtime, handler, file, text string) callAnswer {
	s.t.Helper()
	body := fmt.Sprintf(`{"FunctionName":"once","Runtime":%q,"Handler":%q,"Role":"arn:aws:iam::000000000000:role/r","Timeout":30,"Code":{"ZipFile":%q}}`,
		runtime, handler, base64.StdEncoding.EncodeToString(zipWith(s.t, file, text)))
	if a := s.call(s.root, "lambda", "POST", "/2015-03-31/functions", body); a.status != 201 {
		return a
	}
	a := s.call(s.root, "lambda", "POST", "/2015-03-31/functions/once/invocations", `{"a":1}`)
	if a := s.call(s.root, "lambda", "DELETE", "/2015-03-31/functions/once", ""); a.status != 204 {
		s.t.Errorf("got %d %s", a.status, a.body)
	}
	return a
}

const (
	echoNode   = "exports.handler = async (event) => ({ got: event, by: process.env.AWS_EXECUTION_ENV });\n"
	echoPython = "import os\n\ndef handler(event, context):\n    return {'got': event, 'by': os.environ['AWS_EXECUTION_ENV']}\n"
)

// TestEveryRuntimeRunsOnTheInstalledEngine invokes a function of every identifier of Node.js, Python and OS-only runtimes.
func TestEveryRuntimeRunsOnTheInstalledEngine(t *testing.T) {
	t.Parallel()
	s := startServe(t, t.TempDir(), "--function-isolation", "process") // the bootstrap below finds its Python by PATH, wherever it is
	for _, version := range []string{"16", "18", "20", "22", "24"} {
		name := "nodejs" + version + ".x"
		if a, want := invokedOnce(s, name, "index.handler", "index.js", echoNode), `{"got":{"a":1},"by":"AWS_Lambda_`+name+`"}`; a.status != 200 || a.body != want {
			t.Errorf("%s: got %d %s", name, a.status, a.body)
		}
	}
	for _, version := range []string{"8", "9", "10", "11", "12", "13", "14"} {
		name := "python3." + version
		if a, want := invokedOnce(s, name, "handler.handler", "handler.py", echoPython), `{"got": {"a": 1}, "by": "AWS_Lambda_`+name+`"}`; a.status != 200 || a.body != want {
			t.Errorf("%s: got %d %s", name, a.status, a.body)
		}
	}
	for _, name := range []string{"provided.al2", "provided.al2023"} {
		code := strings.Replace(rawRuntime, `json.loads(event.read())["body"]`, `event.read().decode()`, 1)
		if a := invokedOnce(s, name, "x", "bootstrap", code); a.status != 200 || a.body != `{"a":1}` {
			t.Errorf("%s: got %d %s", name, a.status, a.body)
		}
	}
	s.out.wait(t, 0, `The runtime nodejs\d\d\.x runs on Node\.js \d+`)
	for name, message := range map[string]string{"dotnet8": "dotnet8 is not supported", "go1.x": "no longer supported", "cobol": "failed to satisfy constraint"} {
		if a := invokedOnce(s, name, "x", "x", "x"); a.status != 400 || !strings.Contains(a.body, message) {
			t.Errorf("%s: got %d %s", name, a.status, a.body)
		}
	}
}

// TestFunctionsThatCannotStart: the caller is told by the documented error. Spec: functions A6, D3.
func TestFunctionsThatCannotStart(t *testing.T) {
	t.Parallel()
	s := startServe(t, t.TempDir())
	for _, tt := range []struct{ name, runtime, handler, file, text, want string }{
		{"a missing module in Python", "python3.13", "handler.handler", "handler.py", "import absent\n",
			`{"errorMessage": "Unable to import module 'handler': No module named 'absent'", "errorType": "Runtime.ImportModuleError", "requestId": ""`},
		{"a missing handler in Python", "python3.13", "handler.other", "handler.py", echoPython, `"errorMessage": "Handler 'other' missing on module 'handler'", "errorType": "Runtime.HandlerNotFound"`},
		{"a handler without a dot in Python", "python3.13", "handler", "handler.py", echoPython, `"errorType": "Runtime.MalformedHandlerName"`},
		{"wrong syntax in Python", "python3.13", "handler.handler", "handler.py", "def\n", `"errorType": "Runtime.UserCodeSyntaxError"`},
		{"an exception at the start of Python", "python3.13", "handler.handler", "handler.py", "raise ValueError('no start')\n", `"errorMessage": "no start", "errorType": "ValueError"`},
		{"a missing module in Node.js", "nodejs22.x", "absent.handler", "index.js", echoNode, `"errorType":"Runtime.ImportModuleError","errorMessage":"Error: Cannot find module 'absent'`},
		{"a missing handler in Node.js", "nodejs22.x", "index.other", "index.js", echoNode, `"errorType":"Runtime.HandlerNotFound","errorMessage":"index.other is undefined or not exported"`},
		{"a handler above the code in Node.js", "nodejs22.x", "../index.handler", "index.js", echoNode, `"errorType":"Runtime.MalformedHandlerName"`},
		{"wrong syntax in Node.js", "nodejs22.x", "index.handler", "index.js", "exports.handler = (\n", `"errorType":"Runtime.UserCodeSyntaxError"`},
		{"an exception at the start of Node.js", "nodejs22.x", "index.handler", "index.js", "throw new TypeError('no start');\n", `"errorType":"TypeError","errorMessage":"no start"`},
		{"no bootstrap", "provided.al2023", "x", "other", "#!/bin/sh\n", `"errorType":"Runtime.InvalidEntrypoint"`},
		{"a bootstrap that ends", "provided.al2023", "x", "bootstrap", "#!/bin/sh\nexit 3\n", `Error: Runtime exited with error: exit status 3"`},
		{"a bootstrap that is nothing", "provided.al2023", "x", "bootstrap", "#!/no/such/program\n", `"errorType":"Runtime.InvalidEntrypoint"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := invokedOnce(s, tt.runtime, tt.handler, tt.file, tt.text)
			if a.status != 200 || a.header.Get("X-Amz-Function-Error") != "Unhandled" || !strings.Contains(a.body, tt.want) {
				t.Errorf("got %d %s", a.status, a.body)
			}
		})
	}
	if a := invokedOnce(s, "nodejs22.x", "index.handler", "index.js", echoNode); a.status != 200 || a.header.Get("X-Amz-Function-Error") != "" {
		t.Errorf("afterwards: %d %s", a.status, a.body)
	}
}

// TestAMissingEngineIsNamed runs a gateway that finds neither Node.js nor Python.
func TestAMissingEngineIsNamed(t *testing.T) {
	bin := t.TempDir()
	for _, tool := range []string{"sh", "cat"} {
		path, err := exec.LookPath(tool)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(path, filepath.Join(bin, tool)); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", bin)
	s := startServe(t, t.TempDir())
	for runtime, want := range map[string]string{
		"nodejs22.x": "the runtime nodejs22.x needs Node.js, and node or nodejs was not found. Install Node.js 18 or newer",
		"python3.13": "the runtime python3.13 needs Python, and python3.13 or python3 was not found. Install Python 3.8 or newer",
	} {
		a := invokedOnce(s, runtime, "x.x", "x.py", "")
		if a.header.Get("X-Amz-Function-Error") != "Unhandled" || !strings.Contains(a.body, want) {
			t.Errorf("%s: got %d %s", runtime, a.status, a.body)
		}
	}
}
