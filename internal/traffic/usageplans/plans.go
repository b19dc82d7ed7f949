package usageplans

import (
	"maps"
	"sync"
	"sync/atomic"
	"time"
)

// Scope is an account in a region.
type Scope struct{ AccountID, Region string }

// Plans are the usage plans of a node, by account and region. The zero value has none. It is safe for concurrent use.
type Plans struct {
	mu     sync.Mutex
	scopes map[Scope]*Tiers
}

// In returns the plans of an account in a region: always the same Tiers.
func (p *Plans) In(accountID, region string) *Tiers {
	p.mu.Lock()
	defer p.mu.Unlock()
	at := Scope{accountID, region}
	t := p.scopes[at]
	if t == nil {
		t = &Tiers{members: make(map[string]*members)}
		t.tiers.Store(new(map[string]*Tier))
		if p.scopes == nil {
			p.scopes = make(map[Scope]*Tiers)
		}
		p.scopes[at] = t
	}
	return t
}

// Count is how many requests a key of a plan made on a day, for the quota's period that began on the day Begin; NoPeriod: the plan
// had no quota.
type Count struct {
	Scope      Scope
	PlanID     string
	KeyID      string
	Begin, Day Day
	N          int64
}

// Drain returns what was counted since the last time, in no order.
func (p *Plans) Drain() []Count {
	var all []Count
	for scope, t := range p.all() {
		all = t.drain(all, scope)
	}
	return all
}

// Sweep forgets what no request can tell any more: keys that were not used in the period of any quota, full buckets.
func (p *Plans) Sweep(now time.Time) {
	for _, t := range p.all() {
		t.sweep(now)
	}
}

func (p *Plans) all() map[Scope]*Tiers {
	p.mu.Lock()
	defer p.mu.Unlock()
	return maps.Clone(p.scopes)
}

// Tiers are the usage plans of one account and region. It is safe for concurrent use.
type Tiers struct {
	tiers atomic.Pointer[map[string]*Tier] // by id; the map does not change

	mu      sync.Mutex          // of those who change
	members map[string]*members // by the plan's id
}

// Tier returns a plan, or nil.
func (t *Tiers) Tier(id string) *Tier { return (*t.tiers.Load())[id] }

// Put adds a plan, or changes the one with its id, whose counts go on. Every request that begins afterwards sees it.
func (t *Tiers) Put(p Plan) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.change(func(tiers map[string]*Tier) { tiers[p.ID] = &Tier{Plan: p, members: t.membersOf(p.ID)} })
}

// Remove takes a plan out, if it is there. What its keys have used is still drained.
func (t *Tiers) Remove(id string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.change(func(tiers map[string]*Tier) { delete(tiers, id) })
}

func (t *Tiers) change(change func(map[string]*Tier)) {
	next := maps.Clone(*t.tiers.Load())
	if next == nil {
		next = make(map[string]*Tier, 1)
	}
	change(next)
	t.tiers.Store(&next)
}

func (t *Tiers) membersOf(planID string) *members {
	m := t.members[planID]
	if m == nil {
		m = newMembers()
		t.members[planID] = m
	}
	return m
}

// Restore adds what a key used of a period before this process began. The plan may come later.
func (t *Tiers) Restore(planID, keyID string, begin Day, n int64) {
	t.mu.Lock()
	m := t.membersOf(planID)
	t.mu.Unlock()
	s := m.of(keyID)
	s.mu.Lock()
	defer s.mu.Unlock()
	*s.member(keyID).used(begin) += n
}

// Len is how many keys of plans there are counts of.
func (t *Tiers) Len() (n int) {
	for _, m := range t.all() {
		for i := range m.shards {
			m.shards[i].mu.Lock()
			n += len(m.shards[i].byID)
			m.shards[i].mu.Unlock()
		}
	}
	return n
}

func (t *Tiers) all() map[string]*members {
	t.mu.Lock()
	defer t.mu.Unlock()
	return maps.Clone(t.members)
}

func (t *Tiers) drain(to []Count, scope Scope) []Count {
	for id, m := range t.all() {
		to = m.drain(to, Count{Scope: scope, PlanID: id})
	}
	return to
}

func (t *Tiers) sweep(now time.Time) {
	for id, m := range t.all() {
		if empty := m.sweep(now); empty {
			t.forget(id, m)
		}
	}
}

// forget drops the members of a plan that is gone. A request that still counts in them came before it was gone.
func (t *Tiers) forget(id string, m *members) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.Tier(id) == nil && t.members[id] == m {
		delete(t.members, id)
	}
}
