package jetstream_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/engine"
	"github.com/gatehouse-gateway/gatehouse/internal/engine/enginetest"
	"github.com/gatehouse-gateway/gatehouse/internal/engine/jetstream"
)

func TestRestartKeepsEverything(t *testing.T) {
	ctx, dir, clock := t.Context(), t.TempDir(), enginetest.NewClock()
	opts := jetstream.Options{Dir: dir, Now: clock.Now}
	e := open(t, opts)
	large := bytes.Repeat([]byte("large"), 1<<20)
	small, err := e.Docs().Create(ctx, "restapi", "small", []byte("small"))
	noError(t, err)
	big, err := e.Docs().Create(ctx, "restapi", "big", large)
	noError(t, err)
	gone, err := e.Docs().Create(ctx, "restapi", "gone", nil)
	noError(t, err)
	noError(t, e.Docs().Delete(ctx, "restapi", "gone", gone))
	digest, err := e.Snapshots().Put(ctx, large)
	noError(t, err)
	lease, err := e.Leases().Acquire(ctx, "a", time.Minute)
	noError(t, err)
	closeEngine(t, e)

	e = open(t, opts)
	defer closeEngine(t, e)
	for key, want := range map[string]struct {
		rev  engine.Revision
		data []byte
	}{"small": {small, []byte("small")}, "big": {big, large}} {
		doc, err := e.Docs().Get(ctx, "restapi", key)
		if err != nil || doc.Revision != want.rev || !bytes.Equal(doc.Data, want.data) {
			t.Fatalf("%s: got revision %d with %d bytes, %v", key, doc.Revision, len(doc.Data), err)
		}
	}
	_, err = e.Docs().Get(ctx, "restapi", "gone")
	wantError(t, err, engine.ErrNotFound)
	w, err := e.Docs().Watch(ctx, "restapi", small)
	noError(t, err)
	for _, key := range []string{"big", "gone"} {
		if ev, err := w.Next(); err != nil || ev.Key != key || ev.Deleted != (key == "gone") {
			t.Fatalf("got event %+v, %v, want %s", ev, err, key)
		}
	}
	if data, err := e.Snapshots().Get(ctx, digest); err != nil || !bytes.Equal(data, large) {
		t.Fatalf("snapshot: got %d bytes, %v", len(data), err)
	}
	_, err = e.Leases().Acquire(ctx, "a", time.Minute)
	wantError(t, err, engine.ErrHeld)
	_, err = e.Leases().Renew(ctx, lease, time.Minute)
	noError(t, err)
}

func TestDirectoryIsLocked(t *testing.T) {
	dir := t.TempDir()
	e := open(t, jetstream.Options{Dir: dir})
	_, err := jetstream.Open(t.Context(), jetstream.Options{Dir: dir})
	wantError(t, err, engine.ErrLocked)
	if pid := fmt.Sprint("process ", os.Getpid()); !strings.Contains(err.Error(), pid) {
		t.Fatalf("got %v, want it to name %s", err, pid)
	}
	closeEngine(t, e)
	closeEngine(t, open(t, jetstream.Options{Dir: dir}))
}

func TestLayoutIsStamped(t *testing.T) {
	dir := t.TempDir()
	closeEngine(t, open(t, jetstream.Options{Dir: dir}))
	stamp := filepath.Join(dir, "VERSION")
	text, err := os.ReadFile(stamp)
	if err != nil || string(text) != "gatehouse-engine 1\n" {
		t.Fatalf("got %q, %v", text, err)
	}
	for text, want := range map[string]error{
		"gatehouse-engine 2\n": engine.ErrNewerLayout,
		"gatehouse-engine 0\n": engine.ErrCorrupt,
		"something else\n":     engine.ErrCorrupt,
		"":                     engine.ErrCorrupt,
	} {
		noError(t, os.WriteFile(stamp, []byte(text), 0o600))
		_, err := jetstream.Open(t.Context(), jetstream.Options{Dir: dir})
		wantError(t, err, want)
		if !strings.Contains(err.Error(), stamp) {
			t.Fatalf("got %v, want it to name %s", err, stamp)
		}
	}
	noError(t, os.Remove(stamp))
	_, err = jetstream.Open(t.Context(), jetstream.Options{Dir: dir})
	wantError(t, err, engine.ErrCorrupt)
}

func TestFilesAreForTheOwnerOnly(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	fill(t, dir, 3)
	closeEngine(t, open(t, jetstream.Options{Dir: dir}))
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		return err
	})
	noError(t, err)
}

func TestEveryGoroutineEnds(t *testing.T) {
	before := runtime.NumGoroutine()
	for range 2 {
		dir := t.TempDir()
		fill(t, dir, 3)
		e := open(t, jetstream.Options{Dir: dir})
		w, err := e.Docs().Watch(t.Context(), "restapi", 0)
		noError(t, err)
		_, err = w.Next()
		noError(t, err)
		closeEngine(t, e)
		_, err = jetstream.Open(t.Context(), jetstream.Options{Dir: filepath.Join(dir, "VERSION")})
		if err == nil {
			t.Fatal("a file was opened as a directory")
		}
	}
	deadline := time.After(5 * time.Second)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for runtime.NumGoroutine() > before {
		select {
		case <-tick.C:
		case <-deadline:
			stacks := make([]byte, 1<<20)
			t.Fatalf("%d goroutines before, %d after:\n%s", before, runtime.NumGoroutine(), stacks[:runtime.Stack(stacks, true)])
		}
	}
}

func noError(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantError(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("got error %v, want %v", err, want)
	}
}
