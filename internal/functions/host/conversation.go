package host

import (
	"context"

	"github.com/gatehouse-gateway/gatehouse/internal/functions"
	"github.com/gatehouse-gateway/gatehouse/internal/functions/runtimes"
)

// Adapter speaks with the process of a web function: it stands in for the Runtime API, which such a process does not know.
// One adapter serves one start of the process; a process that is started again gets a new one. Its methods are called by one
// goroutine at a time. Spec: functions A8.
type Adapter interface {
	// Ready waits until the process can serve and returns nil, or says why it never will. ctx ends when the time for
	// initialisation is over or the process is gone; then what it returns does not matter.
	Ready(ctx context.Context) error
	// Invoke has the process serve in and fills Payload, ContentType and, of a function error, FunctionError of out. in and
	// the memory behind it are valid until it returns. ctx ends when the function's time is over, which its deadline tells, or
	// the process is gone; then out does not matter. An error becomes a function error: a *FunctionError says which, others are
	// Runtime.Unknown.
	Invoke(ctx context.Context, in *functions.Invocation, out *functions.Result) error
	// Close gives the connections back. It is called once, after the process is gone.
	Close()
}

// launch is the process of a function: what to execute, in the folder of its code.
type launch struct {
	// args are the program and its arguments; the program is an absolute path or is found by PATH.
	args []string
	// engine is the engine of the machine that runs the code, an absolute path; "": none does.
	engine string
	// extensions are the names of the external extensions, files of a folder in the layers.
	extensions []string
	// ownPort makes the variables with the port of one start, for Amazon's own web adapter and its server; nil: there is none.
	ownPort func() ([]string, error)
	// spec is what it was found by: where the processes find the function's folders, and the function's own variables.
	spec runtimes.Spec
	// environment are variables of the runtime, NAME=value, below the platform's reserved ones.
	environment []string
	// read are folders of the machine that the process reads besides those of every function.
	read []string
	// note is a sentence for the log, such as that an old runtime runs on the installed engine; "": none.
	note string
	// adapter, of a web function, makes the adapter for one start of the process; nil: the process uses the Runtime API. It
	// may add variables, such as the port it chose. stream names the log of the environment, and note writes a line into it.
	adapter func(stream string, note func(line string), dial dialer) (adapter Adapter, environment []string, err error)
}

// launcher finds out how a function is started. Its errors are *FunctionError: they are reported to the caller.
type launcher func(*functions.Function) (launch, error)

// FunctionError is what the platform says when a function fails: it becomes the payload of a Result. Spec: functions D3.
type FunctionError struct {
	Type    string // Runtime.ExitError …
	Message string // without the request id, which is put in front of it
}

func (e *FunctionError) Error() string { return e.Type + ": " + e.Message }
