package runlog

import (
	"math"
	"strconv"
	"time"
)

// Report is what the platform says about an invocation that is over. Spec: functions D4.
type Report struct {
	RequestID string
	Duration  time.Duration
	Init      time.Duration // 0: not a cold start
	MemoryMB  int
	PeakMB    int
	Status    Status
	ErrorType string // of an Error
}

// Status is how an invocation or an initialisation ended, for the platform: an error that the function reports itself is a
// success.
type Status string

// The statuses.
const (
	Success Status = "success"
	Timeout Status = "timeout"
	Error   Status = "error"
)

// appendText appends the line, with a tab at its end as the service has it.
func (r *Report) appendText(b []byte) []byte {
	b = append(b, "REPORT RequestId: "...)
	b = append(b, r.RequestID...)
	b = append(b, "\tDuration: "...)
	b = appendMilliseconds(b, r.Duration)
	b = append(b, " ms\tBilled Duration: "...)
	b = strconv.AppendInt(b, billed(r.Duration), 10)
	b = append(b, " ms\tMemory Size: "...)
	b = strconv.AppendInt(b, int64(r.MemoryMB), 10)
	b = append(b, " MB\tMax Memory Used: "...)
	b = strconv.AppendInt(b, int64(r.PeakMB), 10)
	b = append(b, " MB\t"...)
	if r.Init > 0 {
		b = append(b, "Init Duration: "...)
		b = appendMilliseconds(b, r.Init)
		b = append(b, " ms\t"...)
	}
	return r.appendStatus(b)
}

// appendStatus appends what only failures have.
func (r *Report) appendStatus(b []byte) []byte {
	switch r.Status {
	case Timeout:
		return append(b, "Status: timeout"...)
	case Error:
		b = append(b, "Status: error\tError Type: "...)
		return append(b, r.ErrorType...)
	}
	return b
}

// appendJSON appends the line of a function with JSON logs.
func (r *Report) appendJSON(b []byte, now time.Time) []byte {
	b = appendJSONEvent(b, now, "platform.report")
	b = appendJSONString(append(b, `"requestId":`...), r.RequestID)
	b = append(b, `,"metrics":{"durationMs":`...)
	b = appendMilliseconds(b, r.Duration)
	b = append(b, `,"billedDurationMs":`...)
	b = strconv.AppendInt(b, billed(r.Duration), 10)
	b = append(b, `,"memorySizeMB":`...)
	b = strconv.AppendInt(b, int64(r.MemoryMB), 10)
	b = append(b, `,"maxMemoryUsedMB":`...)
	b = strconv.AppendInt(b, int64(r.PeakMB), 10)
	if r.Init > 0 {
		b = append(b, `,"initDurationMs":`...)
		b = appendMilliseconds(b, r.Init)
	}
	b = appendJSONString(append(b, `},"status":`...), string(r.Status))
	if r.Status == Error {
		b = appendJSONString(append(b, `,"errorType":`...), r.ErrorType)
	}
	return append(b, "}}"...)
}

func appendMilliseconds(b []byte, d time.Duration) []byte {
	return strconv.AppendFloat(b, float64(d)/float64(time.Millisecond), 'f', 2, 64)
}

// billed is d rounded up to milliseconds.
func billed(d time.Duration) int64 {
	return int64(math.Ceil(float64(d) / float64(time.Millisecond)))
}

// appendJSONEvent begins a platform event: what follows are the members of its record, and two closing braces.
func appendJSONEvent(b []byte, now time.Time, kind string) []byte {
	b = append(b, `{"time":"`...)
	b = now.UTC().AppendFormat(b, "2006-01-02T15:04:05.000Z")
	b = append(b, `","type":"`...)
	b = append(b, kind...)
	return append(b, `","record":{`...)
}

// appendJSONString appends s in quotes.
func appendJSONString(b []byte, s string) []byte {
	b = append(b, '"')
	for _, c := range []byte(s) {
		switch {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c < ' ':
			const hex = "0123456789abcdef"
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
}
