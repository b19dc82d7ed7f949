// Package integration calls HTTP/1.1 back ends for integrations.
//
// A Client sends a Call to an Endpoint and fills a Result. It works on the caller's
// goroutine and has none of its own besides Run: no goroutine per connection, no
// hand-over per request. Connections are kept and reused, the youngest first, with
// a bound per back end and in total.
//
//	ep, err := integration.NewEndpoint("https", "orders.internal:8443", integration.TLSOptions{})
//	...
//	call := integration.Call{Method: "GET", Target: "/orders/42", Deadline: now.Add(29 * time.Second)}
//	var res integration.Result
//	if err := client.Do(ctx, ep, &call, &res); err != nil {
//		return err // one of the errors of this package, see there
//	}
//	defer res.Release()
//
// A call is made once: redirects are not followed, and nothing is repeated, except a
// call with a safe method (GET, HEAD, OPTIONS) and a body in memory (or none) that met a kept
// connection which the back end had closed. Such a call is repeated once, on a new
// connection, as if the kept one had not existed.
// Spec: rest-api 9.1, 9.6.
//
// The certificate chain of a TLS back end must be trusted, valid now and for the host
// of the URI, which is also what SNI names.
//
// A back end can not make the gateway hold more than Call.MaxBody of body and 64 KiB
// of head, nor longer than the Deadline. While a large request body is being sent,
// an early answer is noticed only when the back end stops reading.
package integration
