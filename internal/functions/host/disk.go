package host

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/functions"
)

// diskInterval is how often the temporary folders of processes that work are looked at. What a function writes in this time it may
// have too much.
const diskInterval = 500 * time.Millisecond

// restInterval says how many of these looks pass until one at a folder whose process waits for an event: it may write all the same.
const restInterval = 10

// maxTempFiles is how many files and folders a temporary folder may hold: beyond it, to look at all of them would take too long.
const maxTempFiles = 100_000

// storage is what the temporary folder may hold, in bytes. Spec: functions D2.
func (e *environment) storage() int64 {
	mb := e.pool.function.EphemeralStorage
	if mb == 0 {
		mb = functions.DefaultEphemeralStorage
	}
	return int64(mb) << 20
}

// watchDisks ends the processes of functions that fill the disk, until ctx ends.
func (h *Host) watchDisks(ctx context.Context) {
	tick := time.NewTicker(diskInterval)
	defer tick.Stop()
	for round := 1; ; round++ {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		all, _ := h.running()
		for _, e := range all {
			if e.works() || round%restInterval == 0 {
				e.checkStorage()
			}
		}
	}
}

// works reports whether the environment has a process that is not waiting for an event.
func (e *environment) works() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.phase == starting || e.phase == busy || e.phase == answered
}

// checkStorage ends the process if the temporary folder holds more than it may. The folder is emptied before the next one starts, which
// it would hold up. On the service, writes fail instead.
func (e *environment) checkStorage() {
	limit := e.storage()
	size, err := sizeOf(e.temp, limit)
	if err != nil || size <= limit {
		return // the environment is ending, for one
	}
	e.mu.Lock()
	p := e.crew.runtime
	e.full = p != nil
	e.mu.Unlock()
	if p == nil {
		return
	}
	e.log.Note(fmt.Sprintf("The temporary folder holds more than %d MB or %d files: the function is ended, and the folder emptied", limit>>20, maxTempFiles))
	p.Kill()
}

// emptyStorage empties the temporary folder if it was full, before a process starts in it.
func (e *environment) emptyStorage() {
	e.mu.Lock()
	full := e.full
	e.full = false
	e.mu.Unlock()
	if full {
		empty(e.temp)
	}
}

var errEnough = errors.New("there is more than may be")

// sizeOf is how many bytes of the disk the files below a folder take. It stops looking when that is more than enough, when there
// are too many files, or when the function hides them.
func sizeOf(dir string, enough int64) (size int64, err error) {
	s := storage{dir: dir, enough: enough}
	err = filepath.WalkDir(dir, s.count)
	if errors.Is(err, errEnough) {
		return enough + 1, nil
	}
	return s.size, err
}

// storage counts what a temporary folder holds.
type storage struct {
	dir    string
	enough int64 // bytes
	size   int64 // bytes
	files  int
	opened map[string]bool // folders that the function had closed
}

// count counts one file or folder. What cannot be looked at for other reasons than that it is gone is a way to hide.
func (s *storage) count(path string, d fs.DirEntry, err error) error {
	switch {
	case errors.Is(err, fs.ErrPermission):
		return s.open(path)
	case errors.Is(err, syscall.ENAMETOOLONG):
		return errEnough
	case errors.Is(err, fs.ErrNotExist) && path != s.dir:
		return nil // removed meanwhile
	case err != nil:
		return err
	}
	if s.files++; s.files > maxTempFiles {
		return errEnough
	}
	info, err := d.Info()
	switch {
	case errors.Is(err, fs.ErrPermission):
		if err := s.open(filepath.Dir(path)); err != nil {
			return err
		}
		return fs.SkipDir // the folder was counted
	case errors.Is(err, syscall.ENAMETOOLONG):
		return errEnough
	case err != nil:
		return nil //nolint:nilerr // removed meanwhile
	}
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		s.size += stat.Blocks * 512
	} else {
		s.size += info.Size()
	}
	if s.size > s.enough {
		return errEnough
	}
	return nil
}

// open opens a folder that the function closed, which is of the same user, and counts what is in it. One that is closed again at once
// is to hide something.
func (s *storage) open(dir string) error {
	if s.opened[dir] {
		return errEnough
	}
	if s.opened == nil {
		s.opened = map[string]bool{}
	}
	s.opened[dir] = true
	if err := openFolder(s.dir, dir); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // removed meanwhile
		}
		return errEnough
	}
	return filepath.WalkDir(dir, s.count)
}

// openFolder gives the owner every right to a folder below another one, or to that. It does not follow links out of there, which a
// function may put into its place at any moment.
func openFolder(top, dir string) error {
	if dir == top {
		return os.Chmod(top, 0o700) //nolint:gosec // a folder
	}
	root, err := os.OpenRoot(top)
	if err != nil {
		return err
	}
	defer root.Close() //nolint:errcheck // nothing was written to it
	name, err := filepath.Rel(top, dir)
	if err != nil {
		return err
	}
	return root.Chmod(name, 0o700)
}

// empty removes what is in a folder, and leaves the folder: it may be mounted somewhere.
func empty(dir string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, entry := range entries {
		removeDir(filepath.Join(dir, entry.Name()))
	}
}
