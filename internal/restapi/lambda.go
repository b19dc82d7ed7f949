package restapi

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/functions"
	"github.com/gatehouse-gateway/gatehouse/jsontree"
)

// lambdaIntegration is the compiled integration with a function: AWS, which maps, and AWS_PROXY, which does not. Spec: rest-api
// 9.2, 9.3.
type lambdaIntegration struct {
	request  *integrationRequest
	target   lambdaTarget
	function []uriPart // of AWS: the function when it has placeholders; nil: target has it
	query    string    // of the URI of such a function
	region   string    // of the URI of such a function
	method   string    // "" is the client's
	timeout  time.Duration
	event    *proxyEvent // of AWS_PROXY
	stream   bool        // the answer of AWS_PROXY is sent as it arrives
	binary   *binaryTypes
	apiID    string
	agent    string
}

// Headers of the Invoke operation. Spec: functions B6.
const (
	invocationTypeHeader = "X-Amz-Invocation-Type"
	logTypeHeader        = "X-Amz-Log-Type"
	clientContextHeader  = "X-Amz-Client-Context"
)

// maxClientContext is the length of the client context in bytes, in base64.
const maxClientContext = 3583

// verbAllowed refuses the integration methods that no function takes. Recorded for AWS_PROXY: 500, whatever the type lists.
func (l *lambdaIntegration) verbAllowed(x *exchange) *refusal {
	method := l.method
	if method == "" {
		method = x.httpMethod()
	}
	if method == "POST" {
		return nil
	}
	return lambdaFailed(500, "Execution failed due to configuration error: functions are invoked with POST, not "+method)
}

// lambdaFailed is INTEGRATION_FAILURE with a status of its own. Spec: rest-api 9.3, measured.
func lambdaFailed(status int, reason string) *refusal {
	r := spaced(refuse(integrationFailure))
	r.status, r.message, r.reason = status, "Internal server error", reason
	return r
}

// mapAWS makes the call of an AWS integration: the mapped headers say how to invoke. Spec: rest-api 9.2, functions B6.
func (l *lambdaIntegration) mapAWS(_ context.Context, x *exchange) *refusal {
	if r := l.request.mapHeaders(x); r != nil {
		return r
	}
	if r := l.request.overrideHeaders(x); r != nil {
		return r
	}
	if r := l.verbAllowed(x); r != nil {
		return r
	}
	if r := l.findFunction(x); r != nil {
		return r
	}
	if r := x.readInvokeHeaders(); r != nil {
		return r
	}
	return x.setEvent(x.text)
}

// readInvokeHeaders reads what the mapped headers say about the invocation.
func (x *exchange) readInvokeHeaders() *refusal {
	call := &x.invocation
	switch kind := x.call.Header.Get(invocationTypeHeader); kind {
	case "", string(functions.RequestResponse):
	case string(functions.DryRun), string(functions.Event):
		call.Type = functions.InvocationType(kind)
	default:
		return internal("Execution failed: the invocation type " + kind + " is not supported")
	}
	call.Tail = x.call.Header.Get(logTypeHeader) == "Tail"
	sent := x.call.Header.Get(clientContextHeader)
	if sent == "" {
		return nil
	}
	decoded, err := base64.StdEncoding.DecodeString(sent)
	if err != nil || len(sent) > maxClientContext || !json.Valid(decoded) {
		return internal("Execution failed: the client context is not JSON in base64 of up to 3583 bytes")
	}
	call.ClientContext = decoded
	return nil
}

// setEvent makes the mapped body the event of the call.
func (x *exchange) setEvent(body []byte) *refusal {
	x.invocation.Payload = body
	switch {
	case len(body) == 0:
		x.invocation.Payload = emptyEvent
	case int64(len(body)) > x.stage.env.Limits.FunctionEvent:
		return requestTooLong
	case !json.Valid(body):
		return notJSON
	}
	return nil
}

var (
	emptyEvent = []byte("{}") // recorded: what a function gets of an empty body
	// notJSON is what Invoke says to a body that is none, which reaches the client (unconfirmed).
	notJSON = &refusal{kind: default4XX, status: 400, errorType: "BadRequestException", spaced: true,
		message: "Could not parse request body into json", reason: "Execution failed: Could not parse request body into json"}
	// requestTooLong is the answer to an event that is larger than a function takes. Spec: rest-api 9.3, measured.
	requestTooLong = spaced(refuse(requestTooLarge))
)

// findFunction says whom to call: the function of the URI, with the values of its placeholders and the mapped Qualifier.
func (l *lambdaIntegration) findFunction(x *exchange) *refusal {
	ref, invalid := l.target.ref, l.target.invalid
	if l.function != nil {
		var r *refusal
		if ref, r = l.fillFunction(x); r != nil {
			return r
		}
		invalid = ""
	}
	if invalid != "" {
		return misconfigured(invalid)
	}
	if len(l.request.query) > 0 || len(x.overrides.RequestQuery()) > 0 {
		query, r := l.request.appendQuery(append(x.uri[:0], '?'), x)
		if r != nil {
			return r
		}
		x.uri = query
		var err error
		if ref, err = withQualifier(ref, strings.TrimLeft(string(query), "?&")); err != nil {
			return misconfigured(err.Error())
		}
	}
	x.invocation.Ref, x.invocation.Caller = ref, l.target.caller
	return nil
}

// fillFunction puts path mappings into the place of {name}. Spec: rest-api 9.2.
func (l *lambdaIntegration) fillFunction(x *exchange) (functions.Ref, *refusal) {
	var function strings.Builder
	for _, p := range l.function {
		if p.name == "" {
			function.WriteString(p.literal)
			continue
		}
		v, _, ok, r := l.request.pathValue(x, p.name)
		if r != nil {
			return functions.Ref{}, r
		}
		if !ok {
			return functions.Ref{}, misconfigured("Invalid function: {" + p.name + "} has no value")
		}
		function.WriteString(v)
	}
	ref, err := parseFunction(function.String(), l.query, x.stage.env.AccountID, l.region)
	switch {
	case err != nil:
		return ref, misconfigured("Invalid function: " + err.Error())
	case l.target.role != "" && l.target.role != ref.AccountID:
		return ref, misconfigured("the role is of another account than the function")
	}
	return ref, nil
}

// invoke calls the function. Spec: rest-api 9.3, 9.6.
func (l *lambdaIntegration) invoke(ctx context.Context, x *exchange) *refusal {
	x.invocation.TraceID = x.traceID()
	l.logInvocation(x)
	start := x.stage.env.Now()
	timed, cancel := context.WithTimeout(ctx, l.timeout)
	err := x.stage.env.Functions.Invoke(timed, &x.invocation, &x.function)
	cancel()
	x.integrationTime = x.stage.env.Now().Sub(start)
	if err != nil {
		return refuseInvocation(err)
	}
	x.resultLive = true
	x.result.Status, x.status, x.payload = 200, 200, x.function.Payload
	switch x.invocation.Type {
	case functions.DryRun:
		x.result.Status, x.status, x.payload = 204, 204, nil
	case functions.Event:
		x.result.Status, x.status, x.payload = 202, 202, nil
	}
	l.logResult(x)
	return nil
}

// invokeAWS is invoke for AWS: the headers of the Invoke operation are there for mappings.
func (l *lambdaIntegration) invokeAWS(ctx context.Context, x *exchange) *refusal {
	if r := l.invoke(ctx, x); r != nil {
		return r
	}
	x.invokeHeaders()
	return nil
}

// invokeHeaders puts the response header of the Invoke operation together, once, as far as there is something to say without a
// connection.
func (x *exchange) invokeHeaders() {
	if len(x.result.Header) > 0 {
		return
	}
	f, h := &x.function, &x.result.Header
	h.Add("Content-Type", cmp.Or(f.ContentType, defaultMediaType))
	h.Add("Content-Length", strconv.Itoa(len(x.payload)))
	h.Add("x-amzn-RequestId", f.RequestID)
	if f.FunctionError != "" {
		h.Add("X-Amz-Function-Error", f.FunctionError)
	}
	if f.ExecutedVersion != "" {
		h.Add("X-Amz-Executed-Version", f.ExecutedVersion)
	}
	if x.invocation.Tail {
		h.Add("X-Amz-Log-Result", base64.StdEncoding.EncodeToString(f.Log))
	}
	h.Add("X-Amzn-Trace-Id", x.traceID())
}

// refuseInvocation is the table of failures of rest-api 9.3.
func refuseInvocation(err error) *refusal {
	var throttled *functions.ThrottledError
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		r := spaced(refuse(integrationTimeout))
		r.reason = err.Error()
		return r
	case errors.Is(err, functions.ErrDenied), errors.Is(err, functions.ErrNotFound):
		return misconfigured("Invalid permissions on Lambda function: " + err.Error())
	case errors.Is(err, functions.ErrPayloadTooLarge):
		return requestTooLong
	case errors.As(err, &throttled): // 429 never leaks
		return lambdaFailed(500, "Execution failed: "+err.Error())
	}
	return internal("Execution failed: " + err.Error())
}

// errorMessage is the errorMessage of a function's answer, which selection patterns look at; "" when there is none. Spec:
// rest-api 10.1.
func errorMessage(payload []byte, l jsontree.Limits) string {
	found, _ := jsontree.Lookup(string(payload), []jsontree.Step{{Name: "errorMessage"}}, l)
	text, _ := found.(string)
	return text
}
