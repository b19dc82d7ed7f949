// Package payloadv2 is payload format 2.0: the event that a function gets of an HTTP request, and what its answer means. HTTP APIs
// and function URLs speak it.
//
//	event.Header = payloadv2.AppendHeader(event.Header[:0], request, trace, len(body))
//	payload = event.Append(payload)
//	…
//	answer, err := payloadv2.Parse(result)
//	header, err = answer.AppendHeader(header, most)
//	body, err := answer.Body(&buffer)
//
// Both directions are written by hand: they run for every request. Where the two services differ, the caller decides: which media
// type an answer without one has, and whether a body that is no string is an answer at all (BodyIsJSON).
//
// Spec: http-api 7, 9.1, 10; functions B7.
package payloadv2
