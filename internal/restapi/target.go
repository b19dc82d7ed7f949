package restapi

import (
	"net/url"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/http1"
	"github.com/gatehouse-gateway/gatehouse/vtl/gateway"
)

// target is a request target taken apart. All strings are raw (still percent-encoded) pieces of the target.
// Spec: rest-api 1.2, 1.3.
type target struct {
	stage    string // first non-empty segment
	path     string // $context.path: "/stage/…", leading duplicate slashes collapsed, the rest as sent
	resource string // path below the stage as the proxy event has it: one leading slash, trailing slash kept
	route    string // resource without its leading and trailing slashes: what routing compares
	query    string
}

// splitTarget takes a raw origin-form target apart: "//stage//a/?x=1".
func splitTarget(raw string) target {
	path, query, _ := strings.Cut(raw, "?")
	for len(path) > 1 && path[1] == '/' {
		path = path[1:]
	}
	t := target{path: path, query: query}
	rest := strings.TrimPrefix(path, "/")
	t.stage = rest
	below := ""
	if i := strings.IndexByte(rest, '/'); i >= 0 {
		t.stage, below = rest[:i], rest[i:]
	}
	for len(below) > 1 && below[1] == '/' {
		below = below[1:]
	}
	t.resource = below
	if below == "" {
		t.resource = "/"
	}
	t.route = strings.Trim(below, "/")
	return t
}

// parseQuery appends the decoded parameters of a raw query to dst, in order, repeated names included.
// Both & and ; separate. Spec: rest-api 1.4.
func parseQuery(dst []gateway.Param, raw string) []gateway.Param {
	for raw != "" {
		pair := raw
		if i := strings.IndexAny(raw, "&;"); i >= 0 {
			pair, raw = raw[:i], raw[i+1:]
		} else {
			raw = ""
		}
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		dst = append(dst, gateway.Param{Name: http1.DecodeForm(name), Value: http1.DecodeForm(value)})
	}
	return dst
}

// badQuery reports characters that the service refuses in a query unless they are encoded.
// The characters are documented, the shape of the answer is unconfirmed. Spec: rest-api 1.4.
func badQuery(raw string) bool { return strings.ContainsAny(raw, "|{}") }

// lastValues appends the single-valued view of all to dst: the last value of every name, names in order of first
// appearance. Spec: rest-api 1.4, 1.5.
func lastValues(dst, all []gateway.Param) []gateway.Param {
	if len(all) > 32 { // a hostile query may have thousands of names
		return lastOfMany(dst, all)
	}
next:
	for _, p := range all {
		for i := range dst {
			if dst[i].Name == p.Name {
				dst[i].Value = p.Value
				continue next
			}
		}
		dst = append(dst, p)
	}
	return dst
}

func lastOfMany(dst, all []gateway.Param) []gateway.Param {
	at := make(map[string]int, len(all))
	for _, p := range all {
		if i, seen := at[p.Name]; seen {
			dst[i].Value = p.Value
			continue
		}
		at[p.Name] = len(dst)
		dst = append(dst, p)
	}
	return dst
}

// appendQueryEscaped appends s as a query name or value.
func appendQueryEscaped(dst []byte, s string) []byte { return append(dst, url.QueryEscape(s)...) }

const upperHex = "0123456789ABCDEF"

// appendPathEscaped appends s for use in a path. keepSlash leaves "/" alone, so that a greedy value spreads over
// several segments; the exact set of reserved characters is unconfirmed. Spec: rest-api 6.
func appendPathEscaped(dst []byte, s string, keepSlash bool) []byte {
	for i := range len(s) {
		c := s[i]
		if pathSafe(c) || c == '/' && keepSlash {
			dst = append(dst, c)
			continue
		}
		dst = append(dst, '%', upperHex[c>>4], upperHex[c&15])
	}
	return dst
}

// pathSafe are the characters that RFC 3986 lets stand in a path segment.
func pathSafe(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("-._~!$&'()*+,;=:@", c) >= 0
}
