package jetstream

import (
	"context"
	"errors"
	"testing"
	"time"

	js "github.com/nats-io/nats.go/jetstream"

	"github.com/gatehouse-gateway/gatehouse/internal/engine"
)

func mustOpen(t *testing.T, dir string) *Engine {
	t.Helper()
	e, err := Open(t.Context(), Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func mustClose(t *testing.T, e *Engine) {
	t.Helper()
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
}

// messages counts what a stream holds.
func messages(t *testing.T, s js.Stream) uint64 {
	t.Helper()
	info, err := s.Info(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return info.State.Msgs
}

func TestOldDeletionsAreForgotten(t *testing.T) {
	e := mustOpen(t, t.TempDir())
	defer mustClose(t, e)
	ctx, docs := t.Context(), e.Docs()
	rev, err := docs.Create(ctx, "restapi", "a", nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := docs.Delete(ctx, "restapi", "a", rev); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		before time.Time
		left   uint64
	}{{time.Now().Add(-time.Hour), 1}, {time.Now().Add(time.Hour), 0}} {
		if err := e.docs.forgetDeletions(ctx, step.before); err != nil {
			t.Fatal(err)
		}
		if n := messages(t, e.docs.stream); n != step.left {
			t.Fatalf("%d messages are left, want %d", n, step.left)
		}
	}
	next, err := docs.Create(ctx, "restapi", "a", nil)
	if err != nil || next <= rev {
		t.Fatalf("got revision %d, %v after %d", next, err, rev)
	}
}

func TestReplacedObjectsGoAtOnceAndOthersAtOpen(t *testing.T) {
	dir := t.TempDir()
	e := mustOpen(t, dir)
	ctx := t.Context()
	large := make([]byte, inlineBytes+1)
	rev, err := e.Docs().Create(ctx, "restapi", "a", large)
	if err != nil {
		t.Fatal(err)
	}
	one := messages(t, e.docs.objects.stream)
	large[0] = 1
	if rev, err = e.Docs().Update(ctx, "restapi", "a", large, rev); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Docs().Update(ctx, "restapi", "a", large, rev-1); !errors.Is(err, engine.ErrConflict) {
		t.Fatalf("got %v", err)
	}
	if n := messages(t, e.docs.objects.stream); n != one {
		t.Fatalf("%d messages for one object, %d after replacing it", one, n)
	}
	// What a process leaves that is killed between object and record, and between the parts of an object.
	if err := e.docs.objects.put(ctx, objectName("restapi", "a"), large); err != nil {
		t.Fatal(err)
	}
	if _, err := e.js.Publish(ctx, e.docs.objects.chunkSubject("part"), large[:100]); err != nil {
		t.Fatal(err)
	}
	mustClose(t, e)
	e = mustOpen(t, dir)
	defer mustClose(t, e)
	if n := messages(t, e.docs.objects.stream); n != one {
		t.Fatalf("%d messages for one object, %d after the next start", one, n)
	}
	if doc, err := e.Docs().Get(ctx, "restapi", "a"); err != nil || doc.Data[0] != 1 {
		t.Fatalf("got %v", err)
	}
}

// TestWatchGoesOnAfterALostConnection cuts the connection under a watch.
func TestWatchGoesOnAfterALostConnection(t *testing.T) {
	e := mustOpen(t, t.TempDir())
	defer mustClose(t, e)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	w, err := e.Docs().Watch(ctx, "restapi", engine.FromNow)
	if err != nil {
		t.Fatal(err)
	}
	var rev engine.Revision
	for i := range 6 {
		if i%2 == 1 {
			if err := e.nc.ForceReconnect(); err != nil {
				t.Fatal(err)
			}
		}
		rev, err = engine.Change(ctx, e.Docs(), "restapi", "a", func([]byte) ([]byte, error) { return []byte{byte(i)}, nil })
		if err != nil {
			t.Fatal(err)
		}
		if ev, err := w.Next(); err != nil || ev.Revision != rev {
			t.Fatalf("got %+v, %v, want revision %d", ev, err, rev)
		}
	}
}
