package asyncinvoke

import (
	"bytes"
	"context"
	"encoding/json"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/functions"
)

// The conditions in which an event ends. Spec: functions C.
const (
	conditionSuccess   = "Success"
	conditionExhausted = "RetriesExhausted"
	conditionAge       = "EventAgeExceeded"
	conditionStopped   = "ZeroReservedConcurrency"
)

// outcome is what came of an event.
type outcome struct {
	event     *event
	payload   []byte
	settings  functions.Asynchronous
	condition string
	attempts  int               // that are not counted in the event yet
	result    *functions.Result // of the last attempt; nil: there was none just now
}

// record is what a destination gets. Spec: functions C.
type record struct {
	Version         string           `json:"version"`
	Timestamp       string           `json:"timestamp"`
	RequestContext  requestContext   `json:"requestContext"`
	RequestPayload  json.RawMessage  `json:"requestPayload"`
	ResponseContext *responseContext `json:"responseContext,omitzero"`
	ResponsePayload json.RawMessage  `json:"responsePayload,omitzero"`
}

type requestContext struct {
	RequestID              string `json:"requestId"`
	FunctionARN            string `json:"functionArn"`
	Condition              string `json:"condition"`
	ApproximateInvokeCount int    `json:"approximateInvokeCount"`
}

type responseContext struct {
	StatusCode      int    `json:"statusCode"`
	ExecutedVersion string `json:"executedVersion"`
	FunctionError   string `json:"functionError,omitzero"`
}

// record is the outcome as destinations see it.
func (o *outcome) record(now time.Time) ([]byte, error) {
	ref := o.event.ref
	if ref.Qualifier == "" {
		ref.Qualifier = functions.Latest
	}
	r := record{
		Version: "1.0", Timestamp: now.UTC().Format("2006-01-02T15:04:05.000Z"), RequestPayload: asJSON(o.payload),
		RequestContext: requestContext{o.event.requestID, ref.ARN(), o.condition, o.event.attempts + o.attempts},
	}
	if o.result != nil {
		r.ResponseContext = &responseContext{200, o.result.ExecutedVersion, o.result.FunctionError}
		r.ResponsePayload = asJSON(o.result.Payload)
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(&r)
	return bytes.TrimSuffix(text.Bytes(), []byte("\n")), err
}

// asJSON is a payload as a part of a record: what is no JSON becomes a text (unconfirmed).
func asJSON(payload []byte) json.RawMessage {
	if json.Valid(payload) {
		return payload
	}
	text, _ := json.Marshal(string(payload)) // a string never fails
	return text
}

// finish tells the destination of an event what came of it, and the log of failures. A destination that cannot be told misses it,
// as on the service.
func (q *Queue) finish(ctx context.Context, o *outcome) {
	e, to := o.event, o.settings.OnSuccess
	if o.condition != conditionSuccess {
		to = o.settings.OnFailure
		q.log.Warn("an event is given up", "function", e.ref.ARN(), "request", e.requestID, "condition", o.condition, "attempts", e.attempts+o.attempts)
	}
	if to == nil {
		return
	}
	text, err := o.record(time.Now())
	if err == nil {
		call := functions.Call{Ref: *to, Type: functions.Event, Invocation: functions.Invocation{Payload: text, TraceID: e.traceID}}
		var res functions.Result
		err = q.opts.Invoke(withHops(ctx, e.hops+1), &call, &res)
		res.Release()
	}
	if err != nil {
		q.log.Error("a destination was not told of an event", "function", e.ref.ARN(), "request", e.requestID, "destination", to.ARN(), "error", err)
	}
}
