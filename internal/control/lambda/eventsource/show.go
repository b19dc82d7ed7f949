package eventsource

import (
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
	"github.com/gatehouse-gateway/gatehouse/internal/functions"
)

// settled is the state of a mapping that nobody changes just now.
func settled(m *definition.EventSourceMapping) string {
	if m.Enabled {
		return "Enabled"
	}
	return "Disabled"
}

// reason is why a mapping of a queue is in its state, always. Recorded.
const reason = "USER_INITIATED"

// show is a mapping as clients see it.
func show(m *definition.EventSourceMapping, state string) *wire.EventSourceMappingConfiguration {
	function := functions.Ref{AccountID: m.AccountID, Region: m.Region, Name: m.Function, Qualifier: m.Qualifier}
	out := &wire.EventSourceMappingConfiguration{
		UUID: &m.UUID, EventSourceMappingArn: wire.Ptr("arn:aws:lambda:" + m.Region + ":" + m.AccountID + ":event-source-mapping:" + m.UUID), EventSourceArn: &m.Source,
		FunctionArn: wire.Ptr(function.ARN()), BatchSize: wire.Int(m.BatchSize), MaximumBatchingWindowInSeconds: wire.Int(m.BatchingWindow),
		FunctionResponseTypes: []string{}, State: &state, StateTransitionReason: wire.Ptr(reason), LastModified: &m.LastModified,
	}
	if m.ReportBatchItemFailures {
		out.FunctionResponseTypes = []string{reportFailures}
	}
	if m.MaximumConcurrency > 0 {
		out.ScalingConfig = &wire.ScalingConfig{MaximumConcurrency: wire.Int(m.MaximumConcurrency)}
	}
	if len(m.Filters) > 0 {
		out.FilterCriteria = new(wire.FilterCriteria)
		for _, pattern := range m.Filters {
			out.FilterCriteria.Filters = append(out.FilterCriteria.Filters, wire.Filter{Pattern: wire.Ptr(pattern)})
		}
	}
	return out
}
