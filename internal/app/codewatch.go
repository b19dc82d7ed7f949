package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"log/slog"
	"path/filepath"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"
)

// maxCodeFolders bounds the folders of one project's functions that are watched.
const maxCodeFolders = 10_000

// codeWatcher tells when something changes in the folders of functions, subfolders included, or in files beside them.
type codeWatcher struct {
	notify *fsnotify.Watcher
	roots  []string
}

func newCodeWatcher() (*codeWatcher, error) {
	n, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, fmt.Errorf("watching code: %w", err)
	}
	return &codeWatcher{notify: n}, nil
}

func (w *codeWatcher) close() error { return w.notify.Close() }

// ignoredFolder reports whether what is below a folder of code is no news: what tools keep there changes without meaning, or is
// installed as a whole, which a change of its own folder shows.
func ignoredFolder(name string) bool {
	return name == ".git" || name == "__pycache__" || name == "node_modules" || name == ".venv"
}

// watch makes roots the folders that are watched.
func (w *codeWatcher) watch(roots []string) error {
	w.roots = w.roots[:0]
	for _, root := range roots {
		w.roots = append(w.roots, clean(root))
	}
	for _, known := range w.notify.WatchList() {
		if w.rootOf(known) == "" {
			_ = w.notify.Remove(known) // it may be gone
		}
	}
	for _, root := range w.roots {
		if err := w.addTree(root); err != nil {
			return err
		}
	}
	return nil
}

func (w *codeWatcher) addTree(root string) error {
	return filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return fmt.Errorf("watching code: %w", err)
		case !entry.IsDir() && path == root: // a file that is replaced is another one, which its folder tells
			return w.notify.Add(filepath.Dir(path))
		case !entry.IsDir():
			return nil
		case path != root && ignoredFolder(entry.Name()):
			return filepath.SkipDir
		case len(w.notify.WatchList()) >= maxCodeFolders:
			return fmt.Errorf("watching code: more than %d folders, the last one %s", maxCodeFolders, path)
		}
		if err := w.notify.Add(path); err != nil {
			return fmt.Errorf("watching %s: %w", path, err)
		}
		return nil
	})
}

// rootOf is the watched root that a path belongs to; "" for none.
func (w *codeWatcher) rootOf(path string) string {
	for _, root := range w.roots {
		if path == root || strings.HasPrefix(path, root+string(filepath.Separator)) {
			return root
		}
	}
	return ""
}

// run calls changed with the roots in which something changed, on this goroutine, until ctx ends.
func (w *codeWatcher) run(ctx context.Context, roots <-chan []string, changed func(roots map[string]bool)) error {
	timer := time.NewTimer(time.Hour)
	timer.Stop()
	defer timer.Stop()
	touched := make(map[string]bool)
	for {
		select {
		case <-ctx.Done():
			return nil
		case next := <-roots:
			if err := w.watch(next); err != nil {
				slog.Warn("changes of code may go unseen", "error", err)
			}
			for _, root := range w.roots { // it may have changed before it was watched
				touched[root] = true
			}
			timer.Reset(quiet)
		case event := <-w.notify.Events:
			if root := w.note(event); root != "" {
				touched[root] = true
				timer.Reset(quiet)
			}
		case err := <-w.notify.Errors:
			slog.Warn("watching code", "error", err)
			for _, root := range w.roots { // events may be lost: look for ourselves
				touched[root] = true
			}
			timer.Reset(quiet)
		case <-timer.C:
			changed(touched)
			touched = make(map[string]bool)
		}
	}
}

// note looks at an event: a new folder is watched, too. It returns the root that changed, "" for none.
func (w *codeWatcher) note(event fsnotify.Event) string {
	path := clean(event.Name)
	root := w.rootOf(path)
	if root == "" || event.Op&^fsnotify.Chmod == 0 || path != root && ignoredFolder(filepath.Base(path)) && !event.Has(fsnotify.Create) {
		return ""
	}
	if event.Has(fsnotify.Create) && !ignoredFolder(filepath.Base(path)) {
		if err := w.addTree(path); err != nil {
			slog.Debug("watching code", "error", err) // it may be a file, or gone again
		}
	}
	return root
}

// fingerprint tells whether a folder of code is still what it was: from the names, sizes, modes and times of its files.
func fingerprint(root string) (string, error) {
	sum := sha256.New()
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && (entry.Name() == ".git" || entry.Name() == "__pycache__") {
			return filepath.SkipDir
		}
		if entry.IsDir() {
			return nil // its files tell
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		fmt.Fprintf(sum, "%q %d %s %d\n", path, info.Size(), info.Mode(), info.ModTime().UnixNano())
		return nil
	})
	return hex.EncodeToString(sum.Sum(nil)), err
}
