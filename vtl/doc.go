// Package vtl runs mapping templates: Apache Velocity 1.7 in the dialect of API
// Gateway. It knows nothing of HTTP, gateways or JSONPath; what a template may
// ask for comes in through a [Scope].
//
//	p := vtl.Compile(`{"id": "$order.id"}`)
//	out, err := p.Exec(nil, scope, vtl.DefaultLimits)
//
// The phases, one type between each:
//
//	token.go lex.go          source → tokens, in two modes (text, expression)
//	ast.go parse*.go         tokens → tree; every syntax error is made here
//	print.go                 tree → source; parsing that gives the same tree
//	gobble.go                the blanks and newlines that directives swallow
//	compile*.go              tree → program: names to slots, constants folded
//	exec.go eval.go          program + Scope → bytes, metered by Limits
//	value.go compare.go …    what values are, how they compare and print
//	methods*.go              the methods of strings, lists, maps and numbers
//	walk.go                  the tree, for tools that read templates
//	event*.go trace*.go      what a run does, for tools that watch it: a program from
//	                         CompileTraced has other nodes around its nodes
//
// Where the dialect departs from Velocity 1.7:
//
//   - A reference without value prints nothing, and equals the empty string.
//   - #set to null clears the variable.
//   - Null adds nothing to a text.
//   - An index outside of a list gives null.
//   - #include, #parse and #evaluate are refused when they run.
//   - A single $ or # is text everywhere.
//   - JSON arrays print as JSON, JSON objects like Java maps.
//   - A line that holds only #set, blanks and its newline disappears.
//   - Maps keep the order of insertion; subList copies.
//   - A brace behind a reference is text: $a{b}.
//   - Names are lexical: a #define or #@ block does not see the parameters of the
//     macro that renders it.
//
// Everything else is compared with Velocity 1.7 itself, see test/oracle.
//
// A Program is immutable and may run on many goroutines at once. A run is
// bounded in output, steps, depth, loop rounds and memory; no template can
// panic or outgrow them.
package vtl
