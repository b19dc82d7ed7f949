package runtimeapi

import (
	"encoding/base64"
	"encoding/json"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/http1"
)

// Observer is told what the runtime of a generation does, see Server.Reset. Its methods are called from the goroutines of
// connections and may call Reset, but not Drain or Close.
type Observer interface {
	// Ready means that the runtime asked for its next event, and so did the extensions that had one: the initialisation or the
	// last invocation is over, and Send may be called.
	Ready(generation uint64)
	// Answered means that the invocation has its answer. It owns the answer's payload.
	Answered(generation uint64, a Answer)
	// InitFailed means that the runtime reported why it cannot be initialised. It owns the answer's payload.
	InitFailed(generation uint64, a Answer)
	// ExtensionFailed means that an extension said that it cannot go on: the environment has to end.
	ExtensionFailed(generation uint64, f ExtensionFailure)
}

// ExtensionFailure is what an extension said of itself.
type ExtensionFailure struct {
	Name   string
	Kind   string // ExtensionInitError or ExtensionExitError
	Reason string // the type of its error, in its own words
}

// What extensions report.
const (
	ExtensionInitError = "Extension.InitError"
	ExtensionExitError = "Extension.ExitError"
)

// Answer is what a runtime said about an invocation.
type Answer struct {
	Payload     *Payload // nil when there is a Fault, and possibly when Failed
	ContentType string   // of a streamed answer
	Streamed    bool     // the event's Stream got it; Payload is then the error that ended it, or nil
	// Failed means that the payload is an error, which ErrorType classifies.
	Failed    bool
	ErrorType string
	Fault     Fault
}

// Fault is an answer that could not be accepted.
type Fault uint8

// The faults.
const (
	None      Fault = iota
	TooLarge        // more than the limit; the runtime goes on
	Truncated       // the connection ended, or was no HTTP any more, in the middle
	BadMode         // the response mode is not known
	NoMemory        // there is no memory for it now
)

// Names of header and trailer fields.
const (
	fieldErrorType = "Lambda-Runtime-Function-Error-Type"
	fieldErrorBody = "Lambda-Runtime-Function-Error-Body"
	fieldMode      = "Lambda-Runtime-Function-Response-Mode"
)

// errorWithCause is the media type of errors that carry a cause for traces, which callers don't get. Spec: functions A2.3.
const errorWithCause = "application/vnd.aws.lambda.error.cause+json"

// errorType is what telemetry calls an error. Spec: functions A2.3.
func errorType(field string) string {
	category, reason, ok := strings.Cut(field, ".")
	switch {
	case ok && (category == "Runtime" || category == "Function") && validReason(reason):
		return field
	case ok && category == "Function":
		return "Function.Unknown"
	}
	return "Runtime.Unknown"
}

func validReason(s string) bool {
	if len(s) < 2 || s[0] < 'A' || s[0] > 'Z' {
		return false
	}
	for _, c := range []byte(s[1:]) {
		if (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			return false
		}
	}
	return true
}

// trailerFailure makes of a the failure that trailers report in the middle of an answer, if they do. What was collected
// before is dropped: the answer is the error.
func (a *Answer) trailerFailure(trailer http1.Header) {
	kind, failed := trailer.Lookup(fieldErrorType)
	if !failed || kind == "" {
		return
	}
	a.Failed, a.ErrorType = true, errorType(kind)
	body, err := base64.StdEncoding.DecodeString(trailer.Get(fieldErrorBody))
	if err != nil || len(body) == 0 {
		body, _ = json.Marshal(map[string]string{"errorType": kind}) // of strings
	}
	if a.Payload == nil {
		a.Payload = newPayload(len(body), nil)
	}
	a.Payload.data = append(a.Payload.data[:0], body...)
}

// dropCause takes the cause out of an error. An error of another shape stays as it is.
func (a *Answer) dropCause() {
	var shape struct {
		ErrorMessage json.RawMessage `json:"errorMessage,omitempty"`
		ErrorType    json.RawMessage `json:"errorType,omitempty"`
		StackTrace   json.RawMessage `json:"stackTrace,omitempty"`
	}
	if json.Unmarshal(a.Payload.data, &shape) != nil {
		return
	}
	if body, err := json.Marshal(shape); err == nil {
		a.Payload.data = append(a.Payload.data[:0], body...)
	}
}
