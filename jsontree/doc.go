// Package jsontree holds JSON documents as trees that keep what a decoder into
// Go values loses: the order of an object's members and the digits of a number
// as they were written.
//
// A [Value] is one of six things and nothing else:
//
//	Null        JSON null (a nil Value means "nothing", for instance no match)
//	bool        true and false
//	Number      a number, as written
//	string      a string, decoded
//	*Array      an array
//	*Object     an object; a repeated member keeps its first place and its last value
//
// [Parse] reads strict JSON (RFC 8259) within [Limits] and says where it went
// wrong. [ParseLenient] reads the relaxed notation that API Gateway accepts as
// the answer of a MOCK integration. [Append] writes a tree as compact JSON.
//
// Trees are plain mutable data: any number of goroutines may read one, as long
// as nobody changes it. Strings of a parsed tree share the memory of the
// document they came from.
package jsontree
