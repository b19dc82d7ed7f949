// Package wire is what every operation of the API Gateway management API (2015-07-09) shares: the structures of its
// model, its errors, pages, identifiers, and the engine of its PATCH tables.
//
//go:generate go run generate.go
package wire
