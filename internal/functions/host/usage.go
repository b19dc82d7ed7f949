package host

import (
	"strings"
	"time"

	"github.com/gatehouse-gateway/gatehouse/internal/functions"
	"github.com/gatehouse-gateway/gatehouse/internal/functions/process"
	"github.com/gatehouse-gateway/gatehouse/internal/functions/runlog"
)

// peak knows the most memory that a process used. Asking the kernel costs more than all the rest of a report, so it is asked
// at most once in a while.
type peak struct {
	process *process.Process
	group   *process.Group // knows it of all processes together; nil: there is none
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
		bytes := p.group.Peak()
		if bytes == 0 {
			bytes = p.process.PeakMemory()
		}
		p.bytes = max(p.bytes, bytes)
	}
	return p.bytes
}

// reportOf reports a call that is over.
func (e *environment) reportOf(c *call) runlog.Report {
	now := time.Now()
	bytes := e.memory.atMoment(now, c.failure != "")
	return runlog.Report{
		RequestID: c.id, Duration: now.Sub(c.begun), Init: c.initTime, MemoryMB: e.pool.function.MemorySize,
		PeakMB: peakMB(e.pool.function, bytes), Status: statusOf(c.failure), ErrorType: c.failure,
	}
}

// peakMB is what a report calls the most memory that was used: never more than the function may have, as on the service, where
// it is killed before. Spec: functions D2.
func peakMB(f *functions.Function, bytes int64) int {
	mb := int((bytes + 1<<20 - 1) >> 20)
	if f.MemorySize > 0 {
		mb = min(mb, f.MemorySize)
	}
	return mb
}

// statusOf is what the platform calls an invocation that ended with an error of this type. Of the errors that a function
// reports itself it takes no notice.
func statusOf(failure string) runlog.Status {
	switch failure {
	case typeTimeout:
		return runlog.Timeout
	case typeExit, typeEntrypoint, typeDir, typeNetwork, typeTruncated, typeMode, functions.TypeTooLarge:
		return runlog.Error
	}
	if strings.HasPrefix(failure, "Extension.") {
		return runlog.Error
	}
	return runlog.Success
}
