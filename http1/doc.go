// Package http1 reads and writes HTTP/1.1 messages (RFC 9112), strictly.
//
// A message has one interpretation or it is an error; nothing is repaired. Refused
// are, among others: folded lines, a CR or LF that is not part of a line end,
// whitespace before a colon, control characters in values, repeated or listed
// Content-Length, Content-Length together with Transfer-Encoding, any transfer
// coding but one "chunked", chunk sizes with signs, prefixes or blanks, a missing,
// repeated or malformed Host. Everything is bounded, see Limits.
//
// Both sides are here. A server calls Reader.ReadRequest, reads a Body, and
// answers with AppendResponseHead; a client writes AppendRequestHead and calls
// Reader.ReadResponse. The package knows nothing of connections, deadlines and
// pools: a Reader reads from an io.Reader, whose errors it passes on.
//
// The strings of one head are substrings of one string, made with one allocation;
// they may be kept. Header slices are reused from message to message.
package http1
