package jsonpath

import (
	"fmt"
	"strconv"

	"github.com/gatehouse-gateway/gatehouse/jsontree"
)

// String returns the path in its canonical form, with brackets for every name;
// Compile reads the same path from it.
func (p *Path) String() string { return string(p.append(nil)) }

func (p *Path) append(dst []byte) []byte {
	if p.current {
		dst = append(dst, '@')
	} else {
		dst = append(dst, '$')
	}
	for i := range p.steps {
		dst = p.steps[i].append(dst)
	}
	return dst
}

func (s *step) append(dst []byte) []byte {
	if s.kind == stepCall {
		dst = append(append(append(dst, '.'), s.name...), '(')
		for i := range s.args {
			if i > 0 {
				dst = append(dst, ", "...)
			}
			dst = s.args[i].append(dst)
		}
		return append(dst, ')')
	}
	if s.deep {
		dst = append(dst, ".."...)
	}
	dst = append(dst, '[')
	switch s.kind {
	case stepName:
		dst = writeText(dst, s.name)
	case stepNames:
		for i, name := range s.names {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = writeText(dst, name)
		}
	case stepIndex, stepIndexes:
		for i, n := range s.indexes {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = strconv.AppendInt(dst, int64(n), 10)
		}
	case stepSlice:
		dst = s.appendSlice(dst)
	case stepWildcard:
		dst = append(dst, '*')
	case stepFilter:
		dst = append(s.filter.append(append(dst, "?("...)), ')')
	}
	return append(dst, ']')
}

func (s *step) appendSlice(dst []byte) []byte {
	if s.hasFrom {
		dst = strconv.AppendInt(dst, int64(s.from), 10)
	}
	dst = append(dst, ':')
	if s.hasTo {
		dst = strconv.AppendInt(dst, int64(s.to), 10)
	}
	return dst
}

func (o *operand) append(dst []byte) []byte {
	switch o.kind {
	case operandPath:
		return o.path.append(dst)
	case operandPattern:
		return o.pattern.append(dst)
	}
	if s, ok := o.value.(string); ok {
		return writeText(dst, s)
	}
	return jsontree.Append(dst, o.value)
}

func (e orExpr) append(dst []byte) []byte  { return appendAll(dst, e, " || ") }
func (e andExpr) append(dst []byte) []byte { return appendAll(dst, e, " && ") }

// appendAll writes nested conditions in parentheses, so that no precedence is needed.
func appendAll(dst []byte, all []expr, between string) []byte {
	for i, e := range all {
		if i > 0 {
			dst = append(dst, between...)
		}
		dst = appendTerm(dst, e)
	}
	return dst
}

func appendTerm(dst []byte, e expr) []byte {
	switch e.(type) {
	case orExpr, andExpr:
		return append(e.append(append(dst, '(')), ')')
	}
	return e.append(dst)
}

func (e notExpr) append(dst []byte) []byte {
	dst = append(dst, '!')
	if _, exists := e.not.(existsExpr); exists {
		return e.not.append(dst)
	}
	return append(e.not.append(append(dst, '(')), ')')
}

func (e existsExpr) append(dst []byte) []byte { return e.path.append(dst) }

func (e *compareExpr) append(dst []byte) []byte {
	dst = append(e.left.append(dst), ' ')
	dst = append(append(dst, e.op.name...), ' ')
	return e.right.append(dst)
}

// writeText appends s in single quotes, so that the parser reads s again.
func writeText(dst []byte, s string) []byte {
	dst = append(dst, '\'')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '\'' || c == '\\':
			dst = append(dst, '\\', c)
		case c < ' ':
			dst = fmt.Appendf(dst, `\u%04x`, c)
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, '\'')
}
