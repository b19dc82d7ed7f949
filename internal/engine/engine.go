package engine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"
)

// Bounds of what an engine keeps.
const (
	MaxDocumentBytes = 64 << 20 // one document or snapshot: far above any API, below what a small machine can hold twice
	MaxKeyBytes      = 1024     // a key, in bytes of UTF-8: encoded it must fit a line of the store's protocol
	MaxBucketBytes   = 64       // a bucket's name
	MaxPage          = 16_384   // entries of one page of List: each page costs a walk through the bucket, so most need one
	History          = 8        // changes of one key that a watcher may be behind without missing one
)

// DeletionsKept is how long a watcher can find that a document was deleted.
const DeletionsKept = 7 * 24 * time.Hour

// A Revision numbers the writes of an engine. It grows; between two revisions may be gaps. 0 is before every write.
type Revision uint64

// FromNow begins a watch after the newest revision.
const FromNow Revision = 1<<64 - 1

// A Digest is the SHA-256 of a document or snapshot.
type Digest [sha256.Size]byte

// DigestOf returns the digest of data.
func DigestOf(data []byte) Digest { return sha256.Sum256(data) }

// String returns the digest in lower-case hexadecimal digits.
func (d Digest) String() string { return hex.EncodeToString(d[:]) }

// ParseDigest reads what [Digest.String] writes.
func ParseDigest(s string) (d Digest, err error) {
	if len(s) != hex.EncodedLen(len(d)) {
		return d, fmt.Errorf("%w: digest %q does not have 64 digits", ErrInvalid, s)
	}
	if _, err := hex.Decode(d[:], []byte(s)); err != nil {
		return Digest{}, fmt.Errorf("%w: digest %q: %w", ErrInvalid, s, err)
	}
	return d, nil
}

// A Document is what Get returns. Data belongs to the caller.
type Document struct {
	Key      string
	Revision Revision
	Digest   Digest
	Data     []byte
}

// An Entry is a document in a list.
type Entry struct {
	Key      string
	Revision Revision
}

// A Page is a part of a list, in the order of the bytes of the keys. Next is the key to go on after, "" at the end.
// Revision is one that the list is at least as new as: a watch that begins there misses nothing.
type Page struct {
	Entries  []Entry
	Next     string
	Revision Revision
}

// An Event says that a document was written or deleted. It does not carry the data: Get has the newest. Digest is zero
// for a deletion.
type Event struct {
	Key      string
	Revision Revision
	Deleted  bool
	Digest   Digest
}

// A Watch delivers events until the context ends that it was begun with. It is for one goroutine.
type Watch interface {
	// Next waits for the next event. Its error is final: the cause of the context's end, or ErrClosed.
	Next() (Event, error)
}

// A Query chooses documents of a bucket by the beginning of their keys.
type Query struct {
	Prefix string
	After  string // keys after this one; "" begins at the first
	Limit  int    // entries, 1 to MaxPage; 0 means MaxPage
}

// Docs keeps documents by bucket and key. Buckets need no creation. A bucket's name has lower-case letters, digits and
// hyphens, begins with a letter, and has up to MaxBucketBytes; a key is any non-empty UTF-8 up to MaxKeyBytes.
// All methods may be called by many goroutines. All return ErrInvalid for a name or size outside the bounds, ErrClosed
// after the engine was closed, and the context's error when it ended first.
type Docs interface {
	// Get returns the newest revision, or ErrNotFound, or a CorruptError.
	Get(ctx context.Context, bucket, key string) (Document, error)
	// Create stores a new document, or returns ErrExists. A key may be created again after its deletion.
	Create(ctx context.Context, bucket, key string, data []byte) (Revision, error)
	// Update replaces the document if rev is its newest revision; else it returns a ConflictError, or ErrNotFound.
	Update(ctx context.Context, bucket, key string, data []byte, rev Revision) (Revision, error)
	// Delete removes the document if rev is its newest revision; else it returns a ConflictError, or ErrNotFound.
	Delete(ctx context.Context, bucket, key string, rev Revision) error
	// List returns keys and revisions, not more than a page. The cost grows with the bucket, not with the page.
	List(ctx context.Context, bucket string, q Query) (Page, error)
	// Buckets returns the names of the buckets that hold documents, sorted.
	Buckets(ctx context.Context) ([]string, error)
	// Watch delivers the changes of a bucket after a revision, or FromNow: every write that begins after Watch returned.
	Watch(ctx context.Context, bucket string, after Revision) (Watch, error)
}

// Snapshots keeps bytes under their digest.
type Snapshots interface {
	// Put stores data, up to MaxDocumentBytes, and returns its digest. What is there already costs a read.
	Put(ctx context.Context, data []byte) (Digest, error)
	// Get returns the bytes, or ErrNotFound, or a CorruptError.
	Get(ctx context.Context, d Digest) ([]byte, error)
	// Delete removes the bytes, or returns ErrNotFound.
	Delete(ctx context.Context, d Digest) error
	// List returns the digests, sorted.
	List(ctx context.Context) ([]Digest, error)
}

// Engine is the state of one Gatehouse. Opening it is the implementation's; it is ready when it is open.
type Engine interface {
	Docs() Docs
	Snapshots() Snapshots
	Leases() *Leases
	// Damage lists what was found damaged when the engine was opened. It does not change afterwards.
	Damage() []Damage
	// Ready returns nil while the engine can serve, else why it cannot.
	Ready() error
	// Run does the housekeeping until ctx ends, and returns why it ended; ErrClosed when the engine was closed or died.
	// An engine serves without it, and keeps more than it needs.
	Run(ctx context.Context) error
	// Close ends the engine and everything that waits for it. It may be called again.
	Close() error
}

// Damage is something in an engine's files that did not match its checksum when the engine was opened.
type Damage struct {
	File     string   // the file, below the data directory; a copy as found is in the folder "damaged"
	Bucket   string   // the bucket of the document that is lost, "" when it is not known or no document
	Key      string   // its key
	Snapshot string   // the digest of the snapshot that is lost, or ""
	Revision Revision // the revision that is lost, 0 when it is not known
	Detail   string   // what was found, and what it means
}

// String describes the damage in one line.
func (d Damage) String() string {
	switch {
	case d.Bucket != "":
		return fmt.Sprintf("%s: document %q of bucket %s is lost: %s", d.File, d.Key, d.Bucket, d.Detail)
	case d.Snapshot != "":
		return fmt.Sprintf("%s: snapshot %s is lost: %s", d.File, d.Snapshot, d.Detail)
	default:
		return fmt.Sprintf("%s: %s", d.File, d.Detail)
	}
}
