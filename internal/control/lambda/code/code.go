// Package code checks and keeps the zip files that clients upload, those of functions and of layers. Spec: functions B3, D2.
package code

import (
	"context"
	"errors"

	"github.com/gatehouse-gateway/gatehouse/awsproto"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/settings"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/source"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/state"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/engine"
	"github.com/gatehouse-gateway/gatehouse/internal/functionstore"
	"github.com/gatehouse-gateway/gatehouse/internal/seal"
)

// Read finds the zip file that a client means, and refuses one that cannot be unpacked.
func Read(ctx context.Context, s *state.State, region string, place source.Place) ([]byte, error) {
	if err := s.Uploads.Check(place); err != nil {
		return nil, err
	}
	zip, err := s.Uploads.Zip(ctx, region, place)
	if err != nil {
		return nil, err
	}
	return zip, Check(zip)
}

// Check refuses a zip file that is too large, or that cannot be unpacked.
func Check(zip []byte) error {
	if len(zip) > functionstore.MaxZipped {
		return wire.Invalid("Zipped size must be smaller than %d bytes", functionstore.MaxZipped)
	}
	err := functionstore.CheckZip(zip)
	switch {
	case errors.Is(err, functionstore.ErrUnzippedSize):
		return wire.Invalid("Unzipped size must be smaller than %d bytes", functionstore.MaxUnzipped)
	case err != nil:
		return wire.Invalid("Could not unzip uploaded file. Please check your file, then try to upload again.")
	}
	return nil
}

// Seal makes of a zip file that Check has nothing against what is stored, and describes it.
func Seal(box *seal.Box, zip []byte) (sealed []byte, about definition.Code, err error) {
	sealed = functionstore.SealCode(box, zip)
	unzipped, err := functionstore.UnzippedSize(zip)
	about = definition.Code{Digest: engine.DigestOf(sealed).String(), SHA256: engine.DigestOf(zip).String(), Size: int64(len(zip)), Unzipped: unzipped}
	return sealed, about, err
}

// Store keeps a zip file. It is safe from being removed until release is called, or a function or layer has it; release is never
// nil.
func Store(ctx context.Context, s *state.State, zip []byte) (code definition.Code, release func(), err error) {
	release = func() {}
	sealed, code, err := Seal(s.Box, zip)
	if err != nil {
		return code, release, err
	}
	usage, err := s.Usage(ctx)
	if err != nil {
		return code, release, err
	}
	if usage.CodeSize+code.Size > settings.MaxCodeSize {
		return code, release, awsproto.NewError(400, "CodeStorageExceededException", "Code storage limit exceeded.")
	}
	if s.Pin != nil {
		release = s.Pin(code.Digest)
	}
	_, err = s.Snapshots.Put(ctx, sealed)
	return code, release, err
}

// CheckTogether refuses code that is too large together with its layers (the words are unconfirmed). Spec: functions A7.
func CheckTogether(ctx context.Context, s *state.State, v *definition.FunctionVersion) error {
	if len(v.Layers) == 0 {
		return nil
	}
	var total int64
	for _, c := range append([]definition.Code{v.Code}, codesOf(v.Layers)...) {
		size, err := unzipped(ctx, s, c)
		if err != nil {
			return err
		}
		total += size
	}
	if total > functionstore.MaxUnzipped {
		return wire.Invalid("Function code combined with layers exceeds the maximum allowed size of %d bytes. The actual size is %d bytes.", functionstore.MaxUnzipped, total)
	}
	return nil
}

func codesOf(layers []definition.FunctionLayer) []definition.Code {
	codes := make([]definition.Code, len(layers))
	for i, l := range layers {
		codes[i] = l.Code
	}
	return codes
}

// unzipped is how many bytes the files of stored code have. What was stored before this was noted is looked at.
func unzipped(ctx context.Context, s *state.State, c definition.Code) (int64, error) {
	if c.Unzipped > 0 || c.Digest == "" {
		return c.Unzipped, nil
	}
	zip, err := functionstore.ReadCode(ctx, s.Snapshots, s.Box, c.Digest)
	if err != nil {
		return 0, err
	}
	return functionstore.UnzippedSize(zip)
}
