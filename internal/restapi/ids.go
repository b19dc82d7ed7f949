package restapi

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
)

// appendUUID appends a random (version 4) UUID.
func appendUUID(dst []byte, hi, lo uint64) []byte {
	var raw [16]byte
	binary.BigEndian.PutUint64(raw[:8], hi)
	binary.BigEndian.PutUint64(raw[8:], lo)
	raw[6] = raw[6]&0x0f | 0x40
	raw[8] = raw[8]&0x3f | 0x80
	for i, b := range [...][]byte{raw[:4], raw[4:6], raw[6:8], raw[8:10], raw[10:]} {
		if i > 0 {
			dst = append(dst, '-')
		}
		dst = hex.AppendEncode(dst, b)
	}
	return dst
}

// appendExtendedID appends an extended request id: eleven random bytes in base64, which always end with "=".
func appendExtendedID(dst []byte, hi, lo uint64) []byte {
	var raw [16]byte
	binary.BigEndian.PutUint64(raw[:8], hi)
	binary.BigEndian.PutUint64(raw[8:], lo)
	return base64.StdEncoding.AppendEncode(dst, raw[:11])
}
