package endpoint

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/awsproto"
	"github.com/gatehouse-gateway/gatehouse/internal/front"
	"github.com/gatehouse-gateway/gatehouse/internal/limits"
)

// share is what one call has taken of the memory that all share.
type share struct {
	budget *limits.Budget
	taken  int64
}

func (s *share) take(n int64) bool {
	if !s.budget.Take(n) {
		return false
	}
	s.taken += n
	return true
}

func (s *share) release() { s.budget.Give(s.taken) }

var errNoMemory = &awsproto.Error{Type: "ServiceUnavailableException", Status: 503, RetryAfter: 1,
	Message: "Too many large management calls at once (limit: payloads in memory)."}

// errTooLarge names the limit that a body is beyond.
func errTooLarge(limit int64) error {
	return awsproto.NewError(413, "RequestEntityTooLargeException", fmt.Sprintf("The request body is larger than %d bytes (limit: management call payload).", limit))
}

// readBody reads a body of up to limit bytes, as it is on the wire: the signature covers that. The result is not nil. The
// memory is taken as it is needed; memory may be nil.
func readBody(r *front.Request, limit int64, memory *share) ([]byte, error) {
	if r.ContentLength > limit {
		return nil, errTooLarge(limit)
	}
	var body bytes.Buffer
	body.Grow(int(min(max(r.ContentLength, 0)+bytes.MinRead, limits.Free)))
	for {
		n, err := io.CopyN(&body, r.Body, limits.Free)
		if memory != nil && n == limits.Free && !memory.take(n) {
			return nil, errNoMemory
		}
		switch {
		case int64(body.Len()) > limit, errors.Is(err, front.ErrBodyTooLarge):
			return nil, errTooLarge(limit)
		case errors.Is(err, io.EOF):
			return body.Bytes()[:body.Len():body.Len()], nil
		case errors.Is(err, front.ErrBodyTimeout):
			return nil, awsproto.NewError(408, "RequestTimeoutException", "The request body did not arrive in time.")
		case err != nil:
			return nil, awsproto.NewError(400, "SerializationException", "The request body could not be read.")
		}
	}
}

// decodeBody undoes the content coding of a body, once its signature is verified.
func decodeBody(body []byte, coding string, limit int64) ([]byte, error) {
	switch strings.ToLower(strings.TrimSpace(coding)) {
	case "", "identity":
		return body, nil
	case "gzip":
	default:
		return nil, awsproto.NewError(415, "UnsupportedMediaTypeException", fmt.Sprintf("The content encoding %q is not supported.", coding))
	}
	broken := awsproto.NewError(400, "SerializationException", "The request body is no valid gzip.")
	zr, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, broken
	}
	text, err := io.ReadAll(io.LimitReader(zr, limit+1))
	switch {
	case int64(len(text)) > limit:
		return nil, errTooLarge(limit)
	case err != nil:
		return nil, broken
	}
	return text, nil
}
