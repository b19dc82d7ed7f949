package front

import (
	"sync/atomic"
	"time"

	"github.com/gatehouse-gateway/gatehouse/http1"
)

// dateCache formats the Date field once a second for all connections.
type dateCache struct{ last atomic.Pointer[stamp] }

type stamp struct {
	second int64
	line   []byte
}

// append appends the Date line of this second.
func (d *dateCache) append(dst []byte, now time.Time) []byte {
	s := d.last.Load()
	if s == nil || s.second != now.Unix() {
		line := http1.AppendDate([]byte("Date: "), now)
		s = &stamp{now.Unix(), append(line, '\r', '\n')}
		d.last.Store(s)
	}
	return append(dst, s.line...)
}
