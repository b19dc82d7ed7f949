package traffic

import (
	"runtime"
	"sync"
	"weak"
)

// Key says whose requests a bucket counts: those of one method on one stage. Spec: traffic 3.2, level 2.
type Key struct {
	AccountID, Region, APIID string
	Stage                    string
	Path                     string // resource path template
	Method                   string // GET … or ANY
}

// Throttles keeps the buckets of a node as long as somebody uses them. It is safe for concurrent use.
type Throttles struct {
	mu      sync.Mutex
	buckets map[place]weak.Pointer[Bucket]
}

// place is where a bucket is found again. The limit is part of it: a changed limit is a new, full bucket, and a release that
// is tried and refused does not take the bucket of the one that serves.
type place struct {
	Key
	Limit
}

// NewThrottles returns a Throttles without buckets.
func NewThrottles() *Throttles {
	return &Throttles{buckets: make(map[place]weak.Pointer[Bucket])}
}

// Bucket returns the bucket for k with this limit: the one that is in use, or a new one. The caller keeps it as long as it
// counts; what nobody keeps is forgotten.
func (t *Throttles) Bucket(k Key, l Limit) *Bucket {
	at := place{k, l}
	t.mu.Lock()
	defer t.mu.Unlock()
	if b := t.buckets[at].Value(); b != nil {
		return b
	}
	b := NewBucket(l)
	t.buckets[at] = weak.Make(b)
	runtime.AddCleanup(b, t.forget, at)
	return b
}

// forget drops the place of a bucket that is gone, unless a new one has taken it.
func (t *Throttles) forget(at place) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.buckets[at].Value() == nil {
		delete(t.buckets, at)
	}
}

// Len is how many buckets there are.
func (t *Throttles) Len() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.buckets)
}
