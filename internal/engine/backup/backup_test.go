package backup_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"

	"github.com/gatehouse-gateway/gatehouse/internal/engine"
	"github.com/gatehouse-gateway/gatehouse/internal/engine/backup"
	"github.com/gatehouse-gateway/gatehouse/internal/engine/jetstream"
	"github.com/gatehouse-gateway/gatehouse/internal/engine/memory"
)

func newMemory(t testing.TB) engine.Engine {
	e := memory.New(memory.Options{})
	t.Cleanup(func() { e.Close() })
	return e
}

func newJetstream(t testing.TB) engine.Engine {
	t.Helper()
	e, err := jetstream.Open(context.Background(), jetstream.Options{Dir: t.TempDir()})
	noError(t, err)
	t.Cleanup(func() { e.Close() })
	return e
}

func noError(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// fill stores documents and snapshots of several kinds.
func fill(t testing.TB, e engine.Engine) {
	t.Helper()
	for _, bucket := range []string{"httpapi", "restapi"} {
		for n := range 10 {
			_, err := e.Docs().Create(t.Context(), bucket, fmt.Sprintf("%s\n\x00<%d>\u2028", bucket, n), bytes.Repeat([]byte{byte(n)}, n*n*100))
			noError(t, err)
		}
	}
	_, err := e.Docs().Create(t.Context(), "restapi", "large", bytes.Repeat([]byte("large"), 1<<19))
	noError(t, err)
	for n := range 4 {
		_, err := e.Snapshots().Put(t.Context(), bytes.Repeat([]byte{byte(n)}, n*500_000))
		noError(t, err)
	}
}

func save(t testing.TB, e engine.Engine) []byte {
	t.Helper()
	var out bytes.Buffer
	_, err := backup.Save(t.Context(), e, &out)
	noError(t, err)
	return out.Bytes()
}

func TestBackupsRestoreIntoEveryEngine(t *testing.T) {
	from := newMemory(t)
	fill(t, from)
	first := save(t, from)
	for name, to := range map[string]engine.Engine{"memory": newMemory(t), "jetstream": newJetstream(t)} {
		count, err := backup.Load(t.Context(), bytes.NewReader(first), to)
		noError(t, err)
		if count.Documents != 21 || count.Snapshots != 4 {
			t.Errorf("%s: restored %+v", name, count)
		}
		if again := save(t, to); !bytes.Equal(again, first) {
			t.Errorf("%s: the backup of the restored engine is another", name)
		}
		if _, err := backup.Load(t.Context(), bytes.NewReader(first), to); !errors.Is(err, backup.ErrNotEmpty) {
			t.Errorf("%s: restoring twice: got %v", name, err)
		}
	}
}

func TestEmptyEnginesHaveBackups(t *testing.T) {
	to := newMemory(t)
	count, err := backup.Load(t.Context(), bytes.NewReader(save(t, newMemory(t))), to)
	if err != nil || count != (backup.Count{}) {
		t.Fatalf("got %+v, %v", count, err)
	}
}

func TestDamagedBackupsAreRefusedWhole(t *testing.T) {
	from, to := newMemory(t), newMemory(t)
	_, err := from.Docs().Create(t.Context(), "restapi", "a", []byte("content"))
	noError(t, err)
	_, err = from.Snapshots().Put(t.Context(), []byte("snapshot"))
	noError(t, err)
	good := save(t, from)
	refuse := func(what string, data []byte) {
		t.Helper()
		_, err := backup.Load(t.Context(), bytes.NewReader(data), to)
		if !errors.Is(err, backup.ErrDamaged) && !errors.Is(err, engine.ErrNewerLayout) {
			t.Fatalf("%s: got %v", what, err)
		}
		if left := save(t, to); !bytes.Equal(left, save(t, newMemory(t))) {
			t.Fatalf("%s: a part was restored", what)
		}
	}
	for n := range good {
		refuse(fmt.Sprintf("cut at %d", n), good[:n])
		data := bytes.Clone(good)
		data[n] ^= 0x01
		refuse(fmt.Sprintf("altered at %d", n), data)
	}
	refuse("something after the end", append(bytes.Clone(good), '\n'))
	refuse("a long line", append([]byte("gatehouse-backup 1\n"), strings.Repeat(" ", 1<<20)...))
	_, err = backup.Load(t.Context(), strings.NewReader("gatehouse-backup 2\n"), to)
	if !errors.Is(err, engine.ErrNewerLayout) {
		t.Fatalf("got %v", err)
	}
}

// TestBackupIsOfOneMoment writes to two documents in turn: in no backup may the second be ahead of the first.
func TestBackupIsOfOneMoment(t *testing.T) {
	e := newMemory(t)
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	turn := make(chan struct{})
	wg.Go(func() {
		for n := 0; ctx.Err() == nil; n++ {
			for _, key := range []string{"b", "a"} { // read in the other order
				_, err := engine.Change(ctx, e.Docs(), "restapi", key, func([]byte) ([]byte, error) { return fmt.Appendf(nil, "%09d", n), nil })
				if err != nil && ctx.Err() == nil {
					t.Error(err)
				}
			}
			select {
			case turn <- struct{}{}:
			case <-ctx.Done():
			}
		}
	})
	<-turn
	for range 20 {
		var out bytes.Buffer
		_, err := backup.Save(t.Context(), slowed{e, turn}, &out)
		noError(t, err)
		to := newMemory(t)
		_, err = backup.Load(t.Context(), &out, to)
		noError(t, err)
		a, err := to.Docs().Get(t.Context(), "restapi", "a")
		noError(t, err)
		b, err := to.Docs().Get(t.Context(), "restapi", "b")
		noError(t, err)
		if string(a.Data) > string(b.Data) {
			t.Fatalf("a is at %s, and b, written before it, at %s", a.Data, b.Data)
		}
	}
	cancel()
	wg.Wait()
}

// slowed lets the writer write during the first reads.
type slowed struct {
	engine.Engine
	turn <-chan struct{}
}

func (s slowed) Docs() engine.Docs { return &slowDocs{s.Engine.Docs(), s.turn, 4} }

type slowDocs struct {
	engine.Docs
	turn <-chan struct{}
	left int
}

func (s *slowDocs) Get(ctx context.Context, bucket, key string) (engine.Document, error) {
	doc, err := s.Docs.Get(ctx, bucket, key)
	if s.left--; s.left >= 0 {
		<-s.turn
	}
	return doc, err
}

func TestCorruptDocumentsEndABackup(t *testing.T) {
	e := newMemory(t)
	fill(t, e)
	if _, err := backup.Save(t.Context(), corrupt{e}, io.Discard); !errors.Is(err, engine.ErrCorrupt) {
		t.Fatalf("got %v", err)
	}
}

type corrupt struct{ engine.Engine }

func (c corrupt) Docs() engine.Docs { return corruptDocs{c.Engine.Docs()} }

type corruptDocs struct{ engine.Docs }

func (corruptDocs) Get(_ context.Context, bucket, key string) (engine.Document, error) {
	return engine.Document{}, &engine.CorruptError{Bucket: bucket, Key: key}
}

func FuzzLoad(f *testing.F) {
	e := memory.New(memory.Options{})
	_, err := e.Docs().Create(context.Background(), "restapi", "a", []byte("content"))
	noError(f, err)
	var good bytes.Buffer
	_, err = backup.Save(context.Background(), e, &good)
	noError(f, err)
	f.Add(good.Bytes())
	f.Add([]byte("gatehouse-backup 1\n{\"size\":-1}\n"))
	f.Add([]byte("gatehouse-backup 1\n{\"end\":{}}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		to := newMemory(t)
		if _, err := backup.Load(t.Context(), bytes.NewReader(data), to); err != nil {
			if buckets, listErr := to.Docs().Buckets(t.Context()); errors.Is(err, backup.ErrDamaged) && (listErr != nil || len(buckets) > 0) {
				t.Fatalf("a part was restored: %v, %v", buckets, listErr)
			}
		}
	})
}
