package javaregex

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// dialect is the notation to write: that of package regexp or that of regexp2.
type dialect uint8

const (
	linear dialect = iota
	backtracking
)

// Line ends as look-arounds. Java never stops between \r and \n.
const (
	lineEndAhead = `(?=\r\n|(?<!\r)\n|[\r\u0085\u2028\u2029]|\z)`
	lastEndAhead = `(?=(?:\r\n|(?<!\r)\n|[\r\u0085\u2028\u2029])?\z)`
	lineBegin    = `(?:\A|(?<=[\n\u0085\u2028\u2029]|\r(?!\n)))(?!\z)`
	asciiEdge    = `(?:(?<=[0-9A-Za-z_])(?![0-9A-Za-z_])|(?<![0-9A-Za-z_])(?=[0-9A-Za-z_]))`
	asciiNoEdge  = `(?:(?<=[0-9A-Za-z_])(?=[0-9A-Za-z_])|(?<![0-9A-Za-z_])(?![0-9A-Za-z_]))`
)

var anchorText = [2][lastMatch + 1]string{
	linear: {
		textStart: `\A`, textEnd: `\z`, wordEdge: `\b`, noWordEdge: `\B`, unixEnd: `(?m:$)`,
		lastLineEnd: `\z`, unixLastEnd: `\z`, // only where nothing can follow
	},
	backtracking: {
		textStart: `\A`, textEnd: `\z`, wordEdge: asciiEdge, noWordEdge: asciiNoEdge, lastMatch: `\G`,
		lastLineEnd: lastEndAhead, unixLastEnd: `(?=\n?\z)`,
		lineStart: lineBegin, lineEnd: lineEndAhead,
		unixStart: `(?:\A|(?<=\n))(?!\z)`, unixEnd: `(?=\n|\z)`,
	},
}

var greedSuffix = [...]string{greedy: "", lazy: "?", possessive: ""}

// emit writes n in a dialect. Every node is written so that it can stand
// between any others.
func (n *node) emit(w *strings.Builder, d dialect) {
	switch n.op {
	case opEmpty:
		w.WriteString("(?:)")
	case opNever:
		w.WriteString(n.never(d))
	case opSet:
		n.set.emit(w, d)
	case opConcat:
		for _, s := range n.subs {
			s.emit(w, d)
		}
	case opAlt:
		n.emitAlt(w, d)
	case opGroup:
		n.emitInside(w, d, "(")
	case opLook:
		n.emitInside(w, d, n.form)
	case opAtomic:
		n.emitInside(w, d, "(?>")
	case opRepeat:
		n.emitRepeat(w, d)
	case opBackRef:
		if n.fold {
			fmt.Fprintf(w, `(?i:\%d)`, n.n)
		} else {
			fmt.Fprintf(w, `(?:\%d)`, n.n)
		}
	case opAnchor:
		w.WriteString(anchorText[d][n.anchor])
	}
}

func (n *node) never(d dialect) string {
	if d == linear {
		return `[^\x00-\x{10FFFF}]`
	}
	return `(?!)`
}

func (n *node) emitAlt(w *strings.Builder, d dialect) {
	w.WriteString("(?:")
	for i, s := range n.subs {
		if i > 0 {
			w.WriteByte('|')
		}
		s.emit(w, d)
	}
	w.WriteByte(')')
}

func (n *node) emitInside(w *strings.Builder, d dialect, opening string) {
	w.WriteString(opening)
	n.subs[0].emit(w, d)
	w.WriteByte(')')
}

func (n *node) emitRepeat(w *strings.Builder, d dialect) {
	if n.greed == possessive {
		w.WriteString("(?>")
		defer w.WriteByte(')')
	}
	w.WriteString("(?:")
	n.subs[0].emit(w, d)
	w.WriteByte(')')
	switch {
	case n.min == 0 && n.max == unlimited:
		w.WriteByte('*')
	case n.min == 1 && n.max == unlimited:
		w.WriteByte('+')
	case n.min == 0 && n.max == 1:
		w.WriteByte('?')
	case n.max == unlimited:
		fmt.Fprintf(w, "{%d,}", n.min)
	default:
		fmt.Fprintf(w, "{%d,%d}", n.min, n.max)
	}
	w.WriteString(greedSuffix[n.greed])
}

func (s set) emit(w *strings.Builder, d dialect) {
	if len(s) == 0 {
		w.WriteString((&node{op: opNever}).never(d))
		return
	}
	if r, ok := s.single(); ok {
		if d == linear {
			w.WriteString(regexp.QuoteMeta(string(r)))
		} else {
			writeChar(w, r, d)
		}
		return
	}
	w.WriteByte('[')
	for _, sp := range s {
		writeChar(w, sp.lo, d)
		if sp.hi > sp.lo {
			w.WriteByte('-')
			writeChar(w, sp.hi, d)
		}
	}
	w.WriteByte(']')
}

// writeChar writes a character so that it has no other meaning, in brackets or
// outside of them.
func writeChar(w *strings.Builder, r rune, d dialect) {
	switch {
	case r < 0x80 && (isLetter(byte(r)) || isDigit(byte(r))):
		w.WriteByte(byte(r))
	case d == linear:
		w.WriteString(`\x{` + strconv.FormatInt(int64(r), 16) + `}`)
	case r <= 0xFFFF:
		fmt.Fprintf(w, `\u%04X`, r)
	default: // has no meaning of its own anywhere
		w.WriteRune(r)
	}
}
