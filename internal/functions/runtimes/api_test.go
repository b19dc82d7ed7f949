package runtimes_test

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/functions/runtimes"
)

// patience is how long a test waits for what a working runtime does at once.
const patience = 20 * time.Second

// event is what the Runtime API hands out.
type event struct {
	body    string
	headers []string // Name: value, over the usual ones
}

// post is what the runtime sends.
type post struct {
	path    string // below /2018-06-01/runtime/
	header  http.Header
	body    string
	trailer http.Header
	// pipelined says that the poll for the next event had come in together with it.
	pipelined bool
}

// runtimeAPI is a Runtime API for one process.
type runtimeAPI struct {
	listener net.Listener
	events   chan event
	posts    chan post
	polls    chan struct{}
	done     chan struct{}
	serving  sync.WaitGroup
}

func newRuntimeAPI(t testing.TB) *runtimeAPI {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	a := &runtimeAPI{listener: l, events: make(chan event), posts: make(chan post, 16), polls: make(chan struct{}, 16), done: make(chan struct{})}
	a.serving.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			a.serving.Go(func() { a.serve(c) })
			a.serving.Go(func() { <-a.done; c.Close() })
		}
	})
	t.Cleanup(func() {
		close(a.done)
		l.Close()
		a.serving.Wait()
	})
	return a
}

const root = "/2018-06-01/runtime/"

// usual are the headers of every event.
var usual = []string{
	"Lambda-Runtime-Aws-Request-Id: 11111111-2222-3333-4444-555555555555",
	"Lambda-Runtime-Deadline-Ms: 4102444800000",
	"Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:eu-west-1:111122223333:function:fn",
	"Content-Type: application/json",
}

func (a *runtimeAPI) serve(c net.Conn) {
	defer c.Close()
	r := bufio.NewReaderSize(c, 1<<20)
	for {
		req, err := http.ReadRequest(r)
		if err != nil {
			return
		}
		if req.Method == http.MethodGet {
			if !a.next(c) {
				return
			}
			continue
		}
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return
		}
		select {
		case a.posts <- post{strings.TrimPrefix(req.URL.Path, root), req.Header, string(body), req.Trailer, r.Buffered() > 0}:
		case <-a.done:
			return
		}
		if _, err := io.WriteString(c, "HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n{\"status\":\"OK\"}\n"); err != nil {
			return
		}
	}
}

func (a *runtimeAPI) next(c net.Conn) bool {
	select {
	case a.polls <- struct{}{}:
	default:
	}
	select {
	case <-a.done:
		return false
	case e := <-a.events:
		headers := map[string]string{}
		for _, line := range append(slices.Clone(usual), e.headers...) {
			name, value, _ := strings.Cut(line, ": ")
			headers[name] = value
		}
		head := "HTTP/1.1 200 OK\r\n"
		for _, name := range slices.Sorted(maps.Keys(headers)) {
			head += name + ": " + headers[name] + "\r\n"
		}
		_, err := io.WriteString(c, fmt.Sprintf("%sContent-Length: %d\r\n\r\n%s", head, len(e.body), e.body))
		return err == nil
	}
}

// process is a function that runs.
type process struct {
	*runtimeAPI
	t      testing.TB
	code   string
	log    *lockedBuffer
	exited chan error
}

type lockedBuffer struct {
	sync.Mutex
	buffer bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.Lock()
	defer b.Unlock()
	return b.buffer.Write(p)
}

func (b *lockedBuffer) String() string {
	b.Lock()
	defer b.Unlock()
	return b.buffer.String()
}

var unpacked = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "gatehouse-runtimes-*")
	if err != nil {
		return "", err
	}
	return dir, runtimes.Unpack(dir)
})

func TestMain(m *testing.M) {
	status := m.Run()
	if dir, err := unpacked(); err == nil {
		os.RemoveAll(dir)
	}
	os.Exit(status)
}

// specOf is a function whose code is a folder of testdata.
func specOf(t testing.TB, runtime, handler, folder string, env map[string]string) runtimes.Spec {
	t.Helper()
	dir, err := unpacked()
	if err != nil {
		t.Fatal(err)
	}
	code := folder
	if !filepath.IsAbs(folder) {
		if code, err = filepath.Abs(filepath.Join("testdata", folder)); err != nil {
			t.Fatal(err)
		}
	}
	return runtimes.Spec{Runtime: runtime, Handler: handler, Code: code, Environment: env, RuntimeDir: dir}
}

// start runs the process of a function as the host does.
func start(t testing.TB, spec runtimes.Spec) *process {
	t.Helper()
	launch, err := runtimes.Find(spec)
	if err != nil {
		t.Fatalf("%v (test/install-tools installs the engines)", err)
	}
	return startLaunch(t, spec, launch)
}

func startLaunch(t testing.TB, spec runtimes.Spec, launch runtimes.Launch) *process {
	t.Helper()
	p := &process{runtimeAPI: newRuntimeAPI(t), t: t, code: spec.Code, log: &lockedBuffer{}, exited: make(chan error, 1)}
	args := runtimes.WithTemp(launch.Args, t.TempDir())
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir = spec.Code
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "TZ=:UTC", "LANG=en_US.UTF-8", "PYTHONDONTWRITEBYTECODE=1"}
	for name, value := range spec.Environment {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	cmd.Env = append(cmd.Env, launch.Environment...)
	cmd.Env = append(cmd.Env,
		"_HANDLER="+spec.Handler,
		"LAMBDA_TASK_ROOT="+spec.Code,
		"AWS_LAMBDA_RUNTIME_API="+p.listener.Addr().String(),
		"AWS_LAMBDA_FUNCTION_NAME=fn",
		"AWS_LAMBDA_FUNCTION_VERSION=$LATEST",
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE=128",
		"AWS_LAMBDA_LOG_GROUP_NAME=/aws/lambda/fn",
		"AWS_LAMBDA_LOG_STREAM_NAME=2026/01/01/[$LATEST]0123456789abcdef0123456789abcdef",
	)
	cmd.Stdout, cmd.Stderr = p.log, p.log // one pipe for both: lines stay in order
	cmd.WaitDelay = time.Second
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	gone := make(chan struct{})
	go func() {
		p.exited <- cmd.Wait()
		close(gone)
	}()
	t.Cleanup(func() {
		cmd.Process.Kill()
		<-gone
	})
	return p
}

// send hands an event to the process.
func (p *process) send(e event) {
	p.t.Helper()
	select {
	case p.events <- e:
	case made := <-p.posts:
		p.t.Fatalf("the runtime sent %s %s before it took an event; log:\n%s", made.path, made.body, p.log)
	case err := <-p.exited:
		p.t.Fatalf("the runtime ended with %v before it took an event; log:\n%s", err, p.log)
	case <-time.After(patience):
		p.t.Fatalf("the runtime took no event; log:\n%s", p.log)
	}
}

// answer waits for what the runtime sends.
func (p *process) answer() post {
	p.t.Helper()
	select {
	case made := <-p.posts:
		return made
	case err := <-p.exited:
		select {
		case made := <-p.posts: // it was sent before
			p.exited <- err
			return made
		default:
		}
		p.t.Fatalf("the runtime ended with %v and without an answer; log:\n%s", err, p.log)
	case <-time.After(patience):
		p.t.Fatalf("no answer; log:\n%s", p.log)
	}
	return post{}
}

// invoke sends an event and returns what became of it.
func (p *process) invoke(e event) post {
	p.t.Helper()
	p.send(e)
	return p.answer()
}

// exit waits for the end of the process and returns how it ended, such as "exit status 129".
func (p *process) exit() string {
	p.t.Helper()
	select {
	case err := <-p.exited:
		if err == nil {
			return "exit status 0"
		}
		return err.Error()
	case <-time.After(patience):
		p.t.Fatalf("the runtime did not end; log:\n%s", p.log)
		return ""
	}
}

// polled waits until the runtime asked for an event n times.
func (p *process) polled(n int) {
	p.t.Helper()
	for range n {
		select {
		case <-p.polls:
		case <-time.After(patience):
			p.t.Fatalf("no poll; log:\n%s", p.log)
		}
	}
}

// inTask writes the paths of a text as the real service has them.
func (p *process) inTask(text string) string { return strings.ReplaceAll(text, p.code, "/var/task") }

func fromBase64(t *testing.T, text string) string {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
