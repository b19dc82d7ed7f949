package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"

	"github.com/gatehouse-gateway/gatehouse/internal/functions/prelude"
)

// Stream takes an answer while the server makes it; a functions.Stream is one.
type Stream interface {
	// Begin is called first, with the media type of the answer.
	Begin(contentType string) error
	// Write takes p, which is the caller's again when it returns. It returns when until is closed, at the latest.
	Write(until <-chan struct{}, p []byte) error
}

// streamPiece is the most of an answer in bytes that is read at a time.
const streamPiece = 32 << 10

var streamBuffers = sync.Pool{New: func() any { return new([streamPiece]byte) }}

// Streams reports whether answers are streamed: AWS_LWA_INVOKE_MODE is response_stream.
func (s *Server) Streams() bool { return s.streaming }

// stream hands an answer on as the server makes it: metadata, delimiter, body. Whoever does not stream gets all of it as a result,
// appended to dst.
func (a *Adapter) stream(ctx context.Context, res *http.Response, call Call, dst []byte) (payload []byte, failed bool, err error) {
	head := headOf(res)
	begin := append(head.appendPrelude(nil), prelude.Delimiter...)
	if call.Stream == nil {
		payload, err = readBody(res, append(dst, begin...))
		if err != nil {
			return dst, false, err
		}
		payload, failed = bounded(payload, len(dst))
		return payload, failed, nil
	}
	err = pass(ctx, res.Body, call, begin)
	if errors.Is(err, errTooLarge) {
		return appendTooLarge(dst, call.MaxStream), true, nil
	}
	if err != nil {
		return dst, false, fmt.Errorf("the answer of the web server: %w", err)
	}
	return dst, false, nil
}

// errTooLarge means that an answer is larger than a stream may be.
var errTooLarge = errors.New("too large")

// pass passes a body on to its end, behind what begins the answer. When nobody wants more of it the rest is read and dropped, as a
// function goes on to its end.
func pass(ctx context.Context, body io.Reader, call Call, begin []byte) error {
	buf := streamBuffers.Get().(*[streamPiece]byte)
	defer streamBuffers.Put(buf)
	wanted := call.Stream.Begin(prelude.ContentType) == nil && call.Stream.Write(ctx.Done(), begin) == nil
	left := call.MaxStream - int64(len(begin))
	for {
		n, err := body.Read(buf[:])
		if left -= int64(n); left < 0 {
			return errTooLarge
		}
		if wanted && n > 0 {
			wanted = call.Stream.Write(ctx.Done(), buf[:n]) == nil
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
	}
}

// appendPrelude appends the metadata of a streamed answer.
func (a *answer) appendPrelude(dst []byte) []byte {
	dst = append(dst, `{"statusCode":`...)
	dst = strconv.AppendInt(dst, int64(a.status), 10)
	return append(a.appendSingle(dst), '}')
}
