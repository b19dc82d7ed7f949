package jetstream_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/internal/engine"
	"github.com/gatehouse-gateway/gatehouse/internal/engine/jetstream"
)

const streams = "jetstream/jetstream/$G/streams"

// content of document n: a text that no other file has.
func content(n int) []byte {
	return bytes.Repeat(fmt.Appendf(nil, "<content of %03d>", n), 20)
}

// fill makes a directory with documents, and returns their revisions.
func fill(t *testing.T, dir string, documents int) []engine.Revision {
	t.Helper()
	e := open(t, jetstream.Options{Dir: dir})
	defer closeEngine(t, e)
	var revs []engine.Revision
	for n := range documents {
		rev, err := e.Docs().Create(t.Context(), "restapi", keyOf(n), []byte("before"))
		if err != nil {
			t.Fatal(err)
		}
		if rev, err = e.Docs().Update(t.Context(), "restapi", keyOf(n), content(n), rev); err != nil {
			t.Fatal(err)
		}
		revs = append(revs, rev)
	}
	return revs
}

func keyOf(n int) string { return fmt.Sprintf("api %03d", n) }

func closeEngine(t testing.TB, e *jetstream.Engine) {
	t.Helper()
	if err := e.Close(); err != nil {
		t.Error(err)
	}
}

// change edits the only file below dir that has the text.
func change(t *testing.T, dir string, text []byte, edit func(data []byte, at int) []byte) (name string) {
	t.Helper()
	err := filepath.WalkDir(filepath.Join(dir, streams), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || name != "" || !strings.HasSuffix(path, ".blk") {
			return err
		}
		data, err := os.ReadFile(path)
		if at := bytes.Index(data, text); err == nil && at >= 0 {
			name = path
			err = os.WriteFile(path, edit(data, at), 0o600)
		}
		return err
	})
	if err != nil || name == "" {
		t.Fatalf("no file has %.40q: %v", text, err)
	}
	name, err = filepath.Rel(dir, name)
	if err != nil {
		t.Fatal(err)
	}
	return name
}

func flip(data []byte, at int) []byte {
	data[at] ^= 0x40
	return data
}

// kill makes a closed directory look like that of a killed process.
func kill(t *testing.T, dir string) {
	t.Helper()
	if err := os.Remove(filepath.Join(dir, "CLOSED")); err != nil {
		t.Fatal(err)
	}
}

func TestDamagedDocumentIsNamedAndOthersAreServed(t *testing.T) {
	const documents, bad = 30, 11
	for _, killed := range []bool{false, true} {
		t.Run(fmt.Sprintf("killed=%t", killed), func(t *testing.T) {
			dir := t.TempDir()
			revs := fill(t, dir, documents)
			file := change(t, dir, content(bad), flip)
			if killed {
				kill(t, dir)
			}
			e := open(t, jetstream.Options{Dir: dir})
			wantDamage(t, e, file, bad, revs[bad])
			for n := range documents {
				doc, err := e.Docs().Get(t.Context(), "restapi", keyOf(n))
				var corrupt *engine.CorruptError
				switch {
				case n == bad && errors.As(err, &corrupt) && corrupt.Key == keyOf(n) && corrupt.Bucket == "restapi" && corrupt.Revision == revs[n]:
				case n != bad && err == nil && bytes.Equal(doc.Data, content(n)) && doc.Revision == revs[n]:
				default:
					t.Fatalf("document %d: got %+v, %v", n, doc, err)
				}
			}
			copies, err := filepath.Glob(filepath.Join(dir, "damaged", "*"))
			if err != nil || len(copies) != 1 {
				t.Fatalf("the damaged file is kept as %q, %v", copies, err)
			}
			mend(t, e, dir, bad, revs)
		})
	}
}

func wantDamage(t *testing.T, e *jetstream.Engine, file string, bad int, rev engine.Revision) {
	t.Helper()
	damage := e.Damage()
	if len(damage) != 1 || damage[0].Bucket != "restapi" || damage[0].Key != keyOf(bad) || damage[0].File != file || damage[0].Revision != rev {
		t.Fatalf("got damage %v, want document %d at revision %d in %s", damage, bad, rev, file)
	}
}

// mend replaces the damaged document, and opens the directory again.
func mend(t *testing.T, e *jetstream.Engine, dir string, bad int, revs []engine.Revision) {
	t.Helper()
	if _, err := e.Docs().Create(t.Context(), "restapi", keyOf(bad), nil); !errors.Is(err, engine.ErrExists) {
		t.Fatalf("creating over a damaged document: got %v", err)
	}
	next, err := e.Docs().Update(t.Context(), "restapi", keyOf(bad), content(bad), revs[bad])
	if err != nil {
		t.Fatal(err)
	}
	if last := revs[len(revs)-1]; next <= last {
		t.Fatalf("revision %d after %d", next, last)
	}
	closeEngine(t, e)
	e = open(t, jetstream.Options{Dir: dir})
	defer closeEngine(t, e)
	if damage := e.Damage(); len(damage) > 0 {
		t.Fatalf("damage that was mended is listed: %v", damage)
	}
	for n := range revs {
		if doc, err := e.Docs().Get(t.Context(), "restapi", keyOf(n)); err != nil || !bytes.Equal(doc.Data, content(n)) {
			t.Fatalf("document %d: got %+v, %v", n, doc, err)
		}
	}
}

func TestDamagedLastDocumentDoesNotGiveItsRevisionAway(t *testing.T) {
	dir := t.TempDir()
	revs := fill(t, dir, 3)
	file := change(t, dir, content(2), flip)
	kill(t, dir)
	e := open(t, jetstream.Options{Dir: dir})
	wantDamage(t, e, file, 2, revs[2])
	mend(t, e, dir, 2, revs)
}

func TestDamageOfReplacedRevisionIsNoLoss(t *testing.T) {
	dir := t.TempDir()
	fill(t, dir, 3)
	change(t, dir, []byte("before"), flip)
	e := open(t, jetstream.Options{Dir: dir})
	defer closeEngine(t, e)
	if damage := e.Damage(); len(damage) > 0 {
		t.Fatalf("got damage %v", damage)
	}
	if doc, err := e.Docs().Get(t.Context(), "restapi", keyOf(0)); err != nil || !bytes.Equal(doc.Data, content(0)) {
		t.Fatalf("got %+v, %v", doc, err)
	}
}

func TestOverwrittenPageNamesItsDocuments(t *testing.T) {
	dir := t.TempDir()
	fill(t, dir, 60)
	change(t, dir, content(20), func(data []byte, at int) []byte {
		clear(data[at : at+4096])
		return data
	})
	e := open(t, jetstream.Options{Dir: dir})
	defer closeEngine(t, e)
	lost := map[string]bool{}
	for _, d := range e.Damage() {
		lost[d.Key] = true
	}
	if !lost[keyOf(20)] || len(lost) > 10 {
		t.Fatalf("got damage %v", e.Damage())
	}
	for n := range 60 {
		doc, err := e.Docs().Get(t.Context(), "restapi", keyOf(n))
		if err == nil && bytes.Equal(doc.Data, content(n)) {
			continue
		}
		if !lost[keyOf(n)] && !lost[""] {
			t.Errorf("document %d is lost, and nobody says so: %v", n, err)
		}
	}
}

func TestDamagedObjectsAreNamed(t *testing.T) {
	dir := t.TempDir()
	e := open(t, jetstream.Options{Dir: dir})
	large, snap := make([]byte, 2<<20), make([]byte, 1<<20)
	r := rand.NewChaCha8([32]byte{7})
	r.Read(large)
	r.Read(snap)
	rev, err := e.Docs().Create(t.Context(), "restapi", "large", large)
	if err != nil {
		t.Fatal(err)
	}
	good, err := e.Docs().Create(t.Context(), "restapi", "other", large)
	if err != nil {
		t.Fatal(err)
	}
	digest, err := e.Snapshots().Put(t.Context(), snap)
	if err != nil {
		t.Fatal(err)
	}
	closeEngine(t, e)
	change(t, dir, large[1_000_000:1_000_020], flip) // the first that has it: that of "large"
	change(t, dir, snap[500_000:500_020], flip)

	e = open(t, jetstream.Options{Dir: dir})
	defer closeEngine(t, e)
	damage := e.Damage()
	if len(damage) != 2 || damage[0].Key != "large" || damage[0].Revision != rev || damage[1].Snapshot != digest.String() {
		t.Fatalf("got damage %v", damage)
	}
	if _, err := e.Docs().Get(t.Context(), "restapi", "large"); !errors.Is(err, engine.ErrCorrupt) {
		t.Fatalf("got %v", err)
	}
	if _, err := e.Snapshots().Get(t.Context(), digest); !errors.Is(err, engine.ErrCorrupt) {
		t.Fatalf("got %v", err)
	}
	if doc, err := e.Docs().Get(t.Context(), "restapi", "other"); err != nil || doc.Revision != good {
		t.Fatalf("got %v", err)
	}
	if _, err := e.Snapshots().Put(t.Context(), snap); err != nil {
		t.Fatal(err)
	}
	if got, err := e.Snapshots().Get(t.Context(), digest); err != nil || !bytes.Equal(got, snap) {
		t.Fatalf("a snapshot stored again: got %d bytes, %v", len(got), err)
	}
}

// TestDamagedSnapshotsAreNamed is about snapshots small enough to be records.
func TestDamagedSnapshotsAreNamed(t *testing.T) {
	dir := t.TempDir()
	e := open(t, jetstream.Options{Dir: dir})
	snap := make([]byte, 10<<10)
	rand.NewChaCha8([32]byte{9}).Read(snap)
	digest, err := e.Snapshots().Put(t.Context(), snap)
	if err != nil {
		t.Fatal(err)
	}
	closeEngine(t, e)
	change(t, dir, snap[5000:5020], flip)

	e = open(t, jetstream.Options{Dir: dir})
	defer closeEngine(t, e)
	if damage := e.Damage(); len(damage) != 1 || damage[0].Snapshot != digest.String() || damage[0].Bucket != "" {
		t.Fatalf("got damage %v", damage)
	}
	var corrupt *engine.CorruptError
	if _, err := e.Snapshots().Get(t.Context(), digest); !errors.As(err, &corrupt) || corrupt.Snapshot != digest.String() {
		t.Fatalf("got %v", err)
	}
	if _, err := e.Snapshots().Put(t.Context(), snap); err != nil {
		t.Fatal(err)
	}
	if got, err := e.Snapshots().Get(t.Context(), digest); err != nil || !bytes.Equal(got, snap) {
		t.Fatalf("stored again: got %d bytes, %v", len(got), err)
	}
	if err := e.Snapshots().Delete(t.Context(), digest); err != nil {
		t.Fatal(err)
	}
	if all, err := e.Snapshots().List(t.Context()); err != nil || len(all) != 0 {
		t.Fatalf("a deleted one is listed: %v, %v", all, err)
	}
	if buckets, err := e.Docs().Buckets(t.Context()); err != nil || len(buckets) != 0 {
		t.Fatalf("snapshots are listed as documents: %v, %v", buckets, err)
	}
}

// TestLossOfFilesIsListed covers what carries no names.
func TestLossOfFilesIsListed(t *testing.T) {
	tests := []struct {
		name string
		harm func(string) error
		want string
	}{
		{"missing", os.Remove, "is missing"},
		{"cut short", func(name string) error { return os.Truncate(name, 5000) }, "bytes at its end are missing"},
		{"empty", func(name string) error { return os.Truncate(name, 0) }, "bytes at its end are missing"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			revs := fill(t, dir, 20)
			file := filepath.Join(streams, "DOCS/msgs/1.blk")
			if err := tt.harm(filepath.Join(dir, file)); err != nil {
				t.Fatal(err)
			}
			e := open(t, jetstream.Options{Dir: dir})
			defer closeEngine(t, e)
			var said bool
			for _, d := range e.Damage() {
				said = said || d.File == file && strings.Contains(d.Detail, tt.want)
			}
			if !said {
				t.Fatalf("got damage %v", e.Damage())
			}
			rev, err := e.Docs().Create(t.Context(), "restapi", "new", []byte("x"))
			if err != nil || rev <= revs[len(revs)-1] {
				t.Fatalf("got revision %d, %v after %d", rev, err, revs[len(revs)-1])
			}
		})
	}
}

func TestDamagedDescriptionIsRestored(t *testing.T) {
	dir := t.TempDir()
	fill(t, dir, 5)
	for _, file := range []string{"DOCS/meta.inf", "DOCS/meta.sum", "OBJ_snapshots/meta.inf"} {
		name := filepath.Join(dir, streams, file)
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, flip(data, len(data)/2), 0o600); err != nil {
			t.Fatal(err)
		}
		e := open(t, jetstream.Options{Dir: dir})
		if len(e.Damage()) != 1 || !strings.Contains(e.Damage()[0].Detail, "restored") {
			t.Errorf("%s: got damage %v", file, e.Damage())
		}
		if doc, err := e.Docs().Get(t.Context(), "restapi", keyOf(4)); err != nil || !bytes.Equal(doc.Data, content(4)) {
			t.Errorf("%s: got %+v, %v", file, doc, err)
		}
		closeEngine(t, e)
	}
}

func TestStreamThatCannotBeOpenedIsNamed(t *testing.T) {
	dir := t.TempDir()
	fill(t, dir, 5)
	for _, name := range []string{filepath.Join(dir, streams, "DOCS/meta.inf"), filepath.Join(dir, "streams/DOCS/meta.inf")} {
		if err := os.WriteFile(name, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	_, err := jetstream.Open(t.Context(), jetstream.Options{Dir: dir})
	if !errors.Is(err, engine.ErrCorrupt) || !strings.Contains(err.Error(), "stream DOCS") {
		t.Fatalf("got %v", err)
	}
}

// TestRandomDamageIsNeverServed flips bytes anywhere: what is read is right, or is said to be lost.
func TestRandomDamageIsNeverServed(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for round := range 12 {
		dir := t.TempDir()
		fill(t, dir, 12)
		if round%2 == 0 {
			kill(t, dir)
		}
		files, err := filepath.Glob(filepath.Join(dir, streams, "*/msgs/*"))
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			name := files[r.IntN(len(files))]
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if len(data) > 0 {
				data[r.IntN(len(data))] ^= byte(1 + r.IntN(255))
			}
			if err := os.WriteFile(name, data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		e := open(t, jetstream.Options{Dir: dir})
		checkServed(t, e, round)
		closeEngine(t, e)
	}
}

func checkServed(t *testing.T, e *jetstream.Engine, round int) {
	t.Helper()
	listed, unnamed := map[string]bool{}, false
	for _, d := range e.Damage() {
		listed[d.Key] = true
		unnamed = unnamed || d.Key == ""
	}
	for n := range 12 {
		doc, err := e.Docs().Get(context.Background(), "restapi", keyOf(n))
		switch right := err == nil && bytes.Equal(doc.Data, content(n)); {
		case right && !listed[keyOf(n)]:
		case errors.Is(err, engine.ErrCorrupt) && listed[keyOf(n)]:
		case !right && unnamed:
		default:
			t.Errorf("round %d, document %d: got %d bytes, %v; damage %v", round, n, len(doc.Data), err, e.Damage())
		}
	}
}
