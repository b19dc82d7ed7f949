package functionurl

import (
	"context"
	"errors"
	"strings"
	"sync"

	"github.com/gatehouse-gateway/gatehouse/http1"
	"github.com/gatehouse-gateway/gatehouse/iam"
	"github.com/gatehouse-gateway/gatehouse/internal/front"
	"github.com/gatehouse-gateway/gatehouse/internal/functions"
	"github.com/gatehouse-gateway/gatehouse/internal/functions/prelude"
	"github.com/gatehouse-gateway/gatehouse/internal/integration/payloadv2"
	"github.com/gatehouse-gateway/gatehouse/internal/limits"
	"github.com/gatehouse-gateway/gatehouse/internal/observe"
	"github.com/gatehouse-gateway/gatehouse/sigv4"
)

// exchange is one request with its answer, on its way.
type exchange struct {
	table *Table
	wire  *front.Exchange
	at    Address
	url   *endpoint // nil: there is none

	event  payloadv2.Event
	body   []byte // reused
	memory limits.Share
	trace  string
	access iam.Request
	signed sigv4.Request

	payload []byte // reused: the event as JSON
	call    functions.Call
	result  functions.Result
	stream  *prelude.Body // until the front has it
	text    []byte        // reused: the body of the answer
	refused *refusal
	record  observe.Record
	finish  func(written int64, err error) // x.done, bound once
}

// exchanges keeps exchanges with their buffers between requests.
var exchanges sync.Pool

func newExchange() *exchange {
	if x, ok := exchanges.Get().(*exchange); ok {
		return x
	}
	x := new(exchange)
	x.finish = x.done
	return x
}

// Serve answers a request that is for a function URL.
func (t *Table) Serve(ctx context.Context, wire *front.Exchange, at Address) {
	x := newExchange()
	x.table, x.wire, x.at, x.url, x.memory = t, wire, at, t.find(at.ID), t.opts.Memory.Share()
	x.event.RequestID = functions.NewRequestID()
	x.trace = observe.TraceID(wire.Request.Header.Get("X-Amzn-Trace-Id"), wire.Request.Received, t.opts.Random)
	if r := x.run(ctx); r != nil {
		x.refuse(r)
	}
	x.complete()
}

// run is everything up to the answer.
func (x *exchange) run(ctx context.Context) *refusal {
	switch {
	case x.url == nil:
		return unknownURL
	case x.url.closed:
		return closedAlias
	case x.url.cors != nil && isPreflight(&x.wire.Request):
		x.url.cors.answerPreflight(x.wire)
		return nil
	}
	if r := x.admit(); r != nil {
		return r
	}
	if r := x.writeEvent(); r != nil {
		return r
	}
	x.call = functions.Call{Ref: x.url.ref, Invocation: functions.Invocation{RequestID: x.event.RequestID, Payload: x.payload, TraceID: x.trace}}
	if x.url.stream {
		return x.answerStream(ctx)
	}
	return x.answerWhole(ctx)
}

// admit finds out whether the request may call, and reads its body: what nobody signed may not be read before it is known to be
// welcome, and what somebody signed cannot be verified before.
func (x *exchange) admit() *refusal {
	if x.wire.Request.ContentLength > x.table.opts.Limits.FunctionEvent {
		return tooLarge
	}
	if !x.url.iam {
		if r := x.allowAnybody(); r != nil {
			return r
		}
		return x.readBody()
	}
	if !x.isSigned() {
		return forbidden.because("the request is not signed")
	}
	if r := x.readBody(); r != nil {
		return r
	}
	return x.authenticate()
}

// readBody reads the whole body.
func (x *exchange) readBody() *refusal {
	req := &x.wire.Request
	if req.ContentLength == 0 {
		return nil
	}
	var err error
	x.body, err = front.ReadAll(x.body[:0], req.Body, x.table.opts.Limits.FunctionEvent, &x.memory)
	x.event.Body = x.body
	switch {
	case errors.Is(err, front.ErrNoMemory):
		return overloaded
	case errors.Is(err, front.ErrBodyTooLarge):
		return tooLarge
	case err != nil:
		return &refusal{status: 400, errorType: "BadRequestException", body: `{"Message":"Bad Request"}`, reason: "reading the request body: " + err.Error()}
	}
	return nil
}

// Recorded: these are the same for every function URL.
const (
	defaultRoute = "$default"
	anonymous    = "anonymous"
	noValue      = "null"
)

// writeEvent makes the event. Spec: functions B7, http-api 7.
func (x *exchange) writeEvent() *refusal {
	e, req := &x.event, &x.wire.Request
	e.Method, e.SourceIP, e.Received = req.Method, req.Peer.Addr(), req.Received
	e.Path, e.Query, _ = strings.Cut(x.at.Target, "?")
	e.Header = payloadv2.AppendHeader(e.Header[:0], req, x.trace, len(e.Body))
	e.RouteKey, e.Stage, e.Authentication = defaultRoute, defaultRoute, noValue
	e.APIID, e.AccountID = x.url.id, anonymous
	if x.url.iam {
		e.AccountID = x.url.ref.AccountID
		e.Header.Del("Authorization") // a signature is for whoever verified it (unconfirmed)
	}
	if e.DomainName = x.at.Domain; e.DomainName == "" {
		e.DomainName = x.url.domain
	}
	e.DomainPrefix, _, _ = strings.Cut(e.DomainName, ".")
	limit := x.table.opts.Limits.FunctionEvent
	if len(e.Body) > limits.Free {
		size := int64(e.BodySize())
		switch {
		case size > limit:
			return tooLarge
		case !x.memory.Grow(x.memory.Taken() + 2*size): // appending doubles
			return overloaded
		}
	}
	if x.payload = e.Append(x.payload[:0]); int64(len(x.payload)) > limit {
		return tooLarge
	}
	return nil
}

// complete finishes the answer for the front; done runs when it is written.
func (x *exchange) complete() {
	out := &x.wire.Response
	out.Header = append(out.Header, http1.Field{Name: "x-amzn-RequestId", Value: x.event.RequestID}, http1.Field{Name: "X-Amzn-Trace-Id", Value: x.trace})
	out.Done = x.finish
}

// done records the exchange once its answer is written, and gives its memory back.
func (x *exchange) done(written int64, err error) {
	if x.table.opts.Recorder != observe.Discard {
		x.fillRecord(written, err)
		x.table.opts.Recorder.Record(&x.record)
	}
	x.release()
}

func (x *exchange) fillRecord(written int64, err error) {
	req := &x.wire.Request
	path, _, _ := strings.Cut(req.Target, "?")
	x.record = observe.Record{
		Received: req.Received, RequestID: x.event.RequestID, SourceIP: req.Peer.Addr().String(), Method: req.Method, Path: path, APIID: x.at.ID,
		Status: x.wire.Response.Status, ResponseLength: written, Latency: x.table.opts.Now().Sub(req.Received), Err: err,
	}
	if x.url != nil {
		x.record.Stage, x.record.ResourcePath = defaultRoute, "function "+x.url.ref.Name
	}
	if r := x.refused; r != nil {
		x.record.ResponseType, x.record.Message, x.record.Reason = r.errorType, r.body, r.reason
	}
}

// keepBuffer is the size in bytes above which a buffer is given back to the garbage collector instead of the pool.
const keepBuffer = 64 << 10

func recycle(buf []byte) []byte {
	if cap(buf) > keepBuffer {
		return nil
	}
	return buf[:0]
}

// release empties x and gives it back to the pool. Nothing may use x afterwards.
func (x *exchange) release() {
	x.result.Release()
	if x.stream != nil {
		x.stream.Close() //nolint:errcheck // it has nothing to say
	}
	x.memory.Give()
	x.event.Release()
	x.access.Context.Reset()
	clear(x.signed.Header)
	*x = exchange{
		event: x.event, body: recycle(x.body), payload: recycle(x.payload), text: recycle(x.text), access: iam.Request{Context: x.access.Context},
		signed: sigv4.Request{Header: x.signed.Header[:0]}, finish: x.finish,
	}
	exchanges.Put(x)
}
