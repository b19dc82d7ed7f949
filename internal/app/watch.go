package app

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"
)

// quiet is how long files must rest before a change counts: editors write in several steps.
const quiet = 10 * time.Millisecond

// watcher tells when one of a set of files changes. It watches their folders, because editors replace files.
type watcher struct {
	notify  *fsnotify.Watcher
	folders map[string]bool
	files   map[string]bool
}

func newWatcher() (*watcher, error) {
	n, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, fmt.Errorf("watching files: %w", err)
	}
	return &watcher{notify: n, folders: make(map[string]bool), files: make(map[string]bool)}, nil
}

// watch replaces the set of files. Folders that are no longer needed are let go.
func (w *watcher) watch(files []string) error {
	w.files = make(map[string]bool, len(files))
	needed := make(map[string]bool)
	for _, f := range files {
		f = clean(f)
		w.files[f] = true
		needed[filepath.Dir(f)] = true
	}
	for dir := range w.folders {
		if !needed[dir] {
			_ = w.notify.Remove(dir)
			delete(w.folders, dir)
		}
	}
	for dir := range needed {
		if w.folders[dir] {
			continue
		}
		if err := w.notify.Add(dir); err != nil {
			return fmt.Errorf("watching %s: %w", dir, err)
		}
		w.folders[dir] = true
	}
	return nil
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
			if w.files[clean(event.Name)] && event.Op&^fsnotify.Chmod != 0 {
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
