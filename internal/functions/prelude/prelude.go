package prelude

import (
	"bytes"
	"errors"
	"slices"

	"github.com/gatehouse-gateway/gatehouse/internal/functions/runtimeapi"
)

// ContentType is the media type of an answer that begins with metadata.
const ContentType = runtimeapi.HTTPAnswer

const (
	// Room is how far the delimiter may be from the beginning of an answer, its own bytes included (unconfirmed).
	Room = 16 << 10
	// pieceSize is how much of an answer is read at a time until the delimiter was found, in bytes.
	pieceSize = 4 << 10
)

// Delimiter stands between metadata and body.
var Delimiter = make([]byte, 8)

// ErrNone means that an answer has no delimiter as far as metadata may go.
var ErrNone = errors.New("the answer has no metadata")

// Read reads an answer up to the delimiter, and returns what stands before it. An answer that ends or goes on without one is
// ErrNone; other errors are those of reading. The text that came so far is returned with an error, too.
func Read(from *Body) (text []byte, err error) {
	for {
		text = slices.Grow(text, pieceSize)
		n, err := from.Read(text[len(text):cap(text)])
		searched := max(0, len(text)-len(Delimiter)+1)
		text = text[:len(text)+n]
		if i := bytes.Index(text[searched:], Delimiter); i >= 0 && searched+i+len(Delimiter) <= Room {
			from.waiting = text[searched+i+len(Delimiter):]
			return text[:searched+i], nil
		}
		switch {
		case from.ended || len(text) >= Room:
			return text, ErrNone
		case err != nil:
			return text, err
		}
	}
}

// Cut is Read, of an answer that is there as a whole: it returns what stands before the delimiter and behind it.
func Cut(answer []byte) (text, body []byte, err error) {
	i := bytes.Index(answer[:min(len(answer), Room)], Delimiter)
	if i < 0 {
		return nil, nil, ErrNone
	}
	return answer[:i], answer[i+len(Delimiter):], nil
}
