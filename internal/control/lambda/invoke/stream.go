package invoke

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"

	"github.com/gatehouse-gateway/gatehouse/eventstream"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/functions"
)

// stream runs a function and answers what it says as it says it. Spec: functions B6.1.
func (o *Operations) stream(ctx context.Context, in *wire.InvokeWithResponseStreamRequest) (*wire.InvokeWithResponseStreamResponse, io.ReadCloser, error) {
	call, err := read(ctx, &wire.InvocationRequest{
		FunctionName: in.FunctionName, Qualifier: in.Qualifier, InvocationType: in.InvocationType, LogType: in.LogType,
		ClientContext: in.ClientContext, TenantId: in.TenantId, Payload: in.Payload,
	})
	if err != nil {
		return nil, nil, err
	}
	s, err := functions.OpenStream(ctx, o.state.Invoker, call)
	if err != nil {
		return nil, nil, answer(err, call)
	}
	if call.Type == functions.DryRun {
		return &wire.InvokeWithResponseStreamResponse{StatusCode: wire.Int(204)}, nil, s.Close()
	}
	return &wire.InvokeWithResponseStreamResponse{
		StatusCode: wire.Int(200), ExecutedVersion: wire.NonZero(s.ExecutedVersion), ResponseStreamContentType: wire.Ptr(eventstream.ContentType),
	}, &events{answer: s, tail: call.Tail}, nil
}

// The two kinds of events.
var (
	payloadChunk   = eventstream.Event("PayloadChunk", "application/octet-stream")
	invokeComplete = eventstream.Event("InvokeComplete", "application/json")
)

// maxChunk is the greatest payload of a PayloadChunk in bytes: with what is around it, a front sends it in one piece.
const maxChunk = 31 << 10

// events reads an answer as events.
type events struct {
	answer *functions.Streaming
	tail   bool   // the client wants the end of the log
	piece  []byte // reused
	event  []byte // reused
	unread []byte // of event
	whole  bool   // InvokeComplete was the last event
}

// Read implements io.Reader. A call that did not come to its end, for the gateway's reasons, ends without InvokeComplete.
func (e *events) Read(p []byte) (int, error) {
	if len(e.unread) == 0 {
		if e.whole {
			return 0, io.EOF
		}
		if err := e.next(); err != nil {
			return 0, err
		}
	}
	n := copy(p, e.unread)
	e.unread = e.unread[n:]
	return n, nil
}

// next makes the next event.
func (e *events) next() error {
	if e.piece == nil {
		e.piece = make([]byte, maxChunk)
	}
	n, err := e.answer.Read(e.piece)
	switch {
	case err == nil:
		e.event = eventstream.Append(e.event[:0], payloadChunk, e.piece[:n])
	case errors.Is(err, io.EOF):
		text, err := e.completion()
		if err != nil {
			return err
		}
		e.event, e.whole = eventstream.Append(e.event[:0], invokeComplete, text), true
	default:
		return err
	}
	e.unread = e.event
	return nil
}

// completion says how the call ended. What the code of a function error is is not documented: it is what Invoke calls such an
// error (unconfirmed).
func (e *events) completion() ([]byte, error) {
	var end struct {
		ErrorCode    string `json:",omitempty"`
		ErrorDetails string `json:",omitempty"`
		LogResult    string `json:",omitempty"`
	}
	res := e.answer.Result()
	if res.FunctionError != "" {
		end.ErrorCode, end.ErrorDetails = res.FunctionError, string(res.Payload)
	}
	if e.tail {
		end.LogResult = base64.StdEncoding.EncodeToString(res.Log)
	}
	return json.Marshal(end)
}

// Close implements io.Closer.
func (e *events) Close() error { return e.answer.Close() }
