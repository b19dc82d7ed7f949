// Package remote runs functions that live elsewhere: behind the Lambda API of another place, Amazon's or a compatible one, or behind
// an HTTP address.
//
//	remotes := remote.New(remote.Options{Lambda: client, …})
//	target, err := remote.Parse(function.Environment)   // nil: the function runs here
//	runner := remotes.Open(function, target)
//
// A function says in its environment where it lives, so that everything that manages functions manages such ones, too:
//
//	GATEHOUSE_REMOTE                the ARN of a function, or an http or https address
//	GATEHOUSE_REMOTE_RETRIES        how often a call is made again that cannot have run, 0 to 5; 2 if it is not there
//	GATEHOUSE_REMOTE_AUTHORIZATION  the Authorization header of calls to an address; none if it is not there
//	GATEHOUSE_REMOTE_HEALTH         the path that is asked whether an address is well again; if it is not there, a call finds out
//
// Names, policies, versions, concurrency and asynchronous invocation are as for functions that run here; the function's timeout
// bounds a call with all its retries.
//
// # Retries
//
// Nothing is called twice that may have run: a call is made again only if no connection could be made, or the other side said that
// it was too busy (429). Amazon's own clients retry more; callers who want that have asynchronous invocation.
//
// # Health
//
// After five calls in a row that did not reach the function, calls fail at once for a second, then for two, up to thirty; in between
// one call, or one request of the health path, finds out whether it is back.
package remote
