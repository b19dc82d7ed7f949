package runtimeapi

// State is where a runtime stands. The names appear in refusals. Spec: functions A2.4.
type State string

// The states.
const (
	Started                 State = "Started"
	InitError               State = "InitError"
	Ready                   State = "Ready"
	Running                 State = "Running"
	InvocationResponse      State = "InvocationResponse"
	InvocationErrorResponse State = "InvocationErrorResponse"
	ResponseSent            State = "RuntimeResponseSentState"
)

// allowed says what a runtime may go to from where it stands. Asking again for the next event changes nothing while one is
// waited for or was just handed out: a client that lost its connection asks again.
func (s State) allowed(to State) bool {
	switch to {
	case Ready:
		return s == Started || s == Ready || s == Running || s == ResponseSent
	case InitError:
		return s == Started
	case InvocationResponse, InvocationErrorResponse:
		return s == Running
	}
	return false
}
