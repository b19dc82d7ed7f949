package web

import (
	"net/url"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/http1"
)

// How text of an event gets into a request line and back.

const hexDigits = "0123456789ABCDEF"

// Bytes that stay as they are in paths and queries besides letters and digits. A percent sign stays as well where it begins an
// escape: paths come decoded from some senders and encoded from others.
const (
	inPath  = "-._~!$&'()*+,;=:@/"
	inQuery = inPath + "?[]|^\\{}"
)

func encodePath(path string) string   { return encode(path, inPath) }
func encodeQuery(query string) string { return encode(query, inQuery) }

func encode(s, allowed string) string {
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		switch {
		case isAlphanumeric(c), strings.IndexByte(allowed, c) >= 0, c == '%' && isEscape(s[i:]):
			b.WriteByte(c)
		default:
			writeEscape(&b, c)
		}
	}
	return b.String()
}

// encodeComponent encodes a decoded name or value of a query.
func encodeComponent(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; isAlphanumeric(c) || strings.IndexByte("-._~", c) >= 0 {
			b.WriteByte(c)
		} else {
			writeEscape(&b, c)
		}
	}
	return b.String()
}

// decodeComponent undoes what a client did to a name or value of a query; what it did not encode well stays.
func decodeComponent(s string) string {
	if decoded, err := url.QueryUnescape(s); err == nil {
		return decoded
	}
	return s
}

func writeEscape(b *strings.Builder, c byte) {
	b.Write([]byte{'%', hexDigits[c>>4], hexDigits[c&15]})
}

func isEscape(s string) bool { return len(s) >= 3 && isHex(s[1]) && isHex(s[2]) }

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

func isAlphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

func validName(name string) bool { return http1.ValidName(name) }

func validValue(value string) bool { return http1.ValidValue(strings.Trim(value, " \t")) }
