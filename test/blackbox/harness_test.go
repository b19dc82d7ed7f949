// Package blackbox drives the real binary with real clients: documents in, bytes on the wire out.
package blackbox

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// binary is the gatehouse under test, built once with the race detector.
var binary string

func TestMain(m *testing.M) {
	os.Exit(buildAndRun(m))
}

func buildAndRun(m *testing.M) int {
	dir, err := os.MkdirTemp("", "gatehouse-blackbox")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	binary = filepath.Join(dir, "gatehouse")
	build := exec.Command("go", "build", "-race", "-o", binary, "../../cmd/gatehouse")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building the binary: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// patience is how long a test waits for something that should happen at once.
const patience = 30 * time.Second

// gatewayProcess is a running `gatehouse dev`.
type gatewayProcess struct {
	t     *testing.T
	addr  string // host:port
	base  string // http://host:port/stage
	apiID string
	file  string // the document
	cmd   *exec.Cmd
	out   *output
}

// output collects what the process prints and lets tests wait for a text in it.
type output struct {
	mu   sync.Mutex
	cond *sync.Cond
	text bytes.Buffer
	done bool
}

func newOutput() *output {
	o := new(output)
	o.cond = sync.NewCond(&o.mu)
	return o
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.cond.Broadcast()
	return o.text.Write(p)
}

func (o *output) end() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.done = true
	o.cond.Broadcast()
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// wait returns the first match of pattern at or behind offset from, once it is printed.
func (o *output) wait(t *testing.T, from int, pattern string) []string {
	t.Helper()
	re := regexp.MustCompile(pattern)
	timer := time.AfterFunc(patience, o.end)
	defer timer.Stop()
	o.mu.Lock()
	defer o.mu.Unlock()
	for {
		if text := o.text.String(); len(text) >= from {
			if m := re.FindStringSubmatch(text[from:]); m != nil {
				return m
			}
		}
		if o.done {
			t.Fatalf("%q was not printed; the output is:\n%s", pattern, o.text.String())
		}
		o.cond.Wait()
	}
}

// serve writes an API document and runs `gatehouse dev` on it until the test ends.
func serve(t *testing.T, document string, flags ...string) *gatewayProcess {
	t.Helper()
	file := filepath.Join(t.TempDir(), "openapi.yaml")
	write(t, file, document)
	return serveFile(t, file, flags...)
}

// serveFile runs `gatehouse dev` on a file or folder until the test ends, and checks that it then ends cleanly.
func serveFile(t *testing.T, path string, flags ...string) *gatewayProcess {
	t.Helper()
	g := &gatewayProcess{t: t, file: path, out: newOutput()}
	args := append([]string{"dev", "--gateway-addr", "127.0.0.1:0"}, flags...)
	g.cmd = exec.Command(binary, append(args, path)...)
	g.cmd.Stdout, g.cmd.Stderr = g.out, g.out
	if err := g.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- g.cmd.Wait(); g.out.end() }()
	t.Cleanup(func() { g.stop(ended) })
	m := g.out.wait(t, 0, `(?s)at\n  (http://([^/\s]+)/\S+)\n  http://([a-z0-9]+)\.execute-api.*?\n\n.*?\n\n`)
	g.base, g.addr, g.apiID = m[1], m[2], m[3]
	return g
}

// stop ends the process as an operator would; anything but exit code 0, or a data race, fails the test.
func (g *gatewayProcess) stop(ended <-chan error) {
	_ = g.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case err := <-ended:
		if err != nil {
			g.t.Errorf("gatehouse ended with %v", err)
		}
	case <-time.After(patience):
		_ = g.cmd.Process.Kill()
		g.t.Error("gatehouse did not end")
	}
	if strings.Contains(g.out.String(), "DATA RACE") {
		g.t.Error("data race in gatehouse")
	}
	if g.t.Failed() {
		g.t.Logf("output of gatehouse:\n%s", g.out.String())
	}
}

// refused runs `gatehouse dev` on a document that must not be served and returns what it says.
func refused(t *testing.T, document string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "openapi.yaml")
	write(t, file, document)
	cmd := exec.Command(binary, "dev", "--gateway-addr", "127.0.0.1:0", file)
	done := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() })
	defer done.Stop()
	out, err := cmd.CombinedOutput()
	if err == nil || cmd.ProcessState.ExitCode() != 1 {
		t.Fatalf("exit code %d, want 1; output:\n%s", cmd.ProcessState.ExitCode(), out)
	}
	return strings.ReplaceAll(string(out), filepath.Dir(file)+string(filepath.Separator), "")
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// response is an answer as it came over the wire: header names in their case, in their order.
type response struct {
	status int
	header [][2]string
	body   string
}

// get returns the last value of a header, compared without case; "" when absent.
func (r *response) get(name string) string {
	value := ""
	for _, h := range r.header {
		if strings.EqualFold(h[0], name) {
			value = h[1]
		}
	}
	return value
}

// has reports whether a header is there in exactly this spelling.
func (r *response) has(name string) bool {
	for _, h := range r.header {
		if h[0] == name {
			return true
		}
	}
	return false
}

func (r *response) String() string {
	return fmt.Sprintf("%d %v %q", r.status, r.header, r.body)
}

// do sends one request, written by hand so that nothing rewrites it: target raw, headers as given ("Name: value").
func (g *gatewayProcess) do(method, target, body string, headers ...string) *response {
	g.t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\n", method, target)
	hasHost, hasLength := false, false
	for _, h := range headers {
		name := strings.ToLower(h)
		hasHost = hasHost || strings.HasPrefix(name, "host:")
		hasLength = hasLength || strings.HasPrefix(name, "content-length:") || strings.HasPrefix(name, "transfer-encoding:")
	}
	if !hasHost {
		fmt.Fprintf(&b, "Host: %s.execute-api.us-east-1.localhost\r\n", g.apiID)
	}
	for _, h := range headers {
		b.WriteString(h + "\r\n")
	}
	if body != "" && !hasLength {
		fmt.Fprintf(&b, "Content-Length: %d\r\n", len(body))
	}
	b.WriteString("Connection: close\r\n\r\n" + body)
	return g.raw(method, b.String())
}

// raw sends bytes on a new connection and reads one answer.
func (g *gatewayProcess) raw(method, request string) *response {
	g.t.Helper()
	conn, err := net.Dial("tcp", g.addr)
	if err != nil {
		g.t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(patience))
	go func() { _, _ = conn.Write([]byte(request)) }()
	res, err := readResponse(bufio.NewReader(conn), method)
	if err != nil {
		g.t.Fatalf("reading the answer to %.200q: %v", request, err)
	}
	return res
}

// readResponse reads an answer with a parser of its own, so that the gateway's writer is not checked by its own reader.
func readResponse(r *bufio.Reader, method string) (*response, error) {
	line, err := r.ReadString('\n')
	if err != nil {
		return nil, err
	}
	res := new(response)
	if _, err := fmt.Sscanf(line, "HTTP/1.1 %d", &res.status); err != nil {
		return nil, fmt.Errorf("status line %q: %w", line, err)
	}
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return nil, err
		}
		line = strings.TrimSuffix(line, "\r\n")
		if line == "" {
			break
		}
		name, value, ok := strings.Cut(line, ": ")
		if !ok {
			return nil, fmt.Errorf("header line %q", line)
		}
		res.header = append(res.header, [2]string{name, value})
	}
	if res.status == 100 {
		return readResponse(r, method)
	}
	res.body, err = readBody(r, res, method)
	return res, err
}

func readBody(r *bufio.Reader, res *response, method string) (string, error) {
	if method == "HEAD" || res.status == 204 || res.status == 304 {
		return "", nil
	}
	if res.get("Transfer-Encoding") == "chunked" {
		return readChunks(r)
	}
	n, err := strconv.Atoi(res.get("Content-Length"))
	if err != nil {
		return "", fmt.Errorf("Content-Length: %w", err)
	}
	body := make([]byte, n)
	for read := 0; read < n; {
		m, err := r.Read(body[read:])
		if err != nil {
			return string(body[:read]), err
		}
		read += m
	}
	return string(body), nil
}

func readChunks(r *bufio.Reader) (string, error) {
	var body strings.Builder
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return body.String(), err
		}
		n, err := strconv.ParseInt(strings.TrimSpace(line), 16, 32)
		if err != nil {
			return body.String(), err
		}
		for i := int64(0); i < n+2; i++ {
			c, err := r.ReadByte()
			if err != nil {
				return body.String(), err
			}
			if i < n {
				body.WriteByte(c)
			}
		}
		if n == 0 {
			return body.String(), nil
		}
	}
}
