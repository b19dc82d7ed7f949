package blackbox

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// received is a request as it arrived at a back end: nothing canonicalised.
type received struct {
	method, target string
	header         [][2]string
	body           string
}

func (r *received) get(name string) string {
	value := ""
	for _, h := range r.header {
		if strings.EqualFold(h[0], name) {
			value = h[1]
		}
	}
	return value
}

func (r *received) has(name string) bool {
	for _, h := range r.header {
		if strings.EqualFold(h[0], name) {
			return true
		}
	}
	return false
}

// names lists the header names in order.
func (r *received) names() []string {
	names := make([]string, len(r.header))
	for i, h := range r.header {
		names[i] = h[0]
	}
	return names
}

// backEnd is a HTTP/1.1 server made of a listener and a few lines, so that tests see the gateway's bytes and can answer
// with any.
type backEnd struct {
	t    *testing.T
	addr string
	mu   sync.Mutex
	seen []*received
	// answer writes the whole answer to a request; it may misbehave.
	answer func(conn net.Conn, r *received)
}

// newBackEnd starts a back end that ends with the test. A nil answer gives 200 and {"ok":true}.
func newBackEnd(t *testing.T, answer func(conn net.Conn, r *received)) *backEnd {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if answer == nil {
		answer = func(conn net.Conn, _ *received) { reply(conn, 200, `{"ok":true}`, "Content-Type: application/json") }
	}
	b := &backEnd{t: t, addr: ln.Addr().String(), answer: answer}
	t.Cleanup(func() { ln.Close() })
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			go b.serve(conn)
		}
	}()
	return b
}

func (b *backEnd) serve(conn net.Conn) {
	defer conn.Close()
	r := bufio.NewReader(conn)
	for {
		req, err := readRequest(r)
		if err != nil {
			return
		}
		b.mu.Lock()
		b.seen = append(b.seen, req)
		b.mu.Unlock()
		b.answer(conn, req)
	}
}

// last is the newest request; the test fails when there is none.
func (b *backEnd) last() *received {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.seen) == 0 {
		b.t.Fatal("the back end was not called")
	}
	return b.seen[len(b.seen)-1]
}

// calls is how often the back end was called.
func (b *backEnd) calls() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.seen)
}

func readRequest(r *bufio.Reader) (*received, error) {
	line, err := r.ReadString('\n')
	if err != nil {
		return nil, err
	}
	req := new(received)
	if _, err := fmt.Sscanf(line, "%s %s HTTP/1.1\r\n", &req.method, &req.target); err != nil {
		return nil, err
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
		name, value, _ := strings.Cut(line, ":")
		req.header = append(req.header, [2]string{name, strings.TrimSpace(value)})
	}
	if req.get("Transfer-Encoding") == "chunked" {
		req.body, err = readChunks(r)
		return req, err
	}
	n, err := strconv.Atoi(req.get("Content-Length"))
	if err != nil {
		return req, nil
	}
	body := make([]byte, n)
	_, err = io.ReadFull(r, body)
	req.body = string(body)
	return req, err
}

// reply writes a well-formed answer.
func reply(conn net.Conn, status int, body string, headers ...string) {
	var b strings.Builder
	fmt.Fprintf(&b, "HTTP/1.1 %d Whatever\r\nContent-Length: %d\r\n", status, len(body))
	for _, h := range headers {
		b.WriteString(h + "\r\n")
	}
	_, _ = io.WriteString(conn, b.String()+"\r\n"+body)
}
