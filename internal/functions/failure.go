package functions

import (
	"encoding/json"
	"fmt"
	"time"
)

// The types of what the platform says wherever a function runs. Spec: functions D3.
const (
	TypeTimeout  = "Sandbox.Timedout"
	TypeTooLarge = "Function.ResponseSizeTooLarge"
)

// FailurePayload is what a caller gets when the platform speaks for a function that failed. Spec: functions D3.
func FailurePayload(errorType, message, requestID string) []byte {
	text, err := json.Marshal(struct {
		Type    string `json:"errorType"`
		Message string `json:"errorMessage"`
	}{errorType, "RequestId: " + requestID + " Error: " + message})
	if err != nil {
		return nil // it consists of strings
	}
	return text
}

// TimeoutMessage is what is said of a function that took longer than it may.
func TimeoutMessage(timeout time.Duration) string {
	return fmt.Sprintf("Task timed out after %.2f seconds", timeout.Seconds())
}

// TooLargePayload is the failure of a function that answered more than limit bytes, as the service words it.
func TooLargePayload(limit int64) []byte {
	return fmt.Appendf(nil, `{"errorMessage":"Response payload size exceeded maximum allowed payload size (%d bytes).","errorType":%q}`, limit, TypeTooLarge)
}
