// Package config reads what gatehouse is told from outside: gatehouse.yaml beside an API document, which `gatehouse dev`
// finds ([Dev]), and the options of `gatehouse serve` from flags, environment and a file ([Serve]).
//
// Every option is known by name; one that is not is refused with its line.
package config
