package http1

import (
	"errors"
	"strconv"
	"time"
)

// ErrInvalidField means that a header field can't be written: its name is not a
// token, or its value has control characters or blanks at its ends.
var ErrInvalidField = errors.New("http1: invalid header field")

// ErrInvalidLine means that a method, target, host or status can't be written.
var ErrInvalidLine = errors.New("http1: invalid first line")

// AppendRequestHead appends the head of a request: the request line, Host, the
// fields of h in order and in the case given, and the framing for a body of length
// bytes (Chunked: in chunks). Fields of h named Host, Content-Length,
// Transfer-Encoding or Connection are left out: they are the connection's matter,
// and there is one framing.
func AppendRequestHead(dst []byte, method, target, host string, h Header, length int64) ([]byte, error) {
	if !ValidName(method) || target == "" || target[0] != '/' || !validHost(host) || !writableTarget(target) {
		return dst, ErrInvalidLine
	}
	dst = append(dst, method...)
	dst = append(dst, ' ')
	dst = append(dst, target...)
	dst = append(dst, " HTTP/1.1\r\nHost: "...)
	dst = append(dst, host...)
	dst = append(dst, '\r', '\n')
	dst, err := appendFields(dst, h, ownedByRequest)
	if err != nil {
		return dst, err
	}
	dst = AppendFraming(dst, length)
	return append(dst, '\r', '\n'), nil
}

// writableTarget is what may be sent to a server: no blanks, no control characters,
// no fragment; but more than is accepted from clients, because an integration's URI
// is the operator's.
func writableTarget(s string) bool {
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c == 0x7f || c == '#' {
			return false
		}
	}
	return true
}

// AppendStatus appends the status line of a response.
func AppendStatus(dst []byte, status int) ([]byte, error) {
	if status < 100 || status > 999 {
		return dst, ErrInvalidLine
	}
	dst = append(dst, "HTTP/1.1 "...)
	dst = strconv.AppendInt(dst, int64(status), 10)
	dst = append(dst, ' ')
	dst = append(dst, StatusText(status)...)
	return append(dst, '\r', '\n'), nil
}

// AppendFields appends the fields of a response in order and in the case given,
// except Content-Length, Transfer-Encoding, Connection and Date: those a server
// writes itself. What was appended before an error is of no use.
func AppendFields(dst []byte, h Header) ([]byte, error) {
	return appendFields(dst, h, OwnedByServer)
}

func appendFields(dst []byte, h Header, owned func(string) bool) ([]byte, error) {
	for i := range h {
		f := &h[i]
		if owned(f.Name) {
			continue
		}
		if !ValidName(f.Name) || !ValidValue(f.Value) {
			return dst, ErrInvalidField
		}
		dst = append(dst, f.Name...)
		dst = append(dst, ':', ' ')
		dst = append(dst, f.Value...)
		dst = append(dst, '\r', '\n')
	}
	return dst, nil
}

// AppendFraming appends the field that tells the length of a body: Content-Length,
// Transfer-Encoding for Chunked, nothing for UntilClose.
func AppendFraming(dst []byte, length int64) []byte {
	switch {
	case length == Chunked:
		return append(dst, "Transfer-Encoding: chunked\r\n"...)
	case length < 0:
		return dst
	}
	dst = append(dst, "Content-Length: "...)
	dst = strconv.AppendInt(dst, length, 10)
	return append(dst, '\r', '\n')
}

// AppendDate appends t in the form of a Date field's value.
func AppendDate(dst []byte, t time.Time) []byte {
	return t.UTC().AppendFormat(dst, "Mon, 02 Jan 2006 15:04:05 GMT")
}

func ownedByMessage(name string) bool {
	switch len(name) {
	case len("Connection"):
		return EqualFold(name, "Connection")
	case len("Content-Length"):
		return EqualFold(name, "Content-Length")
	case len("Transfer-Encoding"):
		return EqualFold(name, "Transfer-Encoding")
	}
	return false
}

func ownedByRequest(name string) bool {
	return len(name) == len("Host") && EqualFold(name, "Host") || ownedByMessage(name)
}

// OwnedByServer reports whether a field of a response is written by the server
// itself and left out by AppendFields.
func OwnedByServer(name string) bool {
	return len(name) == len("Date") && EqualFold(name, "Date") || ownedByMessage(name)
}
