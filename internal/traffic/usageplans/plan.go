package usageplans

import (
	"sync/atomic"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/traffic"
)

// Plan is a usage plan as requests meet it. It must not change.
type Plan struct {
	ID       string
	Throttle *traffic.Limit    // of each key; nil: none
	Quota    *definition.Quota // of each key; nil: none
	// Stages are those that the plan covers, each with the limits of methods by "/resource/path/METHOD".
	Stages map[Stage]map[string]traffic.Limit
}

// Stage is a stage of an API.
type Stage struct{ APIID, Name string }

// NewPlan reads a definition.
func NewPlan(def *definition.UsagePlan) Plan {
	p := Plan{ID: def.ID, Quota: def.Quota, Stages: make(map[Stage]map[string]traffic.Limit, len(def.APIStages))}
	if def.Throttle != nil {
		p.Throttle = &traffic.Limit{Rate: def.Throttle.RateLimit, Burst: def.Throttle.BurstLimit}
	}
	for _, s := range def.APIStages {
		methods := make(map[string]traffic.Limit, len(s.Throttle))
		for name, t := range s.Throttle {
			methods[name] = traffic.Limit{Rate: t.RateLimit, Burst: t.BurstLimit}
		}
		p.Stages[Stage{s.APIID, s.Stage}] = methods
	}
	return p
}

// Request is what a plan is asked about.
type Request struct {
	KeyID string
	Stage Stage
	// Methods are the names under which the plan may have a limit of the method; the first that it has counts.
	Methods [2]string
	At      time.Time
	// Extra is by how many requests the key has more than the quota, or fewer, in the period that began on the day ExtraIn.
	Extra   int64
	ExtraIn Day
}

// Refusal says what a request was refused for.
type Refusal uint8

// Admitted is no refusal.
const (
	Admitted Refusal = iota
	Throttled
	OverQuota
)

// Verdict is what a plan says about a request.
type Verdict struct {
	Refused Refusal
	Limit   traffic.Limit // that was reached, when the request is throttled
}

// Tier is a plan with the counts of its keys. It is safe for concurrent use.
type Tier struct {
	Plan
	members *members // shared by all revisions of the plan
	period  atomic.Pointer[period]
}

// period is the first day of the quota's period that a day belongs to.
type period struct{ day, begin Day }

// Covers reports whether the plan has a stage.
func (t *Tier) Covers(s Stage) bool {
	_, ok := t.Stages[s]
	return ok
}

// Admit decides about a request and counts it. The key must be one of the plan's, which must cover the stage.
func (t *Tier) Admit(r *Request) Verdict {
	today := DayOf(r.At)
	begin := t.begin(today)
	shard := t.members.of(r.KeyID)
	shard.mu.Lock()
	defer shard.mu.Unlock()
	m := shard.member(r.KeyID)
	m.last = today
	if limit, ok := t.take(m, r); !ok {
		return Verdict{Throttled, limit}
	}
	if t.Quota != nil {
		p := m.used(begin)
		if *p >= t.allowed(r, begin) {
			return Verdict{Refused: OverQuota}
		}
		*p++
	}
	m.count(begin, today)
	return Verdict{}
}

// take takes a token: of the method's bucket if the plan has a limit for it, else of the key's. Spec: traffic 3.2, levels 1 and 1b.
func (t *Tier) take(m *member, r *Request) (limit traffic.Limit, ok bool) {
	if limits := t.Stages[r.Stage]; len(limits) > 0 {
		for _, name := range r.Methods {
			if limit, found := limits[name]; found {
				return limit, m.method(r.Stage, name).Take(limit, r.At)
			}
		}
	}
	if t.Throttle == nil {
		return limit, true
	}
	return *t.Throttle, m.bucket.Take(*t.Throttle, r.At)
}

// allowed is how many requests of the period there may be.
func (t *Tier) allowed(r *Request, begin Day) int64 {
	if r.ExtraIn == begin {
		return int64(t.Quota.Limit) + r.Extra
	}
	return int64(t.Quota.Limit)
}

// begin is the first day of the period of a day. It is worked out once a day.
func (t *Tier) begin(day Day) Day {
	if t.Quota == nil {
		return NoPeriod
	}
	if p := t.period.Load(); p != nil && p.day == day {
		return p.begin
	}
	p := &period{day, DayOf(t.Quota.Begin(day.Time()))}
	t.period.Store(p)
	return p.begin
}
