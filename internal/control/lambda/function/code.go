package function

import (
	"context"

	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/code"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/source"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/wire"
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
	return code.Read(ctx, o.state, region, source.Place{ZipFile: c.ZipFile, Bucket: c.S3Bucket, Key: c.S3Key, Version: c.S3ObjectVersion})
}
