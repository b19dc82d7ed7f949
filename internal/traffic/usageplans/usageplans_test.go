package usageplans_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/traffic"
	"github.com/gatehouse-gateway/gatehouse/internal/traffic/usageplans"
)

var (
	start = time.Date(2026, 11, 25, 10, 0, 0, 0, time.UTC) // a Wednesday
	prod  = usageplans.Stage{APIID: "a", Name: "prod"}
	beta  = usageplans.Stage{APIID: "a", Name: "beta"}
)

func quota(limit int, period string) *definition.Quota {
	return &definition.Quota{Limit: limit, Period: period}
}

// ask sends a request of a key to GET /pets on a stage.
func ask(t *usageplans.Tiers, key string, stage usageplans.Stage, at time.Time) usageplans.Refusal {
	return t.Tier("p").Admit(&usageplans.Request{KeyID: key, Stage: stage, Methods: [2]string{"/pets/GET"}, At: at}).Refused
}

func tiers(p usageplans.Plan) *usageplans.Tiers {
	t := new(usageplans.Plans).In("1", "here")
	put(t, p)
	return t
}

func put(t *usageplans.Tiers, p usageplans.Plan) {
	p.ID = "p"
	if p.Stages == nil {
		p.Stages = map[usageplans.Stage]map[string]traffic.Limit{prod: nil, beta: nil}
	}
	t.Put(p)
}

func expect(t *testing.T, what string, got, want usageplans.Refusal) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %d, want %d", what, got, want)
	}
}

func TestAQuotaIsExactAndOfEachKey(t *testing.T) {
	plan := tiers(usageplans.Plan{Quota: quota(100, "DAY")})
	var admitted [2]atomic.Int64
	var wg sync.WaitGroup
	for n := range 8 {
		wg.Go(func() {
			stage := []usageplans.Stage{prod, beta}[n%2] // one count for all stages
			for range 50 {
				for k := range admitted {
					if ask(plan, fmt.Sprint(k), stage, start) == usageplans.Admitted {
						admitted[k].Add(1)
					}
				}
			}
		})
	}
	wg.Wait()
	for k := range admitted {
		if got := admitted[k].Load(); got != 100 {
			t.Errorf("key %d: %d were admitted, want 100", k, got)
		}
	}
}

// TestQuotasBeginAgain holds the windows of traffic 2.3.
func TestQuotasBeginAgain(t *testing.T) {
	for _, c := range []struct {
		quota        definition.Quota
		before, next string // the last second of the period, the first one of the next
	}{
		{definition.Quota{Limit: 1, Period: "DAY"}, "2026-11-25T23:59:59Z", "2026-11-26T00:00:00Z"},
		{definition.Quota{Limit: 1, Period: "WEEK"}, "2026-11-28T23:59:59Z", "2026-11-29T00:00:00Z"},
		{definition.Quota{Limit: 1, Period: "WEEK", Offset: 3}, "2026-12-01T23:59:59Z", "2026-12-02T00:00:00Z"},
		{definition.Quota{Limit: 1, Period: "MONTH"}, "2026-11-30T23:59:59Z", "2026-12-01T00:00:00Z"},
		{definition.Quota{Limit: 1, Period: "MONTH", Offset: 25}, "2026-11-25T23:59:59Z", "2026-11-26T00:00:00Z"},
	} {
		name := fmt.Sprintf("%s %d", c.quota.Period, c.quota.Offset)
		plan := tiers(usageplans.Plan{Quota: &c.quota})
		before, _ := time.Parse(time.RFC3339, c.before)
		next, _ := time.Parse(time.RFC3339, c.next)
		expect(t, name+", the first", ask(plan, "k", prod, start), usageplans.Admitted)
		expect(t, name+", the last second", ask(plan, "k", prod, before), usageplans.OverQuota)
		expect(t, name+", the next period", ask(plan, "k", prod, next.In(time.FixedZone("", 3600))), usageplans.Admitted)
		expect(t, name+", the next period again", ask(plan, "k", prod, next), usageplans.OverQuota)
	}
}

func TestAChangedQuotaCountsAtOnce(t *testing.T) {
	plan := tiers(usageplans.Plan{Quota: quota(1, "DAY")})
	expect(t, "1 of 1", ask(plan, "k", prod, start), usageplans.Admitted)
	expect(t, "2 of 1", ask(plan, "k", prod, start), usageplans.OverQuota)
	put(plan, usageplans.Plan{Quota: quota(2, "DAY")})
	expect(t, "2 of 2", ask(plan, "k", prod, start), usageplans.Admitted)
	expect(t, "3 of 2", ask(plan, "k", prod, start), usageplans.OverQuota)
	put(plan, usageplans.Plan{Quota: quota(1, "MONTH")})
	expect(t, "another period is another count", ask(plan, "k", prod, start), usageplans.Admitted)
	expect(t, "2 of 1 in the month", ask(plan, "k", prod, start), usageplans.OverQuota)
	put(plan, usageplans.Plan{Quota: quota(2, "DAY")})
	expect(t, "the day's count goes on", ask(plan, "k", prod, start), usageplans.OverQuota)
	put(plan, usageplans.Plan{})
	expect(t, "no quota", ask(plan, "k", prod, start), usageplans.Admitted)
}

func TestExtraRequestsAreForTheirPeriod(t *testing.T) {
	plan := tiers(usageplans.Plan{Quota: quota(1, "DAY")})
	today := usageplans.DayOf(start)
	with := func(extra int64, at time.Time) usageplans.Refusal {
		return plan.Tier("p").Admit(&usageplans.Request{KeyID: "k", Stage: prod, At: at, Extra: extra, ExtraIn: today}).Refused
	}
	expect(t, "1 of 0", with(-1, start), usageplans.OverQuota)
	expect(t, "1 of 2", with(1, start), usageplans.Admitted)
	expect(t, "2 of 2", with(1, start), usageplans.Admitted)
	expect(t, "3 of 2", with(1, start), usageplans.OverQuota)
	tomorrow := start.Add(24 * time.Hour)
	expect(t, "1 of 1 tomorrow", with(1, tomorrow), usageplans.Admitted)
	expect(t, "2 of 1 tomorrow", with(1, tomorrow), usageplans.OverQuota)
}

// TestThrottlesOfPlans holds levels 1 and 1b of traffic 3.2, and the edges of 3.3.
func TestThrottlesOfPlans(t *testing.T) {
	one := &traffic.Limit{Rate: 1, Burst: 1}
	plan := tiers(usageplans.Plan{Throttle: one})
	expect(t, "the first", ask(plan, "k", prod, start), usageplans.Admitted)
	expect(t, "one bucket for all stages", ask(plan, "k", beta, start), usageplans.Throttled)
	expect(t, "another key", ask(plan, "other", prod, start), usageplans.Admitted)
	expect(t, "a second later", ask(plan, "k", beta, start.Add(time.Second)), usageplans.Admitted)

	plan = tiers(usageplans.Plan{Throttle: &traffic.Limit{}, Stages: map[usageplans.Stage]map[string]traffic.Limit{prod: {"/pets/GET": *one}, beta: nil}})
	expect(t, "the method's own limit", ask(plan, "k", prod, start), usageplans.Admitted)
	expect(t, "the method's own limit again", ask(plan, "k", prod, start), usageplans.Throttled)
	expect(t, "burst 0 of the plan", ask(plan, "k", beta, start), usageplans.Throttled)

	put(plan, usageplans.Plan{Throttle: &traffic.Limit{Rate: 1, Burst: 0}})
	expect(t, "burst 0", ask(plan, "k", prod, start), usageplans.Throttled)
	v := plan.Tier("p").Admit(&usageplans.Request{KeyID: "k", Stage: prod, At: start})
	if want := (usageplans.Verdict{Refused: usageplans.Throttled, Limit: traffic.Limit{Rate: 1}}); v != want {
		t.Errorf("got %+v, want %+v", v, want)
	}
}

// TestAChangedThrottleKeepsTheLevel holds traffic 8.
func TestAChangedThrottleKeepsTheLevel(t *testing.T) {
	plan := tiers(usageplans.Plan{Throttle: &traffic.Limit{Rate: 1, Burst: 3}})
	expect(t, "1 of 3", ask(plan, "k", prod, start), usageplans.Admitted)
	put(plan, usageplans.Plan{Throttle: &traffic.Limit{Rate: 1, Burst: 1}}) // 2 are left, 1 fits
	expect(t, "clamped", ask(plan, "k", prod, start), usageplans.Admitted)
	expect(t, "empty", ask(plan, "k", prod, start), usageplans.Throttled)
	put(plan, usageplans.Plan{Throttle: &traffic.Limit{Rate: 1, Burst: 10}})
	expect(t, "still empty", ask(plan, "k", prod, start), usageplans.Throttled)
}

func TestThrottledRequestsDoNotCount(t *testing.T) {
	plan := tiers(usageplans.Plan{Throttle: &traffic.Limit{Rate: 1, Burst: 1}, Quota: quota(2, "DAY")})
	for at, want := range []usageplans.Refusal{usageplans.Admitted, usageplans.Admitted, usageplans.OverQuota} {
		second := start.Add(time.Duration(at) * time.Second)
		expect(t, fmt.Sprint(at), ask(plan, "k", prod, second), want)
		expect(t, fmt.Sprint(at, " again"), ask(plan, "k", prod, second), usageplans.Throttled)
	}
}

func TestWhatWasCountedIsDrainedOnce(t *testing.T) {
	var plans usageplans.Plans
	plan := plans.In("1", "here")
	put(plan, usageplans.Plan{Quota: quota(3, "WEEK")})
	saturday := time.Date(2026, 11, 28, 23, 59, 59, 0, time.UTC)
	for _, at := range []time.Time{start, start, saturday, saturday, saturday.Add(time.Second)} {
		ask(plan, "k", prod, at)
	}
	put(plan, usageplans.Plan{})
	ask(plan, "k", prod, start)
	got := make(map[usageplans.Count]bool)
	for _, c := range plans.Drain() {
		got[c] = true
	}
	day := func(text string) usageplans.Day {
		d, err := usageplans.ParseDay(text)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	count := usageplans.Count{Scope: usageplans.Scope{AccountID: "1", Region: "here"}, PlanID: "p", KeyID: "k"}
	want := make(map[usageplans.Count]bool)
	for _, c := range []struct {
		begin usageplans.Day
		day   string
		n     int64
	}{{day("2026-11-22"), "2026-11-25", 2}, {day("2026-11-22"), "2026-11-28", 1}, {day("2026-11-29"), "2026-11-29", 1}, {usageplans.NoPeriod, "2026-11-25", 1}} {
		count.Begin, count.Day, count.N = c.begin, day(c.day), c.n
		want[count] = true
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v\nwant %v", got, want)
	}
	if again := plans.Drain(); len(again) != 0 {
		t.Errorf("drained again: %v", again)
	}
	if text := day("2026-11-22").String(); text != "2026-11-22" {
		t.Errorf("got %s", text)
	}
}

func TestRestoredCountsGoOn(t *testing.T) {
	plan := new(usageplans.Plans).In("1", "here")
	for day := range usageplans.Day(3) {
		plan.Restore("p", "k", usageplans.DayOf(start)-day, 2)
	}
	put(plan, usageplans.Plan{Quota: quota(3, "DAY")})
	expect(t, "3 of 3", ask(plan, "k", prod, start), usageplans.Admitted)
	expect(t, "4 of 3", ask(plan, "k", prod, start), usageplans.OverQuota)
}

func TestWhatDoesNotMatterIsForgotten(t *testing.T) {
	var plans usageplans.Plans
	plan := plans.In("1", "here")
	put(plan, usageplans.Plan{})
	ask(plan, "other", prod, start)
	plans.Sweep(start.Add(40 * 24 * time.Hour))
	if plan.Len() != 1 {
		t.Error("a count was forgotten before it was drained")
	}
	put(plan, usageplans.Plan{Quota: quota(1, "MONTH"), Throttle: &traffic.Limit{Rate: 1, Burst: 1}})
	ask(plan, "k", prod, start)
	plans.Drain()
	plans.Sweep(time.Date(2026, 11, 30, 23, 0, 0, 0, time.UTC))
	if plan.Len() != 1 {
		t.Error("a count was forgotten in its period")
	}
	plans.Sweep(start.Add(40 * 24 * time.Hour))
	if plan.Len() != 0 {
		t.Error("an old count is kept")
	}
	expect(t, "after the sweep", ask(plan, "k", prod, start.Add(40*24*time.Hour)), usageplans.Admitted)
	plan.Remove("p")
	if plan.Tier("p") != nil {
		t.Error("a removed plan is there")
	}
	if left := plans.Drain(); len(left) != 1 {
		t.Errorf("a removed plan has %d counts to store, want 1", len(left))
	}
}

func TestPlansAreOfTheirAccountAndRegion(t *testing.T) {
	var plans usageplans.Plans
	put(plans.In("1", "here"), usageplans.Plan{})
	for _, other := range []*usageplans.Tiers{plans.In("2", "here"), plans.In("1", "there")} {
		if other.Tier("p") != nil {
			t.Error("a plan of another account or region is found")
		}
	}
	tier := plans.In("1", "here").Tier("p")
	if !tier.Covers(prod) || tier.Covers(usageplans.Stage{APIID: "b", Name: "prod"}) {
		t.Error("the plan covers another API, or not its own")
	}
}

func TestADefinitionBecomesAPlan(t *testing.T) {
	p := usageplans.NewPlan(&definition.UsagePlan{
		ID: "p", Throttle: &definition.Throttle{RateLimit: 0.5, BurstLimit: 2}, Quota: quota(3, "DAY"),
		APIStages: []definition.PlanStage{{APIID: "a", Stage: "prod", Throttle: map[string]definition.Throttle{"//GET": {RateLimit: 1, BurstLimit: 4}}}},
	})
	if p.ID != "p" || *p.Throttle != (traffic.Limit{Rate: 0.5, Burst: 2}) || p.Quota.Limit != 3 || p.Stages[prod]["//GET"] != (traffic.Limit{Rate: 1, Burst: 4}) {
		t.Errorf("got %+v", p)
	}
}

func BenchmarkAdmit(b *testing.B) {
	for _, keys := range []int{1, 10_000} {
		plan := tiers(usageplans.Plan{Throttle: &traffic.Limit{Rate: 1e9, Burst: 1 << 30}, Quota: quota(1<<40, "MONTH")})
		ids := make([]string, keys)
		for i := range ids {
			ids[i] = fmt.Sprint(i)
			ask(plan, ids[i], prod, start)
		}
		b.Run(fmt.Sprintf("%d keys", keys), func(b *testing.B) {
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for i := 0; pb.Next(); i++ {
					if ask(plan, ids[i%keys], prod, start) != usageplans.Admitted {
						b.Fail()
					}
				}
			})
		})
	}
}

// BenchmarkDrain takes the counts of 10,000 keys, which happens once a second.
func BenchmarkDrain(b *testing.B) {
	var plans usageplans.Plans
	plan := plans.In("1", "here")
	put(plan, usageplans.Plan{Quota: quota(1<<40, "MONTH")})
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		for i := range 10_000 {
			ask(plan, fmt.Sprint(i), prod, start)
		}
		b.StartTimer()
		plans.Drain()
	}
}
