package host

import (
	"fmt"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/functions"
	"github.com/gatehouse-gateway/gatehouse/internal/functions/process"
	"github.com/gatehouse-gateway/gatehouse/internal/functions/runlog"
	"github.com/gatehouse-gateway/gatehouse/internal/functions/runtimeapi"
)

// What the platform says of functions that fail. Spec: functions D3.
const (
	typeExit       = "Runtime.ExitError"
	typeEntrypoint = "Runtime.InvalidEntrypoint"
	typeDir        = "Runtime.InvalidWorkingDir"
	typeNetwork    = "Runtime.NetworkUnavailable" // of Gatehouse
	typeUnknown    = "Runtime.Unknown"
	typeTruncated  = "Runtime.TruncatedResponse"
	typeMode       = "Runtime.InvalidResponseModeHeader"
	typeTimeout    = functions.TypeTimeout

	typeExtensionCrash  = "Extension.Crash"
	typeExtensionLaunch = "Extension.LaunchError"
)

// timedOut is the failure of a function that took longer than it may.
func timedOut(timeout time.Duration) *FunctionError {
	return &FunctionError{typeTimeout, functions.TimeoutMessage(timeout)}
}

// exited is the failure of a function whose process ended.
func exited(e process.Exit) *FunctionError {
	if e.Success() {
		return &FunctionError{typeExit, "Runtime exited without providing a reason"}
	}
	return &FunctionError{typeExit, "Runtime exited with error: " + e.String()}
}

// extensionCrashed is the failure of a function one of whose extensions ended on its own (the words are unconfirmed).
func extensionCrashed(e process.Exit) *FunctionError {
	if e.Signal != 0 {
		return &FunctionError{typeExtensionCrash, e.String()}
	}
	return &FunctionError{typeExtensionCrash, fmt.Sprintf("exit code %d", e.Code)}
}

// logged is e as the log tells it; nothing for nil.
func (e *FunctionError) logged() runlog.Failure {
	if e == nil {
		return runlog.Failure{}
	}
	return runlog.Failure{Type: e.Type, Message: e.Message}
}

// payload is e as the caller gets it.
func (e *FunctionError) payload(requestID string) []byte {
	return functions.FailurePayload(e.Type, e.Message, requestID)
}

// faultOutcome is what a caller gets for an answer that could not be accepted. Fatal faults end the process.
func faultOutcome(f runtimeapi.Fault, requestID string, limit int64) (o outcome, kind string, fatal bool) {
	var e *FunctionError
	switch f {
	case runtimeapi.TooLarge:
		return outcome{text: functions.TooLargePayload(limit), failed: true}, functions.TypeTooLarge, false
	case runtimeapi.NoMemory:
		return outcome{err: functions.ErrNoMemory}, "", false
	case runtimeapi.BadMode:
		e = &FunctionError{typeMode, "Invalid function response mode"}
	default:
		e = &FunctionError{typeTruncated, "HTTP request detected as truncated"}
	}
	return outcome{text: e.payload(requestID), failed: true}, e.Type, true
}
