package runtimes_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/internal/functions/runtimes"
)

// javaClient is the folder with the public runtime client.
func javaClient(t testing.TB) string {
	t.Helper()
	dir, err := filepath.Abs("../../../.tools/java-runtime-client")
	if err == nil {
		err = runtimes.CheckJavaClient(dir)
	}
	if err != nil {
		t.Fatalf("%v (test/install-tools fetches it)", err)
	}
	return dir
}

// compiled is a folder with the classes of testdata/java.
var compiled = sync.OnceValues(func() (string, error) {
	dir, err := unpacked()
	if err != nil {
		return "", err
	}
	sources, err := filepath.Glob("testdata/java/*/*.java")
	if err != nil {
		return "", err
	}
	dir = filepath.Join(dir, "classes")
	args := append([]string{"-J-XX:TieredStopAtLevel=1", "--release", "8", "-Xlint:-options", "-cp", "../../../.tools/java-runtime-client/*", "-d", dir}, sources...)
	out, err := exec.Command("javac", args...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("javac: %w: %s", err, out)
	}
	return dir, nil
})

func javaSpec(t testing.TB, handler string, env map[string]string) runtimes.Spec {
	t.Helper()
	client := javaClient(t)
	code, err := compiled()
	if err != nil {
		t.Fatalf("%v (test/install-tools installs it)", err)
	}
	spec := specOf(t, "java17", handler, code, env)
	spec.MemorySize, spec.JavaClient = 128, client
	return spec
}

// engineFrames are those that depend on the version of Java.
var engineFrames = regexp.MustCompile(`(,"(java\.base/)?(java|jdk|sun)\.[^"]*")+\]`)

func TestJavaAnswers(t *testing.T) {
	const id = "11111111-2222-3333-4444-555555555555"
	for _, test := range []struct {
		name, handler string
		event         event
		want          string // the payload
		failed        bool
	}{
		{name: "an interface, in a class within another", handler: "app.App$Greeter", event: event{body: `{"name":"Ada"}`}, want: `"Hello, Ada!"`},
		{name: "the method of an interface", handler: "app.App$Greeter::handleRequest", event: event{body: `{"name":"ü"}`}, want: `"Hello, ü!"`},
		{name: "bytes", handler: "app.App$Echo", event: event{body: `{"b": 1,"a":[2.50]}`}, want: `{"b": 1,"a":[2.50]}`},
		{name: "an object", handler: "app.App::again", event: event{body: `{"item":"bolt","pieces":21}`}, want: `{"item":"bolt","pieces":42}`},
		{name: "a number", handler: "app.App::twice", event: event{body: "21"}, want: "42"},
		{name: "a list and the context", handler: "app.App::reversed", event: event{body: `["a","b"]`}, want: `["b","a"]`},
		{name: "nothing", handler: "app.App::nothing", event: event{body: "{}"}, want: "null"},
		{name: "context", handler: "app.App::context", event: event{body: "{}", headers: []string{`Lambda-Runtime-Client-Context: {"client":{"app_title":"t"}}`}},
			want: `{"arn":"arn:aws:lambda:eu-west-1:111122223333:function:fn","group":"/aws/lambda/fn","id":"` + id + `","memory":128,"name":"fn","remaining":true,"stream":"2026/01/01/[$LATEST]0123456789abcdef0123456789abcdef","title":"t","version":"$LATEST"}`},
		{name: "an error, without its cause", handler: "app.App::fails", event: event{body: "{}"}, failed: true,
			want: `{"errorMessage":"boom","errorType":"java.lang.IllegalStateException","stackTrace":["app.App.fails(App.java:126)",…]}`},
		{name: "an event of another form", handler: "app.App::twice", event: event{body: `"x"`}, failed: true, want: `{"errorMessage":"An error occurred during JSON parsing","errorType":"java.lang.RuntimeException","stackTrace":[]}`},
		// These are found out when the first event comes.
		{name: "no class", handler: "app.Absent::handle", event: event{body: "{}"}, failed: true, want: `{"errorMessage":"Class not found: app.Absent","errorType":"java.lang.ClassNotFoundException"}`},
		{name: "no method", handler: "app.App::absent", event: event{body: "{}"}, failed: true, want: `{"errorMessage":"No public method named absent with appropriate method signature found on class app.App"}`},
		{name: "no handler", handler: "app.App", event: event{body: "{}"}, failed: true, want: `{"errorMessage":"Class does not implement an appropriate handler interface: app.App"}`},
		{name: "no name of a handler", handler: "a::b::c", event: event{body: "{}"}, failed: true, want: `{"errorMessage":"Class not found: a::b","errorType":"java.lang.ClassNotFoundException"}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := start(t, javaSpec(t, test.handler, nil)).invoke(test.event)
			path := "invocation/" + id + "/response"
			if test.failed {
				path = "invocation/" + id + "/error"
			}
			if body := engineFrames.ReplaceAllString(got.body, ",…]"); got.path != path || body != test.want {
				t.Errorf("got  %s %s\nwant %s %s", got.path, body, path, test.want)
			}
		})
	}
}

// What cannot be a handler is an error of the start, and the end of the process.
func TestJavaInitErrors(t *testing.T) {
	for _, test := range []struct{ handler, want string }{
		{"broken.Broken$Static::handle", `{"errorMessage":"Error loading class broken.Broken$Static","errorType":"java.lang.ExceptionInInitializerError"}`},
		{"broken.Broken$Constructor::handle", `{"errorMessage":"no handler today","errorType":"java.lang.IllegalArgumentException"}`},
	} {
		t.Run(test.handler, func(t *testing.T) {
			t.Parallel()
			p := start(t, javaSpec(t, test.handler, nil))
			got := p.answer()
			if kind := got.header.Get("Lambda-Runtime-Function-Error-Type"); got.path != "init/error" || got.body != test.want || kind != "Runtime.BadFunctionCode" {
				t.Errorf("got  %s %s %s\nwant %s", got.path, kind, got.body, test.want)
			}
			if got := p.exit(); got != "exit status 1" {
				t.Error(got)
			}
		})
	}
}

// Classes that are too new for the machine are refused by it, in its own words.
func TestJavaOfAnOldMachine(t *testing.T) {
	spec := javaSpec(t, "app.App::twice", nil)
	code := t.TempDir()
	class, err := os.ReadFile(filepath.Join(spec.Code, "app", "App.class"))
	if err != nil {
		t.Fatal(err)
	}
	class[6], class[7] = 0, 200 // the version of the format
	if err := errors.Join(os.Mkdir(filepath.Join(code, "app"), 0o700), os.WriteFile(filepath.Join(code, "app", "App.class"), class, 0o600)); err != nil {
		t.Fatal(err)
	}
	spec.Code = code
	if got := start(t, spec).answer(); got.path != "init/error" || !strings.Contains(got.body, "UnsupportedClassVersionError") {
		t.Errorf("got %s %s", got.path, got.body)
	}
}

func TestJavaExits(t *testing.T) {
	p := start(t, javaSpec(t, "app.App::leaves", nil))
	p.send(event{body: "{}"})
	if got := p.exit(); got != "exit status 7" {
		t.Error(got)
	}
}

// Memory that the heap has no room for is an error of the function, as on the service.
func TestJavaRunsOutOfMemory(t *testing.T) {
	got := start(t, javaSpec(t, "app.App::hoards", nil)).invoke(event{body: "{}"})
	if !strings.HasPrefix(got.body, `{"errorMessage":"Java heap space","errorType":"java.lang.OutOfMemoryError"`) {
		t.Errorf("got %s %s", got.path, got.body)
	}
}

// The order is that of A6.3: the code, its libraries by their names, those of layers.
func TestJavaClassPath(t *testing.T) {
	spec := javaSpec(t, "app.App::library", nil)
	classes := filepath.Join(spec.Code, "library")
	code, layers := t.TempDir(), t.TempDir()
	if err := os.CopyFS(filepath.Join(code, "app"), os.DirFS(filepath.Join(spec.Code, "app"))); err != nil {
		t.Fatal(err)
	}
	spec.Code, spec.Opt = code, layers
	for _, jar := range []string{filepath.Join(layers, "java", "lib", "0.jar"), filepath.Join(code, "lib", "c.jar"), filepath.Join(code, "lib", "b.jar")} {
		writeJar(t, jar, classes)
		if got := start(t, spec).invoke(event{body: "{}"}); got.body != fmt.Sprintf("%q", jar) {
			t.Errorf("got %s, want %s", got.body, jar)
		}
	}
}

// writeJar packs the package of a folder.
func writeJar(t *testing.T, file, folder string) {
	t.Helper()
	class, err := os.ReadFile(filepath.Join(folder, "Library.class"))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	out, err := w.Create("library/Library.class")
	if err == nil {
		_, err = out.Write(class)
	}
	if err := errors.Join(err, w.Close(), os.MkdirAll(filepath.Dir(file), 0o700), os.WriteFile(file, b.Bytes(), 0o600)); err != nil {
		t.Fatal(err)
	}
}

// A function can bring the client, whose version is then its own affair.
func TestJavaFunctionsBringTheClient(t *testing.T) {
	spec := javaSpec(t, "app.App::twice", nil)
	client := spec.JavaClient
	code := t.TempDir()
	for from, to := range map[string]string{spec.Code: code, client: filepath.Join(code, "lib")} {
		if err := os.CopyFS(to, os.DirFS(from)); err != nil {
			t.Fatal(err)
		}
	}
	spec.Code, spec.JavaClient = code, ""
	if got := start(t, spec).invoke(event{body: "4"}); got.body != "8" {
		t.Errorf("in lib: got %s", got.body)
	}
	layers := t.TempDir()
	if err := os.MkdirAll(filepath.Join(layers, "java"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(code, "lib"), filepath.Join(layers, "java", "lib")); err != nil {
		t.Fatal(err)
	}
	spec.Opt = layers
	if got := start(t, spec).invoke(event{body: "5"}); got.body != "10" {
		t.Errorf("in a layer: got %s", got.body)
	}
}

// The options of a function outweigh ours, and the client's library is not written into a folder that functions share.
func TestJavaOptions(t *testing.T) {
	const shared = "/tmp/.libaws-lambda-jni.so"
	before, _ := os.Stat(shared)
	for _, test := range []struct{ own, with, without string }{
		{"", "-XX:MaxHeapSize=111411k", "-Xmx"},
		{"-Xmx64m -XX:+UseParallelGC -XX:TieredStopAtLevel=4", "-Xmx64m", "UseSerialGC"},
	} {
		env := map[string]string{}
		if test.own != "" {
			env["JAVA_TOOL_OPTIONS"] = test.own
		}
		p := start(t, javaSpec(t, "app.App::machine", env))
		got := p.invoke(event{body: "{}"}).body
		if !strings.Contains(got, test.with) || strings.Contains(got, test.without) {
			t.Errorf("%s: got %s", test.own, got)
		}
	}
	if after, _ := os.Stat(shared); (before == nil) != (after == nil) || before != nil && !before.ModTime().Equal(after.ModTime()) {
		t.Errorf("%s was written", shared)
	}
}

func TestJavaWithoutAClient(t *testing.T) {
	for dir, want := range map[string]string{
		"":                         "the runtime java17 needs a runtime client, and there is none. Amazon's public runtime client of Java is to be in ",
		"testdata":                 "testdata has no aws-lambda-java-runtime-interface-client-*.jar. Amazon's public runtime client of Java is to be in ",
		filepath.Join("x", "none"): "the runtime client of Java: open x/none: no such file or directory",
	} {
		spec := specOf(t, "java17", "app.App", t.TempDir(), nil)
		spec.JavaClient = dir
		_, err := runtimes.Find(spec)
		var failure *runtimes.Error
		if !errors.As(err, &failure) || failure.Type != "Runtime.InvalidEntrypoint" || !strings.HasPrefix(failure.Message, want) {
			t.Errorf("%s: got %v", dir, err)
		}
	}
}

// TestFindJava: what is executed, by engine, function and client.
func TestFindJava(t *testing.T) {
	engines := folder(t, map[string]string{
		"8+":   "#!/bin/sh\nprintf '    java.home = /opt/java8/jre\\n    java.version = 1.8.0_412\\n' >&2\n",
		"21+":  "#!/bin/sh\nprintf 'Picked up\\n    java.version = 21.0.4\\n    java.home = /opt/java21\\n' >&2\n",
		"25+":  "#!/bin/sh\nprintf '    java.home = /opt/java25\\n    java.version = 25-ea\\n' >&2\n",
		"odd+": "#!/bin/sh\necho java; echo of another kind >&2\n",
	})
	client := folder(t, map[string]string{"aws-lambda-java-runtime-interface-client-2.10.1.jar": "", "aws-lambda-java-core-1.4.0.jar": "", "README": ""})
	const own = "/client/aws-lambda-java-core-1.4.0.jar:/client/aws-lambda-java-runtime-interface-client-2.10.1.jar"
	const main = "com.amazonaws.services.lambda.runtime.api.client.AWSLambda"
	const heap = "-XX:MaxHeapSize=111411k -XX:InitialHeapSize=8192k -XX:+UseSerialGC"
	const usual = " -Djava.net.preferIPv4Stack=true -Djava.io.tmpdir=/temp -XX:-UsePerfData -XX:+ErrorFileToStderr --add-opens=java.base/java.io=ALL-UNNAMED"
	for _, test := range []struct {
		name, runtime, engine string
		files, layers, env    map[string]string
		literal, unclaimed    bool // /var/task and /opt are those of the process; no folder has the client
		memory                int
		args, note, err       string
	}{
		{name: "the engine of its name", runtime: "java21", engine: "21", args: "/opt/java21/bin/java " + heap + " -XX:+TieredCompilation -XX:TieredStopAtLevel=1" + usual + " -cp " + own + " " + main + " a.B::c"},
		{name: "another one", runtime: "java17", engine: "21", memory: 2048, args: "/opt/java21/bin/java -XX:MaxHeapSize=1782579k -XX:InitialHeapSize=32768k -XX:+UseSerialGC -XX:+TieredCompilation -XX:TieredStopAtLevel=1" + usual + " -cp " + own + " " + main + " a.B::c",
			note: "The runtime java17 runs on Java 21.0.4, the engine that is installed here."},
		{name: "Java 8", runtime: "java8.al2", engine: "8", args: "/opt/java8/jre/bin/java " + heap + " -Djava.net.preferIPv4Stack=true -Djava.io.tmpdir=/temp -XX:-UsePerfData -XX:ErrorFile=/tmp/hs_err_pid%p.log -cp " + own + " " + main + " a.B::c"},
		{name: "Java 25", runtime: "java25", engine: "25", args: "/opt/java25/bin/java " + heap + " -XX:+TieredCompilation -XX:TieredStopAtLevel=1" + usual + " --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow -cp " + own + " " + main + " a.B::c"},
		{name: "options of its own", runtime: "java21", engine: "21", env: map[string]string{"JAVA_TOOL_OPTIONS": "-XX:MaxRAMPercentage=70 -XX:-TieredCompilation", "JDK_JAVA_OPTIONS": "-XX:+UseZGC"},
			args: "/opt/java21/bin/java" + usual + " -cp " + own + " " + main + " a.B::c"},
		{name: "a wrapper", runtime: "java11", engine: "21", env: map[string]string{"AWS_LAMBDA_EXEC_WRAPPER": "/opt/wrap"}, layers: map[string]string{"wrap": ""}, literal: true,
			args: `/bin/sh -c exec "$0" "$@" /opt/wrap /opt/java21/bin/java ` + heap + usual + " -cp " + own + " " + main + " a.B::c", note: "The runtime java11 runs on Java 21.0.4, the engine that is installed here."},
		{name: "layers elsewhere", runtime: "java21", engine: "21", files: map[string]string{"lib/b.jar": "", "lib/a.jar": "", "lib/c.txt": ""}, layers: map[string]string{"java/lib/l.jar": ""},
			args: "/opt/java21/bin/java " + heap + " -XX:+TieredCompilation -XX:TieredStopAtLevel=1" + usual + " -cp " + own + ":/code:/code/lib/a.jar:/code/lib/b.jar:/layers/java/lib/l.jar " + main + " a.B::c"},
		{name: "a client of its own", runtime: "java21", engine: "21", literal: true, files: map[string]string{"lib/aws-lambda-java-runtime-interface-client-2.jar": ""}, layers: map[string]string{"java/lib/l.jar": ""},
			args: "/opt/java21/bin/java " + heap + " -XX:+TieredCompilation -XX:TieredStopAtLevel=1" + usual + " -cp /var/task:/var/task/lib/aws-lambda-java-runtime-interface-client-2.jar:/opt/java/lib/l.jar " + main + " a.B::c"},
		{name: "a client within the code", runtime: "java21", engine: "21", unclaimed: true, files: map[string]string{"com/amazonaws/services/lambda/runtime/api/client/AWSLambda.class": ""},
			args: "/opt/java21/bin/java " + heap + " -XX:+TieredCompilation -XX:TieredStopAtLevel=1" + usual + " -cp /code " + main + " a.B::c"},
		{name: "no Java", runtime: "java21", engine: "absent", err: "the runtime java21 needs Java, and /engines/absent was not found. Install Java 8 or newer (https://adoptium.net, or the package default-jre-headless) so that java is in PATH"},
		{name: "something else", runtime: "java21", engine: "odd", err: `the runtime java21 needs Java, and /engines/odd says "java\n" of its version and place. Install Java 8 or newer (https://adoptium.net, or the package default-jre-headless) so that java is in PATH`},
	} {
		t.Run(test.name, func(t *testing.T) {
			code := folder(t, test.files)
			spec := runtimes.Spec{Runtime: test.runtime, Handler: "a.B::c", Code: code, Environment: test.env, MemorySize: test.memory, JavaClient: client,
				Engines: runtimes.Engines{Java: filepath.Join(engines, test.engine)}}
			if test.layers != nil {
				spec.Opt = folder(t, test.layers)
			}
			if test.literal {
				spec.TaskRoot, spec.OptRoot = "/var/task", "/opt"
			}
			if test.unclaimed {
				spec.JavaClient = ""
			}
			launch, err := runtimes.Find(spec)
			args := strings.Join(runtimes.WithTemp(launch.Args, "/temp"), " ")
			if err != nil {
				args = err.Error()
			}
			for path, name := range map[string]string{code: "/code", spec.Opt: "/layers", client: "/client", engines: "/engines"} {
				if path != "" {
					args = strings.ReplaceAll(args, path, name)
				}
			}
			want := test.args
			if test.err != "" {
				want = "Runtime.InvalidEntrypoint: " + test.err
			}
			if args != want || launch.Note != test.note {
				t.Errorf("got  %s\n     %s\nwant %s\n     %s", args, launch.Note, want, test.note)
			}
		})
	}
}
