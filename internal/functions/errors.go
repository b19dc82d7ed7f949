package functions

import (
	"errors"
	"fmt"
)

// The reasons why a call was not made. What the function itself did wrong is no error, but a Result with a FunctionError.
var (
	// ErrNotFound means that there is no such function, version or alias.
	ErrNotFound = errors.New("function not found")
	// ErrDenied means that the function's policy does not allow the caller.
	ErrDenied = errors.New("the function's policy does not allow this caller to invoke it")
	// ErrPayloadTooLarge means that the event is larger than limits allow.
	ErrPayloadTooLarge = errors.New("payload too large")
	// ErrNoMemory means that the memory which payloads share is in use.
	ErrNoMemory = errors.New("the memory for payloads is in use")
	// ErrNoQueue means that this function plane has no queue for events.
	ErrNoQueue = errors.New("asynchronous invocation (the type Event) is not available here")
	// ErrNoneReady means that all environments of a runner with provisioned concurrency are in use or not ready.
	ErrNoneReady = errors.New("no provisioned environment is ready")
	// ErrUnavailable means that a function lives elsewhere and could not be reached.
	ErrUnavailable = errors.New("the function lives elsewhere and cannot be reached")
	// ErrClosed means that the host is stopping.
	ErrClosed = errors.New("the function plane is stopping")
)

// ThrottledError means that a concurrency limit left no room. Spec: functions D1.
type ThrottledError struct{ Reason string }

// The reasons.
const (
	ReasonReserved = "ReservedFunctionConcurrentInvocationLimitExceeded"
	ReasonAccount  = "ConcurrentInvocationLimitExceeded"
	ReasonQueue    = "CallerRateLimitExceeded" // as many events wait as may (unconfirmed)
)

func (e *ThrottledError) Error() string { return "Rate Exceeded: " + e.Reason }

// StateError means that a function cannot be invoked in the state it is in.
type StateError struct{ State, Reason string }

func (e *StateError) Error() string {
	if e.Reason == "" {
		return "the function is in the state " + e.State
	}
	return fmt.Sprintf("the function is in the state %s: %s", e.State, e.Reason)
}
