package engine

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/pause"
)

// Bounds of Change: with 16 writers on one document the slowest needed some 40 tries in tests.
const (
	changeTries    = 200
	changeTime     = 30 * time.Second
	firstBackoff   = time.Millisecond
	longestBackoff = 25 * time.Millisecond
)

// Change reads a document, lets fn make its next content, and stores it unless somebody else was faster: then it begins
// again, after a pause of random length that grows. old is nil when there is no document. When fn returns nil and no
// error, nothing is written; an error of fn ends the change and is returned as it is. fn may run many times and must not
// keep old. Change gives up with an ErrConflict after 200 tries or 30 seconds.
func Change(ctx context.Context, docs Docs, bucket, key string, fn func(old []byte) ([]byte, error)) (Revision, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, changeTime,
		fmt.Errorf("document %q of bucket %s: %w for %v", key, bucket, ErrConflict, changeTime))
	defer cancel()
	backoff := firstBackoff
	for range changeTries {
		rev, err := changeOnce(ctx, docs, bucket, key, fn)
		if !errors.Is(err, errAgain) {
			return rev, err
		}
		if err := pause.For(ctx, rand.N(backoff)); err != nil {
			return 0, err
		}
		backoff = min(2*backoff, longestBackoff)
	}
	return 0, fmt.Errorf("document %q of bucket %s: %w in %d tries", key, bucket, ErrConflict, changeTries)
}

// errAgain means that somebody else was faster.
var errAgain = errors.New("again")

func changeOnce(ctx context.Context, docs Docs, bucket, key string, fn func([]byte) ([]byte, error)) (Revision, error) {
	doc, err := docs.Get(ctx, bucket, key)
	absent := errors.Is(err, ErrNotFound)
	if err != nil && !absent {
		return 0, err
	}
	data, err := fn(doc.Data)
	if err != nil || data == nil {
		return doc.Revision, err
	}
	var rev Revision
	if absent {
		rev, err = docs.Create(ctx, bucket, key, data)
	} else {
		rev, err = docs.Update(ctx, bucket, key, data, doc.Revision)
	}
	if errors.Is(err, ErrExists) || errors.Is(err, ErrConflict) || (errors.Is(err, ErrNotFound) && !absent) {
		return 0, errAgain
	}
	return rev, err
}
