// Package wire is what every operation of the Lambda management API (2015-03-31) shares: the structures of its model, its
// errors, its pages.
//
//go:generate go run generate.go
package wire
