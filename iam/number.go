package iam

import (
	"cmp"
	"strconv"
)

// maxDigits bounds the text of a number, in bytes; more digits than a float64 can tell apart help nobody.
const maxDigits = 64

// A number is a whole number, kept exactly, or a decimal one.
type number struct {
	whole bool
	i     int64
	f     float64
}

func wholeNumber(n int64) number { return number{whole: true, i: n, f: float64(n)} }

// parseNumber reads an integer or a decimal, with an exponent if need be. What strconv would also take (hexadecimal,
// infinity, not-a-number) is not a number here: comparing with it would be true or false by accident.
func parseNumber(s string) (number, bool) {
	if s == "" || len(s) > maxDigits {
		return number{}, false
	}
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9', c == '.', c == '-', c == '+', c == 'e', c == 'E':
		default:
			return number{}, false
		}
	}
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return wholeNumber(n), true
	}
	f, err := strconv.ParseFloat(s, 64)
	return number{f: f}, err == nil
}

// compare orders two numbers: -1, 0 or 1.
func (n number) compare(m number) int {
	if n.whole && m.whole {
		return cmp.Compare(n.i, m.i)
	}
	return cmp.Compare(n.f, m.f)
}
