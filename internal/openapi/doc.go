// Package openapi turns OpenAPI documents into definitions of REST APIs, as ImportRestApi and PutRestApi do, and
// definitions into documents, as GetExport does.
//
//	imp, err := openapi.Load("api/petstore.yaml", openapi.Options{})
//	doc, err := openapi.Export(imp.API, openapi.ExportOptions{Type: "oas30", Extensions: "apigateway", StageName: "prod"})
//
// It reads Swagger 2.0 and OpenAPI 3.0, as JSON or YAML, in one file ([Load], [Parse]) or in many that are joined by
// $ref ([Load]). What it does not accept it names: the error of Load and Parse is a definition.Problems that holds
// every problem of the document with file, line, column and JSON path, not just the first. What the service
// accepts and then passes over (a default response, a security scheme without an authorizer) is in Import.Warnings.
//
//	readjson.go readyaml.go   text → nodes that know their place
//	load.go                   files and references between them
//	import.go root.go paths.go operation.go security.go integration.go gateway.go schema.go documentation.go
//	                          nodes → definition, one part of a document each
//	mapping.go                mapping expressions, checked as when the service stores them
//	merge.go put.go           PutRestApi's modes
//	parameters.go refusal.go  what the management API asks for, and how it refuses
//	docparts.go               documentation parts by themselves
//	deployable.go             what a deployment checks beyond an import
//	budget.go                 how much work a document may make
//	export*.go                definition → tree → JSON or YAML, one part of a document each
//
// An export that is imported again is the same export, and the same definition in all that the form can say. 2.0 says
// less: one schema for all media types of a body.
//
// The same document always becomes the same definition with the same ids, so that URLs survive a reload; the management
// API gives every import an id and a seed of its own. Import makes no deployment and touches no state.
//
// Decisions where the service's behaviour is not known stand at the code that makes them, marked "unconfirmed".
//
// Spec: rest-api 21, control-plane 8 and 10.
package openapi
