package functionstore

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/engine"
	"github.com/gatehouse-gateway/gatehouse/internal/seal"
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

// folders are the unpacked code files, each in a folder named after its digest, and the layers that functions use together, each
// combination in a folder named by layersName.
type folders struct {
	dir       string
	snapshots engine.Snapshots
	box       *seal.Box
	now       func() time.Time
	slots     chan struct{}

	mu  sync.Mutex
	all map[string]*folder // by name
}

// folder is one unpacked code file, or combination of them. users and unused are guarded by folders.mu.
type folder struct {
	turn   chan struct{} // holds a token while nobody unpacks it
	whole  bool          // it is there; who has the turn may read and set it
	users  int
	unused time.Time // since when nobody uses it
}

func newFolders(dir string, snapshots engine.Snapshots, box *seal.Box, now func() time.Time) *folders {
	return &folders{dir: dir, snapshots: snapshots, box: box, now: now, slots: make(chan struct{}, unpackers), all: make(map[string]*folder)}
}

func (f *folders) path(name string) string { return filepath.Join(f.dir, name) }

// layersPrefix begins the names of combinations.
const layersPrefix = "layers-"

// layersName is the name of the folder in which layers are unpacked one after the other: a single one is where its zip file is.
func layersName(digests []string) string {
	if len(digests) == 1 {
		return digests[0]
	}
	sum := sha256.Sum256([]byte(strings.Join(digests, "+")))
	return layersPrefix + hex.EncodeToString(sum[:])
}

// isCombination reports whether a name is one that layersName gave to several layers.
func isCombination(name string) bool {
	rest, ok := strings.CutPrefix(name, layersPrefix)
	_, err := engine.ParseDigest(rest)
	return ok && err == nil
}

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

// use returns the folder with the code of a digest, or with what several layers make together, and unpacks it if need be. Who has
// it gives it back with release, by its name; the digests of a combination have to be pinned by then.
func (f *folders) use(ctx context.Context, name string, digests ...string) (dir string, err error) {
	f.mu.Lock()
	d := f.folder(name)
	d.users++
	f.mu.Unlock()
	if err := f.fill(ctx, d, name, digests); err != nil {
		f.release(name)
		return "", err
	}
	return f.path(name), nil
}

// fill sees that a folder is there, once.
func (f *folders) fill(ctx context.Context, d *folder, name string, digests []string) error {
	select {
	case <-d.turn:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	defer func() { d.turn <- struct{}{} }()
	if d.whole {
		return nil
	}
	_, err := os.Stat(f.path(name))
	if errors.Is(err, fs.ErrNotExist) {
		err = f.unpack(ctx, name, digests)
	}
	d.whole = err == nil
	return err
}

// unpack makes a folder so that there is nothing or all of it.
func (f *folders) unpack(ctx context.Context, name string, digests []string) (err error) {
	select {
	case f.slots <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	defer func() { <-f.slots }()
	tmp, err := os.MkdirTemp(f.dir, partial)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(tmp))
		}
	}()
	if err := f.unzip(ctx, digests, tmp); err != nil {
		return err
	}
	if err := os.Chmod(tmp, 0o755); err != nil {
		return err
	}
	return os.Rename(tmp, f.path(name))
}

// unzip unpacks zip files one after the other, one in memory at a time.
func (f *folders) unzip(ctx context.Context, digests []string, dir string) error {
	files := make([]func() ([]byte, error), len(digests))
	for i, digest := range digests {
		files[i] = func() ([]byte, error) {
			return ReadCode(ctx, f.snapshots, f.box, digest)
		}
	}
	return Unzip(ctx, dir, files)
}

// release gives a folder back.
func (f *folders) release(name string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if d := f.all[name]; d != nil {
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

// folder finds or makes what is known of a name. f.mu is held.
func (f *folders) folder(name string) *folder {
	d := f.all[name]
	if d == nil {
		d = &folder{turn: make(chan struct{}, 1)}
		d.turn <- struct{}{}
		f.all[name] = d
	}
	return d
}

// unused lists the names that nobody has used for keepUnused, and those of folders that nobody in this process ever used.
func (f *folders) unused() ([]string, error) {
	entries, err := os.ReadDir(f.dir)
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	var names []string
	for _, e := range entries {
		if _, err := engine.ParseDigest(e.Name()); (err == nil || isCombination(e.Name())) && f.all[e.Name()] == nil {
			names = append(names, e.Name())
		}
	}
	for name := range f.all {
		if f.isUnused(name) {
			names = append(names, name)
		}
	}
	return names, nil
}

// isUnused reports whether nobody has used a name for keepUnused, or ever. f.mu is held.
func (f *folders) isUnused(name string) bool {
	d := f.all[name]
	return d == nil || d.users == 0 && f.now().Sub(d.unused) >= keepUnused
}

// remove removes what is unpacked under a name, unless somebody uses it by now; with stored, the zip file as well.
func (f *folders) remove(ctx context.Context, name string, stored bool) error {
	gone, err := f.forget(ctx, name, stored && !isCombination(name))
	if err == nil && gone != "" {
		err = os.RemoveAll(gone)
	}
	if err != nil {
		return fmt.Errorf("code %s: %w", name, err)
	}
	return nil
}

// forget takes what is unpacked, and with stored the zip file, away from those who might ask for it. It returns where the folder
// is now; "": there is none. Who asks meanwhile waits: then there is either all of it or nothing.
func (f *folders) forget(ctx context.Context, name string, stored bool) (gone string, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.isUnused(name) {
		return "", nil
	}
	if stored {
		d, err := engine.ParseDigest(name)
		if err != nil {
			return "", err
		}
		if err := f.snapshots.Delete(ctx, d); err != nil && !errors.Is(err, engine.ErrNotFound) {
			return "", err
		}
	}
	delete(f.all, name)
	gone = filepath.Join(f.dir, partial+"gone-"+name)
	if err := os.Rename(f.path(name), gone); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return "", nil // it was never unpacked
		}
		return "", err
	}
	return gone, nil
}
