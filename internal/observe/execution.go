package observe

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// Execution is the execution log of one request: what the service writes of it, line by line. Spec: observability 3.
type Execution struct {
	Received  time.Time
	RequestID string
	APIID     string
	Stage     string
	AccountID string
	Region    string
	Canary    bool     // the request ran on the canary of the stage
	Lines     []string // without the request id in front
}

// Group is the log group that the lines belong to, in their account and region. Spec: observability 3.1.
func (e *Execution) Group() string {
	group := "API-Gateway-Execution-Logs_" + e.APIID + "/" + e.Stage
	if e.Canary {
		return group + "/Canary"
	}
	return group
}

// ExecutionRecorder takes the execution log of every request that has one. It is called from many goroutines at once.
type ExecutionRecorder interface {
	Execution(e *Execution)
}

// ExecutionLines writes execution logs as the service does: every line with the request id in front.
type ExecutionLines struct {
	mu  sync.Mutex
	out io.Writer
}

// NewExecutionLines writes to out.
func NewExecutionLines(out io.Writer) *ExecutionLines { return &ExecutionLines{out: out} }

// Execution writes the lines of one request together.
func (l *ExecutionLines) Execution(e *Execution) {
	var buf []byte
	for _, line := range e.Lines {
		buf = fmt.Appendf(buf, "(%s) ", e.RequestID)
		buf = append(appendPrintable(buf, line), '\n')
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	_, _ = l.out.Write(buf) // a closed terminal must not stop the gateway
}
