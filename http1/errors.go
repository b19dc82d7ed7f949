package http1

import "errors"

// Error is a message that cannot be accepted. It never contains what was received.
type Error struct {
	// Status is the answer a server gives: 400, 414, 417, 431, 501 or 505. After it
	// the connection must be closed: nobody knows where the next message begins.
	Status int
	// Reason says which rule was broken.
	Reason string
}

// Error returns the reason.
func (e *Error) Error() string { return "http1: " + e.Reason }

// The limits have errors of their own, to be compared with errors.Is.
var (
	// ErrTargetTooLong means that Limits.Target was exceeded.
	ErrTargetTooLong = &Error{414, "request target too long"}
	// ErrHeadTooLarge means that Limits.Head, Values or Fields was exceeded.
	ErrHeadTooLarge = &Error{431, "header fields too large"}
	// ErrTrailerTooLarge means that Limits.Trailer was exceeded.
	ErrTrailerTooLarge = &Error{431, "trailer fields too large"}
)

// ErrTooManyInterim means that a server sent 1xx answers without end.
var ErrTooManyInterim = errors.New("http1: too many interim responses")

// Every rule has its own error, so that a test can tell which one refused.
var (
	errFirstByte     = &Error{400, "message does not begin with a token"}
	errBareLF        = &Error{400, "line feed without carriage return"}
	errRequestLine   = &Error{400, "malformed request line"}
	errMethod        = &Error{400, "method is not a token"}
	errMethodLong    = &Error{501, "method not known"}
	errVersionSyntax = &Error{400, "malformed version"}
	errVersion       = &Error{505, "version not supported"}
	errTarget        = &Error{400, "malformed request target"}
	errConnect       = &Error{501, "CONNECT is not supported"}
	errFold          = &Error{400, "folded header line"}
	errFieldName     = &Error{400, "header name is not a token followed by a colon"}
	errFieldValue    = &Error{400, "control character in a header value"}
	errNoHost        = &Error{400, "missing Host"}
	errManyHosts     = &Error{400, "more than one Host"}
	errHost          = &Error{400, "malformed Host"}
	errHostDiffers   = &Error{400, "Host differs from the request target"}
	errLength        = &Error{400, "malformed Content-Length"}
	errManyLengths   = &Error{400, "more than one Content-Length"}
	errLengthAndTE   = &Error{400, "both Content-Length and Transfer-Encoding"}
	errManyTE        = &Error{400, "more than one Transfer-Encoding"}
	errTE            = &Error{400, "malformed Transfer-Encoding"}
	errTEUnknown     = &Error{501, "transfer coding not known"}
	errTEVersion     = &Error{400, "Transfer-Encoding in an HTTP/1.0 message"}
	errExpectation   = &Error{417, "expectation not known"}
	errStatusLine    = &Error{400, "malformed status line"}
	errSwitching     = &Error{400, "protocol switched without being asked"}
	errChunkSize     = &Error{400, "malformed chunk size"}
	errChunkExt      = &Error{400, "malformed chunk extension"}
	errChunkExtLarge = &Error{400, "chunk extensions too large"}
	errChunkEnd      = &Error{400, "chunk data not followed by a line end"}
	errTrailerField  = &Error{400, "malformed trailer field"}
)
