package restapi

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"strings"
	"time"
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

// traceID gives the X-Amzn-Trace-Id of a request from the one its client sent, if any. Spec: rest-api 1.5, recorded.
func traceID(sent string, now time.Time, random func() uint64) string {
	if !strings.HasPrefix(sent, "Root=") {
		buf := make([]byte, 0, 48)
		buf = append(buf, "Root=1-"...)
		buf = appendHex(buf, uint64(now.Unix()), 8)
		buf = append(buf, '-')
		buf = appendHex(buf, random(), 16)
		return string(appendHex(buf, random(), 8))
	}
	parent, sampled := strings.Contains(sent, ";Parent="), strings.Contains(sent, ";Sampled=")
	switch {
	case parent && sampled:
		return sent
	case parent:
		return sent + ";Sampled=1"
	}
	buf := append(make([]byte, 0, len(sent)+40), sent...)
	buf = append(buf, ";Parent="...)
	buf = appendHex(buf, random(), 16)
	if !sampled {
		buf = append(buf, ";Sampled=0"...)
	}
	return string(buf)
}

// appendHex appends the low digits of v, padded.
func appendHex(dst []byte, v uint64, digits int) []byte {
	for shift := (digits - 1) * 4; shift >= 0; shift -= 4 {
		dst = append(dst, "0123456789abcdef"[v>>shift&15])
	}
	return dst
}
