package blackbox

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// zipFile makes a zip file: names that end in + are executable.
func zipFile(t *testing.T, files map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for name, text := range files {
		h := &zip.FileHeader{Name: strings.TrimSuffix(name, "+"), Method: zip.Deflate}
		h.SetMode(0o644)
		if strings.HasSuffix(name, "+") {
			h.SetMode(0o755)
		}
		out, err := w.CreateHeader(h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(out, text); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// layered is the body that makes a function with layers.
func layered(t *testing.T, name, runtime, handler string, code map[string]string, environment map[string]string, layers ...string) string {
	t.Helper()
	body, err := json.Marshal(map[string]any{
		"FunctionName": name, "Runtime": runtime, "Handler": handler, "Role": "arn:aws:iam::000000000000:role/r", "Timeout": 20, "MemorySize": 512,
		"Environment": map[string]any{"Variables": environment}, "Code": map[string]any{"ZipFile": zipFile(t, code)}, "Layers": layers,
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// create makes a function that has to be made.
func (s *serveProcess) create(body string) {
	s.t.Helper()
	if a := s.call(s.root, "lambda", "POST", "/2015-03-31/functions", body); a.status != 201 {
		s.t.Fatalf("got %d %s", a.status, a.body)
	}
}

// publish makes a version of a layer and returns its ARN.
func (s *serveProcess) publish(name string, content []byte) string {
	s.t.Helper()
	body, err := json.Marshal(map[string]any{"Content": map[string]any{"ZipFile": content}})
	if err != nil {
		s.t.Fatal(err)
	}
	a := s.call(s.root, "lambda", "POST", "/2018-10-31/layers/"+name+"/versions", string(body))
	var made struct{ LayerVersionArn string }
	if err := json.Unmarshal([]byte(a.body), &made); err != nil || a.status != 201 {
		s.t.Fatalf("got %d %s", a.status, a.body)
	}
	return made.LayerVersionArn
}

// saysWord is a function of a module that a layer has.
var saysWord = map[string]string{"app.py": "import os, words\ndef handler(event, context): return [words.word, os.path.dirname(words.__file__), os.getcwd()]\n"}

// TestLayersOverEachOther, in the order in which the function names them. Spec: functions A7, E10.
func TestLayersOverEachOther(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := startServe(t, dir)
	one := s.publish("one", zipFile(t, map[string]string{"python/words.py": "word = 'one'\n"}))
	two := s.publish("two", zipFile(t, map[string]string{"python/words.py": "word = 'two'\n"}))
	s.create(layered(t, "a", "python3.12", "app.handler", saysWord, nil, one, two))
	s.create(layered(t, "b", "python3.12", "app.handler", saysWord, nil, two, one))
	check := func(s *serveProcess) {
		t.Helper()
		for name, word := range map[string]string{"a": "two", "b": "one"} {
			if got := s.invoked(name, "{}"); !strings.HasPrefix(got, `["`+word+`", "`) {
				t.Errorf("%s: got %s", name, got)
			}
		}
	}
	check(s)
	if got := s.invoked("a", "{}"); strings.Contains(s.out.String(), "mount namespace") && got != `["two", "/opt/python", "/var/task"]` {
		t.Errorf("got %s", got)
	}
	// A version that is deleted goes on, in this process, the next one, one without unpacked code, and one from a backup.
	for _, name := range []string{"one", "two"} {
		if a := s.call(s.root, "lambda", "DELETE", "/2018-10-31/layers/"+name+"/versions/1", ""); a.status != 204 {
			t.Fatalf("got %d %s", a.status, a.body)
		}
	}
	check(s)
	backup := filepath.Join(t.TempDir(), "backup")
	must(t, "backup", "--data-dir", dir, backup)
	s.kill()
	if err := os.RemoveAll(filepath.Join(dir, "functions")); err != nil {
		t.Fatal(err)
	}
	s = startServe(t, dir)
	check(s)
	s.stop()
	restored := filepath.Join(t.TempDir(), "restored")
	must(t, "restore", "--data-dir", restored, backup)
	check(startServe(t, restored))
}

// TestLayersWithoutMounts: where nothing is mounted, layers are found by paths of their own. Spec: functions A7.
func TestLayersWithoutMounts(t *testing.T) {
	t.Parallel()
	s := startServe(t, t.TempDir(), "--function-isolation", "none")
	one := s.publish("one", zipFile(t, map[string]string{"python/words.py": "word = 'one'\n", "nodejs/node_modules/words/index.js": "exports.word = 'one';\n"}))
	two := s.publish("two", zipFile(t, map[string]string{"python/words.py": "word = 'two'\n", "bin/say+": "#!/bin/sh\necho said\n"}))
	s.create(layered(t, "py", "python3.12", "app.handler", map[string]string{
		"app.py": "import subprocess, words\ndef handler(event, context): return [words.word, words.__file__, subprocess.check_output(['say'], text=True)]\n",
	}, nil, one, two))
	s.create(layered(t, "js", "nodejs22.x", "app.handler", map[string]string{"app.js": "exports.handler = async () => [require('words').word, __dirname];\n"}, nil, one))
	var py, js []string
	for name, into := range map[string]*[]string{"py": &py, "js": &js} {
		if got := s.invoked(name, "{}"); json.Unmarshal([]byte(got), into) != nil {
			t.Fatalf("%s: got %s", name, got)
		}
	}
	if len(py) != 3 || py[0] != "two" || strings.HasPrefix(py[1], "/opt/") || py[2] != "said\n" {
		t.Errorf("got %q", py)
	}
	if len(js) != 2 || js[0] != "one" || js[1] == "/var/task" {
		t.Errorf("got %q", js)
	}
}

const foreignLayer = "arn:aws:lambda:eu-west-1:753240598075:layer:Words:24"

// TestImportedLayers brings a layer of another account, while a server runs and while none does.
func TestImportedLayers(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(t.TempDir(), "layer.zip")
	write(t, file, string(zipFile(t, map[string]string{"python/words.py": "word = 'imported'\n"})))
	body := layered(t, "f", "python3.12", "app.handler", saysWord, nil, foreignLayer)
	s := startServe(t, dir)
	if a := s.call(s.root, "lambda", "POST", "/2015-03-31/functions", body); a.status != 403 || !strings.Contains(a.body, "gatehouse layer import") {
		t.Errorf("got %d %s", a.status, a.body)
	}
	if out := must(t, "layer", "import", "--data-dir", dir, foreignLayer, file); !strings.HasPrefix(out, foreignLayer+" is imported (") {
		t.Errorf("got %s", out)
	}
	s.create(body)
	if got := s.invoked("f", "{}"); !strings.HasPrefix(got, `["imported"`) {
		t.Errorf("got %s", got)
	}
	large := filepath.Join(t.TempDir(), "large.zip") // more than other calls may bring
	write(t, large, string(zipped(t, 20_000_000)))
	other := strings.Replace(foreignLayer, "Words", "Large", 1)
	must(t, "layer", "import", "--data-dir", dir, other, large)
	must(t, "layer", "remove", "--data-dir", dir, other)
	s.stop()
	again := strings.Replace(foreignLayer, "Words:24", "Words:25", 1)
	must(t, "layer", "import", "--data-dir", dir, again, file)
	var list struct{ Layers []struct{ ARN string } }
	if err := json.Unmarshal([]byte(must(t, "layer", "list", "--json", "--data-dir", dir)), &list); err != nil || len(list.Layers) != 2 || list.Layers[1].ARN != again {
		t.Errorf("got %+v (%v)", list, err)
	}
	if out := must(t, "layer", "remove", "--data-dir", dir, foreignLayer); out != foreignLayer+" is removed\n" {
		t.Errorf("got %q", out)
	}
	for name, args := range map[string][]string{
		"removed twice": {"layer", "remove", "--data-dir", dir, foreignLayer},
		"no zip file":   {"layer", "import", "--data-dir", dir, foreignLayer, filepath.Join(dir, "VERSION")},
		"no file":       {"layer", "import", "--data-dir", dir, foreignLayer, filepath.Join(dir, "nothing")},
		"no version":    {"layer", "import", "--data-dir", dir, strings.TrimSuffix(foreignLayer, ":24"), file},
	} {
		if _, errOut, code := runCommand(t, args...); code != 1 || errOut == "" {
			t.Errorf("%s: exit code %d, %s", name, code, errOut)
		}
	}
	write(t, file, string(zipFile(t, map[string]string{"python/words.py": "word = 'another'\n"})))
	s = startServe(t, dir)
	if _, errOut, code := runCommand(t, "layer", "import", "--data-dir", dir, again, file); code != 1 || !strings.Contains(errOut, "never changes") {
		t.Errorf("exit code %d, %s", code, errOut)
	}
	if got := s.invoked("f", "{}"); !strings.HasPrefix(got, `["imported"`) {
		t.Errorf("got %s", got)
	}
}

// TestLayersOfAProject are folders and zip files, and changes of them reload their functions.
func TestLayersOfAProject(t *testing.T) {
	t.Parallel()
	dir := functionProject(t, map[string]string{
		"openapi.yaml":   lambdaDocument("f", "g"),
		"gatehouse.yaml": "functions:\n- {name: f, runtime: python3.12, handler: app.handler, path: f, timeout: 10, layers: [layer, extra.zip]}\n- {name: g, runtime: python3.12, handler: app.handler, path: f, timeout: 10, layers: [layer]}\n",
		"f/app.py":       "import words\ndef handler(event, context): return {'statusCode': 200, 'body': words.word}\n",

		"layer/python/words.py": "word = 'folder'\n",
	})
	extra := filepath.Join(dir, "extra.zip")
	write(t, extra, string(zipFile(t, map[string]string{"python/words.py": "word = 'file'\n"})))
	g := serveFile(t, dir)
	says := func(path, want string) {
		t.Helper()
		if r := g.do("GET", "/dev/"+path, ""); r.body != want {
			t.Errorf("%s: got %s, want %s", path, r, want)
		}
	}
	says("f", "file")
	says("g", "folder")
	from := g.mark()
	write(t, filepath.Join(dir, "layer/python/words.py"), "word = 'changed folder'\n")
	g.out.wait(t, from, `function g reloaded`)
	says("g", "changed folder")
	says("f", "file")
	from = g.mark()
	write(t, extra, string(zipFile(t, map[string]string{"python/words.py": "word = 'changed file'\n"})))
	g.out.wait(t, from, `function f reloaded`)
	says("f", "changed file")
	from = g.mark()
	write(t, extra, "no zip file")
	g.out.wait(t, from, `(?s)function f not reloaded.*layers: not a usable zip file`)
	says("f", "changed file")
}

// amazonsAdapter is Amazon's own Lambda Web Adapter.
const amazonsAdapter = "../../.tools/lambda-web-adapter/bin/lambda-adapter"

// watches is an external extension that says which events it gets.
const watches = `#!/usr/bin/env python3
import json, os, urllib.request
api = "http://" + os.environ["AWS_LAMBDA_RUNTIME_API"] + "/2020-01-01/extension/"
ask = lambda path, header, body=None: urllib.request.urlopen(urllib.request.Request(api + path, headers=header, data=body))
id = ask("register", {"Lambda-Extension-Name": "watch"}, b'{"events":["INVOKE","SHUTDOWN"]}').headers["Lambda-Extension-Identifier"]
while True:
    event = json.load(ask("event/next", {"Lambda-Extension-Identifier": id}))
    print("watch got", event["eventType"], event.get("requestId", event.get("shutdownReason")), flush=True)
    if event["eventType"] == "SHUTDOWN":
        break
`

// extends is a function with an internal extension.
const extends = `import json, os, threading, urllib.request
api = "http://" + os.environ["AWS_LAMBDA_RUNTIME_API"] + "/2020-01-01/extension/"
def ask(path, header, body=None):
    return urllib.request.urlopen(urllib.request.Request(api + path, headers=header, data=body))
id = ask("register", {"Lambda-Extension-Name": "inside"}, b'{"events":["INVOKE"]}').headers["Lambda-Extension-Identifier"]
def listen():
    while True:
        event = json.load(ask("event/next", {"Lambda-Extension-Identifier": id}))
        print("inside got", event["eventType"], event["requestId"], flush=True)
threading.Thread(target=listen, daemon=True).start()
def handler(event, context):
    return context.aws_request_id
`

// TestExtensionsOfBothKinds: one of a process of its own, one in that of the function. Spec: functions A3.
func TestExtensionsOfBothKinds(t *testing.T) {
	t.Parallel()
	s := startServe(t, t.TempDir(), "--function-isolation", "process") // the extension finds its Python by PATH, wherever it is
	layer := s.publish("watch", zipFile(t, map[string]string{"extensions/watch+": watches}))
	s.create(layered(t, "extended", "python3.12", "app.handler", map[string]string{"app.py": extends}, nil, layer))
	for range 2 {
		id := strings.Trim(s.invoked("extended", "{}"), `"`)
		for _, name := range []string{"watch", "inside"} {
			s.out.wait(t, 0, name+" got INVOKE "+id)
		}
	}
	s.stop()
	s.out.wait(t, 0, "watch got SHUTDOWN SPINDOWN")
}

// TestAmazonsWebAdapter is the layer as Amazon packs it: an extension that speaks the Runtime API for a web server, which a wrapper
// starts in place of the runtime. Spec: functions A8.
func TestAmazonsWebAdapter(t *testing.T) {
	t.Parallel()
	adapter, err := os.ReadFile(amazonsAdapter)
	if err != nil {
		t.Fatalf("%v: run test/install-tools", err)
	}
	const arn = "arn:aws:lambda:eu-west-1:753240598075:layer:LambdaAdapterLayerX86:24"
	file := filepath.Join(t.TempDir(), "adapter.zip")
	write(t, file, string(zipFile(t, map[string]string{
		"extensions/lambda-adapter+": string(adapter), "bootstrap+": "#!/bin/sh\nexec \"$LAMBDA_TASK_ROOT/$_HANDLER\"\n",
	})))
	server := map[string]string{
		"run.sh+": "#!/bin/sh\nexec node server.js\n",
		"server.js": `const http = require('http');
http.createServer((req, res) => {
  let body = '';
  req.on('data', (d) => { body += d; });
  req.on('end', () => {
    const context = JSON.parse(req.headers['x-amzn-request-context'] || '{}');
    res.setHeader('content-type', 'text/plain');
    res.statusCode = req.url === '/missing' ? 404 : 200;
    setTimeout(() => res.end([req.method, req.url, context.stage, body].join(' ')), req.url === '/slow' ? 1000 : 0);
  });
}).listen(process.env.PORT);
`,
	}
	dir := t.TempDir()
	s := startServe(t, dir)
	must(t, "layer", "import", "--data-dir", dir, arn, file)
	environment := map[string]string{"AWS_LAMBDA_EXEC_WRAPPER": "/opt/bootstrap", "PORT": "7000", "AWS_LWA_READINESS_CHECK_PROTOCOL": "tcp"}
	s.create(layered(t, "web", "nodejs22.x", "run.sh", server, environment, arn))
	event := func(method, path, body string) string {
		text, err := json.Marshal(map[string]any{"resource": "/{proxy+}", "path": path, "httpMethod": method, "headers": map[string]string{"Host": "x"}, "body": body,
			"requestContext": map[string]any{"stage": "prod", "resourcePath": "/{proxy+}", "httpMethod": method, "requestId": "r", "accountId": "1", "apiId": "a", "identity": map[string]any{}}})
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	for _, tt := range []struct {
		method, path, body, want string
		status                   float64
	}{{"POST", "/here", "hello", "POST /here prod hello", 200}, {"GET", "/missing", "", "GET /missing prod ", 404}} {
		var got struct {
			StatusCode float64
			Body       string
		}
		text := s.invoked("web", event(tt.method, tt.path, tt.body))
		if err := json.Unmarshal([]byte(text), &got); err != nil || got.StatusCode != tt.status || got.Body != tt.want {
			t.Errorf("got %s (%v)", text, err)
		}
	}
	// Two environments beside each other do not meet at a port.
	answers := make(chan string, 2)
	for range cap(answers) {
		go func() {
			a, err := s.try(s.root, "lambda", "POST", "/2015-03-31/functions/web/invocations", event("GET", "/slow", ""))
			answers <- fmt.Sprint(a.body, err)
		}()
	}
	for range cap(answers) {
		if got := <-answers; !strings.Contains(got, "GET /slow prod ") {
			t.Errorf("got %s", got)
		}
	}
	if !strings.Contains(s.out.String(), "EXTENSION\\tName: lambda-adapter") && !strings.Contains(s.out.String(), "EXTENSION\tName: lambda-adapter") {
		t.Error("the adapter is no extension")
	}
}
