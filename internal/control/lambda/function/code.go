package function

import (
	"context"
	"errors"

	"github.com/gatehouse-gateway/gatehouse/awsproto"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/settings"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/engine"
	"github.com/gatehouse-gateway/gatehouse/internal/functionstore"
)

// checkSource refuses code that is elsewhere, and code that cannot be unpacked. Spec: functions B3.
func checkSource(c *wire.FunctionCode) error {
	for _, m := range []struct {
		name string
		set  bool
	}{
		{"Code.S3Bucket", c.S3Bucket != nil}, {"Code.S3Key", c.S3Key != nil}, {"Code.S3ObjectVersion", c.S3ObjectVersion != nil},
		{"Code.S3ObjectStorageMode", c.S3ObjectStorageMode != nil}, {"Code.ImageUri", c.ImageUri != nil}, {"Code.SourceKMSKeyArn", c.SourceKMSKeyArn != nil},
	} {
		if m.set {
			return wire.Unsupported(m.name)
		}
	}
	if c.ZipFile == nil {
		return wire.Invalid("Please provide a source for function code.")
	}
	if len(c.ZipFile) > functionstore.MaxZipped {
		return wire.Invalid("Zipped size must be smaller than %d bytes", functionstore.MaxZipped)
	}
	err := functionstore.CheckZip(c.ZipFile)
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
