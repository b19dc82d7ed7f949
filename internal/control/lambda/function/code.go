package function

import (
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/code"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/wire"
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
	return code.Check(c.ZipFile)
}
