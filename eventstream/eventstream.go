package eventstream

import (
	"encoding/binary"
	"hash/crc32"
)

// ContentType is the media type of a stream of messages.
const ContentType = "application/vnd.amazon.eventstream"

// Overhead is how much longer a message is than its headers and its payload, in bytes.
const Overhead = prelude + checksum

const (
	prelude  = 12 // two lengths and their checksum
	checksum = 4
	text     = 7 // the type of a header whose value is a string
)

// Headers are the headers of a message, as they are written. Some messages have the same, and can share them.
type Headers []byte

// Add appends a header. A name may have up to 255 bytes, a value up to 65535.
func (h Headers) Add(name, value string) Headers {
	h = append(h, byte(len(name)))
	h = append(h, name...)
	h = append(h, text)
	h = binary.BigEndian.AppendUint16(h, uint16(len(value))) //nolint:gosec // see above
	return append(h, value...)
}

// Event returns the headers of an event of a kind with a payload of a media type.
func Event(kind, contentType string) Headers {
	return Headers(nil).Add(":event-type", kind).Add(":content-type", contentType).Add(":message-type", "event")
}

// Append appends a message to b.
func Append(b []byte, h Headers, payload []byte) []byte {
	start := len(b)
	b = binary.BigEndian.AppendUint32(b, uint32(Overhead+len(h)+len(payload))) //nolint:gosec // messages are far smaller
	b = binary.BigEndian.AppendUint32(b, uint32(len(h)))                       //nolint:gosec // likewise
	b = binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[start:]))
	b = append(b, h...)
	b = append(b, payload...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[start:]))
}
