package blackbox

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// handlerCase is a function and what the Invoke API answers for it.
type handlerCase struct {
	name, runtime, handler string
	ends                   handlerEnd
	want                   string // the payload, byte for byte but for what payloadOf takes away
}

// handlerEnd says what becomes of an invocation, and so what the next one has to show.
type handlerEnd int

const (
	succeeds    handlerEnd = iota // it is a result; the next one is the same
	failsOnce                     // it is a function error; the next event that says good is answered "good"
	failsAtInit                   // it is a function error, every time, until the function gets another handler
)

var nodeHandlers = []handlerCase{
	{"async", "", "app.async", succeeds, `{"event":{},"name":"FUNCTION"}`},
	{"a promise", "", "app.promise", succeeds, `{"promised":{}}`},
	{"callback", "", "app.callback", succeeds, `{"called":{}}`},
	{"a callback waits for the event loop", "", "app.waits", succeeds, `["called","timer"]`},
	{"a callback that does not wait", "", "app.waitsNot", succeeds, `"at once"`},
	{"the event loop ends without an answer", "", "app.drains", succeeds, `null`},
	{"24: a plain function answers what it returns", "nodejs24.x", "app.plain", succeeds, `{"plain":{}}`},
	{"mjs", "", "esm.handler", succeeds, `{"loaded":"before the first event","file":"esm.mjs"}`},
	{"type: module", "", "module/typed.handler", succeeds, `"typed.js"`},
	{"nested export", "", "app.deeply.nested.handler", succeeds, `"deep"`},
	{"folder", "", "nested/file.handler", succeeds, `"in a folder"`},

	{"callback with an error", "", "app.callbackError", failsOnce, `{"errorType":"RangeError","errorMessage":"called back","trace":["RangeError: called back","    at Timeout._onTimeout (/var/task/app.js:26:29)"]}`},
	{"thrown", "", "app.throws", failsOnce, `{"errorType":"TypeError","errorMessage":"boom: \"ü\"","trace":["TypeError: boom: \"ü\"","    at exports.throws [as handler] (/var/task/app.js:30:9)"]}`},
	{"thrown before any promise", "", "app.throwsAtOnce", failsOnce, `{"errorType":"Error","errorMessage":"at once","trace":["Error: at once","    at exports.throwsAtOnce [as handler] (/var/task/app.js:34:9)"]}`},
	{"thrown in an ES module", "", "esm.throws", failsOnce, `{"errorType":"Error","errorMessage":"in a module","trace":["Error: in a module","    at Runtime.throws [as handler] (file:///var/task/esm.mjs:6:9)"]}`},
	{"a class of its own", "", "app.custom", failsOnce, `{"errorType":"OutOfStock","errorMessage":"no more chairs","trace":["OutOfStock: no more chairs","    at exports.custom [as handler] (/var/task/app.js:42:9)"]}`},
	{"rejected with a text", "", "app.rejectsText", failsOnce, `{"errorType":"string","errorMessage":"only text","trace":[]}`},
	{"rejected with an object", "", "app.rejectsObject", failsOnce, `{"errorType":"object","errorMessage":"[object Object]","trace":[]}`},
	{"result without JSON", "", "app.circular", failsOnce, `{"errorType":"Error","errorMessage":"Unable to stringify response body","trace":["Error: Unable to stringify response body"]}`},
	{"unhandled rejection", "", "app.unhandled", failsOnce, `{"errorType":"Runtime.UnhandledPromiseRejection","errorMessage":"Error: nobody looks","trace":["Runtime.UnhandledPromiseRejection: Error: nobody looks"]}`},
	{"uncaught in a timer", "", "app.uncaught", failsOnce, `{"errorType":"Error","errorMessage":"nobody catches","trace":["Error: nobody catches","    at Timeout._onTimeout (/var/task/app.js:59:11)"]}`},
	{"a promise that never settles", "", "app.never", failsOnce, `{"errorType":"Runtime.NodeJsExit","errorMessage":"The Lambda runtime client detected an unexpected Node.js exit code. This is most commonly caused by a Promise that was never settled. For more information, see https://nodejs.org/docs/latest/api/process.html#exit-codes","trace":["Runtime.NodeJsExit: The Lambda runtime client detected an unexpected Node.js exit code. This is most commonly caused by a Promise that was never settled. For more information, see https://nodejs.org/docs/latest/api/process.html#exit-codes"]}`},
	{"exit", "", "app.exits", failsOnce, `{"errorType":"Runtime.ExitError","errorMessage":"RequestId: ID Error: Runtime exited with error: exit status 3"}`},

	{"syntax", "", "broken/syntax.handler", failsAtInit, `{"errorType":"Runtime.UserCodeSyntaxError","errorMessage":"SyntaxError: Invalid or unexpected token","trace":["/var/task/broken/syntax.js:2","  return 'unfinished","         ^^^^^^^^^^^","","SyntaxError: Invalid or unexpected token"]}`},
	{"no module", "", "absent.handler", failsAtInit, `{"errorType":"Runtime.ImportModuleError","errorMessage":"Error: Cannot find module 'absent'","trace":["Runtime.ImportModuleError: Error: Cannot find module 'absent'"]}`},
	{"no package", "", "broken/missing.handler", failsAtInit, `{"errorType":"Runtime.ImportModuleError","errorMessage":"Error: Cannot find module 'no-such-package'\nRequire stack:\n- /var/task/broken/missing.js","trace":["Runtime.ImportModuleError: Error: Cannot find module 'no-such-package'","Require stack:","- /var/task/broken/missing.js"]}`},
	{"no export", "", "app.absent", failsAtInit, `{"errorType":"Runtime.HandlerNotFound","errorMessage":"app.absent is undefined or not exported","trace":["Runtime.HandlerNotFound: app.absent is undefined or not exported"]}`},
	{"no function", "", "app.noFunction", failsAtInit, `{"errorType":"Runtime.HandlerNotFound","errorMessage":"app.noFunction is not a function","trace":["Runtime.HandlerNotFound: app.noFunction is not a function"]}`},
	{"throws while loading", "", "broken/throws.handler", failsAtInit, `{"errorType":"Error","errorMessage":"while loading","trace":["Error: while loading","    at Object.<anonymous> (/var/task/broken/throws.js:1:7)"]}`},
	{"exits while loading", "", "broken/exits.handler", failsAtInit, `{"errorType":"Runtime.ExitError","errorMessage":"RequestId: ID Error: Runtime exited with error: exit status 4"}`},
	{"24: callbacks", "nodejs24.x", "app.callback", failsAtInit, `{"errorType":"Runtime.CallbackHandlerDeprecated","errorMessage":"ERROR: AWS Lambda has removed support for callback-based function handlers starting with Node.js 24. You need to modify this function to use a supported handler signature to use Node.js 24 or later. For more information see https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html.","trace":["Runtime.CallbackHandlerDeprecated: ERROR: AWS Lambda has removed support for callback-based function handlers starting with Node.js 24. You need to modify this function to use a supported handler signature to use Node.js 24 or later. For more information see https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html."]}`},
}

var pythonHandlers = []handlerCase{
	{"result", "", "app.plain", succeeds, `{"event": {}, "name": "FUNCTION", "text": "ü"}`},
	{"nothing", "", "app.nothing", succeeds, `null`},
	{"folder", "", "pkg/mod.handler", succeeds, `"pkg.mod"`},
	{"package", "", "pkg.mod.handler", succeeds, `"pkg.mod"`},

	{"raised", "", "app.raises", failsOnce, `{"errorMessage": "boom: \"ü\"", "errorType": "ValueError", "requestId": "ID", "stackTrace": ["  File \"/var/task/app.py\", line 24, in raises\n    raise ValueError('boom: \"ü\"')\n"]}`},
	{"a class of its own, further down", "", "app.deeper", failsOnce, `{"errorMessage": "7", "errorType": "OutOfStock", "requestId": "ID", "stackTrace": ["  File \"/var/task/app.py\", line 30, in deeper\n    return find(7)\n", "  File \"/var/task/app.py\", line 34, in find\n    raise OutOfStock(item)\n"]}`},
	{"result without JSON", "", "app.wrong_type", failsOnce, `{"errorMessage": "Unable to marshal response: Object of type set is not JSON serializable", "errorType": "Runtime.MarshalError", "requestId": "ID", "stackTrace": []}`},
	{"sys.exit", "", "app.leaves", failsOnce, `{"errorType":"Runtime.ExitError","errorMessage":"RequestId: ID Error: Runtime exited with error: exit status 3"}`},
	{"sys.exit without a code", "", "app.leaves_quietly", failsOnce, `{"errorType":"Runtime.ExitError","errorMessage":"RequestId: ID Error: Runtime exited without providing a reason"}`},

	{"no module", "", "absent.handler", failsAtInit, `{"errorMessage": "Unable to import module 'absent': No module named 'absent'", "errorType": "Runtime.ImportModuleError", "requestId": "", "stackTrace": []}`},
	{"no import", "", "broken/missing.handler", failsAtInit, `{"errorMessage": "Unable to import module 'broken/missing': No module named 'no_such_module'", "errorType": "Runtime.ImportModuleError", "requestId": "", "stackTrace": []}`},
	{"syntax", "", "broken.syntax.handler", failsAtInit, `{"errorMessage": "Syntax error in module 'broken.syntax': (what the engine says) (syntax.py, line 2)", "errorType": "Runtime.UserCodeSyntaxError", "requestId": "", "stackTrace": ["  File \"/var/task/broken/syntax.py\" Line 2\n        return (\n"]}`},
	{"no function", "", "app.absent", failsAtInit, `{"errorMessage": "Handler 'absent' missing on module 'app'", "errorType": "Runtime.HandlerNotFound", "requestId": "", "stackTrace": []}`},
	{"raised while loading", "", "broken.raises.handler", failsAtInit, `{"errorMessage": "while loading", "errorType": "RuntimeError", "requestId": "", "stackTrace": ["  File \"/var/task/broken/raises.py\", line 5, in <module>\n    explode()\n", "  File \"/var/task/broken/raises.py\", line 2, in explode\n    raise RuntimeError(\"while loading\")\n"]}`},
	{"sys.exit while loading", "", "broken.leaves.handler", failsAtInit, `{"errorType":"Runtime.ExitError","errorMessage":"RequestId: ID Error: Runtime exited with error: exit status 4"}`},
}

var shellHandlers = []handlerCase{
	{"result", "", "a.b", succeeds, `{"handler":"a.b","event":{}}`},
	{"reported", "", "fails", failsOnce, `{"errorMessage":"from a shell","errorType":"Shell.Failed"}`},
	{"exit", "", "exits", failsOnce, `{"errorType":"Runtime.ExitError","errorMessage":"RequestId: ID Error: Runtime exited with error: exit status 5"}`},
}

// TestHandlersOfNode invokes handlers of every kind, and all the ways to fail, through the Lambda API. Spec: functions A6.1, D3.
func TestHandlersOfNode(t *testing.T) {
	t.Parallel()
	invokeHandlers(t, "nodejs20.x", codeFolder(t, "testdata/handlers/node"), nil, nodeHandlers)
}

// TestHandlersOfPython is the same for Python. Spec: functions A6.2, D3.
func TestHandlersOfPython(t *testing.T) {
	t.Parallel()
	invokeHandlers(t, "python3.13", codeFolder(t, "testdata/handlers/python"), nil, pythonHandlers)
}

// TestHandlersOfAShell is the same for a runtime of a few lines of shell. Spec: functions A2, A6.5.
func TestHandlersOfAShell(t *testing.T) {
	t.Parallel()
	invokeHandlers(t, "provided.al2023", codeFolder(t, "testdata/handlers/provided"), nil, shellHandlers)
}

// TestHandlersOfPythonThroughThePublicClient, which the function brings. Spec: functions A6.
func TestHandlersOfPythonThroughThePublicClient(t *testing.T) {
	t.Parallel()
	code := codeFolder(t, "testdata/handlers/python")
	addClient(t, code, "python", "")
	invokeHandlers(t, "python3.13", code, officialClient, pick(t, pythonHandlers, "result", "raised", "sys.exit", "no function"))
}

var officialClient = map[string]string{"GATEHOUSE_RUNTIME_CLIENT": "official"}

// pick are the cases of these names.
func pick(t *testing.T, from []handlerCase, names ...string) (picked []handlerCase) {
	t.Helper()
	for _, name := range names {
		for _, c := range from {
			if c.name == name {
				picked = append(picked, c)
			}
		}
	}
	if len(picked) != len(names) {
		t.Fatalf("%v: not all are there", names)
	}
	return picked
}

// codeFolder are the files of a folder as zipFile takes them.
func codeFolder(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Base(filepath.Dir(path)) == "__pycache__" {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if info, errInfo := entry.Info(); errInfo == nil && info.Mode()&0o100 != 0 {
			name += "+"
		}
		files[name] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// addClient adds a public runtime client, or the folder of it that is to run, to the files of a function.
func addClient(t *testing.T, code map[string]string, language, folder string) {
	t.Helper()
	clients := os.Getenv("GATEHOUSE_TEST_RUNTIME_CLIENTS")
	if clients == "" {
		clients = "../../.tools/runtime-clients"
	}
	from := filepath.Join(clients, language, folder)
	if _, err := os.Stat(from); err != nil {
		t.Fatalf("%v: run test/install-tools, or for Node.js test/install-tools node-client", err)
	}
	for name, text := range codeFolder(t, from) {
		code[filepath.Join(folder, name)] = text
	}
}

// invokeHandlers makes a function of every case from the same code, and invokes it.
func invokeHandlers(t *testing.T, runtime string, code, variables map[string]string, cases []handlerCase) {
	t.Helper()
	s := startServe(t, t.TempDir())
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if c.runtime == "" {
				c.runtime = runtime
			}
			f := handlerFunction{t, s, strings.NewReplacer("/", "_", ".", "-").Replace(c.runtime + "-" + c.handler)}
			f.accepts("POST", "", layered(t, f.name, c.runtime, c.handler, code, variables), 201)
			c.want = strings.ReplaceAll(c.want, "FUNCTION", f.name)
			f.answers(`{}`, c.want, c.ends != succeeds)
			switch c.ends {
			case succeeds:
				f.answers(`{}`, c.want, false)
			case failsOnce:
				f.answers(`{"good":true}`, `"good"`, false)
			case failsAtInit:
				f.answers(`{}`, c.want, true)
				f.accepts("PUT", "/"+f.name+"/configuration", `{"Handler":"app.good"}`, 200)
				f.answers(`{}`, `"good"`, false)
			}
		})
	}
}

// handlerFunction is a function of a server, and the test that it is for.
type handlerFunction struct {
	t    *testing.T
	s    *serveProcess
	name string
}

// call is a call of the Lambda API that has to be answered.
func (f handlerFunction) call(method, path, body string) callAnswer {
	f.t.Helper()
	a, err := f.s.try(f.s.root, "lambda", method, "/2015-03-31/functions"+path, body)
	if err != nil {
		f.t.Fatal(err)
	}
	return a
}

// accepts is a call that has to succeed.
func (f handlerFunction) accepts(method, path, body string, status int) {
	f.t.Helper()
	if a := f.call(method, path, body); a.status != status {
		f.t.Fatalf("got %d %s", a.status, a.body)
	}
}

// answers invokes the function and compares.
func (f handlerFunction) answers(event, want string, failed bool) {
	f.t.Helper()
	a := f.call("POST", "/"+f.name+"/invocations", event)
	wantError := ""
	if failed {
		wantError = "Unhandled"
	}
	if got := payloadOf(a); a.status != 200 || got != want || a.header.Get("X-Amz-Function-Error") != wantError {
		f.t.Errorf("event %s\ngot  %d %q %s\nwant 200 %q %s", event, a.status, a.header.Get("X-Amz-Function-Error"), got, wantError, want)
	}
	if !json.Valid([]byte(a.body)) || a.header.Get("Content-Type") != "application/json" {
		f.t.Errorf("event %s: got %v %s", event, a.header, a.body)
	}
}

var (
	// codeAnywhere is a file of the code: the folder depends on how functions are isolated here.
	codeAnywhere = regexp.MustCompile(`(?:/[\w.+-]+)+?/((?:(?:broken|pkg)/)?\w+\.(?:m?js|py)\b)`)
	// engineFrames are lines of a trace that are not the function's, and differ between versions of Node.js and its client.
	engineFrames = regexp.MustCompile(`,"    at [^"]*(?:node:|aws-lambda-ric)[^"]*"`)
	// engineSays is what versions of Python say differently.
	engineSays = regexp.MustCompile(`'\(' was never closed|unexpected EOF while parsing`)
)

// payloadOf is the payload with the code in /var/task, ID for the request id of the answer, and without what belongs to the engine.
func payloadOf(a callAnswer) string {
	text := strings.ReplaceAll(a.body, a.header.Get("X-Amzn-Requestid"), "ID")
	text = engineFrames.ReplaceAllString(text, "")
	text = engineSays.ReplaceAllString(text, "(what the engine says)")
	return codeAnywhere.ReplaceAllString(text, "/var/task/$1")
}
