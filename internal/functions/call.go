package functions

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

	// ended is called once no environment works on the invocation any more, which may be after its caller went away.
	ended func()
}

// end says that nothing works on the invocation any more.
func (i *Invocation) end() {
	if i.ended != nil {
		i.ended()
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

	release func()
}

// Unhandled is the FunctionError of every function error.
const Unhandled = "Unhandled"

// Release gives the memory of r back and empties it.
func (r *Result) Release() {
	if r.release != nil {
		r.release()
	}
	*r = Result{}
}
