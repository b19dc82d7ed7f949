package openapi

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/jsontree"
)

const byteOrderMark = "\uFEFF"

// jsonReader reads a JSON document into nodes. The first error ends it.
type jsonReader struct {
	src   string
	pos   int
	line  int // of pos
	start int // where the line begins
	seen  int // up to where col has counted characters
	col   int // at seen, from 1
	build *builder
	bad   bool
}

// readJSON reads src; problems go to b.
func readJSON(src string, b *builder) *node {
	r := &jsonReader{src: src, line: 1, col: 1, build: b}
	r.next(byteOrderMark)
	r.blanks()
	root := &node{file: b.file, line: r.line, col: r.column()}
	r.value(root, 0)
	r.blanks()
	if !r.bad && r.pos < len(src) {
		r.fail("unexpected %s after the document", r.here())
	}
	if r.bad {
		return nil
	}
	return root
}

func (r *jsonReader) fail(format string, args ...any) {
	if !r.bad {
		at := definition.Origin{File: r.build.file.name, Line: r.line, Col: r.column()}
		r.build.problems.Addf(at, InvalidInput+" "+format, args...)
	}
	r.bad = true
}

// column counts characters only once, also when all the document is one line.
func (r *jsonReader) column() int {
	if r.seen < r.start {
		r.seen, r.col = r.start, 1
	}
	if r.pos > r.seen {
		r.col += utf8.RuneCountInString(r.src[r.seen:r.pos])
		r.seen = r.pos
	}
	return r.col
}

func (r *jsonReader) here() string {
	if r.pos >= len(r.src) {
		return "end of document"
	}
	c, _ := utf8.DecodeRuneInString(r.src[r.pos:])
	return fmt.Sprintf("%q", c)
}

func (r *jsonReader) blanks() {
	for ; r.pos < len(r.src); r.pos++ {
		switch r.src[r.pos] {
		case ' ', '\t', '\r':
		case '\n':
			r.line++
			r.start = r.pos + 1
		default:
			return
		}
	}
}

func (r *jsonReader) next(s string) bool {
	if strings.HasPrefix(r.src[r.pos:], s) {
		r.pos += len(s)
		return true
	}
	return false
}

// value reads into n, which already knows its place.
func (r *jsonReader) value(n *node, depth int) {
	if !r.build.count(n, depth) {
		r.bad = true
		return
	}
	switch {
	case r.next("{"):
		n.kind = mapping
		r.object(n, depth)
	case r.next("["):
		n.kind = sequence
		r.array(n, depth)
	case r.pos < len(r.src) && r.src[r.pos] == '"':
		n.kind, n.text = text, r.build.replace(r.str())
	case r.next("true"):
		n.kind, n.text = boolean, "true"
	case r.next("false"):
		n.kind, n.text = boolean, "false"
	case r.next("null"):
		n.kind = null
	default:
		n.kind, n.text = number, r.number()
	}
}

func (r *jsonReader) object(n *node, depth int) {
	for r.blanks(); !r.bad; r.blanks() {
		if len(n.members) == 0 && r.next("}") {
			return
		}
		if r.pos >= len(r.src) || r.src[r.pos] != '"' {
			r.fail("unexpected %s, want a name in double quotes", r.here())
			return
		}
		child := &node{file: n.file, parent: n, line: r.line, col: r.column()}
		child.key = r.str()
		if r.blanks(); !r.next(":") {
			r.fail("unexpected %s, want ':'", r.here())
			return
		}
		r.blanks()
		r.value(child, depth+1)
		r.build.add(n, child)
		if r.blanks(); r.next(",") {
			continue
		}
		if !r.next("}") {
			r.fail("unexpected %s, want ',' or '}'", r.here())
		}
		return
	}
}

func (r *jsonReader) array(n *node, depth int) {
	for r.blanks(); !r.bad; r.blanks() {
		if len(n.items) == 0 && r.next("]") {
			return
		}
		child := &node{file: n.file, parent: n, nth: len(n.items), line: r.line, col: r.column()}
		r.value(child, depth+1)
		n.items = append(n.items, child)
		if r.blanks(); r.next(",") {
			continue
		}
		if !r.next("]") {
			r.fail("unexpected %s, want ',' or ']'", r.here())
		}
		return
	}
}

// str reads a string in double quotes.
func (r *jsonReader) str() string {
	for i := r.pos + 1; i < len(r.src); i++ {
		switch r.src[i] {
		case '\\':
			i++
		case '\n':
			r.fail("the string is not closed")
			return ""
		case '"':
			v, err := jsontree.ParseString(r.src[r.pos:i+1], jsontree.Limits{Size: len(r.src) + 1})
			if err != nil {
				r.fail("not a string: %v", err)
				return ""
			}
			r.pos = i + 1
			s, _ := v.(string)
			return s
		}
	}
	r.fail("the string is not closed")
	return ""
}

func (r *jsonReader) number() string {
	end := r.pos
	for end < len(r.src) && strings.IndexByte("+-.0123456789eE", r.src[end]) >= 0 {
		end++
	}
	s := r.src[r.pos:end]
	if _, err := jsontree.ParseString(s, jsontree.Limits{}); err != nil {
		r.fail("unexpected %s, want a value", r.here())
		return "0"
	}
	r.pos = end
	return s
}
