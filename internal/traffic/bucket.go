package traffic

import (
	"sync"
	"time"
)

// Limit is a steady rate with a burst on top.
type Limit struct {
	Rate  float64 // tokens a second; 0 refuses every request
	Burst int     // tokens that the bucket holds; 0 refuses every request
}

// Bucket is a token bucket. It is safe for concurrent use.
type Bucket struct {
	limit Limit

	mu    sync.Mutex
	level Level
}

// NewBucket returns a full bucket. Negative limits are as zero: they let nothing pass.
func NewBucket(l Limit) *Bucket { return &Bucket{limit: l} }

// Limit is what the bucket was made with.
func (b *Bucket) Limit() Limit { return b.limit }

// Take takes one token at the time now and reports whether there was one. A time before that of an earlier call counts as
// that: requests on several connections do not come in the order of their times.
func (b *Bucket) Take(now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.level.Take(b.limit, now)
}
