package http1

import (
	"net/netip"
	"strings"
)

// What a ContentLength holds when there is no length.
const (
	// Chunked is the length of a body sent in chunks.
	Chunked = -1
	// UntilClose is the length of a response body that ends with the connection.
	UntilClose = -2
)

// RequestHead is the head of a request. A Reader reuses its Header.
type RequestHead struct {
	Method string
	// Target is the target in origin form, beginning with "/", whatever form was sent;
	// or "*" in an OPTIONS request.
	Target string
	// Host is the authority asked for, never empty in an HTTP/1.1 request.
	Host  string
	Proto string // "HTTP/1.1" or "HTTP/1.0"
	// Header holds all fields, as sent.
	Header Header
	// ContentLength is the length of the body in bytes or Chunked.
	ContentLength int64
	// KeepAlive says that the client would send another request.
	KeepAlive bool
	Expect    Expectation
}

// ReadRequest reads a request head into h. Errors are io.EOF if the connection ended
// before the first byte, io.ErrUnexpectedEOF if it ended later, an *Error for what
// is refused, or the source's.
func (r *Reader) ReadRequest(h *RequestHead) error {
	head, err := r.readHead(maxMethod+r.limits.Target+len("  HTTP/1.1"), ErrTargetTooLong)
	if err != nil {
		return err
	}
	return parseRequest(head, h, &r.limits)
}

// parseRequest parses a whole head.
func parseRequest(head string, h *RequestHead, limits *Limits) error {
	n := strings.IndexByte(head, '\n')
	line, rest := head[:n-1], head[n+1:]
	target, err := parseRequestLine(line, h)
	if err != nil {
		return err
	}
	if len(target) > limits.Target {
		return ErrTargetTooLong
	}
	if h.Header, err = parseFields(rest, h.Header[:0], limits); err != nil {
		return err
	}
	f, err := frame(h.Header)
	if err != nil {
		return err
	}
	if err := h.setTarget(target, f); err != nil {
		return err
	}
	return h.setFraming(f)
}

// parseRequestLine parses method SP target SP version, separated by exactly one
// space, and returns the target as sent.
func parseRequestLine(line string, h *RequestHead) (target string, err error) {
	i := strings.IndexByte(line, ' ')
	j := strings.LastIndexByte(line, ' ')
	if i <= 0 || i == j {
		return "", errRequestLine
	}
	h.Method, target, h.Proto = line[:i], line[i+1:j], line[j+1:]
	if !all(h.Method, classToken) {
		return "", errMethod
	}
	if len(h.Method) > maxMethod {
		return "", errMethodLong
	}
	if target == "" {
		return "", errRequestLine
	}
	return target, checkVersion(h.Proto)
}

// checkVersion accepts HTTP/1.1 and HTTP/1.0.
func checkVersion(v string) error {
	if v == "HTTP/1.1" || v == "HTTP/1.0" {
		return nil
	}
	if len(v) != 8 || v[:5] != "HTTP/" || v[6] != '.' || v[5]-'0' > 9 || v[7]-'0' > 9 {
		return errVersionSyntax
	}
	return errVersion
}

// setFraming decides the length of the body and what happens to the connection.
func (h *RequestHead) setFraming(f framing) error {
	old := h.Proto == "HTTP/1.0"
	h.ContentLength = f.length
	if f.chunked {
		if old {
			return errTEVersion
		}
		h.ContentLength = Chunked
	}
	h.KeepAlive = !f.close && (!old || f.keepAlive)
	h.Expect = f.expect
	if h.Expect == ExpectContinue && (old || h.ContentLength == 0) {
		h.Expect = ExpectNothing
	}
	if h.Expect == ExpectUnknown {
		return errExpectation
	}
	return nil
}

// setTarget checks target and Host against each other and keeps the origin form.
func (h *RequestHead) setTarget(target string, f framing) (err error) {
	switch {
	case f.hosts > 1:
		return errManyHosts
	case f.hosts == 0 && h.Proto != "HTTP/1.0":
		return errNoHost
	case f.hosts == 1 && f.host == "":
		return errHost
	}
	h.Target, h.Host, err = ResolveTarget(h.Method, target, f.host)
	return err
}

// ResolveTarget checks the target and the Host field ("" if there was none) of a
// request and returns the target in origin form ("*" stays) and the authority asked
// for. Its error is an *Error.
func ResolveTarget(method, target, host string) (origin, authority string, err error) {
	switch {
	case host != "" && !validHost(host):
		return "", "", errHost
	case method == "CONNECT":
		return "", "", errConnect
	case target == "*" && method == "OPTIONS":
		return target, host, nil
	case target == "" || target[0] != '/':
		return resolveAbsolute(target, host)
	case !validTarget(target):
		return "", "", errTarget
	}
	return target, host, nil
}

// resolveAbsolute takes an absolute form apart. Its authority and the Host field must
// be the same: clients have to send them so (RFC 9112 3.2), and whoever reads only
// one of the two must not see another host than we do.
func resolveAbsolute(target, host string) (origin, authority string, err error) {
	scheme, rest, ok := strings.Cut(target, "://")
	if !ok || !EqualFold(scheme, "http") && !EqualFold(scheme, "https") {
		return "", "", errTarget
	}
	authority, origin = rest, "/"
	if i := strings.IndexAny(rest, "/?"); i >= 0 {
		authority, origin = rest[:i], rest[i:]
		if origin[0] == '?' {
			origin = "/" + origin
		}
	}
	if !validHost(authority) || !validTarget(origin) {
		return "", "", errTarget
	}
	if host != "" && !EqualFold(host, authority) {
		return "", "", errHostDiffers
	}
	return origin, authority, nil
}

// validTarget reports whether s is an origin form: RFC 3986's path and query, and
// the brackets that array-style names have in queries. Percent signs must begin an
// escape in the path; queries are left to those who decode them, because browsers
// send "?q=50%" as it stands.
// Spec: rest-api 1.4, unconfirmed: "|", "{" and "}" are refused there with 400, the
// rest of the set follows the RFC.
func validTarget(s string) bool {
	if !all(s, classTarget) {
		return false
	}
	path, _, _ := strings.Cut(s, "?")
	for {
		i := strings.IndexByte(path, '%')
		if i < 0 {
			return true
		}
		if len(path) < i+3 || class[path[i+1]]&class[path[i+2]]&classHex == 0 {
			return false
		}
		path = path[i+3:]
	}
}

// validHost reports whether s is a host with an optional port: a name of letters,
// digits, "-", ".", "_" and "~", or an IPv6 address in brackets. It is never empty.
// The RFC would allow more in a name, but nothing that resolves.
func validHost(s string) bool {
	if s != "" && s[0] == '[' {
		end := strings.IndexByte(s, ']')
		if end < 0 || strings.IndexByte(s[:end], '%') >= 0 {
			return false
		}
		ip, err := netip.ParseAddr(s[1:end])
		return err == nil && ip.Is6() && validPort(s[end+1:])
	}
	name, port := s, ""
	if i := strings.IndexByte(s, ':'); i >= 0 {
		name, port = s[:i], s[i:]
	}
	return name != "" && all(name, classHost) && validPort(port)
}

// validPort reports whether s is empty, or a colon with a port that may be empty.
func validPort(s string) bool {
	if s == "" {
		return true
	}
	if s[0] != ':' || len(s) > 6 {
		return false
	}
	n := 0
	for i := 1; i < len(s); i++ {
		d := s[i] - '0'
		if d > 9 {
			return false
		}
		n = n*10 + int(d)
	}
	return n <= 65535
}
