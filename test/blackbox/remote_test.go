package blackbox

import (
	"encoding/base64"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// adding is a function of a remote place: it adds, or fails.
const adding = `def handler(event, context):
    if "fail" in event:
        raise ValueError(event["fail"])
    return {"sum": event["a"] + event["b"], "by": context.invoked_function_arn}
`

// credentialsFile writes an access key into a file as the AWS CLI has it.
func credentialsFile(t *testing.T, s *serveProcess) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "credentials")
	write(t, name, fmt.Sprintf("[default]\naws_access_key_id = %s\naws_secret_access_key = %s\n", s.root.AccessKeyID, s.root.SecretAccessKey))
	if err := os.Chmod(name, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// newRemote makes a function that lives where the variables say.
func newRemote(s *serveProcess, name, variables string) callAnswer {
	s.t.Helper()
	return s.call(s.root, "lambda", "POST", "/2015-03-31/functions", fmt.Sprintf(`{"FunctionName":%q,"Runtime":"provided.al2023","Handler":"x","Role":"arn:aws:iam::000000000000:role/r",`+
		`"Timeout":10,"Environment":{"Variables":%s},"Code":{"ZipFile":%q}}`, name, variables, base64.StdEncoding.EncodeToString(zipped(s.t, 1))))
}

// zipWith is a zip file with one file, which can be executed.
func zipWith(t *testing.T, name, text string) []byte {
	t.Helper()
	return zipFile(t, map[string]string{name + "+": text})
}

// TestFunctionsAtAnotherLambdaAPI runs functions of one Gatehouse by another, whose Lambda API it calls with signatures.
func TestFunctionsAtAnotherLambdaAPI(t *testing.T) {
	t.Parallel()
	farDir := t.TempDir()
	far := startServe(t, farDir)
	if a := far.call(far.root, "lambda", "POST", "/2015-03-31/functions", functionBody("add", zipWith(t, "handler.py", adding))); a.status != 201 {
		t.Fatalf("got %d %s", a.status, a.body)
	}
	near := startServe(t, t.TempDir(), "--aws-endpoints", "lambda="+far.control, "--aws-credentials", credentialsFile(t, far))
	const farARN = "arn:aws:lambda:eu-west-1:000000000000:function:add"
	if a := newRemote(near, "sum", `{"GATEHOUSE_REMOTE":"`+farARN+`"}`); a.status != 201 {
		t.Fatalf("got %d %s", a.status, a.body)
	}
	const invocations = "/2015-03-31/functions/sum/invocations"
	invoke := func(payload string) callAnswer { return near.call(near.root, "lambda", "POST", invocations, payload) }
	if a := invoke(`{"a":1,"b":2}`); a.status != 200 || a.body != `{"sum": 3, "by": "`+farARN+`"}` {
		t.Errorf("got %d %s", a.status, a.body)
	}
	if a := invoke(`{"fail":"no sum"}`); a.status != 200 || a.header.Get("X-Amz-Function-Error") != "Unhandled" || !strings.Contains(a.body, `"errorMessage": "no sum"`) {
		t.Errorf("got %d %v %s", a.status, a.header, a.body)
	}
	far.kill()
	for range 6 { // more than are needed to see that it is gone
		if a := invoke(`{"a":1,"b":2}`); a.status != 500 || a.header.Get("x-amzn-ErrorType") != "ServiceException" {
			t.Errorf("while the other side is gone: %d %s %s", a.status, a.header.Get("x-amzn-ErrorType"), a.body)
		}
	}
	near.out.wait(t, 0, "a function that lives elsewhere cannot be reached")
	address := strings.TrimPrefix(far.control, "http://")
	far = startServe(t, farDir, "--control-addr", address)
	for deadline := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		if a := invoke(`{"a":1,"b":2}`); a.status == 200 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the function is not called again")
		}
	}
	near.out.wait(t, 0, "a function that lives elsewhere can be reached again")
	if strings.Contains(near.out.String(), far.root.SecretAccessKey) {
		t.Error("the log shows a secret")
	}
}

// TestFunctionsBehindAnAddress: time-outs, retries of what cannot have run, and health.
func TestFunctionsBehindAnAddress(t *testing.T) {
	t.Parallel()
	var calls, health atomic.Int32
	var mode atomic.Value
	mode.Store("good")
	release := make(chan struct{})
	place := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/well" {
			health.Add(1)
			if mode.Load() != "good" {
				w.WriteHeader(503)
			}
			return
		}
		n := calls.Add(1)
		switch mode.Load() {
		case "good":
			fmt.Fprintf(w, `{"id":%q}`, r.Header.Get("Lambda-Runtime-Aws-Request-Id"))
		case "busy once":
			if n == 1 {
				w.WriteHeader(429)
			}
		case "hang":
			<-release
		case "broken":
			w.WriteHeader(503)
		}
	}))
	defer place.Close()
	defer close(release)
	s := startServe(t, t.TempDir())
	if a := newRemote(s, "far", `{"GATEHOUSE_REMOTE":"`+place.URL+`/call","GATEHOUSE_REMOTE_HEALTH":"/well"}`); a.status != 201 {
		t.Fatalf("got %d %s", a.status, a.body)
	}
	if a := s.call(s.root, "lambda", "PUT", "/2015-03-31/functions/far/configuration", `{"Timeout":1}`); a.status != 200 {
		t.Fatalf("got %d %s", a.status, a.body)
	}
	call := func(next string) callAnswer {
		t.Helper()
		mode.Store(next)
		calls.Store(0)
		return s.call(s.root, "lambda", "POST", "/2015-03-31/functions/far/invocations", `{}`)
	}
	if a := call("good"); a.status != 200 || a.body != `{"id":"`+a.header.Get("x-amzn-RequestId")+`"}` || calls.Load() != 1 {
		t.Errorf("got %d %s after %d calls", a.status, a.body, calls.Load())
	}
	if a := call("busy once"); a.status != 200 || a.header.Get("X-Amz-Function-Error") != "" || calls.Load() != 2 {
		t.Errorf("too busy: got %d %s after %d calls", a.status, a.body, calls.Load())
	}
	if a := call("hang"); a.status != 200 || !strings.Contains(a.body, "Task timed out after 1.00 seconds") || calls.Load() != 1 {
		t.Errorf("too slow: got %d %s after %d calls", a.status, a.body, calls.Load())
	}
	made := int32(0)
	for range 7 {
		if a := call("broken"); a.status != 500 || a.header.Get("x-amzn-ErrorType") != "ServiceException" {
			t.Errorf("broken: got %d %s", a.status, a.body)
		}
		made += calls.Load()
	}
	if made != 5 {
		t.Errorf("%d calls reached what was broken, want 5", made)
	}
	s.out.wait(t, 0, "a function that lives elsewhere cannot be reached")
	mode.Store("good")
	s.out.wait(t, 0, "a function that lives elsewhere can be reached again")
	if a := call("good"); a.status != 200 || calls.Load() != 1 || health.Load() == 0 {
		t.Errorf("well again: got %d %s after %d calls and %d of the health path", a.status, a.body, calls.Load(), health.Load())
	}
}

// TestOneCallMoreThanTheAccountMayHave: a thousand calls run, the next is refused as the service refuses it. They wait elsewhere, so
// that they need no processes.
func TestOneCallMoreThanTheAccountMayHave(t *testing.T) {
	const account = 1000
	var running atomic.Int32
	full, released := make(chan struct{}), make(chan struct{})
	release := sync.OnceFunc(func() { close(released) })
	place := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		if running.Add(1) == account {
			close(full)
		}
		<-released
	}))
	defer place.Close()
	defer release()
	s := startServe(t, t.TempDir())
	if a := newRemote(s, "far", `{"GATEHOUSE_REMOTE":"`+place.URL+`"}`); a.status != 201 {
		t.Fatalf("got %d %s", a.status, a.body)
	}
	if a := s.call(s.root, "lambda", "PUT", "/2015-03-31/functions/far/configuration", `{"Timeout":60}`); a.status != 200 {
		t.Fatalf("got %d %s", a.status, a.body)
	}
	const invocations = "/2015-03-31/functions/far/invocations"
	var group sync.WaitGroup
	for range account {
		group.Go(func() {
			if a, err := s.try(s.root, "lambda", "POST", invocations, `{}`); err != nil || a.status != 200 {
				t.Errorf("one of the thousand: %v %d %s", err, a.status, a.body)
			}
		})
	}
	select {
	case <-full:
	case <-time.After(patience):
		t.Error("a thousand calls do not run")
	}
	if a := s.call(s.root, "lambda", "POST", invocations, `{}`); a.status != 429 || a.header.Get("x-amzn-ErrorType") != "TooManyRequestsException" ||
		a.body != `{"Reason":"ConcurrentInvocationLimitExceeded","Type":"User","message":"Rate Exceeded."}` {
		t.Errorf("got %d %s %s", a.status, a.header.Get("x-amzn-ErrorType"), a.body)
	}
	release()
	group.Wait()
	if a := s.call(s.root, "lambda", "POST", invocations, `{}`); a.status != 200 {
		t.Errorf("afterwards: %d %s", a.status, a.body)
	}
}

func TestRemoteFunctionsThatCannotBe(t *testing.T) {
	s := startServe(t, t.TempDir())
	for variables, message := range map[string]string{
		`{"GATEHOUSE_REMOTE":"arn:aws:lambda:eu-west-1:000000000000:function:add"}`: "no endpoint for Lambda is configured: set aws-endpoints",
		`{"GATEHOUSE_REMOTE":"add"}`: "GATEHOUSE_REMOTE: must be the ARN of a Lambda function or an address",
		`{"GATEHOUSE_REMOTE":"http://127.0.0.1:1/","GATEHOUSE_REMOTE_RETRIES":"many"}`: "GATEHOUSE_REMOTE_RETRIES: must be 0 to 5",
	} {
		if a := newRemote(s, "f", variables); a.status != 400 || a.header.Get("x-amzn-ErrorType") != "InvalidParameterValueException" || !strings.Contains(a.body, message) {
			t.Errorf("%s: got %d %s", variables, a.status, a.body)
		}
	}
}

// TestFunctionInAnEmulatorOfTheRuntime calls a function behind Amazon's Runtime Interface Emulator, which is what a container of a
// Lambda function listens with, from an API of gatehouse dev.
func TestFunctionInAnEmulatorOfTheRuntime(t *testing.T) {
	emulator, err := filepath.Abs("../../.tools/aws-lambda-rie")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(emulator); err != nil {
		t.Fatalf("%v: run test/install-tools", err)
	}
	dir := t.TempDir()
	write(t, filepath.Join(dir, "bootstrap"), `#!/bin/sh
api=http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation
head=$(mktemp)
while curl -sf -D "$head" -o /dev/null "$api/next"; do
  id=$(sed -n 's/^Lambda-Runtime-Aws-Request-Id: *//Ip' "$head" | tr -d '\r')
  curl -s -o /dev/null -d '{"statusCode":200,"body":"from the emulator"}' "$api/$id/response"
done
`)
	if err := os.Chmod(filepath.Join(dir, "bootstrap"), 0o700); err != nil {
		t.Fatal(err)
	}
	address := freeAddress(t)
	cmd := exec.Command(emulator, "--runtime-interface-emulator-address", address, "--runtime-api-address", freeAddress(t), filepath.Join(dir, "bootstrap"))
	cmd.Dir, cmd.SysProcAttr = dir, &syscall.SysProcAttr{Setpgid: true} // its runtime is ended with it
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		_ = cmd.Wait()
	})
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			_ = conn.Close()
			break
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
	g := serveFile(t, functionProject(t, map[string]string{
		"openapi.yaml":   lambdaDocument("f"),
		"gatehouse.yaml": "functions:\n- {name: f, remote: 'http://" + address + "/2015-03-31/functions/function/invocations', timeout: 20}\n",
	}))
	for range 2 {
		if r := g.do("GET", "/dev/f", ""); r.status != 200 || r.body != "from the emulator" {
			t.Errorf("got %s", r)
		}
	}
}
