package blackbox

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// streamProject is a project with one function in Node that streams.
func streamProject(t *testing.T, code string) string {
	t.Helper()
	uri := "arn:aws:apigateway:us-east-1:lambda:path/2021-11-15/functions/arn:aws:lambda:us-east-1:123456789012:function:f/response-streaming-invocations"
	return functionProject(t, map[string]string{
		"openapi.yaml": "openapi: 3.0.1\ninfo: {title: Streams}\npaths:\n  /f:\n    x-amazon-apigateway-any-method:\n" +
			"      x-amazon-apigateway-integration: {type: aws_proxy, httpMethod: POST, uri: '" + uri + "', responseTransferMode: STREAM}\n",
		"gatehouse.yaml": "functions:\n- {name: f, runtime: nodejs22.x, handler: index.handler, path: f, timeout: 20}\n",
		"f/index.js":     code,
	})
}

// streamsInNode does what its query says, as a streaming function of Node.
const streamsInNode = `
const fs = require('fs');
const exists = async (file) => { while (file && !fs.existsSync(file)) await new Promise((resolve) => setTimeout(resolve, 1)); };
exports.handler = awslambda.streamifyResponse(async (event, response) => {
  const query = event.queryStringParameters || {};
  if (query.first) throw new Error(query.first);
  const stream = awslambda.HttpResponseStream.from(response, { statusCode: 201, headers: { 'Content-Type': 'text/plain', 'X-Own': '1' }, cookies: ['a=1', 'b=2'] });
  stream.write('one ');
  await exists(query.one);
  stream.write('two ');
  await exists(query.two);
  if (query.fail) throw new Error(query.fail);
  const piece = Buffer.alloc(1 << 16, 'x');
  for (let left = Number(query.size || 0); left > 0; left -= piece.length) {
    if (!stream.write(piece)) await new Promise((resolve) => stream.once('drain', resolve));
    if (query.count) fs.writeFileSync(query.count, String(query.size - left));
  }
  stream.write('three');
  stream.end();
});
`

// TestStreamedFunctionAnswersWhileItRuns: each piece is there before the function writes the next. Spec: rest-api 20.
func TestStreamedFunctionAnswersWhileItRuns(t *testing.T) {
	g := serveFile(t, streamProject(t, streamsInNode))
	answersWhileItRuns(t, g, "/dev/f")
}

// TestStreamedFunctionInGo is the same for a function of provided.al2023 with Amazon's library, behind a REST API and a function URL.
func TestStreamedFunctionInGo(t *testing.T) {
	dir := streamProject(t, "")
	write(t, filepath.Join(dir, "gatehouse.yaml"),
		"functions:\n- {name: f, runtime: provided.al2023, handler: x, path: f, timeout: 20, url: {auth: NONE, invokeMode: RESPONSE_STREAM}}\n")
	install(t, "streamfunction", filepath.Join(dir, "f", "bootstrap"))
	g := serveFile(t, dir)
	answersWhileItRuns(t, g, "/dev/f")
	id, _, _ := strings.Cut(g.functionURL("f"), ".")
	answersWhileItRuns(t, g, "/functionurls/"+id+"/_user_request_/")
}

// answersWhileItRuns calls the function of streamsInNode cold and warm: it writes the next piece once the last was read.
func answersWhileItRuns(t *testing.T, g *gatewayProcess, path string) {
	t.Helper()
	for range 2 {
		one, two := filepath.Join(t.TempDir(), "one"), filepath.Join(t.TempDir(), "two")
		rd := g.open("GET", path+"?one="+one+"&two="+two)
		if rd.res.status != 201 || rd.res.get("Transfer-Encoding") != "chunked" || rd.res.get("Content-Type") != "text/plain" || rd.res.get("X-Own") != "1" ||
			!rd.res.has("x-amzn-RequestId") || rd.res.has("Content-Length") || strings.Count(rd.res.String(), "[Set-Cookie ") != 2 {
			t.Errorf("got %s", rd.res)
		}
		for _, step := range []struct{ chunk, file string }{{"one ", one}, {"two ", two}} {
			if got := rd.chunk(); got != step.chunk {
				t.Fatalf("got %q, want %q", got, step.chunk)
			}
			write(t, step.file, "")
		}
		if got := rd.chunk() + rd.chunk(); got != "three" {
			t.Errorf("in the end: %q", got)
		}
	}
}

// TestStreamedFunctionWithCurl: curl prints what there is while the function waits.
func TestStreamedFunctionWithCurl(t *testing.T) {
	g := serveFile(t, streamProject(t, streamsInNode))
	mark := filepath.Join(t.TempDir(), "one")
	curl := exec.CommandContext(t.Context(), "curl", "-sSN", "http://"+g.addr+"/dev/f?one="+mark)
	out, err := curl.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := curl.Start(); err != nil {
		t.Fatalf("%v: run test/install-tools", err)
	}
	first := make([]byte, len("one "))
	if _, err := io.ReadFull(out, first); err != nil || string(first) != "one " {
		t.Fatalf("at first: %q, %v", first, err)
	}
	write(t, mark, "")
	rest, err := io.ReadAll(out)
	if err != nil || string(rest) != "two three" || curl.Wait() != nil {
		t.Errorf("then: %q, %v", rest, err)
	}
}

// TestStreamedFunctionFails: before its first byte it is a 502, later it cuts the connection.
func TestStreamedFunctionFails(t *testing.T) {
	g := serveFile(t, streamProject(t, streamsInNode))
	if r := g.do("GET", "/dev/f?first=oh", ""); r.status != 502 || r.body != `{"message": "Internal server error"}` {
		t.Errorf("before: %s", r)
	}
	rd := g.open("GET", "/dev/f?fail=oh")
	got := ""
	for {
		chunk, err := rd.tryChunk()
		if err != nil {
			break
		}
		if chunk == "" {
			t.Fatalf("the answer has an end after %q", got)
		}
		got += chunk
	}
	if got != "one two " {
		t.Errorf("later: %q", got)
	}
	if r := g.do("GET", "/dev/f", ""); r.status != 201 || r.body != "one two three" {
		t.Errorf("afterwards: %s", r)
	}
}

// TestSlowClientSlowsTheFunctionDown: of what the function writes, no more is on its way than buffers hold, and none of it in the
// gateway's memory.
func TestSlowClientSlowsTheFunctionDown(t *testing.T) {
	const size = 180 << 20
	g := serveFile(t, streamProject(t, streamsInNode))
	if r := g.do("GET", "/dev/f", ""); r.status != 201 {
		t.Fatal(r)
	}
	g.readSlowly("/dev/f", size)
}

// readSlowly asks for size bytes of a function that counts what it has written in a file, and reads none until it writes no more. Of
// what was written, no more is on its way than buffers hold, and none of it in the gateway's memory.
func (g *gatewayProcess) readSlowly(target string, size int) {
	g.t.Helper()
	before := g.residentKB()
	count := filepath.Join(g.t.TempDir(), "count")
	rd := g.open("GET", fmt.Sprintf("%s?size=%d&count=%s", target, size, count))
	written, same := "", 0
	for deadline := time.Now().Add(patience); same < 20; time.Sleep(5 * time.Millisecond) {
		text, _ := os.ReadFile(count)
		if same++; string(text) != written || written == "" {
			written, same = string(text), 0
		}
		if time.Now().After(deadline) {
			g.t.Fatalf("it goes on: %s", written)
		}
	}
	if len(written) > len("99999999") {
		g.t.Errorf("%s bytes were written that nobody read", written)
	}
	total := 0
	for chunk := rd.chunk(); chunk != ""; chunk = rd.chunk() {
		total += len(chunk)
	}
	if want := len("one two three") + size; total != want {
		g.t.Errorf("read %d bytes, want %d", total, want)
	}
	if grown := g.residentKB() - before; grown > 24<<10 {
		g.t.Errorf("the gateway grew by %d KB", grown)
	}
}

// stampsInNode writes what the machine's clock says, in nanoseconds, a hundred times.
const stampsInNode = `
exports.handler = awslambda.streamifyResponse(async (event, response) => {
  const stream = awslambda.HttpResponseStream.from(response, {});
  for (let i = 0; i < 100; i++) {
    stream.write(String(process.hrtime.bigint()));
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  stream.end();
});
`

// TestStreamedPiecesAreFast logs how long pieces take from the function to the client, something to look at, not a promise.
func TestStreamedPiecesAreFast(t *testing.T) {
	t.Run("REST API", func(t *testing.T) {
		logPieces(t, serveFile(t, streamProject(t, stampsInNode)), "/dev/f")
	})
	t.Run("function URL", func(t *testing.T) {
		g := serveFile(t, urlProject(t, stampsInNode, "invokeMode: RESPONSE_STREAM"))
		id, _, _ := strings.Cut(g.functionURL("f"), ".")
		logPieces(t, g, "/functionurls/"+id+"/_user_request_/")
	})
}

// logPieces reads a stream of stamps.
func logPieces(t *testing.T, g *gatewayProcess, target string) {
	t.Helper()
	rd := g.open("GET", target)
	var took []time.Duration
	for chunk := rd.chunk(); chunk != ""; chunk = rd.chunk() {
		var now unix.Timespec
		if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &now); err != nil {
			t.Fatal(err)
		}
		if at, err := strconv.ParseInt(chunk, 10, 64); err == nil { // else several pieces came at once
			took = append(took, time.Duration(now.Nano()-at))
		}
	}
	if len(took) == 0 {
		t.Fatal("no piece came alone")
	}
	slices.Sort(took)
	t.Logf("%d pieces: median %v, 90th percentile %v, greatest %v", len(took), took[len(took)/2], took[len(took)*9/10], took[len(took)-1])
}
