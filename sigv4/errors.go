package sigv4

// Type is an AWS error type of a failed verification.
type Type string

// The types of failure. All answer 403 on the data plane.
const (
	MissingAuthenticationToken Type = "MissingAuthenticationTokenException"
	IncompleteSignature        Type = "IncompleteSignatureException"
	InvalidSignature           Type = "InvalidSignatureException"
	UnrecognizedClient         Type = "UnrecognizedClientException"
	ExpiredToken               Type = "ExpiredTokenException"
)

// Error says why a signature was refused, in the service's words. It holds nothing secret: what a message quotes of a
// request is its own text or a hash of it.
type Error struct {
	Type    Type
	Message string
}

func (e *Error) Error() string { return string(e.Type) + ": " + e.Message }

func fail(t Type, message string) *Error { return &Error{t, message} }
