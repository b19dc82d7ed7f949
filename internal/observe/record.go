// Package observe is what an operator sees of the traffic: one record per request, and the writers that turn
// records into lines.
package observe

import "time"

// Record is what is known of a request when its answer has been written. It is valid during the call of
// Recorder.Record only.
type Record struct {
	Received   time.Time
	RequestID  string
	ExtendedID string
	APIID      string
	Stage      string
	Canary     bool // the request ran on the canary of the stage
	SourceIP   string
	Method     string
	// Path is the raw path with the stage; ResourcePath the template of the matched resource, "" when none matched.
	Path         string
	ResourcePath string
	Status       int
	// ResponseLength is the number of body bytes that reached the client's connection.
	ResponseLength int64
	// Latency is from the head of the request to the last byte of the answer.
	Latency time.Duration
	// IntegrationStatus is 0 when no integration was called.
	IntegrationStatus  int
	IntegrationLatency time.Duration
	// ResponseType is the gateway response type of an answer that the gateway made itself, or "".
	ResponseType string
	// Message is what that answer said to the client; Reason what it did not say, for the operator.
	Message string
	Reason  string
	// Err is why writing the answer failed, or nil.
	Err error
}

// Recorder takes the record of every request. It is called from many goroutines at once and must not block.
type Recorder interface {
	Record(r *Record)
}

// Discard drops every record.
var Discard Recorder = discard{}

type discard struct{}

func (discard) Record(*Record) {}
