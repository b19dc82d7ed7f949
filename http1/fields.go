package http1

import "strings"

// parseFields parses the lines of s, each ending in CRLF, up to and including the
// empty line, and appends the fields to h. It relies on what readHead has checked: s
// ends in an empty line, and each LF in it stands behind a CR.
func parseFields(s string, h Header, limits *Limits) (Header, error) {
	values, first := 0, len(h)
	for s[0] != '\r' || s[1] != '\n' {
		f, n, err := parseField(s)
		if err != nil {
			return h, err
		}
		values += len(f.Value)
		if values > limits.Values || len(h)-first == limits.Fields {
			return h, ErrHeadTooLarge
		}
		h = append(h, f)
		s = s[n:]
	}
	return h, nil
}

// parseField parses the line that s begins with, name ":" OWS value OWS CRLF, and
// returns the length of it. Whitespace before the colon and at the beginning of the
// line is no token character and so refused.
func parseField(s string) (f Field, n int, err error) {
	i := 0
	for class[s[i]]&classToken != 0 {
		i++
	}
	switch {
	case i == 0 && (s[0] == ' ' || s[0] == '\t'):
		return f, 0, errFold
	case i == 0 || s[i] != ':':
		return f, 0, errFieldName
	}
	end := i + 1
	for class[s[end]]&classValue != 0 {
		end++
	}
	if s[end] != '\r' || s[end+1] != '\n' {
		return f, 0, errFieldValue
	}
	return Field{s[:i], trimOWS(s[i+1 : end])}, end + 2, nil
}

// framing is what the fields of a head say about the message and its connection.
type framing struct {
	hosts, lengths, codings int // how many fields there are of each
	host                    string
	length                  int64 // of Content-Length
	chunked                 bool
	close, keepAlive        bool // Connection options
	expect                  Expectation
}

// Expectation is what a client's Expect field asks for.
type Expectation uint8

const (
	// ExpectNothing means that there is no expectation, or none that matters.
	ExpectNothing Expectation = iota
	// ExpectContinue means that the client waits for a 100 before it sends the body.
	ExpectContinue
	// ExpectUnknown is anything else; the answer is 417.
	ExpectUnknown
)

// frame reads the fields that decide about framing and connection.
func frame(h Header) (f framing, err error) {
	for i := range h {
		if err = f.field(h[i].Name, h[i].Value); err != nil {
			return f, err
		}
	}
	if f.lengths > 0 && f.codings > 0 {
		return f, errLengthAndTE
	}
	return f, nil
}

// field takes one field into account. The switch on the length spares nearly all
// comparisons.
func (f *framing) field(name, value string) (err error) {
	switch len(name) {
	case len("Host"):
		if EqualFold(name, "Host") {
			f.hosts++
			f.host = value
		}
	case len("Expect"):
		if EqualFold(name, "Expect") {
			if EqualFold(value, "100-continue") {
				f.expect = max(f.expect, ExpectContinue)
			} else {
				f.expect = ExpectUnknown
			}
		}
	case len("Connection"):
		if EqualFold(name, "Connection") {
			f.connection(value)
		}
	case len("Content-Length"):
		if EqualFold(name, "Content-Length") {
			if f.lengths++; f.lengths > 1 {
				return errManyLengths
			}
			f.length, err = parseLength(value)
		}
	case len("Transfer-Encoding"):
		if EqualFold(name, "Transfer-Encoding") {
			if f.codings++; f.codings > 1 {
				return errManyTE
			}
			err = parseCoding(value)
			f.chunked = err == nil
		}
	}
	return err
}

// connection reads the options of a Connection field.
func (f *framing) connection(value string) {
	for value != "" {
		option, rest, _ := strings.Cut(value, ",")
		option, value = trimOWS(option), rest
		f.close = f.close || EqualFold(option, "close")
		f.keepAlive = f.keepAlive || EqualFold(option, "keep-alive")
	}
}

// parseLength parses a Content-Length: digits and nothing else, below 2^63.
func parseLength(s string) (int64, error) {
	if s == "" || len(s) > 19 {
		return 0, errLength
	}
	var n uint64
	for i := range len(s) {
		d := s[i] - '0'
		if d > 9 {
			return 0, errLength
		}
		n = n*10 + uint64(d) // 19 digits fit into 64 bits
	}
	if n > 1<<63-1 {
		return 0, errLength
	}
	return int64(n), nil
}

// parseCoding accepts the one coding "chunked". A list of well-formed codings is
// refused as not known, anything else as malformed.
func parseCoding(s string) error {
	if EqualFold(s, "chunked") {
		return nil
	}
	for s != "" {
		coding, rest, more := strings.Cut(s, ",")
		if !ValidName(trimOWS(coding)) || more && rest == "" {
			return errTE
		}
		if s = rest; !more {
			return errTEUnknown
		}
	}
	return errTE
}
