package enginetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/engine"
)

func snapshotsAreFoundByDigest(t *testing.T, f *fixture) {
	snaps := f.Snapshots()
	var want []engine.Digest
	for _, data := range [][]byte{nil, []byte("x"), noise(3 << 20), bytes.Repeat([]byte("ab"), 1<<20)} {
		for range 2 { // the second time it is there already
			d, err := snaps.Put(f.ctx, data)
			noError(t, err)
			if d != engine.DigestOf(data) {
				t.Fatalf("got digest %s, want %s", d, engine.DigestOf(data))
			}
			got, err := snaps.Get(f.ctx, d)
			noError(t, err)
			if !bytes.Equal(got, data) {
				t.Fatalf("got %d bytes, want %d", len(got), len(data))
			}
		}
		want = append(want, engine.DigestOf(data))
	}
	slices.SortFunc(want, func(a, b engine.Digest) int { return bytes.Compare(a[:], b[:]) })
	got, err := snaps.List(f.ctx)
	noError(t, err)
	if !slices.Equal(got, want) {
		t.Fatalf("got %v, want %v", got, want)
	}
	for _, d := range want {
		noError(t, snaps.Delete(f.ctx, d))
		_, err := snaps.Get(f.ctx, d)
		wantError(t, err, engine.ErrNotFound)
		wantError(t, snaps.Delete(f.ctx, d), engine.ErrNotFound)
	}
	d, err := snaps.Put(f.ctx, []byte("x"))
	noError(t, err)
	_, err = snaps.Get(f.ctx, d)
	noError(t, err)
}

func leasesHaveOneHolder(t *testing.T, f *fixture) {
	leases := f.Leases()
	first, err := leases.Acquire(f.ctx, "sweeper", time.Minute)
	noError(t, err)
	_, err = leases.Acquire(f.ctx, "sweeper", time.Minute)
	wantError(t, err, engine.ErrHeld)
	renewed, err := leases.Renew(f.ctx, first, 2*time.Minute)
	noError(t, err)
	if renewed.Token != first.Token || !renewed.Expires.Equal(f.clock.Now().Add(2*time.Minute)) {
		t.Fatalf("renewed to %+v from %+v", renewed, first)
	}
	wantError(t, leases.Release(f.ctx, first), engine.ErrLost) // it was renewed: who holds the old one is late
	noError(t, leases.Release(f.ctx, renewed))
	second, err := leases.Acquire(f.ctx, "sweeper", time.Minute)
	noError(t, err)
	if second.Token <= first.Token {
		t.Fatalf("token %d after %d", second.Token, first.Token)
	}
	_, err = leases.Renew(f.ctx, renewed, time.Minute)
	wantError(t, err, engine.ErrLost)
	wantError(t, leases.Release(f.ctx, renewed), engine.ErrLost)
	_, err = leases.Acquire(f.ctx, "another name", time.Minute)
	noError(t, err)
}

func leasesEndByTheClock(t *testing.T, f *fixture) {
	leases := f.Leases()
	first, err := leases.Acquire(f.ctx, "a", time.Minute)
	noError(t, err)
	f.clock.Advance(time.Minute - 1)
	_, err = leases.Acquire(f.ctx, "a", time.Minute)
	wantError(t, err, engine.ErrHeld)
	f.clock.Advance(1)
	_, err = leases.Renew(f.ctx, first, time.Minute)
	wantError(t, err, engine.ErrLost)
	second, err := leases.Acquire(f.ctx, "a", time.Minute)
	noError(t, err)
	if second.Token <= first.Token {
		t.Fatalf("token %d after %d", second.Token, first.Token)
	}
	for range 5 {
		f.clock.Advance(40 * time.Second)
		second, err = leases.Renew(f.ctx, second, time.Minute)
		noError(t, err)
	}
	_, err = leases.Acquire(f.ctx, "a", time.Minute)
	wantError(t, err, engine.ErrHeld)
}

func oneOfManyAcquirersWins(t *testing.T, f *fixture) {
	var last uint64
	for range 5 {
		var mu sync.Mutex
		var won []engine.Lease
		var wg sync.WaitGroup
		for range writers {
			wg.Go(func() {
				l, err := f.Leases().Acquire(f.ctx, "a", time.Minute)
				if err != nil && !errors.Is(err, engine.ErrHeld) {
					t.Error(err)
				}
				if err == nil {
					mu.Lock()
					won = append(won, l)
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		if len(won) != 1 || won[0].Token <= last {
			t.Fatalf("holders %+v after token %d", won, last)
		}
		last = won[0].Token
		f.clock.Advance(time.Minute)
	}
}

func leasesAreNoDocuments(t *testing.T, f *fixture) {
	_, err := f.Leases().Acquire(f.ctx, "a", time.Minute)
	noError(t, err)
	buckets, err := f.Docs().Buckets(f.ctx)
	noError(t, err)
	if len(buckets) != 0 {
		t.Fatalf("leases are in buckets %q", buckets)
	}
}

func cancelledContextsEndCalls(t *testing.T, f *fixture) {
	why := errors.New("enough")
	ctx, cancel := context.WithCancelCause(f.ctx)
	cancel(why)
	for name, call := range calls(f, ctx) {
		if err := call(); !errors.Is(err, why) {
			t.Errorf("%s: got %v, want the cause of the end", name, err)
		}
	}
	_, err := f.Docs().Get(f.ctx, "restapi", "a")
	wantError(t, err, engine.ErrNotFound)
}

// calls has every call that can fail.
func calls(f *fixture, ctx context.Context) map[string]func() error {
	docs, snaps := f.Docs(), f.Snapshots()
	return map[string]func() error{
		"Get":             func() error { _, err := docs.Get(ctx, "restapi", "a"); return err },
		"Create":          func() error { _, err := docs.Create(ctx, "restapi", "a", nil); return err },
		"Update":          func() error { _, err := docs.Update(ctx, "restapi", "a", nil, 1); return err },
		"Delete":          func() error { return docs.Delete(ctx, "restapi", "a", 1) },
		"List":            func() error { _, err := docs.List(ctx, "restapi", engine.Query{}); return err },
		"Buckets":         func() error { _, err := docs.Buckets(ctx); return err },
		"Watch":           func() error { _, err := docs.Watch(ctx, "restapi", 0); return err },
		"Snapshot.Put":    func() error { _, err := snaps.Put(ctx, nil); return err },
		"Snapshot.Get":    func() error { _, err := snaps.Get(ctx, engine.Digest{}); return err },
		"Snapshot.Delete": func() error { return snaps.Delete(ctx, engine.Digest{}) },
		"Snapshot.List":   func() error { _, err := snaps.List(ctx); return err },
		"Acquire":         func() error { _, err := f.Leases().Acquire(ctx, "a", time.Minute); return err },
		"Release":         func() error { return f.Leases().Release(ctx, engine.Lease{Name: "a"}) },
	}
}

func dataBelongsToTheCaller(t *testing.T, f *fixture) {
	data := []byte("abc")
	rev, err := f.Docs().Create(f.ctx, "restapi", "a", data)
	noError(t, err)
	d, err := f.Snapshots().Put(f.ctx, data)
	noError(t, err)
	data[0] = 'X'
	for range 2 {
		doc, err := f.Docs().Get(f.ctx, "restapi", "a")
		noError(t, err)
		snap, err := f.Snapshots().Get(f.ctx, d)
		noError(t, err)
		if got := fmt.Sprintf("%s %s", doc.Data, snap); got != "abc abc" {
			t.Fatalf("got %s", got)
		}
		doc.Data[1], snap[1] = 'Y', 'Y'
	}
	f.expect(t, "restapi", "a", []byte("abc"), rev)
}

func runEndsWithItsContext(t *testing.T, f *fixture) {
	noError(t, f.Ready())
	why := errors.New("enough")
	ctx, cancel := context.WithCancelCause(f.ctx)
	done := make(chan error)
	go func() { done <- f.Run(ctx) }()
	cancel(why)
	wantError(t, <-done, why)
	go func() { done <- f.Run(f.ctx) }()
	noError(t, f.Close())
	wantError(t, <-done, engine.ErrClosed)
}

func closedEnginesRefuse(t *testing.T, f *fixture) {
	w := f.watch(t, "restapi", engine.FromNow)
	ended := make(chan error)
	go func() {
		_, err := w.Next()
		ended <- err
	}()
	noError(t, f.Close())
	wantError(t, <-ended, engine.ErrClosed)
	for name, call := range calls(f, f.ctx) {
		if err := call(); !errors.Is(err, engine.ErrClosed) {
			t.Errorf("%s: got %v, want ErrClosed", name, err)
		}
	}
	wantError(t, f.Ready(), engine.ErrClosed)
	noError(t, f.Close())
}
