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

// documented is the text of a fence of a language behind a heading of docs/functions.md.
func documented(t *testing.T, heading, language string) string {
	t.Helper()
	page, err := os.ReadFile("../../docs/functions.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(page), "\n## "+heading+"\n")
	_, rest, ok := strings.Cut(section, "```"+language+"\n")
	text, _, ended := strings.Cut(rest, "```\n")
	if !ok || !ended {
		t.Fatalf("%s has no fence of %s", heading, language)
	}
	return text
}

// TestJavaOfTheDocumentation builds and serves the function of docs/functions.md, and builds it again when it has changed.
func TestJavaOfTheDocumentation(t *testing.T) {
	t.Setenv("GATEHOUSE_JAVA_RUNTIME_CLIENT", javaClient(t))
	source := documented(t, "Java", "java")
	dir := functionProject(t, map[string]string{
		"openapi.yaml": lambdaDocument("hello"), "gatehouse.yaml": documented(t, "Java", "yaml"), "hello/src/example/Hello.java": source,
	})
	out, log, code := runCommand(t, "invoke", "--project", dir, "hello", "--payload", `{"path": "/hello"}`)
	var answer struct {
		StatusCode int
		Body       string
	}
	if err := json.Unmarshal([]byte(out), &answer); err != nil || code != 0 || answer.StatusCode != 200 || answer.Body != "Hello from Java!" {
		t.Errorf("exit code %d, %v: %s\n%s", code, err, out, log)
	}
	if !strings.Contains(log, "[hello] greeting /hello\n[hello] END RequestId: ") {
		t.Errorf("the log is\n%s", log)
	}
	g := serveFile(t, dir)
	if r := g.do("GET", "/dev/hello", ""); r.status != 200 || r.body != "Hello from Java!" {
		t.Errorf("got %s", r)
	}
	from := g.mark()
	write(t, filepath.Join(dir, "hello", "src", "example", "Hello.java"), strings.Replace(source, "from Java", "again", 1))
	g.out.wait(t, from, `function hello reloaded`)
	if r := g.do("GET", "/dev/hello", ""); r.body != "Hello again!" {
		t.Errorf("got %s", r)
	}
}

// TestJavaServed runs functions of Java as strictly as the machine can, with the memory that the service gives without being asked.
func TestJavaServed(t *testing.T) {
	client := javaClient(t)
	classes := t.TempDir()
	sources, err := filepath.Glob("../../internal/functions/runtimes/testdata/java/app/*.java")
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("javac", append([]string{"-cp", client + "/*", "-d", classes}, sources...)...).CombinedOutput(); err != nil {
		t.Fatalf("javac: %v: %s (test/install-tools installs it)", err, out)
	}
	library := filepath.Join(t.TempDir(), "Library.java")
	write(t, library, `package library; public class Library { public static String where() { return Library.class.getProtectionDomain().getCodeSource().getLocation().getPath(); } }`)
	libraries := t.TempDir()
	if out, err := exec.Command("javac", "-d", libraries, library).CombinedOutput(); err != nil {
		t.Fatalf("javac: %v: %s", err, out)
	}
	jar := filepath.Join(t.TempDir(), "library.jar")
	if out, err := exec.Command("jar", "cf", jar, "-C", libraries, ".").CombinedOutput(); err != nil {
		t.Fatalf("jar: %v: %s (test/install-tools installs it)", err, out)
	}
	code := map[string]string{}
	for _, name := range []string{"App.class", "App$Order.class", "App$Greeter.class"} {
		code["app/"+name] = contentOf(t, filepath.Join(classes, "app", name))
	}
	s := startServe(t, t.TempDir(), "--java-runtime-client", client)
	layer := s.publish("library", zipFile(t, map[string]string{
		"java/lib/library.jar": contentOf(t, jar), "wrap+": "#!/bin/sh\nexport WRAPPED=\"${1##*/} $#\"\nexec \"$@\"\n",
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
