package blackbox

import (
	"bufio"
	"crypto/sha256"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// streaming is the difference between a buffered integration and a streaming one.
var streaming = obj{"responseTransferMode": "STREAM"}

// reading is an answer that a test reads piece by piece.
type reading struct {
	t    *testing.T
	conn net.Conn
	r    *bufio.Reader
	res  *response // head only
}

// open sends a request and reads the head of the answer.
func (g *gatewayProcess) open(method, target string, headers ...string) *reading {
	g.t.Helper()
	conn, err := net.Dial("tcp", g.addr)
	if err != nil {
		g.t.Fatal(err)
	}
	g.t.Cleanup(func() { conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(patience))
	headers = append([]string{method + " " + target + " HTTP/1.1", "Host: x"}, headers...)
	if _, err := io.WriteString(conn, strings.Join(headers, "\r\n")+"\r\n\r\n"); err != nil {
		g.t.Fatal(err)
	}
	rd := &reading{t: g.t, conn: conn, r: bufio.NewReader(conn)}
	rd.res, err = readResponse(bufio.NewReader(io.MultiReader(strings.NewReader(rd.head()), strings.NewReader("0\r\n\r\n"))), method)
	if err != nil {
		g.t.Fatal(err)
	}
	return rd
}

// head reads the head as text.
func (rd *reading) head() string {
	rd.t.Helper()
	var b strings.Builder
	for {
		line, err := rd.r.ReadString('\n')
		if err != nil {
			rd.t.Fatalf("reading the head: %v after %q", err, b.String())
		}
		b.WriteString(line)
		if line == "\r\n" {
			return b.String()
		}
	}
}

// chunk reads the next chunk; "" is the last one.
func (rd *reading) chunk() string {
	rd.t.Helper()
	data, err := rd.tryChunk()
	if err != nil {
		rd.t.Fatalf("reading a chunk: %v", err)
	}
	return data
}

func (rd *reading) tryChunk() (string, error) {
	line, err := rd.r.ReadString('\n')
	if err != nil {
		return "", err
	}
	var n int
	if _, err := fmt.Sscanf(line, "%x\r\n", &n); err != nil {
		return "", fmt.Errorf("chunk size %q: %w", line, err)
	}
	data := make([]byte, n+2)
	_, err = io.ReadFull(rd.r, data)
	return string(data[:n]), err
}

// framings are the ways in which a back end may delimit "first" and "second".
var framings = map[string][4]string{ // head, first part, second part, end
	"chunks":  {head200 + "Transfer-Encoding: chunked\r\nX-Own: 1\r\n\r\n", "5\r\nfirst\r\n", "6\r\nsecond\r\n", "0\r\n\r\n"},
	"length":  {head200 + "Content-Length: 11\r\nX-Own: 1\r\n\r\n", "first", "second", ""},
	"its end": {head200 + "X-Own: 1\r\n\r\n", "first", "second", ""},
}

// TestStreamedPartsArriveAsTheyAreWritten: the back end goes on only when the client has what was written so far: first the
// head, then each part. Spec: rest-api 20.
func TestStreamedPartsArriveAsTheyAreWritten(t *testing.T) {
	seen := make(chan bool)
	var ops []operation
	paths := map[string]string{}
	for name, parts := range framings {
		b := newBackEnd(t, func(conn net.Conn, _ *received) {
			for _, part := range parts {
				if _, err := io.WriteString(conn, part); err != nil || !wait(seen) {
					break
				}
			}
			if name == "its end" {
				conn.Close()
			}
		})
		paths[name] = fmt.Sprintf("/s%d", len(ops))
		ops = append(ops, proxyTo(paths[name], "http://"+b.addr+"/", streaming))
	}
	g := serve(t, document(t, nil, ops...))
	for name, path := range paths {
		rd := g.open("GET", "/dev"+path)
		if rd.res.status != 200 || rd.res.get("Transfer-Encoding") != "chunked" || rd.res.get("X-Own") != "1" || !rd.res.has("x-amzn-RequestId") ||
			!rd.res.has("x-amz-apigw-id") || rd.res.has("Content-Length") || rd.res.get("Content-Type") != "application/json" {
			t.Errorf("%s: got %s", name, rd.res)
		}
		seen <- true
		for _, want := range []string{"first", "second"} {
			if got := rd.chunk(); got != want {
				t.Errorf("%s: got %q, want %q", name, got, want)
			}
			seen <- true
		}
		seen <- true // the end is written
		if got := rd.chunk(); got != "" {
			t.Errorf("%s: got %q, want the end", name, got)
		}
	}
}

// wait waits for a sign, as long as a test may wait.
func wait(c <-chan bool) bool {
	select {
	case <-c:
		return true
	case <-time.After(patience):
		return false
	}
}

// TestStreamsMayBeLarge: 12 MB pass, in every framing, where a buffered answer stops at 10 MB. Spec: rest-api 20, 17.
func TestStreamsMayBeLarge(t *testing.T) {
	const size = 12 << 20
	piece := strings.Repeat("0123456789abcdef", 4<<10)
	heads := map[string]string{"chunks": "Transfer-Encoding: chunked", "length": fmt.Sprintf("Content-Length: %d", size), "its end": "X-Own: 1"}
	var ops []operation
	paths := map[string]string{}
	for name, field := range heads {
		b := newBackEnd(t, func(conn net.Conn, _ *received) {
			pour(conn, head200+field+"\r\n\r\n", 1)
			if name == "chunks" {
				pour(conn, "10000\r\n"+piece+"\r\n", size/len(piece)*(len(piece)+9))
				pour(conn, "0\r\n\r\n", 1)
				return
			}
			pour(conn, piece, size)
			conn.Close()
		})
		paths[name] = fmt.Sprintf("s%d", len(ops))
		ops = append(ops, proxyTo("/"+paths[name], "http://"+b.addr+"/", streaming), proxyTo("/buffered-"+paths[name], "http://"+b.addr+"/"),
			httpTo("/http-"+paths[name], "http://"+b.addr+"/"))
	}
	g := serve(t, document(t, nil, ops...))
	want := sha256.Sum256([]byte(strings.Repeat(piece, size/len(piece))))
	for name, path := range paths {
		res := g.do("GET", "/dev/"+path, "")
		if want200(t, name, &response{status: res.status}) && (len(res.body) != size || sha256.Sum256([]byte(res.body)) != want) {
			t.Errorf("%s: got %d bytes, want %d, unchanged", name, len(res.body), size)
		}
		for _, kind := range []string{"buffered", "http"} {
			wantFailure(t, kind+" "+name, g.do("GET", "/dev/"+kind+"-"+path, ""), failed500)
		}
	}
}

// TestBrokenStreamIsAborted: the client can tell that the body is not whole, and the gateway still serves. Spec: rest-api 20.
func TestBrokenStreamIsAborted(t *testing.T) {
	breaks := map[string]func(conn net.Conn){
		"chunks cut": func(conn net.Conn) {
			pour(conn, head200+"Transfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n", 1)
			conn.Close()
		},
		"length not reached": func(conn net.Conn) { pour(conn, head200+"Content-Length: 100\r\n\r\nfirst", 1); conn.Close() },
		"malformed chunk": func(conn net.Conn) {
			pour(conn, head200+"Transfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\nzz\r\n", 1)
			untilClosed(conn)
		},
		"silence": func(conn net.Conn) { pour(conn, head200+"Content-Length: 100\r\n\r\nfirst", 1); untilClosed(conn) },
	}
	var ops []operation
	paths := map[string]string{}
	for name, do := range breaks {
		b := newBackEnd(t, func(conn net.Conn, _ *received) { do(conn) })
		paths[name] = fmt.Sprintf("/s%d", len(ops))
		ops = append(ops, proxyTo(paths[name], "http://"+b.addr+"/", streaming, obj{"timeoutInMillis": 500}))
	}
	ops = append(ops, mock("/mock", `{"statusCode": 200}`))
	g := serve(t, document(t, nil, ops...))
	files := 0
	for name, path := range paths {
		rd := g.open("GET", "/dev"+path)
		if rd.res.status != 200 || rd.chunk() != "first" {
			t.Errorf("%s: got %s", name, rd.res)
		}
		if data, err := rd.tryChunk(); err == nil {
			t.Errorf("%s: got chunk %q, want a broken connection", name, data)
		}
		rd.conn.Close()
		want200(t, "after "+name, g.do("GET", "/dev/mock", ""))
		if files == 0 {
			files = g.openFiles()
		}
	}
	eventually(t, func() string { return fmt.Sprintf("%d open files, want %d", g.openFiles(), files) }, func() bool { return g.openFiles() <= files })
}

// TestStreamFailsBeforeItsHead: then the answer is the documented one. Spec: rest-api 20, 9.1.
func TestStreamFailsBeforeItsHead(t *testing.T) {
	silent := newBackEnd(t, func(conn net.Conn, _ *received) { untilClosed(conn) })
	closing := newBackEnd(t, func(conn net.Conn, _ *received) { conn.Close() })
	g := serve(t, document(t, nil, proxyTo("/silent", "http://"+silent.addr+"/", streaming, obj{"timeoutInMillis": 50}),
		proxyTo("/closing", "http://"+closing.addr+"/", streaming), proxyTo("/long", "http://"+closing.addr+"/", streaming, obj{"timeoutInMillis": 900000})))
	wantFailure(t, "silent", g.do("GET", "/dev/silent", ""), timedOut)
	wantFailure(t, "closing", g.do("GET", "/dev/closing", ""), networkError)
	wantFailure(t, "closing, with the longest timeout (unconfirmed)", g.do("GET", "/dev/long", ""), networkError)
}

// TestStreamWithoutBody: HEAD, 204 and 304, and the connection stays in step. Spec: rest-api 20.
func TestStreamWithoutBody(t *testing.T) {
	b := newBackEnd(t, func(conn net.Conn, r *received) {
		switch {
		case r.method == "HEAD":
			pour(conn, head200+"Content-Length: 5\r\nX-Own: 1\r\n\r\n", 1)
		case r.target == "/204":
			pour(conn, "HTTP/1.1 204 No Content\r\nX-Own: 1\r\n\r\n", 1)
		case r.target == "/304":
			pour(conn, "HTTP/1.1 304 Not Modified\r\nX-Own: 1\r\n\r\n", 1)
		default:
			reply(conn, 200, "", "X-Own: 1")
		}
	})
	g := serve(t, document(t, nil, proxyTo("/{s}", "http://"+b.addr+"/{s}", streaming, obj{"requestParameters": obj{"integration.request.path.s": "method.request.path.s"}})))
	conn, err := net.Dial("tcp", g.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(patience))
	r := bufio.NewReader(conn)
	for range 2 {
		for _, c := range []struct {
			method, path string
			status       int
		}{{"HEAD", "/x", 200}, {"GET", "/204", 204}, {"GET", "/304", 304}, {"GET", "/empty", 200}} {
			fmt.Fprintf(conn, "%s /dev%s HTTP/1.1\r\nHost: x\r\n\r\n", c.method, c.path)
			res, err := readResponse(r, c.method)
			if err != nil {
				t.Fatalf("%s %s: %v", c.method, c.path, err)
			}
			if res.status != c.status || res.body != "" || res.get("X-Own") != "1" {
				t.Errorf("%s %s: got %s", c.method, c.path, res)
			}
		}
	}
}

// TestStreamIsLeftAlone: no compression, no content handling. Spec: rest-api 20.
func TestStreamIsLeftAlone(t *testing.T) {
	b := newBackEnd(t, answerFromTarget)
	g := serve(t, document(t, obj{"x-amazon-apigateway-binary-media-types": []string{"image/png"}, "x-amazon-apigateway-minimum-compression-size": 0},
		proxyTo("/x", "http://"+b.addr+"/", streaming, obj{"contentHandling": "CONVERT_TO_TEXT"})))
	for _, payload := range payloads {
		for _, media := range []string{"image/png", "text/plain"} {
			res := g.do("GET", "/dev/x?"+answering(200, media, payload), "", "Accept-Encoding: gzip", "Accept: "+media)
			if want200(t, media, res) && (res.body != payload || res.get("Content-Encoding") != "") {
				t.Errorf("%s: got %s", media, res)
			}
		}
	}
}

// TestStreamedRequestBody: the request is sent whole. Spec: rest-api 20.
func TestStreamedRequestBody(t *testing.T) {
	b := newBackEnd(t, func(conn net.Conn, r *received) { reply(conn, 200, r.body) })
	g := serve(t, document(t, nil, proxyTo("/x", "http://"+b.addr+"/", streaming)))
	body := strings.Repeat("z", 1<<20)
	if res := g.do("POST", "/dev/x", body); res.body != body {
		t.Errorf("got %d bytes, want %d", len(res.body), len(body))
	}
}

// TestClientThatLeavesEndsTheStream: the back end's connection closes as soon as the gateway notices. Spec: rest-api 20.
func TestClientThatLeavesEndsTheStream(t *testing.T) {
	ended := make(chan bool, 1)
	b := newBackEnd(t, func(conn net.Conn, _ *received) {
		pour(conn, head200+"\r\n", 1)
		pour(conn, piece64K, 1<<40)
		ended <- true
	})
	g := serve(t, document(t, nil, proxyTo("/x", "http://"+b.addr+"/", streaming)))
	rd := g.open("GET", "/dev/x")
	rd.chunk()
	rd.conn.Close()
	if !wait(ended) {
		t.Error("the back end still sends")
	}
}

// TestStreamNeedsAProxy. Spec: rest-api 20.
func TestStreamNeedsAProxy(t *testing.T) {
	for _, op := range []operation{httpTo("/x", "http://127.0.0.1:8080/", streaming), mock("/x", "{}", streaming)} {
		if out := refused(t, document(t, nil, op)); !strings.Contains(out, "STREAM") {
			t.Errorf("got %s", out)
		}
	}
}
