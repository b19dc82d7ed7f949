package enginetest

import (
	"fmt"
	"slices"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/internal/engine"
)

func listsAreSortedAndPaged(t *testing.T, f *fixture) {
	revs := map[string]engine.Revision{}
	for i := range 25 {
		key := fmt.Sprintf("b/%02d", (i*7)%25)
		revs[key] = f.create(t, "restapi", key, "x")
	}
	f.create(t, "restapi", "a", "x")
	f.create(t, "restapi", "c", "x")
	f.create(t, "httpapi", "b/99", "x")
	revs["b/03"] = f.update(t, "restapi", "b/03", "y", revs["b/03"])
	noError(t, f.Docs().Delete(f.ctx, "restapi", "b/04", revs["b/04"]))
	delete(revs, "b/04")

	for _, limit := range []int{1, 7, 24, 25, 0} {
		var got []engine.Entry
		q := engine.Query{Prefix: "b/", Limit: limit}
		for {
			page, err := f.Docs().List(f.ctx, "restapi", q)
			noError(t, err)
			if limit > 0 && len(page.Entries) > limit {
				t.Fatalf("%d entries on a page of %d", len(page.Entries), limit)
			}
			got = append(got, page.Entries...)
			if page.Next == "" {
				break
			}
			q.After = page.Next
		}
		keys := keysOf(got)
		if len(got) != len(revs) || !slices.IsSorted(keys) {
			t.Fatalf("pages of %d: got %d keys %q, want %d", limit, len(got), keys, len(revs))
		}
		for _, e := range got {
			if e.Revision != revs[e.Key] {
				t.Fatalf("%s: got revision %d, want %d", e.Key, e.Revision, revs[e.Key])
			}
		}
	}
	page, err := f.Docs().List(f.ctx, "nothing", engine.Query{})
	noError(t, err)
	if len(page.Entries) != 0 || page.Next != "" {
		t.Fatalf("an empty bucket has %v", page)
	}
}

func bucketsAreThoseWithDocuments(t *testing.T, f *fixture) {
	f.create(t, "restapi", "a", "x")
	f.create(t, "usageplan", "a", "x")
	rev := f.create(t, "httpapi", "a", "x")
	noError(t, f.Docs().Delete(f.ctx, "httpapi", "a", rev))
	_, err := f.Leases().Acquire(f.ctx, "a", engine.MaxLease)
	noError(t, err)
	got, err := f.Docs().Buckets(f.ctx)
	noError(t, err)
	if want := []string{"restapi", "usageplan"}; !slices.Equal(got, want) {
		t.Fatalf("got buckets %q, want %q", got, want)
	}
}
