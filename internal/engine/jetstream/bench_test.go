package jetstream_test

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/internal/engine"
	"github.com/gatehouse-gateway/gatehouse/internal/engine/jetstream"
)

// thousand makes a directory with 1,000 documents of 2 KiB.
func thousand(b *testing.B) string {
	b.Helper()
	dir := b.TempDir()
	e := open(b, jetstream.Options{Dir: dir})
	defer closeEngine(b, e)
	for n := range 1000 {
		_, err := e.Docs().Create(b.Context(), "restapi", fmt.Sprintf("api-%04d", n), make([]byte, 2048))
		noError(b, err)
	}
	return dir
}

func benchmarkOpen(b *testing.B, dir string) {
	b.ReportAllocs()
	for b.Loop() {
		e := open(b, jetstream.Options{Dir: dir})
		b.StopTimer()
		closeEngine(b, e)
		b.StartTimer()
	}
}

func BenchmarkOpenEmpty(b *testing.B) {
	dir := b.TempDir()
	closeEngine(b, open(b, jetstream.Options{Dir: dir}))
	benchmarkOpen(b, dir)
}

func BenchmarkOpenThousand(b *testing.B) { benchmarkOpen(b, thousand(b)) }

func BenchmarkUpdate(b *testing.B) {
	e := open(b, jetstream.Options{Dir: b.TempDir()})
	defer closeEngine(b, e)
	data := make([]byte, 2048)
	rev, err := e.Docs().Create(b.Context(), "restapi", "a", data)
	noError(b, err)
	b.ReportAllocs()
	for b.Loop() {
		rev, err = e.Docs().Update(b.Context(), "restapi", "a", data, rev)
		noError(b, err)
	}
}

func BenchmarkThousand(b *testing.B) {
	e := open(b, jetstream.Options{Dir: thousand(b)})
	defer closeEngine(b, e)
	b.Run("Get", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, err := e.Docs().Get(b.Context(), "restapi", "api-0500")
			noError(b, err)
		}
	})
	b.Run("List", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			page, err := e.Docs().List(b.Context(), "restapi", engine.Query{})
			noError(b, err)
			if len(page.Entries) != 1000 {
				b.Fatalf("got %d entries", len(page.Entries))
			}
		}
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		b.ReportMetric(float64(m.HeapAlloc)/(1<<20), "MiB-heap")
	})
}
