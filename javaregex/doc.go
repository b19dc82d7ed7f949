// Package javaregex matches text with regular expressions as Java reads them.
//
// API Gateway evaluates selection patterns, validation expressions and the
// String methods of mapping templates with java.util.regex. This package
// parses that notation (Java 17), and runs a pattern on one of three engines,
// chosen when it is compiled:
//
//	plain text               patterns without any special character
//	regexp (linear time)     patterns whose meaning is the same there
//	regexp2 (backtracking)   look-around, possessive quantifiers, atomic groups,
//	                         back references, \G, repeated groups that may be
//	                         empty; every match bounded by MatchTimeout
//
// The notation is translated, never passed through: predefined classes, POSIX
// and Unicode properties, unions and intersections of classes become plain sets
// of characters; '.', '^', '$' and \Z know Java's line terminators; flags
// (i d m s u x) are worked into the translation. What Java itself refuses is an
// error, as are the few things not supported: \X, \N{…}, \b{g}, the flag U and
// the rarer Unicode blocks.
//
// Where the edges differ from Java: \b and \B look at ASCII letters, digits and
// '_' (Java 19 and later); lookbehind may be unbounded; the unit of text is the
// code point everywhere.
//
// A Regexp is immutable and safe for concurrent use.
package javaregex
