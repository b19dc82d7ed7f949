package http1

import "strings"

// ResponseHead is the head of a response. A Reader reuses its Header.
type ResponseHead struct {
	Status int // 200 to 999
	Proto  string
	// Header holds all fields, as sent.
	Header Header
	// ContentLength is the length of the body that follows in bytes, Chunked, or
	// UntilClose. It is 0 where a body is not allowed: after HEAD, with 204 and 304.
	ContentLength int64
	// Declared is the value of the Content-Length field, -1 without one. It differs
	// from ContentLength after HEAD and with 304.
	Declared int64
	// KeepAlive says that the server would answer another request on this connection.
	KeepAlive bool
}

// ReadResponse reads the head of the response to a request with the given method
// into h. Interim (1xx) responses are skipped, a small number of them. Errors are as
// with ReadRequest; 101 is refused, for nothing here asks for it.
func (r *Reader) ReadResponse(h *ResponseHead, method string) error {
	for range maxInterim + 1 {
		head, err := r.readHead(r.limits.Head, ErrHeadTooLarge)
		if err != nil {
			return err
		}
		if err := parseResponse(head, h, method, &r.limits); err != nil {
			return err
		}
		if h.Status == 101 {
			return errSwitching
		}
		if h.Status >= 200 {
			return nil
		}
	}
	return ErrTooManyInterim
}

// parseResponse parses a whole head.
func parseResponse(head string, h *ResponseHead, method string, limits *Limits) error {
	n := strings.IndexByte(head, '\n')
	if err := parseStatusLine(head[:n-1], h); err != nil {
		return err
	}
	var err error
	if h.Header, err = parseFields(head[n+1:], h.Header[:0], limits); err != nil {
		return err
	}
	f, err := frame(h.Header)
	if err != nil {
		return err
	}
	return h.setFraming(f, method)
}

// parseStatusLine parses version SP status [SP reason]. The space before an empty
// reason is often left out by servers, and leaving it out changes nothing.
func parseStatusLine(line string, h *ResponseHead) error {
	const status = len("HTTP/1.1 ")
	if len(line) < status+3 || line[status-1] != ' ' {
		return errStatusLine
	}
	h.Proto = line[:status-1]
	if err := checkVersion(h.Proto); err != nil {
		return err
	}
	code := 0
	for _, c := range []byte(line[status : status+3]) {
		if c-'0' > 9 {
			return errStatusLine
		}
		code = code*10 + int(c-'0')
	}
	rest := line[status+3:]
	if code < 100 || rest != "" && rest[0] != ' ' || !all(rest, classValue) {
		return errStatusLine
	}
	h.Status = code
	return nil
}

// setFraming decides the length of the body: RFC 9112 6.3, without its repairs.
func (h *ResponseHead) setFraming(f framing, method string) error {
	old := h.Proto == "HTTP/1.0"
	if f.chunked && old {
		return errTEVersion
	}
	h.Declared = -1
	if f.lengths > 0 {
		h.Declared = f.length
	}
	h.KeepAlive = !f.close && (!old || f.keepAlive)
	switch {
	case !BodyAllowed(method, h.Status):
		h.ContentLength = 0
	case f.chunked:
		h.ContentLength = Chunked
	case f.lengths > 0:
		h.ContentLength = f.length
	default:
		h.ContentLength = UntilClose
		h.KeepAlive = false
	}
	return nil
}

// BodyAllowed reports whether the response with this status to a request with this
// method has a body, even an empty one.
func BodyAllowed(method string, status int) bool {
	return method != "HEAD" && status >= 200 && status != 204 && status != 304
}
