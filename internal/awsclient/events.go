package awsclient

import (
	"context"
	"encoding/json"
)

// BusEvent is an event for a bus of EventBridge.
type BusEvent struct {
	Source     string
	DetailType string
	Detail     string // a JSON object
	Resources  []string
	TraceID    string
}

// PutEvent sends an event to a bus.
func (c *Client) PutEvent(ctx context.Context, bus ARN, e BusEvent) error {
	entry := map[string]any{"EventBusName": bus.String(), "Source": e.Source, "DetailType": e.DetailType, "Detail": e.Detail, "Resources": e.Resources}
	if e.TraceID != "" {
		entry["TraceHeader"] = e.TraceID
	}
	body, err := json.Marshal(map[string]any{"Entries": []any{entry}})
	if err != nil {
		return err
	}
	var out struct {
		FailedEntryCount int
		Entries          []struct{ ErrorCode, ErrorMessage string }
	}
	if err := c.json(ctx, Call{Service: Events, Region: bus.Region, Body: body}, "1.1", "AWSEvents.PutEvents", &out); err != nil {
		return err
	}
	if out.FailedEntryCount == 0 {
		return nil
	}
	failure := &Error{Service: Events, Status: 200}
	if len(out.Entries) > 0 {
		failure.Code, failure.Message = out.Entries[0].ErrorCode, out.Entries[0].ErrorMessage
	}
	return failure
}
