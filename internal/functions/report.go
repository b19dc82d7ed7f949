package functions

import (
	"math"
	"strconv"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/functions/process"
)

// report is what the platform says about an invocation that is over. Spec: functions D4.
type report struct {
	id       string
	duration time.Duration
	initTime time.Duration // 0: not a cold start
	memoryMB int
	peakMB   int
	failure  string // the type of the error; "": none
}

// peak knows the most memory that a process used. Asking the kernel costs more than all the rest of a report, so it is asked
// at most once in a while.
type peak struct {
	process *process.Process
	asked   time.Time
	bytes   int64
}

// peakInterval is how old the answer may be.
const peakInterval = time.Second

// of begins with another process. The most that the environment used remains.
func (p *peak) of(other *process.Process) { p.process, p.asked = other, time.Time{} }

func (p *peak) atMoment(now time.Time, ended bool) int64 {
	if p.process != nil && (ended || now.Sub(p.asked) > peakInterval) {
		p.asked = now
		p.bytes = max(p.bytes, p.process.PeakMemory())
	}
	return p.bytes
}

// reportOf reports a call that is over.
func (e *environment) reportOf(c *call) report {
	now := time.Now()
	bytes := e.memory.atMoment(now, c.failure != "")
	return report{
		id: c.id, duration: now.Sub(c.begun), initTime: c.initTime,
		memoryMB: e.pool.function.MemorySize, peakMB: int((bytes + 1<<20 - 1) >> 20), failure: c.failure,
	}
}

// status is how the service names the end of an invocation.
func (r *report) status() string {
	switch r.failure {
	case "":
		return "success"
	case typeTimeout:
		return "timeout"
	}
	return "error"
}

// appendText appends the line, with a tab at its end as the service has it.
func (r *report) appendText(b []byte) []byte {
	b = append(b, "REPORT RequestId: "...)
	b = append(b, r.id...)
	b = append(b, "\tDuration: "...)
	b = appendMilliseconds(b, r.duration)
	b = append(b, " ms\tBilled Duration: "...)
	b = strconv.AppendInt(b, billed(r.duration), 10)
	b = append(b, " ms\tMemory Size: "...)
	b = strconv.AppendInt(b, int64(r.memoryMB), 10)
	b = append(b, " MB\tMax Memory Used: "...)
	b = strconv.AppendInt(b, int64(r.peakMB), 10)
	b = append(b, " MB\t"...)
	if r.initTime > 0 {
		b = append(b, "Init Duration: "...)
		b = appendMilliseconds(b, r.initTime)
		b = append(b, " ms\t"...)
	}
	return r.appendStatus(b)
}

// appendStatus appends what only failures have. An error that the function itself reported is none to the platform.
func (r *report) appendStatus(b []byte) []byte {
	switch {
	case r.failure == typeTimeout:
		return append(b, "Status: timeout"...)
	case r.fatal():
		b = append(b, "Status: error\tError Type: "...)
		return append(b, r.failure...)
	}
	return b
}

func (r *report) fatal() bool {
	switch r.failure {
	case typeExit, typeEntrypoint, typeDir, typeTruncated, typeMode:
		return true
	}
	return false
}

// appendJSON appends the line of a function with JSON logs.
func (r *report) appendJSON(b []byte, now time.Time) []byte {
	b = appendJSONEvent(b, now, "platform.report")
	b = appendJSONString(append(b, `"requestId":`...), r.id)
	b = append(b, `,"metrics":{"durationMs":`...)
	b = appendMilliseconds(b, r.duration)
	b = append(b, `,"billedDurationMs":`...)
	b = strconv.AppendInt(b, billed(r.duration), 10)
	b = append(b, `,"memorySizeMB":`...)
	b = strconv.AppendInt(b, int64(r.memoryMB), 10)
	b = append(b, `,"maxMemoryUsedMB":`...)
	b = strconv.AppendInt(b, int64(r.peakMB), 10)
	if r.initTime > 0 {
		b = append(b, `,"initDurationMs":`...)
		b = appendMilliseconds(b, r.initTime)
	}
	b = append(b, `},"status":`...)
	status := "success"
	if r.failure == typeTimeout || r.fatal() {
		status = r.status()
	}
	b = appendJSONString(b, status)
	if r.fatal() {
		b = appendJSONString(append(b, `,"errorType":`...), r.failure)
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
