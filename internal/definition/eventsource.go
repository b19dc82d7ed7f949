package definition

import "time"

// EventSourceMapping says that a function is fed from a queue. Spec: functions B8.
type EventSourceMapping struct {
	AccountID string `json:"accountId,omitzero"` // 12 digits
	Region    string `json:"region,omitzero"`
	UUID      string `json:"uuid,omitzero"`
	Source    string `json:"source,omitzero"`    // ARN of the queue
	Function  string `json:"function,omitzero"`  // name
	Qualifier string `json:"qualifier,omitzero"` // as the client gave it
	Enabled   bool   `json:"enabled,omitzero"`
	BatchSize int    `json:"batchSize,omitzero"`
	// BatchingWindow is how long more messages are waited for, in seconds.
	BatchingWindow          int               `json:"batchingWindow,omitzero"`
	Filters                 []string          `json:"filters,omitzero"` // event patterns, of which one must match; none: all messages
	ReportBatchItemFailures bool              `json:"reportBatchItemFailures,omitzero"`
	MaximumConcurrency      int               `json:"maximumConcurrency,omitzero"` // batches at a time; 0: as many as limits allow
	Tags                    map[string]string `json:"tags,omitzero"`
	LastModified            time.Time         `json:"lastModified,omitzero"`
}
