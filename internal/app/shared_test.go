package app

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/gatehouse-gateway/gatehouse/internal/front"
)

func TestBodiesOfAPIsAreBoundedAtASharedAddress(t *testing.T) {
	for text, fits := range map[string]bool{"": true, "12345": true, "123456": false, "1234567890": false} {
		for _, from := range []io.Reader{strings.NewReader(text), iotest.OneByteReader(strings.NewReader(text)), iotest.DataErrReader(strings.NewReader(text))} {
			b := &boundedBody{from: from, left: 5}
			got, err := io.ReadAll(b)
			if fits && (err != nil || string(got) != text) || !fits && (!errors.Is(err, front.ErrBodyTooLarge) || string(got) != text[:5]) {
				t.Errorf("%q: got %q, %v", text, got, err)
			}
			if _, err := b.Read(make([]byte, 1)); !fits && !errors.Is(err, front.ErrBodyTooLarge) {
				t.Errorf("%q: then got %v", text, err)
			}
		}
	}
}
