package functions

import (
	"crypto/rand"
	"encoding/hex"
)

// InvocationType is how an invocation answers. Spec: functions B6.
type InvocationType string

// The invocation types.
const (
	RequestResponse InvocationType = "RequestResponse"
	DryRun          InvocationType = "DryRun" // checks names and permissions only
	Event           InvocationType = "Event"  // accepted now and run later, by the queue of the directory
)

// Call is what a directory is asked to invoke.
type Call struct {
	Ref Ref
	// Caller is the service that calls, which the function's policy must allow; nil is the function's own account.
	Caller *Caller
	Type   InvocationType // "" is RequestResponse
	Invocation
}

// Caller is a service that calls a function for somebody.
type Caller struct {
	Service       string // apigateway.amazonaws.com
	SourceARN     string
	SourceAccount string
}

// Invocation is one event on its way to an environment.
type Invocation struct {
	RequestID string // a UUID; "": a new one is made
	Payload   []byte // the event; it must not change until the call returns
	// ClientContext is JSON, decoded from what the caller sent; nil: none.
	ClientContext []byte
	// TraceID is the value of X-Amzn-Trace-Id; "": none.
	TraceID string
	// Tail asks for the end of the log.
	Tail bool
	// Stream gets an answer that the runtime streams, as it arrives; nil: the answer is collected. An answer that the runtime
	// does not stream is in the result, as ever.
	Stream Stream
	// InvokedARN is the ARN as invoked. A directory fills it in.
	InvokedARN string

	// OnEnd is called once no environment works on the invocation any more, which may be after its caller went away. A
	// directory fills it in.
	OnEnd func()
}

// End says that nothing works on the invocation any more. The runner that took it calls it once.
func (i *Invocation) End() {
	if i.OnEnd != nil {
		i.OnEnd()
	}
}

// Result is what came of an invocation. Its memory may be reused: Release gives it back, and nothing of it may be used
// afterwards. The zero value is ready for use.
type Result struct {
	RequestID string
	Payload   []byte // empty when the answer went to the invocation's Stream and nothing failed
	// FunctionError is "" or Unhandled: then Payload is the error, as the function or the platform wrote it.
	FunctionError string
	// ExecutedVersion is Latest or digits.
	ExecutedVersion string
	// Log is the end of the log of this invocation, of up to 4096 bytes, when it was asked for.
	Log []byte
	// ContentType is what the function said about Payload; "" for most.
	ContentType string
	// Free takes back the memory of Payload; nil: there is nothing to take back. Whoever fills the result in sets it.
	Free func()
}

// Unhandled is the FunctionError of every function error.
const Unhandled = "Unhandled"

// Release gives the memory of r back and empties it.
func (r *Result) Release() {
	if r.Free != nil {
		r.Free()
	}
	*r = Result{}
}

// NewRequestID makes a random UUID.
func NewRequestID() string {
	var b [16]byte
	rand.Read(b[:]) //nolint:errcheck // it cannot fail
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	var text [36]byte
	hex.Encode(text[:8], b[:4])
	hex.Encode(text[9:13], b[4:6])
	hex.Encode(text[14:18], b[6:8])
	hex.Encode(text[19:23], b[8:10])
	hex.Encode(text[24:], b[10:])
	text[8], text[13], text[18], text[23] = '-', '-', '-', '-'
	return string(text[:])
}
