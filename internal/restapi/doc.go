// Package restapi is the REST kind of API: it compiles a deployment under a stage into a tree of methods, each with its
// own list of steps, and runs requests through them.
//
// The way of a request (spec rest-api 3):
//
//	ServeAPI ─ size ─ stage ─ canary ─ body decoding ─ route ─┬─ steps of the method (steps.go) ─┬─ complete ─► front ─► done
//	                                                          └────── refusal: answerRefusal ────┘
//
// Compile does once what does not depend on the request: templates, mapping expressions, selection patterns, models, URIs,
// gateway responses. A request parses nothing but itself. What a definition asks for and Gatehouse cannot do yet is a
// problem of Compile, with the place where it was written.
//
// A stage with a canary is two Stages, of which each request runs on one. TestInvoke runs the steps of one method of a draft
// that no front has received a request for, and returns its log.
//
// A Stage is immutable and shared by all requests; an exchange belongs to one. Its five parts have one writer each:
// received (api.go, view.go), caller (authorizer.go), outgoing (request.go, http.go, lambda.go, lambdaproxy.go), outcome (http.go,
// lambda.go, mock.go, response.go) and the response (response.go, http.go, lambdaproxy.go, gatewayresponse.go).
package restapi
