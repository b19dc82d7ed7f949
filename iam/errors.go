package iam

import (
	"errors"
	"fmt"
	"strings"
)

// ErrInvalid is what every error of [Parse] is: the document is not a policy that can be evaluated.
var ErrInvalid = errors.New("invalid policy document")

// A Problem is one mistake in a document.
type Problem struct {
	Path    string // where, as a JSON path: $.Statement[0].Effect
	Message string // what is wrong, without the place
}

// String gives the place and the message.
func (p Problem) String() string { return p.Path + ": " + p.Message }

// Error holds the mistakes of one document, in the order of the document; there is at least one, and reading stops after
// twenty. It is an [ErrInvalid].
type Error struct{ Problems []Problem }

// Error lists all problems in one line.
func (e *Error) Error() string {
	texts := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		texts[i] = p.String()
	}
	return ErrInvalid.Error() + ": " + strings.Join(texts, "; ")
}

// Unwrap makes errors.Is(err, ErrInvalid) true.
func (e *Error) Unwrap() error { return ErrInvalid }

// problems collects mistakes while a document is read.
type problems struct{ list []Problem }

func (p *problems) add(at, format string, args ...any) {
	if len(p.list) < maxProblems {
		p.list = append(p.list, Problem{Path: at, Message: fmt.Sprintf(format, args...)})
	}
}

func (p *problems) err() error {
	if len(p.list) == 0 {
		return nil
	}
	return &Error{Problems: p.list}
}

// quote shows a value of the document, shortened when it is long.
func quote(s string) string {
	if len(s) > maxQuoted {
		return fmt.Sprintf("%q…", strings.ToValidUTF8(s[:maxQuoted], ""))
	}
	return fmt.Sprintf("%q", s)
}
