package app

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"sync"

	"github.com/gatehouse-gateway/gatehouse/internal/observe"
	"github.com/gatehouse-gateway/gatehouse/internal/render"
	"github.com/gatehouse-gateway/gatehouse/internal/restapi"
)

// maxPendingTrace bounds, in bytes, the traces of one request that wait for its line: what two runs with the most events
// print, and far more than anyone reads.
const maxPendingTrace = 8 << 20

// traceLog holds back the traces of a request until its line is printed, so that both stand together.
type traceLog struct {
	mu      sync.Mutex
	out     io.Writer
	lines   bool                     // print the line of each request as well
	pending map[string]*bytes.Buffer // by extended request id
}

// traceTemplates makes the environment trace templates if the options say so. It comes before anything is compiled.
func (d *dev) traceTemplates() {
	if !d.opts.TraceTemplates {
		return
	}
	l := &traceLog{out: d.out, lines: !d.opts.Quiet, pending: make(map[string]*bytes.Buffer)}
	d.env.TraceTemplates, d.env.Recorder = l.add, l
}

// add takes the trace of one run.
func (l *traceLog) add(t restapi.TemplateTrace) {
	var text bytes.Buffer
	fmt.Fprintf(&text, "  %s template %s of %s %s, request %s\n", t.Side, printable(t.MediaType), printable(t.Method), printable(t.Path), t.RequestID)
	_ = (&render.Trace{Events: t.Events}).Lines(&text, "    ") // a buffer takes everything
	l.mu.Lock()
	defer l.mu.Unlock()
	before := l.pending[t.ExtendedID]
	if before == nil {
		l.pending[t.ExtendedID] = &text
	} else if before.Len()+text.Len() <= maxPendingTrace {
		before.Write(text.Bytes())
	}
}

// Record prints the traces of a request, then its line.
func (l *traceLog) Record(r *observe.Record) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var text []byte
	if traces := l.pending[r.ExtendedID]; traces != nil {
		delete(l.pending, r.ExtendedID)
		text = traces.Bytes()
	}
	if l.lines {
		text = observe.AppendLine(text, r)
	}
	_, _ = l.out.Write(text) // a closed terminal must not stop the gateway
}

// printable escapes what could forge a line.
func printable(s string) string {
	quoted := strconv.Quote(s)
	return quoted[1 : len(quoted)-1]
}
