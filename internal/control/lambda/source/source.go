// Package source finds the zip files that clients mean: in their calls, or in S3. Spec: functions B3.
package source

import (
	"context"
	"errors"
	"log/slog"

	"github.com/gatehouse-gateway/gatehouse/awsproto"
	"github.com/gatehouse-gateway/gatehouse/internal/awsclient"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/functionstore"
)

// Place is where a zip file is: in ZipFile, or else in a bucket.
type Place struct {
	ZipFile              []byte
	Bucket, Key, Version *string
}

// Reader reads zip files. It is safe for concurrent use.
type Reader struct {
	client *awsclient.Client
	slots  chan struct{}
}

// atATime is how many objects are read at a time: each may need twice functionstore.MaxZipped of memory.
const atATime = 2

// New returns a reader of what a client reaches.
func New(client *awsclient.Client) *Reader {
	return &Reader{client, make(chan struct{}, atATime)}
}

// Check refuses a place that names nothing, two things, or a bucket that there is no way to. The words for two things are unconfirmed.
func (r *Reader) Check(p Place) error {
	switch inBucket := p.Bucket != nil || p.Key != nil || p.Version != nil; {
	case p.ZipFile != nil && inBucket:
		return wire.Invalid("Please do not provide other FunctionCode parameters when providing a ZipFile.")
	case p.ZipFile != nil:
		return nil
	case p.Bucket == nil || p.Key == nil:
		return wire.Invalid("Please provide a source for function code.")
	}
	if err := r.client.Check(awsclient.S3); err != nil {
		return wire.Invalid("The code in the bucket %s cannot be read: %v", *p.Bucket, err)
	}
	return nil
}

// Zip returns the zip file of a place that Check has nothing against, buckets being those of a region. What is in the file is not
// looked at.
func (r *Reader) Zip(ctx context.Context, region string, p Place) ([]byte, error) {
	if p.ZipFile != nil {
		return p.ZipFile, nil
	}
	select {
	case r.slots <- struct{}{}:
		defer func() { <-r.slots }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	object := awsclient.Object{Region: region, Bucket: *p.Bucket, Key: *p.Key, Version: wire.Value(p.Version)}
	zip, err := r.client.GetObject(ctx, object, functionstore.MaxZipped)
	if err != nil {
		return nil, answer(ctx, object, err)
	}
	return zip, nil
}

// answer is what a client is told about an object that cannot be read. The codes and messages of S3 are passed on.
func answer(ctx context.Context, o awsclient.Object, err error) error {
	var refused *awsclient.Error
	switch {
	case errors.Is(err, awsclient.ErrAnswerTooLarge):
		return wire.Invalid("Zipped size must be smaller than %d bytes", functionstore.MaxZipped)
	case errors.As(err, &refused) && refused.Status == 403:
		return awsproto.NewError(403, "AccessDeniedException", "Your access has been denied by S3, please make sure your request credentials have permission to GetObject for "+o.Bucket+"/"+o.Key+
			". S3 Error Code: "+refused.Code+". S3 Error Message: "+refused.Message)
	case errors.As(err, &refused) && refused.Status < 500:
		return wire.Invalid("Error occurred while GetObject. S3 Error Code: %s. S3 Error Message: %s", refused.Code, refused.Message)
	}
	slog.ErrorContext(ctx, "code could not be read from a bucket", "bucket", o.Bucket, "key", o.Key, "error", err)
	return awsproto.NewError(503, "ServiceException", "The endpoint of S3 does not answer; the log of this gateway says why. Try again later.")
}
