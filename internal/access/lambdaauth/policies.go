package lambdaauth

import (
	"crypto/sha256"
	"sync"

	"github.com/gatehouse-gateway/gatehouse/iam"
)

// policies remembers the last policies that were read: authorizers give the same few documents to many callers. The zero value
// remembers none. It is safe for concurrent use.
type policies struct {
	limit int

	mu    sync.RWMutex
	known map[[sha256.Size]byte]*iam.Policy
	ring  [][sha256.Size]byte // up to limit, the oldest at next once it is full
	next  int
}

// parse is iam.Parse for an authorizer's document. Mistakes are not remembered.
func (p *policies) parse(document []byte, maxBytes int) (*iam.Policy, error) {
	id := sha256.Sum256(document)
	p.mu.RLock()
	known := p.known[id]
	p.mu.RUnlock()
	if known != nil {
		return known, nil
	}
	policy, err := iam.Parse(document, iam.Options{Kind: iam.Authorizer, MaxBytes: maxBytes})
	if err == nil {
		p.keep(id, policy)
	}
	return policy, err
}

func (p *policies) keep(id [sha256.Size]byte, policy *iam.Policy) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.limit == 0 || p.known[id] != nil {
		return
	}
	if len(p.ring) < p.limit {
		p.ring = append(p.ring, id)
	} else {
		delete(p.known, p.ring[p.next])
		p.ring[p.next], p.next = id, (p.next+1)%p.limit
	}
	p.known[id] = policy
}
