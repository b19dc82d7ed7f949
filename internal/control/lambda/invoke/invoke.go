// Package invoke has the operation Invoke: one event, one answer. Spec: functions B6.
package invoke

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/gatehouse-gateway/gatehouse/awsproto"
	"github.com/gatehouse-gateway/gatehouse/internal/control/caller"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/state"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/functions"
)

const (
	maxPayload       = functions.DefaultMaxPayload // bytes
	maxEvent         = functions.DefaultMaxEvent   // bytes, of the type Event
	maxClientContext = 3583                        // bytes of base64
)

// Operations are the operations that run functions.
type Operations struct{ state *state.State }

// New returns the operations on the functions of s.
func New(s *state.State) *Operations { return &Operations{s} }

// Bind connects the operations to their names in the model.
func (o *Operations) Bind(s *awsproto.Service) {
	wire.Bind(s, "Invoke", o.invoke)
	wire.Bind(s, "InvokeAsync", o.invokeAsync)
	wire.BindStream(s, "InvokeWithResponseStream", o.stream)
}

// traceKey is the key of the trace of a call.
type traceKey struct{}

// WithTrace returns a context in which functions are invoked with the value of X-Amzn-Trace-Id that a call came with.
func WithTrace(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, traceKey{}, id)
}

// invoke runs a function and answers what it said. What went wrong in the function is no error of the call.
func (o *Operations) invoke(ctx context.Context, in *wire.InvocationRequest) (*wire.InvocationResponse, error) {
	call, err := read(ctx, in)
	if err != nil {
		return nil, err
	}
	var res functions.Result
	defer res.Release()
	if err := o.state.Invoker.Invoke(ctx, call, &res); err != nil {
		return nil, answer(err, call)
	}
	switch call.Type {
	case functions.DryRun:
		return &wire.InvocationResponse{StatusCode: wire.Int(204)}, nil
	case functions.Event:
		return &wire.InvocationResponse{StatusCode: wire.Int(202)}, nil
	}
	out := &wire.InvocationResponse{
		StatusCode: wire.Int(200), Payload: slices.Clone(res.Payload), ExecutedVersion: wire.NonZero(res.ExecutedVersion), FunctionError: wire.NonZero(res.FunctionError),
	}
	if call.Tail {
		out.LogResult = wire.Ptr(base64.StdEncoding.EncodeToString(res.Log))
	}
	return out, nil
}

// invokeAsync is the older name of an invocation of the type Event.
func (o *Operations) invokeAsync(ctx context.Context, in *wire.InvokeAsyncRequest) (*wire.InvokeAsyncResponse, error) {
	_, err := o.invoke(ctx, &wire.InvocationRequest{FunctionName: in.FunctionName, Payload: in.InvokeArgs, InvocationType: wire.Ptr(string(functions.Event))})
	if err != nil {
		return nil, err
	}
	return &wire.InvokeAsyncResponse{Status: wire.Int(202)}, nil
}

// read makes a call of what a client sent. Invocations are in the name of the function's account: its policy is not asked.
func read(ctx context.Context, in *wire.InvocationRequest) (*functions.Call, error) {
	ref, err := state.Ref(ctx, in.FunctionName, in.Qualifier)
	if err != nil {
		return nil, err
	}
	call := &functions.Call{Ref: ref, Type: functions.RequestResponse}
	switch kind := wire.Value(in.InvocationType); kind {
	case "", string(functions.RequestResponse):
	case string(functions.DryRun), string(functions.Event):
		call.Type = functions.InvocationType(kind)
	default:
		return nil, wire.Unsupported("InvocationType " + kind)
	}
	switch {
	case in.DurableExecutionName != nil:
		return nil, wire.Unsupported("DurableExecutionName")
	case in.TenantId != nil:
		return nil, wire.Unsupported("TenantId")
	}
	if call.ClientContext, err = clientContext(in.ClientContext); err != nil {
		return nil, err
	}
	if call.Payload, err = payload(in.Payload, call.Type); err != nil {
		return nil, err
	}
	if c, ok := caller.From(ctx); ok {
		call.RequestID = c.RequestID
	}
	call.TraceID, _ = ctx.Value(traceKey{}).(string)
	call.Tail = wire.Value(in.LogType) == "Tail"
	return call, nil
}

// payload checks an event. An empty body is an empty object (unconfirmed).
func payload(body []byte, kind functions.InvocationType) ([]byte, error) {
	most := maxPayload
	if kind == functions.Event {
		most = maxEvent
	} else {
		kind = functions.RequestResponse
	}
	if len(body) > most {
		return nil, awsproto.NewError(413, "RequestTooLargeException",
			fmt.Sprintf("%d byte payload is too large for the %s invocation type (limit %d bytes)", len(body), kind, most))
	}
	if len(body) == 0 {
		return []byte("{}"), nil
	}
	if problem := invalidJSON(body); problem != "" {
		return nil, invalidContent("Could not parse request body into json: Could not parse payload into json: " + problem)
	}
	return body, nil
}

func invalidContent(message string) error {
	return awsproto.NewError(400, "InvalidRequestContentException", message)
}

// clientContext decodes the context that a mobile client sends: JSON in base64.
func clientContext(header *string) ([]byte, error) {
	if wire.Value(header) == "" {
		return nil, nil
	}
	if len(*header) > maxClientContext {
		return nil, invalidContent(fmt.Sprintf("Client context must be at most %d bytes of base64.", maxClientContext))
	}
	text, err := base64.StdEncoding.DecodeString(*header)
	if err != nil || !json.Valid(text) {
		return nil, invalidContent("Client context must be a valid Base64-encoded JSON object.")
	}
	return text, nil
}

// answer gives the reasons why a call was not made their wire form. Spec: functions B6, D1.
func answer(err error, call *functions.Call) error {
	var throttled *functions.ThrottledError
	var unready *functions.StateError
	switch {
	case errors.Is(err, functions.ErrNotFound):
		ref := call.Ref
		if ref.Qualifier == "" {
			ref.Qualifier = functions.Latest // recorded
		}
		return state.ErrNoFunction(ref)
	case errors.As(err, &throttled):
		return &awsproto.Error{Type: "TooManyRequestsException", Status: 429, Message: "Rate Exceeded.", Members: map[string]string{"Reason": throttled.Reason}}
	case errors.As(err, &unready):
		message := "The operation cannot be performed at this time. The function is currently in the following state: " + unready.State
		if unready.Reason != "" {
			message += ". " + unready.Reason
		}
		return wire.Conflict("%s", message)
	case errors.Is(err, functions.ErrPayloadTooLarge):
		return awsproto.NewError(413, "RequestTooLargeException", fmt.Sprintf("%d byte payload is too large for the %s invocation type", len(call.Payload), call.Type))
	case errors.Is(err, functions.ErrNoQueue):
		return wire.Unsupported("InvocationType Event")
	case errors.Is(err, functions.ErrDenied):
		return awsproto.NewError(403, "AccessDeniedException", "The function's policy does not allow this call.")
	case errors.Is(err, functions.ErrUnavailable): // the log says where and why
		return awsproto.NewError(500, "ServiceException", "The function lives elsewhere and cannot be reached.")
	case errors.Is(err, functions.ErrClosed):
		return awsproto.NewError(503, "ServiceException", "This gateway is stopping.")
	}
	return err
}
