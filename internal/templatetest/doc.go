// Package templatetest runs folders of template tests: one text file per test, with the template or its path, what it
// sees, and what must come out.
//
// A file is a comment, followed by sections:
//
//	The total of an order is a number, not a string.
//
//	-- template --
//	{"total": $input.path('$.total')}
//	-- request --
//	{"body": {"total": 12.5}}
//	-- want --
//	{"total": 12.5}
//
// "-- template: ../templates/order.vtl --" names a file instead, relative to the test. "-- response --" makes the template a
// response template and holds what the integration answered. "-- error --" stands in place of "-- want --" and holds a part of
// the message. "-- overrides --" holds the overrides that the template must set, one per line as `gatehouse render` prints
// them; without it they do not matter. The line end before the next section is not part of a section.
package templatetest
