// Package front turns bytes of client connections into exchanges and writes the
// answers back.
//
// There are two fronts with the same options and the same behaviour: NewHTTP1 is
// our own HTTP/1.1 on plain or TLS connections (package http1); NewNetHTTP runs on
// net/http and speaks HTTP/2, too. The pipeline sees a Request and a Response and
// cannot tell which front is before it, but that net/http knows neither the case
// nor the order of header fields: its front hands them over in canonical case
// (HTTP/2: lower case), sorted by name.
//
// What the front answers itself has a plain form, without any gateway response: a
// short text, Connection: close. These are 400 (syntax), 408 (head or body too
// slow), 414 (target too long), 417 (unknown expectation), 431 (header too large),
// 501 (transfer coding or method not known) and 505 (version).
// Spec: rest-api 3, 17.
//
// Slow clients are cut off by deadlines: the head has a total time, the body must
// arrive at a minimum rate, each write must make progress, an idle connection is
// closed. Clients that go away are noticed when the answer is written, not earlier:
// the front never reads ahead of the handler.
package front
