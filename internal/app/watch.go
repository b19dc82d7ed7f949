package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/fsnotify/fsnotify"
)

// quiet is how long files must rest before a change counts: editors write in several steps.
const quiet = 10 * time.Millisecond

// watcher tells when one of a set of files changes. It watches their folders, because editors replace files.
//
// The set is made anew by every load: begin, then add or read each file, then settle. A file is watched from before it
// is read, so that no change falls between.
type watcher struct {
	notify  *fsnotify.Watcher
	folders map[string]bool // watched; true when the set that is being made needs it
	files   map[string]bool
	err     error // the first since begin
}

func newWatcher() (*watcher, error) {
	n, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, fmt.Errorf("watching files: %w", err)
	}
	return &watcher{notify: n, folders: make(map[string]bool), files: make(map[string]bool)}, nil
}

// begin starts a new set of files.
func (w *watcher) begin() {
	w.err = nil
	clear(w.files)
	for dir := range w.folders {
		w.folders[dir] = false
	}
}

// read adds a file to the set and reads it.
func (w *watcher) read(file string) ([]byte, error) {
	w.add(file)
	return os.ReadFile(file)
}

// add adds a file to the set. It need not be there, nor its folder: that it comes is a change as well.
func (w *watcher) add(file string) {
	name := clean(file)
	w.files[name] = true
	for dir := filepath.Dir(name); !w.folder(dir); dir = filepath.Dir(dir) {
		w.files[dir] = true
	}
}

// folder watches a folder; false means that there is none, and that the one above must be watched instead.
func (w *watcher) folder(dir string) bool {
	if _, watched := w.folders[dir]; !watched {
		err := w.notify.Add(dir)
		if (errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)) && dir != filepath.Dir(dir) {
			return false
		}
		if err != nil {
			w.err = errors.Join(w.err, fmt.Errorf("watching %s: %w", dir, err))
			return true
		}
	}
	w.folders[dir] = true
	return true
}

// settle ends a set of files: folders that are no longer needed are let go.
func (w *watcher) settle() error {
	for dir, needed := range w.folders {
		if !needed {
			_ = w.notify.Remove(dir) // it may be gone
			delete(w.folders, dir)
		}
	}
	return w.err
}

func clean(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return filepath.Clean(path)
}

// run calls changed whenever a watched file changed, on this goroutine, until ctx ends.
func (w *watcher) run(ctx context.Context, changed func()) error {
	defer w.notify.Close()
	timer := time.NewTimer(time.Hour)
	timer.Stop()
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case event := <-w.notify.Events:
			if w.matters(event) {
				timer.Reset(quiet)
			}
		case err := <-w.notify.Errors:
			slog.Warn("watching files", "error", err)
			timer.Reset(quiet) // events may be lost: look for ourselves
		case <-timer.C:
			changed()
		}
	}
}

// matters reports whether an event is about the set of files.
func (w *watcher) matters(event fsnotify.Event) bool {
	name := clean(event.Name)
	_, folder := w.folders[name]
	if folder && (event.Has(fsnotify.Remove) || event.Has(fsnotify.Rename)) {
		delete(w.folders, name) // a folder that comes back under this name is another one
		return true
	}
	return w.files[name] && event.Op&^fsnotify.Chmod != 0
}
