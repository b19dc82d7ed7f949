package management_test

import (
	"context"
	"encoding/base64"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

// streamNode writes the first word, waits for the file that the event names, and writes the second.
const streamNode = `
const fs = require('fs');
exports.handler = awslambda.streamifyResponse(async (event, stream) => {
  stream.setContentType('text/plain');
  stream.write('first ');
  while (event.file && !fs.existsSync(event.file)) await new Promise((resolve) => setTimeout(resolve, 1));
  if (event.fail) throw new TypeError(event.fail);
  stream.write(event.text || 'second');
  stream.end();
});
exports.plain = async (event) => { if (event.fail) throw new TypeError(event.fail); return event; };
`

// streamFunction makes a function of streamNode.
func streamFunction(t *testing.T, c *lambda.Client, name, handler string) *string {
	t.Helper()
	must[lambda.CreateFunctionOutput](t)(c.CreateFunction(t.Context(), &lambda.CreateFunctionInput{
		FunctionName: &name, Runtime: types.RuntimeNodejs22x, Handler: &handler, Role: aws.String(role), Timeout: aws.Int32(20),
		Code: &types.FunctionCode{ZipFile: zipOf(t, "index.js", streamNode)},
	}))
	t.Cleanup(func() {
		must[lambda.DeleteFunctionOutput](t)(c.DeleteFunction(context.Background(), &lambda.DeleteFunctionInput{FunctionName: &name}))
	})
	if err := lambda.NewFunctionActiveV2Waiter(c).Wait(t.Context(), &lambda.GetFunctionInput{FunctionName: &name}, patience); err != nil {
		t.Fatal(err)
	}
	return &name
}

// streamed is an answer as the SDK's decoder gives it, read to its end; begun is called at each chunk with all that was read. On a
// loaded machine the client closes its own connection once in some hundred calls: then it is called again.
func streamed(t *testing.T, c *lambda.Client, in *lambda.InvokeWithResponseStreamInput, begun func(text string)) (string, *types.InvokeWithResponseStreamCompleteEvent) {
	t.Helper()
	for try := 1; ; try++ {
		text, end, err := streamedOnce(t, c, in, begun)
		if errors.Is(err, net.ErrClosed) && try < 5 {
			t.Logf("called again: %v", err)
			continue
		}
		if err != nil || end == nil {
			t.Fatalf("the stream ended with %v, %v", err, end)
		}
		return text, end
	}
}

func streamedOnce(t *testing.T, c *lambda.Client, in *lambda.InvokeWithResponseStreamInput, begun func(text string)) (string, *types.InvokeWithResponseStreamCompleteEvent, error) {
	t.Helper()
	out := must[lambda.InvokeWithResponseStreamOutput](t)(c.InvokeWithResponseStream(t.Context(), in))
	equal(t, "status", out.StatusCode, int32(200))
	equal(t, "version", aws.ToString(out.ExecutedVersion), "$LATEST")
	equal(t, "type", aws.ToString(out.ResponseStreamContentType), "application/vnd.amazon.eventstream")
	events := out.GetStream()
	defer events.Close()
	var text strings.Builder
	var end *types.InvokeWithResponseStreamCompleteEvent
	for e := range events.Events() {
		switch e := e.(type) {
		case *types.InvokeWithResponseStreamResponseEventMemberPayloadChunk:
			text.Write(e.Value.Payload)
			if begun != nil {
				begun(text.String())
			}
		case *types.InvokeWithResponseStreamResponseEventMemberInvokeComplete:
			end = &e.Value
		}
	}
	return text.String(), end, events.Err()
}

// TestStreamingWithTheGoSDK: the first chunk is there while the function waits, and the end says how it went. That the code of a
// function error is Unhandled is unconfirmed.
func TestStreamingWithTheGoSDK(t *testing.T) {
	c := newLambda()
	name, plain := streamFunction(t, c, "go-stream", "index.handler"), streamFunction(t, c, "go-plain", "index.plain")
	mark := filepath.Join(t.TempDir(), "go")
	text, end := streamed(t, c, &lambda.InvokeWithResponseStreamInput{FunctionName: name, Payload: []byte(`{"file":"` + mark + `"}`), LogType: types.LogTypeTail}, func(text string) {
		if text == "first " {
			if err := os.WriteFile(mark, nil, 0o600); err != nil {
				t.Error(err)
			}
		}
	})
	equal(t, "answer", text, "first second")
	if log, err := base64.StdEncoding.DecodeString(aws.ToString(end.LogResult)); err != nil || !strings.Contains(string(log), "REPORT RequestId: ") || end.ErrorCode != nil {
		t.Errorf("got %q, %v, %v", log, err, aws.ToString(end.ErrorCode))
	}
	for _, tt := range []struct {
		name             *string
		event            string
		text, code, want string
	}{
		{name, `{"text":"` + strings.Repeat("x", 1<<20) + `"}`, "first " + strings.Repeat("x", 1<<20), "", ""},
		{name, `{"fail":"oh"}`, "first ", "Unhandled", `"errorMessage":"oh"`},
		{plain, `{"a":1}`, `{"a":1}`, "", ""},
		{plain, `{"fail":"oh"}`, "", "Unhandled", `"errorMessage":"oh"`},
	} {
		text, end := streamed(t, c, &lambda.InvokeWithResponseStreamInput{FunctionName: tt.name, Payload: []byte(tt.event)}, nil)
		if text != tt.text || aws.ToString(end.ErrorCode) != tt.code || !strings.Contains(aws.ToString(end.ErrorDetails), tt.want) || end.LogResult != nil {
			t.Errorf("%.40s: got %.100s, %s, %s", tt.event, text, aws.ToString(end.ErrorCode), aws.ToString(end.ErrorDetails))
		}
	}
	buffered := must[lambda.InvokeOutput](t)(c.Invoke(t.Context(), &lambda.InvokeInput{FunctionName: name, Payload: []byte(`{}`)}))
	equal(t, "collected", string(buffered.Payload), "first second")
}

// TestStreamingIsRefusedLikeInvoke holds what is no answer of a function.
func TestStreamingIsRefusedLikeInvoke(t *testing.T) {
	c := newLambda()
	name := streamFunction(t, c, "go-stream-refused", "index.handler")
	dry := must[lambda.InvokeWithResponseStreamOutput](t)(c.InvokeWithResponseStream(t.Context(), &lambda.InvokeWithResponseStreamInput{FunctionName: name, InvocationType: types.ResponseStreamingInvocationTypeDryRun}))
	equal(t, "dry run", dry.StatusCode, int32(204))
	for _, tt := range []struct {
		in            lambda.InvokeWithResponseStreamInput
		kind, message string
	}{
		{lambda.InvokeWithResponseStreamInput{FunctionName: aws.String("nothing")}, "ResourceNotFoundException", "Function not found: " + arnOf(serverAccount, "nothing:$LATEST")},
		{lambda.InvokeWithResponseStreamInput{FunctionName: name, Qualifier: aws.String("gone")}, "ResourceNotFoundException", "Function not found: " + arnOf(serverAccount, "go-stream-refused:gone")},
		{lambda.InvokeWithResponseStreamInput{FunctionName: name, Payload: []byte("x")}, "InvalidRequestContentException", ""},
		{lambda.InvokeWithResponseStreamInput{FunctionName: name, InvocationType: "Event"}, "ValidationException",
			"1 validation error detected: Value 'Event' at 'invocationType' failed to satisfy constraint: Member must satisfy enum value set: [RequestResponse, DryRun]"},
	} {
		_, err := c.InvokeWithResponseStream(t.Context(), &tt.in)
		fails(t, err, tt.kind, tt.message)
	}
}

// streamsOverHTTP is an HTTP server in Python that writes a word, waits for the file that an event names, and writes another one.
const streamsOverHTTP = `#!/usr/bin/env python3
import http.server, json, os, time
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        self.send_response(200); self.send_header("Content-Length", "0"); self.end_headers()
    def do_POST(self):
        event = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(202); self.send_header("Transfer-Encoding", "chunked"); self.send_header("Set-Cookie", "a=1"); self.end_headers()
        def chunk(text):
            self.wfile.write(b"%x\r\n%s\r\n" % (len(text), text)); self.wfile.flush()
        chunk(b"first ")
        while not os.path.exists(event["file"]): time.sleep(0.001)
        chunk(b"second"); self.wfile.write(b"0\r\n\r\n")
http.server.HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
`

// TestWebFunctionStreamsToTheGoSDK: InvokeWithResponseStream gives metadata, eight zero bytes, and the body as the server writes it.
func TestWebFunctionStreamsToTheGoSDK(t *testing.T) {
	c, name := newLambda(), aws.String("go-web-stream")
	must[lambda.CreateFunctionOutput](t)(c.CreateFunction(t.Context(), &lambda.CreateFunctionInput{
		FunctionName: name, Runtime: types.RuntimePython312, Handler: aws.String("server.py"), Role: aws.String(role), Timeout: aws.Int32(20),
		Environment: &types.Environment{Variables: map[string]string{"AWS_LWA_INVOKE_MODE": "response_stream"}},
		Code:        &types.FunctionCode{ZipFile: zipOf(t, "server.py", streamsOverHTTP)},
	}))
	t.Cleanup(func() {
		must[lambda.DeleteFunctionOutput](t)(c.DeleteFunction(context.Background(), &lambda.DeleteFunctionInput{FunctionName: name}))
	})
	mark := filepath.Join(t.TempDir(), "web")
	text, end := streamed(t, c, &lambda.InvokeWithResponseStreamInput{FunctionName: name, Payload: []byte(`{"file":"` + mark + `"}`)}, func(text string) {
		if strings.HasSuffix(text, "first ") {
			if err := os.WriteFile(mark, nil, 0o600); err != nil {
				t.Error(err)
			}
		}
	})
	metadata, body, ok := strings.Cut(text, strings.Repeat("\x00", 8))
	if !ok || body != "first second" || !strings.HasPrefix(metadata, `{"statusCode":202,"headers":{`) || !strings.HasSuffix(metadata, `},"cookies":["a=1"]}`) || end.ErrorCode != nil {
		t.Errorf("got %q, %+v", text, end)
	}
}
