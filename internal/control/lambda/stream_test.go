package lambda_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"io"
	"testing"
	"testing/iotest"

	"github.com/aws/aws-sdk-go-v2/aws/protocol/eventstream"

	"github.com/gatehouse-gateway/gatehouse/awsproto"
	"github.com/gatehouse-gateway/gatehouse/internal/control/caller"
	"github.com/gatehouse-gateway/gatehouse/internal/functions"
)

// TestStreamEndsWithWhatInvokeSays: an answer that is not streamed is a chunk, and the last event has the log and the error. That
// the code of an error is Unhandled, and that its payload is no chunk, is unconfirmed.
func TestStreamEndsWithWhatInvokeSays(t *testing.T) {
	f := newFixture(t)
	f.create("hello", `,"Publish":true`)
	log := base64.StdEncoding.EncodeToString([]byte("END\n"))
	for _, tt := range []struct {
		name   string
		result functions.Result
		events []string
	}{
		{"success", functions.Result{Payload: []byte(`{"a":1}`), Log: []byte("END\n")}, []string{`PayloadChunk {"a":1}`, `InvokeComplete {"LogResult":"` + log + `"}`}},
		{"nothing", functions.Result{}, []string{`InvokeComplete {}`}},
		{"failure", functions.Result{Payload: []byte(`{"errorMessage":"no"}`), FunctionError: functions.Unhandled, Log: []byte("END\n")},
			[]string{`InvokeComplete {"ErrorCode":"Unhandled","ErrorDetails":"{\"errorMessage\":\"no\"}","LogResult":"` + log + `"}`}},
	} {
		f.invoker.result = tt.result
		ctx := caller.With(context.Background(), caller.Caller{AccountID: accountID, Region: "us-east-1", RequestID: "request-1"})
		res := f.Handle(ctx, &awsproto.Request{Method: "POST", Path: "/2021-11-15/functions/hello/response-streaming-invocations", Query: "Qualifier=1",
			Header: []awsproto.Field{{Name: "X-Amz-Log-Type", Value: "Tail"}}})
		if res.Status != 200 || res.Stream == nil {
			t.Fatalf("%s: got %d %s", tt.name, res.Status, res.Body)
		}
		text, err := io.ReadAll(iotest.OneByteReader(res.Stream))
		if err != nil || res.Stream.Close() != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		r, decoder := bytes.NewReader(text), eventstream.NewDecoder()
		for _, want := range tt.events {
			m, err := decoder.Decode(r, nil)
			if err != nil {
				t.Fatalf("%s: %v", tt.name, err)
			}
			if got := m.Headers.Get(":event-type").String() + " " + string(m.Payload); got != want {
				t.Errorf("%s:\n got %s\nwant %s", tt.name, got, want)
			}
		}
		if r.Len() > 0 {
			t.Errorf("%s: %d bytes are left", tt.name, r.Len())
		}
		if c := f.invoker.last; c.RequestID != "request-1" || string(c.Payload) != "{}" || c.Ref.Qualifier != "1" || c.Stream == nil {
			t.Errorf("%s: got %+v", tt.name, c)
		}
	}
}

// TestStreamIsRefusedAsInvokeIs holds calls that never reach a function.
func TestStreamIsRefusedAsInvokeIs(t *testing.T) {
	f := newFixture(t)
	f.create("hello", "")
	const path = "POST /2021-11-15/functions/hello/response-streaming-invocations"
	f.check(
		want{"POST /2021-11-15/functions/nobody/response-streaming-invocations", `{}`, "404 ResourceNotFoundException"},
		want{path, `{`, "400 InvalidRequestContentException"},
	)
	f.invoker.err = &functions.ThrottledError{Reason: functions.ReasonReserved}
	f.check(want{path, `{}`, "429 TooManyRequestsException"})
}
