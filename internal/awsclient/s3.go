package awsclient

import (
	"context"
	"strings"
	"time"

	"github.com/gatehouse-gateway/gatehouse/sigv4"
)

// Object names an object in a bucket. Buckets are addressed by path.
type Object struct {
	Region      string
	Bucket, Key string
	Version     string // "": the newest
}

// objectTime bounds one attempt to move an object.
const objectTime = time.Minute

func (o Object) call(method string) Call {
	segments := strings.Split(o.Key, "/")
	for i, s := range segments {
		segments[i] = sigv4.Escape(s)
	}
	call := Call{Service: S3, Region: o.Region, Method: method, Path: "/" + sigv4.Escape(o.Bucket) + "/" + strings.Join(segments, "/"), Timeout: objectTime}
	if o.Version != "" {
		call.Query = "versionId=" + sigv4.Escape(o.Version)
	}
	return call
}

// GetObject reads an object of up to max bytes; ErrAnswerTooLarge: it has more.
func (c *Client) GetObject(ctx context.Context, o Object, max int64) ([]byte, error) {
	call := o.call("GET")
	call.MaxAnswer = max
	answer, err := c.Do(ctx, call)
	if err != nil {
		return nil, err
	}
	if err := answer.Err(S3); err != nil {
		return nil, err
	}
	return answer.Body, nil
}

// PutObject writes an object.
func (c *Client) PutObject(ctx context.Context, o Object, contentType string, body []byte) error {
	call := o.call("PUT")
	call.Body, call.Header = body, []sigv4.Field{{Name: "Content-Type", Value: contentType}}
	answer, err := c.Do(ctx, call)
	if err != nil {
		return err
	}
	return answer.Err(S3)
}
