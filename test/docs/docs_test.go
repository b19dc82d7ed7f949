// Package docs runs the commands of README.md, docs/ and the pages of examples: what a page shows is what happens.
//
// In a block marked console, a line beginning with "$ " is run by the shell in the repository's root, and the lines below it
// are what it prints; "…" stands for any text. A command that serves (`gatehouse dev …`, `gatehouse serve …`) runs until the
// next one, or until the page ends. A page with `gatehouse serve` runs in an empty folder instead.
package docs

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

const root = "../.."

// patience is how long a command may take: the first `go run` compiles.
const patience = 3 * time.Minute

type command struct {
	line   int
	text   string
	prints []string
}

func TestPages(t *testing.T) {
	bin := t.TempDir()
	build := exec.Command("go", "build", "-o", filepath.Join(bin, "gatehouse"), "./cmd/gatehouse")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	pages, err := filepath.Glob(root + "/docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	examples, err := filepath.Glob(root + "/examples/*/README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range slices.Concat([]string{root + "/README.md"}, pages, examples) {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		commands := commandsOf(string(text))
		if len(commands) == 0 {
			continue
		}
		t.Run(strings.TrimPrefix(page, root+"/"), func(t *testing.T) { runPage(t, bin, commands) })
	}
}

// commandsOf reads the console blocks of a page.
func commandsOf(page string) []command {
	var all []command
	inside := false
	for i, line := range strings.Split(page, "\n") {
		switch {
		case strings.HasPrefix(line, "```"):
			inside = !inside && line == "```console"
		case !inside:
		case strings.HasPrefix(line, "$ "):
			all = append(all, command{line: i + 1, text: line[2:]})
		case len(all) > 0 && strings.HasSuffix(all[len(all)-1].text, "\\"):
			all[len(all)-1].text += "\n" + line
		case len(all) > 0:
			c := &all[len(all)-1]
			c.prints = append(c.prints, line)
		}
	}
	return all
}

var serves = regexp.MustCompile(`^(go run \./cmd/)?gatehouse (dev|serve) `)

// keepsState are the pages that leave files behind: they run in a folder of their own.
var keepsState = regexp.MustCompile(`^gatehouse serve `)

func runPage(t *testing.T, bin string, commands []command) {
	var serving *server
	dir := root
	if slices.ContainsFunc(commands, func(c command) bool { return keepsState.MatchString(c.text) }) {
		dir = t.TempDir()
	}
	defer func() { serving.stop(t) }()
	for _, c := range commands {
		switch {
		case serves.MatchString(c.text):
			serving.stop(t)
			serving = start(t, bin, dir, c)
		case strings.HasPrefix(c.text, "make ") || c.text == "make":
			continue // what this test is part of
		case strings.HasPrefix(c.text, "git clone"), strings.HasPrefix(c.text, "cd "):
			continue // the reader's own machine
		default:
			check(t, c, shell(bin, dir, c.text))
		}
	}
}

func shell(bin, dir, text string) string {
	cmd := exec.Command("bash", "-c", text)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PATH="+bin+":"+clients()+":"+os.Getenv("PATH"), "GATEHOUSE_JAVA_RUNTIME_CLIENT="+tools("java-runtime-client"))
	timer := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() })
	defer timer.Stop()
	out, err := cmd.CombinedOutput()
	if err != nil {
		out = fmt.Appendf(out, "\n(%v)", err)
	}
	return string(out)
}

// clients is where test/install-tools puts the AWS CLI and a Python with boto3, and moto.
func clients() string { return tools("aws/bin") + ":" + tools("moto/bin") }

// tools is a folder that test/install-tools makes.
func tools(name string) string {
	dir, err := filepath.Abs(filepath.Join(root, ".tools", name))
	if err != nil {
		return ""
	}
	return dir
}

// check compares what a command printed with what the page shows; a page that shows nothing promises nothing.
func check(t *testing.T, c command, got string) {
	t.Helper()
	want := strings.TrimSpace(strings.Join(c.prints, "\n"))
	if want == "" {
		return
	}
	pattern := strings.ReplaceAll(regexp.QuoteMeta(want), "…", ".*?")
	got = strings.TrimSpace(strings.ReplaceAll(got, "\r", ""))
	if !regexp.MustCompile(`(?s)^` + pattern + `$`).MatchString(got) {
		t.Errorf("line %d: %s\nprints\n%s\nthe page shows\n%s", c.line, c.text, got, want)
	}
}

// server is a command that serves in the background.
type server struct {
	cmd *exec.Cmd
	out *ready
}

// ready collects output until the routes are printed.
type ready struct {
	mu   sync.Mutex
	text bytes.Buffer
	ok   chan struct{}
	once sync.Once
}

var announced = regexp.MustCompile(`(?s)\nserving .*\n\n.*\n\n|gatehouse \S+ serves\n.*\n\n`)

func (r *ready) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.text.Write(p)
	if announced.Match(r.text.Bytes()) {
		r.once.Do(func() { close(r.ok) })
	}
	return len(p), nil
}

func (r *ready) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.String()
}

func start(t *testing.T, bin, dir string, c command) *server {
	t.Helper()
	s := &server{cmd: exec.Command("bash", "-c", "exec "+c.text), out: &ready{ok: make(chan struct{})}}
	s.cmd.Dir = dir
	s.cmd.Env = append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"))
	s.cmd.Stdout, s.cmd.Stderr = s.out, s.out
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-s.out.ok:
	case <-timer.C:
		t.Fatalf("line %d: %s\nis not ready:\n%s", c.line, c.text, s.out)
	}
	check(t, command{line: c.line, text: c.text, prints: c.prints}, s.out.String())
	return s
}

// stop ends the server and everything it started.
func (s *server) stop(t *testing.T) {
	if s == nil {
		return
	}
	_ = syscall.Kill(-s.cmd.Process.Pid, syscall.SIGTERM)
	done := time.AfterFunc(patience, func() { _ = syscall.Kill(-s.cmd.Process.Pid, syscall.SIGKILL) })
	defer done.Stop()
	_ = s.cmd.Wait() // `go run` reports the signal as a failure
	_ = t
}
