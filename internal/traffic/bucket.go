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

	mu     sync.Mutex
	tokens float64
	filled time.Time // when tokens was right
}

// NewBucket returns a full bucket. Negative limits are as zero: they let nothing pass.
func NewBucket(l Limit) *Bucket { return &Bucket{limit: l, tokens: float64(l.Burst)} }

// Limit is what the bucket was made with.
func (b *Bucket) Limit() Limit { return b.limit }

// Take takes one token at the time now and reports whether there was one. A time before that of an earlier call counts as
// that: requests on several connections do not come in the order of their times.
func (b *Bucket) Take(now time.Time) bool {
	if b.limit.Rate <= 0 || b.limit.Burst <= 0 {
		return false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	switch d := now.Sub(b.filled); {
	case b.filled.IsZero():
		b.filled = now
	case d > 0:
		b.tokens = min(float64(b.limit.Burst), b.tokens+d.Seconds()*b.limit.Rate)
		b.filled = now
	}
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}
