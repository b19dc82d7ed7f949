package blackbox

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// zipped is a zip file with a handler, and so many bytes that cannot be compressed.
func zipped(t *testing.T, ballast int) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for name, data := range map[string][]byte{"handler.py": []byte("def handler(event, context): return event\n"), "ballast": randomBytes(ballast)} {
		out, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := out.Write(data); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func randomBytes(n int) []byte {
	r := rand.NewChaCha8([32]byte{1})
	b := make([]byte, n)
	_, _ = r.Read(b) // never fails
	return b
}

// functionBody is the body that makes a function.
func functionBody(name string, code []byte) string {
	return fmt.Sprintf(`{"FunctionName":%q,"Runtime":"python3.12","Handler":"handler.handler","Role":"arn:aws:iam::000000000000:role/r",`+
		`"Environment":{"Variables":{"PASSWORD":"open sesame"}},"Code":{"ZipFile":%q}}`, name, base64.StdEncoding.EncodeToString(code))
}

// canBeInvoked asks whether a function is found by those who invoke it.
func canBeInvoked(t *testing.T, s *serveProcess, name string) error {
	t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), "POST", s.control+"/2015-03-31/functions/"+name+"/invocations", nil)
	if err != nil {
		return err
	}
	req.Header.Set("X-Amz-Invocation-Type", "DryRun")
	sum := sha256.Sum256(nil)
	if err := v4.NewSigner().SignHTTP(context.Background(), s.root, req, hex.EncodeToString(sum[:]), "lambda", "eu-west-1", time.Now()); err != nil {
		return err
	}
	res, err := s.client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusNoContent {
		return fmt.Errorf("a dry run of %s: %s", name, res.Status)
	}
	return nil
}

// TestFunctionsAreThereAfterAKill kills the server as soon as functions are acknowledged: they can be invoked by the next one, also
// when the unpacked code is lost, and from a backup.
func TestFunctionsAreThereAfterAKill(t *testing.T) {
	dir := t.TempDir()
	code := zipped(t, 100_000)
	s := startServe(t, dir)
	for i := range 5 {
		if a := s.call(s.root, "lambda", "POST", "/2015-03-31/functions", functionBody(fmt.Sprint("f", i), code)); a.status != 201 {
			t.Fatalf("got %d %s", a.status, a.body)
		}
	}
	s.kill()
	check := func(s *serveProcess) {
		t.Helper()
		for i := range 5 {
			name := fmt.Sprint("f", i)
			if err := canBeInvoked(t, s, name); err != nil {
				t.Error(err)
			}
			if a := s.call(s.root, "lambda", "GET", "/2015-03-31/functions/"+name, ""); !strings.Contains(a.body, `"PASSWORD":"open sesame"`) || !strings.Contains(a.body, `"State":"Active"`) {
				t.Errorf("got %s", a.body)
			}
		}
	}
	s = startServe(t, dir)
	check(s)
	backup := filepath.Join(t.TempDir(), "backup")
	must(t, "backup", "--data-dir", dir, backup)
	s.kill()
	if err := os.RemoveAll(filepath.Join(dir, "functions")); err != nil {
		t.Fatal(err)
	}
	s = startServe(t, dir)
	check(s)
	if strings.Contains(s.out.String(), "sesame") {
		t.Error("the log shows a variable")
	}
	s.stop()
	restored := filepath.Join(t.TempDir(), "restored")
	must(t, "restore", "--data-dir", restored, backup)
	check(startServe(t, restored))
	for _, name := range []string{dir, restored} {
		_ = filepath.WalkDir(name, func(path string, d os.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return nil
			}
			text := readFile(t, path)
			if strings.Contains(text, "sesame") {
				t.Errorf("%s shows a variable", path)
			}
			if strings.Contains(text, "def handler(event, context)") && !strings.HasPrefix(path, filepath.Join(name, "functions")) {
				t.Errorf("%s shows code, which is in the clear where it is run only", path)
			}
			return nil
		})
	}
}

// TestLargeCode uploads more than most management calls may, where APIs and management share an address.
func TestLargeCode(t *testing.T) {
	t.Parallel()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := ln.Addr().String()
	_ = ln.Close()
	s := startServe(t, t.TempDir(), "--control-addr", addr, "--gateway-addr", addr)
	code := zipped(t, 20_000_000)
	a := s.call(s.root, "lambda", "POST", "/2015-03-31/functions", functionBody("large", code))
	sum := sha256.Sum256(code)
	if a.status != 201 || !strings.Contains(a.body, `"CodeSha256":"`+base64.StdEncoding.EncodeToString(sum[:])+`"`) {
		t.Fatalf("got %d %.300s", a.status, a.body)
	}
	if err := canBeInvoked(t, s, "large"); err != nil {
		t.Error(err)
	}
	if status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid)); err == nil {
		t.Logf("the server's memory after an upload of %d bytes: %s", len(code), regexp.MustCompile(`VmHWM:\s*(.*)`).FindString(string(status)))
	}
	// An API of the same address takes no more than it did.
	req, err := http.NewRequestWithContext(t.Context(), "POST", s.apis+"/restapis/none/stage/_user_request_/", strings.NewReader(strings.Repeat("x", 11<<20)))
	if err != nil {
		t.Fatal(err)
	}
	res, err := s.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode < 400 {
		t.Errorf("got %s", res.Status)
	}
}

// pythonFunction is the body that makes a function of handler.py.
func pythonFunction(t *testing.T, name, code string, environment map[string]string) string {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	out, err := w.Create("handler.py")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := out.Write([]byte(code)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	body, err := json.Marshal(map[string]any{
		"FunctionName": name, "Runtime": "python3.12", "Handler": "handler.handler", "Role": "arn:aws:iam::000000000000:role/r",
		"Environment": map[string]any{"Variables": environment}, "Code": map[string]any{"ZipFile": b.Bytes()},
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// invoked is what a function of a server answers.
func (s *serveProcess) invoked(name, event string) string {
	s.t.Helper()
	a := s.call(s.root, "lambda", "POST", "/2015-03-31/functions/"+name+"/invocations", event)
	if a.status != 200 {
		s.t.Fatalf("invoking %s: %d %s", name, a.status, a.body)
	}
	return a.body
}

// TestNoFunctionOutlivesTheServer ends it in every way while functions run that have started other processes.
func TestNoFunctionOutlivesTheServer(t *testing.T) {
	for _, end := range []string{"stopped", "killed"} {
		t.Run(end, func(t *testing.T) {
			mark := t.TempDir()
			s := startServe(t, t.TempDir())
			const code = "import subprocess\nfor c in (['sleep', '1000'], ['setsid', 'sleep', '1000']):\n    subprocess.Popen(c)\n\ndef handler(event, context): return 'up'\n"
			if a := s.call(s.root, "lambda", "POST", "/2015-03-31/functions", pythonFunction(t, "f", code, map[string]string{"LINGERING": mark})); a.status != 201 {
				t.Fatalf("got %d %s", a.status, a.body)
			}
			if got := s.invoked("f", "{}"); got != `"up"` {
				t.Fatalf("got %s", got)
			}
			all := func() int { return len(startedWith("LINGERING=" + mark)) } // one that is being executed has no variables for a moment
			eventually(t, func() string { return fmt.Sprint(all(), " processes of the function are there, want 3") }, func() bool { return all() >= 3 })
			if end == "killed" {
				s.kill()
			} else {
				s.stop()
			}
			awaitNone(t, "LINGERING="+mark)
		})
	}
}

// TestFunctionsSignWithTheKeyOfTheServer: functions get the access key of a file, and without a file none.
func TestFunctionsSignWithTheKeyOfTheServer(t *testing.T) {
	const code = "import os\n\ndef handler(event, context): return [os.environ.get(n) for n in ('AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN')]\n"
	file := filepath.Join(t.TempDir(), "credentials")
	write(t, file, "[default]\naws_access_key_id = AKIAFUNCTIONS\naws_secret_access_key = a secret\n")
	for _, tt := range []struct {
		flags []string
		want  string
	}{{nil, "[null, null, null]"}, {[]string{"--function-credentials", file}, `["AKIAFUNCTIONS", "a secret", null]`}} {
		s := startServe(t, t.TempDir(), tt.flags...)
		if a := s.call(s.root, "lambda", "POST", "/2015-03-31/functions", pythonFunction(t, "f", code, nil)); a.status != 201 {
			t.Fatalf("got %d %s", a.status, a.body)
		}
		if got := s.invoked("f", ""); got != tt.want {
			t.Errorf("%v: got %s", tt.flags, got)
		}
		if strings.Contains(s.out.String(), "a secret") {
			t.Error("the log shows the secret")
		}
		s.stop()
	}
	if out := failsToServe(t, t.TempDir(), "--function-credentials", file+"x"); !strings.Contains(out, "function-credentials: credentials file: ") {
		t.Errorf("got %s", out)
	}
}
