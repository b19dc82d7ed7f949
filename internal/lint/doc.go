// Package lint reads OpenAPI documents and mapping templates and says what in them does not do what its author may
// expect: templates that fail, references that print nothing, text that a client can use to write JSON of its own,
// answers that nothing selects.
//
//	findings := lint.Document("api/openapi.yaml", lint.Options{})
//
// A [Finding] has a place, a [Severity] and a rule with a stable id; [Rules] lists them, and docs/lint.md describes each
// with an example. Where the author means it, a rule is silenced in place:
//
//	## gatehouse:ignore unescaped-value            in a template, on the line or the line above
//	# gatehouse:ignore body-passthrough            in YAML, on the line or the line above
//	"x-gatehouse-ignore": ["body-passthrough"]     in an object of a document, for it and all below it
//
// The files, one idea each:
//
//	rules.go finding.go         what there is, how it is said
//	source.go silence.go        documents as trees with places, and what is silenced in them
//	document.go template.go     what is looked at: a document, one template
//	names.go looks.go           names that name nothing; text that looks like code
//	flow.go value.go shape.go   what a template does with what the client sent, and a body that suits it
//	json.go                     the output on samples made from that: is it JSON?
//	responses.go parameters.go gatewayresponse.go
//	                            what integration, responses and mappings of a method promise each other
//
// Nothing here runs on the request path. All work is bounded; no input makes it panic.
//
// Spec: mapping-templates, rest-api 4–10, 15.
package lint
