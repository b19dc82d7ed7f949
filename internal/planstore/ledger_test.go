package planstore_test

import (
	"context"
	"fmt"
	"reflect"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/engine"
	"github.com/gatehouse-gateway/gatehouse/internal/engine/memory"
	"github.com/gatehouse-gateway/gatehouse/internal/planstore"
	"github.com/gatehouse-gateway/gatehouse/internal/traffic/usageplans"
)

var now = time.Date(2026, 11, 25, 10, 0, 0, 0, time.UTC)

// troubled is a store whose writes can fail, before or after they are done.
type troubled struct {
	engine.Docs
	before, after atomic.Bool
	damaged       atomic.Bool // what is there cannot be read, until it is deleted
	writes        atomic.Int64
}

func (d *troubled) Get(ctx context.Context, bucket, key string) (engine.Document, error) {
	doc, err := d.Docs.Get(ctx, bucket, key)
	if err == nil && d.damaged.Load() {
		return engine.Document{}, &engine.CorruptError{Bucket: bucket, Key: key, Revision: doc.Revision}
	}
	return doc, err
}

func (d *troubled) Delete(ctx context.Context, bucket, key string, rev engine.Revision) error {
	d.damaged.Store(false)
	return d.Docs.Delete(ctx, bucket, key, rev)
}

func (d *troubled) Create(ctx context.Context, bucket, key string, data []byte) (engine.Revision, error) {
	return d.write(func() (engine.Revision, error) { return d.Docs.Create(ctx, bucket, key, data) })
}

func (d *troubled) Update(ctx context.Context, bucket, key string, data []byte, rev engine.Revision) (engine.Revision, error) {
	return d.write(func() (engine.Revision, error) { return d.Docs.Update(ctx, bucket, key, data, rev) })
}

func (d *troubled) write(do func() (engine.Revision, error)) (engine.Revision, error) {
	d.writes.Add(1)
	if d.before.Load() {
		return 0, engine.ErrUnavailable
	}
	rev, err := do()
	if err == nil && d.after.Load() {
		return 0, engine.ErrUnavailable
	}
	return rev, err
}

// book is a process that counts.
type book struct {
	t      *testing.T
	plans  *usageplans.Plans
	ledger *planstore.Ledger
	at     time.Time
}

// open begins a process on a store, with a plan of 5 requests a month.
func open(t *testing.T, docs engine.Docs, at time.Time) *book {
	t.Helper()
	b := &book{t: t, plans: new(usageplans.Plans), at: at}
	b.plans.In("1", "here").Put(usageplans.Plan{ID: "p", Quota: &definition.Quota{Limit: 5, Period: "MONTH"}})
	b.ledger = planstore.NewLedger(planstore.LedgerOptions{Docs: docs, Plans: b.plans, Now: func() time.Time { return b.at }})
	noError(t, b.ledger.Load(t.Context()))
	return b
}

// call sends requests of a key and returns how many were admitted.
func (b *book) call(key string, times int) (admitted int) {
	for range times {
		if b.plans.In("1", "here").Tier("p").Admit(&usageplans.Request{KeyID: key, Stage: prod, At: b.at}).Refused == usageplans.Admitted {
			admitted++
		}
	}
	return admitted
}

// used checks what is reported, by "key day begin": requests.
func (b *book) used(key string, want map[string]int64) {
	b.t.Helper()
	all, err := b.ledger.Used(b.t.Context(), usageplans.Scope{AccountID: "1", Region: "here"}, "p", key, usageplans.DayOf(b.at)-80, usageplans.DayOf(b.at))
	noError(b.t, err)
	got := make(map[string]int64)
	for key, some := range all {
		for _, u := range some {
			got[fmt.Sprint(key, " ", u.Day, " ", u.Begin)] = u.N
		}
	}
	if !reflect.DeepEqual(got, want) {
		b.t.Errorf("got %v, want %v", got, want)
	}
}

func TestCountsSurviveTheProcess(t *testing.T) {
	e, _ := newStore(t)
	first := open(t, e.Docs(), now.AddDate(0, 0, -1))
	first.call("k", 2)
	first.call("other", 1)
	noError(t, first.ledger.Store(t.Context()))
	first.at = now
	first.call("k", 1)
	noError(t, first.ledger.Store(t.Context()))

	second := open(t, e.Docs(), now)
	if got := second.call("k", 10); got != 2 {
		t.Errorf("%d more were admitted, want 2 of 5", got)
	}
	second.used("k", map[string]int64{"k 2026-11-24 2026-11-01": 2, "k 2026-11-25 2026-11-01": 3})
	second.used("", map[string]int64{"k 2026-11-24 2026-11-01": 2, "k 2026-11-25 2026-11-01": 3, "other 2026-11-24 2026-11-01": 1})
	if got := open(t, e.Docs(), now.AddDate(0, 0, 6)).call("k", 10); got != 5 {
		t.Errorf("%d were admitted in the next month, want 5", got)
	}
}

// TestManyProcessesMayAdd: their counts meet in the store.
func TestManyProcessesMayAdd(t *testing.T) {
	e, _ := newStore(t)
	one, two := open(t, e.Docs(), now), open(t, e.Docs(), now)
	one.call("k", 2)
	two.call("k", 1)
	noError(t, one.ledger.Store(t.Context()))
	two.used("k", map[string]int64{"k 2026-11-25 2026-11-01": 3})
}

// TestCountsWaitForTheStore: what cannot be stored is stored later, and once.
func TestCountsWaitForTheStore(t *testing.T) {
	e, _ := newStore(t)
	docs := &troubled{Docs: e.Docs()}
	b := open(t, docs, now)
	for _, trouble := range []*atomic.Bool{&docs.before, &docs.after, &docs.before, &docs.after} { // a create, then an update
		trouble.Store(true)
		b.call("k", 1)
		for range 3 {
			if err := b.ledger.Store(t.Context()); trouble == &docs.before && err == nil {
				t.Error("there was no error")
			}
		}
		trouble.Store(false)
		noError(t, b.ledger.Store(t.Context()))
	}
	b.used("k", map[string]int64{"k 2026-11-25 2026-11-01": 4})
}

// TestASecondOfTrafficIsAFewWrites, however many keys there are.
func TestASecondOfTrafficIsAFewWrites(t *testing.T) {
	e, _ := newStore(t)
	docs := &troubled{Docs: e.Docs()}
	b := open(t, docs, now)
	for i := range 1000 {
		b.call(fmt.Sprint("key", i), 1)
	}
	noError(t, b.ledger.Store(t.Context()))
	if got := docs.writes.Load(); got > 16 {
		t.Errorf("%d writes", got)
	}
}

func TestDamagedCountsBeginAnew(t *testing.T) {
	e, _ := newStore(t)
	docs := &troubled{Docs: e.Docs()}
	b := open(t, docs, now)
	b.call("k", 1)
	noError(t, b.ledger.Store(t.Context()))
	docs.damaged.Store(true)
	if got := open(t, docs, now).call("k", 10); got != 5 { // the others go on
		t.Errorf("%d were admitted, want 5", got)
	}
	b.call("k", 2)
	noError(t, b.ledger.Store(t.Context()))
	b.used("k", map[string]int64{"k 2026-11-25 2026-11-01": 2})
}

// TestRunStoresAndRemoves: in the background, and once more at the end; what is older than 90 days goes.
func TestRunStoresAndRemoves(t *testing.T) {
	e, _ := newStore(t)
	for _, days := range []int{91, 90, 1} {
		old := open(t, e.Docs(), now.AddDate(0, 0, -days))
		old.call("k", 1)
		noError(t, old.ledger.Store(t.Context()))
	}
	docs := &troubled{Docs: e.Docs()}
	b := open(t, docs, now)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- b.ledger.Run(ctx) }()
	b.call("k", 1)
	for deadline := time.Now().Add(10 * time.Second); docs.writes.Load() == 0; runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatal("nothing was stored")
		}
	}
	b.call("k", 1)
	cancel()
	noError(t, <-ended)
	days := open(t, e.Docs(), now)
	page, err := e.Docs().List(t.Context(), planstore.UsageBucket, engine.Query{})
	noError(t, err)
	if len(page.Entries) != 3 {
		t.Errorf("%d days are left, want 3: %v", len(page.Entries), page.Entries)
	}
	days.used("k", map[string]int64{"k 2026-11-24 2026-11-01": 1, "k 2026-11-25 2026-11-01": 2})
}

// BenchmarkStore stores a second in which 10,000 keys were used.
func BenchmarkStore(b *testing.B) {
	e := memory.New(memory.Options{})
	defer e.Close()
	plans := new(usageplans.Plans)
	plans.In("1", "here").Put(usageplans.Plan{ID: "p", Quota: &definition.Quota{Limit: 1 << 40, Period: "MONTH"}})
	ledger := planstore.NewLedger(planstore.LedgerOptions{Docs: e.Docs(), Plans: plans, Now: func() time.Time { return now }})
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		for i := range 10_000 {
			plans.In("1", "here").Tier("p").Admit(&usageplans.Request{KeyID: fmt.Sprintf("key%07d", i), At: now})
		}
		b.StartTimer()
		if err := ledger.Store(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}
