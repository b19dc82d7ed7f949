package backup

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/internal/engine"
)

// saveTries bounds how often Save looks for a moment without writes: each try reads again only what changed.
const saveTries = 50

var (
	// ErrBusy means that documents changed during every try.
	ErrBusy = errors.New("documents change too fast for a backup")
	// ErrNotEmpty means that the engine to restore into has documents or snapshots.
	ErrNotEmpty = errors.New("engine is not empty")
)

// Save writes all documents and snapshots of e to w, and says how much that was. It keeps the documents in a temporary
// file until it knows that none changed meanwhile. A document or snapshot that is corrupt ends it with that error: a
// backup that leaves something out would be found out too late. After an error, what was written to w is no backup.
func Save(ctx context.Context, e engine.Engine, w io.Writer) (Count, error) {
	s, err := newSpool()
	if err != nil {
		return Count{}, err
	}
	defer s.close()
	docs, err := settle(ctx, e.Docs(), s)
	if err != nil {
		return Count{}, err
	}
	buffered := bufio.NewWriter(w)
	out, err := newWriter(buffered)
	if err != nil {
		return Count{}, fmt.Errorf("write backup: %w", err)
	}
	for _, n := range slices.SortedFunc(maps.Keys(docs), name.compare) {
		data, err := s.read(docs[n].at, docs[n].size)
		if err != nil {
			return Count{}, err
		}
		if err := out.write(entry{Bucket: n.bucket, Key: n.key}, data); err != nil {
			return Count{}, fmt.Errorf("write backup: %w", err)
		}
	}
	if err := saveSnapshots(ctx, e.Snapshots(), out); err != nil {
		return Count{}, err
	}
	if err := errors.Join(out.end(), buffered.Flush()); err != nil {
		return Count{}, fmt.Errorf("write backup: %w", err)
	}
	return out.count, nil
}

// saveSnapshots runs after the documents were read: what these refer to is there, and what is removed now they no
// longer need.
func saveSnapshots(ctx context.Context, snaps engine.Snapshots, out *writer) error {
	digests, err := snaps.List(ctx)
	if err != nil {
		return err
	}
	for _, d := range digests {
		data, err := snaps.Get(ctx, d)
		if errors.Is(err, engine.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		if err := out.write(entry{Snapshot: true}, data); err != nil {
			return fmt.Errorf("write backup: %w", err)
		}
	}
	return nil
}

type name struct{ bucket, key string }

func (n name) compare(m name) int {
	if c := strings.Compare(n.bucket, m.bucket); c != 0 {
		return c
	}
	return strings.Compare(n.key, m.key)
}

// saved is a document in the spool.
type saved struct {
	rev  engine.Revision
	at   int64
	size int
}

// settle reads all documents, until two lists of them with nothing read in between are the same.
func settle(ctx context.Context, docs engine.Docs, s *spool) (map[name]saved, error) {
	have := map[name]saved{}
	for range saveTries {
		listed, err := listAll(ctx, docs)
		if err != nil {
			return nil, err
		}
		maps.DeleteFunc(have, func(n name, d saved) bool { return listed[n] != d.rev })
		if len(have) == len(listed) {
			return have, nil // at the time of this list nothing had changed since each was read
		}
		for n := range listed {
			if _, there := have[n]; there {
				continue
			}
			doc, err := docs.Get(ctx, n.bucket, n.key)
			if errors.Is(err, engine.ErrNotFound) {
				continue
			}
			if err != nil {
				return nil, err
			}
			at, err := s.write(doc.Data)
			if err != nil {
				return nil, err
			}
			have[n] = saved{rev: doc.Revision, at: at, size: len(doc.Data)}
		}
	}
	return nil, ErrBusy
}

func listAll(ctx context.Context, docs engine.Docs) (map[name]engine.Revision, error) {
	buckets, err := docs.Buckets(ctx)
	if err != nil {
		return nil, err
	}
	all := map[name]engine.Revision{}
	for _, b := range buckets {
		for q := (engine.Query{}); ; {
			page, err := docs.List(ctx, b, q)
			if err != nil {
				return nil, err
			}
			for _, e := range page.Entries {
				all[name{b, e.Key}] = e.Revision
			}
			if page.Next == "" {
				break
			}
			q.After = page.Next
		}
	}
	return all, nil
}

// Load restores a backup into an empty engine, and says how much that was. It reads all of r and checks it before it
// writes anything: ErrDamaged means that the engine is as empty as before. After other errors it may hold a part.
func Load(ctx context.Context, r io.Reader, e engine.Engine) (Count, error) {
	if err := checkEmpty(ctx, e); err != nil {
		return Count{}, err
	}
	s, err := newSpool()
	if err != nil {
		return Count{}, err
	}
	defer s.close()
	keep := func(context.Context, entry, []byte) error { return nil }
	if _, err := readAll(ctx, io.TeeReader(r, s.file), keep); err != nil {
		return Count{}, err
	}
	if _, err := s.file.Seek(0, io.SeekStart); err != nil {
		return Count{}, fmt.Errorf("restore: %w", err)
	}
	return readAll(ctx, s.file, func(ctx context.Context, en entry, data []byte) error {
		var err error
		if en.Snapshot {
			_, err = e.Snapshots().Put(ctx, data)
		} else {
			_, err = e.Docs().Create(ctx, en.Bucket, en.Key, data)
		}
		if err != nil {
			return fmt.Errorf("restore %s: %w", en.name(), err)
		}
		return nil
	})
}

func checkEmpty(ctx context.Context, e engine.Engine) error {
	buckets, err := e.Docs().Buckets(ctx)
	if err != nil {
		return err
	}
	snaps, err := e.Snapshots().List(ctx)
	if err != nil {
		return err
	}
	if len(buckets) > 0 || len(snaps) > 0 {
		return ErrNotEmpty
	}
	return nil
}

// readAll calls fn with every entry of a backup.
func readAll(ctx context.Context, from io.Reader, fn func(context.Context, entry, []byte) error) (Count, error) {
	r, err := newReader(from)
	if err != nil {
		return Count{}, err
	}
	for {
		en, data, err := r.next()
		if errors.Is(err, io.EOF) {
			return r.count, nil
		}
		if err == nil {
			err = context.Cause(ctx)
		}
		if err == nil {
			err = fn(ctx, en, data)
		}
		if err != nil {
			return r.count, err
		}
	}
}

// A spool is a temporary file that has no name any more.
type spool struct {
	file *os.File
	end  int64
}

func newSpool() (*spool, error) {
	f, err := os.CreateTemp("", "gatehouse-backup-*")
	if err != nil {
		return nil, fmt.Errorf("backup: %w", err)
	}
	if err := os.Remove(f.Name()); err != nil {
		return nil, errors.Join(fmt.Errorf("backup: %w", err), f.Close())
	}
	return &spool{file: f}, nil
}

func (s *spool) write(data []byte) (at int64, err error) {
	at = s.end
	if _, err := s.file.WriteAt(data, at); err != nil {
		return 0, fmt.Errorf("backup: %w", err)
	}
	s.end += int64(len(data))
	return at, nil
}

func (s *spool) read(at int64, size int) ([]byte, error) {
	data := make([]byte, size)
	if _, err := s.file.ReadAt(data, at); err != nil && size > 0 {
		return nil, fmt.Errorf("backup: %w", err)
	}
	return data, nil
}

func (s *spool) close() { s.file.Close() }
