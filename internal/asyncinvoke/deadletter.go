package asyncinvoke

import (
	"encoding/json"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/internal/awsclient"
	"github.com/gatehouse-gateway/gatehouse/internal/notify"
)

// maxErrorMessage bounds the attribute ErrorMessage of a dead letter, in bytes. Spec: functions C.
const maxErrorMessage = 1 << 10

// deadLetter is the event of an outcome, as it was, with why it was given up. Spec: functions C.
func (o *outcome) deadLetter() notify.Message {
	code, message := o.failure()
	attributes := map[string]awsclient.Attribute{
		"RequestID": {Type: "String", Text: o.event.requestID}, "ErrorCode": {Type: "Number", Text: code},
	}
	if message = cut(message); message != "" { // queues refuse empty ones
		attributes["ErrorMessage"] = awsclient.Attribute{Type: "String", Text: message}
	}
	return notify.Message{Body: o.payload, Attributes: attributes, TraceID: o.event.traceID}
}

// failure is the status and the message that the last attempt would have answered: that of a function that failed, else that of a
// call that no concurrency was left for (unconfirmed).
func (o *outcome) failure() (code, message string) {
	if o.result == nil {
		return "429", "Rate Exceeded."
	}
	var answer struct {
		Message string `json:"errorMessage"`
	}
	if json.Unmarshal(o.result.Payload, &answer) != nil {
		return "200", string(o.result.Payload)
	}
	return "200", answer.Message
}

// cut shortens a message to what fits, and leaves out what is no text.
func cut(message string) string {
	return strings.ToValidUTF8(message[:min(len(message), maxErrorMessage)], "")
}
