package observe

import (
	"strings"
	"time"
)

// TraceID gives the X-Amzn-Trace-Id of a request from the one its client sent, if any. Spec: rest-api 1.5, recorded.
func TraceID(sent string, now time.Time, random func() uint64) string {
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
