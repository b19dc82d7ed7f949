package management_test

import (
	"context"
	"encoding/base64"
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

// streamed is an answer as the SDK's decoder gives it, read to its end; begun is called at each chunk with all that was read.
func streamed(t *testing.T, c *lambda.Client, in *lambda.InvokeWithResponseStreamInput, begun func(text string)) (string, *types.InvokeWithResponseStreamCompleteEvent) {
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
	if err := events.Err(); err != nil || end == nil {
		t.Fatalf("the stream ended with %v, %v", err, end)
	}
	return text.String(), end
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
