package enginetest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/internal/engine"
)

func watchSeesEveryChangeInOrder(t *testing.T, f *fixture) {
	w := f.watch(t, "restapi", engine.FromNow)
	again := f.watch(t, "restapi", 0)
	var want []engine.Event
	wrote := func(key, data string, rev engine.Revision) {
		want = append(want, engine.Event{Key: key, Revision: rev, Digest: engine.DigestOf([]byte(data))})
	}
	revs := map[string]engine.Revision{}
	for i := range engine.History - 1 {
		for _, key := range []string{"a", "b", "日本"} {
			data := fmt.Sprintf("%s %d", key, i)
			if i == 0 {
				revs[key] = f.create(t, "restapi", key, data)
			} else {
				revs[key] = f.update(t, "restapi", key, data, revs[key])
			}
			wrote(key, data, revs[key])
			f.create(t, "httpapi", data, "of no interest")
		}
	}
	for _, watch := range []engine.Watch{w, again, f.watch(t, "restapi", 0)} {
		for _, ev := range want {
			next(t, watch, ev)
		}
	}
	noError(t, f.Docs().Delete(f.ctx, "restapi", "a", revs["a"]))
	ev, err := w.Next()
	noError(t, err)
	if !ev.Deleted || ev.Key != "a" || ev.Revision <= revs["日本"] || ev.Digest != (engine.Digest{}) {
		t.Fatalf("got %+v for a deletion", ev)
	}
	next(t, again, ev)
	rev := f.create(t, "restapi", "a", "new")
	next(t, w, engine.Event{Key: "a", Revision: rev, Digest: engine.DigestOf([]byte("new"))})
}

func next(t *testing.T, w engine.Watch, want engine.Event) {
	t.Helper()
	got, err := w.Next()
	noError(t, err)
	if got != want {
		t.Fatalf("got event %+v, want %+v", got, want)
	}
}

func watchFromNowSeesOnlyTheNew(t *testing.T, f *fixture) {
	old := f.create(t, "restapi", "a", "old")
	w := f.watch(t, "restapi", engine.FromNow)
	after := f.watch(t, "restapi", old)
	rev := f.update(t, "restapi", "a", "new", old)
	for _, watch := range []engine.Watch{w, after} {
		next(t, watch, engine.Event{Key: "a", Revision: rev, Digest: engine.DigestOf([]byte("new"))})
	}
}

func watchFarBehindSeesTheNewest(t *testing.T, f *fixture) {
	rev := f.create(t, "restapi", "a", "0")
	var all []engine.Revision
	for range 3 * engine.History {
		rev = f.update(t, "restapi", "a", "x", rev)
		all = append(all, rev)
	}
	w := f.watch(t, "restapi", 0)
	for _, want := range all[len(all)-engine.History:] {
		ev, err := w.Next()
		noError(t, err)
		if ev.Revision != want {
			t.Fatalf("got revision %d, want %d", ev.Revision, want)
		}
	}
}

// listThenWatchMissesNothing follows a bucket as a cache does, while it is written to.
func listThenWatchMissesNothing(t *testing.T, f *fixture) {
	var wg sync.WaitGroup
	started := make(chan struct{})
	var once sync.Once
	var mu sync.Mutex
	truth := map[string]engine.Revision{}
	for w := range 4 {
		wg.Go(func() {
			for i := range 40 {
				key := fmt.Sprintf("%d/%d", w, i%10)
				rev, err := engine.Change(f.ctx, f.Docs(), "restapi", key, func([]byte) ([]byte, error) { return fmt.Appendf(nil, "%d", i), nil })
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				truth[key] = rev
				mu.Unlock()
				if i == 5 {
					once.Do(func() { close(started) })
				}
			}
		})
	}
	<-started
	page, err := f.Docs().List(f.ctx, "restapi", engine.Query{})
	noError(t, err)
	w := f.watch(t, "restapi", page.Revision)
	wg.Wait()
	end := f.create(t, "restapi", "end", "")
	got := map[string]engine.Revision{}
	for _, e := range page.Entries {
		got[e.Key] = e.Revision
	}
	for last := engine.Revision(0); last < end; {
		ev, err := w.Next()
		noError(t, err)
		if ev.Revision <= last {
			t.Fatalf("revision %d after %d", ev.Revision, last)
		}
		last = ev.Revision
		got[ev.Key] = ev.Revision
	}
	truth["end"] = end
	if !maps.Equal(got, truth) {
		t.Fatalf("got %v, want %v", got, truth)
	}
}

func watchEndsWithItsContext(t *testing.T, f *fixture) {
	why := errors.New("enough")
	ctx, cancel := context.WithCancelCause(f.ctx)
	w, err := f.Docs().Watch(ctx, "restapi", engine.FromNow)
	noError(t, err)
	done := make(chan error)
	go func() {
		_, err := w.Next()
		done <- err
	}()
	cancel(why)
	wantError(t, <-done, why)
	_, err = w.Next()
	wantError(t, err, why)
}
