package host_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/functions"
	"github.com/gatehouse-gateway/gatehouse/internal/functions/host"
	"github.com/gatehouse-gateway/gatehouse/internal/limits"
)

const soon = 30 * time.Second

// testFunction builds the function that tests run, once, and returns a folder with it as the bootstrap.
var testFunction = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "testfunction")
	if err != nil {
		return "", err
	}
	out, err := exec.Command("go", "build", "-o", filepath.Join(dir, "bootstrap"), "./testfunction").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return dir, nil
})

func TestMain(m *testing.M) {
	if dir := os.Getenv("GATEHOUSE_TEST_HOST"); dir != "" {
		hostUntilKilled(dir)
	}
	code := m.Run()
	if dir, err := testFunction(); err == nil {
		os.RemoveAll(dir)
	}
	os.Exit(code)
}

// lines is a log.
type lines struct {
	mu  sync.Mutex
	all []string
}

func (l *lines) FunctionLog(_ *functions.Function, _ string, line []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, string(line))
}

func (l *lines) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.all, "\n") + "\n"
}

// await waits for a line that contains text.
func (l *lines) await(t *testing.T, text string) {
	t.Helper()
	l.awaitCount(t, text, 1)
}

func (l *lines) awaitCount(t *testing.T, text string, n int) {
	t.Helper()
	for deadline := time.Now().Add(soon); strings.Count(l.text(), text) < n; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("the log has not %d times %q:\n%s", n, text, l.text())
		}
	}
}

// world is a host with a log.
type world struct {
	*host.Host
	t    testing.TB
	dir  string
	logs *lines
}

func start(t testing.TB, change ...func(*host.Options)) *world {
	t.Helper()
	w := &world{t: t, dir: filepath.Join(t.TempDir(), "functions"), logs: new(lines)}
	o := host.Options{Dir: w.dir, Limits: limits.AWS(), Logs: w.logs}
	for _, c := range change {
		c(&o)
	}
	host, err := host.New(o)
	if err != nil {
		t.Fatal(err)
	}
	w.Host = host
	t.Cleanup(func() { w.stop() })
	return w
}

func (w *world) stop() {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), soon)
	defer cancel()
	if err := w.Close(ctx); err != nil {
		w.t.Error(err)
	}
}

// taskRoot is where a function of a host that confines finds its code.
func (w *world) taskRoot(f *functions.Function) string {
	w.t.Helper()
	holds, err := w.Isolation()
	if err != nil {
		w.t.Fatal(err)
	}
	if holds.Mounts {
		return "/var/task"
	}
	return f.Code
}

// function is a function of the test program.
func function(t testing.TB, change ...func(*functions.Function)) *functions.Function {
	t.Helper()
	code, err := testFunction()
	if err != nil {
		t.Fatal(err)
	}
	f := &functions.Function{
		Ref:     functions.Ref{AccountID: "000000000000", Region: "eu-west-1", Name: "test"},
		Version: functions.Latest, Runtime: "provided.al2023", Handler: "main.handler", Code: code,
		Timeout: 20 * time.Second, MemorySize: 128, Environment: map[string]string{},
	}
	for _, c := range change {
		c(f)
	}
	return f
}

func timeout(d time.Duration) func(*functions.Function) {
	return func(f *functions.Function) { f.Timeout = d }
}

const id = "8f5b2d2c-0000-4000-8000-123456789abc"

// call invokes and returns the payload, behind an exclamation mark if it is an error.
func call(t testing.TB, p *host.Pool, payload string) string {
	t.Helper()
	var r functions.Result
	if err := p.Invoke(context.Background(), &functions.Invocation{RequestID: id, Payload: []byte(payload)}, &r); err != nil {
		t.Fatal(err)
	}
	defer r.Release()
	if r.RequestID != id || r.ExecutedVersion != functions.Latest {
		t.Errorf("got %q, %q", r.RequestID, r.ExecutedVersion)
	}
	text := string(r.Payload)
	if r.FunctionError != "" {
		if r.FunctionError != functions.Unhandled {
			t.Errorf("function error %q", r.FunctionError)
		}
		return "!" + text
	}
	return text
}

func want(t testing.TB, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s:\ngot  %s\nwant %s", what, got, want)
	}
}

func TestGoFunctionIsReused(t *testing.T) {
	w := start(t)
	p := w.Open(function(t))
	want(t, "echo", call(t, p, `{"a":[1,2]}`), `{"a":[1,2]}`)
	want(t, "count", call(t, p, `{"do":"count"}`), `2`)
	want(t, "count", call(t, p, `{"do":"count"}`), `3`)
}

func TestShellFunction(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		t.Fatalf("%v: run test/install-tools", err)
	}
	code := t.TempDir()
	bootstrap := `#!/bin/sh
api=http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation
while :; do
  curl -sS -D $TMPDIR/headers -o $TMPDIR/event $api/next
  id=$(grep -i '^lambda-runtime-aws-request-id:' $TMPDIR/headers | tr -d '\r' | cut -d' ' -f2)
  echo "got $(head -c 100 $TMPDIR/event)" >&2
  curl -sS -o /dev/null -X POST -H 'Expect: 100-continue' $api/$id/response --data-binary @$TMPDIR/event
done
`
	if err := os.WriteFile(filepath.Join(code, "bootstrap"), []byte(bootstrap), 0o755); err != nil {
		t.Fatal(err)
	}
	w := start(t)
	p := w.Open(function(t, func(f *functions.Function) { f.Code, f.Runtime = code, "provided" }))
	for i := range 3 {
		want(t, "answer", call(t, p, fmt.Sprint(i)), fmt.Sprint(i))
	}
	large := `"` + strings.Repeat("z", 5<<20) + `"`
	if got := call(t, p, large); got != large {
		t.Errorf("got %d bytes", len(got))
	}
	w.logs.await(t, "got 2")
}

func TestRuntimeSeesTheInvocation(t *testing.T) {
	w := start(t)
	f := function(t)
	p := w.Open(f)
	var r functions.Result
	err := p.Invoke(context.Background(), &functions.Invocation{
		RequestID: id, Payload: []byte(`{"do":"context"}`), TraceID: "Root=1-2-3;Parent=4;Sampled=1", InvokedARN: f.Ref.ARN() + ":live",
		ClientContext: []byte("{\n \"client\":{\"installation_id\":\"i\"},\r\n \"custom\":{\"a\":\"b\"}}"),
	}, &r)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Release()
	var got struct {
		LC struct {
			AwsRequestID, InvokedFunctionArn string
			ClientContext                    struct {
				Custom map[string]string
			}
		}
		Left       int
		Trace, Dir string
	}
	if err := json.Unmarshal(r.Payload, &got); err != nil {
		t.Fatalf("%v: %s", err, r.Payload)
	}
	if got.LC.AwsRequestID != id || got.LC.InvokedFunctionArn != f.Ref.ARN()+":live" || got.LC.ClientContext.Custom["a"] != "b" ||
		got.Left < 10_000 || got.Left > 20_000 || got.Trace != "Root=1-2-3;Parent=4;Sampled=1" || got.Dir != w.taskRoot(f) {
		t.Errorf("got %s", r.Payload)
	}
}

func TestRequestIDIsMade(t *testing.T) {
	w := start(t)
	var r functions.Result
	if err := w.Open(function(t)).Invoke(context.Background(), &functions.Invocation{Payload: []byte("1")}, &r); err != nil {
		t.Fatal(err)
	}
	if len(r.RequestID) != 36 || r.RequestID[14] != '4' || strings.Count(r.RequestID, "-") != 4 {
		t.Errorf("got %q", r.RequestID)
	}
	r.Release()
}

func TestVariables(t *testing.T) {
	t.Setenv("SECRET_OF_OURS", "x")
	w := start(t, func(o *host.Options) {
		o.Credentials = func(*functions.Function) host.Credentials {
			return host.Credentials{"AKID", "secret", "token"}
		}
		o.Now = func() time.Time { return time.Date(2026, 11, 5, 1, 2, 3, 0, time.UTC) }
	})
	f := function(t, func(f *functions.Function) {
		f.Environment = map[string]string{"MINE": "a=b", "TZ": "Europe/Berlin", "AWS_REGION": "not-mine", "AWS_ACCESS_KEY_ID": "not-mine", "_HANDLER": "not-mine", "TMPDIR": "/elsewhere"}
	})
	var list []string
	if err := json.Unmarshal([]byte(call(t, w.Open(f), `{"do":"environment"}`)), &list); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, variable := range list {
		name, value, _ := strings.Cut(variable, "=")
		got[name] = value
	}
	for name, value := range map[string]string{
		"MINE": "a=b", "TZ": "Europe/Berlin", "LANG": "en_US.UTF-8", "PATH": os.Getenv("PATH"), "_HANDLER": "main.handler",
		"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-1", "AWS_LAMBDA_FUNCTION_NAME": "test",
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128", "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST", "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
		"AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/test", "AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "secret",
		"AWS_SESSION_TOKEN": "token", "LAMBDA_TASK_ROOT": w.taskRoot(f), "LAMBDA_RUNTIME_DIR": w.dir + "/runtime", "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
	} {
		want(t, name, got[name], value)
	}
	if !strings.HasPrefix(got["AWS_LAMBDA_LOG_STREAM_NAME"], "2026/11/05/[$LATEST]") || len(got["AWS_LAMBDA_LOG_STREAM_NAME"]) != 20+32 {
		t.Errorf("stream %q", got["AWS_LAMBDA_LOG_STREAM_NAME"])
	}
	if !strings.HasPrefix(got["TMPDIR"], w.dir) || !strings.HasPrefix(got["AWS_LAMBDA_RUNTIME_API"], "127.0.0.1:") {
		t.Errorf("TMPDIR %q, AWS_LAMBDA_RUNTIME_API %q", got["TMPDIR"], got["AWS_LAMBDA_RUNTIME_API"])
	}
	for _, name := range []string{"SECRET_OF_OURS", "AWS_EXECUTION_ENV", "AWS_LAMBDA_LOG_FORMAT", "_LAMBDA_TELEMETRY_LOG_FD", "HOME"} {
		if value, ok := got[name]; ok {
			t.Errorf("%s is %q", name, value)
		}
	}
}

func TestMissingBootstrap(t *testing.T) {
	w := start(t)
	missing := `!{"errorType":"Runtime.InvalidEntrypoint","errorMessage":"RequestId: ` + id + ` Error: Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]"}`
	dir := t.TempDir()
	f := function(t, func(f *functions.Function) { f.Code = dir })
	p := w.Open(f)
	want(t, "no file", call(t, p, `1`), missing)
	if err := os.WriteFile(dir+"/bootstrap", []byte("\x7fELF no program"), 0o644); err != nil {
		t.Fatal(err)
	}
	want(t, "no right", call(t, p, `1`), missing)
	if err := os.Chmod(dir+"/bootstrap", 0o755); err != nil {
		t.Fatal(err)
	}
	want(t, "no program", call(t, p, `1`), `!{"errorType":"Runtime.InvalidEntrypoint","errorMessage":"RequestId: `+id+` Error: fork/exec `+w.taskRoot(f)+`/bootstrap: exec format error"}`)
}

func TestTooLargeEventIsRefused(t *testing.T) {
	w := start(t)
	var r functions.Result
	err := w.Open(function(t)).Invoke(context.Background(), &functions.Invocation{Payload: make([]byte, 6<<20+1)}, &r)
	if !errors.Is(err, functions.ErrPayloadTooLarge) {
		t.Errorf("got %v", err)
	}
}

func TestClosedHostRefuses(t *testing.T) {
	w := start(t)
	p := w.Open(function(t))
	call(t, p, `1`)
	w.stop()
	var r functions.Result
	for _, p := range []*host.Pool{p, w.Open(function(t))} {
		if err := p.Invoke(context.Background(), &functions.Invocation{}, &r); !errors.Is(err, functions.ErrClosed) {
			t.Errorf("got %v", err)
		}
	}
	if _, err := os.Stat(w.dir + "/environments"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("directories are left: %v", err)
	}
}

// hostUntilKilled is the program that TestKilledHostLeavesNoFunction kills.
func hostUntilKilled(dir string) {
	host, err := host.New(host.Options{Dir: dir, Limits: limits.AWS(), Isolation: host.IsolationProcess}) // its program has a path of its own
	if err != nil {
		panic(err)
	}
	f := &functions.Function{Ref: functions.Ref{AccountID: "000000000000", Region: "eu-west-1", Name: "test"}, Version: functions.Latest,
		Runtime: "provided", Code: os.Getenv("GATEHOUSE_TEST_CODE"), Timeout: time.Minute, MemorySize: 128}
	p := host.Open(f)
	for _, payload := range []string{`{"do":"fork","text":"` + os.Getenv("GATEHOUSE_TEST_SLEEP") + `"}`, `{"do":"sleep","n":60000}`} {
		var r functions.Result
		go fmt.Println("called")
		if err := p.Invoke(context.Background(), &functions.Invocation{Payload: []byte(payload)}, &r); err != nil {
			panic(err)
		}
	}
}

// processes counts the processes of this machine whose arguments contain text.
func processes(t testing.TB, text string) int {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	return len(slices.DeleteFunc(files, func(file string) bool {
		args, err := os.ReadFile(file)
		return err != nil || !strings.Contains(string(args), text)
	}))
}

// seconds are some that nobody else on this machine sleeps, so that processes can be told from others.
func seconds() string {
	return strconv.Itoa(os.Getpid()*1000+int(sleepers.Add(1))) + strconv.FormatInt(time.Now().Unix()%10_000, 10)
}

var sleepers atomic.Int64

func awaitProcesses(t testing.TB, text string, n int) {
	t.Helper()
	for deadline := time.Now().Add(soon); processes(t, text) != n; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d processes of %q, want %d", processes(t, text), text, n)
		}
	}
}

func TestKilledHostLeavesNoFunction(t *testing.T) {
	code, err := testFunction()
	if err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "code") // so that its process can be told from others
	if err := os.Symlink(code, link); err != nil {
		t.Fatal(err)
	}
	ours := seconds()
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), "GATEHOUSE_TEST_HOST="+t.TempDir(), "GATEHOUSE_TEST_CODE="+link, "GATEHOUSE_TEST_SLEEP="+ours)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	awaitProcesses(t, "sleep\x00"+ours, 3)
	awaitProcesses(t, link, 1)
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	cmd.Wait()
	awaitProcesses(t, ours, 0)
	awaitProcesses(t, link, 0)
}
