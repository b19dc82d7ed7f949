package definition

import (
	"errors"
	"fmt"
	"strings"
)

// Origin is where a part of a definition was written. The zero value means: not from a document.
type Origin struct {
	File string `json:"file,omitzero"` // as the user would name it
	Line int    `json:"line,omitzero"` // from 1
	Col  int    `json:"col,omitzero"`  // from 1
	Path string `json:"path,omitzero"` // JSON path in the document: $.paths['/pets'].get
}

// At names a member below o, for a message about that member.
func (o Origin) At(member string) Origin {
	o.Path += "." + member
	return o
}

// String is "file:line:col: path", as far as known.
func (o Origin) String() string {
	switch {
	case o.File == "":
		return o.Path
	case o.Path == "":
		return fmt.Sprintf("%s:%d:%d", o.File, o.Line, o.Col)
	}
	return fmt.Sprintf("%s:%d:%d: %s", o.File, o.Line, o.Col, o.Path)
}

// Problem is one thing that keeps a definition from being served, and where it stands.
type Problem struct {
	Origin Origin `json:"origin,omitzero"`
	// Unsupported marks what the real service can do and Gatehouse cannot yet.
	Unsupported bool   `json:"unsupported,omitzero"`
	Message     string `json:"message,omitzero"`
}

func (p Problem) Error() string {
	if at := p.Origin.String(); at != "" {
		return at + ": " + p.Message
	}
	return p.Message
}

// Problems are all that was found; an import or a compilation shows every one.
type Problems []Problem

func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}

// Addf appends a problem.
func (ps *Problems) Addf(at Origin, format string, args ...any) {
	*ps = append(*ps, Problem{Origin: at, Message: fmt.Sprintf(format, args...)})
}

// Refusef appends something that is not supported yet.
func (ps *Problems) Refusef(at Origin, format string, args ...any) {
	*ps = append(*ps, Problem{Origin: at, Unsupported: true, Message: fmt.Sprintf(format, args...)})
}

// Err returns ps as an error, or nil when there are none.
func (ps Problems) Err() error {
	if len(ps) == 0 {
		return nil
	}
	return ps
}

// ProblemsOf returns the problems in err, or nil.
func ProblemsOf(err error) Problems {
	var ps Problems
	errors.As(err, &ps)
	return ps
}
