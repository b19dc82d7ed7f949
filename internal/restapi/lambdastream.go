package restapi

import (
	"context"
	"errors"
	"io"
	"slices"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/functions"
	"github.com/gatehouse-gateway/gatehouse/internal/functions/prelude"
	"github.com/gatehouse-gateway/gatehouse/internal/integration"
)

// open calls the function and waits for the metadata of its answer. Spec: rest-api 20.
func (l *lambdaIntegration) open(ctx context.Context, x *exchange) *refusal {
	x.invocation.TraceID = x.traceID()
	l.logInvocation(x)
	start := x.stage.env.Now()
	bounded, stop := context.WithCancelCause(ctx)
	timed, cancel := context.WithTimeout(bounded, l.timeout)
	answer, err := functions.OpenStream(timed, x.stage.env.Functions, &x.invocation)
	if err != nil {
		cancel()
		stop(nil)
		x.integrationTime = x.stage.env.Now().Sub(start)
		return refuseInvocation(err)
	}
	limit := time.Duration(x.stage.env.Limits.StreamIdle) * time.Millisecond
	x.stream = prelude.NewBody(answer, limit, func(cause error) { stop(cause); cancel() })
	x.function.RequestID, x.function.ExecutedVersion, x.function.ContentType = answer.RequestID, answer.ExecutedVersion, answer.ContentType
	x.result.Status, x.status = 200, 200
	r := x.readMetadata()
	x.integrationTime = x.stage.env.Now().Sub(start)
	l.logResult(x)
	return r
}

// readMetadata reads the answer up to the delimiter: payload is what stands before it.
func (x *exchange) readMetadata() *refusal {
	text, err := prelude.Read(x.stream)
	if err == nil {
		x.payload = text
		return nil
	}
	if failed := x.stream.Failed(); failed != nil {
		x.payload = slices.Clone(failed.Payload)
		x.function.FunctionError = functions.Unhandled
		return lambdaFailed(502, x.functionError())
	}
	if errors.Is(err, prelude.ErrNone) {
		x.payload = text
		return malformedAnswer()
	}
	return refuseInvocation(err)
}

// answerStream makes the method response of the metadata, and hands the body to the client as it arrives.
func (l *lambdaIntegration) answerStream(_ context.Context, x *exchange) *refusal {
	a, cookies, err := parseMetadata(x.payload)
	if err != nil {
		return malformedAnswer()
	}
	if r := x.answerHead(&a, cookies); r != nil {
		return r
	}
	if x.stage.testing {
		return x.collectStream()
	}
	x.wire.Response.Stream, x.wire.Response.StreamLength = x.stream, -1
	x.stream = nil
	return nil
}

// collectStream reads the whole body: a test invoke answers in one piece.
func (x *exchange) collectStream() *refusal {
	limit := x.stage.env.Limits.ResponsePayload
	body, err := io.ReadAll(io.LimitReader(x.stream, limit+1))
	switch {
	case err != nil:
		return internal("Execution failed: " + err.Error())
	case int64(len(body)) > limit:
		return internal("Execution failed: " + integration.ErrResponseTooLarge.Error())
	}
	x.wire.Response.Body = body
	return nil
}
