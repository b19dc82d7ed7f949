// Package functionurl serves function URLs: HTTP addresses that functions have of their own, without an API.
//
//	table := functionurl.New(functionurl.Options{Functions: directory, Keys: ring, …})
//	table.Put(entry)                       // whenever a function changed
//	if at, ok := functionurl.Locate(&x.Request); ok {
//		table.Serve(ctx, x, at)
//	}
//
// The table is compiled when functions change; a request finds its URL in it without asking anybody, and at the same cost however
// many there are. What it meets then, in this order:
//
//	file          step                                              refusal
//	table.go      the URL                                           403 {"Message":null}
//	cors.go       preflights of URLs with CORS end here
//	authorize.go  NONE: the policy must allow everybody;            403
//	              AWS_IAM: signature, account, policy
//	request.go    the event, payload format 2.0                     413
//	answer.go     the function; its answer, buffered or streamed    429, 502
//
// Spec: functions B7, http-api 7, 9.1, 11.
package functionurl
