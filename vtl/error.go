package vtl

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Errors that say which limit a run broke. They are wrapped in a *RunError.
var (
	ErrOutput = errors.New("output limit exceeded")
	ErrSteps  = errors.New("step limit exceeded")
	ErrTime   = errors.New("time limit exceeded")
	ErrDepth  = errors.New("nested too deeply")
	ErrMemory = errors.New("memory limit exceeded")
)

// SyntaxError says why a template does not parse, and where.
type SyntaxError struct {
	Line   int    // from 1
	Column int    // in characters, from 1
	Msg    string // what is wrong there
	Source string // the line itself
}

// Error returns the message with its place.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Msg)
}

// RunError says why a template stopped, and where.
type RunError struct {
	Line   int // from 1
	Column int // in characters, from 1
	Err    error
}

// Error returns the reason with its place.
func (e *RunError) Error() string {
	return fmt.Sprintf("line %d, column %d: %v", e.Line, e.Column, e.Err)
}

// Unwrap returns the reason.
func (e *RunError) Unwrap() error { return e.Err }

// place turns an offset into line, column and the text of the line.
func place(src string, offset int) (line, column int, text string) {
	offset = min(offset, len(src))
	start := strings.LastIndexByte(src[:offset], '\n') + 1
	text = src[start:]
	if end := strings.IndexByte(text, '\n'); end >= 0 {
		text = text[:end]
	}
	return 1 + strings.Count(src[:start], "\n"), 1 + utf8.RuneCountInString(src[start:offset]), strings.TrimSuffix(text, "\r")
}
