package eventsource

import (
	"encoding/json"
	"errors"
)

// errReport means that a function's report of failures cannot be read: the whole batch has failed.
var errReport = errors.New("the report of batch item failures is no such report, or names what is not in the batch")

// succeeded are the messages of a batch that the answer of a function does not report as failed. An answer without a report, such as
// null or an empty object, reports none. Spec: functions B8.
func succeeded(batch []message, answer []byte) ([]message, error) {
	var report *struct {
		Failures []struct {
			Identifier *string `json:"itemIdentifier"`
		} `json:"batchItemFailures"`
	}
	if err := json.Unmarshal(answer, &report); err != nil {
		return nil, errReport
	}
	if report == nil || len(report.Failures) == 0 {
		return batch, nil
	}
	failed := make(map[string]bool, len(report.Failures))
	for _, f := range report.Failures {
		if f.Identifier == nil {
			return nil, errReport
		}
		failed[*f.Identifier] = true
	}
	good := make([]message, 0, len(batch))
	for _, m := range batch {
		if !failed[m.id] {
			good = append(good, m)
		}
		delete(failed, m.id)
	}
	if len(failed) > 0 {
		return nil, errReport
	}
	return good, nil
}
