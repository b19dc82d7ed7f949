package restapi

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/gatehouse-gateway/gatehouse/http1"
	"github.com/gatehouse-gateway/gatehouse/internal/integration/jsonscan"
	"github.com/gatehouse-gateway/gatehouse/internal/observe"
	"github.com/gatehouse-gateway/gatehouse/vtl/gateway"
)

// logLevel is the loggingLevel of a method's settings.
type logLevel uint8

const (
	logOff logLevel = iota
	logError
	logInfo
)

// logging says what of a method's requests is written to the execution log. Spec: observability 3.1.
type logging struct {
	level logLevel
	data  bool // headers and bodies too
}

// compileLogging reads the level of the method's settings. A test invoke logs everything.
func (c *methodCompiler) compileLogging() logging {
	l := logging{data: c.own.DataTraceEnabled}
	switch level := c.own.LoggingLevel; {
	case c.testing:
		return logging{logInfo, true}
	case level == "" || level == "OFF":
	case level == "ERROR":
		l.level = logError
	case level == "INFO":
		l.level = logInfo
	default:
		c.problems.Addf(c.def.Origin, "%q is not a logging level: OFF, ERROR or INFO", level)
	}
	return l
}

// usagePlanLog is the step that logs the beginning of row 11, on methods that have a log.
func (c *methodCompiler) usagePlanLog() step {
	if c.logging.level == logOff {
		return nil
	}
	return logUsagePlan
}

// startLog is the step that logs the request once nothing that guards the method has refused it.
func (c *methodCompiler) startLog() step {
	if c.logging.level == logOff {
		return nil
	}
	return logStart
}

// executionLog collects the lines of one request. A nil one is off and takes nothing.
type executionLog struct {
	logging
	lines []string
	now   func() time.Time // of a test invoke, whose lines begin with their time; nil: they don't
	key   string           // the API key of the request, which no line shows whole, whatever templates do with it; "": none
}

// maxLogLine is the length of a line in bytes; longer ones are cut and say so.
const maxLogLine = 1024

const truncated = " [TRUNCATED]"

// testTimeLayout is how times are written in the log of a test invoke. Spec: observability 3.4.
const testTimeLayout = "Mon Jan 02 15:04:05 MST 2006"

// line adds a line of level INFO.
func (l *executionLog) line(format string, args ...any) {
	if l == nil || l.level < logInfo {
		return
	}
	l.add(fmt.Sprintf(format, args...))
}

// dataLine adds a line that only a data trace has.
func (l *executionLog) dataLine(prefix, text string) {
	if l == nil || l.level < logInfo || !l.data {
		return
	}
	l.add(prefix + text)
}

func (l *executionLog) add(text string) {
	if l.key != "" {
		text = strings.ReplaceAll(text, l.key, masked(l.key))
	}
	if len(text) > maxLogLine {
		text = strings.ToValidUTF8(text[:maxLogLine-len(truncated)], "") + truncated
	}
	if l.now != nil {
		text = l.now().UTC().Format(testTimeLayout) + " : " + text
	}
	l.lines = append(l.lines, text)
}

// tracing reports whether bodies and headers are asked for.
func (l *executionLog) tracing() bool { return l != nil && l.data && l.level == logInfo }

// openLog starts the log of a request that a method accepted, when the method has one. Spec: observability 3.2, line 1.
func (x *exchange) openLog() {
	if x.env.Executions == nil || x.method.logging.level == logOff {
		return
	}
	x.log = &executionLog{logging: x.method.logging}
	x.log.line("Extended Request Id: %s", x.extendedID)
}

// logUsagePlan is the step that writes line 11 of observability 3.2.
func logUsagePlan(_ context.Context, x *exchange) *refusal {
	x.log.line("Verifying Usage Plan for request: %s. API Key: %s API Stage: %s/%s", x.requestID, masked(x.sentKey()), x.stage.apiID, x.stage.name)
	return nil
}

// logStart is the step that writes lines 12–19 of observability 3.2.
func logStart(_ context.Context, x *exchange) *refusal {
	if x.log == nil {
		return nil
	}
	if !x.stage.testing {
		x.logKey()
	}
	x.log.line("Starting execution for request: %s", x.requestID)
	x.log.line("HTTP Method: %s, Resource Path: %s", x.httpMethod(), x.target.resource)
	x.log.line("Method request path: %s", javaMap(x.pathParameters()))
	x.log.line("Method request query string: %s", javaMap(lastValues(nil, x.queryParams())))
	if x.log.tracing() {
		x.log.dataLine("Method request headers: ", javaHeader(x.headers()))
		_ = x.readBody() // a refusal comes again where the body is needed
		x.log.dataLine("Method request body before transformations: ", string(x.body))
	}
	return nil
}

// logKey writes lines 12 and 13. The wording of line 12 for a method that asks for a key is unconfirmed.
func (x *exchange) logKey() {
	key, method := masked(x.sentKey()), x.httpMethod()+" "+x.match.node.path
	if x.method.keyRequired {
		x.log.line("API Key %s authorized because method '%s' requires API Key and API Key is associated with a Usage Plan for API Stage %s/%s", key, method, x.stage.apiID, x.stage.name)
	} else {
		x.log.line("API Key %s authorized because method '%s' does not require API Key. Request will not contribute to throttle or quota limits", key, method)
	}
	x.log.line("Usage Plan check succeeded for API Key %s and API Stage %s/%s", key, x.stage.apiID, x.stage.name)
}

// logCall writes what goes to the back end. Spec: observability 3.2, lines 20–23.
func (x *exchange) logCall() {
	if x.log == nil {
		return
	}
	uri := withoutOwnPort(x.endpoint.String()) + x.call.Target
	x.log.line("Endpoint request URI: %s", uri)
	x.log.dataLine("Endpoint request headers: ", javaHeader(x.call.Header))
	x.log.dataLine("Endpoint request body after transformations: ", string(x.call.Body))
	x.log.line("Sending request to %s", uri)
}

// logInvocation writes the call of a function as the Invoke operation that it stands for. There is no signature in it.
func (l *lambdaIntegration) logInvocation(x *exchange) {
	if x.log == nil {
		return
	}
	x.log.line("Endpoint request URI: %s", l.target.uri)
	if x.log.tracing() {
		h := http1.Header{{Name: "x-amzn-lambda-integration-tag", Value: x.requestID}, {Name: "x-amzn-apigateway-api-id", Value: l.apiID}}
		if c := l.target.caller; c != nil {
			h.Add("X-Amz-Source-Arn", c.SourceARN)
		}
		h.Add("Accept", "application/json")
		h.Add("User-Agent", l.agent)
		h.Add("X-Amzn-Trace-Id", x.traceID())
		x.log.dataLine("Endpoint request headers: ", javaHeader(append(h, x.call.Header...)))
		x.log.dataLine("Endpoint request body after transformations: ", string(l.sentBody(x)))
	}
	x.log.line("Sending request to %s", l.target.uri)
}

// sentBody is the event as it was mapped: the {} that a function gets of an empty body is not in the log. Recorded.
func (l *lambdaIntegration) sentBody(x *exchange) []byte {
	if l.event == nil {
		return x.text
	}
	return x.forLog(func() []byte { return l.event.append(nil, x, l.binary.match(x.contentType)) })
}

// forLog writes an event once more for the log, without the credentials in it.
func (x *exchange) forLog(event func() []byte) []byte {
	x.masking = true
	defer func() { x.masking = false }()
	return event()
}

// maskedMember is a JSON document with the value of a member, given with its quotes, masked if it is a string.
func maskedMember(document []byte, name string) string {
	i := bytes.Index(document, []byte(name))
	if i < 0 {
		return string(document)
	}
	s := jsonscan.New(document, i+len(name))
	s.Next(':')
	s.Blanks()
	start := s.At()
	value, ok := s.String()
	if !ok {
		return string(document)
	}
	return string(document[:start]) + `"` + masked(string(value[1:len(value)-1])) + `"` + string(document[s.At():])
}

// logResult writes what the function answered.
func (l *lambdaIntegration) logResult(x *exchange) {
	if x.log == nil {
		return
	}
	x.log.line("Received response. Status: %d, Integration latency: %d ms", x.result.Status, x.integrationTime.Milliseconds())
	if x.log.tracing() {
		x.invokeHeaders()
		x.log.dataLine("Endpoint response headers: ", javaHeader(x.result.Header))
		x.log.dataLine("Endpoint response body before transformations: ", string(x.payload))
	}
}

// withoutOwnPort leaves out a port that the scheme implies.
func withoutOwnPort(origin string) string {
	if strings.HasPrefix(origin, "https:") {
		return strings.TrimSuffix(origin, ":443")
	}
	return strings.TrimSuffix(origin, ":80")
}

// logAnswer writes what came back. Spec: observability 3.2, lines 24–26.
func (x *exchange) logAnswer() {
	if x.log == nil {
		return
	}
	x.log.line("Received response. Status: %d, Integration latency: %d ms", x.result.Status, x.integrationTime.Milliseconds())
	x.log.dataLine("Endpoint response headers: ", javaHeader(x.result.Header))
	x.log.dataLine("Endpoint response body before transformations: ", string(x.payload))
}

// closeLog writes how it ended, and hands the log over. At level ERROR only failures have a log.
func (x *exchange) closeLog() {
	if x.log == nil {
		return
	}
	x.endLog()
	if len(x.log.lines) == 0 {
		return
	}
	x.env.Executions.Execution(&observe.Execution{
		Received: x.wire.Request.Received, RequestID: x.requestID, APIID: x.stage.apiID, Stage: x.stage.name,
		AccountID: x.stage.env.AccountID, Region: x.stage.env.Region, Canary: x.stage.isCanary == "true", Lines: x.log.lines,
	})
}

// endLog writes how it ended. Spec: observability 3.2, 3.3.
func (x *exchange) endLog() {
	out := &x.wire.Response
	if x.refused == nil {
		x.log.dataLine("Method response body after transformations: ", string(out.Body))
		x.log.dataLine("Method response headers: ", javaHeader(out.Header))
		x.log.line("Successfully completed execution")
		x.log.line("Method completed with status: %d", out.Status)
		return
	}
	x.log.add(x.failureLine())
	if x.refused.byAuthorizer() {
		x.log.add(fmt.Sprintf("Gateway response type: %s with status code: %d", x.refused.kind, out.Status))
		x.log.dataLine("Gateway response body: ", string(out.Body))
		x.log.dataLine("Gateway response headers: ", javaHeader(out.Header))
		return
	}
	x.log.add(fmt.Sprintf("Method completed with status: %d", out.Status))
}

// failureLine is the line of observability 3.3 for what was refused. Our own log says more about an address that cannot work
// than the service does; that of a test invoke is the service's.
func (x *exchange) failureLine() string {
	switch r := x.refused; {
	case x.stage.testing && strings.HasPrefix(r.reason, invalidEndpoint):
		return invalidEndpoint
	case r.kind == unauthorized, r.kind == accessDenied:
		return "Unauthorized request: " + x.requestID
	case r.kind == integrationTimeout:
		return "Execution failed due to a timeout error"
	case r.kind == badRequestParameters, r.reason == "":
		return r.message
	case r.kind == integrationFailure && r.status == 504:
		return "Execution failed due to a network error communicating with endpoint: " + r.reason
	default:
		return r.reason
	}
}

const invalidEndpoint = "Execution failed due to configuration error: Invalid endpoint address"

// maskedHeaders are logged with stars but for their last six characters. The service masks the first three; cookies are
// credentials as well.
var maskedHeaders = []string{"Authorization", "x-api-key", "X-Amz-Security-Token", "Cookie", "Set-Cookie"}

const shownOfSecret = 6

func masked(value string) string {
	if len(value) <= shownOfSecret {
		return strings.Repeat("*", len(value))
	}
	return strings.Repeat("*", len(value)-shownOfSecret) + value[len(value)-shownOfSecret:]
}

// javaHeader prints a header as a Java map.
func javaHeader(h http1.Header) string {
	params := make([]gateway.Param, 0, len(h))
	for _, f := range h {
		if isOneOf(f.Name, maskedHeaders) {
			f.Value = masked(f.Value)
		}
		params = append(params, gateway.Param{Name: f.Name, Value: f.Value})
	}
	return javaMap(params)
}

// javaMap prints parameters as Java prints a map: {a=1, b=2}.
func javaMap(params []gateway.Param) string {
	var b strings.Builder
	b.WriteByte('{')
	for i, p := range params {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(p.Name + "=" + p.Value)
	}
	b.WriteByte('}')
	return b.String()
}
