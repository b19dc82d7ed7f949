package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// speak uses the Runtime API by hand, the way the mode says.
func speak(mode string) {
	s := dial()
	switch mode {
	case "exit":
		os.Exit(7)
	case "crash":
		fail(syscall.Exec("/bin/sh", []string{"sh", "-c", "kill -SEGV $$"}, nil)) // the Go runtime would exit
	case "initerror":
		s.request("POST", "/2018-06-01/runtime/init/error", "Lambda-Runtime-Function-Error-Type: Runtime.NoGood\r\n", `{"errorType":"Runtime.NoGood","errorMessage":"no good"}`)
		os.Exit(1)
	case "slow": // the first start takes longer than it may
		mark := os.Getenv("TMPDIR") + "/started"
		if _, err := os.Stat(mark); err != nil {
			os.WriteFile(mark, nil, 0o600) //nolint:errcheck // then it is slow again
			hang()
		}
	case "never":
		hang()
	}
	id, body := s.next()
	for {
		if mode == "pipeline" {
			s.write(post(id, "", body) + "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: x\r\n\r\n")
			s.answer()
			id, body = s.event()
			continue
		}
		s.act(mode, id, body)
		id, body = s.next()
	}
}

// act answers one event.
func (s *socket) act(mode, id, body string) {
	path := "/2018-06-01/runtime/invocation/" + id + "/response"
	switch mode {
	case "twice":
		s.request("POST", path, "", body)
		status, refusal := s.request("POST", path, "", `"again"`)
		fmt.Println("second:", status, refusal)
	case "wrongid":
		status, refusal := s.request("POST", strings.Replace(path, id, "no-such-id", 1), "", `"x"`)
		fmt.Println("wrong:", status, refusal)
		s.request("POST", path, "", body)
	case "badmode":
		status, refusal := s.request("POST", path, "Lambda-Runtime-Function-Response-Mode: sideways\r\n", body)
		fmt.Println("mode:", status, refusal)
	case "truncated":
		s.write("POST " + path + " HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
		s.conn.(*net.TCPConn).CloseWrite() //nolint:errcheck // it is what we do
		io.Copy(io.Discard, s.reader)      //nolint:errcheck // until the platform hangs up
		hang()
	case "garbage":
		s.write("not HTTP at all\r\n\r\n")
		hang()
	case "hangup": // and come back
		s.conn.Close()
		*s = *dial()
		again, text := s.next()
		s.request("POST", strings.Replace(path, id, again, 1), "", text)
	case "closed": // and never come back
		s.conn.Close()
		hang()
	case "stream":
		s.stream(path, "", `{"statusCode":200}`+"\x00\x00\x00\x00\x00\x00\x00\x00", "chunk 1 ", "chunk 2")
	case "streamerror":
		s.stream(path, "Lambda-Runtime-Function-Error-Type: Function.Broken\r\nLambda-Runtime-Function-Error-Body: eyJlcnJvclR5cGUiOiJCcm9rZW4ifQ==\r\n", "begun")
	case "pour": // as many bytes as the event says, as fast as they are taken
		s.pour(path, body)
	case "steps": // the second piece when the test says go
		s.begin(path)
		s.chunk("one")
		await(body)
		s.chunk("two")
		s.end("")
	case "together": // answers when the test says go
		meeting := os.Getenv("LAMBDA_RUNTIME_DIR")
		os.WriteFile(fmt.Sprintf("%s/%d", meeting, os.Getpid()), nil, 0o600) //nolint:errcheck // then the test waits in vain
		for {
			if _, err := os.Stat(meeting + "/go"); err == nil {
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
		s.request("POST", path, "", body)
	case "late": // asks for the next one long after the answer
		s.request("POST", path, "", body)
		time.Sleep(300 * time.Millisecond)
	case "nonext":
		s.request("POST", path, "", body)
		hang()
	case "answerexit":
		s.write(post(id, "", body))
		os.Exit(3)
	default:
		s.request("POST", path, "", body)
	}
}

type socket struct {
	conn   net.Conn
	reader *bufio.Reader
}

func dial() *socket {
	conn, err := net.Dial("tcp", os.Getenv("AWS_LAMBDA_RUNTIME_API")) //nolint:noctx // tests end it
	if err != nil {
		fail(err)
	}
	return &socket{conn, bufio.NewReader(conn)}
}

func fail(err error) {
	fmt.Println("the test function fails:", err)
	os.Exit(99)
}

func (s *socket) write(text string) {
	text = strings.ReplaceAll(text, "Host: x\r\n", "Host: "+os.Getenv("AWS_LAMBDA_RUNTIME_API")+"\r\n")
	if _, err := io.WriteString(s.conn, text); err != nil {
		fail(err)
	}
}

func post(id, header, body string) string {
	return fmt.Sprintf("POST /2018-06-01/runtime/invocation/%s/response HTTP/1.1\r\nHost: x\r\n%sContent-Length: %d\r\n\r\n%s", id, header, len(body), body)
}

func (s *socket) request(method, path, header, body string) (int, string) {
	s.write(fmt.Sprintf("%s %s HTTP/1.1\r\nHost: x\r\n%sContent-Length: %d\r\n\r\n%s", method, path, header, len(body), body))
	return s.answer()
}

func (s *socket) stream(path, trailer string, chunks ...string) {
	s.begin(path)
	for _, c := range chunks {
		s.chunk(c)
	}
	s.end(trailer)
}

func (s *socket) begin(path string) {
	s.write("POST " + path + " HTTP/1.1\r\nHost: x\r\nLambda-Runtime-Function-Response-Mode: streaming\r\n" +
		"Content-Type: application/vnd.awslambda.http-integration-response\r\nTransfer-Encoding: chunked\r\n\r\n")
}

func (s *socket) chunk(text string) { s.write(fmt.Sprintf("%x\r\n%s\r\n", len(text), text)) }

func (s *socket) end(trailer string) {
	s.write("0\r\n" + trailer + "\r\n")
	s.answer()
}

func (s *socket) pour(path, size string) {
	left, err := strconv.Atoi(size)
	if err != nil {
		fail(err)
	}
	s.begin(path)
	for piece := strings.Repeat("x", 64<<10); left > 0; left -= len(piece) {
		s.chunk(piece[:min(left, len(piece))])
	}
	s.end("")
}

// await waits for the file that a JSON string names.
func await(name string) {
	for {
		if _, err := os.Stat(strings.Trim(name, `"`)); err == nil {
			return
		}
		time.Sleep(time.Millisecond)
	}
}

func (s *socket) answer() (int, string) {
	res, err := http.ReadResponse(s.reader, nil)
	if err != nil {
		fail(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		fail(err)
	}
	return res.StatusCode, string(text)
}

func (s *socket) next() (id, body string) {
	s.write("GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: x\r\n\r\n")
	return s.event()
}

func (s *socket) event() (id, body string) {
	res, err := http.ReadResponse(s.reader, nil)
	if err != nil {
		fail(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		fail(fmt.Errorf("%d %s %w", res.StatusCode, text, err))
	}
	if !json.Valid(text) {
		fail(fmt.Errorf("event %q", text))
	}
	return res.Header.Get("Lambda-Runtime-Aws-Request-Id"), string(text)
}
