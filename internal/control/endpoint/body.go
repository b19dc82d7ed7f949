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

// bodyLimit is how many bytes a body may have, and what a larger one is answered.
type bodyLimit struct {
	bytes    int64
	tooLarge *awsproto.Error
	// decoding is the memory that decoding the body takes, as a multiple of it.
	decoding int64
}

// payloadLimit is the limit of most calls.
func payloadLimit(bytes int64) bodyLimit {
	return bodyLimit{bytes: bytes, tooLarge: awsproto.NewError(413, "RequestEntityTooLargeException", fmt.Sprintf("The request body is larger than %d bytes (limit: management call payload).", bytes))}
}

// uploadDecoding is the decoding of a body that is larger than usual: the bytes that base64 in it stands for, and the copies of
// them while they are stored and unpacked. Measured.
const uploadDecoding = 6

// readBody reads a body within its limit, as it is on the wire: the signature covers that. The result is not nil. The memory is
// taken as it is needed; memory may be nil.
func readBody(r *front.Request, limit bodyLimit, memory *share) ([]byte, error) {
	if r.ContentLength > limit.bytes {
		return nil, limit.tooLarge
	}
	body := grownBody{length: r.ContentLength}
	for {
		n, err := io.CopyN(&body, r.Body, limits.Free)
		if memory != nil && n == limits.Free && !memory.take((1+limit.decoding)*n) {
			return nil, errNoMemory
		}
		switch {
		case int64(len(body.data)) > limit.bytes, errors.Is(err, front.ErrBodyTooLarge):
			return nil, limit.tooLarge
		case errors.Is(err, io.EOF):
			return body.all(), nil
		case errors.Is(err, front.ErrBodyTimeout):
			return nil, awsproto.NewError(408, "RequestTimeoutException", "The request body did not arrive in time.")
		case err != nil:
			return nil, awsproto.NewError(400, "SerializationException", "The request body could not be read.")
		}
	}
}

// grownBody keeps what arrives. It grows with that, and not beyond an announced length.
type grownBody struct {
	data   []byte
	length int64 // announced; negative: unknown
}

// Write never fails.
func (b *grownBody) Write(p []byte) (int, error) {
	if need := len(b.data) + len(p); need > cap(b.data) {
		size := int64(max(need, 2*cap(b.data), limits.Free/8))
		if b.length >= int64(need) {
			size = min(size, b.length)
		}
		b.data = append(make([]byte, 0, size), b.data...)
	}
	b.data = append(b.data, p...)
	return len(p), nil
}

// all is the body; it is not nil.
func (b *grownBody) all() []byte {
	if b.data == nil {
		return []byte{}
	}
	return b.data[:len(b.data):len(b.data)]
}

// decodeBody undoes the content coding of a body, once its signature is verified.
func decodeBody(body []byte, coding string, limit bodyLimit) ([]byte, error) {
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
	text, err := io.ReadAll(io.LimitReader(zr, limit.bytes+1))
	switch {
	case int64(len(text)) > limit.bytes:
		return nil, limit.tooLarge
	case err != nil:
		return nil, broken
	}
	return text, nil
}
