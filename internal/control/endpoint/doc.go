// Package endpoint is where management calls arrive: all services at one address, as an AWS endpoint URL wants it.
//
// For every call it decides which service is meant, verifies the signature, says in the context who calls (package
// caller), and hands the call to the service. It answers itself what is no call of a service: health checks, and refusals
// in the form that the caller's client reads. Every answer has an x-amzn-RequestId and every error an x-amzn-ErrorType,
// whatever went wrong; a service that is not there is refused with its name and the operation's.
//
//	e, err := endpoint.New(endpoint.Options{Services: services, Keys: ring, …})
//	front.NewHTTP1(opts, e)
//
// # Who answers
//
// The service of the credential scope; among services of one signing name, the one that has the path. Without a
// signature, which only AnyCredentials lets pass: X-Amz-Target, the query protocol's Action, or the path. See [Service].
//
// # Who may call
//
// A call is verified before its service sees it, and its body is read only for an access key that exists. Calls of the
// operator, below /_gatehouse/, must be signed with a root key, always. AnyCredentials accepts everything else unsigned;
// so that no web page can call in the name of a developer's browser, it refuses what a browser sends from elsewhere.
//
// A service may have addresses that need no signature because nobody can guess them, see [Opener].
//
// Spec: control-plane 1 to 3; access-control 5; design 8.
package endpoint
