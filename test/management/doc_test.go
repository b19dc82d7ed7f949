// Package management_test drives the management API of the real binary with signed requests and holds its answers
// against recordings of the real service.
package management_test
