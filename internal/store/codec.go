package store

import (
	"bytes"
	"encoding/json"
	"fmt"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/klauspost/compress/zstd"

	"github.com/gatehouse-gateway/gatehouse/internal/engine"
)

// compressFrom is the size in bytes from which a document is compressed.
const compressFrom = 512

// frameMagic begins every Zstandard frame; no JSON does.
var frameMagic = []byte{0x28, 0xb5, 0x2f, 0xfd}

var (
	encoder = must(zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithWindowSize(1<<20)))
	decoder = must(zstd.NewReader(nil, zstd.WithDecoderConcurrency(0), zstd.WithDecoderMaxMemory(engine.MaxDocumentBytes)))
)

// must is for constructors that fail for wrong options only.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// encode returns the stored form of a value, and the size of its JSON in bytes.
func encode(v any) (data []byte, size int, err error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, 0, err
	}
	if len(text) > engine.MaxDocumentBytes {
		return nil, 0, fmt.Errorf("%w: a document of %d bytes is larger than %d", engine.ErrInvalid, len(text), engine.MaxDocumentBytes)
	}
	if len(text) < compressFrom {
		return text, len(text), nil
	}
	return encoder.EncodeAll(text, make([]byte, 0, len(text)/4)), len(text), nil
}

// decode reads the stored form of a value, and returns the size of its JSON in bytes.
func decode(data []byte, v any) (size int, err error) {
	text := data
	if bytes.HasPrefix(data, frameMagic) {
		if text, err = decoder.DecodeAll(data, nil); err != nil {
			return 0, fmt.Errorf("stored document: %w", err)
		}
	}
	if err := jsonv2.Unmarshal(text, v); err != nil {
		return 0, fmt.Errorf("stored document: %w", err)
	}
	return len(text), nil
}

// Clone returns a deep copy of a definition: what would be read if it were stored.
func Clone[T any](v *T) (*T, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("copy: %w", err)
	}
	copied := new(T)
	if err := json.Unmarshal(text, copied); err != nil {
		return nil, fmt.Errorf("copy: %w", err)
	}
	return copied, nil
}
