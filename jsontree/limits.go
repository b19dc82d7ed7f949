package jsontree

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Defaults for Limits that are zero.
const (
	// DefaultDepth is the nesting allowed by default. It is the limit of the
	// JSON readers that back ends on the Java platform use.
	DefaultDepth = 1000
	// DefaultSize is the size of a document in bytes allowed by default: more
	// than the largest payload of the service (10 MB), little enough to hold.
	DefaultSize = 16 << 20
)

// Limits bounds what a parser accepts. A zero field means its default.
type Limits struct {
	Depth int // arrays and objects inside each other
	Size  int // bytes of the document
}

func (l Limits) withDefaults() Limits {
	if l.Depth <= 0 {
		l.Depth = DefaultDepth
	}
	if l.Size <= 0 {
		l.Size = DefaultSize
	}
	return l
}

// Errors that say which limit a document broke. They are wrapped in a
// *SyntaxError.
var (
	ErrTooDeep  = errors.New("nested too deeply")
	ErrTooLarge = errors.New("document too large")
)

// SyntaxError says what is wrong with a document and where.
type SyntaxError struct {
	Offset int    // bytes before the place
	Line   int    // from 1
	Column int    // in characters, from 1
	Msg    string // what is wrong there
	cause  error
}

// Error returns the message with its place.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Msg)
}

// Unwrap returns ErrTooDeep or ErrTooLarge if a limit was the reason.
func (e *SyntaxError) Unwrap() error { return e.cause }

// errorAt makes the error for a place in src; Msg is cause's when msg is empty.
func errorAt(src string, offset int, msg string, cause error) *SyntaxError {
	if msg == "" {
		msg = cause.Error()
	}
	before := src[:min(offset, len(src))]
	lineStart := strings.LastIndexByte(before, '\n') + 1
	return &SyntaxError{
		Offset: len(before),
		Line:   1 + strings.Count(before, "\n"),
		Column: 1 + utf8.RuneCountInString(before[lineStart:]),
		Msg:    msg,
		cause:  cause,
	}
}
