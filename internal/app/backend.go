package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/config"
)

const (
	// readyTimeout is how long a back end may take to become ready: `go run` compiles first.
	readyTimeout = 2 * time.Minute
	// readyEvery is the pause between two looks.
	readyEvery = 50 * time.Millisecond
	// stopGrace is how long a back end has to end after SIGTERM.
	stopGrace = 3 * time.Second
	// maxLogLine bounds a line that a back end prints, in bytes; longer ones are cut.
	maxLogLine = 16 << 10
)

// backend is a process that the API needs, in a process group of its own so that all its children end with it.
//
// Its standard input is a pipe that only closes when Gatehouse ends, however it ends: a back end that reads it notices
// even a kill -9.
type backend struct {
	config config.Backend
	cmd    *exec.Cmd
	stdin  io.Closer
	ended  chan struct{} // closed when the process has ended and its output is read
	err    error         // how it ended; read after ended
}

// startBackend starts the process; its output goes to out, every line with the name in front.
func startBackend(c config.Backend, folder string, out io.Writer) (*backend, error) {
	b := &backend{config: c, ended: make(chan struct{})}
	b.cmd = exec.Command(c.Command[0], c.Command[1:]...)
	b.cmd.Dir = folder
	b.cmd.Env = os.Environ()
	for name, value := range c.Environment {
		b.cmd.Env = append(b.cmd.Env, name+"="+value)
	}
	b.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	b.cmd.WaitDelay = stopGrace
	stdin, err := b.cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("back end %s: %w", c.Name, err)
	}
	b.stdin = stdin
	lines := &prefixWriter{out: out, prefix: "[" + c.Name + "] "}
	b.cmd.Stdout, b.cmd.Stderr = lines, lines
	if err := b.cmd.Start(); err != nil {
		return nil, fmt.Errorf("back end %s: %w", c.Name, err)
	}
	go func() {
		defer close(b.ended)
		b.err = b.cmd.Wait()
		lines.flush()
	}()
	return b, nil
}

// waitReady returns when the back end can be used, has ended, took too long, or ctx ended.
func (b *backend) waitReady(ctx context.Context) error {
	if b.config.Ready == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	tick := time.NewTicker(readyEvery)
	defer tick.Stop()
	for {
		if ready(ctx, b.config.Ready) {
			return nil
		}
		select {
		case <-b.ended:
			return fmt.Errorf("back end %s ended before it was ready: %w", b.config.Name, cmpErr(b.err))
		case <-ctx.Done():
			return fmt.Errorf("back end %s is not ready at %s: %w", b.config.Name, b.config.Ready, ctx.Err())
		case <-tick.C:
		}
	}
}

func cmpErr(err error) error {
	if err == nil {
		return errors.New("exit status 0")
	}
	return err
}

// ready looks once whether an address answers.
func ready(ctx context.Context, address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	if u.Scheme == "tcp" {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", u.Host)
		if err != nil {
			return false
		}
		return conn.Close() == nil
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return false
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	defer res.Body.Close()
	return res.StatusCode < 500
}

// stop ends the process group: SIGTERM, then SIGKILL when the grace is over.
func (b *backend) stop() {
	_ = b.stdin.Close()
	b.signal(syscall.SIGTERM)
	timer := time.NewTimer(stopGrace)
	defer timer.Stop()
	select {
	case <-b.ended:
	case <-timer.C:
	}
	b.signal(syscall.SIGKILL) // what the leader left behind, too
	<-b.ended
}

func (b *backend) signal(s syscall.Signal) {
	if err := syscall.Kill(-b.cmd.Process.Pid, s); err != nil && !errors.Is(err, syscall.ESRCH) {
		_ = b.cmd.Process.Kill()
	}
}

// prefixWriter writes whole lines with a prefix, so that the output of several processes stays readable.
type prefixWriter struct {
	mu     sync.Mutex
	out    io.Writer
	prefix string
	line   []byte
}

func (w *prefixWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range p {
		if c == '\n' || len(w.line) >= maxLogLine {
			w.print()
		}
		if c != '\n' {
			w.line = append(w.line, c)
		}
	}
	return len(p), nil
}

func (w *prefixWriter) print() {
	_, _ = fmt.Fprintf(w.out, "%s%s\n", w.prefix, w.line)
	w.line = w.line[:0]
}

func (w *prefixWriter) flush() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.line) > 0 {
		w.print()
	}
}
