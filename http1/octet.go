package http1

// The classes of octets that the grammar is made of, as one table, so that each
// question about an octet is one load.
const (
	classToken  = 1 << iota // tchar, RFC 9110 5.6.2
	classValue              // what a field value may hold: HTAB, SP, VCHAR, obs-text
	classTarget             // what a request target may hold, see validTarget
	classHost               // unreserved: what a registered name in Host may hold
	classHex
)

var (
	class [256]uint8
	lower [256]uint8
)

func init() {
	for c := range 256 {
		lower[c] = uint8(c)
		if 'A' <= c && c <= 'Z' {
			lower[c] += 'a' - 'A'
		}
		if c == '\t' || c >= ' ' && c != 0x7f {
			class[c] |= classValue
		}
	}
	const alnum = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	mark(alnum+"!#$%&'*+-.^_`|~", classToken)
	mark(alnum+"-._~%!$&'()*+,;=:@/?[]", classTarget)
	mark(alnum+"-._~", classHost)
	mark("0123456789abcdefABCDEF", classHex)
}

func mark(octets string, c uint8) {
	for i := range len(octets) {
		class[octets[i]] |= c
	}
}

// all reports whether every octet of s is of class c.
func all(s string, c uint8) bool {
	for i := range len(s) {
		if class[s[i]]&c == 0 {
			return false
		}
	}
	return true
}

// ValidName reports whether s can be the name of a header field: a token.
func ValidName(s string) bool { return s != "" && all(s, classToken) }

// ValidValue reports whether s can be the value of a header field: no control
// characters except tabs, and no whitespace at its ends.
func ValidValue(s string) bool { return all(s, classValue) && trimOWS(s) == s }

// trimOWS removes the optional whitespace (SP and HTAB) around a field value.
func trimOWS(s string) string {
	for s != "" && (s[0] == ' ' || s[0] == '\t') {
		s = s[1:]
	}
	for s != "" && (s[len(s)-1] == ' ' || s[len(s)-1] == '\t') {
		s = s[:len(s)-1]
	}
	return s
}
