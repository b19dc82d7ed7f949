package functions

import "github.com/gatehouse-gateway/gatehouse/iam"

// Entry is a function as a directory keeps it: the versions that can run, what aliases point to, who may call. It must not be
// changed once a directory has it.
type Entry struct {
	Ref      Ref // Qualifier is ""
	Versions map[string]Version
	Aliases  map[string]Alias
	// Policies are the function's resource policies by the qualifier they are attached to, "" being the function itself. A call
	// meets the policy of the qualifier it uses only. Spec: functions B5.
	Policies map[string]*iam.Policy
	// AnyQualifier makes every qualifier mean Latest that is neither a version nor an alias, for development.
	AnyQualifier bool
	// Reserved is the reserved concurrency; nil: none. Spec: functions D1.
	Reserved *int
	// Provisioned says by qualifier how many environments are kept ready for calls that use it: of a published version or an
	// alias. Spec: functions D1.
	Provisioned map[string]int
	// URLs are the HTTP addresses of the function by alias, "" being the function itself.
	URLs map[string]URL
	// ClosedURLs are the ids of addresses that were lost with their aliases.
	ClosedURLs []string
	// Asynchronous says by qualifier how events are treated that are run later; Latest is also the function without a qualifier.
	Asynchronous map[string]Asynchronous
}

// Version is one version of a function in an entry.
type Version struct {
	*Function
	// Revision changes whenever anything of the version does, its code included: environments of another revision finish
	// what they do and take no new work.
	Revision string
	// DeadLetter is the ARN of the queue or topic that gets events of the version that were given up; "": none.
	DeadLetter string
	// State says why the version cannot be invoked; nil: it can.
	State *StateError
}

// Alias is a name for a version, or for two.
type Alias struct {
	Version string
	// Additional is a second version, which gets the share Weight (0 to 1) of the calls; "": none.
	Additional string
	Weight     float64
}
