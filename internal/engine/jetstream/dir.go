package jetstream

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/gatehouse-gateway/gatehouse/internal/engine"
)

// The files of a data directory; see the package comment.
const (
	layoutVersion = 1
	layoutName    = "gatehouse-engine"
	versionFile   = "VERSION"
	lockFile      = "LOCK"
	closedFile    = "CLOSED"
	storeDir      = "jetstream"
	damagedDir    = "damaged"
)

// lockDir makes the directory and locks it for this process until the returned file is closed.
func lockDir(dir string) (*os.File, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("data directory: %w", err)
	}
	name := filepath.Join(dir, lockFile)
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("data directory: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		defer f.Close()
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("lock %s: %w", name, err)
		}
		holder, _ := os.ReadFile(name) // without it the error is less helpful, and as true
		return nil, fmt.Errorf("%s: %w by process %s", dir, engine.ErrLocked, strings.TrimSpace(string(holder)))
	}
	if err := errors.Join(f.Truncate(0), writeAt(f, strconv.Itoa(os.Getpid())+"\n")); err != nil {
		f.Close()
		return nil, fmt.Errorf("lock %s: %w", name, err)
	}
	return f, nil
}

func writeAt(f *os.File, text string) error {
	_, err := f.WriteAt([]byte(text), 0)
	return err
}

// checkVersion refuses a layout that this code does not know, and stamps a new directory.
func checkVersion(dir string) error {
	name := filepath.Join(dir, versionFile)
	text, err := os.ReadFile(name)
	if errors.Is(err, os.ErrNotExist) {
		if _, err := os.Stat(filepath.Join(dir, storeDir)); err == nil {
			return fmt.Errorf("%s: %w: the file is missing, although there is data", name, engine.ErrCorrupt)
		}
		return writeFile(name, fmt.Appendf(nil, "%s %d\n", layoutName, layoutVersion))
	}
	if err != nil {
		return fmt.Errorf("data directory: %w", err)
	}
	var version int
	if n, err := fmt.Sscanf(string(text), layoutName+" %d\n", &version); n != 1 || err != nil || version < 1 {
		return fmt.Errorf("%s: %w: %.40q is no layout version", name, engine.ErrCorrupt, text)
	}
	if version > layoutVersion {
		return fmt.Errorf("%s: layout %d, this version knows %d: %w", name, version, layoutVersion, engine.ErrNewerLayout)
	}
	return nil
}

// writeFile replaces a file so that after a crash it is the old one or the new one.
func writeFile(name string, data []byte) error {
	f, err := os.OpenFile(name+".tmp", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(name+".tmp", name); err != nil {
		return err
	}
	return syncDir(filepath.Dir(name))
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
