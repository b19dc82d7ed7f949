package asyncinvoke

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/functions"
	"github.com/gatehouse-gateway/gatehouse/internal/notify"
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

// arn names the function of an event, always with a qualifier.
func (o *outcome) arn() string {
	ref := o.event.ref
	if ref.Qualifier == "" {
		ref.Qualifier = functions.Latest
	}
	return ref.ARN()
}

// kind is how the outcome is called on buses.
func (o *outcome) kind() string {
	if o.condition == conditionSuccess {
		return "Success"
	}
	return "Failure"
}

// record is the outcome as destinations see it.
func (o *outcome) record(now time.Time) ([]byte, error) {
	r := record{
		Version: "1.0", Timestamp: now.UTC().Format("2006-01-02T15:04:05.000Z"), RequestPayload: asJSON(o.payload),
		RequestContext: requestContext{o.event.requestID, o.arn(), o.condition, o.event.attempts + o.attempts},
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

// finish tells everybody who wants to know what came of an event, and the log of failures. It reports false when the process ended
// meanwhile: then the event is not over.
func (q *Queue) finish(ctx context.Context, o *outcome) bool {
	e, to := o.event, o.settings.OnSuccess
	letter := ""
	if o.condition != conditionSuccess {
		to, letter = o.settings.OnFailure, o.settings.DeadLetter
		q.log.Warn("an event is given up", "function", e.ref.ARN(), "request", e.requestID, "condition", o.condition, "attempts", e.attempts+o.attempts)
	}
	nobody := to == (functions.Destination{})
	if nobody && letter == "" {
		return true
	}
	q.deliver(e)
	if letter != "" && !q.delivered(o, letter, q.tell(ctx, letter, o.deadLetter())) {
		return false
	}
	return nobody || q.delivered(o, to.String(), q.inform(ctx, to, o))
}

// delivered judges the delivery to a destination. What could not be told is lost, as on the service, unless it is the end of the
// process that stopped it.
func (q *Queue) delivered(o *outcome, to string, err error) bool {
	switch {
	case err == nil:
		return true
	case errors.Is(err, context.Canceled), errors.Is(err, functions.ErrClosed):
		return false
	}
	q.log.Error("a destination was not told of an event", "function", o.event.ref.ARN(), "request", o.event.requestID, "destination", to, "error", err,
		"lost", q.undelivered.Add(1))
	return true
}

// inform hands the record of an event to a destination.
func (q *Queue) inform(ctx context.Context, to functions.Destination, o *outcome) error {
	now, e := time.Now(), o.event
	text, err := o.record(now)
	if err != nil {
		return err
	}
	if to.Function == nil {
		return q.tell(ctx, to.Target, notify.Message{
			Body: text, TraceID: e.traceID, Source: "lambda", DetailType: "Lambda Function Invocation Result - " + o.kind(), Resources: []string{o.arn()},
			Key: "aws/lambda/async/" + e.ref.Name + "/" + now.UTC().Format("2006/01/02/2006-01-02T15.04.05-") + e.requestID,
		})
	}
	call := functions.Call{Ref: *to.Function, Type: functions.Event, Invocation: functions.Invocation{Payload: text, TraceID: e.traceID}}
	var res functions.Result
	defer res.Release()
	return q.opts.Invoke(withHops(ctx, e.hops+1), &call, &res)
}

// errNoTargets means that this queue reaches functions only.
var errNoTargets = errors.New("destinations other than functions are not available here")

func (q *Queue) tell(ctx context.Context, target string, m notify.Message) error {
	if q.opts.Tell == nil {
		return errNoTargets
	}
	return q.opts.Tell(ctx, target, m)
}
