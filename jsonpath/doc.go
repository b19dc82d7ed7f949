// Package jsonpath is the JSONPath dialect of Jayway JsonPath 2, which API
// Gateway uses for $input.path, $input.json and body mappings, on the trees of
// package jsontree.
//
//	p, err := jsonpath.Compile("$.orders[?(@.total > 10)].id")
//	ids, found := p.Eval(doc)
//
// [Compile] reads a path once; a [Path] holds no state and may be used by any
// number of goroutines.
//
//	.name ['name']          a member
//	['a','b']               at the end: an object of those members; before other steps: each of them
//	[n] [-n]                an item, from the end when negative
//	[n,m] [a:b]             several items
//	[*] .*                  every item or member
//	..name ..[n] ..[*]      the same at every depth, in document order
//	[?( expr )]             items (or the object itself) for which expr holds
//	.length() …             length size min max avg sum stddev keys concat append first last index
//
// In a filter, @ is the candidate and $ the document; operands are paths and the
// literals of JSON, strings also in single quotes. Operators are == === != !==
// < <= > >= =~ in nin subsetof anyof noneof all size empty contains, combined
// with && || ! and parentheses; a path alone asks whether it leads anywhere.
// As in Jayway, == compares a number with a string by its digits, and =~ must
// match the whole text.
//
// A definite path leads to one value at most. Any other path gives an array of
// matches, empty when there are none. Where Jayway throws in the middle of a
// document (a missing member, min() of nothing) the path simply finds nothing.
//
// Departures from Jayway 2, all of them beyond what it answers sensibly: a step
// after ..[*] or ..[a:b] also sees the items of arrays; a slice starts at the
// first item when its start lies before it; $-rooted existence in a filter works;
// a function that does not exist is an error of Compile.
//
// Lengths, nesting and work are bounded, see limits.go; an evaluation that
// passes a bound finds nothing.
//
// Spec: mapping-templates 9.
package jsonpath
