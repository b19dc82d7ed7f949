package functionstore

import (
	"bytes"
	"context"

	"github.com/gatehouse-gateway/gatehouse/internal/engine"
	"github.com/gatehouse-gateway/gatehouse/internal/seal"
)

// sealedName is what code is sealed for: any function or layer may have it, and the same code is kept once.
const sealedName = "function-code"

// sealedMark begins the files that are sealed. Those of older versions are zip files as they came, which begin otherwise.
var sealedMark = []byte("gatehouse sealed code 1\n")

// SealCode makes of a zip file what is stored: the same of the same file.
func SealCode(box *seal.Box, zip []byte) []byte {
	return append(bytes.Clone(sealedMark), box.SealFixed(sealedName, zip)...)
}

// OpenCode returns the zip file of what SealCode made, and what is not sealed as it is. The error is seal.ErrSealed.
func OpenCode(box *seal.Box, stored []byte) ([]byte, error) {
	sealed, ok := bytes.CutPrefix(stored, sealedMark)
	if !ok {
		return stored, nil
	}
	return box.Unseal(sealedName, sealed)
}

// ReadCode returns a stored zip file.
func ReadCode(ctx context.Context, snapshots engine.Snapshots, box *seal.Box, digest string) ([]byte, error) {
	d, err := engine.ParseDigest(digest)
	if err != nil {
		return nil, err
	}
	stored, err := snapshots.Get(ctx, d)
	if err != nil {
		return nil, err
	}
	return OpenCode(box, stored)
}
