package runtimeapi

import (
	"strconv"
	"time"
)

// Event is one invocation, as a runtime gets it. Nothing of it but Stream is kept after Send.
type Event struct {
	RequestID     string
	InvokedARN    string
	TraceID       string // "": none
	ClientContext []byte // JSON; nil: none
	Deadline      time.Time
	Payload       []byte
	Stream        Stream // gets an answer that is streamed; nil: such an answer is collected
}

// keptOutput is how large the buffer for events may stay in an idle environment, in bytes.
const keptOutput = 64 << 10

// append appends the answer to a request for the next event. Spec: functions A2.1.
func (e *Event) append(b []byte) []byte {
	b = append(b, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nLambda-Runtime-Aws-Request-Id: "...)
	b = appendValue(b, e.RequestID)
	b = append(b, "\r\nLambda-Runtime-Deadline-Ms: "...)
	b = strconv.AppendInt(b, e.Deadline.UnixMilli(), 10)
	b = append(b, "\r\nLambda-Runtime-Invoked-Function-Arn: "...)
	b = appendValue(b, e.InvokedARN)
	if e.TraceID != "" {
		b = append(b, "\r\nLambda-Runtime-Trace-Id: "...)
		b = appendValue(b, e.TraceID)
	}
	if len(e.ClientContext) > 0 {
		b = append(b, "\r\nLambda-Runtime-Client-Context: "...)
		b = appendValue(b, e.ClientContext)
	}
	b = append(b, "\r\nContent-Length: "...)
	b = strconv.AppendInt(b, int64(len(e.Payload)), 10)
	b = append(b, "\r\n\r\n"...)
	return append(b, e.Payload...)
}

// appendValue appends a header value. What cannot stand in one becomes a blank: in JSON, where a client may have put line
// ends between members, that changes nothing; elsewhere it has no business.
func appendValue[T string | []byte](b []byte, value T) []byte {
	for i := range len(value) {
		c := value[i]
		if c < ' ' || c == 0x7f {
			c = ' '
		}
		b = append(b, c)
	}
	return b
}
