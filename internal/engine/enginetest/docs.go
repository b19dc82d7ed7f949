package enginetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/internal/engine"
)

func documentsAreKeptByRevision(t *testing.T, f *fixture) {
	_, err := f.Docs().Get(f.ctx, "restapi", "a")
	wantError(t, err, engine.ErrNotFound)
	r1 := f.create(t, "restapi", "a", "one")
	f.expect(t, "restapi", "a", []byte("one"), r1)
	r2 := f.update(t, "restapi", "a", "two", r1)
	other := f.create(t, "httpapi", "a", "other")
	if r1 == 0 || r2 <= r1 || other <= r2 {
		t.Fatalf("revisions %d, %d, %d do not grow", r1, r2, other)
	}
	f.expect(t, "restapi", "a", []byte("two"), r2)
	f.expect(t, "httpapi", "a", []byte("other"), other)
	empty := f.create(t, "restapi", "empty", "")
	f.expect(t, "restapi", "empty", nil, empty)
}

func writersNeedTheNewestRevision(t *testing.T, f *fixture) {
	docs := f.Docs()
	r1 := f.create(t, "restapi", "a", "one")
	_, err := docs.Create(f.ctx, "restapi", "a", []byte("again"))
	wantError(t, err, engine.ErrExists)
	r2 := f.update(t, "restapi", "a", "two", r1)
	for _, rev := range []engine.Revision{0, r1, r2 + 1} {
		_, err = docs.Update(f.ctx, "restapi", "a", []byte("late"), rev)
		wantConflict(t, err, r2)
		wantConflict(t, docs.Delete(f.ctx, "restapi", "a", rev), r2)
	}
	f.expect(t, "restapi", "a", []byte("two"), r2)
	_, err = docs.Update(f.ctx, "restapi", "absent", nil, 0)
	wantError(t, err, engine.ErrNotFound)
	wantError(t, docs.Delete(f.ctx, "restapi", "absent", r1), engine.ErrNotFound)
}

func wantConflict(t *testing.T, err error, current engine.Revision) {
	t.Helper()
	wantError(t, err, engine.ErrConflict)
	var conflict *engine.ConflictError
	if !errors.As(err, &conflict) || conflict.Current != current {
		t.Fatalf("got %v, want a conflict with revision %d", err, current)
	}
}

func deletedKeysCanBeCreatedAgain(t *testing.T, f *fixture) {
	rev := f.create(t, "restapi", "a", "one")
	for i := range 3 {
		noError(t, f.Docs().Delete(f.ctx, "restapi", "a", rev))
		_, err := f.Docs().Get(f.ctx, "restapi", "a")
		wantError(t, err, engine.ErrNotFound)
		wantError(t, f.Docs().Delete(f.ctx, "restapi", "a", rev), engine.ErrNotFound)
		_, err = f.Docs().Update(f.ctx, "restapi", "a", nil, rev+1) // the revision of the deletion, perhaps
		wantError(t, err, engine.ErrNotFound)
		next := f.create(t, "restapi", "a", strconv.Itoa(i))
		if next <= rev {
			t.Fatalf("revision %d after %d", next, rev)
		}
		rev = next
	}
	f.expect(t, "restapi", "a", []byte("2"), rev)
}

// oddKeys would be special somewhere: in subjects, paths, encodings.
var oddKeys = []string{".", "..", "*", ">", "a.b", "a*", "a>", " ", "a b", "/", "\\", "%00", "\x00", "\x7f", "\r\n", "ä", "日本", "🙂",
	"A", "a", "_", "-", "=", "$JS.API", "docs.restapi.YQ", "'\"`", strings.Repeat("k", engine.MaxKeyBytes), strings.Repeat("\u00ff", engine.MaxKeyBytes/2)}

func keysAreAnyUTF8(t *testing.T, f *fixture) {
	revs := map[string]engine.Revision{}
	for _, key := range oddKeys {
		revs[key] = f.create(t, "restapi", key, "content of "+key)
	}
	for _, key := range oddKeys {
		f.expect(t, "restapi", key, []byte("content of "+key), revs[key])
	}
	page, err := f.Docs().List(f.ctx, "restapi", engine.Query{})
	noError(t, err)
	want := slices.Sorted(slices.Values(oddKeys))
	if got := keysOf(page.Entries); !slices.Equal(got, want) {
		t.Fatalf("got keys %q, want %q", got, want)
	}
}

func keysOf(entries []engine.Entry) []string {
	keys := []string{}
	for _, e := range entries {
		keys = append(keys, e.Key)
	}
	return keys
}

func namesAndSizesAreBounded(t *testing.T, f *fixture) {
	docs := f.Docs()
	for _, bucket := range []string{"", "_leases", "A", "a.b", "a*", ">", "0a", "-a", "a b", "ä", strings.Repeat("b", engine.MaxBucketBytes+1)} {
		_, err := docs.Get(f.ctx, bucket, "a")
		wantError(t, err, engine.ErrInvalid)
		_, err = docs.List(f.ctx, bucket, engine.Query{})
		wantError(t, err, engine.ErrInvalid)
		_, err = docs.Watch(f.ctx, bucket, engine.FromNow)
		wantError(t, err, engine.ErrInvalid)
	}
	for _, key := range []string{"", "\xff", strings.Repeat("k", engine.MaxKeyBytes+1)} {
		_, err := docs.Get(f.ctx, "restapi", key)
		wantError(t, err, engine.ErrInvalid)
		_, err = docs.Create(f.ctx, "restapi", key, nil)
		wantError(t, err, engine.ErrInvalid)
		_, err = docs.Update(f.ctx, "restapi", key, nil, 1)
		wantError(t, err, engine.ErrInvalid)
		wantError(t, docs.Delete(f.ctx, "restapi", key, 1), engine.ErrInvalid)
	}
	tooMuch := make([]byte, engine.MaxDocumentBytes+1)
	_, err := docs.Create(f.ctx, "restapi", "a", tooMuch)
	wantError(t, err, engine.ErrInvalid)
	_, err = f.Snapshots().Put(f.ctx, tooMuch)
	wantError(t, err, engine.ErrInvalid)
	for _, limit := range []int{-1, engine.MaxPage + 1} {
		_, err = docs.List(f.ctx, "restapi", engine.Query{Limit: limit})
		wantError(t, err, engine.ErrInvalid)
	}
	_, err = f.Leases().Acquire(f.ctx, "a", 0)
	wantError(t, err, engine.ErrInvalid)
	_, err = f.Leases().Acquire(f.ctx, "a", engine.MaxLease+1)
	wantError(t, err, engine.ErrInvalid)
}

// documentsOfEverySizeComeBack covers the sizes around which a store may change how it keeps them.
func documentsOfEverySizeComeBack(t *testing.T, f *fixture) {
	rev := f.create(t, "restapi", "big", "small")
	for _, size := range []int{1, 64 << 10, 900 << 10, 900<<10 + 1, 1 << 20, 5 << 20, 100} {
		for _, data := range [][]byte{noise(size), bytes.Repeat([]byte("x"), size)} {
			rev = f.update(t, "restapi", "big", string(data), rev)
			f.expect(t, "restapi", "big", data, rev)
		}
	}
	large := noise(2 << 20)
	_, err := f.Docs().Create(f.ctx, "restapi", "big", large)
	wantError(t, err, engine.ErrExists)
	_, err = f.Docs().Update(f.ctx, "restapi", "big", large, rev-1)
	wantConflict(t, err, rev)
	rev = f.update(t, "restapi", "big", string(large), rev)
	noError(t, f.Docs().Delete(f.ctx, "restapi", "big", rev))
	_, err = f.Docs().Get(f.ctx, "restapi", "big")
	wantError(t, err, engine.ErrNotFound)
	most := bytes.Repeat([]byte("0123456789abcdef"), engine.MaxDocumentBytes/16)
	f.expect(t, "restapi", "big", most, f.create(t, "restapi", "big", string(most)))
}

const writers = 16

func sixteenWritersLoseNoUpdate(t *testing.T, f *fixture) {
	const each = 10
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				line := fmt.Sprintf("%d/%d\n", w, i)
				_, err := engine.Change(f.ctx, f.Docs(), "restapi", "shared", func(old []byte) ([]byte, error) {
					return append(slices.Clone(old), line...), nil
				})
				if err != nil {
					t.Errorf("writer %d: %v", w, err)
				}
			}
		})
	}
	wg.Wait()
	doc, err := f.Docs().Get(f.ctx, "restapi", "shared")
	noError(t, err)
	lines := strings.Fields(string(doc.Data))
	seen := map[string]int{}
	for _, l := range lines {
		seen[l]++
	}
	if len(lines) != writers*each || len(seen) != writers*each {
		t.Fatalf("got %d lines, %d of them different, want %d", len(lines), len(seen), writers*each)
	}
}

func oneOfManyCreatorsWins(t *testing.T, f *fixture) {
	for _, size := range []int{10, 1 << 20} { // inside the record, and beside it
		key := strconv.Itoa(size)
		revs := make([]engine.Revision, writers)
		var wg sync.WaitGroup
		for w := range writers {
			wg.Go(func() {
				var err error
				revs[w], err = f.Docs().Create(f.ctx, "restapi", key, bytes.Repeat([]byte{byte(w)}, size))
				if err != nil && !errors.Is(err, engine.ErrExists) {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		winner := slices.IndexFunc(revs, func(r engine.Revision) bool { return r > 0 })
		if winner < 0 {
			t.Fatal("nobody won")
		}
		for w, rev := range revs {
			if w != winner && rev > 0 {
				t.Fatalf("writers %d and %d both won", winner, w)
			}
		}
		f.expect(t, "restapi", key, bytes.Repeat([]byte{byte(winner)}, size), revs[winner])
	}
}

func changeCreatesSkipsAndStops(t *testing.T, f *fixture) {
	set := func(data []byte, err error) func([]byte) ([]byte, error) {
		return func([]byte) ([]byte, error) { return data, err }
	}
	rev, err := engine.Change(f.ctx, f.Docs(), "restapi", "a", set([]byte("one"), nil))
	noError(t, err)
	f.expect(t, "restapi", "a", []byte("one"), rev)
	same, err := engine.Change(f.ctx, f.Docs(), "restapi", "a", set(nil, nil))
	if err != nil || same != rev {
		t.Fatalf("got revision %d and %v for no change, want %d", same, err, rev)
	}
	stop := errors.New("stop")
	_, err = engine.Change(f.ctx, f.Docs(), "restapi", "a", set([]byte("two"), stop))
	wantError(t, err, stop)
	f.expect(t, "restapi", "a", []byte("one"), rev)
	ctx, cancel := context.WithCancelCause(f.ctx)
	_, err = engine.Change(ctx, f.Docs(), "restapi", "a", func([]byte) ([]byte, error) {
		cancel(stop)
		return []byte("two"), nil
	})
	wantError(t, err, stop)
	f.expect(t, "restapi", "a", []byte("one"), rev)
	tries := 0
	_, err = engine.Change(f.ctx, f.Docs(), "restapi", "a", func([]byte) ([]byte, error) {
		tries++
		current, err := f.Docs().Get(f.ctx, "restapi", "a")
		noError(t, err)
		f.update(t, "restapi", "a", "faster", current.Revision) // always faster
		return []byte("two"), nil
	})
	wantError(t, err, engine.ErrConflict)
	if tries < 10 {
		t.Fatalf("gave up after %d tries", tries)
	}
}
