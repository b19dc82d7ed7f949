package engine

import (
	"errors"
	"fmt"
)

var (
	// ErrNotFound means that the document, snapshot or lease does not exist.
	ErrNotFound = errors.New("not found")
	// ErrExists means that a document of this key exists already.
	ErrExists = errors.New("already exists")
	// ErrConflict means that the document has another revision than the writer expected; see ConflictError.
	ErrConflict = errors.New("revision conflict")
	// ErrCorrupt means that stored bytes do not match their checksum; see CorruptError.
	ErrCorrupt = errors.New("stored data is corrupt")
	// ErrInvalid means a bucket, key, digest or size outside the documented bounds.
	ErrInvalid = errors.New("invalid argument")
	// ErrHeld means that somebody else holds the lease.
	ErrHeld = errors.New("lease is held")
	// ErrLost means that the lease ended or went to somebody else.
	ErrLost = errors.New("lease is lost")
	// ErrClosed means that the engine was closed.
	ErrClosed = errors.New("engine is closed")
	// ErrUnavailable means that the engine could not answer. A write may have happened or not.
	ErrUnavailable = errors.New("engine is unavailable")
	// ErrLocked means that another process uses the data directory.
	ErrLocked = errors.New("data directory is in use")
	// ErrNewerLayout means that a newer version of Gatehouse wrote the data directory or the backup.
	ErrNewerLayout = errors.New("written by a newer version")
)

// A ConflictError is an ErrConflict that knows the newest revision.
type ConflictError struct {
	Bucket, Key string
	Current     Revision
}

// Error names the document and its newest revision.
func (e *ConflictError) Error() string {
	return fmt.Sprintf("document %q of bucket %s: %v: it has revision %d", e.Key, e.Bucket, ErrConflict, e.Current)
}

// Is makes every ConflictError an ErrConflict.
func (e *ConflictError) Is(target error) bool { return target == ErrConflict }

// A CorruptError is an ErrCorrupt that names what cannot be read: a document, or a snapshot.
type CorruptError struct {
	Bucket, Key string
	Snapshot    string   // the digest; "" for a document
	Revision    Revision // of the document: it can be updated or deleted with it
	Detail      string
}

// Error names the document or the snapshot.
func (e *CorruptError) Error() string {
	if e.Snapshot != "" {
		return fmt.Sprintf("snapshot %s: %v: %s", e.Snapshot, ErrCorrupt, e.Detail)
	}
	return fmt.Sprintf("document %q of bucket %s, revision %d: %v: %s", e.Key, e.Bucket, e.Revision, ErrCorrupt, e.Detail)
}

// Is makes every CorruptError an ErrCorrupt.
func (e *CorruptError) Is(target error) bool { return target == ErrCorrupt }
