package app

import (
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/observe"
)

// traceLevel is Gatehouse's own logging level above INFO.
const traceLevel = "TRACE"

// logExecutions connects the execution logs of the methods with the terminal.
func (d *dev) logExecutions() {
	switch d.opts.ExecutionLog {
	case "", "OFF":
	default:
		d.env.Executions = observe.NewExecutionLines(d.out)
	}
	if d.opts.ExecutionLog == traceLevel {
		d.opts.TraceTemplates = true
	}
}

// methodSettings are the settings of every method on the stage of a development machine: those of a fresh stage, and the
// logging level asked for. Spec: rest-api 13.2.
func (d *dev) methodSettings() map[string]definition.MethodSettings {
	settings := definition.MethodSettings{ThrottlingRateLimit: 10000, ThrottlingBurstLimit: 5000, LoggingLevel: d.opts.ExecutionLog}
	if d.opts.ExecutionLog == traceLevel {
		settings.LoggingLevel, settings.DataTraceEnabled = "INFO", true
	}
	return map[string]definition.MethodSettings{"*/*": settings}
}
