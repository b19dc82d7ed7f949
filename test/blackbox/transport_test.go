package blackbox

import (
	"bufio"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"
)

// TestTransportErrors holds rest-api 3 row 1 and 17: answers that nothing can customise, and a closed connection.
func TestTransportErrors(t *testing.T) {
	g := serve(t, echoPaths("get /x", "post /x")+`x-amazon-apigateway-gateway-responses:
  DEFAULT_4XX: {statusCode: "499", responseTemplates: {application/json: custom}}
`)
	long := strings.Repeat("a", 10241)
	for _, c := range []struct {
		name, request string
		status        int
	}{
		{"target too long", "GET /dev/x?" + long + " HTTP/1.1\r\nHost: h\r\n\r\n", 414},
		{"header values too large", "GET /dev/x HTTP/1.1\r\nHost: h\r\nA: " + long + "\r\n\r\n", 431},
		{"many small headers", "GET /dev/x HTTP/1.1\r\nHost: h\r\n" + strings.Repeat("A: b\r\n", 300) + "\r\n", 431},
		{"no host", "GET /dev/x HTTP/1.1\r\n\r\n", 400},
		{"two hosts", "GET /dev/x HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
		{"two lengths", "POST /dev/x HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400},
		{"length and coding", "POST /dev/x HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
		{"space before colon", "GET /dev/x HTTP/1.1\r\nHost : h\r\n\r\n", 400},
		{"folded header", "GET /dev/x HTTP/1.1\r\nHost: h\r\nA: b\r\n c\r\n\r\n", 400},
		{"bare line feed", "GET /dev/x HTTP/1.1\nHost: h\n\n", 400},
		{"no version", "GET /dev/x\r\n\r\n", 400},
		{"version 2", "GET /dev/x HTTP/2.0\r\nHost: h\r\n\r\n", 505},
		{"unknown coding", "POST /dev/x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\n\r\n", 501},
		{"bad chunk", "POST /dev/x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400},
		{"unknown expectation", "POST /dev/x HTTP/1.1\r\nHost: h\r\nExpect: magic\r\nContent-Length: 1\r\n\r\na", 417},
	} {
		r := g.raw("GET", c.request)
		if r.status != c.status || strings.Contains(r.body, "custom") {
			t.Errorf("%s: got %v, want %d", c.name, r, c.status)
		}
		if r.get("Connection") != "close" {
			t.Errorf("%s: the connection stays open", c.name)
		}
	}
	if r := g.do("GET", "/dev/x", ""); r.status != 200 {
		t.Errorf("afterwards: got %v", r)
	}
}

// TestPayloadLimit holds rest-api 3 row 2: 10,485,760 bytes pass, one more is 413 in plain text, whatever is customised.
func TestPayloadLimit(t *testing.T) {
	b := newBackEnd(t, nil)
	g := serve(t, fmt.Sprintf(`openapi: 3.0.1
info: {title: payload, version: "1"}
x-amazon-apigateway-gateway-responses:
  REQUEST_TOO_LARGE: {statusCode: "400", responseTemplates: {application/json: custom}}
  DEFAULT_4XX: {statusCode: "400", responseTemplates: {application/json: custom}}
paths:
  /proxy: {post: {responses: {}, x-amazon-apigateway-integration: {type: http_proxy, httpMethod: POST, uri: "http://%[1]s/"}}}
  /http: {post: {responses: {"200": {description: ok}}, x-amazon-apigateway-integration: {type: http, httpMethod: POST, uri: "http://%[1]s/", responses: {default: {statusCode: "200"}}}}}
  /mock: {post: {responses: {"200": {description: ok}}, x-amazon-apigateway-integration: {type: mock, requestTemplates: {application/json: '{"statusCode": 200}'}, responses: {default: {statusCode: "200"}}}}}
`, b.addr))
	const limit = 10485760
	tooLarge := "HTTP content length exceeded 10485760 bytes."
	for _, path := range []string{"/dev/proxy", "/dev/http"} {
		if r := g.do("POST", path, strings.Repeat("x", limit)); r.status != 200 || len(b.last().body) != limit {
			t.Errorf("%s with %d bytes: got %.100v", path, limit, r)
		}
	}
	for _, path := range []string{"/dev/proxy", "/dev/http", "/dev/mock", "/nostage", "/dev/noroute"} {
		r := g.do("POST", path, "", "Content-Length: 10485761")
		if r.status != 413 || r.body != tooLarge || r.get("Content-Type") != "text; charset=utf-8" {
			t.Errorf("%s, announced: got %v", path, r)
		}
	}
	chunk := fmt.Sprintf("%x\r\n%s\r\n", 1<<20, strings.Repeat("x", 1<<20))
	for _, path := range []string{"/dev/proxy", "/dev/http", "/dev/mock"} {
		r := g.do("POST", path, strings.Repeat(chunk, 11)+"0\r\n\r\n", "Transfer-Encoding: chunked")
		if r.status != 413 || r.body != tooLarge {
			t.Errorf("%s, in chunks: got %v", path, r)
		}
	}
	if r := g.do("POST", "/dev/proxy", chunk+"0\r\n\r\n", "Transfer-Encoding: chunked"); r.status != 200 || len(b.last().body) != 1<<20 || b.last().get("Content-Length") != "1048576" {
		t.Errorf("chunks of 1 MiB: got %.100v", r)
	}
}

func TestExpectContinueIsAnsweredWhenTheBodyIsWanted(t *testing.T) {
	b := newBackEnd(t, nil)
	g := serve(t, `openapi: 3.0.1
info: {title: expect, version: "1"}
paths:
  /proxy: {post: {responses: {}, x-amazon-apigateway-integration: {type: http_proxy, httpMethod: POST, uri: "http://`+b.addr+`/"}}}
`)
	conn, err := net.Dial("tcp", g.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(patience))
	fmt.Fprintf(conn, "POST /dev/proxy HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n")
	r := bufio.NewReader(conn)
	line, err := r.ReadString('\n')
	if err != nil || line != "HTTP/1.1 100 Continue\r\n" {
		t.Fatalf("got %q, %v", line, err)
	}
	_, _ = r.ReadString('\n')
	fmt.Fprint(conn, "body")
	res, err := readResponse(r, "POST")
	if err != nil || res.status != 200 || b.last().body != "body" || b.last().has("Expect") {
		t.Errorf("got %v, %v; back end saw %v", res, err, b.last())
	}
}

func TestKeepAliveAndPipelining(t *testing.T) {
	g := serve(t, echoPaths("get /x", "get /y"))
	conn, err := net.Dial("tcp", g.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(patience))
	for range 2 {
		fmt.Fprint(conn, strings.Repeat("GET /dev/x HTTP/1.1\r\nHost: h\r\n\r\nGET /dev/y HTTP/1.1\r\nHost: h\r\n\r\n", 20))
		r := bufio.NewReader(conn)
		for i := range 40 {
			res, err := readResponse(r, "GET")
			if err != nil {
				t.Fatal(err)
			}
			if want := []string{"/dev/x", "/dev/y"}[i%2]; !strings.HasPrefix(res.body, want+"|") {
				t.Fatalf("answer %d: got %v, want %s", i, res, want)
			}
		}
	}
}
