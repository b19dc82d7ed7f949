package asyncinvoke_test

import (
	"context"
	"fmt"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/internal/asyncinvoke"
	"github.com/gatehouse-gateway/gatehouse/internal/engine/jetstream"
	"github.com/gatehouse-gateway/gatehouse/internal/functions"
	"github.com/gatehouse-gateway/gatehouse/internal/limits"
)

// BenchmarkEnqueue accepts events of 200 bytes into files that are synced, from so many clients at a time, while they are run by a
// function that does nothing.
func BenchmarkEnqueue(b *testing.B) {
	for _, clients := range []int{1, 16, 64, 256} {
		b.Run(strconv.Itoa(clients), func(b *testing.B) { benchmarkEnqueue(b, clients) })
	}
}

func benchmarkEnqueue(b *testing.B, clients int) {
	e, err := jetstream.Open(b.Context(), jetstream.Options{Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	defer e.Close()
	p := newPlane()
	l := limits.AWS()
	l.AsyncQueued = 1 << 30
	q := asyncinvoke.New(asyncinvoke.Options{
		Docs: e.Docs(), Settings: p.Settings, Limits: l,
		Invoke: func(context.Context, *functions.Call, *functions.Result) error { return nil },
	})
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- q.Run(ctx) }()
	payload := make([]byte, 200)
	var n atomic.Int64
	b.SetParallelism(clients)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := q.Enqueue(b.Context(), call("f", fmt.Sprint(n.Add(1)), string(payload))); err != nil {
				b.Error(err)
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
	stop()
	<-done
}
