package function

import (
	"context"
	"errors"

	"github.com/gatehouse-gateway/gatehouse/awsproto"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/settings"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/source"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/engine"
	"github.com/gatehouse-gateway/gatehouse/internal/functionstore"
)

// readCode finds the zip file of a call, and refuses one that cannot be unpacked. Spec: functions B3.
func (o *Operations) readCode(ctx context.Context, region string, c *wire.FunctionCode) ([]byte, error) {
	for _, m := range []struct {
		name string
		set  bool
	}{
		{"Code.S3ObjectStorageMode", c.S3ObjectStorageMode != nil}, {"Code.ImageUri", c.ImageUri != nil}, {"Code.SourceKMSKeyArn", c.SourceKMSKeyArn != nil},
	} {
		if m.set {
			return nil, wire.Unsupported(m.name)
		}
	}
	place := source.Place{ZipFile: c.ZipFile, Bucket: c.S3Bucket, Key: c.S3Key, Version: c.S3ObjectVersion}
	if err := o.state.Uploads.Check(place); err != nil {
		return nil, err
	}
	zip, err := o.state.Uploads.Zip(ctx, region, place)
	if err != nil {
		return nil, err
	}
	return zip, checkZip(zip)
}

func checkZip(zip []byte) error {
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

// storeCode keeps a zip file. It is safe from being removed until release is called, or a function has it; release is never nil.
func (o *Operations) storeCode(ctx context.Context, zip []byte) (code definition.Code, release func(), err error) {
	code, release = codeOf(zip), func() {}
	usage, err := o.state.Usage(ctx)
	if err != nil {
		return code, release, err
	}
	if usage.CodeSize+code.Size > settings.MaxCodeSize {
		return code, release, awsproto.NewError(400, "CodeStorageExceededException", "Code storage limit exceeded.")
	}
	if o.state.Pin != nil {
		release = o.state.Pin(code.Digest)
	}
	_, err = o.state.Snapshots.Put(ctx, zip)
	return code, release, err
}

// codeOf describes a zip file.
func codeOf(zip []byte) definition.Code {
	return definition.Code{Digest: engine.DigestOf(zip).String(), Size: int64(len(zip))}
}
