package apikeys

import (
	"crypto/sha256"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
)

// MaxValue is the longest value of a key in bytes. Spec: traffic 1.1.
const MaxValue = 128

// Digest is the SHA-256 of a key's value.
type Digest [sha256.Size]byte

// DigestOf returns the digest under which the key of a value is found.
func DigestOf(value string) Digest {
	var buf [MaxValue]byte // converting would allocate
	if len(value) > MaxValue {
		return sha256.Sum256([]byte(value))
	}
	return sha256.Sum256(buf[:copy(buf[:], value)])
}

// Key is an API key as requests meet it. It does not change and is shared.
type Key struct {
	ID      string
	Enabled bool
	Plans   []Membership // oldest first
}

// Membership says that a key belongs to a usage plan.
type Membership struct {
	PlanID string
	// Extra is by how many requests the key has more than the plan's quota, or fewer, in the period that began on the day ExtraIn
	// (days since 1970-01-01).
	Extra   int64
	ExtraIn int32
}

// Keys are the API keys of a node, by account and region. The zero value has none. It is safe for concurrent use.
type Keys struct {
	mu    sync.Mutex
	rings map[[2]string]*Ring
}

// In returns the keys of an account in a region: always the same Ring.
func (k *Keys) In(accountID, region string) *Ring {
	k.mu.Lock()
	defer k.mu.Unlock()
	at := [2]string{accountID, region}
	r := k.rings[at]
	if r == nil {
		r = &Ring{digests: make(map[string]Digest), holders: make(map[Digest][]*Key)}
		if k.rings == nil {
			k.rings = make(map[[2]string]*Ring)
		}
		k.rings[at] = r
	}
	return r
}

// tables is how many tables a ring has: a change copies one of them.
const tables = 64

// Ring holds the API keys of one account and region. It is safe for concurrent use.
type Ring struct {
	tables [tables]atomic.Pointer[map[Digest]*Key]

	mu      sync.Mutex        // of those who change
	digests map[string]Digest // by id
	// holders are the keys that have a digest, oldest first: one, but for the moment in which the store finds out that there are two.
	holders map[Digest][]*Key
}

// Find returns the key that has a value, or nil.
func (r *Ring) Find(value string) *Key {
	if value == "" || len(value) > MaxValue {
		return nil
	}
	d := DigestOf(value)
	if t := r.tables[d[0]%tables].Load(); t != nil {
		return (*t)[d]
	}
	return nil
}

// Put adds a key with the digest of its value, or replaces the one with its id. Every Find that begins afterwards sees it, unless an
// older key has the value.
func (r *Ring) Put(d Digest, k *Key) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if before, known := r.digests[k.ID]; known && before != d {
		r.take(before, k.ID)
	}
	if at := r.place(d, k.ID); at >= 0 {
		r.holders[d][at] = k
	} else {
		r.holders[d] = append(r.holders[d], k)
	}
	r.digests[k.ID] = d
	r.publish(d)
}

// Remove takes a key out, if it is there.
func (r *Ring) Remove(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if d, known := r.digests[id]; known {
		delete(r.digests, id)
		r.take(d, id)
	}
}

// Len is how many keys there are.
func (r *Ring) Len() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.digests)
}

// place is where a key is among the holders of a digest, -1 if it is none.
func (r *Ring) place(d Digest, id string) int {
	return slices.IndexFunc(r.holders[d], func(k *Key) bool { return k.ID == id })
}

// take takes a digest from one of its holders.
func (r *Ring) take(d Digest, id string) {
	at := r.place(d, id)
	if r.holders[d] = slices.Delete(r.holders[d], at, at+1); len(r.holders[d]) == 0 {
		delete(r.holders, d)
	}
	r.publish(d)
}

// publish replaces a table by one in which the digest finds its oldest holder.
func (r *Ring) publish(d Digest) {
	at := &r.tables[d[0]%tables]
	var next map[Digest]*Key
	if t := at.Load(); t != nil {
		next = maps.Clone(*t)
	} else {
		next = make(map[Digest]*Key, 1)
	}
	if holders := r.holders[d]; len(holders) > 0 {
		next[d] = holders[0]
	} else {
		delete(next, d)
	}
	at.Store(&next)
}
