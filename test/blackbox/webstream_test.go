package blackbox

import (
	"path/filepath"
	"strings"
	"testing"
)

// streamsOverHTTP is an ordinary HTTP server in Node that does what its query says.
const streamsOverHTTP = `
const fs = require('fs'), http = require('http');
const exists = async (file) => { while (file && !fs.existsSync(file)) await new Promise((resolve) => setTimeout(resolve, 1)); };
http.createServer(async (req, res) => {
  const query = Object.fromEntries(new URL(req.url, 'http://x').searchParams);
  res.writeHead(201, { 'Content-Type': 'text/plain', 'X-Own': '1', 'Set-Cookie': ['a=1', 'b=2'] });
  res.write('one ');
  await exists(query.one);
  await new Promise((resolve) => res.write('two ', resolve));
  await exists(query.two);
  if (query.fail) return res.destroy();
  const piece = Buffer.alloc(1 << 16, 'x');
  for (let left = Number(query.size || 0); left > 0; left -= piece.length) {
    if (!res.write(piece)) await new Promise((resolve) => res.once('drain', resolve));
    if (query.count) fs.writeFileSync(query.count, String(query.size - left));
  }
  res.end('three');
}).listen(process.env.PORT);
`

// webStreamProject is a project whose web function streams to a REST API and to its URL.
func webStreamProject(t *testing.T) string {
	t.Helper()
	uri := "arn:aws:apigateway:us-east-1:lambda:path/2021-11-15/functions/arn:aws:lambda:us-east-1:123456789012:function:w/response-streaming-invocations"
	buffered := strings.NewReplacer("2021-11-15", "2015-03-31", "response-streaming-invocations", "invocations").Replace(uri)
	return functionProject(t, map[string]string{
		"openapi.yaml": "openapi: 3.0.1\ninfo: {title: Web}\npaths:\n" +
			"  /w:\n    x-amazon-apigateway-any-method:\n      x-amazon-apigateway-integration: {type: aws_proxy, httpMethod: POST, uri: '" + uri + "', responseTransferMode: STREAM}\n" +
			"  /buffered:\n    x-amazon-apigateway-any-method:\n      x-amazon-apigateway-integration: {type: aws_proxy, httpMethod: POST, uri: '" + buffered + "'}\n",
		"gatehouse.yaml": "functions:\n- {name: w, runtime: web, handler: node server.js, path: w, timeout: 20, environment: {AWS_LWA_INVOKE_MODE: response_stream}, url: {invokeMode: RESPONSE_STREAM}}\n" +
			"- {name: b, runtime: web, handler: node server.js, path: w, timeout: 20, environment: {AWS_LWA_INVOKE_MODE: response_stream}, url: {}}\n",
		"w/server.js": streamsOverHTTP,
	})
}

// TestWebFunctionStreams: what an HTTP server writes is there before it writes the next, through a REST API and a function URL.
func TestWebFunctionStreams(t *testing.T) {
	g := serveFile(t, webStreamProject(t))
	id, _, _ := strings.Cut(g.functionURL("w"), ".")
	for _, base := range []string{"/dev/w", "/functionurls/" + id + "/_user_request_/"} {
		for range 2 { // cold and warm
			one, two := filepath.Join(t.TempDir(), "one"), filepath.Join(t.TempDir(), "two")
			rd := g.open("GET", base+"?one="+one+"&two="+two)
			if rd.res.status != 201 || rd.res.get("Transfer-Encoding") != "chunked" || rd.res.get("Content-Type") != "text/plain" || rd.res.get("X-Own") != "1" || strings.Count(rd.res.String(), "[Set-Cookie ") != 2 {
				t.Errorf("%s: got %s", base, rd.res)
			}
			for _, step := range []struct{ chunk, file string }{{"one ", one}, {"two ", two}} {
				if got := rd.chunk(); got != step.chunk {
					t.Fatalf("%s: got %q, want %q", base, got, step.chunk)
				}
				write(t, step.file, "")
			}
			if got := rd.chunk() + rd.chunk(); got != "three" {
				t.Errorf("%s: in the end %q", base, got)
			}
		}
		rd, got := g.open("GET", base+"?fail=1"), ""
		for chunk, err := rd.tryChunk(); err == nil; chunk, err = rd.tryChunk() {
			if got += chunk; chunk == "" {
				t.Fatalf("%s: the answer has an end after %q", base, got)
			}
		}
		if got != "one two " {
			t.Errorf("%s: the server breaks off: %q", base, got)
		}
	}
	buffered, _, _ := strings.Cut(g.functionURL("b"), ".")
	if r := g.do("GET", "/functionurls/"+buffered+"/_user_request_/", ""); r.status != 201 || r.body != "one two three" || r.get("X-Own") != "1" {
		t.Errorf("a URL that waits for the end: %s", r)
	}
	if r := g.do("GET", "/dev/buffered", ""); r.status != 502 { // as with the Lambda Web Adapter
		t.Errorf("an integration that waits for the end: %s", r)
	}
}

// TestSlowClientSlowsAWebFunctionDown: of 150 MB that an HTTP server writes, no more is on its way than buffers hold.
func TestSlowClientSlowsAWebFunctionDown(t *testing.T) {
	const size = 150 << 20
	g := serveFile(t, webStreamProject(t))
	id, _, _ := strings.Cut(g.functionURL("w"), ".")
	base := "/functionurls/" + id + "/_user_request_/"
	if r := g.do("GET", base, ""); r.status != 201 {
		t.Fatal(r)
	}
	g.readSlowly(base, size)
}
