// Package eventstream writes messages of application/vnd.amazon.eventstream, the binary framing in which AWS services answer
// with events over HTTP.
//
//	b = eventstream.Append(b, eventstream.Event("PayloadChunk", "application/octet-stream"), payload)
//
// A message is: its total length and the length of its headers, four bytes each; the CRC-32 of these eight bytes; the headers,
// each a length of one byte, the name, the type 7, a length of two bytes and the text; the payload; the CRC-32 of everything
// before. Numbers are big endian, and the CRC is the usual one of zip files.
package eventstream
