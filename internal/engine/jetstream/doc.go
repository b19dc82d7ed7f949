// Package jetstream is the engine that keeps its state in files, through an embedded NATS JetStream server. Nothing
// listens on a port. Every write is synced to the disk before it is acknowledged.
//
// # The data directory
//
//	VERSION      "gatehouse-engine 1": the layout; a newer one is refused
//	LOCK         locked while a process uses the directory; holds its process id
//	CLOSED       written by Close, removed by Open: how far each stream had come
//	jetstream/   the server's streams: documents, snapshots and leases, the objects of large ones
//	streams/     copies of the streams' descriptions, to restore damaged ones
//	damaged/     copies of files that were found damaged, as they were found; nothing removes them
//
// Directories have mode 0700 and files 0600. A document of more than 900 KiB is an object, compressed, and its record in
// the documents' stream points to it; a snapshot of that size is an object without a record; an object that a killed process left without its record is removed at the next Open.
//
// # Damage
//
// Left alone, the server cuts a file of messages off at the first record that does not match its checksum, with everything
// behind it, and says so in a log line. Therefore Open reads all these files before the server does. Where a record does
// not match, a copy of the file goes to damaged/, and the record is replaced by a marker, so that nothing else is lost:
//
//   - Each record has the name of its document twice, once with a checksum of its own. As long as one of them is
//     readable, the damage is listed by bucket and key, and reading the document is a CorruptError until it is written
//     again or deleted. Parts of a large document or a snapshot are named once: when the name itself is hit, the damage
//     is listed by file only, and the document or snapshot is still a CorruptError when it is read. Damage to revisions
//     that were replaced before is not listed: nothing is lost.
//   - When no name is readable, the damage is listed with its file and the revisions between which the record stood. An
//     older revision of the document may then be the newest one; the list says that too.
//   - The last record of the newest file of a stream, cut short, looks like a write that a kill interrupted, which nobody
//     had acknowledged. After Close, the file CLOSED tells the two apart, and the loss is listed; after a kill nothing can,
//     and the revisions of what was cut off may be given again.
//   - A file that is missing as a whole is listed after Close, without names, because CLOSED counts; not after a kill.
//   - Damage in a stream's description is repaired: it is written again. Damage in the server's indexes is no loss: they
//     are built again from the records.
//   - Damage that comes while the engine runs is found when the server reads the file again: the document's checksum is
//     compared on every read, and a record that exists but cannot be read is a CorruptError too, without a revision. Other
//     documents are served, but lists that should hold the unreadable one are refused with ErrCorrupt, after some seconds,
//     rather than left incomplete, and watches skip it, until the next Open names it and puts the marker in its place.
//
// The check knows the server's file format, which is why the server's version is pinned and the tests damage real files.
package jetstream
