// Package functions is the function plane as its callers see it: names, permissions and concurrency of Lambda functions.
//
//	machine, err := host.New(host.Options{…})
//	directory := functions.NewDirectory(functions.DirectoryOptions{Open: …})
//	directory.Put(entry)                        // a function, its versions and aliases: from the store or a file
//	err := directory.Invoke(ctx, call, result)  // by anybody who has its ARN
//
// A [Directory] finds the version or alias that a call means, checks the function's policy and counts concurrency; then it hands
// the call to the [Runner] of that version. Runners are made elsewhere: package host runs a version as processes of this machine.
// Nothing here knows where functions are kept or what calls them.
//
// Spec: functions B5, B6, C, D1.
package functions
