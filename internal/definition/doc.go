// Package definition holds the documents of Gatehouse: what a user wrote, as it is stored.
//
// A definition says nothing about how it runs. The rooms above compile definitions into releases
// (see internal/restapi); the control plane and the importers (see internal/openapi) write them.
// One REST API with all its resources is one document: a deployment is a copy of it, an import is one
// write, and a reader always sees a whole API.
//
// Names and defaults are those of the API Gateway management API, and of Lambda's for functions. Spec: rest-api 1–7, 13–16, 21;
// functions B2–B5.
package definition
