package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/engine"
	"github.com/gatehouse-gateway/gatehouse/internal/engine/memory"
	"github.com/gatehouse-gateway/gatehouse/internal/store"
)

type page struct {
	Text string `json:"text"` // a digest
}

// sweeping is a sweeper with one owner, and a clock.
func sweeping(t *testing.T) (*store.Sweeper, *store.Collection[page], *time.Time) {
	t.Helper()
	e := memory.New(memory.Options{})
	t.Cleanup(func() { _ = e.Close() })
	pages := store.New[page](e.Docs(), "pages")
	now := time.Unix(1_000_000, 0)
	return &store.Sweeper{
		Snapshots: e.Snapshots(), Now: func() time.Time { return now },
		Owners: []store.References{store.ReferencesOf(pages, func(p *page, refer func(string)) { refer(p.Text) })},
	}, pages, &now
}

func put(t *testing.T, s *store.Sweeper, text string) engine.Digest {
	t.Helper()
	d, err := s.Put(t.Context(), []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// sweep sweeps and compares what is removed.
func sweep(t *testing.T, s *store.Sweeper, want int) {
	t.Helper()
	if got, err := s.Sweep(t.Context()); err != nil || got != want {
		t.Errorf("%d snapshots were removed, %v; want %d", got, err, want)
	}
}

func TestSweepRemovesWhatNothingRefersTo(t *testing.T) {
	s, pages, now := sweeping(t)
	used, unused := put(t, s, "used"), put(t, s, "unused")
	if err := pages.Create(t.Context(), "a", &page{used.String()}); err != nil {
		t.Fatal(err)
	}
	sweep(t, s, 0)
	sweep(t, s, 0) // it was stored a moment ago: its document may still come
	*now = now.Add(2 * time.Hour)
	sweep(t, s, 1)
	if _, err := s.Get(t.Context(), unused); !errors.Is(err, engine.ErrNotFound) {
		t.Errorf("the unused one: %v", err)
	}
	if _, err := s.Get(t.Context(), used); err != nil {
		t.Errorf("the used one: %v", err)
	}
	if err := pages.Delete(t.Context(), "a", nil); err != nil {
		t.Fatal(err)
	}
	sweep(t, s, 0) // for the first time
	put(t, s, "used")
	sweep(t, s, 0) // stored again
	*now = now.Add(2 * time.Hour)
	sweep(t, s, 1)
}

func TestSweepRemovesNothingWhenADocumentCannotBeRead(t *testing.T) {
	s, _, now := sweeping(t)
	put(t, s, "unused")
	sweep(t, s, 0)
	*now = now.Add(2 * time.Hour)
	broken := errors.New("damaged")
	s.Owners = append(s.Owners, func(context.Context, func(string)) error { return broken })
	if n, err := s.Sweep(t.Context()); n != 0 || !errors.Is(err, broken) {
		t.Errorf("got %d, %v", n, err)
	}
}
