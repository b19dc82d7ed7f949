package management_test

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/gatehouse-gateway/gatehouse/test/awsservers"
)

// patience is how long a test waits for something that should happen at once.
const patience = 30 * time.Second

// region is what every request is signed for.
const region = "eu-west-1"

// outside is where the queues and buckets are that the server reaches.
var outside string

// server is the one `gatehouse serve` of this package's tests, built with the race detector.
var server *process

func TestMain(m *testing.M) {
	os.Exit(buildAndRun(m))
}

func buildAndRun(m *testing.M) int {
	dir, err := os.MkdirTemp("", "gatehouse-management")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	binary := filepath.Join(dir, "gatehouse")
	build := exec.Command("go", "build", "-race", "-o", binary, "../../cmd/gatehouse")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building the binary: %v\n%s", err, out)
		return 1
	}
	moto, stopMoto, err := awsservers.StartMoto()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer stopMoto()
	outside = moto
	credentials := filepath.Join(dir, "aws-credentials")
	if err := os.WriteFile(credentials, []byte(awsservers.Credentials), 0o600); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	// Functions of these tests meet in files, which confined ones could not.
	if server, err = startServer(binary, "--ephemeral", "--function-isolation", "process", "--java-runtime-client", javaClient, "--aws-credentials", credentials, "--aws-endpoints", "sqs="+moto+",s3="+moto); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	code := m.Run()
	if code == 0 && runsEverything() {
		if err := errors.Join(checkReplayed(), checkCalled(), checkLambdaCalled()); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	if err := server.stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

// runsEverything says that no flag picks tests.
func runsEverything() bool {
	for _, name := range []string{"test.run", "test.skip", "test.list"} {
		if flag.Lookup(name).Value.String() != "" {
			return false
		}
	}
	return true
}

// process is a running `gatehouse serve`.
type process struct {
	control string // http://host:port
	apis    string // http://host:port
	root    aws.Credentials
	client  *http.Client
	cmd     *exec.Cmd
	out     *printed
	ended   chan error
}

// printed is what a process printed so far.
type printed struct {
	mu   sync.Mutex
	text bytes.Buffer
	more chan struct{} // closed by the next output
}

func newPrinted() *printed { return &printed{more: make(chan struct{})} }

func (p *printed) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	close(p.more)
	p.more = make(chan struct{})
	return p.text.Write(b)
}

func (p *printed) String() string {
	text, _ := p.read()
	return text
}

// read returns what there is, and what closes when there is more.
func (p *printed) read() (text string, more <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.String(), p.more
}

// await returns what there is once something in it matches want.
func (p *printed) await(t *testing.T, want string) string {
	t.Helper()
	pattern := regexp.MustCompile(want)
	late := time.After(patience)
	for {
		text, more := p.read()
		if pattern.MatchString(text) {
			return text
		}
		select {
		case <-more:
		case <-late:
			t.Fatalf("the log has no %q", want)
		}
	}
}

var banner = regexp.MustCompile(`(?s)serves.*?\n  management +(\S+)\n  APIs +(\S+)\n.*  root credentials +(\S+)\n`)

// startServer runs the binary on free ports, with more options, and waits until it serves.
func startServer(binary string, options ...string) (*process, error) {
	p := &process{
		client: &http.Client{Transport: &http.Transport{}, Timeout: patience},
		cmd:    exec.Command(binary, append([]string{"serve", "--control-addr", "127.0.0.1:0", "--gateway-addr", "127.0.0.1:0"}, options...)...),
		out:    newPrinted(),
		ended:  make(chan error, 1),
	}
	p.cmd.Stdout, p.cmd.Stderr = p.out, p.out
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() { p.ended <- p.cmd.Wait() }()
	late := time.After(patience)
	for {
		text, more := p.out.read()
		if m := banner.FindStringSubmatch(text); m != nil {
			p.control, p.apis = m[1], m[2]
			return p, p.readCredentials(m[3])
		}
		select {
		case <-more:
		case err := <-p.ended:
			return nil, fmt.Errorf("gatehouse ended before it served (%w)\n%s", cmp.Or(err, errors.New("exit code 0")), p.out)
		case <-late:
			_ = p.cmd.Process.Kill()
			return nil, fmt.Errorf("gatehouse does not serve\n%s", p.out)
		}
	}
}

func (p *process) readCredentials(file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " = ")
		switch name {
		case "aws_access_key_id":
			p.root.AccessKeyID = value
		case "aws_secret_access_key":
			p.root.SecretAccessKey = value
		}
	}
	return nil
}

// stop ends the process as an operator would; anything but exit code 0, or a data race, is an error.
func (p *process) stop() error {
	p.client.CloseIdleConnections()
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	var err error
	select {
	case err = <-p.ended:
	case <-time.After(patience):
		_ = p.cmd.Process.Kill()
		err = errors.New("it did not end")
	}
	if strings.Contains(p.out.String(), "DATA RACE") {
		err = errors.Join(err, errors.New("data race"))
	}
	if err != nil {
		return fmt.Errorf("gatehouse ended with %w\n%s", err, p.out)
	}
	return nil
}

// answer is what the server answered to one request.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// send signs a request for API Gateway and returns the answer to it.
func (p *process) send(t *testing.T, method, target, contentType, body string) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), method, p.control+target, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept", "application/json")
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	sum := sha256.Sum256([]byte(body))
	if err := v4.NewSigner().SignHTTP(context.Background(), p.root, req, hex.EncodeToString(sum[:]), "apigateway", region, time.Now()); err != nil {
		t.Fatal(err)
	}
	return p.do(t, req)
}

// do sends a request as it is and returns the answer to it.
func (p *process) do(t *testing.T, req *http.Request) answer {
	t.Helper()
	res, err := p.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{res.StatusCode, res.Header, text}
}
