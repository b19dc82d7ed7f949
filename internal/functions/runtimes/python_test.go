package runtimes_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/internal/functions/runtimes"
)

func TestPythonAnswers(t *testing.T) {
	const id = "11111111-2222-3333-4444-555555555555"
	for _, test := range []struct {
		name, runtime, handler string
		event                  event
		want                   string // the payload, byte for byte
		failed                 bool
	}{
		{name: "result", handler: "app.echo", event: event{body: `{"b":1,"a":[2.50,"ü",null,true,1e400]}`}, want: `{"b": 1, "a": [2.5, "ü", null, true, Infinity]}`},
		{name: "text event", handler: "app.echo", event: event{body: " \"x\" \n"}, want: `"x"`},
		{name: "nothing", handler: "app.nothing", want: `null`},
		{name: "text", handler: "app.text", want: "\"zażółć 🚪 \\\" \\u001f / \u2028\""},
		{name: "3.11: text is ASCII", runtime: "python3.11", handler: "app.text", want: `"za\u017c\u00f3\u0142\u0107 \ud83d\udeaa \" \u001f / \u2028"`},
		{name: "types", handler: "app.types", want: `[1, 1.0, 1e+100, true, null, [1, 2], {"1": 4, "null": 3}, 1.10, "bytes", {"x": 1, "y": [{"z": 2}]}, NaN]`},
		{name: "bytes", handler: "app.raw", want: "\x00\xffraw"},
		{name: "package", handler: "pkg.mod.handler", want: `"pkg.mod"`},
		{name: "folder", handler: "pkg/mod.handler", want: `"pkg.mod"`},
		{name: "context", handler: "app.context", event: event{headers: []string{
			"Lambda-Runtime-Trace-Id: Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1",
			`Lambda-Runtime-Client-Context: {"custom":{"ü":1},"env":{"a":"b"},"client":{"app_title":"t"}}`,
			`Lambda-Runtime-Cognito-Identity: {"cognitoIdentityId":"i","cognitoIdentityPoolId":"p"}`,
		}}, want: `{"function": ["fn", "$LATEST", "128"], "arn": "arn:aws:lambda:eu-west-1:111122223333:function:fn", "id": "` + id + `", "log": ["/aws/lambda/fn", "2026/01/01/[$LATEST]0123456789abcdef0123456789abcdef"], "remaining": true, "client": [{"ü": 1}, {"a": "b"}, "t"], "identity": ["i", "p"], "trace": "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1", "repr": "LambdaContext([aws_request_id="}`},
		{name: "context without more", handler: "app.context", want: `{"function": ["fn", "$LATEST", "128"], "arn": "arn:aws:lambda:eu-west-1:111122223333:function:fn", "id": "` + id + `", "log": ["/aws/lambda/fn", "2026/01/01/[$LATEST]0123456789abcdef0123456789abcdef"], "remaining": true, "client": null, "identity": [null, null], "trace": null, "repr": "LambdaContext([aws_request_id="}`},
		{name: "a process of its own", handler: "app.spawns", event: event{body: "21"}, want: "42"},
		{name: "a thread that stays", handler: "app.thread", want: `"left one running"`},

		// The form was recorded from the real service.
		{name: "error", handler: "app.raises", failed: true, want: `{"errorMessage": "boom: ü", "errorType": "ValueError", "requestId": "` + id + `", "stackTrace": ["  File \"/var/task/app.py\", line 65, in raises\n    raise ValueError(\"boom: ü\")\n"]}`},
		{name: "error further down", handler: "app.deeper", failed: true, want: `{"errorMessage": "boom: ü", "errorType": "ValueError", "requestId": "` + id + `", "stackTrace": ["  File \"/var/task/app.py\", line 69, in deeper\n    return raises(event, context)\n", "  File \"/var/task/app.py\", line 65, in raises\n    raise ValueError(\"boom: ü\")\n"]}`},
		{name: "result without JSON", handler: "app.wrong_type", failed: true, want: `{"errorMessage": "Unable to marshal response: Object of type set is not JSON serializable", "errorType": "Runtime.MarshalError", "requestId": "` + id + `", "stackTrace": []}`},
		{name: "circular result", handler: "app.circular", failed: true, want: `{"errorMessage": "Unable to marshal response: Circular reference detected", "errorType": "Runtime.MarshalError", "requestId": "` + id + `", "stackTrace": []}`},
		{name: "half a character (unconfirmed)", handler: "app.surrogate", failed: true, want: `{"errorMessage": "Unable to marshal response: 'utf-8' codec can't encode character '\\ud800' in position 1: surrogates not allowed", "errorType": "Runtime.MarshalError", "requestId": "` + id + `", "stackTrace": []}`},
		{name: "event without JSON", handler: "app.echo", event: event{body: `nul`}, failed: true, want: `{"errorMessage": "Unable to unmarshal input: Expecting value: line 1 column 1 (char 0)", "errorType": "Runtime.UnmarshalError", "requestId": "` + id + `", "stackTrace": []}`},
		{name: "client context without JSON", handler: "app.echo", event: event{headers: []string{"Lambda-Runtime-Client-Context: nul"}}, failed: true, want: `{"errorMessage": "Unable to parse Client Context JSON: Expecting value: line 1 column 1 (char 0)", "errorType": "Runtime.LambdaContextUnmarshalError", "requestId": "` + id + `", "stackTrace": []}`},
		{name: "wrong arguments", handler: "app.wrong_arguments", failed: true, want: `{"errorMessage": "wrong_arguments() takes 1 positional argument but 2 were given", "errorType": "TypeError", "requestId": "` + id + `", "stackTrace": []}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if test.runtime == "" {
				test.runtime = "python3.13"
			}
			if test.event.body == "" {
				test.event.body = "{}"
			}
			p := start(t, specOf(t, test.runtime, test.handler, "python", nil))
			for range 2 {
				got := p.invoke(test.event)
				wantPath, wantType := "invocation/"+id+"/response", "application/json"
				if test.failed {
					wantPath = "invocation/" + id + "/error"
				}
				if test.name == "bytes" {
					wantType = "application/unknown"
				}
				if body := p.inTask(got.body); got.path != wantPath || body != test.want {
					t.Errorf("got  %s %s\nwant %s %s\nlog:\n%s", got.path, body, wantPath, test.want, p.log)
				}
				if got.header.Get("Content-Type") != wantType {
					t.Errorf("content type %q", got.header.Get("Content-Type"))
				}
				if test.failed && !strings.Contains(got.body, `"errorType": "`+got.header.Get("Lambda-Runtime-Function-Error-Type")+`"`) {
					t.Errorf("headers %v", got.header)
				}
				if !got.pipelined {
					t.Error("the next poll did not come in one write with the answer")
				}
			}
		})
	}
}

// A module that the bootstrap imports costs every cold start its time: only compiled ones and its own are added to what the
// engine has loaded anyway.
func TestPythonFunctionsFindLittleImported(t *testing.T) {
	spec := specOf(t, "python3.13", "app.modules", "python", nil)
	launch, err := runtimes.Find(spec)
	if err != nil {
		t.Fatal(err)
	}
	engine := exec.Command(launch.Args[0], "-c", "import sys; print(*sys.modules)")
	engine.Env = []string{"PATH=" + os.Getenv("PATH")} // without HOME, as functions have it
	out, err := engine.Output()
	if err != nil {
		t.Fatal(err)
	}
	allowed := append(strings.Fields(string(out)), "_socket", "_json", "_gatehouse_runtime", "_gatehouse_wire", "app")
	got := start(t, spec).invoke(event{body: "{}"}).body
	var names []string
	if err := json.Unmarshal([]byte(got), &names); err != nil {
		t.Fatalf("%v: %s", err, got)
	}
	for _, name := range names {
		if !slices.Contains(allowed, name) {
			t.Errorf("%s was imported", name)
		}
	}
}

// The real runtime has imported these before it loads the function.
func TestPythonFilesOfTheFunctionDoNotTakeThePlaceOfTheStandardLibrary(t *testing.T) {
	files := map[string]string{"app.py": "import json, logging\ndef handler(event, context):\n    logging.error(json.dumps(event))\n    raise ValueError('boom')\n"}
	for _, name := range []string{"json", "logging", "traceback", "re", "decimal", "linecache"} {
		files[name+".py"] = "raise SystemExit('imported')\n"
	}
	p := start(t, specOf(t, "python3.13", "app.handler", folder(t, files), nil))
	got := p.invoke(event{body: "[1]"})
	if !strings.HasPrefix(got.body, `{"errorMessage": "boom", "errorType": "ValueError", `) || !strings.HasSuffix(got.body, "raise ValueError('boom')\\n\"]}") {
		t.Errorf("got %s", got.body)
	}
}

func TestPythonFindsTheTaskRootFirst(t *testing.T) {
	got := start(t, specOf(t, "python3.13", "app.places", "python", nil)).invoke(event{body: "{}"})
	if got.body != "[true, true, false]" {
		t.Errorf("got %s", got.body)
	}
}

func TestPythonKeepsStateAndTakesLargeEvents(t *testing.T) {
	p := start(t, specOf(t, "python3.13", "app.count", "python", nil))
	for i := range 50 {
		if got, want := p.invoke(event{body: "{}"}).body, string(rune('0'+(i+1)%10)); !strings.HasSuffix(got, want) {
			t.Fatalf("event %d: got %s", i, got)
		}
	}
	const size = 6 << 20
	p = start(t, specOf(t, "python3.13", "app.length", "python", nil))
	for range 2 {
		if got := p.invoke(event{body: `"` + strings.Repeat("é", size/2) + `"`}).body; got != "3145728" {
			t.Fatalf("got %s", got)
		}
	}
	p = start(t, specOf(t, "python3.13", "app.big", "python", nil))
	if got := p.invoke(event{body: `{"size":6291554}`}).body; len(got) != 6291556 {
		t.Fatalf("got %d bytes", len(got))
	}
}

func TestPythonInitErrors(t *testing.T) {
	for _, test := range []struct{ name, handler, want, logged string }{
		{"no module", "absent.handler", `{"errorMessage": "Unable to import module 'absent': No module named 'absent'", "errorType": "Runtime.ImportModuleError", "requestId": "", "stackTrace": []}`,
			"[ERROR] Runtime.ImportModuleError: Unable to import module 'absent': No module named 'absent'\rTraceback (most recent call last):\n"},
		{"no import", "broken/missing.handler", `{"errorMessage": "Unable to import module 'broken/missing': No module named 'no_such_module'", "errorType": "Runtime.ImportModuleError", "requestId": "", "stackTrace": []}`, ""},
		{"no function", "app.absent", `{"errorMessage": "Handler 'absent' missing on module 'app'", "errorType": "Runtime.HandlerNotFound", "requestId": "", "stackTrace": []}`, ""},
		{"no dot", "app", `{"errorMessage": "Bad handler 'app': not enough values to unpack (expected 2, got 1)", "errorType": "Runtime.MalformedHandlerName", "requestId": "", "stackTrace": []}`, ""},
		{"built-in", "sys.handler", `{"errorMessage": "Cannot use built-in module sys as a handler module", "errorType": "Runtime.BuiltInModuleConflict", "requestId": "", "stackTrace": []}`, ""},
		{"syntax", "broken.syntax.handler", `{"errorMessage": "Syntax error in module 'broken.syntax': (what the engine says) (syntax.py, line 2)", "errorType": "Runtime.UserCodeSyntaxError", "requestId": "", "stackTrace": ["  File \"/var/task/broken/syntax.py\" Line 2\n        return (\n"]}`, ""},
		{"raises", "broken.raises.handler", `{"errorMessage": "while loading", "errorType": "RuntimeError", "requestId": "", "stackTrace": ["  File \"/var/task/broken/raises.py\", line 5, in <module>\n    explode()\n", "  File \"/var/task/broken/raises.py\", line 2, in explode\n    raise RuntimeError(\"while loading\")\n"]}`,
			"[ERROR] RuntimeError: while loading\rTraceback (most recent call last):\r\u00a0\u00a0File \"/var/task/broken/raises.py\", line 5, in <module>\r\u00a0\u00a0\u00a0\u00a0explode()\r\u00a0\u00a0File \"/var/task/broken/raises.py\", line 2, in explode\r\u00a0\u00a0\u00a0\u00a0raise RuntimeError(\"while loading\")\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := start(t, specOf(t, "python3.13", test.handler, "python", nil))
			got := p.answer()
			body := strings.NewReplacer("'(' was never closed", "(what the engine says)", "unexpected EOF while parsing", "(what the engine says)").Replace(p.inTask(got.body))
			if got.path != "init/error" || body != test.want {
				t.Errorf("got  %s %s\nwant init/error %s", got.path, body, test.want)
			}
			if status := p.exit(); status != "exit status 1" {
				t.Errorf("got %s", status)
			}
			if !strings.Contains(p.inTask(p.log.String()), test.logged) {
				t.Errorf("log: %q", p.inTask(p.log.String()))
			}
		})
	}
}

func TestPythonEndsWithTheFunction(t *testing.T) {
	for _, test := range []struct{ handler, event, status string }{
		{"app.leaves", "0", "exit status 0"},
		{"app.leaves", "3", "exit status 3"},
		{"app.dies", "{}", "signal: killed"},
	} {
		p := start(t, specOf(t, "python3.13", test.handler, "python", nil))
		p.send(event{body: test.event})
		if status := p.exit(); status != test.status {
			t.Errorf("%s: got %s, want %s; log: %s", test.handler, status, test.status, p.log)
		}
	}
	if status := start(t, specOf(t, "python3.13", "broken.leaves.handler", "python", nil)).exit(); status != "exit status 4" {
		t.Errorf("got %s", status)
	}
	p := start(t, specOf(t, "python3.13", "app.echo", "python", nil))
	p.polled(1)
	p.done <- struct{}{}
	if status := p.exit(); status != "exit status 1" || p.log.String() != "" {
		t.Errorf("without Runtime API: got %s, log %s", status, p.log)
	}
}

func TestPythonLogLines(t *testing.T) {
	const id = "11111111-2222-3333-4444-555555555555"
	for _, test := range []struct {
		name    string
		env     map[string]string
		handler string
		want    string
	}{
		// The lines of prints were recorded from the real service.
		{"prints", nil, "app.prints", "multi\nline\nstring\nanother\rline\nno endto stderr\nlast\n"},
		{"logging", nil, "app.logs", "[WARNING]\tT\t" + id + "\ta warning\n" +
			"[INFO]\tT\t" + id + "\ttwo\nlines\n" +
			"[ERROR]\tT\t" + id + "\tcaught\nTraceback (most recent call last):\n  File \"/var/task/app.py\", line 122, in logs\n    raise KeyError(\"k\")\nKeyError: 'k'\n"},
		{"logging in JSON", map[string]string{"AWS_LAMBDA_LOG_FORMAT": "JSON", "AWS_LAMBDA_LOG_LEVEL": "ERROR"}, "app.logs",
			`{"timestamp": "T", "level": "INFO", "message": "two\nlines", "logger": "mine", "requestId": "` + id + `", "own": 1}` + "\n" +
				`{"timestamp": "T", "level": "ERROR", "message": "caught", "logger": "mine", "stackTrace": ["  File \"/var/task/app.py\", line 122, in logs\n    raise KeyError(\"k\")\n"], "errorType": "KeyError", "errorMessage": "'k'", "requestId": "` + id + `", "location": "/var/task/app.py:logs:124"}` + "\n"},
		// The form was recorded from the real service.
		{"error", nil, "app.raises", "[ERROR] ValueError: boom: ü\rTraceback (most recent call last):\r\u00a0\u00a0File \"/var/task/app.py\", line 65, in raises\r\u00a0\u00a0\u00a0\u00a0raise ValueError(\"boom: ü\")\n"},
		{"error in JSON", map[string]string{"AWS_LAMBDA_LOG_FORMAT": "JSON"}, "app.raises", `{"timestamp": "T", "level": "ERROR", "errorMessage": "boom: ü", "errorType": "ValueError", "requestId": "` + id + `", "stackTrace": ["  File \"/var/task/app.py\", line 65, in raises\n    raise ValueError(\"boom: ü\")\n"]}` + "\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := start(t, specOf(t, "python3.13", test.handler, "python", test.env))
			p.invoke(event{body: "{}"})
			p.polled(2)
			p.done <- struct{}{}
			p.exit()
			if got := timestamp.ReplaceAllString(p.inTask(p.log.String()), "T"); got != test.want {
				t.Errorf("got\n%q\nwant\n%q", got, test.want)
			}
		})
	}
}
