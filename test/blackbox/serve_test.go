package blackbox

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

func TestServeMakesARootKeyOnceAndNeverLogsIt(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	s := startServe(t, dir, "--log-level", "debug", "--account", "111122223333")
	if got := s.identity(s.root); got != "arn:aws:iam::111122223333:root" {
		t.Errorf("got %s", got)
	}
	for _, name := range []string{"root-credentials", "data.key", "control.json"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", name, info, err)
		}
	}
	s.stop()
	again := startServe(t, dir, "--log-level", "debug", "--account", "111122223333")
	if again.root != s.root || again.identity(s.root) != "arn:aws:iam::111122223333:root" {
		t.Error("the second start has another root key")
	}
	again.stop()
	for _, secret := range []string{s.root.SecretAccessKey, readFile(t, filepath.Join(dir, "data.key"))} {
		if strings.Contains(s.out.String()+again.out.String(), strings.TrimSpace(secret)) {
			t.Error("a secret was logged")
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "control.json")); !os.IsNotExist(err) {
		t.Errorf("the address stayed behind: %v", err)
	}
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestServeWritesTheRootCredentialsAgain(t *testing.T) {
	dir := t.TempDir()
	s := startServe(t, dir)
	s.stop()
	if err := os.Remove(filepath.Join(dir, "root-credentials")); err != nil {
		t.Fatal(err)
	}
	if again := startServe(t, dir); again.root != s.root {
		t.Error("the file has another key")
	}
}

func TestServeNeedsARootKeyOfItsAccount(t *testing.T) {
	dir := t.TempDir()
	startServe(t, dir).stop()
	want := "gatehouse: account 444455556666 has no enabled root key in " + dir
	if got := failsToServe(t, dir, "--account", "444455556666"); !strings.Contains(got, want) || !strings.Contains(got, "keys create --root --account 444455556666") {
		t.Errorf("got %s", got)
	}
	createKey(t, dir, "--root", "--account", "444455556666")
	s := startServe(t, dir, "--account", "444455556666")
	if got := s.identity(s.root); got != "arn:aws:iam::000000000000:root" {
		t.Errorf("the file of the first account was replaced: %s", got)
	}
}

func TestServeAnswersManagementCalls(t *testing.T) {
	s := startServe(t, t.TempDir())
	for _, c := range []struct {
		service, method, target string
		status                  int
		errorType               string
	}{
		{"", "GET", "/healthz", 200, ""},
		{"", "GET", "/readyz", 200, ""},
		{"", "GET", "/restapis", 403, "MissingAuthenticationTokenException"},
		{"lambda", "GET", "/2015-03-31/functions", 200, ""},
		{"lambda", "GET", "/2015-03-31/nothing", 404, "UnknownOperationException"},
		{"apigateway", "GET", "/v2/apis", 404, "UnknownOperationException"},
		{"apigateway", "GET", "/v3/nothing", 404, "UnknownOperationException"},
		{"gatehouse", "GET", "/_gatehouse/keys", 200, ""},
		{"gatehouse", "GET", "/_gatehouse/nothing", 404, "UnknownOperationException"},
		{"gatehouse", "POST", "/_gatehouse/keys", 400, "SerializationException"},
	} {
		a := s.call(s.root, c.service, c.method, c.target, "")
		if a.status != c.status || a.header.Get("x-amzn-ErrorType") != c.errorType || len(a.header.Get("x-amzn-RequestId")) != 36 {
			t.Errorf("%s %s: got %d %v %s", c.method, c.target, a.status, a.header, a.body)
		}
	}
	if got := s.identity(aws.Credentials{AccessKeyID: s.root.AccessKeyID, SecretAccessKey: "x"}); got != "SignatureDoesNotMatch" {
		t.Errorf("got %s", got)
	}
	large := s.call(s.root, "apigateway", "POST", "/restapis", strings.Repeat("x", 10<<20+1))
	if large.status != 404 && large.status != 413 || large.header.Get("x-amzn-ErrorType") == "" {
		t.Errorf("a large body: got %d %v", large.status, large.header)
	}
	if large := s.call(s.root, "gatehouse", "POST", "/_gatehouse/keys", strings.Repeat("x", 10<<20+1)); large.status != 413 || large.header.Get("x-amzn-ErrorType") != "RequestEntityTooLargeException" {
		t.Errorf("a large body: got %d %v", large.status, large.header)
	}
	res, err := http.Get(s.apis + "/prod/pets")
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != 403 || res.Header.Get("x-amzn-ErrorType") != "ForbiddenException" {
		t.Errorf("the gateway answered %d %v", res.StatusCode, res.Header)
	}
}

func TestServeBothAtOneAddress(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := ln.Addr().String()
	ln.Close()
	s := startServe(t, t.TempDir(), "--control-addr", addr, "--gateway-addr", addr)
	if s.control != s.apis || s.identity(s.root) != "arn:aws:iam::000000000000:root" {
		t.Errorf("management is at %s, the APIs are at %s", s.control, s.apis)
	}
	for target, errorType := range map[string]string{
		"/restapis":                              "MissingAuthenticationTokenException",
		"/restapis/abc/prod/_user_request_/pets": "ForbiddenException",
		"/prod/pets":                             "ForbiddenException",
	} {
		if a := s.call(s.root, "", "GET", target, ""); a.status != 403 || a.header.Get("x-amzn-ErrorType") != errorType {
			t.Errorf("%s: got %d %v", target, a.status, a.header)
		}
	}
	if out, _, code := runCommand(t, "healthcheck", "--data-dir", s.dir); code != 0 || out != "ready\n" {
		t.Errorf("got %d, %s", code, out)
	}
}

func TestInsecureAnyCredentials(t *testing.T) {
	s := startServe(t, t.TempDir(), "--insecure-any-credentials")
	s.out.wait(t, 0, `WARNING: insecure-any-credentials is on`)
	s.out.wait(t, 0, `level=WARN msg="insecure-any-credentials is on`)
	if got := s.identity(aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}); got != "arn:aws:iam::000000000000:root" {
		t.Errorf("got %s", got)
	}
	if a := s.call(aws.Credentials{}, "", "GET", "/_gatehouse/keys", ""); a.status != 403 {
		t.Errorf("the operator's calls are open: %d", a.status)
	}
	for _, addr := range []string{"0.0.0.0:0", ":0", "[::]:0", "192.0.2.1:0"} {
		got := failsToServe(t, t.TempDir(), "--insecure-any-credentials", "--control-addr", addr)
		if !strings.Contains(got, "insecure-any-credentials is for loopback addresses only") {
			t.Errorf("%s: got %s", addr, got)
		}
	}
}

func TestEphemeralStateIsGone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	s := startServe(t, dir, "--ephemeral")
	k := createKey(t, s.dir, "--name", "ada")
	if got := s.identity(k.credentials()); got != "arn:aws:iam::000000000000:user/ada" {
		t.Errorf("got %s", got)
	}
	s.stop()
	for _, name := range []string{dir, s.dir} {
		if _, err := os.Stat(name); !os.IsNotExist(err) {
			t.Errorf("%s is there: %v", name, err)
		}
	}
}

func TestServeSaysWhyItDoesNotStart(t *testing.T) {
	dir := t.TempDir()
	s := startServe(t, dir)
	taken := strings.TrimPrefix(s.apis, "http://")
	file := filepath.Join(t.TempDir(), "gatehouse.yaml")
	write(t, file, "region: eu-west-1\nreigon: x\n")
	other := t.TempDir()
	startServe(t, other).stop()
	write(t, filepath.Join(other, "VERSION"), "gatehouse-engine 99\n")
	half := t.TempDir()
	write(t, filepath.Join(half, "RESTORING"), "")
	for name, c := range map[string]struct{ got, want string }{
		"locked":         {failsToServe(t, dir), fmt.Sprintf("gatehouse: %s: data directory is in use by process %d: stop that process", dir, s.cmd.Process.Pid)},
		"address in use": {failsToServe(t, t.TempDir(), "--gateway-addr", taken), "gatehouse: something else already listens at " + taken + ": stop it, or choose another address with --gateway-addr"},
		"newer layout":   {failsToServe(t, other), "layout 99, this version knows 1: written by a newer version: run the version of Gatehouse that wrote it"},
		"half restored":  {failsToServe(t, half), "restoring it did not finish"},
		"unknown option": {failsToServe(t, t.TempDir(), "--config", file), file + `:2: unknown option "reigon"`},
		"no file":        {failsToServe(t, t.TempDir(), "--config", file+"x"), "no such file"},
		"unknown limit":  {failsToServe(t, t.TempDir(), "--limits-profile", "operator", "--limit", "requests=1"), `configuration: limit: unknown limit "requests"`},
		"no certificate": {failsToServe(t, t.TempDir(), "--control-tls-cert", file, "--control-tls-key", file), "gatehouse: certificate " + file},
	} {
		if !strings.Contains(c.got, c.want) {
			t.Errorf("%s: got %s, want %s", name, c.got, c.want)
		}
	}
}

// TestDamagedStateIsNamedAndTheRestServes flips a byte of one stored key.
func TestDamagedStateIsNamedAndTheRestServes(t *testing.T) {
	dir := t.TempDir()
	s := startServe(t, dir)
	hit, kept := createKey(t, dir, "--name", "hit"), createKey(t, dir, "--name", "kept")
	s.stop()
	found := false
	err := filepath.Walk(filepath.Join(dir, "jetstream"), func(name string, info os.FileInfo, err error) error {
		if err != nil || !strings.HasSuffix(name, ".blk") {
			return err
		}
		text := readFile(t, name)
		if i := strings.Index(text, `"name":"hit"`); i >= 0 {
			found = true
			return os.WriteFile(name, []byte(text[:i+9]+"X"+text[i+10:]), 0o600)
		}
		return nil
	})
	if err != nil || !found {
		t.Fatalf("the key is in no file: %v", err)
	}
	s = startServe(t, dir)
	s.out.wait(t, 0, `WARNING: the state is damaged in 1 places`)
	s.out.wait(t, 0, `level=ERROR msg="state is damaged".*key=`+hit.AccessKeyID)
	if got := s.identity(hit.credentials()); got != "InvalidClientTokenId" {
		t.Errorf("a damaged key signs: %s", got)
	}
	if got := s.identity(kept.credentials()); got != "arn:aws:iam::000000000000:user/kept" {
		t.Errorf("got %s", got)
	}
}

// TestDamagedAPIIsNamedAndTheOthersServe flips a byte of one stored API.
func TestDamagedAPIIsNamedAndTheOthersServe(t *testing.T) {
	dir := t.TempDir()
	s := startServe(t, dir)
	hit, kept := makeKilledAPI(t, s, 0), makeKilledAPI(t, s, 1)
	s.stop()
	key := "000000000000/eu-west-1/" + hit.id
	subject := "docs.restapis." + base64.RawURLEncoding.EncodeToString([]byte(key))
	const digest = "Gh-Sha256: " // a field beside the name's, before or behind it
	found := false
	err := filepath.Walk(filepath.Join(dir, "jetstream"), func(name string, info os.FileInfo, err error) error {
		if err != nil || !strings.HasSuffix(name, ".blk") {
			return err
		}
		text := []byte(readFile(t, name))
		newest := bytes.LastIndex(text, []byte(subject))
		if newest < 0 {
			return nil
		}
		const head = 200 // the bytes of the fields of a record, at the most
		at := bytes.Index(text[newest:min(newest+head, len(text))], []byte(digest)) + newest
		if at < newest {
			at = bytes.LastIndex(text[max(newest-head, 0):newest], []byte(digest)) + max(newest-head, 0)
		}
		if !bytes.HasPrefix(text[max(at, 0):], []byte(digest)) {
			return errors.New("the record of the API has no digest")
		}
		found = true
		text[at+len(digest)] ^= 0xff
		return os.WriteFile(name, text, 0o600)
	})
	if err != nil || !found {
		t.Fatalf("the API is in no file: %v", err)
	}
	s = startServe(t, dir)
	s.out.wait(t, 0, `level=ERROR msg="state is damaged".*key=`+key)
	s.out.wait(t, 0, `level=ERROR msg="an API is not served as it is stored" api=`+key)
	kept.compare(t, s)
	if a := s.call(s.root, "apigateway", "GET", "/restapis/"+hit.id, ""); a.status != 500 || !strings.Contains(a.body, "damaged") {
		t.Errorf("got %d %s", a.status, a.body)
	}
	if a := s.call(s.root, "apigateway", "GET", "/restapis", ""); a.status != 200 || !strings.Contains(a.body, kept.id) || strings.Contains(a.body, hit.id) {
		t.Errorf("got %d %s", a.status, a.body)
	}
}

// TestServeDrains ends the server while a call is on its way: the call is answered.
func TestServeDrains(t *testing.T) {
	s := startServe(t, t.TempDir())
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.control, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(patience))
	fmt.Fprintf(conn, "POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: DynamoDB.ListTables\r\nExpect: 100-continue\r\nContent-Length: 2\r\n"+
		"Authorization: AWS4-HMAC-SHA256 Credential=%s/20261122/us-east-1/gatehouse/aws4_request, SignedHeaders=host, Signature=0\r\nX-Amz-Date: 20261122T000000Z\r\n\r\n", s.root.AccessKeyID)
	in := bufio.NewReader(conn)
	if line, err := in.ReadString('\n'); err != nil || line != "HTTP/1.1 100 Continue\r\n" {
		t.Fatalf("got %q, %v", line, err)
	}
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for { // until the listener is closed, new connections still come in
		probe, err := net.Dial("tcp", strings.TrimPrefix(s.control, "http://"))
		if err != nil {
			break
		}
		probe.Close()
	}
	fmt.Fprint(conn, "{}")
	_, _ = in.ReadString('\n') // the empty line after the 100
	res, err := readResponse(in, "POST")
	if err != nil || res.status != 403 || res.get("x-amzn-ErrorType") != "InvalidSignatureException" {
		t.Errorf("got %v, %v", res, err)
	}
	s.once.Do(func() { s.check(s.wait()) })
}

func TestSIGHUPReloadsWhatCanChange(t *testing.T) {
	file := filepath.Join(t.TempDir(), "gatehouse.yaml")
	write(t, file, "log-level: warn\nregion: eu-west-1\n")
	s := startServe(t, t.TempDir(), "--config", file)
	reload := func(text, want string) {
		t.Helper()
		write(t, file, text)
		from := len(s.out.String())
		if err := s.cmd.Process.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
		s.out.wait(t, from, want)
	}
	reload("log-level: debug\nregion: eu-west-1\n", `msg=reloaded changed=log-level certificates=0 "needs a restart"=nothing`)
	from := len(s.out.String())
	s.identity(s.root)
	s.out.wait(t, from, `level=DEBUG msg="management call"`)
	reload("log-level: debug\nregion: us-west-2\n", `msg=reloaded changed=nothing certificates=0 "needs a restart"=region`)
	reload("log-levle: debug\n", `level=ERROR msg="not reloaded: the configuration is wrong" error=.*unknown option`)
	if got := s.identity(s.root); got != "arn:aws:iam::000000000000:root" {
		t.Errorf("got %s", got)
	}
}
