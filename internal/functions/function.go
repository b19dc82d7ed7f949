package functions

import "time"

// Function is one version of a function, as it runs: everything that its processes are made of. It must not be changed once a
// pool was made of it.
type Function struct {
	Ref     Ref    // its Qualifier is ""
	Version string // Latest, or digits
	// Runtime is an identifier of the service (nodejs22.x, python3.13, provided.al2023 …), or RuntimeWeb.
	Runtime string
	// Handler is what the runtime finds the code by; of a web function, the command that starts the server, if it has spaces
	// or names no file in the code.
	Handler string
	// Code is the folder with the function's code, LAMBDA_TASK_ROOT. It is only read.
	Code string
	// Opt is the folder with the content of the function's layers, /opt, one over the other; "": there are none. It is only read.
	Opt string
	// Environment are the function's own variables.
	Environment map[string]string
	Timeout     time.Duration // 1 to 900 s
	MemorySize  int           // MB
	// EphemeralStorage is what the temporary folder may hold, in MB; 0 is DefaultEphemeralStorage. Spec: functions D2.
	EphemeralStorage int
	JSONLogs         bool
	// Initialization is AWS_LAMBDA_INITIALIZATION_TYPE: "" is on-demand.
	Initialization string
}

// DefaultEphemeralStorage is what a temporary folder may hold of which nothing was said, in MB.
const DefaultEphemeralStorage = 512

// RuntimeWeb is the runtime of a web function: any HTTP server process, by the rules of the Lambda Web Adapter. A function of
// another runtime is a web function, too, when AWS_LWA_PORT or another AWS_LWA_ variable is in its environment. Spec:
// functions A8.
const RuntimeWeb = "web"
