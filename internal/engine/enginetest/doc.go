// Package enginetest is the conformance suite of engines: every promise of package engine that can be seen from outside.
package enginetest
