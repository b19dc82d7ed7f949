package blackbox

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// serveProcess is a running `gatehouse serve`.
type serveProcess struct {
	t       *testing.T
	control string // http://host:port
	apis    string
	dir     string // of the files for commands
	root    aws.Credentials
	client  *http.Client
	cmd     *exec.Cmd
	out     *output
	ended   chan error
	once    sync.Once
}

// startServe runs `gatehouse serve` on free ports until the test ends, and checks that it then ends cleanly.
func startServe(t *testing.T, dir string, flags ...string) *serveProcess {
	t.Helper()
	s := launchServe(t, dir, flags...)
	m := s.out.wait(t, 0, `(?s)serves\n  management +(\S+)\n  APIs +(\S+)\n.*  root credentials +(\S+)\n\n`)
	s.control, s.apis = m[1], m[2]
	s.dir = filepath.Dir(m[3])
	s.root = credentialsOf(t, m[3])
	return s
}

// launchServe starts the process without waiting for anything.
func launchServe(t *testing.T, dir string, flags ...string) *serveProcess {
	t.Helper()
	s := &serveProcess{t: t, out: newOutput(), ended: make(chan error, 1), client: &http.Client{Transport: &http.Transport{}, Timeout: patience}}
	args := append([]string{"serve", "--data-dir", dir, "--control-addr", "127.0.0.1:0", "--gateway-addr", "127.0.0.1:0"}, flags...)
	s.cmd = exec.Command(binary, args...)
	s.cmd.Stdout, s.cmd.Stderr = s.out, s.out
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { s.ended <- s.cmd.Wait(); s.out.end() }()
	t.Cleanup(s.stop)
	return s
}

// stop ends the process as an operator would; anything but exit code 0, or a data race, fails the test.
func (s *serveProcess) stop() {
	s.once.Do(func() {
		_ = s.cmd.Process.Signal(syscall.SIGTERM)
		s.check(s.wait())
	})
}

// kill ends the process as a power cut would.
func (s *serveProcess) kill() {
	s.once.Do(func() {
		_ = s.cmd.Process.Kill()
		<-s.ended
		s.check(nil)
	})
}

func (s *serveProcess) wait() error {
	select {
	case err := <-s.ended:
		return err
	case <-time.After(patience):
		_ = s.cmd.Process.Kill()
		return errors.New("it did not end")
	}
}

func (s *serveProcess) check(err error) {
	s.client.CloseIdleConnections()
	if err != nil {
		s.t.Errorf("gatehouse ended with %v", err)
	}
	if strings.Contains(s.out.String(), "DATA RACE") {
		s.t.Error("data race in gatehouse")
	}
	if s.t.Failed() {
		s.t.Logf("output of gatehouse:\n%s", s.out)
	}
}

// failsToServe runs `gatehouse serve` where it must not start and returns what it says.
func failsToServe(t *testing.T, dir string, flags ...string) string {
	t.Helper()
	s := launchServe(t, dir, flags...)
	s.once.Do(func() {}) // it ends on its own
	err := s.wait()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 {
		t.Fatalf("ended with %v, want exit code 1; output:\n%s", err, s.out)
	}
	return s.out.String()
}

func credentialsOf(t *testing.T, file string) aws.Credentials {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var c aws.Credentials
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " = ")
		switch name {
		case "aws_access_key_id":
			c.AccessKeyID = value
		case "aws_secret_access_key":
			c.SecretAccessKey = value
		}
	}
	return c
}

// callAnswer is an answer to a management call.
type callAnswer struct {
	status int
	header http.Header
	body   string
}

// try sends a management call; service "" leaves it unsigned.
func (s *serveProcess) try(cred aws.Credentials, service, method, target, body string) (callAnswer, error) {
	req, err := http.NewRequestWithContext(context.Background(), method, s.control+target, strings.NewReader(body))
	if err != nil {
		return callAnswer{}, err
	}
	if strings.HasPrefix(body, "Action=") {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if service != "" {
		sum := sha256.Sum256([]byte(body))
		if err := v4.NewSigner().SignHTTP(context.Background(), cred, req, hex.EncodeToString(sum[:]), service, "eu-west-1", time.Now()); err != nil {
			return callAnswer{}, err
		}
	}
	res, err := s.client.Do(req)
	if err != nil {
		return callAnswer{}, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	return callAnswer{res.StatusCode, res.Header, string(text)}, err
}

// call is try, of which the test needs an answer.
func (s *serveProcess) call(cred aws.Credentials, service, method, target, body string) callAnswer {
	s.t.Helper()
	a, err := s.try(cred, service, method, target, body)
	if err != nil {
		s.t.Fatal(err)
	}
	return a
}

const whoAmI = "Action=GetCallerIdentity&Version=2011-06-15"

// identity is who the server says that a credential is, or the type of its error.
func (s *serveProcess) identity(cred aws.Credentials) string {
	s.t.Helper()
	a := s.call(cred, "sts", "POST", "/", whoAmI)
	if _, rest, ok := strings.Cut(a.body, "<Arn>"); ok {
		arn, _, _ := strings.Cut(rest, "</Arn>")
		return arn
	}
	return a.header.Get("x-amzn-ErrorType")
}

// runCommand runs a command of the binary and returns what it prints, and its exit code.
func runCommand(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	cmd := exec.Command(binary, args...)
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	done := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() })
	defer done.Stop()
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	if strings.Contains(errOut.String(), "DATA RACE") {
		t.Errorf("data race in gatehouse %v:\n%s", args, errOut.String())
	}
	return out.String(), errOut.String(), cmd.ProcessState.ExitCode()
}

// must is runCommand, of a command that has to succeed.
func must(t *testing.T, args ...string) string {
	t.Helper()
	stdout, stderr, code := runCommand(t, args...)
	if code != 0 {
		t.Fatalf("gatehouse %v: exit code %d\n%s%s", args, code, stdout, stderr)
	}
	return stdout
}

// accessKey is a key as the commands print it in JSON.
type accessKey struct {
	AccessKeyID     string `json:"accessKeyId"`
	AccountID       string `json:"accountId"`
	Name            string `json:"name"`
	Root            bool   `json:"root"`
	Created         string `json:"created"`
	Disabled        bool   `json:"disabled"`
	SecretAccessKey string `json:"secretAccessKey"`
}

func (k accessKey) credentials() aws.Credentials {
	return aws.Credentials{AccessKeyID: k.AccessKeyID, SecretAccessKey: k.SecretAccessKey}
}

// createKey makes a key with the command.
func createKey(t *testing.T, dir string, flags ...string) accessKey {
	t.Helper()
	var k accessKey
	text := must(t, append([]string{"keys", "create", "--json", "--data-dir", dir}, flags...)...)
	if err := json.Unmarshal([]byte(text), &k); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return k
}

// listKeys lists the keys with the command.
func listKeys(t *testing.T, dir string) []accessKey {
	t.Helper()
	var list struct {
		Keys []accessKey `json:"keys"`
	}
	text := must(t, "keys", "list", "--json", "--data-dir", dir)
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return list.Keys
}
