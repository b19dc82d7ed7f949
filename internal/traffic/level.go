package traffic

import "time"

// Level is how full a token bucket is whose limit may change: it stays as full as it was, but never above the burst. The zero
// value is a full bucket. It is not safe for concurrent use: who keeps many of them has locks already. Spec: traffic 3.3, 8.
type Level struct {
	limit  Limit // of the last call
	tokens float64
	filled time.Time // when tokens was right
}

// Take takes one token at the time now, under a limit, and reports whether there was one. A time before that of an earlier call
// counts as that: requests on several connections do not come in the order of their times.
func (l *Level) Take(limit Limit, now time.Time) bool {
	l.limit = limit
	if limit.Rate <= 0 || limit.Burst <= 0 {
		return false
	}
	switch d := now.Sub(l.filled); {
	case l.filled.IsZero():
		l.tokens, l.filled = float64(limit.Burst), now
	case d > 0:
		l.tokens += d.Seconds() * limit.Rate
		l.filled = now
	}
	l.tokens = min(float64(limit.Burst), l.tokens)
	if l.tokens < 1 {
		return false
	}
	l.tokens--
	return true
}

// Full reports whether nothing would be lost if the level were forgotten.
func (l *Level) Full(now time.Time) bool {
	if l.filled.IsZero() {
		return true
	}
	return l.tokens+now.Sub(l.filled).Seconds()*l.limit.Rate >= float64(l.limit.Burst)
}
