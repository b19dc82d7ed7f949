// Package eventpattern is the pattern language of Amazon EventBridge, as event source mappings of Lambda filter with it, too.
//
//	p, err := eventpattern.Compile([]byte(`{"body": {"price": [{"numeric": [">", 10]}], "kind": ["book", {"prefix": "e-"}]}}`))
//	ok := p.Match(event)
//
// A pattern is an object. Its members are objects of the same kind, or lists of what a value may be: a text, a number, true, false, null
// or one of
//
//	{"prefix": "a"}  {"suffix": "a"}               also with {"equals-ignore-case": "a"} in place of the text
//	{"equals-ignore-case": "a"}
//	{"wildcard": "a*b"}                            \* and \\ are the characters themselves
//	{"anything-but": x}                            a text or a number, a list of them, or an object with prefix, suffix,
//	                                               equals-ignore-case or wildcard and one text or a list of them
//	{"numeric": [">", 0, "<=", 5]}                 = < <= > >=
//	{"cidr": "10.0.0.0/8"}
//	{"exists": true}
//
// All members of an object must match. "$or" is a list of objects of which one must. A list in an event matches when one of its elements
// does; an object of the pattern matches one element as a whole. "exists" and all others are about values, never about objects.
//
// A pattern is compiled once and is safe for concurrent use. Matching costs no more than the size of the event times that of the pattern.
package eventpattern
