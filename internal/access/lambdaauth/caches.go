package lambdaauth

import (
	"crypto/sha256"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
	"weak"

	"github.com/gatehouse-gateway/gatehouse/iam"
)

// Key says whose answers a cache keeps: those of one authorizer on one stage, as long as its configuration is this one.
type Key struct {
	AccountID, Region, APIID, Stage string
	Authorizer                      string
	Configuration                   [sha256.Size]byte
}

// Caches are the caches of a node, as long as somebody uses them: a release that leaves an authorizer as it was finds what it
// said before. It is safe for concurrent use.
type Caches struct {
	limit    int64
	held     atomic.Int64 // entries
	policies policies

	mu     sync.Mutex
	caches map[Key]weak.Pointer[Cache]
}

// NewCaches returns caches that hold so many entries together, and remember so many different policies.
func NewCaches(entries, documents int64) *Caches {
	return &Caches{
		limit: entries, caches: make(map[Key]weak.Pointer[Cache]),
		policies: policies{limit: int(documents), known: make(map[[sha256.Size]byte]*iam.Policy)},
	}
}

// Parse is Parse for answers of which many have the same policy: it is read once and shared.
func (c *Caches) Parse(payload []byte, maxBytes int) (*Result, error) {
	return c.policies.read(payload, maxBytes)
}

// Cache returns the cache for k: the one that is in use, or a new one. The caller keeps it as long as it counts; what nobody keeps
// is forgotten.
func (c *Caches) Cache(k Key) *Cache {
	c.mu.Lock()
	defer c.mu.Unlock()
	if found := c.caches[k].Value(); found != nil {
		return found
	}
	held := new(atomic.Int64)
	fresh := &Cache{caches: c, held: held, entries: make(map[Identity]*entry), flights: make(map[Identity]*flight)}
	c.caches[k] = weak.Make(fresh)
	runtime.AddCleanup(fresh, func(k Key) { c.forget(k, held) }, k)
	return fresh
}

// forget drops the place of a cache that is gone, unless a new one has taken it, and counts its entries out.
func (c *Caches) forget(k Key, held *atomic.Int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.held.Add(-held.Load())
	if c.caches[k].Value() == nil {
		delete(c.caches, k)
	}
}

// Flush drops what the authorizers of a stage said. Spec: access-control 2.6.
func (c *Caches) Flush(accountID, region, apiID, stage string) {
	for k, cache := range c.all() {
		if k.AccountID == accountID && k.Region == region && k.APIID == apiID && k.Stage == stage {
			cache.flush()
		}
	}
}

// Len is how many entries there are.
func (c *Caches) Len() int64 { return c.held.Load() }

func (c *Caches) all() map[Key]*Cache {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := make(map[Key]*Cache, len(c.caches))
	for k, p := range c.caches {
		if cache := p.Value(); cache != nil {
			all[k] = cache
		}
	}
	return all
}

// expire drops what has expired in every cache.
func (c *Caches) expire(now time.Time) {
	for _, cache := range c.all() {
		cache.mu.Lock()
		cache.expire(now)
		cache.mu.Unlock()
	}
}

// reserve counts an entry in and reports whether there is room for it.
func (c *Caches) reserve(held *atomic.Int64) bool {
	if c.held.Add(1) > c.limit {
		c.held.Add(-1)
		return false
	}
	held.Add(1)
	return true
}

func (c *Caches) release(held *atomic.Int64, n int64) {
	held.Add(-n)
	c.held.Add(-n)
}
