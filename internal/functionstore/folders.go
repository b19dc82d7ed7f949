package functionstore

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/engine"
)

const (
	// keepUnused is how long code stays that no version uses any more: environments of an older version may still run, for as long
	// as a function may take. Spec: functions D2.
	keepUnused = 16 * time.Minute
	// unpackers is how many zip files are unpacked at a time: each is in memory while it is.
	unpackers = 2
	// partial begins the names of folders that are being made or removed.
	partial = ".partial-"
	// bootFile names the start of the machine in which the folders were written: what was written before another one may not have
	// reached the disk whole, and is made again.
	bootFile = ".boot"
)

// folders are the unpacked code files, each in a folder named after its digest.
type folders struct {
	dir       string
	snapshots engine.Snapshots
	now       func() time.Time
	slots     chan struct{}

	mu  sync.Mutex
	all map[string]*folder // by digest
}

// folder is one unpacked code file. users and unused are guarded by folders.mu.
type folder struct {
	turn   chan struct{} // holds a token while nobody unpacks it
	whole  bool          // it is there; who has the turn may read and set it
	users  int
	unused time.Time // since when nobody uses it
}

func newFolders(dir string, snapshots engine.Snapshots, now func() time.Time) *folders {
	return &folders{dir: dir, snapshots: snapshots, now: now, slots: make(chan struct{}, unpackers), all: make(map[string]*folder)}
}

func (f *folders) path(digest string) string { return filepath.Join(f.dir, digest) }

// open makes the directory of the folders, and removes what a process before this one left half done. What it left whole is kept
// for those who ask for it.
func (f *folders) open() error {
	if err := os.MkdirAll(f.dir, 0o700); err != nil {
		return err
	}
	boot := bootID()
	known, err := os.ReadFile(filepath.Join(f.dir, bootFile))
	keep := err == nil && sameBoot(string(known), boot)
	entries, err := os.ReadDir(f.dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if keep && !strings.HasPrefix(e.Name(), partial) {
			continue
		}
		if err := os.RemoveAll(filepath.Join(f.dir, e.Name())); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(f.dir, bootFile), []byte(boot), 0o600)
}

// use returns the folder with the code of a digest, and unpacks it if need be. Who has it gives it back with release.
func (f *folders) use(ctx context.Context, digest string) (dir string, err error) {
	f.mu.Lock()
	d := f.folder(digest)
	d.users++
	f.mu.Unlock()
	if err := f.fill(ctx, d, digest); err != nil {
		f.release(digest)
		return "", err
	}
	return f.path(digest), nil
}

// fill sees that a folder is there, once.
func (f *folders) fill(ctx context.Context, d *folder, digest string) error {
	select {
	case <-d.turn:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	defer func() { d.turn <- struct{}{} }()
	if d.whole {
		return nil
	}
	_, err := os.Stat(f.path(digest))
	if errors.Is(err, fs.ErrNotExist) {
		err = f.unpack(ctx, digest)
	}
	d.whole = err == nil
	return err
}

// unpack makes a folder so that there is nothing or all of it.
func (f *folders) unpack(ctx context.Context, digest string) (err error) {
	select {
	case f.slots <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	defer func() { <-f.slots }()
	d, err := engine.ParseDigest(digest)
	if err != nil {
		return err
	}
	data, err := f.snapshots.Get(ctx, d)
	if err != nil {
		return err
	}
	tmp, err := os.MkdirTemp(f.dir, partial)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(tmp))
		}
	}()
	if err := unzip(ctx, data, tmp); err != nil {
		return err
	}
	if err := os.Chmod(tmp, 0o755); err != nil {
		return err
	}
	return os.Rename(tmp, f.path(digest))
}

// release gives a folder back.
func (f *folders) release(digest string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if d := f.all[digest]; d != nil {
		if d.users--; d.users == 0 {
			d.unused = f.now()
		}
	}
}

// pin keeps the code of a digest until release is called, whether it is unpacked or not.
func (f *folders) pin(digest string) (release func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.folder(digest).users++
	return sync.OnceFunc(func() { f.release(digest) })
}

// folder finds or makes what is known of a digest. f.mu is held.
func (f *folders) folder(digest string) *folder {
	d := f.all[digest]
	if d == nil {
		d = &folder{turn: make(chan struct{}, 1)}
		d.turn <- struct{}{}
		f.all[digest] = d
	}
	return d
}

// unused lists the digests that nobody has used for keepUnused, and those of folders that nobody in this process ever used.
func (f *folders) unused() ([]string, error) {
	entries, err := os.ReadDir(f.dir)
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	var digests []string
	for _, e := range entries {
		if _, err := engine.ParseDigest(e.Name()); err == nil && f.all[e.Name()] == nil {
			digests = append(digests, e.Name())
		}
	}
	for digest := range f.all {
		if f.isUnused(digest) {
			digests = append(digests, digest)
		}
	}
	return digests, nil
}

// isUnused reports whether nobody has used a digest for keepUnused, or ever. f.mu is held.
func (f *folders) isUnused(digest string) bool {
	d := f.all[digest]
	return d == nil || d.users == 0 && f.now().Sub(d.unused) >= keepUnused
}

// remove removes the code of a digest, unpacked and not, unless somebody uses it by now.
func (f *folders) remove(ctx context.Context, digest string) error {
	gone, err := f.forget(ctx, digest)
	if err == nil && gone != "" {
		err = os.RemoveAll(gone)
	}
	if err != nil {
		return fmt.Errorf("code %s: %w", digest, err)
	}
	return nil
}

// forget takes the code of a digest away from those who might ask for it. It returns where its folder is now; "": there is none.
// Who asks meanwhile waits: then there is either all of it or nothing.
func (f *folders) forget(ctx context.Context, digest string) (gone string, err error) {
	d, err := engine.ParseDigest(digest)
	if err != nil {
		return "", err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.isUnused(digest) {
		return "", nil
	}
	if err := f.snapshots.Delete(ctx, d); err != nil && !errors.Is(err, engine.ErrNotFound) {
		return "", err
	}
	delete(f.all, digest)
	gone = filepath.Join(f.dir, partial+"gone-"+digest)
	if err := os.Rename(f.path(digest), gone); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return "", nil // it was never unpacked
		}
		return "", err
	}
	return gone, nil
}
