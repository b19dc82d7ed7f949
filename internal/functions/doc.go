// Package functions is the function plane: it runs Lambda functions as processes of this machine and invokes them.
//
//	host, err := functions.NewHost(functions.HostOptions{…})
//	directory := functions.NewDirectory(functions.DirectoryOptions{Limit: 1000, …})
//	directory.Put(entry)                        // a function, its versions and aliases: from the store or a file
//	err := directory.Invoke(ctx, call, result)  // by anybody who has its ARN
//
// A [Directory] knows names: it finds the version or alias that a call means, checks the function's policy and counts
// concurrency. A [Host] knows processes: each version that runs has a [Pool] of execution environments, an environment being
// one process with its own Runtime API and its own temporary directory that serves one invocation at a time. Nothing here
// knows where functions are kept or what calls them.
//
// Spec: functions A, B6, D.
package functions
