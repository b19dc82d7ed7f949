// Package backup writes the documents and snapshots of an engine to one stream, and reads them into an empty one.
//
// The stream begins with the line "gatehouse-backup 1". Every entry is a line of JSON, which says what it is, its size and
// its SHA-256, followed by its bytes. The last line counts the entries and has the SHA-256 of everything before it, so
// that what was cut off or altered is refused, before anything is restored.
//
// What a backup has was true at one moment: no document changed between the reading of the first and of the last, else
// they are read again. Revisions are not kept: the restored engine numbers its writes itself. Leases are not saved.
package backup
