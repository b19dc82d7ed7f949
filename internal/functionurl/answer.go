package functionurl

import (
	"context"
	"errors"

	"github.com/gatehouse-gateway/gatehouse/http1"
	"github.com/gatehouse-gateway/gatehouse/internal/functions"
	"github.com/gatehouse-gateway/gatehouse/internal/functions/prelude"
	"github.com/gatehouse-gateway/gatehouse/internal/integration/payloadv2"
	"github.com/gatehouse-gateway/gatehouse/internal/limits"
)

const (
	defaultType = "application/json"
	contentType = "Content-Type"
)

// answerWhole calls the function and answers when it is done. Its own timeout ends it. Spec: functions B7.
func (x *exchange) answerWhole(ctx context.Context) *refusal {
	if err := x.table.opts.Functions.Invoke(ctx, &x.call, &x.result); err != nil {
		return refuseCall(err)
	}
	switch res := &x.result; {
	case res.FunctionError != "":
		return failedFunction(res)
	case res.ContentType != "":
		return x.answerCollected(res.Payload, res.ContentType)
	}
	a, err := payloadv2.Parse(x.result.Payload)
	if err != nil {
		return failed(err.Error())
	}
	if r := x.answerHead(&a); r != nil {
		return r
	}
	return x.answerBody(&a)
}

// failedFunction is the answer when a function failed. What went wrong is for its log, not for clients.
func failedFunction(res *functions.Result) *refusal {
	return failed("the function failed: " + string(res.Payload[:min(len(res.Payload), maxReason)]))
}

// maxReason is how much of an error an operator is told, in bytes.
const maxReason = 1 << 10

// answerHead writes status and header of the answer.
func (x *exchange) answerHead(a *payloadv2.Answer) *refusal {
	out := &x.wire.Response
	header, err := a.AppendHeader(out.Header, int(x.table.opts.Limits.HeaderFields))
	if err != nil {
		return failed(err.Error())
	}
	out.Status, out.Header = a.Status, header
	if !out.Header.Has(contentType) {
		out.Header.Add(contentType, defaultType)
	}
	x.finishHeader()
	return nil
}

// finishHeader gives the answer what the URL says about CORS, and takes out what the gateway says itself.
func (x *exchange) finishHeader() {
	h := &x.wire.Response.Header
	h.Del("x-amzn-RequestId")
	h.Del("X-Amzn-Trace-Id")
	if x.url != nil && x.url.cors != nil {
		*h = withoutCORS(*h)
		x.url.cors.addTo(h, &x.wire.Request)
	}
}

// answerBody writes the body of an answer that is there as a whole. One that is no string is sent as JSON.
func (x *exchange) answerBody(a *payloadv2.Answer) *refusal {
	if size := int64(len(x.result.Payload)); size > limits.Free && !x.memory.Grow(x.memory.Taken()+size) {
		return overloaded
	}
	body, err := a.Body(&x.text)
	if err != nil {
		return failed(err.Error())
	}
	x.wire.Response.Body = body
	return nil
}

// answerCollected answers with what a function streamed to somebody who waited for the end.
func (x *exchange) answerCollected(payload []byte, media string) *refusal {
	if media != prelude.ContentType {
		x.answerRaw(media)
		x.wire.Response.Body = payload
		return nil
	}
	text, body, err := prelude.Cut(payload)
	if err != nil {
		return failed(err.Error())
	}
	if r := x.answerPrelude(text); r != nil {
		return r
	}
	x.wire.Response.Body = body
	return nil
}

// answerRaw begins an answer that is the body and nothing else.
func (x *exchange) answerRaw(media string) {
	out := &x.wire.Response
	if out.Status = 200; !http1.ValidValue(media) || media == "" {
		media = "application/octet-stream"
	}
	out.Header.Add(contentType, media)
	x.finishHeader()
}

// answerPrelude begins an answer as the metadata before its body say.
func (x *exchange) answerPrelude(text []byte) *refusal {
	a, err := payloadv2.ParsePrelude(text)
	if err != nil {
		return failed(err.Error())
	}
	return x.answerHead(&a)
}

// answerStream calls the function and hands on what it writes, as it arrives: a slow client slows the function down. Spec:
// functions A2.5.
func (x *exchange) answerStream(ctx context.Context) *refusal {
	ctx, stop := context.WithCancelCause(ctx)
	answer, err := functions.OpenStream(ctx, x.table.opts.Functions, &x.call)
	if err != nil {
		stop(nil)
		return refuseCall(err)
	}
	x.stream = prelude.NewBody(answer, 0, stop)
	if res := x.stream.Failed(); res != nil {
		return failedFunction(res)
	}
	if answer.ContentType != prelude.ContentType {
		x.answerRaw(answer.ContentType)
	} else if r := x.beginStream(); r != nil {
		return r
	}
	x.wire.Response.Stream, x.wire.Response.StreamLength = x.stream, -1
	x.stream = nil
	return nil
}

// beginStream waits for the metadata.
func (x *exchange) beginStream() *refusal {
	text, err := prelude.Read(x.stream)
	if err == nil {
		return x.answerPrelude(text)
	}
	if res := x.stream.Failed(); res != nil {
		return failedFunction(res)
	}
	if errors.Is(err, prelude.ErrNone) {
		return failed(err.Error())
	}
	return refuseCall(err)
}

// refuse answers without the function.
func (x *exchange) refuse(r *refusal) {
	x.refused = r
	out := &x.wire.Response
	out.Status, out.Body = r.status, []byte(r.body)
	out.Header = append(out.Header[:0], http1.Field{Name: contentType, Value: defaultType}, http1.Field{Name: "x-amzn-ErrorType", Value: r.errorType})
	x.finishHeader()
}
