package eventsource

import (
	"slices"
	"strings"

	"github.com/gatehouse-gateway/gatehouse/eventpattern"
	"github.com/gatehouse-gateway/gatehouse/internal/control/lambda/wire"
	"github.com/gatehouse-gateway/gatehouse/internal/definition"
)

// members are what a client sets of a mapping.
type members = wire.UpdateEventSourceMappingRequest

// ofCreate are those of a new mapping.
func ofCreate(in *wire.CreateEventSourceMappingRequest) *members {
	return &members{
		FunctionName: in.FunctionName, Enabled: in.Enabled, BatchSize: in.BatchSize, FilterCriteria: in.FilterCriteria, KMSKeyArn: in.KMSKeyArn, MetricsConfig: in.MetricsConfig,
		LoggingConfig: in.LoggingConfig, ScalingConfig: in.ScalingConfig, MaximumBatchingWindowInSeconds: in.MaximumBatchingWindowInSeconds, ParallelizationFactor: in.ParallelizationFactor,
		DestinationConfig: in.DestinationConfig, MaximumRecordAgeInSeconds: in.MaximumRecordAgeInSeconds, BisectBatchOnFunctionError: in.BisectBatchOnFunctionError,
		MaximumRetryAttempts: in.MaximumRetryAttempts, TumblingWindowInSeconds: in.TumblingWindowInSeconds, SourceAccessConfigurations: in.SourceAccessConfigurations,
		FunctionResponseTypes: in.FunctionResponseTypes, AmazonManagedKafkaEventSourceConfig: in.AmazonManagedKafkaEventSourceConfig,
		SelfManagedKafkaEventSourceConfig: in.SelfManagedKafkaEventSourceConfig, DocumentDBEventSourceConfig: in.DocumentDBEventSourceConfig, ProvisionedPollerConfig: in.ProvisionedPollerConfig,
	}
}

// checkMembers refuses what would have no effect: what Gatehouse has not, and what is for sources of another kind (the words for those
// are ours).
func checkMembers(in *members) error {
	for _, m := range []struct {
		name string
		set  bool
	}{
		{"KMSKeyArn", wire.Value(in.KMSKeyArn) != ""}, {"MetricsConfig", in.MetricsConfig != nil && len(in.MetricsConfig.Metrics) > 0}, {"LoggingConfig", in.LoggingConfig != nil},
		{"ProvisionedPollerConfig", in.ProvisionedPollerConfig != nil},
	} {
		if m.set {
			return wire.Unsupported(m.name)
		}
	}
	for _, m := range []struct {
		name string
		set  bool
	}{
		{"ParallelizationFactor", in.ParallelizationFactor != nil}, {"DestinationConfig", hasDestination(in.DestinationConfig)}, {"MaximumRecordAgeInSeconds", in.MaximumRecordAgeInSeconds != nil},
		{"BisectBatchOnFunctionError", in.BisectBatchOnFunctionError != nil}, {"MaximumRetryAttempts", in.MaximumRetryAttempts != nil}, {"TumblingWindowInSeconds", in.TumblingWindowInSeconds != nil},
		{"SourceAccessConfigurations", len(in.SourceAccessConfigurations) > 0}, {"AmazonManagedKafkaEventSourceConfig", in.AmazonManagedKafkaEventSourceConfig != nil},
		{"SelfManagedKafkaEventSourceConfig", in.SelfManagedKafkaEventSourceConfig != nil}, {"DocumentDBEventSourceConfig", in.DocumentDBEventSourceConfig != nil},
	} {
		if m.set {
			return errForStreams(m.name)
		}
	}
	return nil
}

func errForStreams(member string) error {
	return wire.Invalid("%s is not a parameter of event sources of SQS.", member)
}

func hasDestination(d *wire.DestinationConfig) bool {
	return d != nil && (d.OnFailure != nil && wire.Value(d.OnFailure.Destination) != "" || d.OnSuccess != nil && wire.Value(d.OnSuccess.Destination) != "")
}

const (
	reportFailures   = "ReportBatchItemFailures"
	defaultBatchSize = 10
	simpleBatch      = 10 // the greatest batch that needs no window, and of FIFO queues
	maxFilters       = 10 // the service has five, which can be raised to ten
)

// apply sets the members that are there, and checks what comes of them. The words for FIFO queues and many filters are ours.
func apply(m *definition.EventSourceMapping, in *members) error {
	if in.Enabled != nil {
		m.Enabled = *in.Enabled
	}
	if in.BatchSize != nil {
		m.BatchSize = int(*in.BatchSize)
	}
	if in.MaximumBatchingWindowInSeconds != nil {
		m.BatchingWindow = int(*in.MaximumBatchingWindowInSeconds)
	}
	if in.FunctionResponseTypes != nil {
		m.ReportBatchItemFailures = slices.Contains(in.FunctionResponseTypes, reportFailures)
	}
	if in.ScalingConfig != nil {
		m.MaximumConcurrency = int(wire.Value(in.ScalingConfig.MaximumConcurrency))
	}
	fifo := strings.HasSuffix(m.Source, ".fifo")
	switch {
	case fifo && m.BatchSize > simpleBatch:
		return wire.Invalid("BatchSize must be %d or less for FIFO queues.", simpleBatch)
	case fifo && m.BatchingWindow > 0:
		return wire.Invalid("Batching window is not supported for FIFO queues")
	case m.BatchSize > simpleBatch && m.BatchingWindow == 0:
		return wire.Invalid("Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than %d", simpleBatch)
	}
	if in.FilterCriteria == nil {
		return nil
	}
	return applyFilters(m, in.FilterCriteria.Filters)
}

func applyFilters(m *definition.EventSourceMapping, filters []wire.Filter) error {
	if len(filters) > maxFilters {
		return wire.Invalid("A filter criteria has %d filters at most.", maxFilters)
	}
	m.Filters = nil
	for _, f := range filters {
		pattern := wire.Value(f.Pattern)
		if _, err := eventpattern.Compile([]byte(pattern)); err != nil {
			return wire.Invalid("Invalid filter pattern definition.")
		}
		m.Filters = append(m.Filters, pattern)
	}
	return nil
}
