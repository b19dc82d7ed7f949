package apikeys_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/internal/access/apikeys"
)

const value = "alice-0123456789abcdef"

func put(r *apikeys.Ring, value string, k apikeys.Key) { r.Put(apikeys.DigestOf(value), &k) }

func found(r *apikeys.Ring, value string) string {
	if k := r.Find(value); k != nil {
		return k.ID
	}
	return ""
}

func TestKeysAreFoundByTheirValue(t *testing.T) {
	var keys apikeys.Keys
	r := keys.In("1", "here")
	put(r, value, apikeys.Key{ID: "a", Enabled: true})
	longest := strings.Repeat("x", apikeys.MaxValue)
	put(r, longest, apikeys.Key{ID: "b"})
	for given, want := range map[string]string{
		value: "a", longest: "b", longest + "x": "", "": "", value + " ": "", strings.ToUpper(value): "", value[1:]: "",
	} {
		if got := found(r, given); got != want {
			t.Errorf("%q: got %q, want %q", given, got, want)
		}
	}
	if keys.In("1", "here") != r {
		t.Error("the ring is another one the second time")
	}
	for _, other := range []*apikeys.Ring{keys.In("2", "here"), keys.In("1", "there")} {
		if got := found(other, value); got != "" {
			t.Errorf("a key of another account or region is found: %s", got)
		}
	}
}

func TestChangesAreSeenAtOnce(t *testing.T) {
	r := new(apikeys.Keys).In("1", "here")
	put(r, value, apikeys.Key{ID: "a"})
	put(r, value, apikeys.Key{ID: "a", Enabled: true})
	if k := r.Find(value); k == nil || !k.Enabled || r.Len() != 1 {
		t.Errorf("got %+v, %d keys", k, r.Len())
	}
	put(r, "another-value-0123456789", apikeys.Key{ID: "a"})
	if found(r, value) != "" || found(r, "another-value-0123456789") != "a" || r.Len() != 1 {
		t.Error("a key has its old value besides its new one")
	}
	r.Remove("a")
	r.Remove("a")
	if found(r, "another-value-0123456789") != "" || r.Len() != 0 {
		t.Error("a removed key is found")
	}
}

// TestAValueBelongsToItsOldestKey: a second key of a value, which the store finds out and removes, takes it from nobody; and a key that
// is removed late leaves it to the one that has it now.
func TestAValueBelongsToItsOldestKey(t *testing.T) {
	r := new(apikeys.Keys).In("1", "here")
	put(r, value, apikeys.Key{ID: "old"})
	put(r, value, apikeys.Key{ID: "new"})
	put(r, value, apikeys.Key{ID: "old", Enabled: true})
	if k := r.Find(value); k == nil || k.ID != "old" || !k.Enabled {
		t.Errorf("got %+v", k)
	}
	r.Remove("new")
	if got := found(r, value); got != "old" {
		t.Errorf("got %q", got)
	}
	put(r, value, apikeys.Key{ID: "new"})
	r.Remove("old")
	if got := found(r, value); got != "new" {
		t.Errorf("got %q", got)
	}
}

func TestKeysMayChangeWhileTheyAreLookedUp(t *testing.T) {
	r := new(apikeys.Keys).In("1", "here")
	put(r, value, apikeys.Key{ID: "stays"})
	var wg sync.WaitGroup
	for n := range 4 {
		wg.Go(func() {
			for i := range 500 {
				id := fmt.Sprint(n, "-", i)
				put(r, "value-of-"+id, apikeys.Key{ID: id})
				if found(r, value) != "stays" || found(r, "value-of-"+id) != id {
					t.Errorf("%s is lost", id)
				}
				r.Remove(id)
			}
		})
	}
	wg.Wait()
	if r.Len() != 1 {
		t.Errorf("%d keys are left", r.Len())
	}
}

func TestFindingAllocatesNothing(t *testing.T) {
	r := new(apikeys.Keys).In("1", "here")
	put(r, value, apikeys.Key{ID: "a"})
	if got := testing.AllocsPerRun(100, func() { r.Find(value); r.Find("nobody-0123456789-0123456789-0123456789-0123456789") }); got != 0 {
		t.Errorf("%v allocations", got)
	}
}

func BenchmarkFind(b *testing.B) {
	for _, n := range []int{1, 10_000} {
		r := new(apikeys.Keys).In("1", "here")
		for i := range n {
			put(r, fmt.Sprintf("value-of-key-%032d", i), apikeys.Key{ID: fmt.Sprint(i)})
		}
		wanted := fmt.Sprintf("value-of-key-%032d", n-1)
		b.Run(fmt.Sprintf("%d keys", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if r.Find(wanted) == nil {
					b.Fatal("not found")
				}
			}
		})
	}
}

// BenchmarkPut changes one of 10,000 keys.
func BenchmarkPut(b *testing.B) {
	r := new(apikeys.Keys).In("1", "here")
	for i := range 10_000 {
		put(r, fmt.Sprintf("value-of-key-%032d", i), apikeys.Key{ID: fmt.Sprint(i)})
	}
	d, k := apikeys.DigestOf(fmt.Sprintf("value-of-key-%032d", 7)), &apikeys.Key{ID: "7"}
	b.ReportAllocs()
	for b.Loop() {
		r.Put(d, k)
	}
}
