package javaregex

import (
	"errors"
	"fmt"
	"math"
	"strings"
)

// ReplacementError says what is wrong with a replacement text.
type ReplacementError struct{ Msg string }

// Error returns the message.
func (e *ReplacementError) Error() string { return "replacement: " + e.Msg }

// ErrTooLong means that a result would pass the limit given.
var ErrTooLong = errors.New("result is too long")

// ReplaceAll replaces every match in s. In the replacement, $1 and ${name} stand
// for groups and a backslash makes the next character plain. The error is
// ErrTimeout or a *ReplacementError; like in Java, a wrong replacement is an
// error only if something matches.
func (re *Regexp) ReplaceAll(s, replacement string) (string, error) {
	return re.Replace(s, replacement, math.MaxInt, math.MaxInt)
}

// ReplaceFirst replaces the first match in s, like ReplaceAll.
func (re *Regexp) ReplaceFirst(s, replacement string) (string, error) {
	return re.Replace(s, replacement, 1, math.MaxInt)
}

// Replace replaces the first n matches in s, like ReplaceAll, and gives up with
// ErrTooLong when the result passes maxLen bytes.
func (re *Regexp) Replace(s, replacement string, n, maxLen int) (string, error) {
	e, err := re.searcher()
	if err != nil {
		return "", err
	}
	var (
		out   []byte
		parts []part
		end   int
		inner error
	)
	err = e.each(s, func(loc []int) bool {
		if parts == nil {
			if parts, inner = re.parseReplacement(replacement); inner != nil {
				return false
			}
		}
		out = append(out, s[end:loc[0]]...)
		for _, p := range parts {
			if out = append(out, p.text...); p.group >= 0 && loc[2*p.group] >= 0 {
				out = append(out, s[loc[2*p.group]:loc[2*p.group+1]]...)
			}
		}
		if len(out) > maxLen {
			inner = ErrTooLong
			return false
		}
		end = loc[1]
		n--
		return n > 0
	})
	if err = errors.Join(err, inner); err != nil {
		return "", err
	}
	if parts == nil {
		return s, nil
	}
	if out = append(out, s[end:]...); len(out) > maxLen {
		return "", ErrTooLong
	}
	return string(out), nil
}

// part is a piece of a replacement: text, then the group, if group is not -1.
type part struct {
	text  string
	group int
}

func (re *Regexp) parseReplacement(src string) ([]part, error) {
	parts := []part{}
	var text strings.Builder
	for i := 0; i < len(src); {
		switch c := src[i]; c {
		case '\\':
			if i+1 == len(src) {
				return nil, &ReplacementError{"character to be escaped is missing"}
			}
			text.WriteByte(src[i+1])
			i += 2
		case '$':
			group, size, err := re.groupRef(src[i+1:])
			if err != nil {
				return nil, err
			}
			parts = append(parts, part{text.String(), group})
			text.Reset()
			i += 1 + size
		default:
			text.WriteByte(c)
			i++
		}
	}
	return append(parts, part{text.String(), -1}), nil
}

// groupRef reads what follows a dollar sign and returns its length.
func (re *Regexp) groupRef(src string) (group, size int, err error) {
	if rest, ok := strings.CutPrefix(src, "{"); ok {
		name, _, closed := strings.Cut(rest, "}")
		group, known := re.tree.names[name]
		if !closed || !known {
			return 0, 0, &ReplacementError{fmt.Sprintf("no group with name {%s}", name)}
		}
		return group, len(name) + 2, nil
	}
	if src == "" || !isDigit(src[0]) {
		return 0, 0, &ReplacementError{"illegal group reference"}
	}
	group = int(src[0] - '0')
	if group > re.tree.groups {
		return 0, 0, &ReplacementError{fmt.Sprintf("no group %d", group)}
	}
	for size = 1; size < len(src) && isDigit(src[size]); size++ {
		longer := group*10 + int(src[size]-'0')
		if longer > re.tree.groups {
			break
		}
		group = longer
	}
	return group, size, nil
}

// Split cuts s around the matches, as Java's String.split does: limit > 0 gives
// at most that many pieces, limit == 0 drops empty pieces at the end, limit < 0
// keeps everything. An empty match at the start cuts nothing off. The error is
// ErrTimeout.
func (re *Regexp) Split(s string, limit int) ([]string, error) {
	return re.SplitAtMost(s, limit, math.MaxInt)
}

// SplitAtMost is Split that gives up with ErrTooLong at more than so many pieces.
func (re *Regexp) SplitAtMost(s string, limit, pieceLimit int) ([]string, error) {
	e, err := re.searcher()
	if err != nil {
		return nil, err
	}
	var pieces []string
	end := 0
	if limit != 1 {
		err = e.each(s, func(loc []int) bool {
			if loc[1] == 0 {
				return true
			}
			pieces = append(pieces, s[end:loc[0]])
			end = loc[1]
			return len(pieces) != limit-1 && len(pieces) < pieceLimit
		})
	}
	if err != nil {
		return nil, err
	}
	if len(pieces) >= pieceLimit {
		return nil, ErrTooLong
	}
	if len(pieces) == 0 {
		return []string{s}, nil
	}
	pieces = append(pieces, s[end:])
	for limit == 0 && len(pieces) > 0 && pieces[len(pieces)-1] == "" {
		pieces = pieces[:len(pieces)-1]
	}
	return pieces, nil
}
