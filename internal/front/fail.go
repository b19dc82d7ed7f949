package front

import (
	"errors"
	"os"
	"strconv"

	"github.com/gatehouse-gateway/gatehouse/http1"
)

var (
	// ErrBodyTooLarge means that the request body is longer than Options.MaxBody.
	ErrBodyTooLarge = errors.New("request body too large")
	// ErrBodyTimeout means that the request body arrived too slowly.
	ErrBodyTimeout = errors.New("request body timed out")
	// ErrInvalidResponse means that the handler's answer could not be written as it
	// was; the client got a plain 500 instead. Done is told so.
	ErrInvalidResponse = errors.New("invalid response")
	// ErrStreamLength means that a Stream was shorter or longer than its StreamLength.
	ErrStreamLength = errors.New("stream differs from its announced length")
	// ErrHandlersLeft means that Serve returned although handlers were still running
	// after the grace time: they did not end with their context.
	ErrHandlersLeft = errors.New("handlers still running")
)

// Plain makes r the plain form of an error: a short text, nothing else, and the
// connection closes. It replaces what was in r, except Done, and closes a Stream.
// Spec: rest-api 17.
func (r *Response) Plain(status int) {
	if r.Stream != nil {
		r.Stream.Close()
	}
	done := r.Done
	r.reset()
	r.Done = done
	r.Status, r.Close = status, true
	r.Header.Add("Content-Type", "text/plain; charset=utf-8")
	r.Body = append(strconv.AppendInt(nil, int64(status), 10), (" " + http1.StatusText(status))...)
}

// Fail makes r the answer to an error of Request.Body: 413 with the text of the real
// service for ErrBodyTooLarge (limit is the number of bytes it names), and plain forms
// for the rest, 408 for ErrBodyTimeout, 400 for malformed chunks and lost connections.
// Spec: rest-api 3 row 2.
func (r *Response) Fail(err error, limit int64) {
	if errors.Is(err, ErrBodyTooLarge) {
		r.Plain(413)
		r.Header.Set("Content-Type", "text; charset=utf-8")
		r.Body = []byte("HTTP content length exceeded " + strconv.FormatInt(limit, 10) + " bytes.")
		return
	}
	r.Plain(statusOf(err))
}

// statusOf is the only place where a transport error becomes a status.
func statusOf(err error) int {
	var refused *http1.Error
	switch {
	case errors.As(err, &refused):
		return refused.Status
	case errors.Is(err, ErrBodyTimeout), errors.Is(err, os.ErrDeadlineExceeded):
		return 408
	}
	return 400
}
