package functionurl

import (
	"hash/maphash"
	"maps"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gatehouse-gateway/gatehouse/iam"
	"github.com/gatehouse-gateway/gatehouse/internal/access/accesskey"
	"github.com/gatehouse-gateway/gatehouse/internal/functions"
	"github.com/gatehouse-gateway/gatehouse/internal/limits"
	"github.com/gatehouse-gateway/gatehouse/internal/observe"
	"github.com/gatehouse-gateway/gatehouse/sigv4"
)

// Keys finds access keys and whose they are; *accesskey.Ring does.
type Keys interface {
	sigv4.Keys
	Key(id string) (accesskey.Key, bool)
}

// Options are what a table is made of. All are required, but Memory, Keys and AnyCredentials.
type Options struct {
	Functions functions.Invoker
	Limits    limits.Limits
	Memory    *limits.Budget // for payloads; nil: no bound
	Keys      Keys           // nil: nobody can sign
	// AnyCredentials takes every signature of a client on this machine for one of the account's root user, for development.
	AnyCredentials bool
	Recorder       observe.Recorder
	Random         func() uint64
	Now            func() time.Time
}

// shardCount is how many parts a table has. A change copies one part: of 10,000 URLs some 40 share one.
const shardCount = 256

// Table holds the URLs of a node. It is safe for concurrent use; a request never waits for a change.
type Table struct {
	opts   Options
	shards [shardCount]atomic.Pointer[map[string]*endpoint]

	mu        sync.Mutex                    // of those who change it
	of        map[functions.Ref][]*endpoint // what each function has
	verifiers map[string]*verifiers         // by region
}

// endpoint is a URL ready to serve. It is immutable.
type endpoint struct {
	id     string
	ref    functions.Ref // with the alias
	arn    string
	domain string      // the name under which every machine reaches it on itself
	policy *iam.Policy // nil: there is none
	closed bool        // its alias is gone
	iam    bool
	stream bool
	cors   *cors // nil: none
	verify *verifiers
}

// New returns a table without URLs.
func New(o Options) *Table {
	return &Table{opts: o, of: make(map[functions.Ref][]*endpoint), verifiers: make(map[string]*verifiers)}
}

// Put serves the URLs of a function, in place of those it had. Requests already running finish on the one they began with.
func (t *Table) Put(e *functions.Entry) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := make([]*endpoint, 0, len(e.URLs)+len(e.ClosedURLs))
	for alias, u := range e.URLs {
		now = append(now, t.compile(e, alias, u))
	}
	for _, id := range e.ClosedURLs {
		now = append(now, &endpoint{id: id, ref: e.Ref, closed: true})
	}
	t.replace(e.Ref, now)
}

// Remove forgets the URLs of a function.
func (t *Table) Remove(ref functions.Ref) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.replace(ref, nil)
}

func (t *Table) compile(e *functions.Entry, alias string, u functions.URL) *endpoint {
	ref := e.Ref
	ref.Qualifier = alias
	return &endpoint{
		id: u.ID, ref: ref, arn: ref.ARN(), domain: u.ID + ".lambda-url." + ref.Region + ".localhost", policy: e.Policies[alias], iam: u.IAM, stream: u.Stream,
		cors: compileCORS(u.CORS), verify: t.verifiersIn(ref.Region),
	}
}

// replace makes now what a function has. The caller holds t.mu.
func (t *Table) replace(ref functions.Ref, now []*endpoint) {
	for _, old := range t.of[ref] {
		if !has(now, old.id) {
			t.store(old.id, nil)
		}
	}
	for _, e := range now {
		t.store(e.id, e)
	}
	if delete(t.of, ref); len(now) > 0 {
		t.of[ref] = now
	}
}

func has(list []*endpoint, id string) bool {
	for _, e := range list {
		if e.id == id {
			return true
		}
	}
	return false
}

// store publishes an endpoint in its part, or takes it out.
func (t *Table) store(id string, e *endpoint) {
	shard := &t.shards[shardOf(id)]
	changed := make(map[string]*endpoint)
	if before := shard.Load(); before != nil {
		changed = maps.Clone(*before)
	}
	if e == nil {
		delete(changed, id)
	} else {
		changed[id] = e
	}
	shard.Store(&changed)
}

// shardSeed spreads ids over shards.
var shardSeed = maphash.MakeSeed()

func shardOf(id string) int { return int(maphash.String(shardSeed, id) % shardCount) }

// find returns the endpoint of an id, which is compared without case, as DNS does; nil: there is none.
func (t *Table) find(id string) *endpoint {
	id = strings.ToLower(id)
	if shard := t.shards[shardOf(id)].Load(); shard != nil {
		return (*shard)[id]
	}
	return nil
}
