package management_test

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// javaClient is where test/install-tools keeps the public runtime client of Java.
const javaClient = "../../.tools/java-runtime-client"

// javaCode is a zip file with the classes of testdata/java, in base64.
func javaCode(t *testing.T) string {
	t.Helper()
	sources, err := filepath.Glob("testdata/java/cloud/localstack/sample/*.java")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	out, err := exec.Command("javac", append([]string{"-J-XX:TieredStopAtLevel=1", "--release", "8", "-Xlint:-options", "-cp", javaClient + "/*", "-d", dir}, sources...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("javac: %v: %s (test/install-tools installs it)", err, out)
	}
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	if err := w.AddFS(os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(b.Bytes())
}

// TestRecordedJava makes and invokes the functions of Java that were recorded from the service, with 128 MB as there.
func TestRecordedJava(t *testing.T) {
	code := javaCode(t)
	body := func(runtime, handler string) string {
		return fmt.Sprintf(`{"FunctionName":"{{fn}}","Runtime":%q,"Handler":%q,"Role":%q,"Code":{"ZipFile":%q}%s}`, runtime, "cloud.localstack.sample."+handler, role, code, usual)
	}
	for _, version := range []string{"8.al2", "11", "17", "21", "25"} {
		t.Run("java"+version, func(t *testing.T) {
			r := newLambdaReplay(t, "lambda_runtimes", "TestJavaRuntimes::test_stream_handler[java"+version+"]")
			r.newFunction("fn")
			r.do("POST", functionsPath, body("java"+version, "LambdaStreamHandler"))
			r.invoke("invoke_result", "{{fn}}", "", `{"echo":"echo"}`, nil)
		})
	}
	for handler, answer := range map[string]string{"": "INTERFACE", "::handleRequest": "INTERFACE", "::handleRequestCustom": "CUSTOM"} {
		t.Run(answer+handler, func(t *testing.T) {
			name := "LambdaHandlerWithInterfaceAndCustom" + handler
			r := newLambdaReplay(t, "lambda_runtimes", "TestJavaRuntimes::test_java_custom_handler_method_specification[cloud.localstack.sample."+name+"-"+answer+"]")
			r.newFunction("fn")
			r.call("create-result", "POST", functionsPath, body("java11", name))
			r.invoke("invoke-result", "{{fn}}", "", `{}`, nil)
		})
	}
}
