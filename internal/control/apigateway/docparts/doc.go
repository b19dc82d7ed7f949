// Package docparts has the operations on documentation parts and their versions. Both live in the document of their API: a
// part is of the draft, a version is a copy of all parts that a stage can name.
//
// (The package is not called documentation: the go command passes over packages of that name.)
//
// Spec: control-plane 7.7, 7.8, 14.4.
package docparts
