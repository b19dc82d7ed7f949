package blackbox

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
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
			if err == nil && !d.IsDir() && strings.Contains(readFile(t, path), "sesame") {
				t.Errorf("%s shows a variable", path)
			}
			return nil
		})
	}
}

// TestLargeCode uploads more than most management calls may, where APIs and management share an address.
func TestLargeCode(t *testing.T) {
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
