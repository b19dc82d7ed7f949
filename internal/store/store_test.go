package store_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/internal/engine"
	"github.com/gatehouse-gateway/gatehouse/internal/engine/memory"
	"github.com/gatehouse-gateway/gatehouse/internal/store"
)

type thing struct {
	Name  string
	Count int
	Text  string
}

func open(t *testing.T) engine.Engine {
	t.Helper()
	e := memory.New(memory.Options{})
	t.Cleanup(func() { _ = e.Close() })
	return e
}

func TestNoChangeIsLost(t *testing.T) {
	e := open(t)
	ctx := t.Context()
	// Two collections of one bucket stand for two processes: they know nothing of each other's locks.
	one, two := store.New[thing](e.Docs(), "things"), store.New[thing](e.Docs(), "things")
	if err := one.Create(ctx, "a", &thing{Name: "a"}); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i := range 16 {
		c := one
		if i%2 == 1 {
			c = two
		}
		wg.Go(func() {
			for range 10 {
				if _, err := c.Change(ctx, "a", func(v *thing) error { v.Count++; return nil }); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if got, err := two.Get(ctx, "a"); err != nil || got.Count != 160 {
		t.Errorf("got %+v, %v; want 160 changes", got, err)
	}
}

func TestFailedChangeLeavesTheDocument(t *testing.T) {
	c := store.New[thing](open(t).Docs(), "things")
	ctx := t.Context()
	if err := c.Create(ctx, "a", &thing{Name: "a"}); err != nil {
		t.Fatal(err)
	}
	no := errors.New("no")
	if _, err := c.Change(ctx, "a", func(v *thing) error { v.Name = "b"; return no }); !errors.Is(err, no) {
		t.Errorf("got %v", err)
	}
	if got, _ := c.Get(ctx, "a"); got.Name != "a" {
		t.Errorf("got %q", got.Name)
	}
	if err := c.Create(ctx, "a", &thing{}); !errors.Is(err, engine.ErrExists) {
		t.Errorf("second creation: got %v", err)
	}
	if err := c.Delete(ctx, "a", func(*thing) error { return no }); !errors.Is(err, no) {
		t.Errorf("refused deletion: got %v", err)
	}
	if err := c.Delete(ctx, "a", nil); err != nil {
		t.Error(err)
	}
	if _, err := c.Get(ctx, "a"); !errors.Is(err, engine.ErrNotFound) {
		t.Errorf("after deletion: got %v", err)
	}
	if _, err := c.Change(ctx, "a", func(*thing) error { return nil }); !errors.Is(err, engine.ErrNotFound) {
		t.Errorf("change after deletion: got %v", err)
	}
}

func TestChangeWaitsUntilTheContextEnds(t *testing.T) {
	c := store.New[thing](open(t).Docs(), "things")
	if err := c.Create(t.Context(), "a", &thing{}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	_, err := c.Change(t.Context(), "a", func(*thing) error {
		cancel()
		_, err := c.Change(ctx, "a", func(*thing) error { return nil })
		return err
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestListsAndViewsFollowChanges(t *testing.T) {
	c := store.New[thing](open(t).Docs(), "things")
	ctx := t.Context()
	view := store.NewView(c, func(v *thing) *string { name := v.Name; return &name })
	big := strings.Repeat("gatehouse ", 1000)
	for i := range 1200 {
		if err := c.Create(ctx, fmt.Sprintf("x/%04d", i), &thing{Name: fmt.Sprint(i), Text: big}); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Create(ctx, "y/1", &thing{Name: "other"}); err != nil {
		t.Fatal(err)
	}
	check := func(count int, first string) {
		t.Helper()
		all, err := c.All(ctx, "x/")
		if err != nil || len(all) != count || all[0].Value.Name != first || all[0].Value.Text != big {
			t.Errorf("list: got %d documents, %v", len(all), err)
		}
		names, err := view.All(ctx, "x/")
		if err != nil || len(names) != count || *names[0].Value != first {
			t.Errorf("view: got %d extracts, %v", len(names), err)
		}
	}
	check(1200, "0")
	if _, err := c.Change(ctx, "x/0000", func(v *thing) error { v.Name = "changed"; return nil }); err != nil {
		t.Fatal(err)
	}
	check(1200, "changed")
	if err := c.Delete(ctx, "x/0000", nil); err != nil {
		t.Fatal(err)
	}
	check(1199, "1")
}

func TestSnapshotIsWhatWasStored(t *testing.T) {
	e := open(t)
	want := thing{Name: "a", Text: strings.Repeat("b", 10_000)}
	digest, err := store.PutSnapshot(t.Context(), e.Snapshots(), &want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := store.ReadSnapshot[thing](t.Context(), e.Snapshots(), digest)
	if err != nil || *got != want {
		t.Errorf("got %+v, %v", got, err)
	}
	if _, err := store.ReadSnapshot[thing](t.Context(), e.Snapshots(), strings.Repeat("0", 64)); !errors.Is(err, engine.ErrNotFound) {
		t.Errorf("unknown: got %v", err)
	}
}
