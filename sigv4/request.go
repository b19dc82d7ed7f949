package sigv4

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
)

// Field is a header field as it arrived.
type Field struct{ Name, Value string }

// Request is what a signature covers, as it arrived on the wire.
type Request struct {
	Method string
	Path   string // raw, with its escapes
	Query  string // raw, without "?"
	Header []Field
	// Body is the raw body, before any content decoding.
	Body []byte
}

// header returns the values of a field, joined as a canonical request wants them, and whether there is one.
func (r *Request) header(lowerName string) (string, bool) {
	value, found := "", false
	for _, f := range r.Header {
		if !strings.EqualFold(f.Name, lowerName) {
			continue
		}
		if found {
			value += ","
		}
		value += squeeze(f.Value)
		found = true
	}
	return value, found
}

// squeeze trims a value and collapses runs of blanks inside it.
func squeeze(v string) string {
	v = strings.Trim(v, " \t")
	if !strings.Contains(v, "  ") {
		return v
	}
	return strings.Join(strings.FieldsFunc(v, func(c rune) bool { return c == ' ' }), " ")
}

// bodyHash is the hex SHA-256 of the body.
func (r *Request) bodyHash() string {
	sum := sha256.Sum256(r.Body)
	return hex.EncodeToString(sum[:])
}

// canonical is the canonical request for the signed header names, which are lower case and sorted.
// Spec: access-control 5.2.
func (r *Request) canonical(path string, signed []string, payloadHash string) string {
	var b strings.Builder
	b.WriteString(r.Method + "\n" + path + "\n" + canonicalQuery(r.Query) + "\n")
	for _, name := range signed {
		value, _ := r.header(name) // an absent one is empty, and the signature does not match
		b.WriteString(name + ":" + value + "\n")
	}
	b.WriteString("\n" + strings.Join(signed, ";") + "\n" + payloadHash)
	return b.String()
}

// canonicalPath normalises a raw path and escapes every segment once more, as all services but S3 do.
func canonicalPath(raw string) string {
	var kept []string
	for segment := range strings.SplitSeq(raw, "/") {
		switch segment {
		case "", ".":
		case "..":
			if len(kept) > 0 {
				kept = kept[:len(kept)-1]
			}
		default:
			kept = append(kept, escape(segment))
		}
	}
	path := "/" + strings.Join(kept, "/")
	if len(kept) > 0 && (strings.HasSuffix(raw, "/") || strings.HasSuffix(raw, "/.") || strings.HasSuffix(raw, "/..")) {
		path += "/"
	}
	return path
}

// canonicalQuery decodes and encodes every pair anew and sorts them; only the signature itself is left out.
func canonicalQuery(raw string) string {
	var pairs []string
	for pair := range strings.SplitSeq(raw, "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		name = escape(unescape(name))
		if name == "X-Amz-Signature" {
			continue
		}
		pairs = append(pairs, name+"="+escape(unescape(value)))
	}
	slices.SortFunc(pairs, comparePairs)
	return strings.Join(pairs, "&")
}

// comparePairs orders by name, then value: "=" sorts behind what names hold, so the pairs cannot be compared whole.
func comparePairs(a, b string) int {
	nameA, valueA, _ := strings.Cut(a, "=")
	nameB, valueB, _ := strings.Cut(b, "=")
	if c := strings.Compare(nameA, nameB); c != 0 {
		return c
	}
	return strings.Compare(valueA, valueB)
}

// queryValue returns a decoded query parameter; names are case-sensitive.
func (r *Request) queryValue(name string) (string, bool) {
	for pair := range strings.SplitSeq(r.Query, "&") {
		n, v, _ := strings.Cut(pair, "=")
		if unescape(n) == name {
			return unescape(v), true
		}
	}
	return "", false
}

const upperHex = "0123456789ABCDEF"

// escape is the URI encoding of signatures: everything but unreserved characters.
func escape(s string) string {
	clean := true
	for i := range len(s) {
		if !unreserved(s[i]) {
			clean = false
			break
		}
	}
	if clean {
		return s
	}
	b := make([]byte, 0, len(s)+16)
	for i := range len(s) {
		if c := s[i]; unreserved(c) {
			b = append(b, c)
		} else {
			b = append(b, '%', upperHex[c>>4], upperHex[c&15])
		}
	}
	return string(b)
}

func unreserved(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_' || c == '.' || c == '~'
}

// unescape decodes %XX; a plus sign is a blank, as in any query. What is no escape stays.
func unescape(s string) string {
	if !strings.ContainsAny(s, "%+") {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '+':
			b = append(b, ' ')
		case s[i] == '%' && i+2 < len(s):
			if v, err := hex.DecodeString(s[i+1 : i+3]); err == nil {
				b = append(b, v[0])
				i += 2
				continue
			}
			b = append(b, '%')
		default:
			b = append(b, s[i])
		}
	}
	return string(b)
}
