package http1

import (
	"strings"
	"unicode/utf8"
)

// DecodePath resolves %XX in a path or a piece of one, once. What is not a valid
// escape stays as it is; bytes that are not UTF-8 become U+FFFD.
func DecodePath(s string) string {
	if strings.IndexByte(s, '%') < 0 {
		return s
	}
	return decode(s, false)
}

// DecodeForm is DecodePath for names and values of a query, in which + is a space.
func DecodeForm(s string) string {
	if strings.IndexByte(s, '%') < 0 && strings.IndexByte(s, '+') < 0 {
		return s
	}
	return decode(s, true)
}

func decode(s string, form bool) string {
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '%' && i+2 < len(s) && class[s[i+1]]&class[s[i+2]]&classHex != 0:
			out = append(out, unhex(s[i+1])<<4|unhex(s[i+2]))
			i += 2
		case c == '+' && form:
			out = append(out, ' ')
		default:
			out = append(out, c)
		}
	}
	if !utf8.Valid(out) {
		return strings.ToValidUTF8(string(out), "\uFFFD")
	}
	return string(out)
}

func unhex(c byte) byte {
	switch {
	case c <= '9':
		return c - '0'
	case c >= 'a':
		return c - 'a' + 10
	}
	return c - 'A' + 10
}

// CleanValue makes any text the value of a header field: control characters, among
// them line ends, and blanks around it are left out.
func CleanValue(v string) string {
	if strings.ContainsFunc(v, isControl) {
		v = strings.Map(dropControl, v)
	}
	return strings.Trim(v, " \t")
}

func isControl(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }

func dropControl(r rune) rune {
	if isControl(r) {
		return -1
	}
	return r
}
