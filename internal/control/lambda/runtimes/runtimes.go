// Package runtimes is the table of runtime identifiers: which the service takes, which it has retired, and which Gatehouse runs.
// Spec: functions A6, B3.
package runtimes

import (
	"slices"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/wire"
)

// supported are the identifiers that the service takes, in the order in which its messages print them. Recorded.
var supported = []string{
	"nodejs20.x", "python3.14", "provided.al2023", "python3.12", "python3.13", "nodejs24.x", "nodejs22.x", "java25", "python3.10", "python3.11", "java21",
	"ruby3.3", "ruby3.4", "ruby3.2", "python3.8", "python3.9", "java17", "nodejs16.x", "dotnet10", "dotnet8", "java11", "dotnet6", "nodejs18.x",
	"provided.al2", "java8.al2",
}

// retired are those that it takes no more.
var retired = []string{
	"dotnetcore1.0", "dotnetcore2.0", "dotnetcore2.1", "dotnetcore3.1", "go1.x", "java8", "nodejs", "nodejs4.3", "nodejs4.3-edge", "nodejs6.10", "nodejs8.10",
	"nodejs10.x", "nodejs12.x", "nodejs14.x", "provided", "python2.7", "python3.6", "python3.7", "ruby2.5", "ruby2.7",
}

// runs are the beginnings of those that Gatehouse runs.
var runs = []string{"nodejs", "python", "java", "provided"}

// Supported are the identifiers that messages print, in their order.
func Supported() []string { return slices.Clone(supported) }

// Known reports whether the service takes an identifier, or has taken it: layers may name both. Recorded.
func Known(runtime string) bool {
	return slices.Contains(supported, runtime) || slices.Contains(retired, runtime)
}

// Check says why a function cannot have a runtime; nil: it can.
func Check(runtime string) error {
	switch {
	case slices.Contains(retired, runtime):
		return wire.Invalid("The runtime parameter of %s is no longer supported for creating or updating AWS Lambda functions. We recommend you use a supported runtime while creating or updating functions.", runtime)
	case !slices.Contains(supported, runtime):
		return wire.Invalid("Value %s at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [%s] or be a valid ARN", runtime, strings.Join(supported, ", "))
	case !slices.ContainsFunc(runs, func(start string) bool { return strings.HasPrefix(runtime, start) }):
		return wire.Unsupported("Runtime " + runtime)
	}
	return nil
}
