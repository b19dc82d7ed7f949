package observe

import (
	"fmt"
	"io"
	"strconv"
	"sync"
	"time"
)

// Lines writes one readable line per request:
//
//	15:04:05 GET /dev/pets/1 200 1.2ms (back end 0.9ms) 128B /pets/{id}
//
// A request that the gateway refused has a second line that says which gateway response answered, and why.
type Lines struct {
	mu  sync.Mutex
	out io.Writer
	buf []byte
}

// NewLines writes to out.
func NewLines(out io.Writer) *Lines { return &Lines{out: out} }

// Record writes the line of r.
func (l *Lines) Record(r *Record) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.buf = AppendLine(l.buf[:0], r)
	_, _ = l.out.Write(l.buf) // a closed terminal must not stop the gateway
}

// AppendLine appends the lines of r to dst.
func AppendLine(dst []byte, r *Record) []byte {
	dst = r.Received.AppendFormat(dst, "15:04:05")
	dst = append(dst, ' ')
	dst = appendPrintable(dst, r.Method)
	dst = append(dst, ' ')
	dst = appendPrintable(dst, r.Path)
	dst = append(dst, ' ')
	dst = strconv.AppendInt(dst, int64(r.Status), 10)
	dst = append(dst, ' ')
	dst = appendMillis(dst, r.Latency)
	if r.IntegrationLatency > 0 {
		dst = append(dst, " (back end "...)
		dst = appendMillis(dst, r.IntegrationLatency)
		dst = append(dst, ')')
	}
	dst = fmt.Appendf(dst, " %dB", r.ResponseLength)
	if r.ResourcePath != "" {
		dst = append(append(dst, ' '), r.ResourcePath...)
	}
	dst = append(dst, '\n')
	if r.ResponseType != "" {
		dst = append(append(dst, "         "...), r.ResponseType...)
		dst = append(dst, ": "...)
		dst = appendPrintable(dst, r.Message)
		if r.Reason != "" {
			dst = append(dst, " ("...)
			dst = appendPrintable(dst, r.Reason)
			dst = append(dst, ')')
		}
		dst = append(dst, '\n')
	}
	if r.Err != nil {
		dst = append(append(dst, "         not fully written: "...), r.Err.Error()...)
		dst = append(dst, '\n')
	}
	return dst
}

func appendMillis(dst []byte, d time.Duration) []byte {
	dst = strconv.AppendFloat(dst, float64(d)/float64(time.Millisecond), 'f', 1, 64)
	return append(dst, "ms"...)
}

// appendPrintable appends s with control characters escaped, so that no client can forge a log line.
func appendPrintable(dst []byte, s string) []byte {
	for _, c := range s {
		if c < ' ' || c == 0x7f {
			dst = fmt.Appendf(dst, "\\x%02x", c)
			continue
		}
		dst = append(dst, string(c)...)
	}
	return dst
}
