package awsproto

import (
	"encoding/json"
	"maps"
	"strconv"
)

// Error is an answer of the service that is no success: its modelled type, its status, its message.
type Error struct {
	Type    string // "NotFoundException"
	Status  int
	Message string
	// Members are further members of the body, such as resourceType.
	Members map[string]string
	// RetryAfter in seconds; 0 leaves the header out.
	RetryAfter int
}

func (e *Error) Error() string { return e.Type + ": " + e.Message }

// NewError makes an error.
func NewError(status int, errorType, message string) *Error {
	return &Error{Type: errorType, Status: status, Message: message}
}

// Errors that every service of the protocol has.

// ErrUnknownOperation answers an address that is no operation.
func errUnknownOperation() *Error {
	return NewError(404, "UnknownOperationException", "The requested operation is not supported.")
}

// errSerialization answers a body that cannot be read as the operation's input.
func errSerialization(message string) *Error {
	return NewError(400, "SerializationException", message)
}

// errInternal hides what went wrong; the detail goes to the log only.
func errInternal() *Error { return NewError(500, "InternalFailure", "Internal server error") }

// members are the members of an error's body, as most services have them.
func (e *Error) members() map[string]string {
	body := make(map[string]string, 1+len(e.Members))
	maps.Copy(body, e.Members)
	body["message"] = e.Message
	return body
}

// response is the wire form of an error. The header is on every error, because SDKs read the type there first.
// Spec: control-plane 3.1.
func (s *Service) response(e *Error) *Response {
	members := e.members
	if s.Dialect.ErrorMembers != nil {
		members = func() map[string]string { return s.Dialect.ErrorMembers(e) }
	}
	text, err := json.Marshal(members())
	if err != nil {
		text = []byte(`{}`)
	}
	res := &Response{Status: e.Status, Body: text}
	res.add("Content-Type", contentTypeJSON)
	res.add("x-amzn-ErrorType", e.Type)
	if e.RetryAfter > 0 {
		res.add("Retry-After", strconv.Itoa(e.RetryAfter))
	}
	return res
}
