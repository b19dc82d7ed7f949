package traffic_test

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/traffic"
)

var start = time.Date(2026, 11, 25, 10, 0, 0, 0, time.UTC)

// TestBucketRefillsContinuously holds the table of traffic 3.3: calls are offsets in milliseconds, + passes, - does not.
func TestBucketRefillsContinuously(t *testing.T) {
	type call struct {
		at   int
		pass bool
	}
	for _, c := range []struct {
		name  string
		limit traffic.Limit
		calls []call
	}{
		{"burst, then the rate", traffic.Limit{Rate: 2, Burst: 3}, []call{{0, true}, {0, true}, {0, true}, {0, false}, {499, false}, {500, true}, {500, false}, {1000, true}}},
		{"never more than the burst", traffic.Limit{Rate: 100, Burst: 2}, []call{{0, true}, {60000, true}, {60000, true}, {60000, false}}},
		{"less than one a second", traffic.Limit{Rate: 0.5, Burst: 1}, []call{{0, true}, {1000, false}, {1999, false}, {2000, true}}},
		{"refusals cost nothing", traffic.Limit{Rate: 1, Burst: 1}, []call{{0, true}, {100, false}, {500, false}, {900, false}, {1000, true}}},
		{"time that runs back", traffic.Limit{Rate: 1, Burst: 1}, []call{{5000, true}, {4000, false}, {5999, false}, {6000, true}}},
		{"rate 0", traffic.Limit{Rate: 0, Burst: 5}, []call{{0, false}, {60000, false}}},
		{"burst 0", traffic.Limit{Rate: 5, Burst: 0}, []call{{0, false}, {60000, false}}},
		{"negative", traffic.Limit{Rate: -1, Burst: -1}, []call{{0, false}}},
	} {
		b := traffic.NewBucket(c.limit)
		for i, k := range c.calls {
			if got := b.Take(start.Add(time.Duration(k.at) * time.Millisecond)); got != k.pass {
				t.Errorf("%s: call %d at %d ms: got %v", c.name, i, k.at, got)
			}
		}
	}
}

func TestNoMoreThanTheBurstPassAtOnce(t *testing.T) {
	b := traffic.NewBucket(traffic.Limit{Rate: 1, Burst: 100})
	var passed atomic.Int64
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 200 {
				if b.Take(start) {
					passed.Add(1)
				}
			}
		})
	}
	wg.Wait()
	if got := passed.Load(); got != 100 {
		t.Errorf("got %d, want 100", got)
	}
}

func TestAnUnchangedLimitFindsItsBucket(t *testing.T) {
	throttles := traffic.NewThrottles()
	key := traffic.Key{APIID: "a", Stage: "prod", Path: "/pets", Method: "GET"}
	one := traffic.Limit{Rate: 1, Burst: 1}
	b := throttles.Bucket(key, one)
	b.Take(start)
	if again := throttles.Bucket(key, one); again != b || again.Take(start) {
		t.Error("the bucket was filled by asking for it again")
	}
	for name, other := range map[string]*traffic.Bucket{
		"another limit":  throttles.Bucket(key, traffic.Limit{Rate: 1, Burst: 2}),
		"another method": throttles.Bucket(traffic.Key{APIID: "a", Stage: "prod", Path: "/pets", Method: "PUT"}, one),
		"another stage":  throttles.Bucket(traffic.Key{APIID: "a", Stage: "beta", Path: "/pets", Method: "GET"}, one),
	} {
		if other == b || !other.Take(start) {
			t.Errorf("%s shares the bucket", name)
		}
	}
	if again := throttles.Bucket(key, one); again != b {
		t.Error("trying another limit took the bucket away")
	}
	runtime.KeepAlive(b)
}

func TestBucketsThatNobodyUsesAreForgotten(t *testing.T) {
	throttles := traffic.NewThrottles()
	kept := throttles.Bucket(traffic.Key{APIID: "kept"}, traffic.Limit{Rate: 1, Burst: 1})
	for i := range 100 {
		throttles.Bucket(traffic.Key{APIID: fmt.Sprint(i)}, traffic.Limit{Rate: 1, Burst: 1})
	}
	for deadline := time.Now().Add(10 * time.Second); throttles.Len() > 1; runtime.Gosched() {
		runtime.GC()
		if time.Now().After(deadline) {
			t.Fatalf("%d buckets are left", throttles.Len())
		}
	}
	if throttles.Bucket(traffic.Key{APIID: "kept"}, traffic.Limit{Rate: 1, Burst: 1}) != kept {
		t.Error("a bucket in use was forgotten")
	}
}

func BenchmarkTake(b *testing.B) {
	bucket := traffic.NewBucket(traffic.Limit{Rate: 1e9, Burst: 1 << 30})
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		now := start
		for pb.Next() {
			now = now.Add(time.Microsecond)
			bucket.Take(now)
		}
	})
}
