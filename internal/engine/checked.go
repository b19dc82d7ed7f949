package engine

import (
	"context"
	"fmt"
	"unicode/utf8"
)

// Checked returns docs behind the checks of names and sizes that all engines share. Implementations hand out nothing
// else; their own buckets, which no caller can name, are used without it.
func Checked(docs Docs) Docs { return checked{docs} }

type checked struct{ docs Docs }

func (c checked) Get(ctx context.Context, bucket, key string) (Document, error) {
	if err := check(ctx, bucket, key, nil); err != nil {
		return Document{}, err
	}
	return c.docs.Get(ctx, bucket, key)
}

func (c checked) Create(ctx context.Context, bucket, key string, data []byte) (Revision, error) {
	if err := check(ctx, bucket, key, data); err != nil {
		return 0, err
	}
	return c.docs.Create(ctx, bucket, key, data)
}

func (c checked) Update(ctx context.Context, bucket, key string, data []byte, rev Revision) (Revision, error) {
	if err := check(ctx, bucket, key, data); err != nil {
		return 0, err
	}
	return c.docs.Update(ctx, bucket, key, data, rev)
}

func (c checked) Delete(ctx context.Context, bucket, key string, rev Revision) error {
	if err := check(ctx, bucket, key, nil); err != nil {
		return err
	}
	return c.docs.Delete(ctx, bucket, key, rev)
}

func (c checked) List(ctx context.Context, bucket string, q Query) (Page, error) {
	if err := CheckBucket(bucket); err != nil {
		return Page{}, err
	}
	if q.Limit < 0 || q.Limit > MaxPage {
		return Page{}, fmt.Errorf("%w: a page has 1 to %d entries, not %d", ErrInvalid, MaxPage, q.Limit)
	}
	if q.Limit == 0 {
		q.Limit = MaxPage
	}
	if err := context.Cause(ctx); err != nil {
		return Page{}, err
	}
	return c.docs.List(ctx, bucket, q)
}

func (c checked) Buckets(ctx context.Context) ([]string, error) {
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	return c.docs.Buckets(ctx)
}

func (c checked) Watch(ctx context.Context, bucket string, after Revision) (Watch, error) {
	if err := CheckBucket(bucket); err != nil {
		return nil, err
	}
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	return c.docs.Watch(ctx, bucket, after)
}

func check(ctx context.Context, bucket, key string, data []byte) error {
	if err := CheckBucket(bucket); err != nil {
		return err
	}
	if err := CheckKey(key); err != nil {
		return err
	}
	if err := CheckSize(data); err != nil {
		return err
	}
	return context.Cause(ctx)
}

// CheckBucket returns ErrInvalid for what cannot be the name of a bucket.
func CheckBucket(bucket string) error {
	if bucket == "" || len(bucket) > MaxBucketBytes || bucket[0] < 'a' || bucket[0] > 'z' {
		return fmt.Errorf("%w: bucket %q: 1 to %d characters, the first a lower-case letter", ErrInvalid, bucket, MaxBucketBytes)
	}
	for _, c := range []byte(bucket) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return fmt.Errorf("%w: bucket %q: only lower-case letters, digits and hyphens", ErrInvalid, bucket)
		}
	}
	return nil
}

// CheckKey returns ErrInvalid for what cannot be a key.
func CheckKey(key string) error {
	switch {
	case key == "" || len(key) > MaxKeyBytes:
		return fmt.Errorf("%w: a key has 1 to %d bytes, not %d", ErrInvalid, MaxKeyBytes, len(key))
	case !utf8.ValidString(key):
		return fmt.Errorf("%w: key %q is not UTF-8", ErrInvalid, key)
	default:
		return nil
	}
}

// CheckSize returns ErrInvalid for more than a document or a snapshot may hold.
func CheckSize(data []byte) error {
	if len(data) > MaxDocumentBytes {
		return fmt.Errorf("%w: %d bytes are more than %d", ErrInvalid, len(data), MaxDocumentBytes)
	}
	return nil
}
