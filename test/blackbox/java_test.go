package blackbox

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// javaClient is the folder with the public runtime client of Java.
func javaClient(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../../.tools/java-runtime-client")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); err != nil {
		t.Fatalf("%v: run test/install-tools", err)
	}
	return dir
}

// TestJavaOfTheExample builds and serves the example, and builds it again when it has changed.
func TestJavaOfTheExample(t *testing.T) {
	t.Setenv("GATEHOUSE_JAVA_RUNTIME_CLIENT", javaClient(t))
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("../../examples/java")); err != nil {
		t.Fatal(err)
	}
	out, log, code := runCommand(t, "invoke", "--project", dir, "hello", "--payload", `{"path": "/hello"}`)
	if code != 0 || strings.TrimSpace(out) != `{"body":"Hello from Java!","statusCode":200}` {
		t.Errorf("exit code %d: %s\n%s", code, out, log)
	}
	if !strings.Contains(log, "[hello] greeting /hello\n[hello] END RequestId: ") {
		t.Errorf("the log is\n%s", log)
	}
	g := serveFile(t, dir)
	if r := g.do("GET", "/dev/hello", ""); r.status != 200 || r.body != "Hello from Java!" {
		t.Errorf("got %s", r)
	}
	from := g.mark()
	file := filepath.Join(dir, "hello", "src", "example", "Hello.java")
	write(t, file, strings.Replace(contentOf(t, file), "from Java", "again", 1))
	g.out.wait(t, from, `function hello reloaded`)
	if r := g.do("GET", "/dev/hello", ""); r.body != "Hello again!" {
		t.Errorf("got %s", r)
	}
}

// TestJavaServed runs functions of Java as strictly as the machine can, with the memory that the service gives without being asked.
func TestJavaServed(t *testing.T) {
	t.Parallel()
	client := javaClient(t)
	classes := t.TempDir()
	sources, err := filepath.Glob("../../internal/functions/runtimes/testdata/java/*/*.java")
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("javac", append([]string{"-J-XX:TieredStopAtLevel=1", "-cp", client + "/*", "-d", classes}, sources...)...).CombinedOutput(); err != nil {
		t.Fatalf("javac: %v: %s (test/install-tools installs it)", err, out)
	}
	code := map[string]string{}
	for _, name := range []string{"App.class", "App$Order.class", "App$Greeter.class"} {
		code["app/"+name] = contentOf(t, filepath.Join(classes, "app", name))
	}
	if out := failsToServe(t, t.TempDir(), "--java-runtime-client", classes); !strings.Contains(out, "has no aws-lambda-java-runtime-interface-client-*.jar. Amazon's public") {
		t.Errorf("got %s", out)
	}
	jar := zipFile(t, map[string]string{"library/Library.class": contentOf(t, filepath.Join(classes, "library", "Library.class"))})
	s := startServe(t, t.TempDir(), "--java-runtime-client", client)
	layer := s.publish("library", zipFile(t, map[string]string{
		"java/lib/library.jar": string(jar), "wrap+": "#!/bin/sh\nexport WRAPPED=\"${1##*/} $#\"\nexec \"$@\"\n",
	}))
	create := func(name, handler string, timeout int, environment map[string]string) {
		t.Helper()
		var body map[string]any
		if err := json.Unmarshal([]byte(layered(t, name, "java17", handler, code, environment, layer)), &body); err != nil {
			t.Fatal(err)
		}
		body["MemorySize"], body["Timeout"] = 128, timeout
		text, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		s.create(string(text))
	}
	for _, tt := range []struct {
		name, handler, event, want string
		environment                map[string]string
		timeout                    int
	}{
		{name: "greets", handler: "app.App$Greeter", event: `{"name":"Ada"}`, want: `"Hello, Ada!"`},
		{name: "layers", handler: "app.App::library", event: `{}`, want: `/java/lib/library.jar"`},
		{name: "wrapped", handler: "app.App::environment", event: `"WRAPPED"`, want: `"java 1`, environment: map[string]string{"AWS_LAMBDA_EXEC_WRAPPER": "/opt/wrap"}},
		{name: "options", handler: "app.App::machine", event: `{}`, want: `"-XX:ActiveProcessorCount=1"`, environment: map[string]string{"JAVA_TOOL_OPTIONS": "-XX:ActiveProcessorCount=1"}},
		{name: "temporary", handler: "app.App::temporary", event: `{}`, want: "true"},
		{name: "sleeps", handler: "app.App::sleeps", event: `{}`, want: "Task timed out after 1.00 seconds", timeout: 1},
		{name: "leaves", handler: "app.App::leaves", event: `{}`, want: "Runtime exited with error: exit status 7"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.timeout == 0 {
				tt.timeout = 20
			}
			create(tt.name, tt.handler, tt.timeout, tt.environment)
			got := s.invoked(tt.name, tt.event)
			if !strings.Contains(got, tt.want) {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
	from := len(s.out.String())
	create("logs", "app.App::logs", 20, nil)
	if got := s.invoked("logs", `{}`); got != `"done"` {
		t.Errorf("got %s", got)
	}
	for _, line := range []string{"first", "second", "third", "begun", "of", "several lines", "last"} {
		s.out.wait(t, from, `msg="?`+line+`"? `)
	}
}

func contentOf(t *testing.T, file string) string {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}
