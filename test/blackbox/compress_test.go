package blackbox

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"io"
	"net"
	"strings"
	"testing"
)

func gzipped(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func deflated(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	_, _ = io.WriteString(w, text)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// unpack undoes the content coding of an answer.
func unpack(t *testing.T, r *response) string {
	t.Helper()
	var in io.Reader = strings.NewReader(r.body)
	var err error
	switch r.get("Content-Encoding") {
	case "gzip":
		in, err = gzip.NewReader(in)
	case "deflate":
		in, err = zlib.NewReader(in)
	}
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(in)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func compressionDocument(size, backend string) string {
	return `openapi: 3.0.1
info: {title: compression, version: "1"}
` + size + `
paths:
  /big: {get: {responses: {"200": {description: ok}}, x-amazon-apigateway-integration: {type: mock, requestTemplates: {application/json: '{"statusCode": 200}'}, responses: {default: {statusCode: "200", responseTemplates: {application/json: '` + strings.Repeat("0123456789", 20) + `'}}}}}}
  /small: {get: {responses: {"200": {description: ok}}, x-amazon-apigateway-integration: {type: mock, requestTemplates: {application/json: '{"statusCode": 200}'}, responses: {default: {statusCode: "200", responseTemplates: {application/json: 'tiny'}}}}}}
  /echo: {post: {responses: {"200": {description: ok}}, x-amazon-apigateway-integration: {type: http, httpMethod: POST, uri: "http://` + backend + `/", responses: {default: {statusCode: "200"}}}}}
  /encoded: {get: {responses: {}, x-amazon-apigateway-integration: {type: http_proxy, httpMethod: GET, uri: "http://` + backend + `/encoded"}}}
`
}

// TestResponseCompression holds the response rows of rest-api 18.
func TestResponseCompression(t *testing.T) {
	g := serve(t, compressionDocument("x-amazon-apigateway-minimum-compression-size: 100", "127.0.0.1:9999"))
	big := strings.Repeat("0123456789", 20)
	for _, c := range []struct{ name, path, accept, coding, want string }{
		{"gzip", "/big", "gzip", "gzip", big},
		{"deflate", "/big", "deflate", "deflate", big},
		{"equal weights, first listed", "/big", "deflate, gzip", "deflate", big},
		{"highest weight", "/big", "deflate;q=0.2, gzip;q=0.9", "gzip", big},
		{"star is gzip", "/big", "*", "gzip", big},
		{"br on top", "/big", "br, gzip", "", big},
		{"identity on top", "/big", "identity, gzip;q=0.5", "", big},
		{"no header", "/big", "", "", big},
		{"below the threshold", "/small", "gzip", "", "tiny"},
	} {
		var headers []string
		if c.accept != "" {
			headers = append(headers, "Accept-Encoding: "+c.accept)
		}
		r := g.do("GET", "/dev"+c.path, "", headers...)
		if r.get("Content-Encoding") != c.coding || unpack(t, r) != c.want {
			t.Errorf("%s: got %v", c.name, r)
		}
	}
	if r := g.do("GET", "/dev/none", "", "Accept-Encoding: gzip"); r.get("Content-Encoding") != "" || r.status != 403 {
		t.Errorf("a short refusal: got %v", r)
	}
}

// TestRequestDecompression holds the request rows of rest-api 18.
func TestRequestDecompression(t *testing.T) {
	b := newBackEnd(t, nil)
	on := serve(t, compressionDocument("x-amazon-apigateway-minimum-compression-size: 0", b.addr))
	off := serve(t, compressionDocument("", b.addr))
	text := `{"hello":"` + strings.Repeat("world ", 50) + `"}`
	for _, c := range []struct{ coding, body string }{{"gzip", gzipped(t, text)}, {"deflate", deflated(t, text)}, {"identity", text}} {
		r := on.do("POST", "/dev/echo", c.body, "Content-Type: application/json", "Content-Encoding: "+c.coding)
		if got := b.last(); r.status != 200 || got.body != text || got.has("Content-Encoding") {
			t.Errorf("%s: got %v; the back end saw %v", c.coding, r, got)
		}
	}
	for _, c := range []struct{ name, coding, body string }{{"unknown coding", "br", "x"}, {"corrupt", "gzip", "no gzip at all"}, {"cut short", "gzip", gzipped(t, text)[:20]}} {
		r := on.do("POST", "/dev/echo", c.body, "Content-Encoding: "+c.coding)
		if r.status != 415 || r.body != `{"message":"Unsupported Media Type"}` {
			t.Errorf("%s: got %v", c.name, r)
		}
	}
	if r := on.do("POST", "/dev/echo", gzipped(t, strings.Repeat("0", 20<<20)), "Content-Encoding: gzip"); r.status != 413 {
		t.Errorf("a bomb of 20 MiB: got %v", r)
	}
	if r := off.do("POST", "/dev/echo", "plain", "Content-Encoding: gzip"); r.status != 200 || b.last().body != "plain" {
		t.Errorf("without compression the body stays: got %v", r)
	}
}

func TestBackEndsOwnCodingIsNotTouched(t *testing.T) {
	packed := gzipped(t, strings.Repeat("x", 1000))
	b := newBackEnd(t, nil)
	b.answer = func(conn net.Conn, _ *received) {
		reply(conn, 200, packed, "Content-Encoding: gzip", "Content-Type: text/plain")
	}
	g := serve(t, compressionDocument("x-amazon-apigateway-minimum-compression-size: 0", b.addr))
	if r := g.do("GET", "/dev/encoded", "", "Accept-Encoding: gzip"); r.body != packed || r.get("Content-Encoding") != "gzip" {
		t.Errorf("got %v", r)
	}
}
