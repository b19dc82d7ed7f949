// Package engine says what Gatehouse needs of a store for its state, and what each store must promise. The promises are
// tested by one suite (package enginetest) against every implementation: jetstream, which keeps files, and memory, which
// keeps nothing after the process ends.
//
// # Documents
//
// A document is a value under a key of a bucket. Every write gives it a new [Revision]; revisions grow over all buckets of
// an engine and are never used twice.
//
//   - A write that returned without an error is kept: it survives the end of the process at any moment, and with
//     jetstream a power cut too, as far as the disk keeps what it said it had written. A write that returned an error
//     other than [ErrExists], [ErrConflict], [ErrNotFound] or [ErrInvalid] may have happened or not: read before trying
//     again.
//   - Get is answered by the leader of the store, never by a replica: who has seen a write returned sees it. Update and
//     Delete compare and set on the revision; of several writers with the same revision one wins, and the others get a
//     [ConflictError] with the revision that is there now.
//   - Every document carries its SHA-256, compared on every read. What does not match is refused with a [CorruptError]
//     that names bucket and key; other documents keep being served. A corrupt document keeps a revision, with which it
//     can be replaced or deleted.
//   - Watch delivers every change of a bucket in the order of revisions, none twice, also across a lost connection,
//     unless a key was changed more than [History] times before the watcher came to read it: then the oldest of these
//     changes are left out, never the newest. A deletion drops the earlier changes of its key. A watch that begins at a
//     revision older than [DeletionsKept] may miss deletions: list, then watch.
//
// # Snapshots
//
// A snapshot is bytes under their SHA-256. It never changes; the same bytes are stored once; what does not match its
// digest is refused with a [CorruptError].
//
// # Leases
//
// A lease gives one holder a name for a time. Its fencing token grows with every holder, so that what the lease guards can
// refuse a holder of the past. A lease is as good as the clocks that judge it: a holder must stop before its lease ends,
// and whoever writes on behalf of a lease must pass the token on.
//
// # What engines do not promise
//
// No transaction over several documents; no order between buckets for watchers of several; no reading of past revisions.
package engine
