package functions

import (
	"context"
	"maps"
	"math/rand/v2"
	"sync"
	"sync/atomic"

	"github.com/gatehouse-gateway/gatehouse/iam"
)

// Runner runs one version of a function; *Pool does.
type Runner interface {
	// Invoke runs an invocation to its end. What the function did wrong is in the result.
	Invoke(context.Context, *Invocation, *Result) error
	// Retire lets what runs finish, and ends the rest.
	Retire()
}

// DirectoryOptions are what a directory is made of. Open is required.
type DirectoryOptions struct {
	// Open makes the runner of a version. It starts nothing.
	Open func(*Function) Runner
	// Concurrency is how many invocations an account may run in a region at a time; 0 is DefaultConcurrency. Spec: functions D1.
	Concurrency int
	// MaxPayload bounds an event in bytes; 0 is DefaultMaxPayload. Spec: functions D2.
	MaxPayload int
	// Random gives 0 to below 1, to draw the version of a weighted alias; nil is random. It must be safe for concurrent use.
	Random func() float64
	// Queue takes the calls of the type Event; nil: they are refused with ErrNoQueue.
	Queue Queue
	// MaxEvent bounds the payload of such a call in bytes; 0 is DefaultMaxEvent. Spec: functions D2.
	MaxEvent int
}

// The limits of the service.
const (
	DefaultConcurrency = 1000
	DefaultMaxPayload  = 6 << 20
	DefaultMaxEvent    = 256 << 10
)

// Directory finds functions by their names, and says who may call them and how many at a time. It is safe for concurrent use;
// a call never waits for a change.
type Directory struct {
	opts DirectoryOptions
	mu   sync.Mutex // of those who change it
	all  atomic.Pointer[map[Ref]*served]
	// accounts count what functions without reserved concurrency share, by account and region.
	accounts map[Ref]*slots
}

// served is a function as calls find it.
type served struct {
	entry   *Entry
	targets map[string]*target // by qualifier
	runners map[string]*running
	slots   *slots // what its invocations take one of
}

// running is the runner of one version.
type running struct {
	Runner
	version  string
	revision string
}

// target is what a qualifier means.
type target struct {
	arn      string
	version  *Version
	runner   *running
	policy   *iam.Policy
	resource string // what the statements of the policy must name
	// additional is the second version of a weighted alias; nil: there is none.
	additional *target
	weight     float64
}

// NewDirectory returns an empty directory.
func NewDirectory(opts DirectoryOptions) *Directory {
	if opts.Concurrency == 0 {
		opts.Concurrency = DefaultConcurrency
	}
	if opts.MaxPayload == 0 {
		opts.MaxPayload = DefaultMaxPayload
	}
	if opts.MaxEvent == 0 {
		opts.MaxEvent = DefaultMaxEvent
	}
	if opts.Random == nil {
		opts.Random = rand.Float64
	}
	d := &Directory{opts: opts, accounts: make(map[Ref]*slots)}
	d.all.Store(&map[Ref]*served{})
	return d
}

// Put makes an entry what calls find under its name, in place of the one before. Versions whose revision is the same go on with
// the environments that they have.
func (d *Directory) Put(e *Entry) {
	d.mu.Lock()
	defer d.mu.Unlock()
	before := (*d.all.Load())[e.Ref]
	now := &served{entry: e, targets: make(map[string]*target), runners: make(map[string]*running, len(e.Versions))}
	for name, v := range e.Versions {
		now.runners[name] = d.runner(before, name, v)
	}
	now.slots = d.reserve(before, e)
	now.addTargets()
	d.replace(e.Ref, now)
	retire(before, now)
}

// Remove forgets a function. Its invocations in flight finish.
func (d *Directory) Remove(ref Ref) {
	d.mu.Lock()
	defer d.mu.Unlock()
	before := (*d.all.Load())[ref]
	if before == nil {
		return
	}
	d.replace(ref, nil)
	retire(before, nil)
}

// runner is that of a version: the one that runs it already, or a new one.
func (d *Directory) runner(before *served, name string, v Version) *running {
	if before != nil {
		if r := before.runners[name]; r != nil && r.revision == v.Revision {
			return r
		}
	}
	return &running{Runner: d.opts.Open(v.Function), version: name, revision: v.Revision}
}

// retire ends the runners that nobody finds any more.
func retire(before, now *served) {
	if before == nil {
		return
	}
	for name, r := range before.runners {
		if now == nil || now.runners[name] != r {
			r.Retire()
		}
	}
}

// replace publishes a function, or forgets it, and gives the account what is not reserved.
func (d *Directory) replace(ref Ref, now *served) {
	all := maps.Clone(*d.all.Load())
	if now == nil {
		delete(all, ref)
	} else {
		all[ref] = now
	}
	account := Ref{AccountID: ref.AccountID, Region: ref.Region}
	reserved := 0
	for other, s := range all {
		if other.AccountID == ref.AccountID && other.Region == ref.Region && s.entry.Reserved != nil {
			reserved += *s.entry.Reserved
		}
	}
	d.account(account).limit.Store(int64(max(0, d.opts.Concurrency-reserved)))
	d.all.Store(&all)
}

// addTargets resolves every qualifier that the entry has. An alias of a version that is not there leads nowhere.
func (s *served) addTargets() {
	e := s.entry
	for name := range e.Versions {
		s.targets[name] = s.target(name, name)
	}
	for name, a := range e.Aliases {
		t := s.target(name, a.Version)
		if t == nil {
			continue
		}
		if a.Additional != "" {
			t.additional, t.weight = s.target(name, a.Additional), a.Weight
		}
		s.targets[name] = t
	}
	if t := s.target("", Latest); t != nil {
		s.targets[""] = t
	}
	if t := s.targets[Latest]; t != nil {
		// The newest version can have no policy of its own: the function's is meant (unconfirmed).
		t.policy, t.resource = e.Policies[""], e.Ref.ARN()
	}
}

func (s *served) target(qualifier, version string) *target {
	v, ok := s.entry.Versions[version]
	if !ok {
		return nil
	}
	ref := s.entry.Ref
	ref.Qualifier = qualifier
	arn := ref.ARN()
	return &target{arn: arn, version: &v, runner: s.runners[version], policy: s.entry.Policies[qualifier], resource: arn}
}

// find is the target that a reference means.
func (s *served) find(qualifier string) *target {
	t := s.targets[qualifier]
	if t == nil && s.entry.AnyQualifier {
		t = s.targets[""]
	}
	return t
}

// Invoke runs a function by name. Its errors are those of this package, or of the context; what the function did wrong is in
// the result. The caller releases the result.
func (d *Directory) Invoke(ctx context.Context, c *Call, res *Result) error {
	s := (*d.all.Load())[Ref{AccountID: c.Ref.AccountID, Region: c.Ref.Region, Name: c.Ref.Name}]
	if s == nil {
		return ErrNotFound
	}
	t := s.find(c.Ref.Qualifier)
	if t == nil {
		return ErrNotFound
	}
	if c.Caller != nil && !allows(t, c.Caller) {
		return ErrDenied
	}
	if len(c.Payload) > d.opts.MaxPayload {
		return ErrPayloadTooLarge
	}
	arn := t.arn
	if t.additional != nil && d.opts.Random() < t.weight {
		t = t.additional
	}
	if state := t.version.State; state != nil {
		return state
	}
	if c.Type == Event {
		return d.enqueue(ctx, c, res)
	}
	res.ExecutedVersion = t.runner.version
	if c.Type == DryRun {
		return nil
	}
	if !s.slots.take() {
		return s.slots.throttled
	}
	c.InvokedARN, c.OnEnd = arn, s.slots.give
	return t.runner.Invoke(ctx, &c.Invocation, res)
}

// allows asks the policy of a target whether a service may invoke it. Spec: functions B5.
func allows(t *target, c *Caller) bool {
	if t.policy == nil {
		return false
	}
	req := iam.Request{Principal: iam.ServicePrincipal(c.Service), Action: "lambda:InvokeFunction", Resource: t.resource}
	req.Context.Set("aws:SourceArn", iam.String(c.SourceARN))
	req.Context.Set("aws:SourceAccount", iam.String(c.SourceAccount))
	return t.policy.Evaluate(&req).Effect == iam.Allow
}
