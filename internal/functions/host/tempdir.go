package host

import (
	"fmt"
	"os"
	"path/filepath"
)

// makeDir makes the folder of an environment, with its temporary directory, and returns both.
func (h *Host) makeDir(name string) (dir, temp string, err error) {
	dir = filepath.Join(h.options.Dir, environmentsDir, name)
	temp = filepath.Join(dir, "tmp")
	if err := os.Mkdir(dir, 0o700); err != nil {
		return "", "", fmt.Errorf("environment: %w", err)
	}
	if err := os.Mkdir(temp, 0o700); err != nil {
		return "", "", fmt.Errorf("environment: %w", err)
	}
	return dir, temp, nil
}

// removeDir removes the folder of an environment, with directories that the function made unreadable.
func removeDir(dir string) {
	if os.RemoveAll(dir) == nil {
		return
	}
	filepath.WalkDir(dir, func(path string, d os.DirEntry, _ error) error { //nolint:errcheck // what is left is removed with the host
		if d != nil && d.IsDir() {
			os.Chmod(path, 0o700) //nolint:errcheck,gosec // the next removal says whether it helped
		}
		return nil
	})
	os.RemoveAll(dir) //nolint:errcheck // what is left is removed with the host
}
