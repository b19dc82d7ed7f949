package functionstore

import (
	"errors"
	"syscall"
)

// isPathConflict reports whether a path could not be made because a part of it is something else already, or cannot be a path.
func isPathConflict(err error) bool {
	for _, known := range []error{syscall.ENOTDIR, syscall.EISDIR, syscall.ENAMETOOLONG, syscall.ELOOP, syscall.EINVAL} {
		if errors.Is(err, known) {
			return true
		}
	}
	return false
}
